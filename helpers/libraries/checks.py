"""Self-checks of notebook 08."""

from itertools import pairwise
from typing import Any

import numpy as np

from ..cells.check import answered, exercise, wrong
from ..errors import is_number, shown


@exercise("08.whole")
def check_whole(function: Any) -> str:
    """Check ``function(share, times)``: how many times as fast the whole script becomes."""
    got = answered(function(0.5, 4), "the formula")
    if not is_number(got):
        wrong(f"a number is wanted, and {shown(got)} came back")
    if abs(got - 2.5) < 1e-9:
        wrong(
            "half of the time 4 times as fast gave 2.5: but of 10 s, 5 s stay and 5 s become "
            "1.25 s; add up seconds, not speeds"
        )
    if abs(got - 1.6) > 1e-9 or abs(function(0.9, 100) - 1 / 0.109) > 1e-6:
        wrong(
            f"half of the time 4 times as fast gave {shown(got)}: of 10 s, 5 s stay and 5 s become "
            "1.25 s; how many times as fast is that?"
        )
    return "The rest takes its time, however fast the part becomes: Amdahl's law."


class _Watched(np.ndarray):
    """An array that notes when a Python loop takes it apart number by number."""

    n_taken = 0

    def __getitem__(self, where):
        taken = super().__getitem__(where)
        if not isinstance(taken, np.ndarray) or taken.ndim < self.ndim:
            _Watched.n_taken += 1
        return taken

    def __iter__(self):
        _Watched.n_taken += len(self)
        return super().__iter__()

    def tolist(self):
        _Watched.n_taken += self.size
        return super().tolist()


@exercise("08.edges")
def check_edges(function: Any) -> str:
    """Check ``function(picture)``: the differences of neighbours in each row, as a NumPy array."""
    picture = np.random.default_rng(8).integers(0, 256, (40, 60), dtype=np.uint8)
    expected = [[abs(a - b) for a, b in pairwise(row)] for row in picture.tolist()]
    _Watched.n_taken = 0
    got = answered(function(picture.copy().view(_Watched)), "your line")
    n_taken = _Watched.n_taken
    if not isinstance(got, np.ndarray):
        wrong(f"an array is wanted, and a {type(got).__name__} came back")
    if got.shape != (40, 59):
        wrong(
            f"a row of 60 pixels has 59 pairs of neighbours, so the shape is (40, 59), not "
            f"{got.shape}: take picture[:, 1:] and picture[:, :-1]"
        )
    got = np.asarray(got).tolist()
    if got != expected:
        row, column = next(
            (y, x) for y in range(40) for x in range(59) if got[y][x] != expected[y][x]
        )
        left, right = (int(picture[row, column + i]) for i in (0, 1))
        wrong(
            f"next to {left} lies {right}: they differ by {expected[row][column]}, and "
            f"{shown(got[row][column])} came back (a uint8 has no numbers below 0: it wraps round)"
        )
    if n_taken > 40:
        wrong("the numbers are right, but a Python loop took the picture apart: let NumPy loop")
    return "All neighbours at once, in numbers that have room for what is below 0."
