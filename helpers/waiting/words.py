"""What a load test says, in words: every figure comes out of its runs."""

import math
from collections.abc import Sequence

from ..judge.facts import COMPUTES
from ..units import ms
from .load import Load, LoadPoint

FLAT = 0.9  # of the best rate: more at once gains little from there on
_OVERLAPS = 1.5  # times the serial rate
_STEADY = 1.25  # times the serial latency: until there a request hardly waits for others


def enough(points: Sequence[LoadPoint]) -> LoadPoint | None:
    """Return the first of one kind's points that reaches nine tenths of the best rate."""
    best = max((point.rate_per_s for point in points), default=math.nan)
    return next((point for point in points if point.rate_per_s >= FLAT * best), None)


def explain(load: Load) -> list[str]:
    """Return what was found and why, the whole first; nothing when only one at a time was asked."""
    serial = next(iter(load.of("serial")), None)
    others = [point for point in load.points if point.kind != "serial"]
    if serial is None or not others:
        return []
    best = max(others, key=lambda point: point.rate_per_s)
    times = best.rate_per_s / serial.rate_per_s
    what = "Waiting overlaps" if times > _OVERLAPS else "Waiting hardly overlapped here"
    kinds = dict.fromkeys(point.kind for point in others)
    return [
        f"{what}: {best.n_at_once} at once ({best.kind}) got {best.rate_per_s:,.0f} answers a "
        f"second, {times:.1f} times the {serial.rate_per_s:,.0f} of one at a time.",
        " ".join(f"{kind.capitalize()}: {_limit(load, kind)}" for kind in kinds),
    ]


def _limit(load, kind):
    """Return where a curve gets flat, and what keeps it from rising further."""
    [serial], points = load.of("serial"), load.of(kind)
    best, found = max(points, key=lambda point: point.rate_per_s), enough(points)
    where = f"{found.n_at_once} at once get nine tenths of the best rate."
    if best.cores_used >= COMPUTES:
        return f"{where} There it keeps {best.cores_used:.2f} cores busy, and that is the limit."
    if best.median_latency_s > _STEADY * serial.median_latency_s:
        took = ms(best.median_latency_s)
        return f"{where} There a request takes {took}, as it waits for the server or for a CPU."
    return f"{best.n_at_once} at once still mostly wait, so more would gain more."
