"""Small pieces of work for a timeline, and the loop that stamps them inside a worker.

Each piece is one of the four things that a Python thread can be doing. A spawned worker imports
this module, so what a piece needs is imported where it is made.
"""

import sys
import time
from array import array
from collections import namedtuple
from functools import partial
from operator import call

from ..core.worker import now, worker_id

Work = namedtuple("Work", "title label chunk_s one_call make")
Work.__doc__ = """One kind of work.

``title`` names it for a reader, ``label`` is that of its spans, ``chunk_s`` the seconds that one
piece should take, ``one_call`` whether a piece is a single call into C, and ``make(size)`` returns
a function of no arguments that does a piece of ``size``.
"""


def _make_loop(size):
    def chunk():
        total = 0
        for number in range(size):
            total += number
        return total

    return chunk


def _make_wait(size):
    return partial(time.sleep, size * 1e-6)


def _make_releasing(size):
    import zlib

    return partial(zlib.compress, (b"The lock is let go while these bytes are squeezed. " * size))


def _make_holding(size):
    import re

    return partial(
        re.compile("[a-z]+!").findall, "nothing ends in an exclamation mark here " * size
    )


WORKS = {
    "loop": Work("Python loop", "python", 40e-6, False, _make_loop),
    "wait": Work("waiting", "wait", 0.01, True, _make_wait),
    "c-releases": Work(
        "zlib.compress, which lets the lock go", "released", 0.01, True, _make_releasing
    ),
    "c-holds": Work("re.findall, which holds the lock", "c-hold", 0.04, True, _make_holding),
}


def fitting_size(name):
    """Return the size with which a piece of the work ``name`` takes about its ``chunk_s`` here.

    >>> fitting_size("loop") >= 1
    True
    """
    work = WORKS[name]
    if name == "wait":
        return round(work.chunk_s * 1e6)
    from ..core.turns import calls_for

    return calls_for(work.chunk_s, lambda size: _seconds(work.make(size)))


def _seconds(chunk):
    began_s = now()
    chunk()
    return now() - began_s


def follow(name, size, begin_s, seconds, ended=()):
    """Do pieces of the work ``name`` and return when each began and ended.

    Args:
        name: a key of ``WORKS``.
        size: the size of a piece, from ``fitting_size``.
        begin_s: when to begin, on the clock of ``now``: the same moment for all workers.
        seconds: how long to go on; the piece at hand is finished.
        ended: a list; work ends early once there is something in it.

    Returns:
        The worker's id, whether it has a lock, the moment it was ready, and an array of
        seconds on the clock of ``now``. For Python code these are the begin and then the end of
        each piece; for calls into C the begin and the end of the first, of the second, ...
    """
    work = WORKS[name]
    chunk = work.make(size)
    stamps_s = array("d")
    note = stamps_s.append
    end_s = begin_s + seconds
    ready_s = now()
    if begin_s > ready_s:
        time.sleep(begin_s - ready_s)
    stop_s = now()
    if work.one_call:
        # A thread may have to hand the lock over wherever a call made by Python code returns.
        # Here C code makes all three, so the lock stays where it is from stamp to stamp, unless
        # the piece itself lets it go.
        steps = (now, chunk, now)
        while stop_s < end_s and not ended:
            start_s, _, stop_s = map(call, steps)
            note(start_s)
            note(stop_s)
    else:
        note(stop_s)
        while stop_s < end_s and not ended:
            chunk()
            stop_s = now()
            note(stop_s)
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return worker_id(), gil, ready_s, stamps_s
