"""A name -> a ``concurrent.futures.Executor``: every way of running work, one interface.

Each is used in a ``with``, and leaves nothing behind when the ``with`` ends, however it
ends. One worker uses the same executor as many.
"""

import contextlib
import functools
import multiprocessing
import pickle
import platform
import re
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures import thread as standard
from multiprocessing import connection
from operator import is_not
from pkgutil import resolve_name
from typing import Any

from .. import interrupts
from ..errors import LabError, TooLong, ask_to_end, shown, told, whole
from ..kind import KINDS
from . import worker
from .allowed import n_usable_workers
from .by_value import goes_by_value, pack, reached
from .guard import check_guard
from .last_words import Words
from .machine import default_start_method
from .turns import Stop, check_stop

MAX_WORKERS = 256
_WORKERS_PER_CPU = 64  # threads that wait may well outnumber the CPUs; past that it is a slip
_WINDOWS_MAX = 61  # the limit of ProcessPoolExecutor there
_DOES_NOT_LOAD = re.compile(r"module \S+ does not support loading in subinterpreters")
LOOK_S = 0.1  # how often a wait looks whether it has been stopped
_GRACE_S = 0.5  # for a thread to end by itself, and again once GivenUp is raised in it


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


class SerialExecutor(Executor):
    """An executor whose only worker is the thread that calls ``submit``."""

    def __init__(self, n_workers: int = 1) -> None:
        if n_workers != 1:
            raise LabError(f"serial has one worker, not {n_workers}: choose threads or processes")

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a finished future: the call is made before this returns."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class _EndsAtAnError:
    """A ``with`` that ends by an error or an interrupt does not wait for the calls going on."""

    def __exit__(self, error, *what):
        if error is not None:
            end(self, now=True)
            return
        try:
            self.shutdown(wait=True)
        except BaseException:  # an interrupt
            end(self, now=True)
            raise


class ThreadExecutor(_EndsAtAnError, ThreadPoolExecutor):
    """A ``ThreadPoolExecutor`` that a call which never ends does not hold up for ever.

    A ``with`` that ends by an error or an interrupt ends as ``end`` does ``now``. The threads are
    daemons, with names that begin with ``gil-lab``: Python ends without those that were given up.
    """

    def __init__(self, n_workers: int) -> None:
        super().__init__(n_workers, thread_name_prefix="gil-lab")

    def _adjust_thread_count(self):
        if self._idle_semaphore.acquire(timeout=0) or len(self._threads) == self._max_workers:
            return
        failed = []

        def start_one():
            try:
                super(ThreadExecutor, self)._adjust_thread_count()
            except Exception as error:
                failed.append(error)

        # A thread is a daemon where the one that starts it is.
        starter = threading.Thread(target=start_one, name="gil-lab start", daemon=True)
        starter.start()
        starter.join()
        if failed:
            raise failed[0]


