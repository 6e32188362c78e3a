"""What crosses to another interpreter, and what two of them make of the strings."""

import datetime
import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.cut import cut
from ..core.job import Job
from ..core.machine import Capacity, Machine
from ..core.runs import Result
from ..core.store import RECORDINGS, load_as, most_cores
from ..errors import LabError
from .elsewhere import answered, measure_elsewhere
from .find import Python, era, has_interpreters, one_of_each
from .other_python import normalise_text, same
from .stamp import Sourced

CROSSINGS = RECORDINGS / "interpreters"  # one Python each: python -m helpers author eras --record
LIST, TEXT = "a list of strings", "one string"
_N_SUBLISTS = 4
_ROUNDS = 5


@dataclass(frozen=True)
class Crossing(Sourced):
    """The same strings sent to other interpreters in two forms.

    ``form_s`` has, for ``LIST`` and ``TEXT``, the seconds of each round that the strings need to
    get there and back; nothing is done with them. ``made`` is a UTC time in ISO 8601. ``capacity``
    is what the machine gave meanwhile.
    """

    python: str
    cpu: str
    usable_cpus: float
    made: str
    n_strings: int
    form_s: dict[str, tuple[float, ...]]
    recorded: bool = False
    capacity: Capacity | None = field(repr=False, default=None)

    def seconds(self, form: str) -> float:
        """Return the median seconds of a form."""
        return statistics.median(self.form_s[form])

    @property
    def times(self) -> float:
        """How many times as long the list takes as the one string."""
        return self.seconds(LIST) / self.seconds(TEXT)


@dataclass(frozen=True)
class Interpreters(Sourced):
    """The strings in two threads and in two interpreters of one Python.

    ``lists`` is the ``Result`` of both kinds with lists, ``texts`` of interpreters with one string
    each; the speed-ups of both are those over the plain loop with the same input.
    """

    lists: Result
    texts: Result
    recorded: bool = False

    @property
    def machine(self) -> Machine:
        """The machine of both."""
        return self.lists.machine

    @property
    def python(self) -> str:
        """The version of the Python."""
        return self.machine.python

    @property
    def made(self) -> str:
        """When the lists were done: a UTC time in ISO 8601."""
        return self.lists.made

    @property
    def gains(self) -> dict[str, tuple[float, ...]]:
        """The speed-ups of each way in each round, by the way's name."""
        ways = {
            "2 threads": (self.lists, "threads"),
            "2 interpreters, lists": (self.lists, "interpreters"),
            "2 interpreters, one string each": (self.texts, "interpreters"),
        }
        points = {name: result.point(kind, 2) for name, (result, kind) in ways.items()}
        return {name: point.speed_ups for name, point in points.items() if point}

    def gain(self, name: str) -> float:
        """Return the median speed-up of one of ``gains``."""
        return statistics.median(self.gains[name])


def crossing_jobs(strings: Sequence[str]) -> dict[str, Job]:
    """Return the two jobs that only cross, in two halves: lists of strings, and one text each."""
    forms = {
        LIST: ("a list there and back", list(strings)),
        TEXT: ("a text there and back", ["\n".join(part) for part in cut(strings, 2)]),
    }
    return {
        form: Job(name, name, same, items, n_sublists=2) for form, (name, items) in forms.items()
    }


def text_job(strings: Job) -> Job:
    """Return the strings job with one text for each sublist, its lines the strings."""
    title = f"{strings.title}, one string for each sublist"
    answers = None if strings.answers is None else _joined(strings.answers)
    return Job(
        "texts", title, _normalise_texts, _joined(strings.items), n_sublists=_N_SUBLISTS,
        answers=answers,
    )  # fmt: skip


def _joined(strings):
    return ["\n".join(part) for part in cut(strings, _N_SUBLISTS)]


def _normalise_texts(texts):
    return list(map(normalise_text, texts))


def measure_crossing(python: Python, strings: Job, budget_s: float | None = None) -> Crossing:
    """Return the ``Crossing`` of one Python, whose rounds take about ``budget_s`` seconds.

    Raises:
        LabError: it cannot be done there; the line names the Python.
    """
    results, jobs = {}, crossing_jobs(strings.items)
    each_s = None if budget_s is None else budget_s / len(jobs)
    options: Any = {"kinds": ("interpreters",), "rounds": _ROUNDS, "budget_s": each_s}
    for form, job in jobs.items():
        results[form] = measure_elsewhere(python, job, **options)
    here = results[LIST].machine
    return Crossing(
        python=python.version,
        cpu=here.cpu,
        usable_cpus=here.usable_cpus,
        made=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        n_strings=len(strings.items),
        form_s={form: _crossed_s(result) for form, result in results.items()},
        capacity=results[LIST].capacity.joined(results[TEXT].capacity),
    )


def _crossed_s(result):
    return tuple(run.wall_s for run in result.timed_runs if run.kind == "interpreters")


def measure_interpreters(
    python: Python, strings: Job, budget_s: float | None = None
) -> Interpreters:
    """Return the ``Interpreters`` of one Python, whose rounds take about ``budget_s`` seconds.

    Raises:
        LabError: it cannot be done there; the line names the Python.
    """
    strings = replace(answered(strings), n_sublists=_N_SUBLISTS)
    kinds = ("threads", "interpreters")
    whole_s, options = budget_s or math.inf, {"rounds": _ROUNDS, "least": 1}
    lists_s, texts_s = 0.6 * whole_s, 0.4 * whole_s  # three ways take turns, and then two
    lists = measure_elsewhere(python, strings, kinds=kinds, budget_s=lists_s, **options)
    text = text_job(strings)
    texts = measure_elsewhere(python, text, kinds=kinds[1:], budget_s=texts_s, **options)
    return Interpreters(lists, texts)


def newest_with_interpreters(found: Iterable[Python]) -> Python | None:
    """Return the newest Python with a GIL that has a pool of interpreters, or None."""
    able = [p for p in one_of_each(found) if has_interpreters(p) and not p.free_threaded]
    return max(able, key=lambda python: python.numbers, default=None)


def crossings(found: Iterable[Python], strings: Job, budget_s: float = 2.0) -> Iterator[Crossing]:
    """Yield the ``Crossing`` of the newest Python that can, or else the newest recorded one."""
    yield from _here_or_recorded(measure_crossing, found, strings, budget_s, Crossing)


def interpreters(
    found: Iterable[Python], strings: Job, budget_s: float = 8.0
) -> Iterator[Interpreters]:
    """Yield the ``Interpreters`` of the newest Python that can, or else those recorded last."""
    yield from _here_or_recorded(measure_interpreters, found, strings, budget_s, Interpreters)


def _here_or_recorded(measure, found, strings, budget_s, wanted):
    python = newest_with_interpreters(found)
    if python is not None:
        try:
            yield measure(python, strings, budget_s)
            return
        except LabError:  # it dies, or lacks a part: what was recorded tells
            pass
    yield load_recorded(wanted)[-1]


def load_recorded(wanted: type) -> list:
    """Return what was recorded of one kind, ``Crossing`` or ``Interpreters``, by version."""
    paths = sorted(CROSSINGS.glob(f"{wanted.__name__.lower()}-*.json"))
    found: list[Any] = [load_as(wanted, path) for path in paths]
    return most_cores(found, lambda one: era("CPython", one.python, free_threaded=False))
