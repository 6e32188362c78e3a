"""Packing with a bound: pickle writes to a file that has enough of it after a time."""

import io
import math
import pickle
import time
from typing import Any

from ..interrupts import is_interrupt


class Enough(Exception):
    """Pickle has written enough, or has taken long enough."""


class File:
    """A file for pickle, which counts what is written to it, and keeps it where it is asked to.

    It has enough of it after ``most`` writes, or ``limit_s`` seconds after pickle came to it first:
    pickle ends by ``Enough``. C code that packs a list of numbers writes after every 64 KB.
    ``last`` is what a pickler of ours met last.
    """

    def __init__(
        self, *, most: float = math.inf, limit_s: float = math.inf, keeps: bool = False
    ) -> None:
        self._left, self._limit_s, self._began_s = most, limit_s, math.nan
        self.n_bytes, self._kept = 0, io.BytesIO() if keeps else None
        self.last: Any = None

    def write(self, data: Any) -> None:
        """Take what pickle has packed."""
        self._left -= 1
        if self._left < 0:
            raise Enough
        self.check()
        self.n_bytes += memoryview(data).nbytes
        if self._kept is not None:
            self._kept.write(data)

    def check(self) -> None:
        """Raise Enough when the time is over."""
        now_s = time.perf_counter()
        if math.isnan(self._began_s):
            self._began_s = now_s
        if now_s - self._began_s > self._limit_s:
            raise Enough

    def getvalue(self) -> bytes:
        """Return what was kept."""
        return b"" if self._kept is None else self._kept.getvalue()


def pickles(part: Any, limit_s: float) -> bool:
    """Return whether pickle by itself takes a part, as far as it comes in ``limit_s`` seconds."""
    try:
        pickle.Pickler(File(limit_s=limit_s)).dump(part)
    except Enough:
        return True
    except BaseException as error:  # whatever an object's own code raises
        if is_interrupt(error):
            raise
        return False
    return True
