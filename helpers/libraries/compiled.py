"""The count in rows by libraries that compile it for all cores, where one of them is installed."""

import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from ..core.variants import Way

#: The names of these ways in a table, each with its library's.
COMPILED = {"numba, prange": "numba", "Polars": "polars"}


def compiled_ways(matrix: "np.ndarray", low: int = 4, high: int = 8) -> "dict[str, Way]":
    """Return ways of ``lab.race`` to count from ``low`` to ``high`` in each row; {} without them.

    A way is compiled, and its frame made, with its first call, which is before the clock.
    """
    makers = {"numba": _by_numba, "polars": _by_polars}
    return {
        name: ("serial", makers[library](matrix, low, high))
        for name, library in COMPILED.items()
        if importlib.util.find_spec(library) is not None
    }


def _by_numba(matrix: "np.ndarray", low: int, high: int) -> Callable[[Any], Any]:
    import numpy as np
    from numba import njit, prange

    @njit(parallel=True)
    def count(matrix):
        counts = np.zeros(len(matrix), np.int64)
        for i in prange(len(matrix)):  # rows are shared out among the cores
            n = 0
            for number in matrix[i]:
                if low <= number <= high:
                    n += 1
            counts[i] = n
        return counts

    return lambda pool: count(matrix)


def _by_polars(matrix: "np.ndarray", low: int, high: int) -> Callable[[Any], Any]:
    import polars as pl

    frame = pl.DataFrame(matrix)
    hits = pl.sum_horizontal(pl.all().is_between(low, high))
    return lambda pool: frame.select(hits).to_series().to_numpy()
