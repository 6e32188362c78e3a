"""Three jobs, two workers: how much faster are strings, drawn pictures and finished pictures?

    python -m tests.benchmarks.three_jobs [--rounds 8] [--scale 0.7] [--kinds threads] [--json]

Every round runs each job serially and then with two workers of each kind; the ratio is that of one
round. The table shows the median ratios with their quartiles, and the cores that the machine gave.
It runs on any CPython from 3.11 on that has Pillow, cloudpickle and psutil. What the
series rests on: finished pictures gain at least 1.6 from two threads on two free cores.
"""

import argparse
import json
import sys

from helpers.core.runs import quartiles
from helpers.core.scaling import Experiment
from helpers.jobs.registry import finished, pictures, strings

N_WORKERS = 2


def rows(rounds, scale, kinds):
    """Return a list with a dict of figures for each job and kind."""
    found = []
    for job in (strings(60_000), pictures(scale), finished(scale)):
        *_, result = Experiment(job, kinds, (N_WORKERS,), rounds=rounds).run()
        for kind in kinds:
            point = result.point(kind, N_WORKERS)
            found.append(
                {
                    "job": job.name,
                    "kind": kind,
                    "serial_s": result.serial_s,
                    "speed_up": point.speed_up,
                    "quartiles": point.quartiles,
                    "capacity": result.capacity.at(N_WORKERS),
                    "capacity_quartiles": quartiles(result.capacity.ratios[-1]),
                }
            )
    return found


def main():
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=8, help="timed rounds (default 8)")
    parser.add_argument("--scale", type=float, default=0.7, help="of the pictures (default 0.7)")
    parser.add_argument("--kinds", default="threads,processes")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    found = rows(options.rounds, options.scale, tuple(options.kinds.split(",")))
    if options.json:
        print(json.dumps({"python": sys.version, "rows": found}))
        return
    print(f"Python {sys.version.split()[0]}, {N_WORKERS} workers")
    print(f"{'job':<10}{'kind':<11}{'serial s':>9}{'speed-up':>9}{'quartiles':>14}{'cores':>7}"
          f"{'quartiles':>14}")  # fmt: skip
    for one in found:
        print(f"{one['job']:<10}{one['kind']:<11}{one['serial_s']:>9.2f}{one['speed_up']:>9.2f}"
              f"{_span(one['quartiles']):>14}{one['capacity']:>7.2f}"
              f"{_span(one['capacity_quartiles']):>14}")  # fmt: skip


def _span(quartiles):
    return "{:.2f}-{:.2f}".format(*quartiles)


if __name__ == "__main__":
    main()
