"""A quiz of 24 cards, each drawn from what this reader measured. No key is typed: all are computed.

A card whose results are not there is drawn from the recordings, and says so. Answers that the
measurement cannot tell apart are all right.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from ..core import store as records
from ..core.runs import Point, Result
from ..errors import LabError, shown
from ..judge.break_even import ASKED_S
from ..judge.choose import BRANCHES, OTHERWISE, decide
from ..judge.curve import best_of, pays_from
from ..judge.facts import CLOSE, WORTH_IT
from ..units import per_cent, seconds
from .report import Report
from .words import few_per_cent, named_job

_FAMILIES = {"threads": ("threads", "free-threaded"), "processes": ("processes",)}
_LOOP = "the plain loop"
_FASTER = (1 / WORTH_IT, WORTH_IT, 1.5)  # times the speed of the loop
_BANDS = ("clearly slower", "about as fast", "up to 1.5 times", "more than 1.5 times")
_SHARED = 1.25  # cores kept busy: up to it, two workers take turns

# Where the answers are shown: a notebook and a heading in it.
_WHO = "00_start_here.ipynb", "See who did the work"
_STRINGS = "02_a_long_list_of_strings.ipynb", "Measure threads and processes"
_DRAWN = "03_four_pictures.ipynb", "Draw in four threads"
_FINISHED = "03_four_pictures.ipynb", "Finish in threads"
_ALL = "00_start_here.ipynb", "Measure all three jobs"
_TEN = "00_start_here.ipynb", "And if the job takes ten seconds?"
_START = "05_the_price_of_processes.ipynb", "What does it cost to start?"
_CHART = "12_the_answer.ipynb", "The filled chart"
_UNKNOWN = "12_the_answer.ipynb", "Exercise 1: three jobs that you do not know"
_WHERE = {"strings": _STRINGS, "pictures": _DRAWN, "finished": _FINISHED}
_OTHERS = ("access log", "backup", "sensors")  # the jobs of exercise 1


@dataclass(frozen=True)
class Drawn:
    """The options of a card, those that are right, and the figure that says so."""

    options: tuple[str, ...]
    right: tuple[str, ...]
    figure: str


@dataclass(frozen=True)
class Card:
    """One question, and the key that the results give it.

    ``where`` is a notebook and the heading in it under which the answer is shown. ``recorded`` says
    that the results come from another computer.
    """

    id: str
    question: str
    drawn: Drawn
    where: tuple[str, str]
    recorded: bool

    @property
    def link(self) -> str:
        """The address of the place where the answer is shown, beside this notebook."""
        notebook, heading = self.where
        return f"{notebook}#{heading.replace(' ', '-')}"

    def is_right(self, option: str) -> bool:
        """Return whether an option is right, or cannot be told from the right one."""
        return option in self.drawn.right


@dataclass(frozen=True)
class Ask:
    """A question about the results of some jobs, and how its card is drawn from them."""

    id: str
    jobs: tuple[str, ...]
    question: str
    where: tuple[str, str]
    draw: Callable[..., Drawn | None] = field(repr=False)


def cards(report: Report, measured: Mapping[str, Result] | None = None) -> list[Card]:
    """Return the cards: from a reader's results where they tell it, else from the recordings.

    Args:
        report: what ``helpers.report`` returned.
        measured: the results of exercise 1, by the job's name.

    Raises:
        LabError: these are no results.
    """
    if not isinstance(report, Report):
        raise LabError(
            f"a quiz is made of a Report, not {shown(report)}: pass what lab.report() returned"
        )
    measured = {} if measured is None else measured
    if not isinstance(measured, Mapping) or not all(
        isinstance(one, Result) for one in measured.values()
    ):
        raise LabError(
            f"results are a dict from a job to a Result, not {shown(measured)}: "
            "pass those of exercise 1, or leave them out"
        )
    own = {job: part.result for job, part in report.parts.items() if not part.recorded}
    sources: list[tuple[Callable[[str], Result | None], bool]] = [
        ({**own, **measured}.get, False),
        (cache(lambda job: records.recorded(job.replace(" ", "-"))), True),
    ]
    found = (_card(ask, sources) for ask in ASKS)
    return [card for card in found if card]


def _card(ask, sources):
    """Return the card of a question from the first source that tells it; None where none does."""
    for result_of, recorded in sources:
        given = [result_of(job) for job in ask.jobs]
        if all(one is not None and one.serial_s is not None for one in given):
            drawn = ask.draw(*given)
            if drawn is not None:
                return Card(ask.id, ask.question, drawn, ask.where, recorded)
    return None


# --- How a card is drawn ------------------------------------------------------------------


def _band(value: float, borders: tuple[float, ...], options: tuple[str, ...], figure: str) -> Drawn:
    """Return a card of bands; near a border, both bands beside it are right."""
    right = []
    for number, option in enumerate(options):
        low = borders[number - 1] * (1 - CLOSE / 2) if number else float("-inf")
        high = borders[number] * (1 + CLOSE / 2) if number < len(borders) else float("inf")
        if low <= value <= high:
            right.append(option)
    return Drawn(options, tuple(right), figure)


def _reached(result: Result, family: str) -> Point | None:
    return best_of(result, *_FAMILIES[family])


def _told(point: Point) -> str:
    return f"{point.n_workers} {point.kind} {point.speed_up:.2f} times"


def _first(result: Result) -> Drawn | None:
    points = {family: _reached(result, family) for family in _FAMILIES}
    if None in points.values():
        return None
    reached = {_LOOP: 1.0} | {family: point.speed_up for family, point in points.items() if point}
    told = ", ".join(_told(point) for point in points.values() if point)
    return _most(reached, f"{told} as fast as the plain loop")


def _most(reached: dict[str, float], figure: str) -> Drawn:
    """Return a card on which the largest value is right, with all that come as close as a tie."""
    least = max(reached.values()) * (1 - CLOSE)
    right = tuple(name for name, value in reached.items() if value >= least)
    return Drawn(tuple(reached), right, figure)


def _gain(family: str) -> Callable[[Result], Drawn | None]:
    def draw(result: Result) -> Drawn | None:
        point = _reached(result, family)
        if point is None:
            return None
        return _band(point.speed_up, _FASTER, _BANDS, f"{_told(point)} as fast as the plain loop")

    return draw


def _end(result: Result) -> Drawn | None:
    choice = decide(result)
    if choice.branch is None:
        return None
    leaves = [branch.leaf for branch in (*BRANCHES, OTHERWISE)]
    usual = ("threads", "processes", OTHERWISE.leaf)
    options = [leaf for leaf in leaves if leaf in usual or leaf == choice.branch.leaf]
    return Drawn(tuple(options), (choice.branch.leaf,), choice.reason.rstrip("."))


def _who_gains_most(family: str) -> Callable[..., Drawn | None]:
    def draw(*results: Result) -> Drawn | None:
        points = {named_job(one.job): _reached(one, family) for one in results}
        if None in points.values():
            return None
        reached = {job: point.speed_up for job, point in points.items() if point}
        told = ", ".join(f"{job} {speed_up:.2f} times" for job, speed_up in reached.items())
        return _most(reached, f"{told} as fast with {family}")

    return draw


def _how_many_gain(*results: Result) -> Drawn | None:
    points = [_reached(one, "threads") for one in results]
    if None in points:
        return None
    reached = [point.speed_up for point in points if point]
    surely, perhaps = (
        sum(speed_up >= WORTH_IT * border for speed_up in reached)
        for border in (1 + CLOSE / 2, 1 - CLOSE / 2)
    )
    told = ", ".join(f"{speed_up:.2f}" for speed_up in reached)
    options = ("none", "one", "two", "all three")
    figure = f"threads reached {told} times the loop's speed; a tenth more counts"
    return Drawn(options, options[surely : perhaps + 1], figure)


def _start(result: Result) -> Drawn | None:
    line = pays_from(result)
    if line is None:
        return None
    options = ("less than 0.1 s", "0.1 to 1 s", "more than 1 s")
    figure = f"{line.n_workers} processes were there after {seconds(line.start_s)}"
    return _band(line.start_s, (0.1, 1.0), options, figure)


def _pays(result: Result) -> Drawn | None:
    line = pays_from(result)
    if line is None:
        return None
    options = ("less than 1 s", "1 to 10 s", "more than 10 s", "never")
    if line.job_s is None:
        return Drawn(options, ("never",), f"a second of the loop takes them {line.rate:.2f} s")
    drawn = _band(line.job_s, (1.0, 10.0), options[:3], f"from about {seconds(line.job_s)} on")
    return Drawn(options, drawn.right, drawn.figure)


def _long_job(result: Result) -> Drawn | None:
    line, job_s = pays_from(result), ASKED_S[0]
    if line is None:
        return None
    options = ("less than 6 s", "6 to 9 s", "9 to 11 s", "more than 11 s")
    takes_s = line.wall_s(job_s)
    figure = f"{line.n_workers} processes would take {seconds(takes_s)}, with their start"
    return _band(takes_s, (6.0, 9.0, 11.0), options, figure)


def _share_of_start(result: Result) -> Drawn | None:
    line, job_s = pays_from(result), ASKED_S[1]
    if line is None:
        return None
    share = line.start_s / line.wall_s(job_s)
    options = ("less than 1 %", "1 to 10 %", "more than 10 %")
    return _band(share, (0.01, 0.1), options, f"the start is {few_per_cent(share)} of it")


def _cores(family: str) -> Callable[[Result], Drawn | None]:
    def draw(result: Result) -> Drawn | None:
        point = _reached(result, family)
        if point is None:
            return None
        options = ("about one, or less", "between one and two", "nearly two, or more")
        figure = f"{point.n_workers} {point.kind} kept {point.cores_used:.2f} cores busy"
        return _band(point.cores_used, (_SHARED, 1.7), options, figure)

    return draw


def _cpu_time(result: Result) -> Drawn | None:
    point = _reached(result, "processes")
    if point is None or not point.cpu_ratio > 0:  # it is NaN where nothing was counted
        return None
    options = ("less, or about as much", "up to half as much again", "even more")
    figure = f"all together they computed {per_cent(point.cpu_ratio)} of the loop's CPU time"
    return _band(point.cpu_ratio, (1.1, 1.5), options, figure)


# --- The cards ----------------------------------------------------------------------------


def _asks() -> Iterator[Ask]:
    """Yield the 24 questions, in an order in which neighbours differ."""
    firsts, ends, gains, others = [], [], [], []
    for job, where in _WHERE.items():
        what = f"the {named_job(job)}"
        question = f"Which was done first with {what}?"
        firsts.append(Ask(f"first {job}", (job,), question, where, _first))
        question = f"Where do {what} end on the decision chart?"
        ends.append(Ask(f"end {job}", (job,), question, _CHART, _end))
        for family in _FAMILIES:
            question = f"How fast were {what} in {family}, beside the plain loop?"
            gains.append(Ask(f"{family} {job}", (job,), question, where, _gain(family)))
    for job in _OTHERS:
        question = f"Exercise 1: which was done first with the job “{job}”?"
        others.append(Ask(f"first {job}", (job,), question, _UNKNOWN, _first))
    yield from _mixed(firsts, gains[:3], _about_the_start(), ends, gains[3:], others, _about_all())


def _mixed(*groups) -> Iterator[Ask]:
    """Yield the first of each group, then the second of each, and so on."""
    lists = [list(group) for group in groups]
    for number in range(max(map(len, lists))):
        yield from (group[number] for group in lists if number < len(group))


def _about_the_start() -> Iterator[Ask]:
    one = ("strings",)
    yield Ask("start", one, "How long did the processes take to start?", _START, _start)
    question = "From what length of job on do processes pay for the strings?"
    yield Ask("pays", one, question, _TEN, _pays)
    question = "A job like the strings takes the plain loop 10 s. How long do processes take?"
    yield Ask("10 s", one, question, _TEN, _long_job)
    question = "A job like the strings, of 30 s: what share of the processes' time is their start?"
    yield Ask("share", one, question, _TEN, _share_of_start)


def _about_all() -> Iterator[Ask]:
    jobs = tuple(_WHERE)
    question = "Which of the three jobs gained most from threads?"
    yield Ask("most threads", jobs, question, _ALL, _who_gains_most("threads"))
    question = "How many of the three jobs did threads make clearly faster?"
    yield Ask("how many", jobs, question, _ALL, _how_many_gain)
    for job in ("strings", "finished"):
        question = f"While threads did the {named_job(job)}, how many cores were busy?"
        yield Ask(f"cores {job}", (job,), question, _WHO, _cores("threads"))
    question = "The strings in processes: how much CPU time, against the plain loop?"
    yield Ask("CPU time", ("strings",), question, _STRINGS, _cpu_time)


ASKS = tuple(_asks())
