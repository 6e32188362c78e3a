"""Who held the GIL when: read off what CPython's sampling profiler wrote for Firefox Profiler.

A profile in that format, ``--gecko``, has markers for each thread: from when to when it had the
GIL, and waited for it. Times are milliseconds since the first sample. When that was is not
written, but a thread is seen only while it lives, and when that was it has told itself.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ..core.spans import Span
from ..errors import LabError

HOLDS, WAITS, WITHOUT = "holds", "waits for it", "without"  # labels of spans
_HAS, _ASKS = "Has GIL", "Waiting for GIL"  # as the profiler calls its markers
_LEAST = 20  # samples of a thread: fewer say nothing


class Lane(NamedTuple):
    """A thread that was looked at: all times are seconds on its own clock.

    It lived from ``ready_s`` to ``end_s``, and what it did counts from ``begin_s`` on.
    """

    worker: str
    tid: int
    ready_s: float
    begin_s: float
    end_s: float


class Shares(NamedTuple):
    """The shares of some threads' time: they hold the GIL, wait for it, or run without it."""

    holds: float
    waits: float
    without: float


def shares_of(spans: Iterable[Span]) -> Shares:
    """Return the shares of the time of spans, 1 in sum.

    >>> shares_of([Span("a", 0, 3, HOLDS), Span("a", 3, 4, WITHOUT)])
    Shares(holds=0.75, waits=0.0, without=0.25)
    """
    lengths_s = dict.fromkeys((HOLDS, WAITS, WITHOUT), 0.0)
    for span in spans:
        lengths_s[span.label] += span.duration_s
    total_s = sum(lengths_s.values())
    return Shares(*(length_s / total_s for length_s in lengths_s.values()))


def states_in(profile: dict[str, Any], phases: Sequence[Sequence[Lane]]) -> list[tuple[Span, ...]]:
    """Return the spans of each phase's threads: times are seconds since that phase began.

    Raises:
        LabError: a thread was hardly seen.
    """
    threads = {thread["tid"]: thread for thread in profile["threads"]}
    lanes = [lane for phase in phases for lane in phase]
    for lane in lanes:
        n_samples = len(threads[lane.tid]["samples"]["time"]) if lane.tid in threads else 0
        if n_samples < _LEAST:
            raise LabError(
                f"a thread must be seen {_LEAST} times, and the profiler saw one {n_samples} "
                "times before it ended: measure for longer, or when the machine is quiet"
            )
    ahead_s = _ahead_s(threads, lanes)
    return [
        tuple(span for lane in phase for span in _spans(lane, threads, profile, ahead_s))
        for phase in phases
    ]


def _ahead_s(threads, lanes):
    """Return how many seconds the threads' clock is ahead of the profile's.

    No thread is seen before it is ready, or after its end: that leaves about one sample's time.
    """
    seen = [(lane, threads[lane.tid]["samples"]["time"]) for lane in lanes]
    least_s = max(lane.ready_s - times_ms[0] / 1e3 for lane, times_ms in seen)
    most_s = min(lane.end_s - times_ms[-1] / 1e3 for lane, times_ms in seen)
    return (least_s + most_s) / 2


def _spans(lane: Lane, threads: Any, profile: Any, ahead_s: float) -> Iterator[Span]:
    thread, names = threads[lane.tid], profile["shared"]["stringArray"]
    markers, times_ms = thread["markers"], thread["samples"]["time"]
    # What is before its first sample, and after its last, was not seen.
    begin_s = max(lane.begin_s, times_ms[0] / 1e3 + ahead_s)
    end_s = min(lane.end_s, times_ms[-1] / 1e3 + ahead_s)
    kinds: dict[str, list[tuple[float, float]]] = {_HAS: [], _ASKS: []}
    for name, *ends_ms in zip(markers["name"], markers["startTime"], markers["endTime"]):
        if names[name] in kinds:
            start_s, stop_s = (at_ms / 1e3 + ahead_s for at_ms in ends_ms)
            kinds[names[name]].append((max(start_s, begin_s), min(stop_s, end_s)))
    known = {name: sorted(s for s in found if s[0] < s[1]) for name, found in kinds.items()}
    edges = {edge for found in known.values() for one in found for edge in one}
    since_s, label = begin_s, ""
    for start_s, stop_s in pairwise(sorted({*edges, begin_s, end_s})):
        now_s = (start_s + stop_s) / 2
        new = HOLDS if _is_in(known[_HAS], now_s) else WITHOUT
        if new == WITHOUT and _is_in(known[_ASKS], now_s):
            new = WAITS
        if label and new != label:
            yield _span(lane, since_s, start_s, label)
            since_s = start_s
        label = new
    yield _span(lane, since_s, end_s, label)


def _is_in(found, at_s):
    index = bisect_right(found, (at_s, at_s)) - 1
    return index >= 0 and at_s < found[index][1]


def _span(lane, start_s, stop_s, label):
    return Span(lane.worker, start_s - lane.begin_s, stop_s - lane.begin_s, label)
