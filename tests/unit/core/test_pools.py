"""Pools: one interface for every kind, and one line for every wrong name or number."""

import contextlib
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest

from helpers.core import executors, pools
from helpers.core.machine import default_start_method
from helpers.core.worker import worker_id
from helpers.errors import Stopped, shown
from helpers.interrupts import GivenUp
from tests.unit.refusals import refusal

CHECKOUT = Path(__file__).parents[3]
# A cluster has tests of its own, in test_cluster.py: it takes seconds to start.
KINDS = [k for k, why in pools.kinds().items() if why is None and k != "distributed"]
PROCESSES = [kind for kind in KINDS if kind.startswith("processes")]

# What this process forks here has nothing to do with its threads.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


def n_workers_of(kind):
    return 1 if kind == "serial" else 2


@pytest.fixture
def pool_of():
    """Return a function that opens a pool which is ended with the test, at once."""
    with contextlib.ExitStack() as endings:

        def opened(kind):
            pool = pools.open_pool(kind, n_workers_of(kind))
            endings.callback(pools.end, pool, now=True)
            return pool

        yield opened


# -- names and numbers -----------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["thread", "", "Threads", None, 3, ["threads"], pytest.param("x" * 10_000, id="long")]
)
def test_an_unknown_kind_is_refused_with_those_that_are_known(kind):
    message = refusal(pools.open_pool, kind, 2)
    assert f"not {shown(kind)}: choose one" in message
    assert all(known in message for known in KINDS)


@pytest.mark.parametrize(
    "n", [0, -1, -(10**9), 257, 10**9, pytest.param(10**5000, id="5001 digits")]
)
def test_a_number_of_workers_out_of_range_is_refused(n):
    for kind in ("threads", "processes"):
        message = refusal(pools.open_pool, kind, n)
        assert "must be a whole number from 1 to" in message
        assert f"got {shown(n)}; try {pools.n_usable_workers()}" in message


@pytest.mark.parametrize("n", [1.0, 2.5, "2", None, True, [2], math.nan, math.inf])
def test_workers_are_counted_in_whole_numbers(n):
    message = refusal(pools.open_pool, "threads", n)
    assert "workers must be a whole number" in message and f"got {n!r}; try" in message


def test_serial_has_one_worker():
    assert "serial has one worker, not 2" in refusal(pools.open_pool, "serial", 2)


def test_more_processes_than_windows_waits_for_are_refused_there(monkeypatch):
    for module in (pools, executors):
        monkeypatch.setattr(module, "n_usable_workers", lambda: 64)
    monkeypatch.setattr(executors.sys, "platform", "win32")
    for kind in ("processes", "processes-spawn"):
        assert "61 processes at most, not 62: try 64" in refusal(pools.open_pool, kind, 62)
    with pools.open_pool("threads", 62):
        pass


def test_a_start_method_that_the_system_lacks_is_told(monkeypatch):
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert pools.kinds()["processes-spawn"] is None
    message = refusal(pools.open_pool, "processes-fork", 2)
    assert message.startswith("processes-fork cannot be used here: ")
    assert "processes-fork" not in refusal(pools.open_pool, "nothing", 2)


# -- every kind is an executor ---------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_an_executor(kind):
    with pools.open_pool(kind, n_workers_of(kind)) as pool:
        assert isinstance(pool, Executor)
        assert list(pool.map(len, ["GIL", "lock"])) == [3, 4]
        assert pool.submit(divmod, 7, 2).result(timeout=60) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 7, 0).result(timeout=60)


@pytest.mark.parametrize("kind", KINDS)
def test_all_workers_are_there_once_a_pool_is_started(kind, pool_of):
    pool = pool_of(kind)
    assert 0 <= pools.start(pool, n_workers_of(kind)) < 60
    seen = set()
    end_s = time.monotonic() + 60
    while len(seen) < n_workers_of(kind) and time.monotonic() < end_s:
        calls = [pool.submit(worker_id) for _ in range(20)]
        seen |= {call.result(timeout=60) for call in calls}
    assert len(seen) == n_workers_of(kind)
    here = str(os.getpid())
    assert all((name.split(".")[0] != here) == kind.startswith("processes") for name in seen)


