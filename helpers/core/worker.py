"""What runs inside a worker, of whatever kind.

A spawned process imports this module before it can do anything, so it stays light.
"""

import os
import time
from _thread import get_ident  # threading's own source of it, without the cost of threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..errors import LabError
    from .last_words import Words

    Stamps = tuple[float, float]  # begun and ended, in seconds

now = time.perf_counter  # one clock for every thread and process of a machine
MARK = "GIL_LAB_WORKER_OF"  # a variable of the environment of all that workers start
identity: str | None = None  # this whole process's name, where another machine's worker has one


def worker_id() -> str:
    """Return a name for the worker that runs this call, unique on this machine."""
    return identity or f"{os.getpid()}.{get_ident()}"


def ready(hold_s: float) -> "tuple[str, float]":
    """Return this worker's id and the moment it began, after holding it for ``hold_s`` seconds.

    Holding on keeps one worker from answering for two.
    """
    began_s = now()
    time.sleep(hold_s)
    return worker_id(), began_s


def timed(function: "Callable[[Any], Any]", sublist: "Any") -> "tuple[str, Stamps, Stamps, Any]":
    """Return the worker, when the call began and ended, the same in CPU time, and its result.

    The moments are seconds on the clock of ``now``, CPU times are seconds on this thread's own.
    """
    cpu_began_s = time.thread_time()
    began_s = now()
    result = function(sublist)
    ended_s = now()
    return worker_id(), (began_s, ended_s), (cpu_began_s, time.thread_time()), result


def core_share(job: "Callable[[], Any]") -> float:
    """Return how much of a core a job got, 0 to 1: its CPU seconds for each second it took.

    One that never waits gets all of it, unless other programs take the core.
    """
    began_s, cpu_began_s = now(), time.thread_time()
    job()
    cpu_s = time.thread_time() - cpu_began_s
    return cpu_s / (now() - began_s)


class Packed:
    """Something that this process cannot import, as bytes for ``pickle.loads``.

    A packed function can be called, as in a part of a ``map``.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __call__(self, *args: "Any", **kwargs: "Any") -> "_Result":
        return call_packed(self, *args, **kwargs)


def call_named(function: "Any", /, *args: "Any", **kwargs: "Any") -> "Any":
    """Return the result of a call of which some parts are ``Packed``.

    A module that this process does not find is an error of the call. When the pool itself comes
    upon it, the process ends.
    """
    import pickle

    def unpacked(part):
        return pickle.loads(part.data) if type(part) is Packed else part

    try:
        function, *given = [unpacked(part) for part in (function, *args)]
        kwargs = {name: unpacked(part) for name, part in kwargs.items()}
        return function(*given, **kwargs)
    except BaseException as error:
        _see_that_it_arrives(error)
        raise


def call_packed(function: "Any", /, *args: "Any", **kwargs: "Any") -> "_Result":
    """Return the result of such a call by value: its class may stand in no module either."""
    return _Result(call_named(function, *args, **kwargs))


def answer(call: bytes) -> bytes:
    """Return a pickled (result, error, lines of its traceback) for a pickled call.

    For a worker whose pool would tell an error by another name.
    """
    import pickle

    try:
        function, args, kwargs = pickle.loads(call)
        result = function(*args, **kwargs)
        try:
            return pickle.dumps((result, None, ""))
        except Exception as error:
            raise not_sent(error) from error
    except BaseException as error:
        from traceback import format_exception

        return pickle.dumps((None, _Error(error), "".join(format_exception(error))))


def not_sent(error: BaseException) -> "LabError":
    """Return what to tell where ``error`` comes of packing the result of a call."""
    from ..errors import LabError, told

    return LabError(
        f"the result of a call cannot be sent back ({told(error, 100)}): return plain data "
        "instead, or let threads do the work"
    )


def _see_that_it_arrives(error):
    """Have an error sent in another way where pickle cannot make it anew, whatever its class."""
    import pickle

    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        from multiprocessing.reduction import ForkingPickler

        ForkingPickler.register(type(error), _error)  # what a pool sends its results with


def _error(error):
    """Return how an error is sent: by value, as its parts, or as what it says, whichever works."""
    import cloudpickle

    from ..errors import told

    kind, state = type(error), vars(error)
    for parts in ((error,), (kind, error.args, state), (kind, error.args, {})):
        try:
            packed = cloudpickle.dumps(parts)
            _made(packed)
        except Exception:
            continue
        return _made, (packed,)
    return RuntimeError, (told(error, 1000),)


def _made(packed):
    """Return an error that was sent; ``__init__``, which may want other arguments, is left out."""
    import pickle

    kind, *parts = pickle.loads(packed)
    if not parts:
        return kind
    args, state = parts
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class _Error:
    """An error that arrives as itself."""

    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        return _error(self.error)


def _by_value(value):
    import pickle

    import cloudpickle

    return pickle.loads, (cloudpickle.dumps(value),)


class _Result:
    """A result that arrives as itself, whatever its class."""

    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return _by_value(self.value)


def on_packed(
    function: "Callable[[Any], Any]", packed: bytes
) -> "tuple[bytes, str, tuple[float, ...]]":
    """Return the packed result of ``function`` on packed items, who worked, and five moments.

    In seconds on the clock of ``now``: begun, unpacked, computed, packed. The last is no moment:
    the CPU seconds of the computing, on this thread's own clock.
    """
    import pickle

    began_s = now()
    items = pickle.loads(packed)
    cpu_s, unpacked_s = time.thread_time(), now()
    result = function(items)
    computed_s, cpu_s = now(), time.thread_time() - cpu_s
    packed = pickle.dumps(result)
    return packed, worker_id(), (began_s, unpacked_s, computed_s, now(), cpu_s)


def on_shared(
    function: "Callable[[Any], Any]", items: "Any"
) -> "tuple[Any, str, tuple[float, ...]]":
    """Return the same for a worker that shares the caller's memory: nothing is packed."""
    cpu_s, began_s = time.thread_time(), now()
    result = function(items)
    ended_s, cpu_s = now(), time.thread_time() - cpu_s
    return result, worker_id(), (began_s, began_s, ended_s, ended_s, cpu_s)


