"""How fast are the ways of counting in rows, and how far from what the memory allows?

    python -m tests.benchmarks.rows_table [--rows 10000] [--rounds 7] [--shared 40000]
                                          [--large 100000]

The ways are those of notebook 05, run from its own cells. First all of them, with --rows rows,
and beside them the poster's own call, ``multiprocessing.Pool.map`` with its default (what it sends
is that of four chunks each, and not counted again). Then shared memory against the Python loop,
with --shared rows: what it costs to open the memory no longer counts there. Then NumPy's blocks,
with --large rows, which no cache holds.

The bound there is copying the matrix once, in as many threads. Every step of NumPy reads an array
and writes one, and copying is the cheapest such step: it is what the memory's bandwidth allows to
a way of NumPy. Reading every byte once, without writing, stands beside it: adding the matrix up
in words of 64 bits.

All take turns. Ratios are taken within a round; the figures are their medians and quartiles.
"""

import argparse
from multiprocessing import get_context
from pathlib import Path

import nbformat
import numpy as np

from helpers.core import machine
from helpers.core.variants import Comparison
from helpers.processes.forked import fresh_python, keep_rows
from helpers.processes.rows import count, make_matrix

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_the_price_of_processes.ipynb"
N_WORKERS = 2


def ways(matrix, rows, tags=frozenset({"way"})):
    """Return the names that notebook 05's cells with such tags define, for another matrix."""
    cells = [cell for cell in nbformat.read(NOTEBOOK, 4).cells if cell.cell_type == "code"]
    names = {"matrix": matrix, "rows": rows}
    for cell in [cells[0], *(cell for cell in cells if tags & {*cell.metadata.get("tags", [])})]:
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
        print_table(Comparison(variants, N_WORKERS, rounds=rounds, slow_s=30), matrix)


def shared_memory(n_rows, rounds):
    """Print how many times as fast as the Python loop the loop over shared memory is."""
    matrix = make_matrix(n_rows)
    variants = ways(matrix, matrix.tolist())["variants"]
    chosen = {name: variants[name] for name in ("a Python loop", "shared memory")}
    print_table(Comparison(chosen, N_WORKERS, rounds=rounds, slow_s=30), matrix)


def bound(n_rows, rounds):
    """Print what NumPy's blocks take against copying and reading, where no cache holds the matrix.

    The floors are those of notebook 05, and the same in one thread.
    """
    matrix = make_matrix(n_rows)
    names = ways(matrix, [], {"way", "bound"})
    words, target = matrix.view(np.uint64), names["target"]
    floors = {
        "copying, threads": ("threads", names["copy"]),
        "reading, threads": ("threads", names["read"]),
        "copying": ("serial", lambda pool: np.copyto(target, matrix)),
        "reading": ("serial", lambda pool: words.sum()),
    }
    chosen = ("NumPy, uint8", "NumPy, blocks", "NumPy, blocks, threads")
    variants = {name: names["variants"][name] for name in chosen}
    table = print_table(Comparison(variants, N_WORKERS, rounds=rounds, floors=floors), matrix)
    for timing in table.timings:
        times = ", ".join(f"{table.times(timing.name, floor):.2f} x {floor}" for floor in floors)
        print(f"{timing.name}: {times}")


def print_table(comparison, matrix):
    """Run a comparison, print a line for each of its ways and floors, and return its table."""
    *_, table = comparison.run()
    print(f"\n{len(matrix):,} rows, {N_WORKERS} workers, {comparison.rounds} rounds")
    print(f"{'':<26}{'seconds':>10}{'GB/s':>8}{'speed-up':>10}{'quartiles':>18}{'MB sent':>9}")
    for timing in table.timings + table.floors:
        low, high = timing.quartiles
        print(
            f"{timing.name:<26}{timing.seconds:>10.5f}{matrix.nbytes / timing.seconds / 1e9:>8.2f}"
            f"{timing.speed_up:>10.2f}{f'{low:.2f}-{high:.2f}':>18}{timing.sent_bytes / 1e6:>9.2f}"
        )
    print(table.capacity)
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--shared", type=int, default=40_000)
    parser.add_argument("--large", type=int, default=100_000)
    options = parser.parse_args()
    print(machine.describe())
    all_ways(options.rows, options.rounds)
    shared_memory(options.shared, options.rounds)
    bound(options.large, 5 * options.rounds)


if __name__ == "__main__":
    main()