def test_the_worker_of_serial_is_the_thread_that_calls(pool_of):
    assert pool_of("serial").submit(worker_id).result() == worker_id()


def test_serial_is_an_executor_until_it_is_shut_down(pool_of):
    pool = pool_of("serial")
    for raised in (SystemExit, GeneratorExit, ZeroDivisionError):
        assert type(pool.submit(raises, raised).exception()) is raised
    with pytest.raises(KeyboardInterrupt):  # whoever interrupts it means the calling thread
        pool.submit(raises, KeyboardInterrupt)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(len, "GIL")


def raises(what):
    raise what


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "serial"])
def test_a_base_exception_of_a_call_is_its_own(kind, pool_of):
    class Odd(BaseException):
        pass

    def odd():
        raise Odd

    pool = pool_of(kind)
    for raised in (SystemExit, KeyboardInterrupt, GeneratorExit):
        assert type(pool.submit(raises, raised).exception(timeout=60)) is raised
    assert type(pool.submit(odd).exception(timeout=60)) is Odd
    assert pool.submit(len, "GIL").result(timeout=60) == 3


def test_one_worker_is_not_the_calling_thread():
    for kind in ("threads", "processes"):
        with pools.open_pool(kind, 1) as pool:
            assert pool.submit(worker_id).result(timeout=60) != worker_id()


def test_processes_are_not_forked_by_default():
    with pools.open_pool("processes", 1) as pool:
        assert pool._mp_context.get_start_method() == default_start_method() != "fork"


# -- starting --------------------------------------------------------------------------


class Slow(Executor):
    """An executor whose calls never begin."""

    def submit(self, fn, /, *args, **kwargs):
        return Future()


def test_workers_that_do_not_come_are_given_up():
    message = refusal(lambda: pools.start(Slow(), 2, limit_s=0.2))
    assert message.startswith("all workers must begin within 0.2 s, and of 2 not all did")


def test_starting_can_be_stopped():
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(Stopped):
        pools.start(Slow(), 2, stop=stop)


@pytest.mark.parametrize(
    "error", [OSError(24, "Too many open files"), RuntimeError("can't start new thread")]
)
def test_a_system_that_starts_no_more_workers_is_told(error):
    class Refusing(Executor):
        def submit(self, fn, /, *args, **kwargs):
            raise error

    message = refusal(pools.start, Refusing(), 2)
    assert message.startswith("2 workers were asked for and cannot be started")
    assert str(error) in message and "ask for fewer" in message


# -- interrupts ------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="a real SIGINT to oneself: not on Windows")
@pytest.mark.parametrize("kind", PROCESSES)
def test_an_interrupt_while_a_worker_is_started_leaves_it_known_to_its_pool(
    kind, pool_of, monkeypatch
):
    pool = pool_of(kind)
    started = []
    popen = pool._mp_context.Process._Popen

    def interrupted(process):
        started.append(process)
        opened = popen(process)
        os.kill(os.getpid(), signal.SIGINT)
        return opened

    monkeypatch.setattr(pool._mp_context.Process, "_Popen", staticmethod(interrupted))
    # The system hands a signal to any thread; a kernel has some beside the main one.
    over = threading.Event()
    bystander = threading.Thread(target=over.wait, args=(60,))
    bystander.start()
    with pytest.raises(KeyboardInterrupt):
        pools.start(pool, 2)
    over.set()
    bystander.join()
    assert started and set(started) == set(pool._processes.values())
    pools.end(pool, now=True)
    assert not any(process.is_alive() for process in started)


