"""What a result says, in sentences: every figure in them comes out of the runs.

The reasons rest on an identity. With T the wall time, W the CPU time and C = W / T the
cores kept busy on average, the speed-up T_1 / T_n is (C_n / C_1) / (W_n / W_1): a job gets
faster by keeping more cores busy, and slower by needing more CPU time than it did serially.
"""

from ..core.machine import QUIET
from ..kind import kind as kind_of
from ..units import counted

BUSY_AGAIN = 1.25  # cores kept busy, over the serial run's: below it the workers took turns
WAITS, BUSY = 0.3, 0.75  # cores kept busy serially: below it waits, above it computes
CLOSE = 0.05  # speed-ups nearer than this, relatively, are not told apart


def sentences(result):
    """Return what happened and why: a list of texts, first the whole, then one for each kind.

    An empty list when there is no round with a serial run in it yet.
    """
    said = []
    for kind in result.kinds:
        if kind == "serial":
            continue
        point = representative(result, kind)
        if point is not None:
            said.append(" ".join([_what(result, point), *_why(result, point)]))
    return _overall(result) + said if said else []


def representative(result, kind):
    """Return the ``Point`` of ``kind`` to speak of: the most workers that can have a CPU each.

    It is the one with the fewest workers above one where no such count was measured; None
    when nothing was.
    """
    points = result.points(kind)
    fitting = [p for p in points if 2 <= p.n_workers <= max(2, round(result.machine.usable_cpus))]
    if fitting:
        return fitting[-1]
    several = [point for point in points if point.n_workers > 1]
    return (several or points or [None])[0]


def named(point):
    """Return what a ``Point`` was measured with: "threads with 2 workers", for one."""
    return f"{point.kind} with {counted(point.n_workers, 'worker')}"


def how_right(chosen, found, asked):
    """Return for how many of those ``asked`` about a prediction was right, as a sentence.

    Args:
        chosen: what the reader expected to be so; None when nothing was committed.
        found: what turned out to be so.
        asked: everything that was to be chosen from, or left out.

    >>> how_right(["sleep"], ["sleep", "read"], ["sleep", "read", "sort"])
    'Your prediction was right for 2 of 3.'
    """
    if chosen is None:
        return "You committed no prediction."
    right = sum((name in chosen) == (name in found) for name in asked)
    return f"Your prediction was right for {right} of {len(asked)}."


def is_busy(result):
    """Return whether other programs kept a thread that never waits from the core that it may use.

    Where less than one CPU may be used, as under a container's quota, that much is all it can get.
    """
    return result.capacity.core_share < QUIET * min(1.0, result.machine.usable_cpus)


def _computes_alone(result):
    """Return whether the job computes and has one CPU: then what workers gain is chance."""
    computes = result.point("serial", 1).cores_used >= BUSY * result.capacity.core_share
    return computes and result.machine.usable_cpus <= 1


def judge(point):
    """Return "faster", "slower", "as fast" or "unclear" from the rounds of a ``Point``.

    Faster and slower need three quarters of the rounds beyond ``CLOSE`` of 1.
    """
    low, high = point.quartiles
    if low > 1 + CLOSE:
        return "faster"
    if high < 1 - CLOSE:
        return "slower"
    if abs(point.speed_up - 1) <= 2 * CLOSE:
        return "as fast"
    return "unclear"


def _what(result, point):
    low, high = point.quartiles
    verdict = {
        "faster": ", faster than serially",
        "slower": ", slower than serially",
        "as fast": ", no real difference from serially",
        "unclear": ", the rounds differ too much to tell; run it again on a quieter machine",
    }[judge(point)]
    if is_busy(result):  # then the first sentence says that it cannot be told
        verdict = ""
    elif _computes_alone(result) and judge(point) == "faster":
        verdict = ", by chance"
    return (
        f"{named(point).capitalize()}: {point.speed_up:.2f} times the serial speed "
        f"(the middle half of the rounds lies between {low:.2f} and {high:.2f}){verdict}."
    )


def _why(result, point):
    """Return the reason as 0 to 2 sentences."""
    if point.n_workers == 1 or is_busy(result):
        return []
    cores = result.capacity.at(point.n_workers)
    serial = result.point("serial", 1)
    busy = f"On average {point.cores_used:.2f} cores were busy"
    share = result.capacity.core_share
    if serial.cores_used < WAITS * share:
        return [
            f"Serially the job keeps only {serial.cores_used:.2f} cores busy: it waits most of "
            "the time, and waiting overlaps in any kind of worker."
        ]
    if serial.cores_used < BUSY * share:
        return [
            f"Serially only {serial.cores_used:.2f} cores were busy: the job waits, or other "
            "programs took the rest; measure again when the machine is quiet."
        ]
    if cores < BUSY_AGAIN:
        return [
            f"{busy}, and this machine had no more than {cores:.2f} to give to "
            f"{point.n_workers} workers: the limit is the machine, whatever the lock does."
        ]
    said = []
    ratio = point.cores_used / serial.cores_used
    if ratio < BUSY_AGAIN and kind_of(point.kind).family == "threads" and result.machine.gil:
        said.append(
            f"{busy} of the {cores:.2f} that the machine can give: the threads took turns, "
            "because one that runs Python code holds the lock and the others wait for it."
        )
    elif ratio < 0.85 * cores:
        said.append(f"{busy} of the {cores:.2f} that the machine can give{_rest(result, point)}.")
    elif ratio <= 1.1 * cores:
        if point.cores_used < 0.85 * cores:  # other programs took their share, serially as well
            busy += f", {ratio:.2f} times as many as serially"
        said.append(f"{busy}, about all that the machine can give ({cores:.2f}).")
    else:
        said.append(
            f"{busy}, more than the {cores:.2f} that the machine gave when its capacity was "
            "measured: its speed changes, so trust these figures less."
        )
    if point.cpu_ratio > 1 + CLOSE:
        said.append(_extra(point))
    return said


def _rest(result, point):
    if kind_of(point.kind).family == "threads" and result.machine.gil:
        return ": some steps of the job let the lock go, the others take turns"
    return ": in the rest of the time a worker waits for its next part or for the others to end"


def _extra(point):
    cause = "the copying of items to the workers and of results back is in it"
    if kind_of(point.kind).shares_memory:
        cause = "handing the lock and the data from core to core is in it"
    return f"All of it took {point.cpu_ratio:.2f} times the CPU time of the serial run; {cause}."


def _overall(result):
    if is_busy(result):
        return [
            "The machine was too busy to tell: a thread that never waits got "
            f"{result.capacity.core_share:.2f} of a core, so these figures say little. Measure "
            "again when it is quiet."
        ]
    points = [p for p in result.points() if p.kind != "serial" and p.n_workers > 1]
    if not points:
        return []
    if _computes_alone(result):
        return ["Only one CPU is usable here: no worker makes what computes faster."]
    top = max(points, key=lambda point: point.speed_up)
    # More workers of the same kind that gain next to nothing are no better.
    best = next(p for p in points if p.kind == top.kind and p.speed_up > top.speed_up * (1 - CLOSE))
    if judge(best) != "faster":
        return ["Nothing measured here beats the plain loop clearly."]
    rivals = [p for p in points if p.kind != best.kind and _close(p, best)]
    if rivals:
        return [f"Best: {named(best)}, but {named(rivals[0])} comes too close to be told apart."]
    return [f"Best: {named(best)}."]


def _close(point, best):
    return point.speed_up > best.speed_up * (1 - CLOSE) or point.quartiles[1] >= best.quartiles[0]
