"""The executor of interpreters: threads of this process, each with an interpreter of its own."""

import contextlib
import pickle
import re
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pkgutil import resolve_name
from typing import Any

from ..errors import LabError
from . import worker
from .by_value import goes_by_value, pack
from .executors import DaemonThreads

_Pool: Any = ThreadPoolExecutor
_StandardContext: Any = object
with contextlib.suppress(ImportError):  # lacks_interpreters() says so, and nobody comes here
    _Pool = resolve_name("concurrent.futures.interpreter:InterpreterPoolExecutor")
    _StandardContext = resolve_name("concurrent.futures.interpreter:WorkerContext")

_DOES_NOT_LOAD = re.compile(r"module \S+ does not support loading in subinterpreters")


class _Context(_StandardContext):  # type: ignore[misc]
    """What one worker is to its pool: here a call goes to its interpreter as bytes, and back."""

    def run(self, task):
        answer = super().run(task)
        return answer if task is self.initdata else _unpacked(answer)


class InterpreterExecutor(DaemonThreads, _Pool):  # type: ignore[misc]
    """An ``InterpreterPoolExecutor`` that takes whatever a ``ProcessExecutor`` takes.

    Interpreters share no objects: a call and its result are copied, by pickle or by value. The
    standard pool tells an error that comes up while a call is unpacked, such as that of a module
    which does not load there, by another name; here each arrives as itself.
    """

    _is_asked = False  # the thread here would get it, and leave its interpreter open

    def __init__(self, n_workers: int) -> None:
        # An interpreter begins with the path that Python started with, not with today's.
        set_path = f"import sys; sys.path[:] = {sys.path!r}"
        super().__init__(
            n_workers, thread_name_prefix="gil-lab", initializer=exec, initargs=(set_path,)
        )

    @classmethod
    def prepare_context(cls, *initial: Any) -> Any:
        """Return two functions: one that makes the context of a worker, one that makes a task."""
        return _Context.prepare(*initial)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return the future of a call; a LabError names what cannot be sent by value."""
        if any(map(goes_by_value, (fn, *args, *kwargs.values()))):
            args = (_packed_by_value(fn), *map(_packed_by_value, args))
            kwargs = {name: _packed_by_value(value) for name, value in kwargs.items()}
            fn = worker.call_packed
        # Packed here, where an object that cannot be is told to whoever submits it.
        return super().submit(worker.answer, pickle.dumps((fn, args, kwargs)))


def _packed_by_value(part):
    return worker.Packed(pack(part)) if goes_by_value(part) else part


def _unpacked(answer):
    """Return the result in an answer, or raise its error, with the worker's traceback as cause."""
    result, error, lines = pickle.loads(answer)
    if error is None:
        return result
    if refusal := _DOES_NOT_LOAD.search(lines):  # NumPy tells its users more, because of this
        raise LabError(
            "interpreters load only extension modules made for them, and the job needs another "
            f"({type(error).__name__}: {refusal[0]}): use threads or processes"
        ) from error
    raise error from _RemoteTraceback(f"\n{lines}")


class _RemoteTraceback(Exception):
    """The lines of a worker's traceback, as ``concurrent.futures`` has them for processes."""

    def __str__(self):
        return str(self.args[0])
