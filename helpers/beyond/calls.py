"""A call of a cluster, as it arrives at a worker and comes back."""

import contextlib
import os
import pickle
import socket
import threading
import time
import traceback
from concurrent.futures.process import _RemoteTraceback
from typing import Any

from ..core import worker
from ..core.by_value import pack
from ..errors import LabError

Answer = tuple[bytes | None, bytes | None]  # the packed result, or the packed error

_SAME_CLOCK_S = 0.1
_one_call = threading.Lock()  # in a worker that has several threads: one call at a time


def answer_call(message: bytes, their_clock_s: float | None) -> Answer:
    """Return what a packed call comes to, in a worker that says who it is and tells their time.

    ``their_clock_s`` is the caller's ``clock_s()``; None on the caller's machine.
    """
    with _one_call:
        worker.identity = f"{os.getpid()}@{socket.gethostname()}"
        ahead_s = 0.0 if their_clock_s is None else clock_s() - their_clock_s
        if abs(ahead_s) > _SAME_CLOCK_S:  # another machine; as near as the two wall clocks agree
            worker.now = lambda: time.perf_counter() + ahead_s
        else:  # also after one of the wall clocks was wrong for a while
            worker.now = time.perf_counter
        try:
            function, args, kwargs = pickle.loads(message)
            return _packed(function(*args, **kwargs)), None
        except BaseException as error:  # sys.exit too, as in a ProcessPoolExecutor
            return None, _packed_error(error)


def clock_s() -> float:
    """Return what the wall clock shows when this machine's ``worker.now`` shows 0."""
    return time.time() - time.perf_counter()


def unpacked(result: bytes | None, error: bytes | None) -> Any:
    """Return the result of a call, or raise its error, with the worker's traceback as its cause."""
    if error is None:
        return pickle.loads(result or b"")
    raised, lines = pickle.loads(error)
    raised.__cause__ = _RemoteTraceback(f'\n"""\n{lines}"""')  # type: ignore[arg-type]
    raise raised


def _packed(result):
    try:
        return pickle.dumps(result)
    except Exception as error:  # its class may stand in no module
        with contextlib.suppress(LabError):
            return pack(result)
        raise worker.not_sent(error) from None


def _packed_error(error):
    lines = "".join(traceback.format_exception(error))
    return pickle.dumps((worker._Error(error), lines))
