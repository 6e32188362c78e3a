"""Self-checks of notebook 00."""

from typing import Any

from ..cells.check import answered, exercise, wrong
from ..core.runs import Result
from ..errors import shown


@exercise("00.speed_up")
def check_speed_up(function: Any) -> str:
    """Check ``function(serial_s, parallel_s)``: how many times as fast the second is."""
    got = answered(function(6.0, 4.0), "the formula")
    if got == 4.0 / 6.0:
        wrong("6 s serially and 4 s in parallel is faster, so the speed-up is above 1, not below")
    if got != 1.5 or function(3.0, 3.0) != 1.0 or function(2.0, 8.0) != 0.25:
        wrong(
            f"6 s serially and 4 s in parallel gave {shown(got)}: how many times does 4 s fit into "
            "6 s?"
        )
    return "Speed-up is serial time over parallel time: above 1 is faster."


@exercise("00.twenty_seconds")
def check_twenty_seconds(results: dict[str, Result], threads_s: Any, processes_s: Any) -> str:
    """Check how long a drawing job of 20 s takes with two threads and with two processes."""
    expected = {}
    for kind, given in (("threads", threads_s), ("processes", processes_s)):
        given = answered(given, f"the seconds with two {kind}")
        points = results["pictures"].points(kind)
        if not points:  # the run was stopped before its first round ended
            wrong("the measurement above is not complete: run its cell again, then this one")
        start_s = results["pictures"].startup_s(kind, points[0].n_workers) or 0.0
        expected[kind] = 20 / points[0].speed_up, start_s
        _check_seconds(kind, given, points[0].speed_up, start_s)
    said = [f"{work_s + start_s:.1f} s with two {kind}" for kind, (work_s, start_s) in
            expected.items()]  # fmt: skip
    return f"Drawing for 20 s takes about {' and '.join(said)}."


def _check_seconds(kind, given, speed_up, start_s):
    """Raise a hint unless these are 20 s made faster; starting the workers may be left out."""
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    work_s = 20 / speed_up
    if is_number and 0.97 * work_s <= given <= 1.03 * (work_s + start_s):
        return
    if is_number and abs(given - 20 * speed_up) < 0.03 * given:
        wrong(f"{kind} that are {speed_up:.2f} times as fast do not need longer: divide")
    wrong(
        f"{shown(given, 40)} s with two {kind}: how often does their number of times as fast for "
        "the pictures, on the chart, go into 20 s?"
    )
