"""Does the decision chart end at the same leaf each time?

    python -m tests.benchmarks.decisions --times 20
    taskset -c 0 python -m tests.benchmarks.decisions
    python -m tests.benchmarks.decisions --quota 1

Notebook 12 decides on what the notebooks before it measured. This measures its jobs again and
again, as notebook 00 does, in the surroundings in which it is started or under a quota of CPU time,
and counts where each of them ends.
"""

import argparse
import collections
import json
import subprocess
import sys

from helpers.answer.report import JOBS
from helpers.core.scaling import Experiment
from helpers.jobs.registry import as_job
from helpers.judge.choose import decide
from tests.quotas import group_with_quota

ROUNDS = 4
JOIN = """
import os, sys
open(sys.argv[1], "w").write(str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


def ended(name):
    """Return (leaf or why it stays open, kind, speed-ups, cores) of one measurement of a job."""
    *_, result = Experiment(as_job(name), ("threads", "processes"), (2,), rounds=ROUNDS).run()
    choice = decide(result)
    leaf = choice.branch.leaf if choice.branch else f"open: {choice.reason}"
    reached = {p.kind: round(p.speed_up, 2) for p in result.points() if p.kind != "serial"}
    return leaf, choice.kind, reached, round(result.capacity.at(2), 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=20, help="measurements of each job")
    parser.add_argument("--quota", type=float, help="CPUs of a control group that this runs in")
    options = parser.parse_args()
    if options.quota:
        with group_with_quota(options.quota) as members:
            again = [sys.executable, "-m", "tests.benchmarks.decisions"]
            again += ["--times", str(options.times)]
            subprocess.run([sys.executable, "-c", JOIN, str(members), *again], check=True)
        return
    found = {name: [] for name in JOBS}
    for _ in range(options.times):
        for name in JOBS:
            found[name].append(ended(name))
            print(name, json.dumps(found[name][-1]), flush=True)
    for name, ends in found.items():
        for (leaf, kind), n in collections.Counter(end[:2] for end in ends).most_common():
            print(f"{name}: {n} of {len(ends)} times {kind}, at: {leaf}")


if __name__ == "__main__":
    main()
