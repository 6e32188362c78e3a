"""Locks that are watched: who holds which, who waits for which, and whether all wait for good.

A deadlock is a circle: every thread in it waits for a lock that the next one holds. Nothing
outside can end a thread, so the locks themselves give up once the circle has been seen.
"""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from ..core import worker
from ..errors import LabError, check_functions, number, shown
from ..interrupts import GivenUp

_LOOK_S = 0.02  # how often a waiting thread looks round
_SEEN_S = 0.3  # how long a circle stands before it is taken for one, and can be seen in a chart
_LIMIT_S = 5.0  # for a lock that nobody watches
_GRACE_S = 1.0  # for threads to end when all is over
_here = threading.local()  # .watch and .job of a thread that is watched


@dataclass(frozen=True)
class Use:
    """One thread's use of one lock, in seconds from the begin of the watch.

    ``got_s`` is None when the thread did not get the lock, ``done_s`` is when it released it,
    or gave up.
    """

    job: str
    lock: str
    asked_s: float
    got_s: float | None
    done_s: float

    @property
    def waited_s(self) -> float:
        """How long the thread waited for the lock, in seconds."""
        return (self.done_s if self.got_s is None else self.got_s) - self.asked_s


@dataclass(frozen=True)
class Jam:
    """What watched threads did with their locks.

    ``circle`` has (job, the lock it waits for, the job that holds that lock) for each thread of
    a deadlock; it is empty when there was none. ``finished`` names the jobs that came to their
    end.
    """

    jobs: tuple[str, ...]
    finished: tuple[str, ...]
    circle: tuple[tuple[str, str, str], ...]
    wall_s: float
    uses: tuple[Use, ...] = field(repr=False)

    @property
    def deadlock(self) -> bool:
        """Whether the jobs waited for each other in a circle."""
        return bool(self.circle)

    @property
    def waited_share(self) -> float:
        """The share of all jobs' time that went into waiting for locks."""
        return sum(use.waited_s for use in self.uses) / (len(self.jobs) * self.wall_s)

    @property
    def told(self) -> str:
        """The circle, in words."""
        steps = (
            f"“{job}” waits for {lock}, which “{other}” holds" for job, lock, other in self.circle
        )
        return "; ".join(steps)


class WatchedLock:
    """A lock with a name, for ``with``; otherwise a ``threading.Lock``.

    A thread that waits for it in a deadlock is made to give up, when ``watch`` runs it; and
    after 5 seconds when nobody does. ``pause_s`` makes a thread rest for that many seconds once it
    has the lock, so that what happens now and then happens every time.
    """

    def __init__(self, name: str, *, pause_s: float = 0.0) -> None:
        self.name = name
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._owner: int | None = None

    @property
    def is_mine(self) -> bool:
        """Whether the calling thread holds this lock."""
        return self._owner == threading.get_ident()

    def acquire(self, timeout: float = -1) -> bool:
        """Return whether the calling thread has the lock now; it waits ``timeout`` s at most."""
        watch = getattr(_here, "watch", None)
        limit_s = _LIMIT_S if timeout < 0 else timeout
        if watch is not None:
            got = watch.acquire(self, math.inf if timeout < 0 else timeout)
        else:
            got = self._lock.acquire(timeout=limit_s)
        if not got and timeout < 0:
            raise LabError(
                f"a lock must be free within {_LIMIT_S:g} s, and {self.name} is not: look for a "
                "with that does not end, or for a thread that asks for it twice"
            )
        if got:
            self._owner = threading.get_ident()
            if self._pause_s:
                threading.Event().wait(self._pause_s)
        return got

    def release(self) -> None:
        """Release the lock, which the calling thread holds."""
        self._owner = None
        watch = getattr(_here, "watch", None)
        if watch is not None:
            watch.release(self)  # said before it is done: then the next one can have it
        self._lock.release()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *what: object) -> None:
        self.release()


def watch(jobs: dict[str, Callable[[], Any]], limit_s: float = 5.0) -> Jam:
    """Run each job in a thread, watch their locks, and return the ``Jam``.

    Args:
        jobs: a dict from a name to a function without arguments, which uses ``WatchedLock``.
        limit_s: how many seconds the jobs may take, from 0.1 to 60.

    Raises:
        LabError: a value is out of range, a job raised an error, or is not over in time for
            another reason than a deadlock.
    """
    check_functions("jobs", jobs, 'try {"Ann": pay_bob, "Bob": pay_ann}')
    number("limit_s", limit_s, 0.1, 60, "try 5")
    return _Watch(jobs).run(limit_s)


