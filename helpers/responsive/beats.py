"""How long an interface is deaf, and how late a thread wakes up beside a busy one."""

import asyncio
import contextlib
import inspect
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ..core import machine, worker
from ..core.switch_interval import switch_interval
from ..errors import LabError, number, shown
from ..jobs import works as chunks

BEAT_S = 0.02  # between two answers of an event loop that nothing keeps from it
# "The limit for having the user feel that the system is reacting instantaneously": Jakob
# Nielsen, Usability Engineering, 1993, chapter 5.
AT_ONCE_S = 0.1
PERIOD_S = 0.001  # of a thread that wakes up
BESIDE = ("nothing", "loop", "c-releases", "c-holds")
_EDGES = 3  # beats that are waited for before a job and after it
_SECONDS = (0.02, 30.0)


@dataclass(frozen=True)
class Beats:
    """When an event loop answered while something ran.

    ``times_s`` are the beats in seconds from the begin of the job, shape (beats,), one every
    ``BEAT_S`` where nothing is in their way; ``wall_s`` is the job's length.
    """

    wall_s: float
    times_s: tuple[float, ...] = field(repr=False)

    @property
    def longest_s(self) -> tuple[float, float]:
        """The begin and the end, in seconds, of the longest time without an answer."""
        begin_s, end_s = min([0.0, *self.times_s]), max([self.wall_s, *self.times_s])
        edges_s = pairwise([begin_s, *self.times_s, end_s])
        return max(edges_s, key=lambda pair: pair[1] - pair[0])

    @property
    def freeze_s(self) -> float:
        """The longest time in seconds in which nothing was answered, beyond the usual pause."""
        begin_s, end_s = self.longest_s
        return max(0.0, end_s - begin_s - BEAT_S * bool(self.times_s))

    @property
    def freezes(self) -> bool:
        """Whether a person would notice: a freeze of more than 0.1 seconds."""
        return self.freeze_s > AT_ONCE_S


class Heart:
    """Lets the event loop that runs note the time again and again, until ``stop``.

    Each beat asks for the next, so one that cannot be made in time delays all later ones.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = False
        self._times_s: list[float] = []
        self._loop.call_later(BEAT_S, self._beat)

    def stop(self) -> None:
        """End with the next beat; may be called by any thread."""
        self._stopped = True

    def beats(self, began_s: float, ended_s: float) -> Beats:
        """Return the ``Beats`` of a job, from its begin and its end on the clock of ``now``."""
        return Beats(ended_s - began_s, tuple(beat_s - began_s for beat_s in list(self._times_s)))

    def _beat(self):
        self._times_s.append(worker.now())
        if not self._stopped:
            self._loop.call_later(BEAT_S, self._beat)


async def record_beats(job: Callable[[], Any]) -> Beats:
    """Call a job, and return the ``Beats`` of the running event loop meanwhile.

    Args:
        job: a function without arguments; when it returns something to await, that is awaited.

    Raises:
        LabError: the job is not a function.
        Whatever the job raises.
    """
    if not callable(job):
        raise LabError(
            f"a job is a function without arguments, not {shown(job)}: leave out the brackets, or "
            "put lambda: before it"
        )
    heart = Heart()
    try:
        await asyncio.sleep(_EDGES * BEAT_S)
        began_s = worker.now()
        answer = job()
        if inspect.isawaitable(answer):
            await answer
        ended_s = worker.now()
        await asyncio.sleep(_EDGES * BEAT_S)
    finally:
        heart.stop()
    return heart.beats(began_s, ended_s)


@dataclass(frozen=True)
class Lateness:
    """How late a thread was that wanted to wake up every millisecond.

    ``late_s`` are seconds after the time it asked for, shape (wakes,); ``beside`` names what
    another thread did meanwhile. ``core_shares`` is how much of a core that one got, which never
    waits: one number, or none beside nothing.
    """

    beside: str
    switch_interval_s: float
    gil: bool
    late_s: tuple[float, ...] = field(repr=False)
    core_shares: tuple[float, ...] = field(repr=False, default=())

    @property
    def median_s(self) -> float:
        """The median lateness in seconds."""
        return statistics.median(self.late_s)

    @property
    def worst_s(self) -> float:
        """The longest lateness in seconds."""
        return max(self.late_s)


def measure_lateness(
    beside: str = "loop", *, switch_interval_s: float | None = None, seconds: float = 1.0
) -> Lateness:
    """Return the ``Lateness`` of a thread that sleeps for a millisecond, again and again.

    Args:
        beside: what one other thread does: "nothing", "loop" (Python code), "c-releases" or
            "c-holds" (calls into C that release the GIL, or do not).
        switch_interval_s: as it is set when None. It is always set back.
        seconds: how long, from 0.02 to 30; ten wakes are always waited for.

    Raises:
        LabError: a value is out of its range.
    """
    _check(beside, seconds)
    late_s: list[float] = []
    work = None
    if beside != "nothing":
        work = chunks.WORKS[beside].make(chunks.fitting_size(beside))
    with busy_thread(work, switch_interval_s) as core_shares:
        interval_s = sys.getswitchinterval()
        began_s = worker.now()
        while worker.now() - began_s < seconds or len(late_s) < 10:
            due_s = worker.now() + PERIOD_S
            time.sleep(PERIOD_S)
            late_s.append(max(0.0, worker.now() - due_s))
    gil = machine.gil_enabled()
    return Lateness(beside, interval_s, gil, tuple(late_s), tuple(core_shares))


@contextlib.contextmanager
def busy_thread(
    work: Callable[[], Any] | None, switch_interval_s: float | None = None
) -> Iterator[list[float]]:
    """Let one thread call ``work`` again and again for the length of a ``with``.

    Yields a list to which that thread's share of a core is added when it has ended.

    Args:
        work: a function without arguments, a short one; None lets nothing run.
        switch_interval_s: the interval meanwhile, in seconds; as it is when None. It is set back.

    Raises:
        LabError: ``work`` cannot be called, or the interval is out of its range.
    """
    if work is not None and not callable(work):
        raise LabError(f"work is a function without arguments, not {shown(work)}")
    begun, over = threading.Event(), threading.Event()

    def go_on():
        begun.set()
        while not over.is_set():
            work()

    core_shares: list[float] = []
    with switch_interval(switch_interval_s):
        if work is None:
            yield core_shares
            return
        thread = threading.Thread(
            target=lambda: core_shares.append(worker.core_share(go_on)), daemon=True
        )
        thread.start()
        try:
            begun.wait()
            yield core_shares
        finally:
            over.set()
            thread.join()


def _check(beside, seconds):
    if beside not in BESIDE:
        known = ", ".join(BESIDE)
        raise LabError(f"a thread is beside one of {known}, not {shown(beside)}: choose one")
    number("seconds", seconds, *_SECONDS, "try 1")
