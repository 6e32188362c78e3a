"""Do threads of pure Python stay at the speed of the loop, whatever quota of CPU time there is?

    python -m tests.benchmarks.quota

A group with a quota of 1, 1.5 and 2 CPUs is made for each measurement, so it needs Linux and a
/sys/fs/cgroup that can be written to. Under each quota the series' own experiment measures strings
in two threads ``--times`` times, and the judge decides. Two threads that run one at a time gain and
lose nothing: 1.00. More is what a serial run paid for the burst of the run before it.
"""

import argparse
import json
import statistics
import subprocess
import sys

from tests.quotas import group_with_quota

QUOTAS = (1.0, 1.5, 2.0)
CODE = """
import json, os, sys
open(sys.argv[1], "w").write(str(os.getpid()))
import helpers as lab
from helpers.core.scaling import Experiment
for _ in range(int(sys.argv[2])):
    *_, result = Experiment(lab.strings(100_000), ("threads",), (2,), rounds=7).run()
    choice = lab.decide(result)
    branch = choice.branch.key if choice.branch else "open"
    share = result.capacity.core_share
    print(json.dumps([result.point("threads", 2).speed_up, result.capacity.at(2), share, branch]))
"""


def measured(quota, times):
    """Return (speed-up of two threads, cores, share of a core, the judge's branch) of each time."""
    with group_with_quota(quota) as members:
        command = [sys.executable, "-c", CODE, str(members), str(times)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5, help="measurements under each quota")
    times = parser.parse_args().times
    for quota in QUOTAS:
        rows = measured(quota, times)
        speed_ups = sorted(row[0] for row in rows)
        print(
            f"quota of {quota:g}: threads {statistics.median(speed_ups):.3f}x "
            f"({speed_ups[0]:.3f} to {speed_ups[-1]:.3f}); cores "
            f"{statistics.median(row[1] for row in rows):.2f}, a thread had "
            f"{statistics.median(row[2] for row in rows):.2f} of one; {[row[3] for row in rows]}"
        )


if __name__ == "__main__":
    main()
