"""How fast are the ways of counting in rows, and how far from what the memory allows?

    python -m tests.benchmarks.rows_table [--rows 10000] [--rounds 7] [--large 100000]

The ways are those of notebook 05, run from its own cells. First all of them, with --rows rows,
and beside them the poster's own call, ``multiprocessing.Pool.map`` with its default (what it sends
is that of four chunks each, and not counted again). Then NumPy's,
with --large rows, which no cache holds. The bound there is the time in which NumPy reads every
byte of the uint8 matrix once, adding it up in words of 64 bits: no way can count what it has not
read. Copying the matrix, the usual measure of memory bandwidth, stands beside it.

All take turns. Ratios are taken within a round; the figures are their medians and quartiles.
"""

import argparse
import statistics
from multiprocessing import get_context
from pathlib import Path

import nbformat
import numpy as np

from helpers import machine
from helpers.measure.forked import fresh_python, keep_rows
from helpers.measure.runs import quartiles
from helpers.measure.variants import Comparison
from helpers.pools import open_pool
from helpers.tasks.rows import count, cut, make_matrix
from helpers.worker import now

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_the_price_of_processes.ipynb"
N_WORKERS = 2


def ways(matrix, rows):
    """Return the names that notebook 05's cells of ways define, for another matrix."""
    cells = [cell for cell in nbformat.read(NOTEBOOK, 4).cells if cell.cell_type == "code"]
    names = {"matrix": matrix, "rows": rows}
    for cell in [cells[0], *(cell for cell in cells if "way" in cell.metadata.get("tags", []))]:
        exec(cell.source, names)
    return names


def all_ways(n_rows, rounds):
    """Print the table of all ways."""
    matrix = make_matrix(n_rows)
    rows = matrix.tolist()
    names = ways(matrix, rows)
    variants = names["variants"]
    with (
        get_context(machine.default_start_method()).Pool(N_WORKERS) as his_pool,
        fresh_python() as names["call"],
    ):
        his_pool.map(count, rows[:N_WORKERS])  # its workers are there before the clock, too
        variants["his call: Pool.map"] = "processes", lambda pool: his_pool.map(count, rows)
        if "fork" in machine.describe().start_methods:
            names["call"](keep_rows, matrix.tobytes(), matrix.shape[1])
        else:
            del variants["inherited by fork"]
        *_, table = Comparison(variants, N_WORKERS, rounds=rounds, slow_s=30).run()
    print(f"{n_rows:,} rows, {N_WORKERS} workers, {rounds} rounds")
    print(f"{'':<26}{'seconds':>10}{'speed-up':>10}{'quartiles':>18}{'MB sent':>9}")
    for timing in table.timings:
        low, high = timing.quartiles
        print(
            f"{timing.name:<26}{timing.seconds:>10.5f}{timing.speed_up:>10.2f}"
            f"{f'{low:.2f}-{high:.2f}':>18}{timing.sent_bytes / 1e6:>9.2f}"
        )
    print(table.capacity)


def bound(n_rows, rounds):
    """Print what NumPy's ways take against reading and copying, where no cache holds the matrix."""
    matrix = make_matrix(n_rows)
    names = ways(matrix, [])
    expected = names["numpy_uint8"](None)
    words, target = matrix.view(np.uint64), np.empty_like(matrix)
    halves = list(zip(cut(target, N_WORKERS), cut(matrix, N_WORKERS)))
    with open_pool("threads", N_WORKERS) as pool:
        tries = {
            "reading": words.sum,
            "reading in threads": lambda: list(pool.map(np.sum, cut(words, N_WORKERS))),
            "copying": lambda: np.copyto(target, matrix),
            "copying in threads": lambda: list(pool.map(np.copyto, *zip(*halves))),
        }
        for name in ("numpy_uint8", "numpy_blocks", "numpy_blocks_in_threads"):
            tries[name] = lambda way=names[name]: way(pool)
            assert (tries[name]() == expected).all()
        times_s = {name: [] for name in tries}
        for _ in range(rounds):
            for name, function in tries.items():
                function()
                began_s = now()
                for _ in range(3):
                    function()
                times_s[name].append((now() - began_s) / 3)
    print(f"\n{n_rows:,} rows, {matrix.nbytes / 1e6:.0f} MB, {rounds} rounds")
    print(f"{'':<26}{'seconds':>10}{'GB/s':>8}{'times reading':>15}{'quartiles':>14}"
          f"{'times copying':>15}")  # fmt: skip
    for name, all_s in times_s.items():
        threads = " in threads" * name.endswith("threads")
        row = [[a / b for a, b in zip(all_s, times_s[f"{what}{threads}"], strict=True)]
               for what in ("reading", "copying")]  # fmt: skip
        low, high = quartiles(row[0])
        print(
            f"{name:<26}{statistics.median(all_s):>10.5f}"
            f"{matrix.nbytes / statistics.median(all_s) / 1e9:>8.1f}"
            f"{statistics.median(row[0]):>15.2f}{f'{low:.2f}-{high:.2f}':>14}"
            f"{statistics.median(row[1]):>15.2f}"
        )
    print(machine.capacity())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--large", type=int, default=100_000)
    options = parser.parse_args()
    print(machine.describe())
    all_ways(options.rows, options.rounds)
    bound(options.large, 5 * options.rounds)


if __name__ == "__main__":
    main()
