"""How does the project's own cost grow: with workers, items, runs, and files on the board?

    python -m tests.benchmarks.growth [--rounds 5] [--only WORD] [--most N] [--json]

Jobs here do nothing, so what is left is the cost of measuring, drawing and keeping. In each round
every size has its turn. The table shows median seconds, with the quartiles of the largest size, and
by which power of the size the seconds grow at the end: 1 is in proportion, 2 is a warning.
"""

import argparse
import contextlib
import dataclasses
import io
import itertools
import json
import math
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helpers.core import machine, pools
from helpers.core import store as records
from helpers.core.job import Job
from helpers.core.runs import Result, quartiles
from helpers.core.same_answers import difference
from helpers.core.scaling import Experiment
from helpers.core.worker import now
from helpers.judge.curve import sentences

WORKERS = (1, 2, 4, 8, 16, 32, 64)
ITEMS = (1, 100, 10_000, 1_000_000)
RUNS = (10, 100, 1000, 10_000)
FILES = (1, 10, 100, 1000)
N_SUBLISTS = 64


def same(items):
    """Return the items: a job that does nothing."""
    return items


def job(n_items):
    """Return a ``Job`` over numbers."""
    return Job("nothing", "Nothing", same, list(range(n_items)), difference, N_SUBLISTS)