def begin_process(words: "Words", mark: str) -> None:
    """Prepare a process to be a worker: interrupts are its parent's, and so is its end.

    ``words`` is where it says why it ends, once it is told to. What it starts bears the ``mark``,
    and ends with it; see ``family``.
    """
    import faulthandler
    import signal

    words.keep()
    # A terminal sends Ctrl+C to all processes, a kernel is interrupted together with them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable(2, all_threads=False)  # C code that crashes tells where
    os.environ[MARK] = f"{os.environ.get(MARK, '')} {mark}"
    try:
        end_with_parent(mark)
    except RuntimeError:  # the system starts no more threads
        os._exit(1)
    if hasattr(os, "register_at_fork"):
        _end_what_is_forked()
        _end_children_with_this()


def end_with_parent(mark: str = "") -> None:
    """Make this worker process end, with what it started, when its parent process is gone.

    Without it a kernel that is killed leaves its workers behind, waiting for ever.
    """
    import multiprocessing
    import threading

    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait():
        parent.join()
        try:
            from . import family

            family.kill_from_inside(mark)
        finally:
            os._exit(1)

    threading.Thread(target=wait, name="end_with_parent", daemon=True).start()


def _end_what_is_forked():
    """Make whatever is forked from this process, at whatever remove, end when this one is gone."""
    import contextlib
    from _thread import start_new_thread

    is_over, open_while_there = os.pipe()  # programs that are started do not inherit it
    mine = [open_while_there]

    def wait():
        with contextlib.suppress(OSError):  # somebody has closed all files
            if os.read(is_over, 1) == b"":
                os._exit(1)

    def watch():
        if mine:
            os.close(mine.pop())
        start_new_thread(wait, ())

    os.register_at_fork(after_in_child=watch)


def _end_children_with_this():
    """Make programs end with this process whose environment was cleared: they bear no mark."""
    from multiprocessing import util

    def end():
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:  # those that have ended
                pass
        except ChildProcessError:  # there are no others
            return
        from . import family

        family.kill_children()

    util.Finalize(None, end, exitpriority=-100)  # after what it waits for by itself
