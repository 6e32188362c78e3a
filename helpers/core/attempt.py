"""Waiting for the calls of a pool: a limit, a Stop, and every error told in one line."""

import contextlib
import math
import pickle
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..errors import LabError, Stopped, TooLong, told
from ..interrupts import is_interrupt
from ..kind import kind as kind_of
from ..units import counted
from . import pools, worker
from .apart import NotOver, apart
from .by_value import check_item, heaviest, pack
from .inside import is_a
from .job import Job
from .last_words import why_it_ended
from .turns import Stop, check_stop
from .unfinished import check_parts, no_second_loop

_NAME_S = 0.25  # to find out, at least, what is the largest of all that is sent


def check_it_can_travel(job: Job, limit_s: float = math.inf) -> None:
    """Raise a LabError when processes cannot be sent the function and the items of a job.

    TooLong where the function, or its items, are not packed in ``limit_s`` seconds. It is not left
    to the pool: one of Python 3.13 that is ended while it finds this out for call after call can
    lock up.
    """
    # The last of them is the reader's own: what holds it is not named.
    parts = getattr(job.function, "args", ())
    try:
        pack(job.function, limit_s)
    except TooLong as error:
        raise _too_heavy(job.name, parts[-1] if parts else job.function, limit_s, error) from None
    except LabError:
        for part in parts:
            pack(part)
        raise
    try:
        send_items(job, limit_s)
    except TooLong:
        raise
    except LabError:
        for item in job.items:
            check_item(item, job.name)
        raise
    except BaseException as error:  # whatever the items' own code raises when they are unpacked
        if is_interrupt(error):
            raise
        raise LabError(
            f"processes unpack the items that they are sent, and those of {job.name} cannot be "
            f"unpacked ({told(error, 120)}): give it plain data"
        ) from error


def send_items(job: Job, limit_s: float) -> None:
    """Pack the items of a job and unpack them, and raise whatever keeps them from it.

    TooLong where either takes more than ``limit_s`` seconds.
    """
    try:
        packed = pack(job.items, limit_s)
        try:
            apart(partial(pickle.loads, packed), limit_s)
        except NotOver as error:
            raise TooLong(error.told("unpacking them")) from error
    except TooLong as error:
        raise TooLong(
            f"the items of {job.name} are large, or slow to pack ({error}): send the names of "
            "files, or give it more time"
        ) from None


def _too_heavy(name, function, limit_s, error):
    hangs = isinstance(error.__cause__, NotOver)  # it would once more
    what = "" if hangs else heaviest(function, max(limit_s, _NAME_S))
    what = f"`{what:.60}`" if what else "what it refers to"
    return TooLong(
        f"{name} takes {what} along to a process ({error}): let it load that itself, send the name "
        "of a file, or give it more time"
    )


