"""Stretches of time in which a worker ran, and what can be read off them.

A *span* is one stretch. A *turn* is a run of spans of one worker that nobody else broke into:
two threads under the lock take turns of about the switch interval, two processes take one long
turn each, side by side.

The functions here are pure: lists of spans in, numbers or lists of spans out. They know nothing
of who recorded the spans, so that recorded and simulated runs are summarised by the same code.

What a stamp can and cannot tell: a thread that notes the time between two chunks of work may lose
the lock anywhere between two notes. Notes close together prove that it ran; notes far apart prove
nothing, so ``from_stamps`` leaves that stretch open instead of calling it work.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from statistics import median

from ..errors import LabError, number, shown
from ..units import counted, ms, per_cent

#: Labels of spans in which a worker needs no core: it sleeps or waits for an answer.
WAITING = ("wait",)

#: Largest pause inside one turn. Far above the pause between two chunks (microseconds), far below
#: the switch interval (5 ms).
GAP_S = 0.001


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of time of one worker: ``start_s`` to ``stop_s`` on a clock that all share.

    Raises LabError for a stop before its start and for a time that is not finite.

    >>> Span("thread-1", 0.0, 0.005)
    Span(worker='thread-1', start_s=0.0, stop_s=0.005, label='work')
    >>> Span("thread-1", 1.0, 1.25).duration_s
    0.25
    """

    worker: str
    start_s: float
    stop_s: float
    label: str = "work"

    def __post_init__(self):
        # One chained comparison says all of it: NaN fails it, and so does infinity.
        if not -math.inf < self.start_s <= self.stop_s < math.inf:
            raise LabError(
                f"a span stops at or after its start, both finite: got start_s={self.start_s!r}, "
                f"stop_s={self.stop_s!r} for {self.worker!r}; give the earlier time first"
            )

    @property
    def duration_s(self):
        """Seconds from start to stop."""
        return self.stop_s - self.start_s


def from_stamps(worker, stamps_s, *, gap_s=GAP_S, label="work"):
    """Return the spans that a worker's own stamps prove, in order, neighbours already merged.

    ``stamps_s`` are seconds, ascending, one taken after each chunk of work. Two successive stamps
    at most ``gap_s`` apart belong to one span. Between stamps further apart the worker may have
    been sent off the lock or the core: no span covers that stretch.

    Raises LabError for stamps that go back in time and for a ``gap_s`` that is not above 0.

    >>> from_stamps("a", [0.0, 0.25, 0.5, 9.0, 9.25], gap_s=0.3)
    ... # doctest: +NORMALIZE_WHITESPACE
    [Span(worker='a', start_s=0.0, stop_s=0.5, label='work'),
     Span(worker='a', start_s=9.0, stop_s=9.25, label='work')]
    """
    number("gap_s", gap_s, 1e-9, 1000, f"try {GAP_S}")
    spans = []
    if not stamps_s:
        return spans
    first = last = stamps_s[0]
    for stamp in stamps_s:
        if not stamp >= last:
            raise LabError(
                f"stamps of one worker ascend: {stamp!r} follows {last!r} for {worker!r}; take "
                "them all from helpers.core.worker.now()"
            )
        if stamp - last > gap_s:
            if last > first:
                spans.append(Span(worker, first, last, label))
            first = stamp
        last = stamp
    if last > first:
        spans.append(Span(worker, first, last, label))
    return spans


def turns(spans, *, gap_s=GAP_S):
    """Return the turns in ``spans``, sorted by start: one span a turn, labelled like its first.

    A turn goes on from one span of a worker to its next unless the pause between them

    - is longer than ``gap_s`` seconds, or
    - holds a whole span of another worker: that one had a turn in between.

    Workers that truly overlap do not cut each other's turns: a process that works without a pause
    has one turn, however many spans its neighbour has beside it. Spans labelled as in ``WAITING``
    are no part of a turn.

    Raises LabError for something that is not a Span and for a ``gap_s`` that is not above 0.

    >>> chunks = [Span("a", 0, 1), Span("a", 1, 2), Span("b", 2, 3), Span("a", 3, 4)]
    >>> [(turn.worker, turn.start_s, turn.stop_s) for turn in turns(chunks, gap_s=5)]
    [('a', 0, 2), ('b', 2, 3), ('a', 3, 4)]
    """
    number("gap_s", gap_s, 1e-9, 1000, f"try {GAP_S}")
    lanes = _lanes(span for span in _checked(spans) if span.label not in WAITING)
    found = []
    for worker, lane in lanes.items():
        others = [other for name, other in lanes.items() if name != worker]
        starts = [[span.start_s for span in other] for other in others]
        first, stop_s = lane[0], lane[0].stop_s
        for span in lane[1:]:
            pause_s = span.start_s - stop_s
            if pause_s > gap_s or (
                pause_s > 0
                and any(
                    _ran_within(other, begun, stop_s, span.start_s)
                    for other, begun in zip(others, starts, strict=True)
                )
            ):
                found.append(Span(worker, first.start_s, stop_s, first.label))
                first, stop_s = span, span.stop_s
            stop_s = max(stop_s, span.stop_s)
        found.append(Span(worker, first.start_s, stop_s, first.label))
    return sorted(found, key=lambda turn: (turn.start_s, turn.worker))


