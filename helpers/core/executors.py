"""The executors of this machine: the calling thread, threads, and processes.

They keep what ``concurrent.futures`` promises, and CPython's own tests hold them to it. Those with
workers have ``kill_workers``, as a ``ProcessPoolExecutor`` has from Python 3.14 on: it ends a pool
without waiting for the calls that are going on. A ``with`` that ends by an error ends so.
"""

import contextlib
import functools
import multiprocessing
import pickle
import signal
import sys
import threading
import time
import types
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    Executor,
    Future,
    InvalidStateError,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from concurrent.futures import thread as standard
from operator import is_not
from typing import Any

from .. import interrupts
from ..errors import LabError, ask_to_end, told
from . import family, worker
from .allowed import n_usable_workers
from .by_value import goes_by_value, pack, reached
from .guard import check_guard, without_a_script
from .last_words import Words
from .machine import default_start_method

_WINDOWS_MAX = 61  # the limit of ProcessPoolExecutor there
_GRACE_S = 0.5  # for a thread to end by itself, and again once GivenUp is raised in it
_KEPT = 4  # packed functions that a pool keeps, as one may hold a lot of data
# What is packed once may be sent again while it is the same object: it does not change.
_CONSTANT = (
    type(None), bool, int, float, complex, str, bytes, range,
    types.FunctionType, types.BuiltinFunctionType, types.ModuleType,
)  # fmt: skip


class SerialExecutor(Executor):
    """An executor whose only worker is the thread that calls ``submit``.

    An interrupt is raised there, and not kept for whoever asks for the result.
    """

    _is_shut_down = False

    def __init__(self, n_workers: int = 1) -> None:
        if n_workers != 1:
            raise LabError(f"serial has one worker, not {n_workers}: choose threads or processes")

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a finished future: the call is made before this returns."""
        if self._is_shut_down:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
            if isinstance(error, KeyboardInterrupt):
                raise
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls."""
        self._is_shut_down = True


class _KilledAtAnError:
    """A ``with`` that ends by an error or an interrupt does not wait for the calls going on."""

    def __exit__(self, error, *what):
        if error is not None:
            self.kill_workers()
            return
        try:
            self.shutdown(wait=True)
        except BaseException:  # an interrupt
            self.kill_workers()
            raise


class DaemonThreads(_KilledAtAnError):
    """What keeps a pool of threads from waiting for ever for a call that never ends.

    The threads are daemons: Python ends without those that were given up.
    """

    _is_asked = True

    def _adjust_thread_count(self):
        if self._idle_semaphore.acquire(timeout=0) or len(self._threads) == self._max_workers:
            return
        failed = []

        def start_one():
            try:
                super(DaemonThreads, self)._adjust_thread_count()
            except Exception as error:
                failed.append(error)

        # A thread is a daemon where the one that starts it is.
        starter = threading.Thread(target=start_one, name="gil-lab start", daemon=True)
        with _limits_told():
            starter.start()
            starter.join()
            if failed:
                raise failed[0]

    def kill_workers(self: Any) -> None:
        """Shut the pool down and ``give_up`` its threads, which cannot be killed."""
        self.shutdown(wait=False, cancel_futures=True)
        give_up(self._threads, is_asked=self._is_asked)


class ThreadExecutor(DaemonThreads, ThreadPoolExecutor):
    """A ``ThreadPoolExecutor`` whose threads have names that begin with ``gil-lab``."""

    def __init__(self, n_workers: int) -> None:
        super().__init__(n_workers, thread_name_prefix="gil-lab")


class _CallInAProcess(Future):
    """The future of a process pool in Python 3.11, where an error may come for a cancelled call.

    The pool's own thread would end over it, and leave its pipes open; later Pythons do the same as
    this.
    """

    def set_exception(self, exception):
        with contextlib.suppress(InvalidStateError):
            super().set_exception(exception)


