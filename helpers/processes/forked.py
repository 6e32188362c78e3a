"""A fresh Python with one thread, in which it is safe to fork and nothing was started before.

A fork is a copy of a process, memory included: what the parent holds need not be sent. But only
the thread that forks lives on in the copy. A lock that another thread held at that moment is
never released there, and the copy may wait for ever. A notebook's kernel has many threads, so it
asks another Python to fork.
"""

import contextlib
import multiprocessing
import pickle
import signal
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ..core import family
from ..core.by_value import pack
from ..errors import LabError, shown


@contextlib.contextmanager
def fresh_python() -> Iterator[Callable[..., Any]]:
    """Start another Python for the length of a ``with``.

    What the ``with`` gives is a function ``call(function, *args)``: it has the other Python call
    a function, which is sent by value where it stands in a cell, and returns what that returns or
    raises what it raises. Whatever one call keeps in a module is there for the next.

    >>> with fresh_python() as call:
    ...     call(max, [1, 3, 2])
    3
    """
    spawn = multiprocessing.get_context("spawn")
    pipe, its_end = spawn.Pipe()
    process = spawn.Process(target=_answer_calls, args=(its_end,))  # no pool: that has threads
    process.start()
    its_end.close()  # so that reading ends when it ends, and the other way round
    try:
        yield partial(_call, pipe)
    finally:
        family.kill("", [process])  # and all that it started
        process.join()
        pipe.close()


def _call(pipe, function, *args):
    try:
        pipe.send_bytes(pack((function, args)))
        went_well, what = pipe.recv()
    except (OSError, EOFError) as error:
        raise LabError(
            f"the fresh Python has ended ({shown(error) or 'it was killed'}): run the cell again"
        ) from error
    if went_well:
        return what
    raise what


def _answer_calls(pipe):
    """Make the calls that come in, one after the other, until nobody is there to ask."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a kernel is interrupted with its children
    with contextlib.suppress(EOFError):
        while True:
            packed = pipe.recv_bytes()
            try:
                function, args = pickle.loads(packed)
                answer = True, function(*args)
            except Exception as error:
                answer = False, error
            pipe.send(answer)