@pytest.mark.parametrize("kind", PROCESSES)
def test_a_worker_leaves_interrupts_to_its_parent(kind):
    with pools.open_pool(kind, 1) as pool:
        handler = pool.submit(signal.getsignal, signal.SIGINT).result(timeout=60)
    assert handler == signal.SIG_IGN


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signal masks: not on Windows")
@pytest.mark.parametrize("kind", [k for k in PROCESSES if k.endswith(("-spawn", "-fork"))])
def test_a_worker_is_deaf_to_interrupts_from_its_very_start(kind, pool_of):
    """While it imports its modules it has not ignored them yet."""
    pool = pool_of(kind)
    pools.start(pool, 2)
    asked = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ())
    assert signal.SIGINT in asked.result(timeout=60)


def test_interrupts_are_as_before_once_workers_are_started():
    before = signal.getsignal(signal.SIGINT)
    with pools.open_pool("processes", 1) as pool:
        pools.start(pool, 1)
        assert signal.getsignal(signal.SIGINT) is before
        if hasattr(signal, "pthread_sigmask"):
            assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


BLOCKED = """
import multiprocessing, signal
from concurrent.futures import ProcessPoolExecutor
from helpers.core.pools import open_pool
if __name__ == "__main__":
    with open_pool("processes-forkserver", 1) as pool:
        pool.submit(len, "GIL").result()
    server = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(1, mp_context=server) as pool:
        print(pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result())
"""


@pytest.mark.skipif("processes-forkserver" not in KINDS, reason="no fork server: not on Windows")
def test_a_reader_s_own_pool_is_not_deaf_to_interrupts_after_one_of_ours(tmp_path):
    script = tmp_path / "blocked.py"
    script.write_text(BLOCKED)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_a_pool_is_started_and_ended_from_any_thread():
    done = []

    def work():
        pool = pools.open_pool("processes", 1)
        pools.start(pool, 1)
        pools.end(pool, now=True)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    assert done == [True]


# -- ending ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("now", [False, True])
def test_a_pool_may_be_ended_before_it_was_started_and_twice(kind, now):
    pool = pools.open_pool(kind, n_workers_of(kind))
    pools.end(pool, now=now)
    pools.end(pool, now=now)


@pytest.mark.parametrize("kind", PROCESSES)
def test_processes_are_not_waited_for_when_a_pool_is_ended_now(kind):
    pool = pools.open_pool(kind, 2)
    pools.start(pool, 2)
    processes = list(pool._processes.values())
    calls = [pool.submit(time.sleep, 3600) for _ in range(8)]
    pools.end(pool, now=True)
    assert not any(process.is_alive() for process in processes)
    assert all(call.done() for call in calls)


def test_threads_end_after_the_call_they_are_at():
    pool = pools.open_pool("threads", 2)
    began, calls = threading.Event(), []

    def until_the_last_is_given_up():
        began.set()
        while not (len(calls) == 10 and calls[-1].cancelled()):
            time.sleep(0.01)

    calls += [pool.submit(until_the_last_is_given_up) for _ in range(10)]
    assert began.wait(60)
    pools.end(pool, now=True)
    assert not any(thread.is_alive() for thread in pool._threads)
    assert any(call.cancelled() for call in calls)


def test_a_thread_that_never_ends_is_not_waited_for():
    pool = pools.open_pool("threads", 1)
    release = threading.Event()
    call = pool.submit(release.wait, 60)
    pools.end(pool, now=True)
    assert not call.done()
    release.set()  # it comes back to Python code
    assert isinstance(call.exception(timeout=60), GivenUp)


def test_a_thread_that_runs_python_code_for_ever_is_ended():
    pool = pools.open_pool("threads", 1)

    def spin():
        while True:
            pass

    call = pool.submit(spin)
    pools.end(pool, now=True)
    assert isinstance(call.exception(timeout=60), GivenUp)
    assert not executors._left(pool._threads, 60)


STUCK = """
import signal, sys, threading, time
from helpers.core.pools import open_pool
lock = threading.Lock()
lock.acquire()
def stuck(began):
    began.set()
    lock.acquire()
def interrupt(began):
    began.wait()
    time.sleep(0.2)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
if __name__ == "__main__":
    began = threading.Event()
    if sys.argv[1] != "timeout":
        threading.Thread(target=interrupt, args=(began,), daemon=True).start()
    with open_pool("threads", 2) as pool:
        call = pool.submit(stuck, began)
        if sys.argv[1] != "at the end":
            call.result(timeout=0.3 if sys.argv[1] == "timeout" else None)
"""


