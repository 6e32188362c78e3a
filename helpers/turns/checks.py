"""Self-checks of notebook 01."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from ..cells.check import answered, exercise, wrong
from ..errors import is_number, shown
from ..units import ms
from .simulator import Hold, Release, Wait, simulate

_HINTS = {
    Wait: "a thread that waits for a download needs neither the GIL nor a core",
    Hold: "Python code holds the GIL, and hands it over when it is asked to",
    Release: "C code that releases the GIL needs a core and no GIL",
}


@exercise("01.segments")
def check_segments(worker: Any) -> str:
    """Check the segments of notebook 01's worker: it waits, runs Python code, releases the GIL."""
    worker = answered(worker, "a list of segments")
    if not isinstance(worker, list | tuple):
        wrong(f"worker is a list of segments, not {shown(worker)}")
    run = simulate([[answered(segment, "a segment") for segment in worker]] * 2, n_cores=2)
    expected = [Wait(0.020), Hold(0.010), Release(0.030)]
    if len(worker) != len(expected):
        wrong(f"the function has {len(expected)} steps, and the list has {len(worker)} segments")
    for number, (got, segment) in enumerate(zip(worker, expected, strict=True), 1):
        if type(got) is not type(segment):
            wrong(f"step {number} is not a {type(got).__name__}: {_HINTS[type(segment)]}")
        if got != segment:
            wrong(f"step {number} lasts {segment.seconds:g} s, not {got.seconds:g} s")
    return f"Two such threads, simulated on two cores: {run.speed_up:.2f} times as fast."


@exercise("01.interval")
def check_interval(function: Callable[[float, int], Any]) -> str:
    """Check ``function(wanted_s, n_busy)``: the switch interval that keeps a thread's answer quick.

    A simulated thread wakes up again and again beside ``n_busy`` threads of Python code.
    """
    for wanted_s, n_busy in ((0.002, 1), (0.01, 2), (0.012, 4)):
        interval_s = answered(function(wanted_s, n_busy), "the formula")
        if not is_number(interval_s, 1e-5, 10):
            wrong(f"the interval is a number of seconds, 0.00001 to 10, not {shown(interval_s)}")
        late_s = _latest_s(interval_s, n_busy)
        case = f"beside {n_busy} busy threads, with an interval of {ms(interval_s)},"
        if late_s > 1.001 * wanted_s:
            wrong(
                f"{case} the thread had to wait up to {ms(late_s)} for the GIL, and "
                f"{ms(wanted_s)} are wanted: how many turns may come before its own?"
            )
        if interval_s < 0.9 * wanted_s / n_busy:
            wrong(
                f"{case} the answer is quick enough, but a longer interval would do too, and "
                "every hand-over costs time"
            )
    return "Each busy thread may take one turn first: divide the time by their number."


def _latest_s(switch_interval_s, n_busy):
    """Return the longest simulated wait for the GIL, in seconds, of a thread that wakes up."""
    threads = [(Wait(0.0213), Hold(0.0002)) * 20, *[(Hold(0.6),)] * n_busy]
    run = simulate(threads, n_cores=n_busy + 1, switch_interval_s=switch_interval_s)
    mine = [span for span in run.spans if span.worker == "thread 1"]
    return max(b.start_s - a.stop_s for a, b in pairwise(mine) if a.label == "wait")
