"""A simulator of the GIL: who holds it when, by the rules of CPython 3.2 and later.

Threads are lists of segments: Python code (``Hold``), one call into C that holds the GIL
(``HoldC``), work that releases it (``Release``), waiting (``Wait``). The simulator jumps from
one event to the next (discrete-event simulation), so that two simulated seconds take milliseconds,
and returns the spans that a timeline of a real run consists of.

The rules of the lock are those of ``take_gil`` and ``drop_gil`` in CPython's ``Python/ceval_gil.c``
(Antoine Pitrou's lock of 2009; David Beazley's talk "Understanding the Python GIL", PyCon 2010,
shows what they do to a program):

1. A thread that wants a taken lock sleeps for the switch interval. If the lock has not changed
   hands in that time, the thread requests it. Either way it then sleeps for one more interval.
2. The holder hands a requested lock over at once while it runs Python code, but a call into C is
   finished first.
3. A thread that hands over on request goes on only when another one has taken the lock.
4. A holder that releases the lock of its own accord (released, waiting, finished) frees it at once.
5. Taking the lock annuls all requests.

What is simplified:

- Which of several sleepers is woken is up to the operating system. Here: the one that came first.
- Cores are shared first come, first served. When more threads are ready than there are cores, one
  that has been on its core for ``TIME_SLICE_S`` makes room. This is chosen over running them all
  at a fraction of full speed because lanes then show what really runs: never more than the cores.
- A holder that the operating system sends off its core keeps the lock.
- Python code can be interrupted anywhere; real code only at calls and at the end of loops.
- Nothing costs time but the segments.

Time runs in whole nanoseconds inside, so that two things at the same moment really are.

``authoring/site/simulator.js`` has the same rules for pages without a kernel. Both are held to the
runs of ``tests/unit/turns/cases.json``, which ``python -m tests.unit.turns.cases`` writes again.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import ClassVar

from ..core.spans import Span
from ..errors import LabError, number, shown, whole
from ..units import counted, per_cent

TIME_SLICE_S = 0.004  # what Linux gives a thread among equals, 3 ms, met at its next 4 ms tick
MAX_STEPS = 300_000  # about a second of computing

_NS = 1_000_000_000
_SLICE_NS = round(TIME_SLICE_S * _NS)


@dataclass(frozen=True)
class Segment:
    """One step of a thread: from a nanosecond to a million ``seconds``, else a LabError."""

    seconds: float
    label: ClassVar[str]
    needs_lock: ClassVar[bool]

    def __post_init__(self):
        number(f"the seconds of {type(self).__name__}", self.seconds, 1e-9, 1e6, "0.1 is 100 ms")


class Hold(Segment):
    """Seconds of Python code: it holds the GIL, and hands it over when somebody requests it."""

    label, needs_lock = "python", True


class HoldC(Segment):
    """Seconds of one call into C that holds the GIL from beginning to end, as ``re.findall``."""

    label, needs_lock = "c-hold", True


class Release(Segment):
    """Seconds on a core without the GIL, such as ``zlib.compress``."""

    label, needs_lock = "released", False


class Wait(Segment):
    """Seconds asleep, as in ``time.sleep``: neither the GIL nor a core is needed."""

    label, needs_lock = "wait", False


def calls(
    n_calls: int,
    call_s: float,
    held_share: float,
    waiting_share: float = 0.0,
    *,
    in_c: bool = False,
) -> tuple[Segment, ...]:
    """Return a thread that makes the same call again and again: it holds, releases, then waits.

    >>> calls(2, 1.0, 0.25)
    (Hold(seconds=0.25), Release(seconds=0.75), Hold(seconds=0.25), Release(seconds=0.75))
    """
    parts = (
        (HoldC if in_c else Hold, held_share),
        (Release, 1 - held_share - waiting_share),
        (Wait, waiting_share),
    )
    # A share below 1e-9 is what rounding leaves of zero.
    return tuple(kind(share * call_s) for kind, share in parts if share > 1e-9) * n_calls


@dataclass(frozen=True, repr=False)
class Simulation:
    """What a simulated run did: a model's figures, never measured ones.

    ``spans`` are the stretches in which a thread ran or waited, by start; their workers are
    "thread 1", "thread 2", ..., their labels "python", "c-hold", "released" and "wait". A gap in a
    lane is a thread that wants the lock or a core and does not get it. ``serial_s`` is the time of
    all segments one after another, ``held_s`` the time for which anybody held the lock,
    ``n_hand_overs`` how often it went from one thread to another.
    """

    spans: tuple[Span, ...] = field(repr=False)
    wall_s: float
    serial_s: float
    held_s: float
    n_hand_overs: int
    n_threads: int
    n_cores: int
    switch_interval_s: float
    gil: bool

    @property
    def speed_up(self) -> float:
        """How many times faster than all segments one after another."""
        return self.serial_s / self.wall_s

    @property
    def held_share(self) -> float:
        """The share of the time in which the lock was held, 0 to 1."""
        return self.held_s / self.wall_s

    def __repr__(self) -> str:
        lock = f"lock held {per_cent(self.held_share)}" if self.gil else "no lock"
        return (
            f"model: {counted(self.n_threads, 'thread')} on {counted(self.n_cores, 'core')}, "
            f"{self.wall_s:.4g} s instead of {self.serial_s:.4g} s: {self.speed_up:.2f}x; "
            f"{lock}, {counted(self.n_hand_overs, 'hand-over')}"
        )


def simulate(
    threads: Sequence[Sequence[Segment]],
    *,
    n_cores: int,
    switch_interval_s: float = 0.005,
    gil: bool = True,
) -> Simulation:
    """Return the ``Simulation`` of threads that all start at 0 s.

    Args:
        threads: each a sequence of 1 or more segments.
        n_cores: cores that the threads share.
        switch_interval_s: as set by ``sys.setswitchinterval``, 1 microsecond to 1,000 s.
        gil: False for a free-threaded build, or for processes: no segment needs the lock then.

    Raises:
        LabError: one of these is something else, or the run has more events than ``MAX_STEPS``.

    Two threads of Python code take turns of 5 ms and are no faster than one:

    >>> simulate([[Hold(0.02)], [Hold(0.02)]], n_cores=2)
    model: 2 threads on 2 cores, 0.04 s instead of 0.04 s: 1.00x; lock held 100 %, 7 hand-overs
    """
    _check_threads(threads)
    n_cores = whole("n_cores", n_cores, 1, MAX_STEPS, "try 2")
    number("switch_interval_s", switch_interval_s, 1e-6, 1000, "Python's own is 0.005 s")
    engine = _Engine(threads, n_cores, _ns(switch_interval_s), gil)
    engine.run()
    return Simulation(
        spans=tuple(sorted(engine.spans, key=lambda span: span.start_s)),
        wall_s=engine.wall / _NS,
        serial_s=sum(sum(thread.lengths) for thread in engine.threads) / _NS,
        held_s=engine.held / _NS,
        n_hand_overs=max(0, engine.n_switches - 1),  # the first one to take it got it from nobody
        n_threads=len(threads),
        n_cores=n_cores,
        switch_interval_s=switch_interval_s,
        gil=bool(gil),
    )


def _ns(seconds):
    return round(seconds * _NS)


def _check_threads(threads):
    kinds = (Hold, HoldC, Release, Wait)
    _check_sequence("threads", threads, "thread", "[[Hold(0.1)], [Wait(0.1)]]")
    n_segments = sum(len(thread) for thread in threads if isinstance(thread, list | tuple))
    if n_segments > MAX_STEPS:
        raise LabError(
            f"a simulation takes at most {MAX_STEPS:,} steps: got {n_segments:,} segments; give "
            f"the {len(threads):,} threads fewer"
        )
    for thread in threads:
        _check_sequence("a thread", thread, "segment", "[Hold(0.1)]")
        for segment in thread:
            if not isinstance(segment, kinds):
                names = ", ".join(kind.__name__ for kind in kinds)
                raise LabError(f"a segment is one of {names}: got {shown(segment)}; try Hold(0.1)")


def _check_sequence(name, values, item, example):
    # Strings are lists of strings, and a generator might never end.
    if not isinstance(values, list | tuple) or not values:
        raise LabError(
            f"{name} must be a list with 1 {item} or more: got {shown(values)}; try {example}"
        )


class _Thread:
    """A thread's place in its segments, and whether it runs. Times are in nanoseconds."""

    def __init__(self, name, segments):
        self.name = name
        self.kinds = [type(segment) for segment in segments]
        self.lengths = [_ns(segment.seconds) for segment in segments]
        self.index = 0
        self.left = self.lengths[0]  # of the present segment
        self.since = 0  # when the present span began
        self.version = 0  # events made for an older one are void
        self.armed = self.seen = 0  # when its sleep for the lock began, and n_switches then


