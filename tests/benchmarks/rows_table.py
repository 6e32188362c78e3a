"""How fast are the ways of counting in rows, and how far from what the memory allows?

    python -m tests.benchmarks.rows_table [--rows 10000] [--rounds 7] [--shared 40000]
                                          [--large 100000]

The ways are those of notebook 05, run from its own cells. First all of them, with --rows rows,
and beside them the poster's own call, ``multiprocessing.Pool.map`` with its default (what it sends
is that of four chunks each, and not counted again). Then shared memory against the plain loop,
with --shared rows: what it costs to open the memory no longer counts there. Then NumPy in blocks
that fit the cache, with --large rows, which no cache holds.

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
from helpers.core.cut import cut
from helpers.core.variants import Comparison
from helpers.processes.rows import count, make_matrix

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_the_price_of_processes.ipynb"
N_WORKERS = 2


def ways(matrix, rows):
    """Return the ways that notebook 05's cells define, for another matrix."""
    cells = [cell for cell in nbformat.read(NOTEBOOK, 4).cells if cell.cell_type == "code"]
    names = {"matrix": matrix, "rows": rows}
    for cell in [cells[0], *(cell for cell in cells if "way" in cell.metadata.get("tags", []))]:
        exec(cell.source, names)
    return names["variants"]


def all_ways(n_rows, rounds):
    """Print the table of all ways."""
    matrix = make_matrix(n_rows)
    rows = matrix.tolist()
    variants = ways(matrix, rows)
    with get_context(machine.default_start_method()).Pool(N_WORKERS) as his_pool:
        his_pool.map(count, rows[:N_WORKERS])  # its workers are there before the clock, too
        variants["his call: Pool.map"] = "processes", lambda pool: his_pool.map(count, rows)
        print_table(Comparison(variants, N_WORKERS, rounds=rounds, slow_s=30), matrix)


def shared_memory(n_rows, rounds):
    """Print how many times as fast as the plain loop the loop over shared memory is."""
    matrix = make_matrix(n_rows)
    variants = ways(matrix, matrix.tolist())
    chosen = {name: variants[name] for name in ("a plain loop", "shared memory")}
    print_table(Comparison(chosen, N_WORKERS, rounds=rounds, slow_s=30), matrix)


def count_fast(part):
    """Return the counts of rows, in blocks of 1.5 MB that use one buffer again and again.

    Minus 9, a uint8 wraps round: 4 to 8 become 251 to 255, so that one comparison is enough. Then
    eight answers of a byte each are added at once, as one number of 64 bits. No byte of a sum can
    overflow, because a row has 75 such numbers and each adds 1 at most.
    """
    buffer = np.empty((2_500, 600), np.uint8)
    counts = np.empty(len(part), np.uint16)
    for i in range(0, len(part), 2_500):
        block = part[i : i + 2_500]
        hits = buffer[: len(block)]
        np.subtract(block, 9, out=hits)
        np.greater_equal(hits, 251, out=hits.view(bool))
        eights = np.einsum("ij->i", hits.view(np.uint64))
        ones = eights.view(np.uint8).reshape(-1, 8)
        np.einsum("ij->i", ones, dtype=np.uint16, out=counts[i : i + 2_500])
    return counts


def bound(n_rows, rounds):
    """Print what NumPy's blocks take against copying and reading, where no cache holds the matrix.

    Both are done in two threads and in one.
    """
    matrix = make_matrix(n_rows)
    words, target = matrix.view(np.uint64), np.empty_like(matrix)
    floors = {
        "copying, threads": (
            "threads",
            lambda pool: list(pool.map(np.copyto, cut(target, 2), cut(matrix, 2))),
        ),
        "reading, threads": ("threads", lambda pool: list(pool.map(np.sum, cut(words, 2)))),
        "copying": ("serial", lambda pool: np.copyto(target, matrix)),
        "reading": ("serial", lambda pool: words.sum()),
    }
    wide = matrix.astype(np.int64)
    variants = {
        "NumPy, uint8": ("serial", lambda pool: ((matrix >= 4) & (matrix <= 8)).sum(axis=1)),
        "NumPy, int64": ("serial", lambda pool: ((wide >= 4) & (wide <= 8)).sum(axis=1)),
        "NumPy, blocks": ("serial", lambda pool: count_fast(matrix)),
        "NumPy, blocks, threads": (
            "threads",
            lambda pool: np.concatenate(list(pool.map(count_fast, cut(matrix, 2)))),
        ),
    }
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
