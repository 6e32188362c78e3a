"""A fresh Python with one thread, in which it is safe to fork.

A fork is a copy of a process, memory included: what the parent holds need not be sent. But only
the thread that forks lives on in the copy. A lock that another thread held at that moment is
never let go there, and the copy may wait for ever. A notebook's kernel has many threads, so it
asks another Python to fork.
"""

import contextlib
import importlib
import pickle
import signal
import subprocess
import sys

from ..core import pools, worker
from ..core.cut import cut
from ..errors import LabError, shown
from .rows import count_rows

_rows: list = []  # what the forked workers of ``count_in_forks`` find in their copy


@contextlib.contextmanager
def fresh_python():
    """Start another Python for the length of a ``with``.

    What the ``with`` gives is a function ``call(function, *args)``: it has the other Python call
    a function that stands in a module, and returns what that returns or raises what it raises.
    Whatever one call keeps in its module is there for the next.

    >>> with fresh_python() as call:
    ...     call(max, [1, 3, 2])
    3
    """
    command = [sys.executable, "-m", "helpers.processes.forked"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield lambda function, *args: _call(process, function, args)
        finally:
            process.kill()  # the workers that it forked end with it


def _call(process, function, args):
    try:
        pickle.dump((function, args), process.stdin)
        process.stdin.flush()
        went_well, what = pickle.load(process.stdout)
    except (OSError, EOFError) as error:
        raise LabError(
            f"the fresh Python has ended ({shown(error) or 'it was killed'}): run the cell again"
        ) from error
    if not went_well:
        raise what
    return what


def _answer_calls():
    """Make the calls that come in, one after the other, until nobody is there to ask."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a kernel is interrupted with its children
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # what is printed is no answer
    while True:
        try:
            function, args = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer = True, function(*args)
        except Exception as error:
            answer = False, error
        pickle.dump(answer, answers)
        answers.flush()


# --- What a fresh Python is asked


def import_s(name):
    """Return the seconds that it takes this Python to import a module, a float.

    >>> import_s("json") < 60
    True
    """
    began_s = worker.now()
    importlib.import_module(name)
    return worker.now() - began_s


def keep_rows(numbers, n_columns):
    """Keep rows for ``count_in_forks``, as lists; they come as bytes, a byte for each number."""
    _rows[:] = [list(numbers[at : at + n_columns]) for at in range(0, len(numbers), n_columns)]


def count_in_forks(n_workers):
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


if __name__ == "__main__":
    importlib.import_module("helpers.processes.forked")._answer_calls()  # by the name callers use
