"""Does an Experiment take longer than the same job by hand, with concurrent.futures or a Pool?

    python -m tests.benchmarks.harness_overhead [--rounds 60] [--size 20000] [--json]

In each round the experiment and the hand-written program run the same strings once in every kind
of worker, turn about in which comes first. Pools are started before, by both. The table shows the
median over the rounds of the experiment's seconds over those by hand, the quartiles, and how sure
the median is (the quartile range over the root of the number of rounds). Beside it stands the same
for the CPU seconds, which a busy machine disturbs less; those of other processes cannot be seen by
hand.
"""

import argparse
import contextlib
import json
import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice

from helpers.core.runs import quartiles
from helpers.core.scaling import Experiment
from helpers.jobs.registry import load_job
from helpers.jobs.strings import normalise_all
from tests.unit.sample_jobs import runs_of

N_WORKERS = 2
N_SUBLISTS = 16
KINDS = ("serial", "threads", "processes-spawn")
POOL = "processes-spawn, Pool"  # the same runs against multiprocessing.Pool


def by_hand(pool, sublists):
    """Return the seconds until all keys are there, and the CPU seconds of this process.

    ``pool`` is None for the plain loop.
    """
    cpu_began_s, began_s = time.process_time(), time.perf_counter()
    if pool is None:
        parts = [normalise_all(sublist) for sublist in sublists]
    else:
        parts = list(pool.map(normalise_all, sublists))
    wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_began_s
    assert len(parts) == len(sublists)
    return wall_s, cpu_s


def by_harness(run):
    """Return the same two figures of an experiment's run."""
    return run.wall_s, run.cpu_s + run.other_cpu_s


def measure(job, rounds):
    """Return the ratios of all rounds, by way: (wall, CPU) of the harness over those by hand."""
    experiment = Experiment(job, KINDS[1:], (N_WORKERS,), rounds=rounds, n_sublists=N_SUBLISTS)
    ways = (*KINDS, POOL)
    sublists = job.split(N_SUBLISTS)
    spawn = multiprocessing.get_context("spawn")
    ratios = {way: [] for way in ways}
    with (
        contextlib.closing(runs_of(experiment)) as runs,
        ThreadPoolExecutor(N_WORKERS) as threads,
        ProcessPoolExecutor(N_WORKERS, mp_context=spawn) as processes,
        spawn.Pool(N_WORKERS) as pool,
    ):
        pools = dict(zip(ways, (None, threads, processes, pool), strict=True))
        for number in range(rounds + 1):
            hand_s, harness_s = {}, {}
            if number % 2:
                hand_s = {way: by_hand(pools[way], sublists) for way in ways}
            harness_s = {run.kind: by_harness(run) for run in islice(runs, len(KINDS))}
            if not number % 2:
                hand_s = {way: by_hand(pools[way], sublists) for way in ways}
            if number:  # round 0 is the warm-up
                for way in ways:
                    pairs = zip(harness_s[way.partition(",")[0]], hand_s[way], strict=True)
                    ratios[way].append([harness / hand for harness, hand in pairs])
    return ratios


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=60, help="timed rounds (default 60)")
    parser.add_argument("--size", type=int, default=20_000, help="strings (default 20000)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()

    ratios = measure(load_job("strings", options.size), options.rounds)
    if options.json:
        print(json.dumps(ratios))
        return
    print(f"{'experiment / by hand':<30}{'median':>8}{'quartiles':>16}{'sure to':>9}")
    for kind, pairs in ratios.items():
        shown = ("seconds",) if kind.startswith("processes") else ("seconds", "CPU seconds")
        for what, values in zip(shown, zip(*pairs, strict=True)):
            low, high = quartiles(values)
            sure = (high - low) / len(values) ** 0.5
            print(f"{kind + ', ' + what:<30}{statistics.median(values):>8.3f}"
                  f"{f'{low:.3f}-{high:.3f}':>16}{sure:>9.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
