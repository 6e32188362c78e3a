"""Self-checks of notebook 00."""

from typing import Any

from ..cells.check import answered, exercise, wrong
from ..core.runs import Result
from ..errors import shown
from ..judge.curve import representative


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


@exercise("00.fastest")
def check_fastest(result: Result, answer: Any) -> str:
    """Check which kind of worker was the fastest in a ``Result``; close calls count as right."""
    answer = answered(answer, "the kind's name in quotes")
    found = [representative(result, kind) for kind in result.kinds]
    points = {point.kind: point for point in found if point is not None}
    if len(points) < len(found) or not found:  # the run was stopped before its first round ended
        wrong("the measurement above is not complete: run its cell again, then this one")
    if not isinstance(answer, str) or answer not in points:
        wrong(f"the chart has {', '.join(points)}, not {shown(answer, 40)}")
    if result.is_busy:
        return "Your answer is kept. The machine was too busy to check it: measure again later."
    best = max(points.values(), key=lambda point: point.speed_up)
    given = points[answer]
    if given.quartiles[1] < best.quartiles[0]:
        n_workers = max(point.n_workers for point in points.values())
        wrong(
            f"{answer} reaches {given.speed_up:.2f} times the serial speed, and another kind is "
            f"clearly higher: which line is the highest at {n_workers} workers, the grey one "
            "included?"
        )
    near = "" if given is best else f", and {best.kind} is too close to tell apart"
    return f"{answer}: {given.speed_up:.2f} times the serial speed{near}."