def a_result(n_runs):
    """Return a ``Result`` of this machine with so many runs, copies of real ones."""
    experiment = Experiment(job(N_SUBLISTS), ("threads",), (1, 2, 3, 4), rounds=1)
    *_, result = experiment.run()
    first = [run for run in result.runs if not run.is_warm_up]
    runs = [dataclasses.replace(first[i % len(first)], round=1 + i // len(first), spans=run_spans)
            for i in range(n_runs) for run_spans in [first[i % len(first)].spans[:16]]]  # fmt: skip
    return dataclasses.replace(result, runs=tuple(runs))


# --- What is measured: a size -> a context that gives a function without argument -------------


@contextlib.contextmanager
def started(kind, n_workers):
    """Starting so many workers; ending them is not timed."""

    def start():
        pool = pools.open_pool(kind, n_workers)
        try:
            return pools.start(pool, n_workers)
        finally:
            pools.end(pool)

    yield start


@contextlib.contextmanager
def shared(n_workers):
    """A run of the harness on 64 items in threads that are there: what it takes in all."""
    experiment = Experiment(job(N_SUBLISTS), ("threads",), (n_workers,), rounds=1000)
    with contextlib.closing(experiment.run()) as results:
        next(results)

        def one():
            while True:
                began_s = now()
                if next(results).runs[-1].kind == "threads":
                    return now() - began_s

        one()
        yield one


@contextlib.contextmanager
def shared_by_hand(n_workers):
    """The same by hand: a pool's own ``map`` over the same sublists."""
    parts = job(N_SUBLISTS).split(N_SUBLISTS)
    with ThreadPoolExecutor(n_workers) as pool:

        def one():
            began_s = now()
            results = [r for part in pool.map(same, parts) for r in part]
            assert len(results) == N_SUBLISTS
            return now() - began_s

        one()
        yield one


@contextlib.contextmanager
def compared(n_items):
    """What the harness does beside the timed part of a run: split, join, compare."""
    experiment = Experiment(job(n_items), ("threads",), (2,), rounds=1000)
    with contextlib.closing(experiment.run()) as results:
        next(results)

        def one():
            began_s = now()
            run = next(results).runs[-1]
            return now() - began_s - run.wall_s

        one()
        yield one


def timed(call, *arguments):
    """Return the seconds of a call."""
    began_s = now()
    call(*arguments)
    return now() - began_s


def of_result(call):
    """Return a measurement of a function of a ``Result``, for a number of runs."""

    @contextlib.contextmanager
    def measured(n_runs):
        result = a_result(n_runs)
        yield lambda: timed(call, result)

    return measured


@contextlib.contextmanager
def experimented(n_runs):
    """All runs of an experiment, less their timed parts."""
    per_round = 10
    rounds = max(1, n_runs // per_round - 1)
    experiment = Experiment(job(1), ("threads",), tuple(range(1, per_round)), rounds=rounds)

    def whole():
        began_s = now()
        *_, result = experiment.run()
        return now() - began_s - sum(run.wall_s for run in result.runs)

    yield whole


@contextlib.contextmanager
def saved_and_loaded(n_runs):
    """Saving a result, and loading it."""
    result = a_result(n_runs)
    with tempfile.TemporaryDirectory(prefix="gil-lab-") as folder:
        yield lambda: timed(
            lambda: records.load_as(Result, records.save(result, Path(folder, "a.json")))
        )


@contextlib.contextmanager
def folder_of(n_files):
    """A folder of so many result files, each from another machine."""
    real = records.recorded("strings")
    with tempfile.TemporaryDirectory(prefix="gil-lab-") as folder:
        for number in range(n_files):
            cpus = 1 + number % 16
            other = dataclasses.replace(real.machine, cpu=f"CPU {number}", usable_cpus=float(cpus))
            result = dataclasses.replace(real, machine=other)
            records.save(result, Path(folder, f"{number:04}.json"))
        yield Path(folder)


@contextlib.contextmanager
def folder_read(n_files):
    """Reading a folder of results."""
    with folder_of(n_files) as folder:
        yield lambda: timed(lambda: records.saved(folder, spans=False))


# What draws is imported where it is used: every worker process that is started imports this file.


def redrawn(result):
    """The lab's chart as PNG."""
    from helpers.draw import style
    from helpers.draw.scaling import plot_scaling

    return style.png(plot_scaling(result).figure)


def redrawn_by_hand(result):
    """The same points by pyplot as most people use it."""
    from matplotlib import pyplot

    figure, ax = pyplot.subplots(figsize=(7.6, 4.0), layout="tight")
    for kind in result.kinds[1:]:
        points = result.points(kind)
        spread = [point.quartiles for point in points]
        x, y = [point.n_workers for point in points], [point.speed_up for point in points]
        ax.fill_between(x, *zip(*spread, strict=True), alpha=0.2)
        ax.plot(x, y, "o-", label=kind)
    ax.legend()
    figure.savefig(io.BytesIO(), format="png", dpi=144)
    pyplot.close(figure)


@contextlib.contextmanager
def board_made(n_files):
    """What is derived from results that are there, and the board's chart as PNG."""
    from helpers.answer import board
    from helpers.answer.board_chart import plot_board
    from helpers.draw import style

    with folder_of(n_files) as folder:
        results = records.saved(folder, spans=False).results
    yield lambda: timed(lambda: style.png(plot_board(board.entries(results), job="strings")))


@contextlib.contextmanager
def one_more(n_files):
    """Dropping one more file on a board that is shown and has so many."""
    from helpers.answer.board_cell import ClassBoard

    with folder_of(n_files) as folder:
        lab = ClassBoard()
        lab.read_folder(folder)
    lab._ipython_display_()
    real = records.recorded("strings")
    numbers = itertools.count()

    def add():
        number = next(numbers)
        machine = dataclasses.replace(real.machine, cpu=f"one more CPU {number}")
        text = json.dumps(records.to_dict(dataclasses.replace(real, machine=machine)))
        return timed(lab.add, {f"more-{number}.json": text.encode()})

    yield add


CASES = {
    "start threads": ("workers", WORKERS, lambda n: started("threads", n)),
    "start processes": ("workers", WORKERS, lambda n: started("processes", n)),
    "a run in threads": ("workers", WORKERS, shared),
    "the same by hand": ("workers", WORKERS, shared_by_hand),
    "beside a run": ("items", ITEMS, compared),
    "an experiment's own time": ("runs", RUNS, experimented),
    "points": ("runs", RUNS, of_result(lambda result: result.points())),
    "sentences": ("runs", RUNS, of_result(sentences)),
    "redraw": ("runs", RUNS, of_result(redrawn)),
    "redraw by pyplot": ("runs", RUNS, of_result(redrawn_by_hand)),
    "save and load": ("runs", RUNS, saved_and_loaded),
    "read a folder": ("files", FILES, folder_read),
    "draw the board": ("files", FILES, board_made),
    "add one more to the board": ("files", FILES, one_more),
}


def measure(case, rounds, most):
    """Return the seconds by size, each of shape (rounds,), the sizes in turns."""
    _, sizes, opened = CASES[case]
    found = {size: [] for size in sizes if size <= most}
    with contextlib.ExitStack() as stack:
        calls = {size: stack.enter_context(opened(size)) for size in found}
        for _ in range(rounds):
            for size, call in calls.items():
                found[size].append(call())
    return found


def power(found):
    """Return by which power of the size the median seconds grow between the last two sizes."""
    if len(found) < 2:
        return math.nan
    (small, some_s), (large, more_s) = list(found.items())[-2:]
    some_s, more_s = statistics.median(some_s), statistics.median(more_s)
    if some_s <= 0 or more_s <= 0:
        return math.nan
    return math.log(more_s / some_s) / math.log(large / small)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="a part of a name")
    parser.add_argument("--most", type=int, default=10**9, help="leave larger sizes out")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    names = [name for name in CASES if options.only in name]
    if options.json:
        print(json.dumps({name: measure(name, options.rounds, options.most) for name in names}))
        return
    print(machine.describe())
    for name in names:
        found = measure(name, options.rounds, options.most)
        told = "  ".join(f"{size:,}: {1e3 * statistics.median(s):.3g}" for size, s in found.items())
        low, high = quartiles(list(found.values())[-1])
        print(
            f"{name}, ms by {CASES[name][0]}: {told} (quartiles {1e3 * low:.3g} to "
            f"{1e3 * high:.3g}), grows as size ** {power(found):.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
