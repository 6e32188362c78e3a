"""Small pieces of work for a timeline, and the loop that stamps them inside a worker.

Each piece is one of the four things that a Python thread can be doing, a few items of a job, or a
call of somebody's own function. A spawned worker imports this module, so what a piece needs is
imported where it is made.
"""

import sys
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from operator import call
from types import BuiltinFunctionType, MethodDescriptorType
from typing import Any, NamedTuple

from ..core.job import Job, name_of
from ..core.switches import Switches, gave_way, since, switches
from ..core.worker import now
from ..errors import LabError
from ..units import ms


class Work(NamedTuple):
    """One kind of work.

    ``title`` names it for a reader, ``label`` is that of its spans, ``chunk_s`` the seconds that
    one piece should take, ``one_call`` whether a piece is a single call into C, and ``make(size)``
    returns a function of no arguments that does a piece of ``size``.
    """

    title: str
    label: str
    chunk_s: float
    one_call: bool
    make: Callable[[int], Callable[[], object]]


def _loop(size):
    total = 0
    for number in range(size):
        total += number
    return total


def _releasing(size):
    import zlib

    return partial(zlib.compress, b"The GIL is released while these bytes are squeezed. " * size)


def _holding(size):
    import re

    text = "nothing ends in an exclamation mark here " * size
    return partial(re.compile("[a-z]+!").findall, text)


def _make_job(job, size):
    """Return a function that does the next ``size`` items of a job, over and over."""
    items = job.items * -(-size // len(job.items))
    starts = cycle(range(0, len(items), size))
    return lambda: job.function(items[(at := next(starts)) : at + size])


@dataclass(frozen=True)
class Call:
    """A function without arguments: ``label`` is "python", or "call" or "wait" of one into C."""

    function: Callable[[], Any]
    label: str

    @property
    def name(self) -> str:
        """The function's name, as its lane has it: "loop()"."""
        return f"{name_of(self.function)}()"


def call_of(function: Callable[[], Any]) -> Call:
    """Return the ``Call`` of a function, which is called for a while to find out what it does.

    Raises:
        LabError: a call of Python code takes so long that the turns inside it cannot be seen.
    """
    inner = function
    while isinstance(inner, partial):
        inner = inner.func
    if isinstance(inner, BuiltinFunctionType | MethodDescriptorType):
        return Call(function, "wait" if _waits(function) else "call")
    one = Call(function, "python")
    took_s = min(_seconds_of(function) for _ in range(5))
    if took_s > _LONGEST_S:
        raise LabError(
            "turns are seen between two calls of a Python function, so a call takes at most "
            f"{ms(_LONGEST_S)}, and {one.name} took {ms(took_s)}: give it less to do"
        )
    return one


def _seconds_of(function):
    began_s = now()
    function()
    return now() - began_s


def _waits(function):
    """Return whether a call spends most of its time waiting, by the busiest of many tries.

    In the others a neighbour on the machine may have taken the core, and there are systems on which
    the clock of a thread ticks every 16 ms only. A call whose core was taken in all of them does
    not wait: who waits gives the core away.
    """
    before, shares, until_s = switches(), [], now() + _TRIES_S
    while now() < until_s:
        began_s, began_cpu_s = now(), time.thread_time()
        while now() - began_s < _TRY_S:
            function()
        shares.append((time.thread_time() - began_cpu_s) / (now() - began_s))
    given = gave_way(since(before))
    return max(shares) < _WAITS and (given is None or given > _GAVE_WAY)


def _repeat(function, n_calls):
    for _ in range(n_calls):
        function()


_TRIES_S, _TRY_S = 0.1, 0.001
_LONGEST_S = 0.001  # a call of Python code: far below a turn
_WAITS = 0.3  # a call that computes for a smaller share of its time waits
_GAVE_WAY = 0.5  # of the times it lost its core, at least, who waits gave it away

WORKS = {
    "loop": Work("Python loop", "python", 40e-6, False, partial(partial, _loop)),
    "wait": Work("waiting", "wait", 0.01, True, lambda size: partial(time.sleep, size * 1e-6)),
    "c-releases": Work("zlib.compress, which releases the GIL", "released", 0.01, True, _releasing),
    "c-holds": Work("re.findall, which holds the GIL", "c-hold", 0.04, True, _holding),
}


def piece() -> int:
    """Return the sum of many squares: some hundredths of a second of Python code."""
    return sum(number * number for number in range(120_000))


def count_primes(below: int) -> int:
    """Return how many primes there are below a number: Python code, and much of it for each item.

    >>> count_primes(10)
    4
    """
    return sum(all(n % m for m in range(2, int(n**0.5) + 1)) for n in range(2, below))


def work_of(name: str | Job | Call) -> Work:
    """Return the ``Work`` of a key of ``WORKS``, of a job, or of a ``Call``."""
    if isinstance(name, str):
        return WORKS[name]
    if isinstance(name, Call):
        pieces, function = WORKS["loop"].chunk_s, name.function
        if name.label == "python":
            return Work(name.name, "python", pieces, False, partial(partial, _repeat, function))
        return Work(name.name, name.label, pieces, True, lambda size: function)
    return Work(name.title, "the job", WORKS["loop"].chunk_s, False, partial(_make_job, name))


def fitting_size(name: str | Job | Call) -> int:
    """Return the size with which a piece of a work, or a job, takes about its ``chunk_s`` here."""
    work = work_of(name)
    if name == "wait":
        return round(work.chunk_s * 1e6)
    if isinstance(name, Call) and work.one_call:
        return 1
    from ..core.turns import calls_for

    def seconds_of(size):
        chunk, began_s = work.make(size), now()
        chunk()
        return now() - began_s

    return calls_for(work.chunk_s, seconds_of)


class Stamps(NamedTuple):
    """What a worker noted of its pieces of work.

    ``gil`` is whether it has a GIL, ``ready_s`` the moment it was ready, and ``times_s`` seconds on
    the clock of ``now``. For Python code these are the begin and then the end of each piece; for
    calls into C the begin and the end of the first, of the second, ... ``lost`` says how it lost
    its core meanwhile, None where nobody counts that.
    """

    gil: bool
    ready_s: float
    times_s: Sequence[float]
    lost: Switches | None = None


def follow(
    name: str | Job | Call, size: int, begin_s: float, seconds: float, ended: Sequence[object] = ()
) -> Stamps:
    """Do pieces of a work, or of a job, from ``begin_s`` on, and return when each began and ended.

    The piece at hand after so many ``seconds``, or once something is in ``ended``, is the last.
    The ``Stamps`` hold the times in an array.
    """
    work = work_of(name)
    chunk = work.make(size)
    stamps_s = array("d")
    note = stamps_s.append
    end_s = begin_s + seconds
    ready_s = now()
    if begin_s > ready_s:
        time.sleep(begin_s - ready_s)
    before, stop_s = switches(), now()
    if work.one_call:
        # A thread may have to hand over the GIL wherever a call made by Python code returns. Here
        # C code makes all three, so the GIL stays where it is, unless the piece itself releases it.
        steps: tuple[Callable[[], Any], ...] = (now, chunk, now)
        while stop_s < end_s and not ended:
            start_s, _, stop_s = map(call, steps)
            stamps_s.extend((start_s, stop_s))
    else:
        note(stop_s)
        while stop_s < end_s and not ended:
            chunk()
            stop_s = now()
            note(stop_s)
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return Stamps(gil, ready_s, stamps_s, since(before))
