"""Does the model say on a crowded machine what a quiet one would measure?

    python -m tests.benchmarks.would_be TRUTH --save FILE

TRUTH is what ``python -m tests.benchmarks.verdict_table --save TRUTH`` measured on the same machine
with two quiet CPUs. This makes the verdicts anew, in the surroundings in which it is started: bound
to one CPU (``taskset -c 0 python ...``), in a control group with a quota, beside busy programs. Of
each it takes what the verdict says for 2 free cores. That is right when its kind was the fastest in
TRUTH or within 15 % of it. Rows that are in FILE already are not measured again.
"""

import argparse
import json
import math
import statistics
from pathlib import Path

from helpers.advice.verdict import verdict
from helpers.core import machine
from tests.benchmarks.plain_jobs import RIGHT
from tests.benchmarks.verdict_table import job, prepared

N_CORES = 2


def examined(row, budget_s):
    """Return what the verdict on a job of TRUTH says here for two free cores, beside the truth."""
    said = verdict(*job(row["name"], row["times"]), budget_s=budget_s)
    one = said.would_be.get(N_CORES)
    reached = {"serial 1": 1.0, **row["all"]}
    found = {"name": row["name"], "here": said.kind, "fastest": row["fastest"]}
    found |= {"fastest_speed_up": row["fastest_speed_up"], "core_share": said.figures["core_share"]}
    if one is None:
        return {**found, "kind": None, "speed_up": None, "measured": None}
    measured = reached.get(f"{one.kind} {one.n_workers}")
    return {**found, "kind": one.kind, "speed_up": one.speed_up, "measured": measured}


def is_right(row):
    """Return whether the kind that would be best was the fastest, or within 15 % of it."""
    is_near = (row["measured"] or 0) >= (1 - RIGHT) * row["fastest_speed_up"]
    return row["kind"] == row["fastest"] or is_near


def report(rows):
    """Return the table, and how many rows are right, as text."""
    lines, errors = [f"{'job':<27}{'would be':<26}{'measured':>9}  fastest"], []
    for row in rows:
        told = "-" if row["kind"] is None else f"{row['kind']} {row['speed_up']:.2f}"
        measured = "-" if row["measured"] is None else f"{row['measured']:.2f}"
        if row["measured"] and row["kind"] != "serial":
            errors.append(abs(row["speed_up"] - row["measured"]) / row["measured"])
        fastest = f"{row['fastest']} {row['fastest_speed_up']:.2f}"
        miss = "" if is_right(row) else "   MISS"
        lines.append(f"{row['name']:<27}{told:<26}{measured:>9}  {fastest}{miss}")
    off = statistics.median(errors) if errors else math.nan
    lines.append(f"\n{sum(map(is_right, rows))} of {len(rows)} right; off by {off:.0%} (median)")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("truth", type=Path, help="the file of verdict_table")
    parser.add_argument("--save", type=Path, help="a JSON file that keeps every row")
    parser.add_argument("--budget", type=float, default=20.0, help="seconds for each verdict")
    arguments = parser.parse_args()
    known = {}
    if arguments.save and arguments.save.exists():
        known = {row["name"]: row for row in json.loads(arguments.save.read_text("utf-8"))}
    print(machine.describe())
    with prepared():
        for row in json.loads(arguments.truth.read_text("utf-8")):
            if row["name"] in known:
                continue
            known[row["name"]] = examined(row, arguments.budget)
            print(report([known[row["name"]]]).splitlines()[1], flush=True)
            if arguments.save:
                arguments.save.write_text(json.dumps([*known.values()], indent=1), "utf-8")
    print(report([*known.values()]))


if __name__ == "__main__":
    main()
