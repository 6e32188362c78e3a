"""Why a worker ended, or why its answer did not arrive: the true reason, in one line."""

import ctypes
import importlib
import os
import signal
import sys
import threading
from functools import partial

import pytest

from helpers.core import pools
from helpers.core.job import Job
from helpers.core.last_words import Words
from helpers.core.scaling import Experiment
from helpers.jobs.own import each, in_silence
from tests.unit.refusals import refusal

PROCESSES = [k for k, why in pools.kinds().items() if why is None and k.startswith("processes")]
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
    pytest.mark.usefixtures("quick_capacity"),
]
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has other exit codes, and no words")
HERE = os.getpid()


class TwoArguments(Exception):
    def __init__(self, address, status):
        super().__init__(f"{address} gave {status}")
        self.status = status


class HoldsALock(Exception):
    def __init__(self):
        super().__init__("it is busy")
        self.lock = threading.Lock()


class MadeOfALock(Exception):
    def __str__(self):
        return "no such page"


class DoesNotUnpickle:
    def __setstate__(self, state):
        raise ValueError("no such state")

    def __reduce__(self):
        return DoesNotUnpickle, (), {"a": 1}


def in_worker(act, parent, item):
    """Do something in a worker only."""
    return act() if os.getpid() != parent else item


def leaves():
    sys.stderr.write("not found: the cheese\n")
    os._exit(3)


def is_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def crashes():
    ctypes.string_at(0)


def aborts():
    os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\n")
    os.abort()


def floods():
    for _ in range(40):
        os.write(2, b"x" * 100_000 + b"\n")
    leaves()


def fetches():
    raise TwoArguments("/page", 404)


def is_busy():
    raise HoldsALock


def is_lost():
    raise MadeOfALock(threading.Lock())


def told(act, kind, n_workers=2):
    """Return why an experiment with a job ends that does something in a worker."""
    function = partial(in_silence, each, partial(in_worker, act, HERE))
    job = Job("fetch", "Fetch", function, list(range(8)))
    return refusal(list, Experiment(job, (kind,), (n_workers,), rounds=1).run())


@posix
@pytest.mark.parametrize("kind", PROCESSES)
def test_an_exit_code_and_the_last_words_are_told(kind):
    message = told(leaves, kind)
    assert message.startswith(f"fetch in {kind} with 2 workers: a worker ended in the middle of it")
    assert "the job ended it with exit code 3 (its last words: " in message
    assert "not found: the cheese" in message


@posix
@pytest.mark.parametrize(
    ("act", "said"),
    [
        (is_killed, ["killed by SIGKILL, exit code -9", "memory", "choose a smaller size"]),
        (crashes, ["crashed in C code with SIGSEGV, exit code -11", "in string_at"]),
        (aborts, ["SIGABRT", "std::bad_alloc", "Fatal Python error: Aborted"]),
        (floods, ["exit code 3", "not found: the cheese"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_ended_a_worker_is_told(act, said):
    message = told(act, "processes", 1)
    assert [part for part in said if part not in message] == []


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (fetches, "raised TwoArguments: /page gave 404; mend the job"),
        (is_busy, "raised HoldsALock: it is busy; mend the job"),
        (is_lost, "raised RuntimeError: MadeOfALock: no such page; mend the job"),
        (DoesNotUnpickle, "an answer of it, or an error, cannot be unpacked again (ValueError: no "
         "such state); see that pickle.loads"),
    ],
)  # fmt: skip
def test_an_error_that_does_not_unpickle_is_told_as_it_is(act, said):
    assert said in told(act, "processes")


def test_such_an_error_arrives_with_what_it_holds():
    with pools.open_pool("processes", 1) as pool:
        error = pool.submit(fetches).exception(60)
        assert type(error) is TwoArguments and error.status == 404
        assert "fetches" in str(error.__cause__)  # the worker's traceback

        class OfACell(TwoArguments):
            pass

        def fails():
            raise OfACell("/page", 404)

        error = pool.submit(fails).exception(60)
        assert type(error) is OfACell and (error.status, str(error)) == (404, "/page gave 404")


def test_a_module_that_workers_do_not_find_is_an_error_of_the_call(tmp_path, monkeypatch):
    (tmp_path / "only_in_this_folder.py").write_text("def double(n):\n    return 2 * n\n")
    with pools.open_pool("processes", 1) as pool:
        pool.submit(abs, 1).result(60)  # the worker has its path
        monkeypatch.syspath_prepend(str(tmp_path))
        module = importlib.import_module("only_in_this_folder")
        error = pool.submit(module.double, 1).exception(60)
        assert str(error) == "No module named 'only_in_this_folder'"
        assert pool.submit(abs, -2).result(60) == 2
    sys.modules.pop("only_in_this_folder")


def test_words_leave_no_file_open():
    first, second = Words.begin().file, Words.begin().file
    assert first == second
    assert Words.begin().last() == ""
