"""A recording's workers made ready for the simulator."""

from collections.abc import Iterable

from ..core import allowed
from ..core.spans import Span
from ..errors import LabError, shown
from ..kind import kind as kind_of
from .record import Timeline
from .simulator import Hold, HoldC, Release, Segment, Simulation, Wait, simulate

_GLUE_S = 2e-6  # Python code between two calls into C: some bytecodes
_SEGMENTS = {"wait": Wait, "c-releases": Release, "c-holds": HoldC}


def simulate_alike(timeline: Timeline, n_cores: int | None = None) -> Simulation:
    """Return a ``Simulation`` of the workers of a ``Timeline``, with its switch interval.

    Each simulated worker has as much to do as fills the recording when it is alone, so the
    simulation may last longer; ``cut`` gives the part that compares. Without ``n_cores`` the
    cores are the usable CPUs of this machine, rounded.

    Raises:
        LabError: a worker did a job, of which the simulator knows nothing.
    """
    pairs = zip(timeline.works, timeline.chunk_s, strict=True)
    return simulate(
        [_segments(work, chunk_s, timeline.wall_s) for work, chunk_s in pairs],
        n_cores=n_cores or allowed.n_usable_workers(),
        switch_interval_s=timeline.switch_interval_s,
        gil=timeline.gil and kind_of(timeline.kind).shares_memory,
    )


def _segments(work, chunk_s, seconds) -> tuple[Segment, ...]:
    if work == "loop":
        return (Hold(seconds),)
    if work not in _SEGMENTS:
        raise LabError(
            f"the simulator knows the works loop, {', '.join(_SEGMENTS)}, not {shown(work)}: "
            "record one of these"
        )
    n_calls = max(1, -int(-seconds // chunk_s))  # rounded up: the last piece is finished
    return (Hold(_GLUE_S), _SEGMENTS[work](chunk_s)) * n_calls


def cut(spans: Iterable[Span], stop_s: float) -> list[Span]:
    """Return the part of ``spans`` that lies before ``stop_s`` seconds.

    >>> cut([Span("a", 0, 2), Span("a", 2, 4), Span("b", 5, 6)], 3)[1:]
    [Span(worker='a', start_s=2, stop_s=3, label='work')]
    """
    return [
        Span(span.worker, span.start_s, min(span.stop_s, stop_s), span.label)
        for span in spans
        if span.start_s < stop_s
    ]
