"""A conversation with another Python: a program of its own, questions and answers, ordinary runs.

What runs there is ``other_python.py``; the two talk in lines of JSON. A Python that lacks
something, dies, hangs or says something else is told in one line with its name.
"""

import contextlib
import dataclasses
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from ..core import pools, worker
from ..core.runs import Run
from ..core.spans import Span
from ..errors import LabError, shown
from ..kind import usual
from .find import Python, end_program, start_program
from .other_python import PROTOCOL

_PROGRAM = Path(__file__).resolve().with_name("other_python.py")
_CHECKOUT = _PROGRAM.parents[2]
_LAST_S = 1.0  # for what it said at its end to arrive
_LOOK_S = 0.1  # on Windows a long wait cannot be interrupted


class CannotDo(LabError):
    """The other Python goes on, but cannot do what it was asked for; ``reason`` says why."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Talk:
    """A job in another Python, ready to be run there again and again, for the length of a ``with``.

    ``question`` names the job, for ``other_python.py``; ``n_items`` is how many items it has. An
    answer may take ``limit_s`` seconds. ``identity`` says what that Python is at run time. A
    LabError names it.
    """

    def __init__(
        self,
        python: Python,
        question: dict[str, Any],
        n_items: int,
        *,
        limit_s: float = 120.0,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.python, self.limit_s = python, limit_s
        self._question, self._n_items, self._environ = question, n_items, environ or {}
        self.memory_bytes: int | None = None  # the most that it held, None where it cannot tell

    def __enter__(self) -> Self:
        if self.python.problem:
            raise LabError(self.python.problem)
        environ = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONSTARTUP")}
        environ.update(PYTHONPATH=str(_CHECKOUT), PYTHONDONTWRITEBYTECODE="1")
        # A Java machine would take a quarter of the memory before it cleans up.
        environ.setdefault("JAVA_TOOL_OPTIONS", "-Xmx256m")
        environ.update(self._environ)
        command = [self.python.path, str(_PROGRAM)]
        with contextlib.ExitStack() as endings:
            self._complaints = endings.enter_context(tempfile.TemporaryFile())
            try:
                self._process = start_program(
                    command, stdin=subprocess.PIPE, stderr=self._complaints, env=environ
                )
            except LabError as error:
                raise self.error(error) from error
            endings.callback(end_program, self._process)
            self.identity = self.ask(**self._question)
            if self.identity.get("protocol") != PROTOCOL:
                raise self.error(f"answered {shown(self.identity)}, not as this lab's program")
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
        answer = self.ask(kind=kind, n_workers=n_workers)
        try:
            self.check(answer)
            self.memory_bytes = answer["memory_bytes"]
            self.identity["gil"] = answer["gil"]
            return Run(
                kind=kind,
                n_workers=n_workers,
                round=round,
                n_items=self._n_items,
                n_sublists=len(answer["spans"]),
                startup_s=answer["startup_s"],
                wall_s=answer["wall_s"],
                cpu_s=answer["cpu_s"],
                other_cpu_s=answer["other_cpu_s"],
                spans=tuple(Span(*span) for span in answer["spans"]),
            )
        except (KeyError, TypeError) as error:
            raise self.error(f"gave a run without its parts ({shown(error)})") from error

    def check(self, answer: dict[str, Any]) -> None:
        """Raise a LabError where the results of a run are not those that the job has here."""

    def ask(self, **question: Any) -> dict[str, Any]:
        """Return the answer to a question."""
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
        raise self.error(f"gave no answer within {self.limit_s:.3g} s and was ended")

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
            raise self.error(f"ended {how} in the middle of the job{why}")
        try:
            answer = json.loads(said)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise self.error(f"said {shown(said.decode(errors='replace'))}, not an answer")
        if "error" in answer:
            reason = shown(LabError(answer["error"]), 160)
            raise CannotDo(str(self.error(f"cannot do it ({reason})")), reason)
        return answer

    def error(self, what: object) -> LabError:
        """Return a LabError that goes on after the name of this Python."""
        return LabError(f"{self.python.name} ({self.python.path}) {what}")
