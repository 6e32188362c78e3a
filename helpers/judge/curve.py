"""What a scaling curve shows, as findings: the whole first, then what each kind did, and why.

The reasons rest on an identity. With T the wall time, W the CPU time and C = W / T the
cores kept busy on average, the speed-up T_1 / T_n is (C_n / C_1) / (W_n / W_1): a job gets
faster by keeping more cores busy, and slower by needing more CPU time than it did serially.
"""

from ..core.runs import Result
from ..kind import kind as kind_of
from . import facts as limits
from .choose import Choice, Finding, choose, ways_of
from .decision import representative
from .facts import Facts, gain
from .words import told


def sentences(result: Result) -> list[str]:
    """Return what happened and why: a list of texts, first the whole, then one for each kind.

    An empty list when there is no round with a serial run in it yet.
    """
    return [" ".join(map(told, found)) for found in findings(result)]


def findings(result: Result) -> list[list[Finding]]:
    """Return the findings of a result, a list for each sentence or two that belong together."""
    points = [representative(result, kind) for kind in result.kinds if kind != "serial"]
    points = [point for point in points if point is not None]
    if not points:
        return []
    facts = Facts.of(result)
    choice = choose(ways_of(result, facts), facts)
    kinds = [[_speed(point, facts), *_why(point, result, facts)] for point in points]
    return [*([_overall(choice, facts)] if choice.tried else []), *kinds]


def _overall(choice: Choice, facts: Facts) -> list[Finding]:
    if facts.cannot_tell:
        return [Finding("busy machine", "curve", core_share=facts.core_share)]
    if choice.branch is not None and choice.branch.key == "alone":
        case = "one CPU" if facts.one_cpu else "curve"
        return [Finding("cores", case, cores=facts.cores())]
    if choice.kind == "serial":
        return [Finding("best", "none")]
    if choice.rival is not None:
        return [Finding("best", "close", way=choice.way, rival=choice.rival)]
    return [Finding("best", way=choice.way)]


def _speed(point, facts):
    case = gain(point.speed_ups, facts)
    if facts.cannot_tell:  # the first sentence says so
        case = "not told"
    elif case == "faster" and facts.has_one_core:
        case = "by chance"
    return Finding("speed", case, point=point, quartiles=point.quartiles)


def _why(point, result, facts):
    """Return the reason as 0 to 2 findings."""
    if point.n_workers == 1 or facts.cannot_tell:
        return []
    if facts.waits or facts.waits_in_part:
        case = "waits" if facts.waits else "waits in part"
        return [Finding("cores busy", case, serial=facts.busy_share)]
    cores = facts.cores(point.n_workers)
    ratio = point.cores_used / facts.busy_share
    figures = {"busy": point.cores_used, "cores": cores, "ratio": ratio, "n": point.n_workers}
    if cores < limits.ONE_CORE:
        return [Finding("cores busy", "one core", **figures)]
    found = [Finding("cores busy", _use(point, ratio, cores, result.machine.gil), **figures)]
    if point.cpu_ratio > 1 + limits.SMALL:
        is_apart = not kind_of(point.kind).shares_memory
        found.append(Finding("CPU time", "apart" if is_apart else "shared", ratio=point.cpu_ratio))
    return found


def _use(point, ratio, cores, gil):
    """Return how the workers used the cores that there were, as the case of a finding."""
    under_one_lock = kind_of(point.kind).family == "threads" and gil
    if ratio < limits.ONE_CORE and under_one_lock:
        return "turns"
    if ratio < limits.ALL_CORES * cores:
        return "some turns" if under_one_lock else "parts"
    if ratio > limits.BEYOND * cores:
        return "more"
    return "all" if point.cores_used >= limits.ALL_CORES * cores else "all that was left"