class _Watch:
    def __init__(self, jobs):
        self._jobs = jobs
        self._began_s = worker.now()
        self._holds = {}  # lock -> (job, asked_s, got_s)
        self._waits = {}  # job -> lock
        self._uses, self._finished, self._errors = [], [], {}
        self._circle, self._circle_since_s = (), None
        self._over = threading.Event()

    def run(self, limit_s):
        threads = [
            threading.Thread(target=self._run, args=job, name=job[0], daemon=True)
            for job in self._jobs.items()
        ]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads) and self._now() < limit_s:
                self._look()
                if self._over.wait(_LOOK_S):
                    break
        finally:
            self._over.set()
            for thread in threads:
                thread.join(_GRACE_S)
        self._check(limit_s, [thread.name for thread in threads if thread.is_alive()])
        finished = tuple(job for job in self._jobs if job in self._finished)
        uses = tuple(sorted(self._uses, key=lambda use: use.asked_s))
        return Jam(tuple(self._jobs), finished, self._circle, self._now(), uses)

    def _check(self, limit_s, left):
        """Refuse what ended otherwise than by itself or in a deadlock; ``left`` are still there."""
        if left:
            raise LabError(
                f"a job must be over within {limit_s:g} s, and {', '.join(left)} is not, although "
                "it waits for no lock: give it less to do (a thread cannot be ended from outside)"
            )
        for job, error in self._errors.items():
            raise LabError(
                f"{job} raised {type(error).__name__}: {shown(error, 200)}; mend it, then run again"
            ) from error
        waiting = [job for job in self._jobs if job not in self._finished]
        if waiting and not self._circle:
            raise LabError(
                f"all jobs must be over within {limit_s:g} s, and {', '.join(waiting)} waits for a "
                "lock that nobody releases: use it in a with"
            )

    def acquire(self, lock, timeout_s):
        """Return whether the calling thread has the lock; raise GivenUp when all is over."""
        job, asked_s, got = _here.job, self._now(), lock._lock.acquire(blocking=False)
        give_up_s = asked_s + timeout_s
        if timeout_s == math.inf:  # one that gives up is in no deadlock
            self._waits[job] = lock
        while not got and not self._over.is_set() and self._now() < give_up_s:
            got = lock._lock.acquire(timeout=min(_LOOK_S, max(0.0, give_up_s - self._now())))
        self._waits.pop(job, None)
        if self._over.is_set() and got:  # from one that has just given up
            lock._lock.release()
        if self._over.is_set() or not got:
            self._uses.append(Use(job, lock.name, asked_s, None, self._now()))
            if self._over.is_set():
                raise GivenUp
            return False
        self._holds[lock] = job, asked_s, self._now()
        return True

    def release(self, lock):
        """Note that the calling thread releases the lock."""
        job, asked_s, got_s = self._holds.pop(lock)
        self._uses.append(Use(job, lock.name, asked_s, got_s, self._now()))

    def _run(self, job, function):
        _here.watch, _here.job = self, job
        try:
            function()
            self._finished.append(job)
        except GivenUp:
            pass
        except BaseException as error:
            self._errors[job] = error
            self._over.set()

    def _look(self):
        """End the watch when there has been a circle for a while."""
        circle = _circle(dict(self._waits), dict(self._holds))
        if not circle:
            self._circle_since_s = None
        elif self._circle_since_s is None:
            self._circle_since_s = self._now()
        elif self._now() - self._circle_since_s >= _SEEN_S:
            self._circle = circle
            self._over.set()

    def _now(self):
        return worker.now() - self._began_s


def _circle(waits, holds):
    """Return the (job, lock, holder) of a circle of waiting jobs, or an empty tuple."""
    for job in waits:
        path = {}
        while waits.get(job) in holds and job not in path:
            holder = holds[waits[job]][0]
            path[job] = job, waits[job].name, holder
            job = holder
        if job in path:
            return tuple(path.values())[list(path).index(job) :]
    return ()
