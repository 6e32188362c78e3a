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
from .words import Surprise, surprises

FAMILIES = ("threads", "processes")
_FEW = 5  # below so many results nobody is an outlier
_FAR = math.log(1.3)  # an outlier is off by this factor at least
_NEAR = 2  # so many times the cores may explain a result that is off by as much, and no more


@dataclass(frozen=True)
class Entry:
    """A result on the board; equal machines share a ``number``.

    ``curves`` maps "threads" and "processes" to (worker counts, speed-ups); ``reached`` to the
    speed-up of the point to speak of, ``n_cores`` to how many of its workers had a CPU each: a
    result with two workers says nothing about the other CPUs. ``kind`` is the kind of worker that
    the job should get on that machine.
    """

    name: str
    number: int
    result: Result
    curves: dict[str, tuple[list[int], list[float]]]
    reached: dict[str, float]
    n_cores: dict[str, int]
    kind: str
    predictions: tuple[Surprise, ...]


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


def _points(result, family):
    """Return the points of the first kind of a family that the result has, if any."""
    kinds = [kind for kind in result.kinds if kind.startswith(family)]
    return result.points(kinds[0]) if kinds else []


def _entry(name, number, result, points):
    n_cpus = max(1, round(result.machine.usable_cpus))
    spoken = {family: representative(result, there[0].kind) for family, there in points.items()}
    said = surprises([result])
    return Entry(
        name=name,
        number=number,
        result=result,
        curves={
            family: ([p.n_workers for p in there], [p.speed_up for p in there])
            for family, there in points.items()
        },
        reached={family: point.speed_up for family, point in spoken.items()},
        n_cores={family: min(point.n_workers, n_cpus) for family, point in spoken.items()},
        kind=decide(result).kind,
        predictions=tuple(one for one in said if kind_of(one.kind).family in FAMILIES),
    )


def jobs(found: Sequence[Entry]) -> list[str]:
    """Return the jobs on the board, the most frequent first."""
    return [job for job, _ in Counter(entry.result.job for entry in found).most_common()]


def chosen(found: Sequence[Entry]) -> str:
    """Return which kind of worker the job should get, on how many machines: a sentence."""
    kinds = Counter(entry.kind for entry in found if not entry.result.is_busy).most_common()
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


def outliers(found: Sequence[Entry]) -> list[tuple[Entry, str, float, str]]:
    """Return (entry, family, speed-up, what its like reach) for each result far from its like.

    Its like are the results on as many cores, or where these are few, on half to twice as many:
    a class brings all sorts of laptops. Far is more than three times the spread of the middle (the
    median absolute deviation, scaled as by Hampel 1974), and a factor of 1.3 at least; 2 where so
    many times the cores may be the reason. The farthest comes first.
    """
    far = [row for family in FAMILIES for row in _outliers(_by_cores(found, family), family)]
    return [row for _, row in sorted(far, key=lambda row: -row[0])]


def _outliers(groups, family):
    """Yield how far off a result is, the natural logarithm of a factor, and its row."""
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
        from_n = f"{counts[0]} to " * (len(counts) > 1)
        like = f"those on {from_n}{counted(counts[-1], 'core')} reach {math.exp(middle):.2f}×"
        for entry in own:
            off = abs(math.log(entry.reached[family]) - middle)
            if off > max(least, 3 * spread):
                yield off, (entry, family, entry.reached[family], like)
