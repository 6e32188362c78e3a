"""The same job in another Python, as a program of its own, and ordinary runs back from it.

What runs there is ``other_python.py``; the two talk in lines of JSON. A Python that lacks
something, dies, hangs or says something else is told in one line with its name.
"""

import contextlib
import dataclasses
import datetime
import hashlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from ..core import machine, pools, worker
from ..core.job import Job
from ..core.runs import Result, Run
from ..core.same_answers import difference
from ..core.spans import Span
from ..core.store import RECORDINGS, load_as
from ..core.turns import take_turns
from ..errors import LabError, shown
from ..jobs.registry import as_job
from ..jobs.strings import _TABLE
from ..kind import usual
from .find import Python, end_program, start_program
from .other_python import IMPORTED, PROTOCOL

_PROGRAM = Path(__file__).resolve().with_name("other_python.py")
_CHECKOUT = _PROGRAM.parents[2]
_KNOWN = ("strings", "pictures", *IMPORTED)
_N_WORKERS = 2
_LAST_S = 1.0  # for what it said at its end to arrive
_LOOK_S = 0.1  # on Windows a long wait cannot be interrupted
_WARM_UP_S = {"CPython": 0.0}  # the others compile while they run
_OTHERS_WARM_UP_S = 3.0
_OF_A_PYTHON = ("implementation", "python", "free_threaded", "gil")  # fields of a Machine


class Elsewhere:
    """A job in another Python, ready to be run there again and again, for the length of a ``with``.

    It is the strings, the pictures, or a job of ``helpers.pythons.crossing``; an answer may take
    ``limit_s`` seconds. ``identity`` says what that Python is at run time. A LabError names it.
    """

    def __init__(self, python: Python, job: Job | str, *, limit_s: float = 120.0) -> None:
        self.python, self.job, self.limit_s = python, as_job(job), limit_s
        if self.job.name not in _KNOWN:
            raise LabError(
                f"another Python knows {', '.join(_KNOWN)}, not {shown(self.job.name)}: take "
                "one of these"
            )
        self.memory_bytes: int | None = None  # the most that it held, None where it cannot tell
        # As the other Python sends them, or a digest of them: a picture is its name and its own.
        results = self.job.function(self.job.items)
        self.expected = [r if isinstance(r, str) else f"{r.name} {r.sha256}" for r in results]

    def __enter__(self) -> Self:
        if self.python.problem:
            raise LabError(self.python.problem)
        environ = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONSTARTUP")}
        environ.update(PYTHONPATH=str(_CHECKOUT), PYTHONDONTWRITEBYTECODE="1")
        # A Java machine would take a quarter of the memory before it cleans up.
        environ.setdefault("JAVA_TOOL_OPTIONS", "-Xmx256m")
        command = [self.python.path, str(_PROGRAM)]
        with contextlib.ExitStack() as endings:
            self._complaints = endings.enter_context(tempfile.TemporaryFile())
            try:
                self._process = start_program(
                    command, stdin=subprocess.PIPE, stderr=self._complaints, env=environ
                )
            except LabError as error:
                raise self._error(error) from error
            endings.callback(end_program, self._process)
            self.identity = self._ask(
                job=self.job.name,
                items=self.job.items,
                table=_fold_table() if self.job.name == "strings" else {},
                n_sublists=self.job.n_sublists,
            )
            if self.identity.get("protocol") != PROTOCOL:
                raise self._error(f"answered {shown(self.identity)}, not as this lab's program")
            self._endings = endings.pop_all()
        return self

    def __exit__(self, *what: Any) -> None:
        self._endings.close()

    def run(self, kind: str, n_workers: int, round: int = 1) -> Run:
        """Return one ``Run`` of the job there, once its results are those it has here."""
        pools.check_n_workers(n_workers)
        if kind not in usual():
            known = ", ".join(usual())
            raise LabError(f"another Python runs {known}, not {shown(kind)}: choose one")
        answer = self._ask(kind=kind, n_workers=n_workers)
        try:
            self._check(answer)
            self.memory_bytes = answer["memory_bytes"]
            self.identity["gil"] = answer["gil"]
            return Run(
                kind=kind,
                n_workers=n_workers,
                round=round,
                n_items=len(self.job.items),
                n_sublists=len(answer["spans"]),
                startup_s=answer["startup_s"],
                wall_s=answer["wall_s"],
                cpu_s=answer["cpu_s"],
                other_cpu_s=answer["other_cpu_s"],
                spans=tuple(Span(*span) for span in answer["spans"]),
            )
        except (KeyError, TypeError) as error:
            raise self._error(f"gave a run without its parts ({shown(error)})") from error

    def _check(self, answer):
        text = "\n".join(self.expected)
        if answer["sha256"] == hashlib.sha256(text.encode()).hexdigest():
            return
        got = self._ask(send="results")["results"]
        differing = sum(a != b for a, b in zip(self.expected, got, strict=False))
        why = f"it knows Unicode {self.identity['unicode']}"
        if self.job.name == "pictures":
            why = "another release of Pillow may draw other pixels"
        said = f"{differing} of {len(self.expected)} items: {difference(self.expected, got)}"
        raise self._error(f"gives other results for {said} ({why}): its times do not count")

    # -- the conversation

    def _ask(self, **question):
        answers: queue.Queue[bytes] = queue.Queue()
        # In a thread, because a program that reads nothing or says nothing would hold this one up.
        threading.Thread(target=self._exchange, args=(question, answers), daemon=True).start()
        give_up_s = worker.now() + self.limit_s
        while worker.now() < give_up_s:
            with contextlib.suppress(queue.Empty):
                return self._understood(answers.get(timeout=_LOOK_S))
            if self._process.poll() is not None:
                # What it started may still hold the pipe: then its end is not seen there.
                end_program(self._process)
                with contextlib.suppress(queue.Empty):
                    return self._understood(answers.get(timeout=_LAST_S))
                return self._understood(b"")
        raise self._error(f"gave no answer within {self.limit_s:g} s and was ended")

    def _exchange(self, question, answers):
        said = b""
        with contextlib.suppress(OSError, ValueError):  # it has ended: what it said last tells
            line = json.dumps(question, default=dataclasses.asdict) + "\n"
            self._process.stdin.write(line.encode("ascii"))
            self._process.stdin.flush()
        with contextlib.suppress(OSError, ValueError):  # the pipe was closed from here
            said = self._process.stdout.readline()
        answers.put(said)

    def _understood(self, said):
        if not said:
            status = self._process.wait()
            how = f"by signal {-status}" if status < 0 else f"with status {status}"
            self._complaints.seek(0)
            last = b"".join(self._complaints.read().strip().splitlines()[-1:])
            why = f": {shown(last.decode(errors='replace'), 120)}" if last else ""
            raise self._error(f"ended {how} in the middle of the job{why}")
        try:
            answer = json.loads(said)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise self._error(f"said {shown(said.decode(errors='replace'))}, not an answer")
        if "error" in answer:
            raise self._error(f"cannot do it ({shown(LabError(answer['error']), 160)})")
        return answer

    def _error(self, what):
        return LabError(f"{self.python.name} ({self.python.path}) {what}")


