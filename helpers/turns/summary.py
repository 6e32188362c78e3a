"""What can be read off spans: the turns that workers took, and how many ran at once.

A *turn* is a run of spans of one worker that nobody else broke into: two threads under the GIL take
turns of about the switch interval, two processes take one long turn each, side by side.

The functions here are pure: lists of spans in, numbers or lists of spans out. They know nothing
of who recorded the spans, so that recorded and simulated runs are summarised by the same code.

What a stamp can and cannot tell: a thread that notes the time between two chunks of work may lose
the GIL anywhere between two notes. Notes close together prove that it ran; notes far apart prove
nothing, so ``from_stamps`` leaves that stretch open instead of calling it work.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ..core.spans import Span
from ..errors import LabError, number
from ..units import counted, ms, per_cent

#: Labels of spans in which a worker needs no core: it sleeps or waits for an answer.
WAITING = ("wait",)

#: Largest pause inside one turn. Far above the pause between two chunks (microseconds), far below
#: the switch interval (5 ms).
GAP_S = 0.001


def from_stamps(
    worker: str, stamps_s: Sequence[float], *, gap_s: float = GAP_S, label: str = "work"
) -> list[Span]:
    """Return the spans that a worker's own stamps prove, in order, neighbours already merged.

    ``stamps_s`` are seconds, ascending, one taken after each chunk of work. Two successive stamps
    at most ``gap_s`` apart belong to one span. Between stamps further apart the worker may have
    been sent off the GIL or the core: no span covers that stretch.

    Raises LabError for stamps that go back in time and for a ``gap_s`` that is not above 0.

    >>> from_stamps("a", [0.0, 0.25, 0.5, 9.0, 9.25], gap_s=0.3)
    ... # doctest: +NORMALIZE_WHITESPACE
    [Span(worker='a', start_s=0.0, stop_s=0.5, label='work'),
     Span(worker='a', start_s=9.0, stop_s=9.25, label='work')]
    """
    gap_s = number("gap_s", gap_s, 1e-9, 1000, f"{GAP_S} suits chunks of microseconds")
    spans = []
    first = last = stamps_s[0] if stamps_s else 0.0
    for stamp in [*stamps_s, math.inf]:  # whatever comes last ends a span
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
    return spans


def turns(spans: Iterable[Span], *, gap_s: float = GAP_S) -> list[Span]:
    """Return the turns in ``spans``, sorted by start: one span a turn, labelled like its first.

    A turn goes on from one span of a worker to its next unless the pause between them

    - is longer than ``gap_s`` seconds, or
    - holds a whole span of another worker: that one had a turn in between.

    Workers that truly overlap do not cut each other's turns: a process that works without a pause
    has one turn, however many spans its neighbour has beside it. Spans labelled as in ``WAITING``
    are no part of a turn.

    >>> chunks = [Span("a", 0, 1), Span("a", 1, 2), Span("b", 2, 3), Span("a", 3, 4)]
    >>> [(turn.worker, turn.start_s, turn.stop_s) for turn in turns(chunks, gap_s=5)]
    [('a', 0, 2), ('b', 2, 3), ('a', 3, 4)]
    """
    lanes = _lanes(spans)
    found = []
    for worker, lane in lanes.items():
        others = [other for name, other in lanes.items() if name != worker]
        turn = lane[0]
        for span in lane[1:]:
            if _is_over(turn, span, others, gap_s):
                found.append(turn)
                turn = span
            else:
                turn = Span(worker, turn.start_s, max(turn.stop_s, span.stop_s), turn.label)
        found.append(turn)
    return sorted(found, key=lambda turn: (turn.start_s, turn.worker))


def _is_over(turn, span, others, gap_s):
    """Return whether a turn does not go on with the next span of its worker."""
    pause_s = span.start_s - turn.stop_s
    if pause_s <= 0 or pause_s > gap_s:
        return pause_s > 0
    for lane in others:
        index = bisect_left(lane, turn.stop_s, key=lambda other: other.start_s)
        if index < len(lane) and lane[index].stop_s <= span.start_s:
            return True
    return False


def concurrency_shares(
    spans: Iterable[Span], *, start_s: float | None = None, stop_s: float | None = None
) -> dict[int, float]:
    """Return the share of time in which 0, 1, 2.. workers ran at once: {count: share}.

    Shares add up to 1; every count from 0 to the number of workers is a key. The time looked at
    reaches from the first start to the last stop of all spans, or from ``start_s`` to ``stop_s``
    seconds. Two spans of one worker at the same moment count as one worker; spans labelled as in
    ``WAITING`` count as nobody. No spans at all: nobody ran, {0: 1.0}.

    >>> concurrency_shares([Span("a", 0, 3), Span("b", 2, 4)])
    {0: 0.0, 1: 0.75, 2: 0.25}
    """
    spans = list(spans)
    if start_s is None:
        start_s = min((span.start_s for span in spans), default=0.0)
    if stop_s is None:
        stop_s = max((span.stop_s for span in spans), default=start_s)
    lanes, changes = _lanes(spans), []
    # Each lane becomes disjoint first, so that +1 and -1 count workers and not spans.
    for lane in lanes.values():
        for begin_s, end_s in _disjoint(lane):
            begin_s, end_s = max(begin_s, start_s), min(end_s, stop_s)
            if begin_s < end_s:
                changes += [(begin_s, 1), (end_s, -1)]
    lengths_s = [0.0] * (len(lanes) + 1)
    running, since_s = 0, start_s
    for when_s, change in [*sorted(changes), (stop_s, 0)]:
        lengths_s[running] += when_s - since_s
        running, since_s = running + change, when_s
    window_s = stop_s - start_s
    shares = [length_s / window_s for length_s in lengths_s] if window_s else [1.0]
    return {n: shares[n] if n < len(shares) else 0.0 for n in range(len(lengths_s))}


@dataclass(frozen=True, repr=False)
class TurnSummary:
    """What a timeline shows, in figures: the turns as found, and everything else derived.

    >>> summarise([Span("a", 0, 0.005), Span("b", 0.005, 0.010), Span("a", 0.010, 0.015)])
    3 turns of 2 workers, median 5 ms; running at once: 0: 0 %, 1: 100 %, 2: 0 %
    """

    turns: tuple[Span, ...]

    @property
    def n_turns(self) -> int:
        """Turns counted, over all workers."""
        return len(self.turns)

    @property
    def n_workers(self) -> int:
        """Distinct workers that had a turn."""
        return len({turn.worker for turn in self.turns})

    @property
    def median_turn_s(self) -> float:
        """Seconds of the median turn; NaN where there was none."""
        return median(turn.duration_s for turn in self.turns) if self.turns else math.nan

    @property
    def shares(self) -> dict[int, float]:
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


def summarise(spans: Iterable[Span]) -> TurnSummary:
    """Return the ``TurnSummary`` of ``spans``.

    >>> summarise([])
    no turns: no worker ran long enough to be seen
    """
    return TurnSummary(tuple(turns(spans)))


def _lanes(spans):
    """Return the spans in which each worker needed a core, sorted by start."""
    lanes = {}
    for span in sorted(spans, key=lambda span: span.start_s):
        if span.label not in WAITING:
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