class ProcessExecutor(_KilledAtAnError, ProcessPoolExecutor):
    """A ``ProcessPoolExecutor`` that also takes functions that stand in no module.

    A function of a notebook's cell, a lambda, a function inside another, and an object whose
    class is such: they go to the workers by value, with what they refer to, and so do their
    results and errors. They are sent as they are when ``submit`` is called, or ``map``.

    Processes that workers started, such as a pool of their own, end with the pool.
    """

    def __init__(self, n_workers: int, start_method: str | None = None) -> None:
        if sys.platform == "win32" and n_workers > _WINDOWS_MAX:
            most = f"{_WINDOWS_MAX} processes at most, not {n_workers}"
            raise LabError(f"Windows waits for {most}: try {n_usable_workers()}")
        start_method = start_method or default_start_method()
        if start_method != "fork":
            check_guard()
        context = multiprocessing.get_context(start_method)
        self._mark = uuid.uuid4().hex
        try:
            self.words = Words.begin()
            given = (self.words, self._mark)
            super().__init__(n_workers, context, worker.begin_process, given)
        except BlockingIOError as error:  # they are kept by a process, which could not be started
            raise LabError(_limit(error)) from error
        except (OSError, ImportError) as error:  # no semaphores: on Linux they live in /dev/shm
            raise LabError(
                f"processes need semaphores of the system, and there are none ({told(error, 80)}): "
                "choose threads, or give the container a /dev/shm that can be written to"
            ) from error
        # id of a function -> (the function, what it refers to, as packed); the last few
        self._packed: dict[int, tuple[Any, list, worker.Packed]] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return the future of a call; a LabError names what cannot be sent by value."""
        if not any(map(goes_by_value, (fn, *args, *kwargs.values()))):
            parts = [worker.Packed(pickle.dumps(p)) if _is_named(p) else p for p in (fn, *args)]
            return self._submit(worker.call_named, *parts, **kwargs)
        sent = map(self._sendable, (fn, *args))
        kwargs = {name: self._sendable(value) for name, value in kwargs.items()}
        return self._submit(worker.call_packed, *sent, **kwargs)

    def map(self, fn: Callable[..., Any], *iterables: Any, **options: Any) -> Iterator[Any]:
        """Return an iterator of results in order, with the options of ``Executor.map``."""
        return super().map(self._sendable(fn), *iterables, **options)

    def _submit(self, fn, /, *args, **kwargs):
        if len(self._processes or ()) == self._max_workers:
            future = super().submit(fn, *args, **kwargs)
        else:  # a process may be started
            start_method = self._mp_context.get_start_method()
            with _limits_told(), without_a_script(), interrupts_held(start_method):
                future = self._submit_first(fn, *args, **kwargs)
        if sys.version_info < (3, 12):
            future.__class__ = _CallInAProcess
        return future

    def _submit_first(self, fn, /, *args, **kwargs):
        """Submit a call that may start processes and threads, and leave none if one cannot be."""
        queue = self._call_queue
        try:
            if queue is not None and queue._thread is None:
                with queue._notempty:  # its thread: the pool's own could not tell that it lacks it
                    queue._start_thread()
            return super().submit(fn, *args, **kwargs)
        except (OSError, EOFError, RuntimeError):
            manager = self._executor_manager_thread
            if manager is None or manager.ident is None:  # nobody looks after the processes
                family.kill(self._mark, list((self._processes or {}).values()))
                self._executor_manager_thread = None
                if queue is not None:
                    queue.close()
                    queue.join_thread()
                self.shutdown(wait=False)
            raise

    def _sendable(self, part):
        """Return ``part``, packed where it goes by value.

        A function is packed anew for each call if it refers to something that may have changed.
        """
        if not goes_by_value(part):
            return part
        if not callable(part):
            return worker.Packed(pack(part))
        refers = reached(part)
        known = self._packed.get(id(part))
        if known is None or len(known[1]) != len(refers) or any(map(is_not, known[1], refers)):
            known = (part, refers, worker.Packed(pack(part)))
            self._packed.pop(id(part), None)
            if isinstance(part, types.FunctionType) and all(map(_is_constant, refers)):
                self._packed[id(part)] = known
                if len(self._packed) > _KEPT:
                    del self._packed[next(iter(self._packed))]
        return known[2]

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers after the calls that were submitted, and then what they left running."""
        was_begun = self._executor_manager_thread is not None
        super().shutdown(wait=wait, cancel_futures=cancel_futures)
        self._packed.clear()
        if wait and was_begun:
            family.kill(self._mark)

    def kill_workers(self) -> None:
        """Kill the workers and all processes that they started, and wait until all is over."""
        processes = list((self._processes or {}).values())
        with interrupts_held():  # a second one, out of impatience, would spare some
            family.kill(self._mark, processes)
            # A worker that was killed while it sent a result leaves half of it in the pipe. The
            # pool's own thread waits for the rest for as long as anybody could still write it.
            if self._result_queue is not None:
                self._result_queue._writer.close()  # type: ignore[attr-defined]
        self.shutdown(wait=True)


@contextlib.contextmanager
def _limits_told():
    """Tell in one line where the system starts no more threads or processes."""
    try:
        yield
    except (OSError, EOFError, RuntimeError) as error:  # EOFError: the fork server cannot fork
        if not isinstance(error, RuntimeError) or "start new thread" in str(error):
            raise LabError(_limit(error)) from error
        raise  # the pool is shut down, or broken


def _limit(error):
    if "path too long" in str(error):
        return (
            "processes of the fork server are started by way of a file in the folder for temporary "
            f"files, whose path is too long ({error}): let TMPDIR name a folder with a "
            "path of less than 60 letters, or choose processes-spawn"
        )
    return (
        f"the system starts no more threads or processes ({str(error)[:80]}): ask for fewer "
        "workers, end other programs, or raise the limit (ulimit -u and ulimit -n show two)"
    )


def _is_named(fn):
    """Return whether pickle writes no more of a function than names."""
    if isinstance(fn, functools.partial):
        return not fn.keywords and all(map(_is_named, (fn.func, *fn.args)))
    return isinstance(fn, (types.FunctionType, types.BuiltinFunctionType, type)) and (
        getattr(fn, "__self__", None) is None or isinstance(fn.__self__, types.ModuleType)
    )


def _is_constant(value):
    return isinstance(value, _CONSTANT) or (isinstance(value, type) and not goes_by_value(value))


@contextlib.contextmanager
def interrupts_held(start_method: str | None = None) -> Iterator[None]:
    """Hold back an interrupt (Ctrl+C, the kernel's stop button) until the ``with`` ends.

    It would leave a worker that is started but that no pool knows of. A process that starts
    meanwhile, by ``start_method``, never sees an interrupt: its parent ends it.
    """
    with interrupts.held():
        if start_method == "forkserver":  # all pools share the server: it must not be masked
            from multiprocessing import forkserver

            forkserver._forkserver.ensure_running()  # as ``silence`` has it
        if not hasattr(signal, "pthread_sigmask"):  # Windows
            yield
            return
        # Inherited by the processes; it does not keep signals from other threads.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def give_up(
    threads: Iterable[threading.Thread], limit_s: float = _GRACE_S, *, is_asked: bool = True
) -> bool:
    """End threads, and return whether all have ended.

    Each may end by itself within ``limit_s`` seconds. Then, if it ``is_asked``, GivenUp is raised
    in it as soon as it runs Python code again. One that waits for a lock or is in C code does not:
    it is left, and Python ends without it where it is a daemon.
    """
    if not _left(threads, limit_s):
        return True
    for thread in _left(threads, 0) if is_asked else ():
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
