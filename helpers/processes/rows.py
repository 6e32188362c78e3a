"""Counting in the rows of a matrix, in all the ways in which a pool can be given its rows.

Somebody's pool of processes was hardly faster than his loop at this. Which of the ways below
is used, and how the rows get there, makes a difference of a hundred times.

Every function here is one that workers import; NumPy is loaded only where it is needed.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..errors import whole

if TYPE_CHECKING:
    import numpy as np

N_COLUMNS = 600
LOWEST, HIGHEST = 4, 8  # what is counted lies between these, both included


def make_matrix(n_rows: int) -> "np.ndarray":
    """Return random whole numbers from 0 to 9, always the same: uint8, shape (n_rows, 600).

    Raises:
        LabError: ``n_rows`` is not from 1 to 1,000,000 (600 MB).
    """
    import numpy as np

    n_rows = whole("n_rows", n_rows, 1, 1_000_000, "try 10000")
    return np.random.default_rng(2026).integers(0, 10, (n_rows, N_COLUMNS), dtype=np.uint8)


def count(row: Iterable[int]) -> int:
    """Return how many numbers of a row are from 4 to 8, by a plain Python loop.

    >>> count([3, 4, 8, 9])
    2
    """
    n = 0
    for number in row:
        if LOWEST <= number <= HIGHEST:
            n += 1
    return n


def count_rows(rows: Iterable[Iterable[int]]) -> list[int]:
    """Return ``count(row)`` for each of ``rows``."""
    return [count(row) for row in rows]


def count_block(block: "np.ndarray") -> list[int]:
    """Return the same for a block of rows of a NumPy array, shape (n_rows, n_columns).

    The block is made into lists here, in the worker, because a Python loop over an array has
    to wrap each of its numbers in an object, and is much slower than one over a list.
    """
    return count_rows(block.tolist())


def count_shared(rows: tuple[str, int, int]) -> list[int]:
    """Return the counts of rows in shared memory: those from the first to before the last.

    ``rows`` are the name of the memory, the first row, and the one after the last.
    """
    from multiprocessing.shared_memory import SharedMemory

    name, first, last = rows
    block = SharedMemory(name)
    try:
        # A row at a time becomes bytes: a loop over them is as fast as one over a list.
        starts = range(first * N_COLUMNS, last * N_COLUMNS, N_COLUMNS)
        return [count(bytes(block.buf[at : at + N_COLUMNS])) for at in starts]  # type: ignore[index]
    finally:
        block.close()
