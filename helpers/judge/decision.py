"""The decision chart's way for one result, and the points of a result to speak of."""

import statistics
from dataclasses import dataclass, field

from ..core.runs import Point, Result
from .break_even import BreakEven
from .choose import Branch, Choice, Finding, choose, ways_of
from .facts import Facts
from .words import told


@dataclass(frozen=True)
class Decision:
    """Where a job ends on the decision chart, and the figures that led it there.

    ``choice`` is None where no round of the job is complete.
    """

    job: str
    title: str
    choice: Choice | None = field(repr=False)

    @property
    def kind(self) -> str:
        """The kind of pool to take, or "serial"."""
        return self.choice.kind if self.choice else "serial"

    @property
    def branch(self) -> Branch | None:
        """Where the way through the chart ends; None when a question stays open."""
        return self.choice.branch if self.choice else None

    @property
    def answers(self) -> tuple[tuple[str, bool, str], ...]:
        """A (question's key, yes or no, the reason as a sentence) for each question asked."""
        asked = self.choice.answers if self.choice else ()
        return tuple((key, is_met, told(finding)) for key, is_met, finding in asked)

    @property
    def speed_up(self) -> float:
        """The speed-up of the kind advised, 1.0 for the plain loop."""
        speed_ups = self.choice.way.speed_ups if self.choice else ()
        return statistics.median(speed_ups or (1.0,))

    @property
    def lacking(self) -> str:
        """What was not measured, where a question stays open; else an empty text."""
        if self.choice is None:
            return told(Finding("incomplete"))
        return told(self.choice.lacking) if self.choice.lacking else ""

    @property
    def reason(self) -> str:
        """The sentence behind the last answer, or what is lacking."""
        return self.answers[-1][2] if self.branch else self.lacking


def decide(result: Result) -> Decision:
    """Return the ``Decision`` for the job of a ``Result``: the kind of worker that it should get.

    Threads win also when another kind is ahead by less than a tenth: they are simpler.
    """
    choice = None
    if result.serial_s is not None:
        facts = Facts.of(result)
        choice = choose(ways_of(result, facts), facts)
    return Decision(result.job, result.title, choice)


def representative(result: Result, kind: str) -> Point | None:
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


def best_of(result: Result, *families: str) -> Point | None:
    """Return the representative ``Point`` of the fastest kind of these families, or None.

    ``families`` are names such as "threads" or "processes", which stands for all start methods;
    none at all stands for every kind but serial.
    """
    kinds = [k for k in result.kinds if k != "serial" and (not families or k.startswith(families))]
    points = [point for point in (representative(result, kind) for kind in kinds) if point]
    return max(points, key=lambda point: point.speed_up, default=None)


def pays_from(result: Result) -> BreakEven | None:
    """Return the ``BreakEven`` of new processes for a job like this one, None when not measured.

    The measured speed-up is that of workers that are there already; starting them comes on top.
    """
    point = best_of(result, "processes")
    if point is None:
        return None
    start_s = result.startup_s(point.kind, point.n_workers)
    return BreakEven(point.kind, point.n_workers, start_s, 1 / point.speed_up)
