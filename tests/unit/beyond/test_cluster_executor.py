"""A distributed pool keeps what an Executor promises, whatever its calls and workers do."""

import contextlib
import gc
import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, wait
from pathlib import Path

import psutil
import pytest

from helpers.beyond.moves import cluster
from helpers.core import pools
from helpers.errors import LabError
from tests.kernels import eventually
from tests.processes import come_from, has_ended, started_as

pytestmark = pytest.mark.skipif(
    cluster.lacking() is not None, reason=f"Dask is not installed: {cluster.INSTALL}"
)
CHECKOUT = Path(__file__).parents[3]
HANG_S = 120
posix = pytest.mark.skipif(os.name == "nt", reason="Windows kills processes in another way")


@pytest.fixture(scope="module")
def pool():
    """Return a pool of one worker, which has started."""
    with pools.open_pool("distributed", 1) as pool:
        pools.start(pool, 1)
        yield pool


class Refuses(Exception):
    def __init__(self, code, reason):
        super().__init__(f"{code}: {reason}")


def raise_it():
    raise Refuses(7, "because")


def touch(path, seconds=0.2):
    time.sleep(seconds)
    Path(path).touch()


def hold(path):
    """Run until the file is there."""
    while not os.path.exists(path):
        time.sleep(0.01)


# -- results and errors --------------------------------------------------------------------


def local_class():
    class Local:
        pass

    return Local()


@pytest.mark.parametrize("function", [threading.Lock, threading.Event, lambda: (n for n in ())])
def test_a_result_that_cannot_be_sent_is_told_at_once(pool, function):
    error = pool.submit(function).exception(HANG_S)
    assert isinstance(error, LabError) and "cannot be sent back" in str(error)
    assert pool.submit(abs, -1).result(HANG_S) == 1


def test_a_result_of_a_class_that_stands_in_no_module_arrives(pool):
    assert type(pool.submit(local_class).result(HANG_S)).__name__ == "Local"


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit("x")])
def test_any_error_is_the_calls_own(pool, error):
    def fail():
        raise error

    raised = pool.submit(fail).exception(HANG_S)
    assert type(raised) is type(error) and raised.args == error.args


def test_an_error_that_cannot_be_made_anew_arrives_with_the_workers_traceback(pool):
    error = pool.submit(raise_it).exception(HANG_S)
    assert type(error) is Refuses and str(error) == "7: because"
    assert "in raise_it" in str(error.__cause__)


# -- waiting and running -------------------------------------------------------------------


def test_a_call_that_waits_can_be_cancelled_and_does_not_run(pool, tmp_path):
    first = pool.submit(hold, tmp_path / "go")
    assert eventually(first.running)
    calls = [pool.submit(touch, tmp_path / str(number)) for number in range(6)]
    assert not first.cancel()
    assert [call.cancel() for call in calls[2:]] == [True] * 4
    (tmp_path / "go").touch()
    assert not wait(calls, HANG_S).not_done
    done = [call for call in calls if not call.cancelled()]
    assert len(done) <= 2 and len(list(tmp_path.iterdir())) == 1 + len(done)


@pytest.mark.parametrize("how", ["closed", "timed out"])
def test_a_map_that_is_left_cancels_the_rest(pool, tmp_path, how):
    paths = [tmp_path / str(number) for number in range(9)]
    if how == "closed":
        results = pool.map(touch, paths)
        next(results)
        results.close()
    else:
        with pytest.raises(TimeoutError):
            list(pool.map(touch, paths, timeout=0))
    pool.submit(len, "").result(HANG_S)  # what is on its way has been done
    assert len(list(tmp_path.iterdir())) < 9


# -- the end -------------------------------------------------------------------------------


def left_of(known):
    """Return what is there beside the processes that were known, without multiprocessing's own."""
    return {p for p in come_from() - known if "resource_tracker" not in started_as(p)}


def test_a_pool_that_takes_no_more_calls_does_those_that_it_has(monkeypatch):
    known = come_from()
    pool = pools.open_pool("distributed", 1)
    with monkeypatch.context() as patch:  # a map's timeout counts once the workers are there
        there = []
        patch.setattr(
            Executor, "map", lambda *_, **__: there.append(pool._connection._there.done())
        )
        pool.map(abs, [-1], timeout=1)
        assert there == [True]
    calls = [pool.submit(abs, -number) for number in range(5)]
    pool.shutdown(wait=False)
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(abs, -1)
    assert [call.result(HANG_S) for call in calls] == [0, 1, 2, 3, 4]
    assert eventually(lambda: not left_of(known))