# At the same moment, what ends is dealt with before what asks for an end.
_ENDS, _REQUEST, _SLICE = range(3)


class _Engine:
    """The state of cores and lock, and the rules by which events change it."""

    def __init__(self, threads, n_cores, interval, gil):
        self.threads = [_Thread(f"thread {i}", segments) for i, segments in enumerate(threads, 1)]
        self.n_cores, self.interval, self.gil = n_cores, interval, gil
        self.now = self.wall = self.n_steps = 0  # wall: the latest end of a segment
        self.events = []  # a heap of (when, rank, number, action, thread, version)
        self.spans = []
        # cores
        self.ready = deque()  # threads that need a core
        self.running = {}  # threads on a core, the longest there first -> since when
        self.slice_planned = False
        # the lock
        self.holder = self.last_holder = None
        self.sleepers = deque()  # threads that want the lock, the longest there first
        self.giver = None  # the thread that handed over on request, and waits for a taker
        self.requested = False
        self.request_at, self.request_version = math.inf, 0
        self.n_switches = self.switched_at = 0
        self.taken_at = self.held = 0

    def run(self):
        for thread in self.threads:
            self.proceed(thread)
            self.fill_cores()
        while self.events:
            self.now, _, _, action, thread, version = heappop(self.events)
            action(thread, version)
            self.fill_cores()

    def plan(self, when, rank, action, thread=None, version=0):
        self.n_steps += 1
        if self.n_steps > MAX_STEPS:
            raise LabError(
                f"a simulation takes at most {MAX_STEPS:,} steps: {len(self.threads)} threads with "
                f"a switch interval of {self.interval / _NS:g} s came to {self.now / _NS:.3g} s in "
                "as many; give them less to do, or a longer interval"
            )
        heappush(self.events, (when, rank, self.n_steps, action, thread, version))

    # a thread's course

    def proceed(self, thread):
        """Give the thread what its present segment needs, or line it up for that."""
        if thread.index == len(thread.kinds):
            if self.holder is thread:
                self.free_lock(thread)
            self.leave_core(thread)
            return
        kind = thread.kinds[thread.index]
        if kind.needs_lock and self.gil:
            self.proceed_with_lock(thread, kind)
        elif self.holder is thread and self.free_lock(thread):
            pass  # somebody has to take the lock before it goes on
        elif kind is Wait:
            self.leave_core(thread)
            self.start(thread)
        elif thread in self.running:
            self.start(thread)
        else:
            self.ready.append(thread)

    def proceed_with_lock(self, thread, kind):
        if self.holder not in (None, thread):
            self.leave_core(thread)
            self.sleep(thread)
        elif thread not in self.running:
            self.ready.append(thread)
        elif self.holder is None:
            self.take_lock(thread)
            self.start(thread)
        elif self.requested and (kind is Hold or thread.left == thread.lengths[thread.index]):
            self.free_lock(thread)
        else:
            self.start(thread)

    def start(self, thread):
        thread.since = self.now
        self.plan(self.now + thread.left, _ENDS, self.end, thread, thread.version)

    def stop(self, thread):
        """Note what the thread has done of its segment; the planned end is void."""
        self.note(thread)
        thread.left -= self.now - thread.since
        thread.version += 1

    def end(self, thread, version):
        if version != thread.version:
            return
        self.note(thread)
        self.wall = self.now
        thread.index += 1
        if thread.index < len(thread.lengths):
            thread.left = thread.lengths[thread.index]
        self.proceed(thread)

    def note(self, thread):
        if self.now > thread.since:
            label = thread.kinds[thread.index].label
            self.spans.append(Span(thread.name, thread.since / _NS, self.now / _NS, label))

    # cores

    def fill_cores(self):
        while self.ready and len(self.running) < self.n_cores:
            thread = self.ready.popleft()
            self.occupy_core(thread)
            self.proceed(thread)
        if self.ready and not self.slice_planned:
            longest_since = next(iter(self.running.values()))
            self.plan(max(self.now, longest_since + _SLICE_NS), _SLICE, self.end_slice)
            self.slice_planned = True

    def occupy_core(self, thread):
        self.leave_core(thread)
        self.running[thread] = self.now

    def leave_core(self, thread):
        self.running.pop(thread, None)

    def end_slice(self, *_):
        self.slice_planned = False
        overdue = [t for t, since in self.running.items() if since + _SLICE_NS <= self.now]
        n_ready = len(self.ready)
        for thread in overdue[:n_ready]:
            self.stop(thread)
            self.leave_core(thread)
            self.ready.append(thread)
        for thread in overdue[n_ready:]:  # nobody needs its core: a new slice
            self.occupy_core(thread)

    # the lock

    def take_lock(self, thread):
        self.holder, self.taken_at, self.requested = thread, self.now, False
        if self.last_holder is not thread:
            self.last_holder, self.switched_at = thread, self.now
            self.n_switches += 1
        self.plan_next_request()
        giver, self.giver = self.giver, None
        if giver is not None:
            self.proceed(giver)

    def free_lock(self, thread):
        """Free the lock, wake a sleeper, and return whether the thread waits for a taker."""
        self.holder = None
        self.held += self.now - self.taken_at
        self.request_at = math.inf
        self.request_version += 1
        must_wait, self.requested = self.requested, False
        if must_wait:
            self.giver = thread
            self.leave_core(thread)
        if self.sleepers:
            self.ready.append(self.sleepers.popleft())
        return must_wait

    def sleep(self, thread):
        thread.armed, thread.seen = self.now, self.n_switches
        self.sleepers.append(thread)
        if self.now + self.interval < self.request_at:
            self.plan_request(self.now + self.interval)

    def next_request(self, sleeper):
        """Return when the sleeper asks for the lock, if it does not change hands before.

        Its timer runs out every interval from ``armed`` on. Each time it remembers the number of
        switches; it asks when that number is still the same the next time.
        """
        remembered = sleeper.armed
        if sleeper.seen != self.n_switches:
            n_intervals = -((remembered - self.switched_at) // self.interval)  # rounded up
            remembered += max(1, n_intervals) * self.interval
        return remembered + max(1, (self.now - remembered) // self.interval + 1) * self.interval

    def plan_next_request(self):
        """Plan the earliest request of any sleeper, once the lock has been taken."""
        # Right after a switch nobody can be earlier than this, and looking on is pointless.
        earliest = self.now + self.interval if self.switched_at == self.now else self.now
        first = math.inf
        for sleeper in self.sleepers:
            self.n_steps += 1
            first = min(first, self.next_request(sleeper))
            if first == earliest:
                break
        if self.sleepers:
            self.plan_request(first)

    def plan_request(self, when):
        self.request_at = when
        self.request_version += 1
        self.plan(when, _REQUEST, self.request, version=self.request_version)

    def request(self, _, version):
        if version != self.request_version:
            return
        self.requested, self.request_at = True, math.inf
        holder = self.holder
        if holder in self.running and holder.kinds[holder.index] is Hold:
            self.stop(holder)
            self.free_lock(holder)
