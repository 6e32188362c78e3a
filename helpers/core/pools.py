"""A name -> a ``concurrent.futures.Executor``: every way of running work, one interface.

Each is used in a ``with``, and leaves nothing behind when the ``with`` ends, however it
ends. One worker uses the same executor as many.
"""

import contextlib
import platform
import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, wait
from multiprocessing import connection

from .. import interrupts
from ..errors import LabError, TooLong, shown, told, whole
from ..kind import KINDS
from . import worker
from .allowed import n_usable_workers
from .executors import SerialExecutor, interrupts_held
from .turns import Stop, check_stop

MAX_WORKERS = 256
_WORKERS_PER_CPU = 64  # threads that wait may well outnumber the CPUs; past that it is a slip
LOOK_S = 0.1  # how often a wait looks whether it has been stopped


def kinds() -> dict[str, str | None]:
    """Return what ``open_pool`` can open: a dict from kind to None, or to why not here."""
    return {name: kind.lacking for name, kind in KINDS.items() if kind.opens}


def lacks_interpreters() -> str | None:
    """Return None, or why there is no pool of interpreters here."""
    if sys.version_info >= (3, 14):
        try:
            from concurrent.futures import InterpreterPoolExecutor  # noqa: F401
        except ImportError as error:
            return f"this {platform.python_implementation()} has none ({shown(error)})"
        return None
    return f"Python has them from 3.14 on, and this is {platform.python_version()}"


def check_kind(kind: str) -> str:
    """Return ``kind`` when it can be opened here; raise a LabError that says why not."""
    known = KINDS.get(kind) if isinstance(kind, str) else None
    if known is None or not known.opens:
        usable = ", ".join(name for name, reason in kinds().items() if reason is None)
        raise LabError(f"a kind of pool is one of {usable}, not {shown(kind)}: choose one")
    if (reason := known.lacking) is not None:
        raise LabError(f"{kind} cannot be used here: {reason}; choose another kind")
    return kind


def check_n_workers(n_workers: int, least: int = 1) -> int:
    """Return ``n_workers`` when a pool may have that many; raise a LabError when not."""
    largest = min(MAX_WORKERS, _WORKERS_PER_CPU * n_usable_workers())
    advice = f"try {max(least, n_usable_workers())}, as this machine has CPUs for"
    return whole("the number of workers", n_workers, least, largest, advice)


def open_pool(kind: str, n_workers: int = 1) -> Executor:
    """Return an executor of the given kind with ``n_workers`` workers, not yet started.

    Args:
        kind: "serial" (one worker: the calling thread), "threads", "interpreters" (from Python
            3.14 on: threads of this process, each in an interpreter with a lock of its own),
            "processes" (the platform's start method, but never fork: a notebook's kernel has
            threads), "processes-spawn", "processes-forkserver" and "processes-fork" by name, or
            "distributed" (worker processes of Dask, on other machines where
            ``helpers.beyond.cluster`` is told of some).
        n_workers: 1 to 256, and at most 64 for every usable CPU.

    Raises:
        LabError: the kind or the count is not one of these, in one line.

    >>> with open_pool("threads", 2) as pool:
    ...     list(pool.map(len, ["GIL", "lock"]))
    [3, 4]
    """
    with interrupts.held():  # it may be the first to import what it takes
        return KINDS[check_kind(kind)].open(check_n_workers(n_workers))


def start(
    pool: Executor, n_workers: int, *, limit_s: float = 60.0, stop: Stop | None = None
) -> float:
    """Wait until each of the pool's workers has begun a call, and return seconds it took.

    An executor starts its workers only when they are needed. This asks all of them for a
    call at the same time, and looks at the moment when the last one began. It raises a LabError
    when they are not all there after ``limit_s`` seconds, and Stopped once ``stop`` is set.
    """
    began_s = worker.now()
    seen: dict[str, float] = {}
    hold_s = 0.0 if isinstance(pool, SerialExecutor) else 0.005
    try:
        while len(seen) < n_workers:
            calls = []
            for _ in range(n_workers):
                with interrupts_held():
                    calls.append(pool.submit(worker.ready, hold_s))
            # Short waits, because on Windows a long one cannot be interrupted.
            while wait(calls, timeout=LOOK_S).not_done:
                check_stop(stop)
                if worker.now() - began_s > limit_s:
                    raise TooLong(
                        f"all workers must begin within {limit_s:g} s, and of {n_workers} not all "
                        "did: ask for fewer, or look at what else keeps the machine busy"
                    )
            for name, at_s in [call.result() for call in calls]:
                seen.setdefault(name, at_s)
            hold_s = min(2 * hold_s, 0.2)
    except (BrokenExecutor, OSError, RuntimeError) as error:
        raise LabError(
            f"{n_workers} workers were asked for and cannot be started ({told(error, 80)}): ask "
            "for fewer; in a script, start them under if __name__ == '__main__'"
        ) from error
    return max(seen.values()) - began_s


@contextlib.contextmanager
def started(kind: str, n_workers: int, *, stop: Stop | None = None) -> Iterator[Executor]:
    """Open a pool, start its workers and yield it; at an error, end it ``now``."""
    pool = open_pool(kind, n_workers)
    finished = False
    try:
        start(pool, n_workers, stop=stop)
        yield pool
        finished = True
    finally:
        end(pool, now=not finished)


def has_lost_a_worker(pool: Executor) -> bool:
    """Return whether a process of the pool has ended although nobody ended it."""
    processes = (getattr(pool, "_processes", None) or {}).values()
    return bool(connection.wait([process.sentinel for process in processes], timeout=0))


def end(pool: Executor, *, now: bool = False) -> None:
    """Shut a pool down and wait until its workers are gone.

    With ``now`` the calls that are going on are not waited for, where the pool has
    ``kill_workers``.
    """
    if now and hasattr(pool, "kill_workers"):
        pool.kill_workers()
    else:
        pool.shutdown(wait=True, cancel_futures=True)
