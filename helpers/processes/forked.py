"""A fresh Python with one thread, in which it is safe to fork.

A fork is a copy of a process, memory included: what the parent holds need not be sent. But only
the thread that forks lives on in the copy. A lock that another thread held at that moment is
never released there, and the copy may wait for ever. A notebook's kernel has many threads, so it
asks another Python to fork.
"""

import contextlib
import importlib
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ..core import pools, worker
from ..core.cut import cut
from ..errors import LabError, shown
from .rows import count_rows

_rows: list[list[int]] = []  # what the forked workers of ``count_in_forks`` find in their copy


@contextlib.contextmanager
def fresh_python() -> Iterator[Callable[..., Any]]:
    """Start another Python for the length of a ``with``.

    What the ``with`` gives is a function ``call(function, *args)``: it has the other Python call
    a function that stands in a module, and returns what that returns or raises what it raises.
    Whatever one call keeps in its module is there for the next.

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
        process.kill()  # the workers that it forked end with it
        process.join()
        pipe.close()


def _call(pipe, function, *args):
    try:
        pipe.send((function, args))
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
            function, args = pipe.recv()
            try:
                answer = True, function(*args)
            except Exception as error:
                answer = False, error
            pipe.send(answer)


def import_s(name: str) -> float:
    """Return the seconds that it takes this Python to import a module."""
    began_s = worker.now()
    importlib.import_module(name)
    return worker.now() - began_s


def keep_rows(numbers: bytes, n_columns: int) -> None:
    """Keep rows for ``count_in_forks``, as lists; they come as bytes, a byte for each number."""
    _rows[:] = [list(numbers[at : at + n_columns]) for at in range(0, len(numbers), n_columns)]


def count_in_forks(n_workers: int) -> list[int]:
    """Return the counts of the rows that are kept, by workers forked from this Python.

    The workers are forked in every call: a fork inherits what is there when it is made.

    Raises:
        LabError: this system cannot fork.
    """
    with pools.open_pool("processes-fork", n_workers) as pool:
        parts = pool.map(_count_kept, cut(range(len(_rows)), 4 * n_workers))
        return [n for part in parts for n in part]


def _count_kept(numbers):
    return count_rows(_rows[numbers.start : numbers.stop])
