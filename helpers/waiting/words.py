"""What a load test says, in words: every figure comes out of its runs."""

import math
from collections.abc import Sequence

from ..judge.facts import COMPUTES
from ..units import ms
from .load import Load, LoadPoint

FLAT = 0.9  # of the best rate: more at once gains little from there on
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
    what = "Waiting overlaps" if times > 1.5 else "Waiting hardly overlapped here"
    kinds = [kind for kind in ("threads", "asyncio") if load.of(kind)]
    return [
        f"{what}: {_rate(best)} with {best.n_at_once} at once ({best.kind}), {times:.1f} times "
        f"the {_rate(serial)} of one at a time.",
        *(f"{kind.capitalize()}: {_bend(load.of(kind))} {_limit(load, kind)}" for kind in kinds),
    ]


def _bend(points):
    """Return where a curve begins to be flat."""
    found, last = enough(points), points[-1]
    if found is last:
        return f"the curve still rises at {last.n_at_once} at once, the most that was tried."
    return (
        f"{found.n_at_once} at once reach nine tenths of the best rate; with {last.n_at_once} a "
        f"request takes {ms(last.median_latency_s)} instead of {ms(found.median_latency_s)}."
    )


def _limit(load, kind):
    """Return what keeps a curve from rising further, or that nothing does."""
    [serial], best = load.of("serial"), max(load.of(kind), key=lambda point: point.rate_per_s)
    where = f"At {best.n_at_once} at once the client kept {best.cores_used:.2f} cores busy"
    if best.cores_used >= COMPUTES:
        usable = f"{load.machine.usable_cpus:g} are usable here"
        have = "under the GIL it has no more than one" if load.machine.gil else usable
        return f"{where}, and {have}: computing limits the rate, no longer waiting."
    if best.median_latency_s > _STEADY * serial.median_latency_s:
        return (
            f"{where}, and yet a request took {ms(best.median_latency_s)}: it waited for the "
            "server, or for a core that other programs had."
        )
    return f"{where}, and a request took hardly longer than alone: more at once would gain more."


def _rate(point):
    return f"{point.rate_per_s:,.0f} requests a second"
