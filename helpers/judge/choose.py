"""Which kind of worker a job should get: the one place where that is decided.

``choose`` takes the ways that were tried, each with its speed-ups, and the facts. The decision
chart, the verdict on a function, the sentences below a curve, the report and the class board all
read the ``Choice`` that it returns; none of them decides anything by itself.

1. What cannot be told on a busy machine stays with the plain loop.
2. A way has to be worth it: a tenth faster, and a quarter where the rounds are not sure.
3. Of all within a tenth of the fastest the simplest wins, and of one kind the fewest workers.
"""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..core.runs import Result, quartiles
from ..errors import LabError, shown
from ..kind import kind as kind_of
from . import facts as limits
from .break_even import BreakEven
from .facts import Facts
from .words import Finding, told


@dataclass(frozen=True)
class Way:
    """One way of doing the job, with one number of workers: what it reached, or why it cannot.

    ``rates`` are the speed-ups of the runs with workers that were there already, ``speed_ups``
    those of the whole job as far as they can be believed, with the ``start_s`` seconds in them
    where the length of the job is known; both of shape (rounds,).
    """

    kind: str
    n_workers: int
    rates: tuple[float, ...] = ()
    speed_ups: tuple[float, ...] = ()
    start_s: float = 0.0
    refused: str | None = None

    @property
    def speed_up(self) -> float:
        """The median speed-up of the whole job, where ``speed_ups`` were measured."""
        return statistics.median(self.speed_ups)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The lower and the upper quartile of it."""
        return quartiles(self.speed_ups)

    @property
    def rate(self) -> float:
        """The median speed-up without the start-up, where ``rates`` were measured."""
        return statistics.median(self.rates)

    @property
    def pays_from_s(self) -> float | None:
        """The serial seconds from which the start-up is paid back; None when it never is."""
        if not self.rates:
            return None
        return BreakEven(self.kind, self.n_workers, self.start_s, 1 / self.rate).job_s

    @property
    def branch(self) -> str:
        """The key of the branch that stands for this kind: "none", "threads" or "processes"."""
        shared = "none" if self.kind == "serial" else "threads"
        return shared if kind_of(self.kind).shares_memory else "processes"

    def is_near(self, other: "Way") -> bool:
        """Whether two ways come too close to be told apart: a tenth, or rounds that overlap."""
        slower, faster = sorted((self.speed_up, other.speed_up))
        (low, high), (other_low, other_high) = self.quartiles, other.quartiles
        overlap = low <= other_high and high >= other_low
        return overlap or slower >= faster * (1 - limits.CLOSE)


SERIAL = Way("serial", 1, (1.0,), (1.0,))


class Branch(NamedTuple):
    """A question of the decision chart, and for a yes: a leaf, its kind of pool, and advice."""

    key: str
    question: str
    hint: str
    leaf: str
    kind: str
    advice: str


BRANCHES = (
    Branch(
        "library",
        "Does a library do it at once?",
        "one call for all items, as in NumPy",
        "that library, in one call",
        "serial",
        "One such call often saves more than all your cores can.",
    ),
    Branch(
        "bother",
        "Is it over in a moment?",
        "or two seconds, once a day?",
        "do not bother: the plain loop",
        "serial",
        "Workers need longer to start than there is to gain.",
    ),
    Branch(
        "waits",
        "Does it mostly wait?",
        "for the network, a disk, a database",
        "threads or asyncio, as it waits",
        "threads",
        "Waiting overlaps, with or without the GIL, and needs no second core.",
    ),
    Branch(
        "alone",
        "Is there only one free core?",
        "a quota of one CPU, a busy computer",
        "the plain loop: one core",
        "serial",
        "Nothing can run side by side here. Ask again on a machine with more cores.",
    ),
    Branch(
        "no GIL",
        "Is there no GIL?",
        "a free-threaded build of Python",
        "threads, without a GIL",
        "threads",
        "There is no GIL to wait for, and nothing is copied.",
    ),
    Branch(
        "threads",
        "Is the GIL released for long enough?",
        "a cheap look: lab.meter",
        "threads",
        "threads",
        "They share memory, so nothing is copied.",
    ),
    Branch(
        "processes",
        "Is it much more work than copying?",
        "a cheap look: lab.copying",
        "processes",
        "processes",
        "They are worth their start and their copies, if the job is long enough.",
    ),
)
OTHERWISE = Branch(
    "none",
    "",
    "",
    "the plain loop: change the code",
    "serial",
    "Send less, use larger chunks, or let NumPy or another library do it.",
)
LEAVES = tuple(branch.leaf for branch in (*BRANCHES, OTHERWISE))


@dataclass(frozen=True)
class Choice:
    """What a job should get, and how the decision chart leads there.

    ``way`` is the way to take, ``rival`` the one of another kind that comes too close to be told
    apart, or None. ``answers`` has a (question's key, yes or no, ``Finding``) for each question of
    the chart that was asked, in order; ``branch`` is where they end, None when one stays open, and
    ``open`` is then the ``Finding`` why. ``ways`` are all that were tried.
    """

    way: Way
    rival: Way | None = None
    answers: tuple[tuple[str, bool, Finding], ...] = ()
    branch: Branch | None = None
    open: Finding | None = None
    ways: tuple[Way, ...] = field(default=(), repr=False)
    job: str = ""

    @property
    def kind(self) -> str:
        """The kind of pool to take, or "serial"."""
        return self.way.kind

    @property
    def tried(self) -> list[Way]:
        """The ways beside the plain loop that were measured."""
        return [way for way in self.ways if way.speed_ups and way.kind != "serial"]

    @property
    def reason(self) -> str:
        """The sentence behind the last answer, or why a question stays open."""
        return told(self.open or self.answers[-1][2])

    def __str__(self) -> str:
        words = {True: "yes", False: "no"}
        asked = [f"{words[is_met]:4}{key:10} {told(why)}" for key, is_met, why in self.answers]
        left = [f"open: {self.reason}"] if self.open else []
        return "\n   ".join([self.job, *asked, *left])


def decide(result: Result) -> Choice:
    """Return the ``Choice`` for the job of a ``Result``: the kind of worker that it should get."""
    if not isinstance(result, Result):
        raise LabError(f"a Result is decided on, not {shown(result)}: pass what compare returns")
    if result.serial_s is None:
        return Choice(SERIAL, open=Finding("incomplete"), job=result.job)
    facts = Facts.of(result)
    return choose(_ways_of(result, facts), facts, job=result.job)


def _ways_of(result, facts):
    """Yield the ways with two workers or more, the loop first.

    How long the whole job is, a result does not know, so start-up is left out of the speed-ups.
    """
    yield SERIAL
    for point in result.points():
        if point.kind != "serial" and point.n_workers > 1:
            key = point.kind, point.n_workers
            start_s = result.startup_s(*key) or 0.0
            believed = facts.believed(*key, point.speed_ups)
            yield Way(*key, point.speed_ups, believed, start_s)


def choose(
    tried: Iterable[Way], facts: Facts | None, *, may_guess: bool = True, job: str = ""
) -> Choice:
    """Return the ``Choice`` between the ways that were tried, of which the loop is the first.

    ``facts`` is None where nothing is known of the job at all: then it stays with the loop. Where
    no two ways could be compared, the likely one is taken if it ``may_guess``.
    """
    ways = tuple(tried)
    told = [way for way in ways if way.speed_ups]
    if facts is None:
        return Choice(ways[0], ways=ways, job=job)
    if len(told) < 2:
        way, near = _likely(ways, facts) if may_guess else ways[0], []
    else:
        way = _pick(told, facts)
        near = [other for other in told if other.kind != way.kind and other.is_near(way)]
    rival = max(near, key=lambda other: other.speed_up, default=None)
    answers, branch, left_open = _through_the_chart(ways, way, facts)
    return Choice(way, rival, answers, branch, left_open, ways, job)


def _pick(told, facts):
    worth_it = [way for way in told[1:] if facts.is_worth_it(way.speed_ups)]
    if facts.cannot_tell or not worth_it:
        return told[0]
    best = max(way.speed_up for way in worth_it)
    as_good = [way for way in worth_it if way.speed_up >= best * (1 - limits.CLOSE)]
    return min(as_good, key=lambda way: (kind_of(way.kind).simplicity, way.n_workers))


def _likely(ways, facts):
    """Return the way that is likely where no two could be compared, the loop when none is."""
    threads, apart = (
        [way for way in ways if way.refused is None and kind_of(way.kind).family == family]
        for family in ("threads", "processes")
    )
    if facts.waits:
        return next(iter(threads), ways[0])
    if facts.one_cpu or facts.uses_own_threads:
        return ways[0]
    return next(iter(apart if facts.machine.gil else threads + apart), ways[0])


# --- The way through the decision chart ----------------------------------------------------


def _through_the_chart(ways, way, facts):
    """Return the answers, the branch where they end, and what keeps a question open.

    They tell why ``way`` was chosen; the choice itself has been made.
    """
    answers = []
    asks = (
        _ask_library, _ask_bother, _ask_waits, _ask_alone, _ask_no_gil, _ask_threads, _ask_processes
    )  # fmt: skip
    for branch, ask in zip(BRANCHES, asks, strict=True):
        is_met, finding = ask(ways, way, facts)
        if is_met is None:
            return tuple(answers), None, finding
        answers.append((branch.key, is_met, finding))
        if is_met:
            return tuple(answers), branch, None
    return tuple(answers), OTHERWISE, None


def _ask_library(ways, way, facts):
    case = "own threads" if facts.uses_own_threads else ""
    finding = Finding("library", case, cores=facts.busy_share)
    return facts.uses_own_threads and way.kind == "serial", finding


def _ask_bother(ways, way, facts):
    if facts.total_s is None:
        return False, Finding("length", "unknown")
    is_met = way.kind == "serial" and is_too_short(ways, facts)
    return is_met, Finding("length", "short" if is_met else "", total_s=facts.total_s)


def is_too_short(ways: Iterable[Way], facts: Facts) -> bool:
    """Return whether the job is over before its workers could have started and paid for it."""
    if facts.total_s is None:
        return False
    gains = [way for way in ways if way.rates and way.rate >= limits.WORTH_IT and way.start_s]
    is_eaten = any(way.speed_ups and way.speed_up < limits.WORTH_IT for way in gains)
    return facts.total_s < limits.LONG_ENOUGH_S or (is_eaten and not facts.is_limited)


def _ask_waits(ways, way, facts):
    if facts.cannot_tell:
        return None, Finding("busy machine", core_share=facts.core_share)
    is_met = facts.waits and way.branch == "threads"
    case = "waits in part" if facts.waits_in_part else "computes"
    if facts.waits:
        case = "waits" if is_met else "waits in vain"
    return is_met, Finding("serially", case, cores=facts.busy_share)


def _ask_alone(ways, way, facts):
    quota = facts.machine.quota_cpus
    finding = Finding("cores", facts.limit, cores=facts.cores(), quota=quota)
    return facts.has_one_core and way.kind == "serial", finding


def _ask_no_gil(ways, way, facts):
    if facts.machine.gil and way.kind != "free-threaded":
        return False, Finding("GIL")
    return _ask_sharing(ways, way, facts)


def _ask_threads(ways, way, facts):
    if not facts.machine.gil:
        return False, Finding("GIL", "none")
    return _ask_sharing(ways, way, facts)


def _ask_sharing(ways, way, facts):
    ours, others = _fastest("threads", ways), _fastest("processes", ways)
    if way.branch != "threads" or isinstance(ours, Finding):
        return _not_taken(ours, way)
    if isinstance(others, Way):
        return True, Finding("reached", "beside", way=way, other=others)
    if others.name == "refused":
        return True, Finding("reached", "alone", way=way)
    if way.speed_up > limits.ALL_CORES * facts.cores(way.n_workers):
        return True, Finding("reached", "all cores", way=way)
    return None, Finding("reached", "no rival", way=way)


def _ask_processes(ways, way, facts):
    ours = _fastest("processes", ways)
    if way.branch != "processes" or isinstance(ours, Finding):
        return _not_taken(ours, way)
    return True, Finding("reached", "once started", way=way)


def _not_taken(ours, way):
    if isinstance(ours, Finding):
        return (False if ours.name == "refused" else None), ours
    case = "not enough" if way.kind == "serial" else "behind"
    return False, Finding("reached", case, way=ours, other=way)


def _fastest(key, ways):
    """Return the fastest way of a branch, or the finding why there is none."""
    ours = [way for way in ways if way.branch == key]
    measured = [way for way in ours if way.speed_ups]
    if measured:
        return max(measured, key=lambda way: way.speed_up)
    refused = [way for way in ours if way.refused]
    if refused and len(refused) == len(ours):
        return Finding("refused", kind=refused[0].kind, reason=refused[0].refused)
    return Finding("not measured", kind=key)
