"""Interpreters with a lock of their own as a kind of pool, and what they refuse to load."""

import os
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

import numpy as np
import pytest
from uv import find_uv_bin

from helpers.advice.verdict import verdict
from helpers.core import pools
from helpers.core.scaling import Experiment
from helpers.errors import LabError
from helpers.jobs.registry import load_job
from tests.unit.patience import given_time

WHY_NOT = pools.kinds()["interpreters"]


def needs_them(test):
    """Return the test where it can run. On an older Python the last test runs it on a newer one."""
    return test if WHY_NOT is None else None


@pytest.fixture
def pool():
    opened = pools.open_pool("interpreters", 2)
    yield opened
    pools.end(opened, now=True)


def test_an_older_python_says_why_it_has_none(monkeypatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 13, 9))
    assert "from 3.14 on" in pools.kinds()["interpreters"]
    with pytest.raises(LabError) as caught:
        pools.open_pool("interpreters", 2)
    assert platform.python_version() in str(caught.value)
    assert str(caught.value).endswith("choose another kind")


@needs_them
def test_functions_of_no_module_results_and_errors_arrive_as_themselves(pool) -> None:
    class Mine(Exception):
        def __eq__(self, other):
            return self.args == other.args

    def fail():
        raise Mine("from there")

    step = 2
    assert pool.submit(lambda n: n + step, 3).result(timeout=60) == 5
    with pytest.raises(Mine, match="from there"):
        pool.submit(fail).result(timeout=60)
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 1, 0).result(timeout=60)


@needs_them
def test_interpreters_share_no_objects(pool) -> None:
    numbers = [1]
    pool.submit(numbers.append, 2).result(timeout=60)
    assert numbers == [1]


@needs_them
def test_what_cannot_be_sent_is_told_at_once(pool) -> None:
    lock = threading.Lock()
    with pytest.raises(LabError, match="`lock`, a lock"):
        pool.submit(lambda: lock)
    with pytest.raises(TypeError, match="pickle"):
        pool.submit(len, lock)


@needs_them
def test_what_cannot_be_sent_back_is_an_error_and_hangs_nothing(pool) -> None:
    with pytest.raises(LabError, match=r"cannot be sent back .*pickle"):
        pool.submit(threading.Lock).result(timeout=60)


@needs_them
def test_the_strings_run_there() -> None:
    *_, result = Experiment(load_job("strings", 500), ("interpreters",), (2,), rounds=1).run()
    assert [run.kind for run in result.runs[:2]] == ["serial", "interpreters"]


@needs_them
def test_the_pictures_are_refused_with_the_real_error_in_one_line() -> None:
    pictures = load_job("pictures", 0.05)
    with pytest.raises(LabError) as caught:
        list(Experiment(pictures, kinds=("interpreters",), worker_counts=(1,)).run())
    said = str(caught.value)
    assert "ImportError: module PIL._imaging does not support loading in subinterpreters" in said
    assert "\n" not in said and said.endswith("use threads or processes")


@needs_them
def test_numpy_is_refused_by_the_same_line(pool) -> None:
    with pytest.raises(LabError, match=r"module numpy\.\S+ does not support loading"):
        pool.submit(np.zeros, 3).result(timeout=60)


@needs_them
def test_a_verdict_leaves_them_out_for_numpy_and_compares_the_others() -> None:
    def judge(budget_s):
        return verdict(lambda n: int(np.arange(n).sum()), [2000] * 40, budget_s=budget_s)

    def is_enough(said):
        return {"threads", "processes"} <= {way.kind for way in said.ways if way.speed_ups}

    said = given_time(judge, is_enough, 8)
    assert "interpreters load only" in said.evidence.refused["interpreters"]
    assert is_enough(said)


@needs_them
def test_a_pool_that_is_ended_gives_its_waiting_calls_up() -> None:
    pool = pools.open_pool("interpreters", 1)
    pools.start(pool, 1)
    threads = list(pool._threads)
    calls = [pool.submit(time.sleep, 0.3) for _ in range(10)]
    pools.end(pool, now=True)
    assert not any(thread.is_alive() for thread in threads)
    assert all(call.done() for call in calls)
    assert calls[-1].cancelled()


@needs_them
@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt, GeneratorExit, BaseException])
def test_a_call_that_ends_in_a_base_exception_is_over(pool, raised) -> None:
    def ends():
        raise raised(3)

    call = pool.submit(ends)
    assert type(call.exception(timeout=60)) is raised and call.exception().args == (3,)
    assert pool.submit(len, "GIL").result(timeout=60) == 3
    assert type(pool.submit(sys.exit, 4).exception(timeout=60)) is SystemExit


@needs_them
def test_an_error_has_the_traceback_of_its_worker(pool) -> None:
    error = pool.submit(statistics.mean, []).exception(timeout=60)
    assert isinstance(error, statistics.StatisticsError)
    assert "statistics.py" in "".join(traceback.format_exception(error))


@needs_them
def test_what_waits_can_be_cancelled_and_does_not_run(tmp_path) -> None:
    def until_there_is(path):
        import time

        while not path.exists():
            time.sleep(0.01)

    with pools.open_pool("interpreters", 1) as one:
        pools.start(one, 1)
        calls = [one.submit(until_there_is, tmp_path / "it") for _ in range(4)]
        while not calls[0].running():
            time.sleep(0.01)
        assert [call.running() for call in calls] == [True, False, False, False]
        assert calls[3].cancel() and not calls[0].cancel()
        with pytest.raises(TimeoutError):
            list(one.map(time.sleep, [0.5] * 3, timeout=0.1))
        one.shutdown(wait=False, cancel_futures=True)
        (tmp_path / "it").touch()
    assert calls[0].done() and [call.cancelled() for call in calls] == [False, True, True, True]


@needs_them
def test_what_cannot_come_back_is_an_error_of_its_call(pool) -> None:
    def gives():
        import threading

        return threading.Lock()

    def raises():
        import threading

        class Odd(Exception):
            def __init__(self):
                self.lock = threading.Lock()

        raise Odd

    assert "pickle" in str(pool.submit(gives).exception(timeout=60))
    odd = pool.submit(raises).exception(timeout=60)  # it arrives without its lock
    assert (type(odd).__name__, vars(odd).get("lock")) == ("Odd", None)
    assert pool.submit(len, "GIL").result(timeout=60) == 3


@needs_them
def test_modules_are_found_as_they_are_here(pool, tmp_path, monkeypatch) -> None:
    (tmp_path / "only_here.py").write_text("def answer():\n    return 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here

    with pools.open_pool("interpreters", 1) as later:
        assert later.submit(only_here.answer).result(timeout=60) == 42


@pytest.mark.skipif(WHY_NOT is None, reason="this Python has interpreters: they were tried here")
@pytest.mark.timeout(900)
def test_all_of_this_on_a_newer_python(tmp_path) -> None:
    newer = next(filter(None, map(shutil.which, ("python3.15", "python3.14"))), None)
    if newer is None:
        pytest.skip("interpreters in a pool need Python 3.14; put python3.14 on the PATH")
    python = tmp_path / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    packages = ["cloudpickle", "numpy", "pillow", "pytest>=9", "pytest-timeout", "uv", "nbval"]
    for command in (
        ["venv", "--quiet", "--python", newer, str(tmp_path)],
        ["pip", "install", "--quiet", "--python", str(python), *packages],
    ):
        subprocess.run([find_uv_bin(), *command], check=True, timeout=300)
    tests = [__file__, str(Path(__file__).with_name("test_pools.py"))]
    done = subprocess.run(
        [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, "--noconftest"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        cwd=Path(__file__).parents[3], capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
