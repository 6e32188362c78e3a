"""A class's results side by side: what is needed of each, medians by cores, outliers."""

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.machine import Machine
from ..core.runs import Result, quartiles
from ..judge.choose import decide
from ..judge.curve import representative
from ..kind import kind as kind_of
from ..units import counted

FAMILIES = ("threads", "processes")
_FEW = 5  # below so many results nobody is an outlier
_FAR = math.log(1.3)  # an outlier is off by this factor at least
_NEAR = 2  # so many times the cores may explain a result that is off by as much, and no more


@dataclass(frozen=True)
class Entry:
    """What the board keeps of one result, without its runs.

    ``title`` is the job with its size and its settings. ``curves`` maps "threads" and "processes"
    to (worker counts, speed-ups); ``reached`` to the speed-up of the point to speak of, ``n_cores``
    to how many of its workers had a CPU each: a result with two workers says nothing about the
    other CPUs. ``kind`` is the kind of worker that the job should get on that machine.
    ``predictions`` has a (family, predicted, measured) for each prediction that was measured.
    ``number`` is the machine's: equal machines share one. ``busy`` says whether other programs kept
    it busy, ``core_share`` how much of a core was left.
    """

    name: str
    number: int
    machine: Machine
    job: str
    title: str
    curves: dict[str, tuple[list[int], list[float]]]
    reached: dict[str, float]
    n_cores: dict[str, int]
    kind: str
    predictions: tuple[tuple[str, float, float], ...]
    busy: bool
    core_share: float


def entries(results: dict[str, Result]) -> list[Entry]:
    """Return an ``Entry`` for each of a dict from file name to ``Result``.

    The same result under two names counts once; one without a finished round has no entry.
    """
    numbers: dict[Machine, int] = {}
    found: dict[tuple, Entry] = {}
    for name, result in results.items():
        key = (result.job, result.made, result.machine, len(result.runs), result.runs[:1])
        points = {family: there for family in FAMILIES if (there := _points(result, family))}
        if points and key not in found:
            number = numbers.setdefault(result.machine, len(numbers) + 1)
            found[key] = _entry(name, number, result, points)
    return list(found.values())


def _entry(name, number, result, points):
    n_cpus = max(1, round(result.machine.usable_cpus))
    spoken = {family: representative(result, there[0].kind) for family, there in points.items()}
    return Entry(
        name=name,
        number=number,
        machine=result.machine,
        job=result.job,
        title=result.title,
        curves={
            family: ([p.n_workers for p in there], [p.speed_up for p in there])
            for family, there in points.items()
        },
        reached={family: point.speed_up for family, point in spoken.items()},
        n_cores={family: min(point.n_workers, n_cpus) for family, point in spoken.items()},
        kind=decide(result).kind,
        predictions=tuple(_predictions(result)),
        busy=result.is_busy,
        core_share=result.capacity.core_share,
    )


def _points(result, family):
    """Return the points of the first kind of a family that the result has, if any."""
    kinds = [kind for kind in result.kinds if kind.startswith(family)]
    return result.points(kinds[0]) if kinds else []


def _predictions(result):
    for kind, predicted in result.prediction.items():
        point = result.point(kind, result.prediction_n_workers)
        family = kind_of(kind).family
        if point is not None and family in FAMILIES:
            yield family, predicted, point.speed_up


def jobs(found: Sequence[Entry]) -> list[str]:
    """Return the jobs on the board, the most frequent first."""
    return [job for job, _ in Counter(entry.job for entry in found).most_common()]


def chosen(found: Sequence[Entry]) -> str:
    """Return which kind of worker the job should get, on how many machines: a sentence."""
    kinds = Counter(entry.kind for entry in found if not entry.busy).most_common()
    listed = ", ".join(f"{kind} by {counted(n, 'result')}" for kind, n in kinds)
    return f"What the job should get: {listed}."


def medians(found: Sequence[Entry], family: str) -> list[tuple[int, float, float, float, int]]:
    """Return (cores, median speed-up, lower and upper quartile, results), by cores."""
    rows = []
    for n_cores, group in sorted(_by_cores(found, family).items()):
        values = [entry.reached[family] for entry in group]
        rows.append((n_cores, statistics.median(values), *quartiles(values), len(values)))
    return rows


def _by_cores(found, family):
    groups: dict[int, list[Entry]] = {}
    for entry in found:
        if entry.reached.get(family, 0) > 0:
            groups.setdefault(entry.n_cores[family], []).append(entry)
    return groups


@dataclass(frozen=True)
class Like:
    """The results that one is compared with: from how many to how many cores, and their median."""

    low_cores: int
    high_cores: int
    speed_up: float

    def __str__(self):
        cores = counted(self.high_cores, "core")
        if self.low_cores < self.high_cores:
            cores = f"{self.low_cores} to {cores}"
        return f"those on {cores} reach {self.speed_up:.2f}×"


def outliers(found: Sequence[Entry]) -> list[tuple[Entry, str, float, Like]]:
    """Return (entry, family, speed-up, its like) for each result far from its like.

    Its like are the results on as many cores, or where these are few, on half to twice as many:
    a class brings all sorts of laptops. They are told by a ``Like``. Far is more than three times
    the spread of the middle (the median absolute deviation, scaled as by Hampel 1974), and a
    factor of 1.3 at least; 2 where so many times the cores may be the reason.
    """
    far = [row for family in FAMILIES for row in _outliers(_by_cores(found, family), family)]
    return sorted(far, key=lambda row: -abs(math.log(row[2] / row[3].speed_up)))


def _outliers(groups, family):
    for n_cores, own in groups.items():
        counts, least = [n_cores], _FAR
        if len(own) < _FEW:
            counts = sorted(n for n in groups if n_cores <= _NEAR * n <= _NEAR**2 * n_cores)
            least = math.log(_NEAR)
        logs = [math.log(entry.reached[family]) for n in counts for entry in groups[n]]
        if len(logs) < _FEW:
            continue
        middle = statistics.median(logs)
        spread = 1.4826 * statistics.median(abs(value - middle) for value in logs)
        like = Like(counts[0], counts[-1], math.exp(middle))
        for entry in own:
            reached = entry.reached[family]
            if abs(math.log(reached) - middle) > max(least, 3 * spread):
                yield entry, family, reached, like
