"""What a scaling curve shows, as findings: the whole first, then what each kind did, and why.

The reasons rest on an identity. With T the wall time, W the CPU time and C = W / T the
cores kept busy on average, the speed-up T_1 / T_n is (C_n / C_1) / (W_n / W_1): a job gets
faster by keeping more cores busy, and slower by needing more CPU time than it did serially.
"""

from ..core.runs import Point, Result
from ..errors import one_line
from ..kind import kind as kind_of
from . import facts as limits
from .break_even import BreakEven
from .choose import decide
from .facts import Facts
from .words import Finding, told


def sentences(result: Result) -> list[str]:
    """Return what happened and why: a list of texts, first the whole, then one for each kind.

    An empty list when there is no round with a serial run in it yet.
    """
    return [" ".join(map(told, found)) for found in findings(result)]


def findings(result: Result) -> list[list[Finding]]:
    """Return the findings of a result, a list for those that belong together."""
    points = [representative(result, kind) for kind in result.kinds if kind != "serial"]
    facts = Facts.of(result)
    kinds = [[_speed(point, facts), *_why(point, facts)] for point in points if point]
    if result.incomparable is not None:
        kinds.append([Finding("incomparable", said=one_line(result.incomparable, 200))])
    return [*_overall(decide(result), facts), *kinds] if kinds else []


def _overall(choice, facts):
    if not choice.tried:
        return
    if facts.cannot_tell:
        yield [Finding("busy machine", "curve", core_share=facts.core_share)]
    elif choice.branch and choice.branch.key == "alone":
        case = f"{facts.limit}, curve" if facts.limit else "curve"
        yield [Finding("cores", case, cores=facts.cores(), quota=facts.machine.quota_cpus)]
    else:
        close = "close" if choice.rival else ""
        case = "none" if choice.kind == "serial" else close
        yield [Finding("best", case, way=choice.way, rival=choice.rival)]


def _speed(point, facts):
    case = facts.gain(point.speed_ups)
    if facts.cannot_tell:  # the first sentence says so
        case = "not told"
    elif case == "faster" and facts.has_one_core:
        case = "by chance"
    is_told = len(point.speed_ups) >= limits.FEW_ROUNDS
    return Finding("speed", case, point=point, quartiles=point.quartiles if is_told else None)


def _why(point, facts):
    """Yield the reason as 0 to 2 findings."""
    if point.n_workers == 1 or facts.cannot_tell:
        return
    cores, ratio = facts.cores(point.n_workers), point.cores_used / max(facts.busy_share, 1e-9)
    case = _use_of_cores(point, ratio, cores, facts)
    figures = {"serial": facts.busy_share, "busy": point.cores_used, "cores": cores}
    figures |= {"stopped": point.stopped_share}
    yield Finding("cores busy", case, ratio=ratio, n=point.n_workers, **figures)
    if point.cpu_ratio > 1 + limits.SMALL and facts.computes and cores >= limits.ONE_CORE:
        is_shared = kind_of(point.kind).shares_memory
        yield Finding("CPU time", "shared" if is_shared else "apart", ratio=point.cpu_ratio)


def _use_of_cores(point, ratio, cores, facts):
    """Return how the workers used the cores that there were, as the case of a finding."""
    if facts.waits_in_part:
        return "waits" if facts.waits else "waits in part"
    if point.stopped_share > limits.SMALL:
        return "stopped"
    if cores < limits.ONE_CORE:
        return "one core"
    under_one_lock = kind_of(point.kind).family == "threads" and facts.machine.gil
    if ratio < limits.ONE_CORE and under_one_lock:
        return "turns"
    if ratio < limits.ALL_CORES * cores:
        return "some turns" if under_one_lock else "parts"
    if ratio > limits.BEYOND * cores:
        return "more"
    return "all" if point.cores_used >= limits.ALL_CORES * cores else "all that was left"


# --- The points to speak of ---------------------------------------------------------------


def representative(result: Result, kind: str) -> Point | None:
    """Return the ``Point`` of ``kind`` to speak of: the most workers that can have a CPU each.

    It is the one with the fewest workers above one where no such count was measured; None
    when nothing was.
    """
    points = result.points(kind)
    n_cpus = max(2, round(result.machine.usable_cpus))
    several = [point for point in points if point.n_workers > 1]
    fitting = [point for point in several if point.n_workers <= n_cpus]
    return [*several[:1], *fitting][-1] if several else next(iter(points), None)


def best_of(result: Result, *families: str) -> Point | None:
    """Return the representative ``Point`` of the fastest kind of these families, or None.

    ``families`` are names such as "threads" or "processes"; none at all stands for every kind but
    serial.
    """
    kinds = [kind for kind in result.kinds if kind != "serial"]
    ours = [kind for kind in kinds if not families or kind_of(kind).family in families]
    points = [point for point in (representative(result, kind) for kind in ours) if point]
    return max(points, key=lambda point: point.speed_up, default=None)


def pays_from(result: Result) -> BreakEven | None:
    """Return the ``BreakEven`` of new processes for a job like this one, None when not measured."""
    point = best_of(result, "processes")
    if point is None:
        return None
    start_s = result.startup_s(point.kind, point.n_workers) or 0.0
    return BreakEven(point.kind, point.n_workers, start_s, 1 / point.speed_up)
