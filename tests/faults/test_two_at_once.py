"""Two notebooks at once, a kernel that is restarted, a cell that is run again: each is well."""

import random
import sys
import time

import pytest

from helpers.core import pools
from tests.kernels import Kernel, eventually

KINDS = [
    kind
    for kind in ("threads", "processes-spawn", "processes-forkserver", "processes-fork")
    if pools.kinds()[kind] is None
]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kernels' signals: not on Windows")

CELL = """\
from helpers import compare
from tests.unit import sample_jobs as jobs
print("begun")
result = compare(jobs.job(jobs.spins), {kind!r}, 2, rounds={rounds})
"""
N_RUNS = "(result.kinds, len(result.runs))"


def test_two_notebooks_at_once():
    with Kernel() as one, Kernel() as other:
        one.begin(CELL.format(kind="threads", rounds=2))
        other.begin(CELL.format(kind="processes", rounds=2))
        assert one.said().error == other.said().error == ()
        assert one.run(N_RUNS).text == "(('serial', 'threads'), 6)"
        assert other.run(N_RUNS).text == "(('serial', 'processes'), 6)"
        assert one.workers() == other.workers() == []


def test_a_kernel_that_is_restarted_in_the_middle_of_each_kind():
    with Kernel() as kernel:
        for kind in KINDS:
            kernel.begin(CELL.format(kind=kind, rounds=1000))
            assert kernel.said("begun").error == ()
            assert kind == "threads" or eventually(lambda: kernel.workers() != [])
            kernel.restart()
            assert eventually(lambda: kernel.processes() == [kernel.process()])
        assert kernel.run(CELL.format(kind="processes", rounds=1)).error == ()
        assert kernel.run(N_RUNS).text == "(('serial', 'processes'), 4)"


def test_a_cell_that_is_interrupted_and_run_again_many_times():
    moments = random.Random(2026)
    with Kernel() as kernel:
        for _ in range(20):
            kernel.begin(CELL.format(kind="threads", rounds=1000))
            assert kernel.said("begun").error == ()
            time.sleep(moments.uniform(0, 0.4))
            kernel.interrupt()
            error = kernel.said().error
            assert len(error) == 1 and error[0].startswith("Stopped")
        assert kernel.run(CELL.format(kind="threads", rounds=1)).error == ()
        assert kernel.run(N_RUNS).text == "(('serial', 'threads'), 4)"