class ProcessExecutor(_EndsAtAnError, ProcessPoolExecutor):
    """A ``ProcessPoolExecutor`` that also takes functions that stand in no module.

    A function of a notebook's cell, a lambda, a function inside another, and an object whose
    class is such: they go to the workers by value, with what they refer to, and so do their
    results and errors. Calls that are submitted while others are going on share one packing of
    their function, unless a name in it has come to stand for another object. A change inside an
    object, such as an item added to a list, is sent with the first call after the pool was idle.

    A ``with`` that ends by an error or an interrupt does not wait for the calls that are going on:
    their processes are killed.
    """

    def __init__(self, n_workers: int, start_method: str | None = None) -> None:
        if sys.platform == "win32" and n_workers > _WINDOWS_MAX:
            most = f"{_WINDOWS_MAX} processes at most, not {n_workers}"
            raise LabError(f"Windows waits for {most}: try {n_usable_workers()}")
        start_method = start_method or default_start_method()
        if start_method != "fork":
            check_guard()
        context = multiprocessing.get_context(start_method)
        try:
            self.words = Words.begin()
            super().__init__(n_workers, context, worker.begin_process, (self.words,))
        except (OSError, ImportError) as error:  # no semaphores: on Linux they live in /dev/shm
            raise LabError(
                f"processes need semaphores of the system, and there are none ({told(error, 80)}): "
                "choose threads, or give the container a /dev/shm that can be written to"
            ) from error
        # id of a function -> (the function, what it refers to, as packed)
        self._packed: dict[int, tuple[Any, list, worker.Packed]] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return the future of a call; a LabError names what cannot be sent by value."""
        if not any(map(goes_by_value, (fn, *args, *kwargs.values()))):
            parts = [worker.Packed(pickle.dumps(p)) if _is_named(p) else p for p in (fn, *args)]
            return self._submit(worker.call_named, *parts, **kwargs)
        if not self._pending_work_items:
            self._packed.clear()
        sent = map(self._sendable, (fn, *args))
        kwargs = {name: self._sendable(value) for name, value in kwargs.items()}
        return self._submit(worker.call_packed, *sent, **kwargs)

    def _submit(self, fn, /, *args, **kwargs):
        if len(self._processes or ()) == self._max_workers:
            return super().submit(fn, *args, **kwargs)
        with _interrupts_held():  # a process may be started
            return super().submit(fn, *args, **kwargs)

    def _sendable(self, part):
        """Return ``part``, packed where it goes by value."""
        if not goes_by_value(part):
            return part
        if not callable(part):
            return worker.Packed(pack(part))
        refers = reached(part)
        known = self._packed.get(id(part))
        if known is None or len(known[1]) != len(refers) or any(map(is_not, known[1], refers)):
            known = self._packed[id(part)] = (part, refers, worker.Packed(pack(part)))
        return known[2]


def _is_named(fn):
    """Return whether pickle writes no more of a function than names."""
    if isinstance(fn, functools.partial):
        return not fn.keywords and all(map(_is_named, (fn.func, *fn.args)))
    return isinstance(fn, (types.FunctionType, types.BuiltinFunctionType, type)) and (
        getattr(fn, "__self__", None) is None or isinstance(fn.__self__, types.ModuleType)
    )


class InterpreterExecutor(Executor):
    """An ``InterpreterPoolExecutor`` that takes whatever a ``ProcessExecutor`` takes.

    Interpreters share no objects: a call and its result are copied, by pickle or by value. The
    standard pool tells an error that comes up while a call is unpacked, such as that of a module
    which does not load there, by another name; here each arrives as itself.
    """

    def __init__(self, n_workers: int) -> None:
        pool_class = resolve_name("concurrent.futures:InterpreterPoolExecutor")  # from 3.14 on
        # An interpreter begins with the path that Python started with, not with today's.
        set_path = f"import sys; sys.path[:] = {sys.path!r}"
        self._pool = pool_class(
            n_workers, thread_name_prefix="gil-lab", initializer=exec, initargs=(set_path,)
        )

    @property
    def _threads(self):
        return self._pool._threads

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return the future of a call; a LabError names what cannot be sent by value."""
        if any(map(goes_by_value, (fn, *args, *kwargs.values()))):
            args = (_packed_by_value(fn), *map(_packed_by_value, args))
            kwargs = {name: _packed_by_value(value) for name, value in kwargs.items()}
            fn = worker.call_packed
        # Packed here, where an object that cannot be is told to whoever submits it.
        call = pickle.dumps((fn, args, kwargs))
        answer: Future[Any] = Future()
        answer.set_running_or_notify_cancel()
        sent = self._pool.submit(worker.answer, call)
        sent.add_done_callback(lambda sent: _pass_on(sent, answer))
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut the pool down; each interpreter ends after the call it is at."""
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


def _packed_by_value(part):
    return worker.Packed(pack(part)) if goes_by_value(part) else part


def _pass_on(sent, answer):
    """Give ``answer``, a future, the result or the error that has come back from an interpreter."""
    try:
        result, error = pickle.loads(sent.result())
    except (Exception, CancelledError) as failure:  # the pool's own, or what cannot be unpacked
        result, error = None, failure
    cause = error
    while cause is not None:  # NumPy tells its users more, and has this as its cause
        if refusal := _DOES_NOT_LOAD.search(str(cause)):
            error = LabError(
                "interpreters load only extension modules made for them, and the job needs another "
                f"({type(cause).__name__}: {refusal[0]}): use threads or processes"
            )
        cause = cause.__cause__
    if error is None:
        answer.set_result(result)
    else:
        answer.set_exception(error)


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
                with _interrupts_held():
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


@contextlib.contextmanager
def _interrupts_held():
    """Hold back an interrupt (Ctrl+C, the kernel's stop button) until the ``with`` ends.

    It would leave a worker that is started but that no pool knows of. A process that starts
    meanwhile never sees an interrupt: its parent ends it.
    """
    with interrupts.held():
        if not hasattr(signal, "pthread_sigmask"):  # Windows
            yield
            return
        # Inherited by the processes; it does not keep signals from other threads.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def has_lost_a_worker(pool: Executor) -> bool:
    """Return whether a process of the pool has ended although nobody ended it."""
    processes = (getattr(pool, "_processes", None) or {}).values()
    return bool(connection.wait([process.sentinel for process in processes], timeout=0))


def end(pool: Executor, *, now: bool = False, limit_s: float = _GRACE_S) -> None:
    """Shut a pool down and wait until its workers are gone.

    With ``now`` the calls that are going on are not waited for: processes are killed. Threads
    cannot be; ``give_up`` has what becomes of them.
    """
    if now and isinstance(pool, ProcessPoolExecutor):
        with _interrupts_held():  # a second one, out of impatience, would spare some
            _kill(pool)
        # Cancelling as well would make the pool's own thread fail in Python 3.11, if a call
        # could not be pickled: it would come upon that call twice.
        pool.shutdown(wait=True)
    elif now and isinstance(pool, ThreadPoolExecutor | InterpreterExecutor):
        pool.shutdown(wait=False, cancel_futures=True)
        give_up(pool._threads, limit_s)
    else:
        pool.shutdown(wait=True, cancel_futures=True)


def give_up(threads: Iterable[threading.Thread], limit_s: float = _GRACE_S) -> bool:
    """End threads, and return whether all have ended.

    Each may end by itself within ``limit_s`` seconds. Then GivenUp is raised in it, as soon as it
    runs Python code again. One that waits for a lock or is in C code does not: it is left, and
    Python ends without it where it is a daemon.
    """
    if not _left(threads, limit_s):
        return True
    for thread in _left(threads, 0):
        ask_to_end(thread)
    left = _left(threads, limit_s)
    with standard._global_shutdown_lock:  # what stands here is waited for when Python ends
        for thread in left:
            standard._threads_queues.pop(thread, None)  # type: ignore[attr-defined]
    return not left


def _left(threads, limit_s):
    """Return the threads that have not ended after ``limit_s`` seconds at most.

    Not by ``join``: in Python 3.11 one that was interrupted takes the thread for ended.
    """
    until_s = worker.now() + limit_s
    while (left := set(threads).intersection(threading.enumerate())) and worker.now() < until_s:
        time.sleep(0.005)
    return left


def _kill(pool):
    """Kill a pool's processes, as kill_workers() does from 3.14 on; the pool then ends itself."""
    for process in list((pool._processes or {}).values()):
        with contextlib.suppress(ValueError):  # it is closed already
            process.kill()
    # A worker that was killed while it sent a result leaves half of it in the pipe. The pool's
    # own thread waits for the other half for as long as anybody could still write it.
    if pool._result_queue is not None:
        pool._result_queue._writer.close()
