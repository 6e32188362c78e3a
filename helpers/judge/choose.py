"""Which kind of worker a job should get: the one place where that is decided.

``choose`` takes the ways that were tried, each with its speed-ups, and the facts. The decision
chart, the verdict on a function, the sentences below a curve, the report and the class board all
read the ``Choice`` that it returns; none of them decides anything by itself.

1. What cannot be told on a busy machine stays with the plain loop.
2. The fastest way has to be worth it: a tenth faster, and more where the rounds are not sure.
3. Of all ways within a tenth of the fastest the simplest wins, then the one with fewest workers.
"""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..core.runs import Result, quartiles
from ..kind import kind as kind_of
from . import facts as limits
from .break_even import BreakEven
from .facts import Facts
from .theory import lock_bound


@dataclass(frozen=True, init=False)
class Finding:
    """One thing that was found: its name, which case of it, and the figures. No words.

    ``helpers.judge.words`` and ``helpers.advice.words`` have a template for each name and case.

    >>> Finding("lock", "in part", held=0.5)
    Finding(name='lock', case='in part', figures={'held': 0.5})
    """

    name: str
    case: str
    figures: dict

    def __init__(self, name: str, case: str = "", /, **figures: object) -> None:
        for key, value in (("name", name), ("case", case), ("figures", figures)):
            object.__setattr__(self, key, value)


@dataclass(frozen=True)
class Way:
    """One way of doing the job, with one number of workers: what it reached, or why it cannot.

    ``rates`` are the speed-ups of the runs with workers that were there already, ``speed_ups``
    those of the whole job with the start-up in it (where the length of the job is not known, as
    far as they can be believed), both of shape (rounds,). ``start_s`` is in seconds.
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
        if not self.rates or self.rate <= 1:
            return None
        return BreakEven(self.kind, self.n_workers, self.start_s, 1 / self.rate).job_s

    @property
    def branch(self) -> str:
        """The key of the branch that stands for this kind: "none", "threads" or "processes"."""
        if self.kind == "serial":
            return "none"
        return "threads" if kind_of(self.kind).shares_memory else "processes"

    def is_near(self, other: "Way") -> bool:
        """Whether two ways come too close to be told apart: a tenth, or rounds that overlap."""
        lead = abs(self.speed_up - other.speed_up)
        if lead <= limits.CLOSE * max(self.speed_up, other.speed_up):
            return True
        (low, high), (other_low, other_high) = self.quartiles, other.quartiles
        return low <= other_high and high >= other_low


SERIAL = Way("serial", 1, (1.0,), (1.0,))


@dataclass(frozen=True)
class Branch:
    """One question of the decision chart, and what a job gets for which the answer is yes.

    ``leaf`` is the name of that end of the chart, ``kind`` the kind of pool it stands for and
    ``advice`` a short text on it.
    """

    key: str
    question: str
    hint: str
    leaf: str
    kind: str
    advice: str


BRANCHES = (
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
        "a small container, a busy computer",
        "the plain loop: one core",
        "serial",
        "Nothing can run side by side here. Ask again on a machine with more cores.",
    ),
    Branch(
        "threads",
        "Do threads gain as much as anything?",
        "C code releases the GIL, or there is none",
        "threads",
        "threads",
        "They share memory, so nothing is copied.",
    ),
    Branch(
        "processes",
        "Do processes beat the loop?",
        "each has a GIL of its own; data are copied",
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
    ``lacking`` is then the ``Finding`` of what was not measured. ``ways`` are all that were tried.
    """

    way: Way
    rival: Way | None
    branch: Branch | None
    answers: tuple[tuple[str, bool, Finding], ...]
    lacking: Finding | None
    ways: tuple[Way, ...] = field(repr=False)

    @property
    def kind(self) -> str:
        """The kind of pool to take, or "serial"."""
        return self.way.kind

    @property
    def tried(self) -> list[Way]:
        """The ways beside the plain loop that were measured."""
        return [way for way in self.ways if way.speed_ups and way.kind != "serial"]


def choose(tried: Iterable[Way], facts: Facts | None, *, may_guess: bool = True) -> Choice:
    """Return the ``Choice`` between the ways that were tried, of which the loop is the first.

    ``facts`` is None where nothing is known of the job at all: then it stays with the loop. Where
    no two ways could be compared, the likely one is taken if it ``may_guess``.
    """
    ways = tuple(tried)
    told = [way for way in ways if way.speed_ups]
    way, rival = ways[0], None
    if facts and len(told) > 1:
        way = _pick(told, facts)
        near = [other for other in told if other.kind != way.kind and other.is_near(way)]
        rival = max(near, key=lambda other: other.speed_up, default=None)
    elif facts and may_guess:
        way = _likely(ways, facts) or way
    answers, branch, lacking = [], None, None
    for asked, answer, finding in _walk(ways, way, facts) if facts else ():
        if answer is None:
            lacking = finding
            break
        answers.append((asked.key, answer, finding))
        if answer:
            branch = asked
            break
    else:
        branch = OTHERWISE if facts else None
    return Choice(way, rival, branch, tuple(answers), lacking, ways)


