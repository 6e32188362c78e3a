"""Locks, sleeps and clocks that a scheduler understands, in place of Python's own.

``Condition``, ``Event``, ``Semaphore``, ``Barrier`` and ``Queue`` are written in Python, on top of
locks: with these in them they need no stand-in. In threads that no scheduler runs, a stand-in does
what the real thing does.
"""

import _thread
import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol, Self

from ..interrupts import GivenUp

_REAL = {name: getattr(time, name) for name in ("sleep", "monotonic", "time", "perf_counter")}
_real_lock = _thread.allocate_lock
_ident = threading.get_ident


#: The name of a lock that its owner waits for, until another thread releases it.
SIGNAL = "a signal"


class Scheduled(Protocol):
    """What a scheduler does for one of its threads."""

    index: int

    def block(self, lock: "Lock", timeout_s: float | None) -> bool:
        """Let others run until the lock may be free; return False where the time is over."""

    def freed(self, lock: "Lock") -> None:
        """Take note that a lock was released."""

    def sleep(self, seconds: float) -> None:
        """Let others run, and the clock go on by so many seconds."""

    def refuse(self, what: str) -> None:
        """End the run: what the thread wants to do cannot be followed."""

    def clock_s(self) -> float:
        """Return by how many seconds the clock went on without waiting."""


#: The threads that a scheduler runs now, and those that prepare something for it, by their ids.
running: dict[int, Scheduled | None] = {}


class Lock:
    """A ``threading.Lock`` that tells a scheduler who waits for it."""

    def __init__(self, name: str = "a lock") -> None:
        self.name = name
        self._real = _real_lock()
        self.owner: int | None = None  # the index of a scheduled thread

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Return whether the calling thread has the lock now."""
        me = running.get(_ident())
        if me is None:
            return self._real.acquire(blocking, timeout)
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        limit_s = None if timeout is None or timeout < 0 else timeout
        while not self._real.acquire(False):
            if not blocking or not me.block(self, limit_s):
                return False
        self.owner = me.index
        return True

    def release(self) -> None:
        """Release the lock."""
        self._real.release()
        self.owner = None
        me = running.get(_ident())
        if me is not None:
            me.freed(self)

    def locked(self) -> bool:
        """Return whether a thread has it."""
        return self._real.locked()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *what: object) -> None:
        self.release()

    acquire_lock, release_lock, locked_lock = acquire, release, locked

    def _at_fork_reinit(self):
        self._real, self.owner = _real_lock(), None

    def __repr__(self) -> str:
        return f"<{'locked' if self.locked() else 'unlocked'} lock>"


class RLock(threading._RLock):  # type: ignore[misc]
    """A ``threading.RLock`` that tells a scheduler who waits for it."""

    def __init__(self, name: str = "a lock") -> None:
        super().__init__()
        self._block = Lock(name)


class SimpleQueue(queue._PySimpleQueue):  # type: ignore[misc,name-defined]
    """A ``queue.SimpleQueue`` that tells a scheduler who waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self._count = _semaphore()


def _signal():
    """Return a lock as ``Condition`` makes one, for another thread to release it."""
    return Lock(SIGNAL)


def _semaphore():
    made = threading.Semaphore(0)
    made._cond = threading.Condition(Lock("a queue"))
    return made


def sleep(seconds: float) -> None:
    """Do as ``time.sleep``; a scheduled thread only lets the others run."""
    me = running.get(_ident())
    if me is None:
        _REAL["sleep"](seconds)
    else:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        me.sleep(seconds)


def _clock(name):
    begin_s = _REAL[name]()  # scheduled threads see the same times in every run

    def clock() -> float:
        me = running.get(_ident())
        return _REAL[name]() if me is None else begin_s + me.clock_s()

    clock.__name__ = name
    return clock


def _made(real, standin):
    def make(*args: Any, **options: Any) -> Any:
        return (standin if _ident() in running else real)(*args, **options)

    return make


def _refusing(real, what):
    def refuse(*args: Any, **options: Any) -> Any:
        me = running.get(_ident())
        if me is not None:
            me.refuse(what)
            raise GivenUp
        return real(*args, **options)

    return refuse


_CLOCKS = {name: _clock(name) for name in ("monotonic", "time", "perf_counter")}
#: What takes the place of something that the reader's own code names, by the id of that.
STANDINS: dict[int, Callable[..., Any]] = {
    id(threading.Lock): Lock,
    id(_thread.allocate_lock): Lock,
    id(threading.RLock): RLock,
    id(queue.SimpleQueue): SimpleQueue,
    id(_REAL["sleep"]): sleep,
    **{id(_REAL[name]): clock for name, clock in _CLOCKS.items()},
}
LOCKS = (_thread.LockType, type(threading.RLock()), queue.SimpleQueue)


def _patches():
    for name, standin in (("Lock", Lock), ("RLock", RLock), ("_allocate_lock", _signal)):
        yield threading, name, _made(getattr(threading, name), standin)
    yield queue, "SimpleQueue", _made(queue.SimpleQueue, SimpleQueue)
    yield threading, "_time", _CLOCKS["monotonic"]
    yield queue, "time", _CLOCKS["monotonic"]
    yield time, "sleep", sleep
    for name, clock in _CLOCKS.items():
        yield time, name, clock
    for name in ("fork", "forkpty", "posix_spawn", "system"):
        if hasattr(os, name):
            yield os, name, _refusing(getattr(os, name), "processes")


@contextlib.contextmanager
def installed() -> Iterator[None]:
    """Let scheduled threads find stand-ins in Python's own modules while a ``with`` lasts."""
    before: list[tuple[Any, str, Any]] = []
    try:
        for module, name, value in _patches():
            before.append((module, name, getattr(module, name)))
            setattr(module, name, value)
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


@contextlib.contextmanager
def preparing() -> Iterator[None]:
    """Let this thread make stand-ins while a ``with`` lasts."""
    running[_ident()] = None
    try:
        yield
    finally:
        running.pop(_ident(), None)