def concurrency_shares(spans, *, start_s=None, stop_s=None):
    """Return the share of time in which 0, 1, 2.. workers ran at once: {count: share}.

    Shares add up to 1; every count from 0 to the number of workers is a key. The time looked at
    reaches from the first start to the last stop of all spans, or from ``start_s`` to ``stop_s``
    seconds. Two spans of one worker at the same moment count as one worker; spans labelled as in
    ``WAITING`` count as nobody. No spans at all: nobody ran, {0: 1.0}.

    Raises LabError for something that is not a Span and for a window that is empty.

    >>> concurrency_shares([Span("a", 0, 3), Span("b", 2, 4)])
    {0: 0.0, 1: 0.75, 2: 0.25}
    """
    spans = _checked(spans)
    if start_s is None:
        start_s = min((span.start_s for span in spans), default=0.0)
    if stop_s is None:
        stop_s = max((span.stop_s for span in spans), default=start_s)
    if not -math.inf < start_s <= stop_s < math.inf:
        raise LabError(
            f"a window stops after its start: got start_s={start_s!r}, stop_s={stop_s!r}; "
            "leave both out to look at the whole run"
        )
    window_s = stop_s - start_s
    lanes = _lanes(span for span in spans if span.label not in WAITING)
    if window_s == 0:
        return {0: 1.0, **dict.fromkeys(range(1, len(lanes) + 1), 0.0)}
    # Each lane becomes disjoint first, so that +1 and -1 count workers and not spans.
    changes = []
    for lane in lanes.values():
        for begin, end in _disjoint(lane):
            begin, end = max(begin, start_s), min(end, stop_s)
            if begin < end:
                changes += [(begin, 1), (end, -1)]
    changes.sort()
    lengths = [0.0] * (len(lanes) + 1)
    running, since = 0, start_s
    for when, change in changes:
        lengths[running] += when - since
        running, since = running + change, when
    lengths[running] += stop_s - since
    return {count: length / window_s for count, length in enumerate(lengths)}


@dataclass(frozen=True, repr=False)
class TurnSummary:
    """What a timeline shows, in figures: the turns as found, and everything else derived.

    >>> summarise([Span("a", 0, 0.005), Span("b", 0.005, 0.010), Span("a", 0.010, 0.015)])
    3 turns of 2 workers, median 5 ms; running at once: 0: 0 %, 1: 100 %, 2: 0 %
    """

    turns: tuple[Span, ...]

    @property
    def n_turns(self):
        """Turns counted, over all workers."""
        return len(self.turns)

    @property
    def n_workers(self):
        """Distinct workers that had a turn."""
        return len({turn.worker for turn in self.turns})

    @property
    def median_turn_s(self):
        """Seconds of the median turn; NaN where there was none."""
        return median(turn.duration_s for turn in self.turns) if self.turns else math.nan

    @property
    def shares(self):
        """Share of time with 0, 1, 2.. workers running at once, as ``concurrency_shares``."""
        return concurrency_shares(self.turns)

    def __repr__(self):
        if not self.turns:
            return "no turns: no worker ran long enough to be seen"
        at_once = ", ".join(f"{count}: {per_cent(share)}" for count, share in self.shares.items())
        return (
            f"{counted(self.n_turns, 'turn')} of {counted(self.n_workers, 'worker')}, "
            f"median {ms(self.median_turn_s)}; running at once: {at_once}"
        )


def summarise(spans, *, gap_s=GAP_S):
    """Return the TurnSummary of ``spans``; pauses of up to ``gap_s`` seconds do not end a turn.

    Raises LabError as ``turns`` does.

    >>> summarise([])
    no turns: no worker ran long enough to be seen
    """
    return TurnSummary(tuple(turns(spans, gap_s=gap_s)))


def _lanes(spans):
    """Return each worker's spans, sorted by start."""
    lanes = {}
    for span in sorted(spans, key=lambda span: span.start_s):
        lanes.setdefault(span.worker, []).append(span)
    return lanes


def _disjoint(lane):
    """Return (start, stop) of a sorted lane with overlapping and touching spans joined."""
    joined = []
    for span in lane:
        if joined and span.start_s <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], span.stop_s))
        else:
            joined.append((span.start_s, span.stop_s))
    return joined


def _ran_within(lane, starts, begin_s, end_s):
    """Return whether a span of ``lane`` (its ``starts`` sorted) lies wholly in the pause."""
    index = bisect_left(starts, begin_s)
    return index < len(lane) and lane[index].stop_s <= end_s


def _checked(spans):
    spans = list(spans)
    for span in spans:
        if not isinstance(span, Span):
            raise LabError(
                f"a timeline is a list of Span: got {shown(span)}; build each one as "
                "Span(worker, start_s, stop_s)"
            )
    return spans