def test_first_calls_from_several_threads_start_one_cluster_which_ends_with_its_pool():
    known, n_threads, answers = come_from(), threading.active_count(), []
    pool, together = pools.open_pool("distributed", 1), threading.Barrier(5)

    def call(number, pool):
        together.wait()
        answers.append(pool.submit(abs, -number).result(HANG_S))

    threads = [threading.Thread(target=call, args=(number, pool)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_S)
    assert sorted(answers) == [0, 1, 2, 3, 4]
    assert len([p for p in left_of(known) if "spawn_main" in started_as(p)]) == 1
    results = pool.map(abs, range(-5, 5))
    del pool, threads, thread  # nobody has it any more
    gc.collect()
    assert list(results) == [5, 4, 3, 2, 1, 0, 1, 2, 3, 4]
    assert eventually(lambda: not left_of(known))
    assert eventually(lambda: threading.active_count() <= n_threads + 1)  # Dask keeps one


SCRIPT = """
import time
from helpers.core import pools
if __name__ == "__main__":
    print("begins", flush=True)
    pool = pools.open_pool("distributed", 1)
    print(pool.submit(abs, -1).result(), flush=True)
    {}
"""


@pytest.fixture
def program(tmp_path):
    """Return a function that starts a script, and the folder for what it leaves behind."""
    started = []

    def start(end):
        script, rest = tmp_path / "script.py", tmp_path / "rest"
        script.write_text(SCRIPT.format(end))
        rest.mkdir()
        program = subprocess.Popen(
            [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(rest), "PYTHONPATH": str(CHECKOUT)},
        )  # fmt: skip
        started.append(program)
        assert program.stdout.readline().strip() == b"begins"
        return program, rest

    yield start
    for program in started:
        program.kill()
        program.wait()
        program.stdout.close()


def test_a_script_that_ends_no_pool_ends(program):
    running, rest = program("")
    assert running.wait(HANG_S) == 0
    assert list(rest.iterdir()) == []


@posix
@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_nothing_is_left_of_a_start_that_is_cut_short(program, how):
    running, rest = program("time.sleep(600)")

    def workers():
        return [p for p in come_from(running.pid) if "spawn_main" in started_as(p)]

    assert eventually(workers)  # it is there, and has not imported anything yet
    there = come_from(running.pid)
    running.send_signal(getattr(signal, how))
    assert running.wait(60) != 0
    assert eventually(lambda: all(map(has_ended, there)))
    assert eventually(lambda: not list(rest.iterdir()))


# -- lost workers --------------------------------------------------------------------------


@posix
def test_a_lost_worker_is_replaced_and_until_then_calls_are_told_within_the_limit(monkeypatch):
    with (
        notices_after("50 ms"),  # as on a very busy machine
        pools.open_pool("distributed", 1) as pool,
    ):
        victim = pool.submit(os.getpid).result(HANG_S)
        os.kill(victim, signal.SIGKILL)
        victim, before = pool.submit(os.getpid).result(HANG_S), victim
        assert victim != before
        monkeypatch.setattr(cluster, "RESTART_S", 0.0)  # Dask needs longer

        def lost():
            try:
                os.kill(pool.submit(os.getpid).result(HANG_S), signal.SIGKILL)
                pool.submit(time.sleep, 5).result(HANG_S)
            except LabError as error:
                return str(error)
            return ""  # Dask had a new worker before anybody looked

        said = next(filter(None, (lost() for _ in range(20))), "")
        assert "all workers of this machine are gone" in said
        assert len(said) <= 400 and "\n" not in said
        monkeypatch.undo()

        def goes_on():
            with contextlib.suppress(LabError):
                return pool.submit(abs, -1).result(HANG_S) == 1

        assert eventually(goes_on)


def notices_after(limit):
    """Have Dask replace a lost worker after so long: within a ``with``, as in "50 ms"."""
    from dask import config

    importlib.import_module("distributed")  # it fills in what is changed here
    return config.set({"distributed.deploy.lost-worker-timeout": limit})


def leave():
    """Have a worker end itself, and return its number: so it does when it loses the scheduler."""
    from distributed import get_worker

    worker = get_worker()
    worker.loop.add_callback(worker.close)
    return os.getpid()


def test_a_worker_that_ends_itself_is_replaced():
    with notices_after("1 hour"), pools.open_pool("distributed", 2) as pool:
        pools.start(pool, 2)
        gone = pool.submit(leave).result(HANG_S)
        assert eventually(lambda: not psutil.pid_exists(gone))
        pools.start(pool, 2, limit_s=HANG_S)


def test_calls_that_are_given_up_are_told(tmp_path):
    pool = pools.open_pool("distributed", 1)
    calls = [pool.submit(hold, tmp_path / "never") for _ in range(5)]
    assert eventually(calls[0].running)
    pools.end(pool, now=True)
    assert isinstance(calls[0].exception(0), BrokenExecutor)
    assert calls[-1].cancelled()
