"""A class's results side by side: what is needed of each, medians by core count, outliers."""

import math
import statistics
from collections import Counter
from dataclasses import dataclass

from ..machine import Machine
from ..measure.runs import quartiles
from .sentences import representative

FAMILIES = ("threads", "processes")
_FEW = 5  # below so many results nobody is an outlier
_FAR = math.log(1.3)  # an outlier is off by this factor at least


@dataclass(frozen=True)
class Entry:
    """What the board keeps of one result, without its runs.

    ``curves`` maps "threads" and "processes" to (worker counts, speed-ups); ``reached`` to the
    speed-up of the point to speak of. ``predictions`` has a (family, predicted, measured) for each
    prediction that was measured. ``number`` is the machine's: equal machines share one.
    """

    name: str
    number: int
    machine: Machine
    job: str
    curves: dict
    reached: dict
    predictions: tuple

    @property
    def n_cpus(self):
        """The usable CPUs, rounded to a whole number from 1."""
        return max(1, round(self.machine.usable_cpus))


def entries(results, before=()):
    """Return an ``Entry`` for each of a dict from file name to ``Result``.

    The same result under two names counts once. ``before`` are the entries of an earlier call with
    the first of these results: they are taken over as they are.
    """
    known = {entry.name: entry for entry in before}
    numbers, found, seen = {}, [], set()
    for name, result in results.items():
        key = (result.job, result.made, result.machine, len(result.runs), result.runs[:1])
        if key in seen:
            continue
        if name in known:
            seen.add(key)
            numbers[result.machine] = known[name].number
            found.append(known[name])
            continue
        points = {family: _points(result, family) for family in FAMILIES}
        if not any(points.values()):
            continue
        seen.add(key)
        spoken = {family: representative(result, result_kind(result, family))
                  for family, there in points.items() if there}  # fmt: skip
        found.append(
            Entry(
                name=name,
                number=numbers.setdefault(result.machine, len(numbers) + 1),
                machine=result.machine,
                job=result.job,
                curves={
                    family: ([p.n_workers for p in there], [p.speed_up for p in there])
                    for family, there in points.items()
                    if there
                },
                reached={family: point.speed_up for family, point in spoken.items()},
                predictions=tuple(_predictions(result)),
            )
        )
    return found


def result_kind(result, family):
    """Return the first kind of a family that a result has, or None."""
    return next((kind for kind in result.kinds if kind.startswith(family)), None)


def _points(result, family):
    kind = result_kind(result, family)
    return result.points(kind) if kind else []


def _predictions(result):
    for kind, predicted in result.prediction.items():
        point = result.point(kind, result.prediction_n_workers)
        family = kind.partition("-")[0]
        if point is not None and family in FAMILIES:
            yield family, predicted, point.speed_up


def jobs(found):
    """Return the jobs on the board, the most frequent first."""
    return [job for job, _ in Counter(entry.job for entry in found).most_common()]


def medians(found, family):
    """Return (usable CPUs, median speed-up, lower and upper quartile, results), by CPUs."""
    groups = {}
    for entry in found:
        if family in entry.reached:
            groups.setdefault(entry.n_cpus, []).append(entry.reached[family])
    return [
        (n_cpus, statistics.median(values), *quartiles(values), len(values))
        for n_cpus, values in sorted(groups.items())
    ]


def outliers(found):
    """Return (entry, family, speed-up, median of its like) for each result far from its like.

    Its like are the results with as many CPUs. Far is more than three times the spread of the
    middle (the median absolute deviation, scaled as by Hampel 1974), and a factor of 1.3 at least.
    """
    far = []
    for family in FAMILIES:
        groups = {}
        for entry in found:
            if entry.reached.get(family, 0) > 0:
                groups.setdefault(entry.n_cpus, []).append(entry)
        for like in groups.values():
            if len(like) < _FEW:
                continue
            logs = [math.log(entry.reached[family]) for entry in like]
            middle = statistics.median(logs)
            spread = 1.4826 * statistics.median(abs(value - middle) for value in logs)
            for entry, value in zip(like, logs, strict=True):
                if abs(value - middle) > max(_FAR, 3 * spread):
                    far.append((entry, family, entry.reached[family], math.exp(middle)))
    return sorted(far, key=lambda row: -abs(math.log(row[2] / row[3])))
