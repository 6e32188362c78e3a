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
from statistics import median

from ..core.spans import Span
from ..errors import LabError, number

#: Labels of spans in which a worker needs no core: it sleeps or waits for an answer.
WAITING = ("wait",)

#: Labels of spans in which a worker computes, and does nothing else.
COMPUTING = frozenset(("python", "call", "c-hold", "released"))

#: Largest pause inside one turn. Far above the pause between two chunks (microseconds), far below
#: the switch interval (5 ms).
GAP_S = 0.001

#: Shortest time for which nobody runs that counts as a stop by a quota: longer than the system
#: takes from one process to the next.
STOPPED_S = 0.005


def from_stamps(
    worker: str, stamps_s: Sequence[float], *, gap_s: float = GAP_S, label: str = "work"
) -> list[Span]:
    """Return the spans that a worker's own stamps prove, in order, neighbours already merged.

    ``stamps_s`` are seconds, ascending, one taken after each chunk of work. Between stamps further
    apart than ``gap_s`` the worker may have been sent off the GIL or the core: no span covers that
    stretch. Raises LabError for stamps that go back in time and a ``gap_s`` that is not above 0.

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


def median_s(turns: Sequence[Span]) -> float:
    """Return the seconds of the median turn; NaN where there was none."""
    return median(turn.duration_s for turn in turns) if turns else math.nan


def idle_spans(turns: Iterable[Span], wall_s: float, least_s: float) -> list[Span]:
    """Return the spans of ``least_s`` seconds or more, up to ``wall_s``, in which nobody ran.

    >>> [(s.start_s, s.stop_s) for s in idle_spans([Span("a", 0, 3), Span("b", 2, 4)], 9, 1)]
    [(4, 9)]
    """
    found, over_s = [], 0.0
    for turn in [*sorted(turns, key=lambda turn: turn.start_s), Span("", wall_s, wall_s)]:
        if turn.start_s - over_s >= least_s:
            found.append(Span("", over_s, turn.start_s))
        over_s = max(over_s, turn.stop_s)
    return found


def concurrency_shares(
    turns: Iterable[Span], n_workers: int, start_s: float, stop_s: float
) -> dict[int, float]:
    """Return the share of time, from one moment to another, with 0, 1, 2.. turns at once: 1 in sum.

    >>> concurrency_shares([Span("a", 0, 3), Span("b", 2, 4)], 2, 0, 4)
    {0: 0.0, 1: 0.75, 2: 0.25}
    """
    if stop_s == start_s:
        return {0: 1.0, **dict.fromkeys(range(1, n_workers + 1), 0.0)}
    ran = [turn for turn in turns if turn.duration_s]
    changes = sorted([(turn.start_s, 1) for turn in ran] + [(turn.stop_s, -1) for turn in ran])
    lengths_s = dict.fromkeys(range(n_workers + 1), 0.0)
    running, since_s = 0, start_s
    for at_s, change in [*changes, (stop_s, 0)]:
        when_s = min(max(at_s, start_s), stop_s)
        lengths_s[running] += when_s - since_s
        running, since_s = running + change, when_s
    return {n: length_s / (stop_s - start_s) for n, length_s in lengths_s.items()}


def _lanes(spans):
    """Return the spans in which each worker needed a core, sorted by start."""
    lanes = {}
    for span in sorted(spans, key=lambda span: span.start_s):
        if span.label not in WAITING:
            lanes.setdefault(span.worker, []).append(span)
    return lanes