def measure_elsewhere(
    python: Python,
    job: Job | str,
    *,
    kinds: Sequence[str] = ("threads",),
    rounds: int = 5,
    budget_s: float | None = None,
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
        budget_s: no third round is begun that would probably end after so many seconds.

    Raises:
        LabError: it cannot be done there; the line names the Python.
    """
    ways = [("serial", 1), *((kind, _N_WORKERS) for kind in kinds)]
    capacity = machine.capacity(_N_WORKERS)
    runs = []
    with Elsewhere(python, job) as there:
        warm_up_s = _WARM_UP_S.get(there.identity["implementation"], _OTHERS_WARM_UP_S)
        for turn in take_turns(ways, rounds, budget_s=budget_s, least=2, warm_up_s=warm_up_s):
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
    found = [load_as(Result, path) for path in sorted(ERAS.glob("*.json"))]
    return [result for result in found if result.job == job]


class Eras(NamedTuple):
    """One job in several Pythons: the results, and in one line each why others gave none."""

    results: tuple[Result, ...] = ()
    refused: tuple[str, ...] = ()


def measure_all(
    pythons: Iterable[Python], job: Job | str, *, budget_s: float | None = None, **options: Any
) -> Iterator[Eras]:
    """Yield the ``Eras`` so far, by ``measure_elsewhere``: empty, then with one Python more.

    All of them together may take ``budget_s`` seconds, if two rounds of each leave the time.
    """
    eras, pythons = Eras(), list(pythons)
    options["budget_s"] = None if budget_s is None else budget_s / max(1, len(pythons))
    yield eras
    for python in pythons:
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
