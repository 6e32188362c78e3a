"""CPython's own tests of executors, with ours: see ``standard_tests``, which also runs alone."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.core import pools

CHECKOUT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("standard_tests.py")
KINDS = [kind for kind, reason in pools.kinds().items() if reason is None and kind != "processes"]
LONG = {  # for --full
    "processes-forkserver": "the way of its processes differs, not the executor",
    "distributed": "each test starts a cluster, which takes minutes for all",
}


def lacking():
    """Return why CPython's tests cannot be run, or None."""
    for name in ("test.support", "test.test_concurrent_futures"):
        try:
            if importlib.util.find_spec(name) is None:
                return f"this Python came without its own tests ({name}): take one that has them"
        except ImportError:
            return f"this Python came without its own tests ({name}): take one that has them"
    return None


@pytest.mark.timeout(900)
@pytest.mark.skipif(lacking() is not None, reason=str(lacking()))
@pytest.mark.parametrize("kind", KINDS)
def test_an_executor_does_what_cpython_s_own_tests_ask_for(kind, request) -> None:
    is_full = request.config.getoption("full", False)
    if kind in LONG and not is_full:
        pytest.skip(f"CPython's own tests of {kind} are run with --full: {LONG[kind]}")
    command = [sys.executable, str(PROGRAM), kind, *["--full"] * is_full]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), *sys.path])}
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=890, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["ran"] > 5 and said["failed"] == [], done.stderr[-6000:]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_many_pools_leave_nothing_behind(kind, request) -> None:
    n_pools = 5 if kind == "distributed" else 10  # it takes seconds to start a cluster
    if request.config.getoption("full", False):
        n_pools = 200
    program = Path(__file__).with_name("counted_pools.py")
    done = subprocess.run(
        [sys.executable, str(program), kind, str(n_pools)], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, timeout=890, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    before, after = map(json.loads, done.stdout.splitlines())
    # Where the machine was busy, what the first pools had was still there when they were counted.
    assert {what: n for what, n in after.items() if n > before[what]} == {}