class RunRefused(LabError):
    """A run that failed, or gave another answer; ``kind`` is that of its pool.

    ``too_long`` says that it is only known not to have been over in time, ``differs`` where the
    answers differ, and ``compared`` is (index, (serial answer, other)) of the first that do.
    """

    def __init__(
        self,
        message: str,
        kind: str,
        *,
        too_long: bool = False,
        differs: str | None = None,
        compared: tuple[int, tuple[Any, Any]] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind, self.too_long = kind, too_long
        self.differs, self.compared = differs, compared


@dataclass(frozen=True)
class Attempt:
    """One pass of a job through a pool; it begins when this object is made."""

    job: Job
    kind: str
    n_workers: int
    limit_s: float = 300.0
    began_s: float = field(default_factory=worker.now)

    def wait(
        self, futures: list[Future[Any]], pool: Executor, stop: Stop | None = None
    ) -> list[Any]:
        """Return the results of all futures, a list.

        Raises the first error of a call, whatever the others are still at; ``BrokenExecutor``
        for a lost worker; LabError past the limit; Stopped once ``stop`` is set.
        """
        waiting: Iterable[Future[Any]] = futures
        was_lost = False
        while True:
            # Short waits, because on Windows a long one cannot be interrupted.
            done, waiting = wait(waiting, timeout=pools.LOOK_S, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
            if not waiting:
                return [future.result() for future in futures]
            check_stop(stop)
            # A pool soon says so itself, unless the worker was just sending it a result.
            if was_lost:
                raise BrokenExecutor("a worker is gone")
            was_lost = pools.has_lost_a_worker(pool)
            self.check_limit()

    def check_limit(self) -> None:
        """Raise a LabError when the attempt has taken longer than it may."""
        if worker.now() - self.began_s <= self.limit_s:
            return
        left = "nothing is left of it"
        if self.kind != "serial" and not kind_of(self.kind).own_process:
            left = "a thread cannot be ended from outside: restart the kernel to be rid of it"
        raise RunRefused(
            f"a run may take {self.limit_s:g} seconds, and {self.job.name} in {self.kind} is not "
            f"over: choose a smaller size, or look for a call that waits for ever ({left})",
            self.kind,
            too_long=True,
        )

    @property
    def where(self) -> str:
        """What kind of run it is, in words."""
        several = f"{self.kind} with {self.n_workers} workers"
        return "a serial run" if self.kind == "serial" else several

    @contextlib.contextmanager
    def named_errors(self, pool: Executor | None = None) -> Iterator[None]:
        """Tell an error of the job, or of its pool, in one line that names the run."""
        serial, where = self.kind == "serial", self.where
        try:
            yield
        except BaseException as error:
            if isinstance(error, RunRefused | Stopped) or (serial and isinstance(error, LabError)):
                raise
            if is_interrupt(error):
                raise
            if isinstance(error, MemoryError):
                raise self._out_of_memory() from error
            if _is_of_sending(error):
                error = worker.not_sent(error)
            raised = f"{self.job.name} in {where} raised {told(error, 200)}"
            said = f"{raised}; {no_second_loop(error) or 'mend the job, then run again'}"
            if isinstance(error, LabError):  # what a pool of one kind cannot do, another may
                said = str(error)
            elif isinstance(error, BrokenExecutor):
                said = "{} in {}: {}; {}".format(self.job.name, where, *why_it_ended(error, pool))
            raise RunRefused(said, self.kind) from error

    def joined(self, parts: list[Any]) -> list[Any]:
        """Return the results of all sublists as one list; raise a LabError for what is no list."""
        check_parts(parts, self.job.name)
        for part in parts:
            if not is_a(part, list):
                got = f"{self.job.name} returned a {type(part).__name__}"
                raise LabError(f"a job returns a list for every sublist, and {got}: return a list")
        return [result for part in parts for result in part]

    def check(
        self, expected: list[Any], results: list[Any], limit_s: float, stop: Stop | None = None
    ) -> str | None:
        """Raise a LabError when the results are not those of the serial run.

        Returns in one line what could not be compared, or not in ``limit_s`` seconds or before
        ``stop`` was set; or None.
        """
        try:
            found = self.job.compare(expected, results, limit_s, stop)
        except MemoryError as error:
            raise self._out_of_memory() from error
        at = found.index
        if found.differs:
            raise RunRefused(
                f"{self.job.name} in {self.kind} with {self.n_workers} workers must give what it "
                f"gives serially, but {found.differs}: the run is refused; look for state that "
                "calls share",
                self.kind,
                differs=found.differs,
                compared=None if at is None else (at, (expected[at], results[at])),
            )
        return found.unknown

    def _out_of_memory(self):
        answers = counted(len(self.job.items), "answer")
        return RunRefused(
            f"{self.job.name} in {self.where} ran out of memory (MemoryError), which has to hold "
            f"{answers} and those they are compared with: pass fewer or smaller items, or return "
            "less from each call",
            self.kind,
        )


def _is_of_sending(error):
    """Return whether a process made a result, and could not pack it."""
    return "_sendback_result" in str(getattr(error.__cause__, "tb", ""))
