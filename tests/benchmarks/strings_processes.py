"""How much faster are two workers on the whole list of strings, and what does copying take?

    python -m tests.benchmarks.strings_processes [--rounds 8] [--size N] [--json]

Pools are started before. In each round every way of running takes its turn beside a serial run of
its own: threads, spawned processes with 16 sublists and with one for each worker, and spawned
processes that send back counts. The table shows the medians of the paired speed-ups and their
quartiles, and the CPU seconds that caller and workers spent outside the sublists: as they were in
the run, and as the copying that is timed apart has them.
"""

import argparse
import contextlib
import dataclasses
import json
import statistics
from itertools import islice

from helpers.core import machine
from helpers.core.scaling import ONE_PER_WORKER, Experiment
from helpers.jobs.registry import load_job
from helpers.jobs.strings import count_changed
from helpers.processes.copying import copying

N_WORKERS = 2
SPAWN = "processes-spawn"


def plans(size, rounds):
    """Return what is run: a dict from a name to (kind, Experiment)."""
    strings = load_job("strings", size)
    counting = dataclasses.replace(strings, function=count_changed)
    ways = {
        "threads, 16 sublists": ("threads", strings, 16),
        "processes, 16 sublists": (SPAWN, strings, 16),
        "processes, one per worker": (SPAWN, strings, ONE_PER_WORKER),
        "processes, counts, 16 sublists": (SPAWN, counting, 16),
    }
    return {
        name: (kind, Experiment(job, (kind,), (N_WORKERS,), rounds=rounds, n_sublists=n_sublists))
        for name, (kind, job, n_sublists) in ways.items()
    }


def capacity():
    """Return the capacity for two workers now, in cores: shape (15,)."""
    return machine.capacity(N_WORKERS, slice_s=0.03, rounds=15).ratios[-1]


def interleaved(experiments):
    """Return the ``Result`` of each experiment, a list: round by round they take turns."""
    with contextlib.ExitStack() as stack:
        going = [stack.enter_context(contextlib.closing(one.run())) for one in experiments]
        results = [next(one) for one in going]
        for _ in range(experiments[0].rounds + 1):
            for i, (plan, one) in enumerate(zip(experiments, going, strict=True)):
                *_, results[i] = islice(one, len(plan.combinations))
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=8, help="timed rounds (default 8)")
    parser.add_argument("--size", type=int, help="how many strings (default: all)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()

    ways = plans(options.size, options.rounds)
    before = capacity()
    results = interleaved([experiment for _, experiment in ways.values()])
    after = capacity()
    cores = machine.Capacity((1, N_WORKERS), ((1.0,), (*before, *after)))
    rows = []
    for (name, (kind, experiment)), result in zip(ways.items(), results, strict=True):
        result = dataclasses.replace(result, capacity=cores)
        rows.append(row(name, kind, experiment, result))
    if options.json:
        print(json.dumps({"before": before, "after": after, "rows": rows}))
        return
    print(machine.describe())
    for when, ratios in (("before", before), ("after", after)):
        low, _, high = statistics.quantiles(ratios, n=4)
        print(f"capacity {when}: {statistics.median(ratios):.2f} ({low:.2f} to {high:.2f})")
    print(f"\n{'2 workers':<32}{'seconds':>8}{'speed-up':>9}{'quartiles':>14}{'other CPU s':>13}"
          f"{'copying s':>11}")  # fmt: skip
    for one in rows:
        low, high = one["quartiles"]
        print(f"{one['name']:<32}{one['wall_s']:>8.3f}{one['speed_up']:>9.2f}"
              f"{f'{low:.2f}-{high:.2f}':>14}{one['other_cpu_s']:>13.3f}"
              f"{one['copying_s']:>11.3f}")  # fmt: skip
    print()
    for one in rows:
        if one["copying"]:
            print(f"{one['name']}: {one['copying']}")


def row(name, kind, experiment, result):
    """Return the figures of one way of running: a dict for JSON."""
    point = result.point(kind, N_WORKERS)
    runs = [run for run in result.timed_runs if run.kind == kind]
    figures = {
        "name": name,
        "speed_up": point.speed_up,
        "quartiles": point.quartiles,
        "speed_ups": point.speed_ups,
        "wall_s": point.wall_s,
        "other_cpu_s": statistics.median(run.other_cpu_s for run in runs),
        "copying_s": 0.0,
        "copying": None,
    }
    if kind == SPAWN:
        copied = copying(experiment.job, runs[0].n_sublists)
        figures["copying_s"] = copied.out_s + copied.back_s
        figures["copying"] = str(copied)
    return figures


if __name__ == "__main__":
    main()