@pytest.mark.parametrize("how", ["timeout", "in the middle", "at the end"])
def test_python_ends_without_a_thread_that_never_does(how, tmp_path):
    if how != "timeout" and sys.platform == "win32":
        pytest.skip("a real SIGINT to oneself: not on Windows")
    script = tmp_path / "stuck.py"
    script.write_text(STUCK)
    done = subprocess.run(
        [sys.executable, str(script), how], capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )  # fmt: skip
    last = "TimeoutError" if how == "timeout" else "KeyboardInterrupt"
    assert done.stderr.splitlines()[-1] == last


def test_a_thread_that_cannot_be_started_is_told(monkeypatch):
    start = threading.Thread.start

    def refusing(thread):
        if thread.name.startswith("gil-lab_"):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refusing)
    with pools.open_pool("threads", 1) as pool:
        message = refusal(pool.submit, len, "GIL")
    assert message.startswith("the system starts no more threads or processes (can't start new")


@pytest.mark.parametrize("kind", PROCESSES)
@pytest.mark.parametrize("what", ["a process", "the queue's thread", "the pool's thread"])
def test_a_process_pool_that_cannot_be_started_is_told_and_leaves_nothing(
    kind, what, pool_of, monkeypatch
):
    pool = pool_of(kind)
    start = threading.Thread.start
    names = {"the queue's thread": "QueueFeeder", "the pool's thread": "_ExecutorManager"}

    def refusing(thread):
        if names[what] in f"{thread.name} {type(thread).__name__}":
            raise RuntimeError("can't start new thread")
        start(thread)

    def forks_no_more(process):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    if what == "a process":
        kind_of_process = pool._mp_context.Process
        monkeypatch.setattr(kind_of_process, "_Popen", staticmethod(forks_no_more))
    else:
        monkeypatch.setattr(threading.Thread, "start", refusing)
    message = refusal(pool.submit, len, "GIL")
    assert message.startswith("the system starts no more threads or processes (")
    pools.end(pool, now=True)
    assert not any(process.is_alive() for process in (pool._processes or {}).values())


@pytest.mark.skipif("processes-forkserver" not in KINDS, reason="no fork server: not on Windows")
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python finds another folder from 3.14 on")
def test_a_folder_for_temporary_files_with_a_long_path_is_told(tmp_path):
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    script = tmp_path / "long.py"
    script.write_text(
        "from helpers.core import pools\n"
        "if __name__ == '__main__':\n"
        "    for kind in ('processes-forkserver', 'processes-spawn'):\n"
        "        try:\n"
        "            with pools.open_pool(kind, 1) as pool:\n"
        "                print(pool.submit(len, 'GIL').result())\n"
        "        except pools.LabError as error:\n"
        "            print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "TMPDIR": str(folder)},
    )  # fmt: skip
    said, three = done.stdout.splitlines()
    assert "let TMPDIR name a folder with a path of less than 60 letters" in said
    assert (three, done.stderr) == ("3", "") and len(said) < 400


def test_only_a_pool_of_processes_can_lose_a_worker(pool_of):
    for kind in ("serial", "threads"):
        pool = pool_of(kind)
        pools.start(pool, n_workers_of(kind))
        assert not pools.has_lost_a_worker(pool)


@pytest.mark.parametrize("kind", PROCESSES)
def test_a_lost_worker_is_noticed(kind, pool_of):
    pool = pool_of(kind)
    pools.start(pool, 2)
    processes = list(pool._processes.values())
    assert not pools.has_lost_a_worker(pool)
    processes[0].kill()
    processes[0].join(60)
    end_s = time.monotonic() + 60
    # The pool ends itself, and may be done with it already.
    while not (pools.has_lost_a_worker(pool) or pool._broken):
        assert time.monotonic() < end_s
        time.sleep(0.01)