def _pick(told, facts):
    worth_it = [way for way in told[1:] if _is_worth_it(way, facts)]
    if facts.cannot_tell or not worth_it:
        return told[0]
    best = max(way.speed_up for way in worth_it)
    as_good = [way for way in worth_it if way.speed_up >= best * (1 - limits.CLOSE)]
    return min(as_good, key=lambda way: (kind_of(way.kind).simplicity, way.n_workers))


def _is_worth_it(way, facts):
    is_sure = limits.is_sure(way.speed_ups, facts)
    return way.speed_up >= (limits.WORTH_IT if is_sure else limits.SURELY)


def _likely(ways, facts):
    """Return the way that is likely, where no two could be compared; None when none is."""
    open_ways = [way for way in ways if way.refused is None and way.kind != "serial"]
    threads = [way for way in open_ways if way.branch == "threads"]
    if facts.waits:
        return next(iter(threads), None)
    if facts.one_cpu or facts.uses_own_threads:
        return None
    apart = [way for way in open_ways if kind_of(way.kind).family == "processes"]
    return next(iter([*([] if facts.machine.gil else threads), *apart]), None)


# --- The way through the decision chart ----------------------------------------------------


def _walk(ways, way, facts):
    """Yield (branch, yes or no or None, finding) for each question of the chart, in order.

    They tell why ``way`` was chosen; the choice itself has been made. None is a question that
    cannot be answered, as something was not measured.
    """
    waits, alone, threads, processes = BRANCHES
    yield waits, *_ask_waits(way, facts)
    is_alone = facts.has_one_core and way.kind == "serial"
    yield alone, is_alone, Finding("cores", cores=facts.cores())
    yield threads, *_ask_kind("threads", ways, way, facts)
    yield processes, *_ask_kind("processes", ways, way, facts)


def _ask_waits(way, facts):
    if facts.cannot_tell:
        return None, Finding("busy machine", core_share=facts.core_share)
    is_met, case = False, "computes"
    if facts.waits:
        is_met = way.branch == "threads"
        case = "waits" if is_met else "waits in vain"
    elif facts.waits_in_part:
        case = "waits in part"
    return is_met, Finding("serially", case, cores=facts.busy_share)


def _ask_kind(key, ways, way, facts):
    """Return whether the kinds of a branch are the ones to take, and the figures."""
    ours, others = _measured(key, ways), _measured("processes", ways)
    if isinstance(ours, Finding):
        return (False if ours.name == "refused" else None), ours
    if way.branch != key:
        if way.kind == "serial":
            return False, Finding("reached", "not enough", way=ours)
        return False, Finding("reached", "behind", way=ours, other=way)
    if key == "processes":
        return True, Finding("reached", "once started", way=way)
    if isinstance(others, Way):
        return True, Finding("reached", "beside", way=way, other=others)
    if others.name == "refused":
        return True, Finding("reached", "alone", way=way)
    is_enough = way.speed_up > limits.ALL_CORES * facts.cores(way.n_workers)
    return (True if is_enough else None), Finding(
        "reached", "all cores" if is_enough else "no rival", way=way
    )


def _measured(key, ways):
    """Return the fastest way of a branch, or the finding why there is none."""
    ours = [way for way in ways if way.branch == key]
    told = [way for way in ours if way.speed_ups]
    if told:
        return max(told, key=lambda way: way.speed_up)
    refused = next((way for way in ours if way.refused), None)
    if refused:
        return Finding("refused", kind=refused.kind, reason=refused.refused)
    return Finding("not measured", kind=key)


# --- The ways of a result -----------------------------------------------------------------


def ways_of(result: Result, facts: Facts) -> tuple[Way, ...]:
    """Return the ways that a ``Result`` has measured with two workers or more, the loop first.

    How long the whole job is, it does not know, so the start-up is left out of the speed-ups.
    """
    points = [p for p in result.points() if p.kind != "serial" and p.n_workers > 1]
    return (
        SERIAL,
        *(
            Way(
                point.kind,
                point.n_workers,
                point.speed_ups,
                believed(point.kind, point.n_workers, point.speed_ups, facts),
                result.startup_s(point.kind, point.n_workers) or 0.0,
            )
            for point in points
        ),
    )


def believed(kind, n_workers, rates, facts):
    """Return the speed-ups of some rounds as far as they can be believed, shape (rounds,).

    Rounds that a busy machine disturbs may show workers a gain that its cores did not have to give,
    and threads one that the lock, metered apart, does not leave them.
    """
    low, high = quartiles(rates)
    most = math.inf if goes_beyond(n_workers, rates, facts) else n_workers
    if facts.is_limited and facts.computes:
        most = min(most, max(1.0, facts.cores(n_workers)))
    is_few = high - low > limits.SCATTER or len(rates) < limits.FEW_ROUNDS
    held = facts.held_share
    if kind == "threads" and held is not None and (facts.is_limited or is_few):
        if facts.waits_in_part:
            held = min(held, facts.busy_share)  # a busy machine makes the ticks late beside waiting
        most = min(most, lock_bound(held, n_workers))
    return tuple(min(rate, most) for rate in rates)


def goes_beyond(n_workers, rates, facts):
    """Return whether undisturbed rounds agree on more than so many cores could do.

    It is possible where workers save something beside their cores.
    """
    if facts.is_limited or len(rates) < limits.FEW_ROUNDS:
        return False
    return quartiles(rates)[0] > limits.BEYOND * n_workers
