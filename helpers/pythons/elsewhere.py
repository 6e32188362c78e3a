"""The lab's own jobs in other Pythons, one after the other, and ordinary results of them."""

import dataclasses
import datetime
import hashlib
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..core import machine, worker
from ..core.job import Job
from ..core.runs import Result
from ..core.same_answers import difference
from ..core.store import RECORDINGS, load_as, most_cores
from ..core.turns import take_turns
from ..errors import LabError, shown
from ..jobs.registry import as_job
from ..jobs.strings import _TABLE
from .find import Python, era
from .other_python import IMPORTED
from .talk import Talk

_KNOWN = ("strings", "pictures", *IMPORTED)
_N_WORKERS = 2
_WARM_UP_S = {"CPython": 0.0}  # the others compile while they run
_OTHERS_WARM_UP_S = 3.0
_OF_A_PYTHON = ("implementation", "python", "free_threaded", "gil")  # fields of a Machine


class Elsewhere(Talk):
    """A job in another Python, ready to be run there again and again, for the length of a ``with``.

    It is the strings, the pictures, or a job of ``helpers.pythons.crossing``; an answer may take
    ``limit_s`` seconds. ``identity`` says what that Python is at run time. A LabError names it.
    """

    def __init__(self, python: Python, job: Job | str, *, limit_s: float = 120.0) -> None:
        self.job = job = answered(as_job(job))
        # As the other Python sends them, or a digest of them: a picture is its name and its own.
        results = job.answers or []
        self.expected = [r if isinstance(r, str) else f"{r.name} {r.sha256}" for r in results]
        needs_table = job.name == "strings" and python.numbers < (3, 9)
        question = {
            "job": job.name,
            "items": job.items,
            "table": _fold_table() if needs_table else {},
            "n_sublists": job.n_sublists,
        }
        super().__init__(python, question, len(job.items), limit_s=limit_s)

    def check(self, answer: dict[str, Any]) -> None:
        """Raise a LabError where the results of a run are not those that the job has here."""
        text = "\n".join(self.expected)
        if answer["sha256"] == hashlib.sha256(text.encode()).hexdigest():
            return
        got = self.ask(send="results")["results"]
        differing = sum(a != b for a, b in zip(self.expected, got, strict=False))
        why = f"it knows Unicode {self.identity['unicode']}"
        if self.job.name == "pictures":
            why = "another release of Pillow may draw other pixels"
        said = f"{differing} of {len(self.expected)} items: {difference(self.expected, got)}"
        raise self.error(f"gives other results for {said} ({why}): its times do not count")


def answered(job: Job) -> Job:
    """Return a job that ``Elsewhere`` knows with the answers that it has here: found out once.

    Raises:
        LabError: it is another job.
    """
    if job.name not in _KNOWN:
        raise LabError(
            f"another Python knows {', '.join(_KNOWN)}, not {shown(job.name)}: take one of these"
        )
    known = job.function(job.items) if job.answers is None else job.answers
    return dataclasses.replace(job, answers=known)


def measure_elsewhere(
    python: Python,
    job: Job | str,
    *,
    kinds: Sequence[str] = ("threads",),
    rounds: int = 5,
    budget_s: float | None = None,
    least: int = 2,
) -> Result:
    """Return the ``Result`` of a job in another Python: serially and with 2 workers, in turns.

    The machine of the result is this one with that Python; its capacity is measured here, before
    the first round and after each.

    Args:
        python: one of ``find_pythons``.
        job: one that ``Elsewhere`` knows.
        kinds: of "threads", "processes" and "interpreters", those that Python has.
        rounds: how often each is timed, after a warm-up: one round, and 3 s for a Python that
            compiles while it runs.
        budget_s: no further round is begun that would probably end after so many seconds.
        least: so many rounds are made however long they take.

    Raises:
        LabError: it cannot be done there; the line names the Python.
    """
    ways = [("serial", 1), *((kind, _N_WORKERS) for kind in kinds)]
    capacity = machine.capacity(_N_WORKERS)
    runs = []
    with Elsewhere(python, job) as there:
        warm_up_s = _WARM_UP_S.get(there.identity["implementation"], _OTHERS_WARM_UP_S)
        options: Any = {"budget_s": budget_s, "least": least, "warm_up_s": warm_up_s}
        for turn in take_turns(ways, rounds, **options):
            kind, n_workers = turn.way
            runs.append(there.run(kind, n_workers, turn.round))
            if turn.ends_round and turn.round:
                capacity = capacity.joined(machine.capacity(_N_WORKERS, rounds=1))
        return _result(there, capacity, runs)


def _result(there, capacity, runs):
    known = {name: there.identity[name] for name in _OF_A_PYTHON}
    return Result(
        job=there.job.name,
        title=there.job.title,
        made=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        machine=dataclasses.replace(machine.describe(), **known),
        capacity=capacity,
        runs=tuple(sorted(runs, key=lambda run: (run.round, run.kind != "serial"))),
    )


ERAS = RECORDINGS / "eras"  # one Python each: python -m helpers author eras --record


def load_eras(job: str = "strings") -> list[Result]:
    """Return the recorded ``Result`` of a job in each Python that the authors had."""
    found = (load_as(Result, path) for path in sorted(ERAS.glob("*.json")))
    return most_cores((result for result in found if result.job == job), era_of)


def era_of(result: Result) -> str:
    """Return the era of the Python that gave a result: "3.13t", "PyPy 3.9"."""
    here = result.machine
    return era(here.implementation, here.python, here.free_threaded)


class Eras(NamedTuple):
    """One job in several Pythons: the results, and in one line each why others gave none.

    ``left`` are those for which there was no time.
    """

    results: tuple[Result, ...] = ()
    refused: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def measure_all(
    pythons: Iterable[Python], job: Job | str, *, budget_s: float = math.inf, **options: Any
) -> Iterator[Eras]:
    """Yield the ``Eras`` so far, by ``measure_elsewhere``: empty, then with one Python more.

    All of them together may take ``budget_s`` seconds: each gets its part of what is left. None is
    begun after that, however long two rounds of those before it took.
    """
    eras, pythons, ends_s = Eras(), list(pythons), worker.now() + budget_s
    yield eras
    job = answered(as_job(job))
    for n_done, python in enumerate(pythons):
        left_s = ends_s - worker.now()
        if left_s <= 0:
            yield eras._replace(left=tuple(python.era for python in pythons[n_done:]))
            return
        options["budget_s"] = left_s / (len(pythons) - n_done)
        try:
            eras = eras._replace(results=(*eras.results, measure_elsewhere(python, job, **options)))
        except LabError as error:
            eras = eras._replace(refused=(*eras.refused, str(error)))
        yield eras


def _fold_table():
    """Return what ``str.lower`` and the job's own table leave out, and the table: for JSON."""
    table = {}
    for code in range(sys.maxunicode + 1):
        lower = chr(code).lower()
        folded = lower.casefold()
        if folded != lower and len(lower) == 1:
            table[ord(lower)] = "".join(str(_TABLE.get(ord(c), c)) for c in folded)
    return table | _TABLE
