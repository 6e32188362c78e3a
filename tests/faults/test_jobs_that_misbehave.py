"""A job may do what it likes: a run ends within its limit, in one line, and the next one works."""

import os
import sys
import threading

import pytest

from helpers.core import pools
from helpers.core.scaling import Experiment
from helpers.errors import LabError
from tests.kernels import eventually
from tests.unit import sample_jobs as jobs

PROCESSES = [
    kind
    for kind in ("processes-spawn", "processes-forkserver", "processes-fork")
    if pools.kinds()[kind] is None
]
KINDS = ["threads", *PROCESSES]
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


def run(kind, job, **options):
    plan = Experiment(
        jobs.job(job), kinds=(kind,), worker_counts=(2,), rounds=1, run_limit_s=100, **options
    )
    return [run.kind for run in jobs.runs_of(plan)]


def refusal(kind, job):
    with pytest.raises(LabError) as caught:
        run(kind, job)
    line = str(caught.value)
    assert "\n" not in line and len(line) < 500
    return line


@pytest.fixture(autouse=True)
def the_next_run_works(kind, quick_capacity):
    """After threads, which share this process with all kinds, in each of them; else in its own."""
    here, interval_s, threads = os.getcwd(), sys.getswitchinterval(), threading.active_count()
    yield
    os.chdir(here)  # the job moved this very process, as it may in threads
    sys.setswitchinterval(interval_s)
    for next_kind in KINDS if kind == "threads" else ("threads", kind):
        assert run(next_kind, jobs.doubles) == ["serial", next_kind] * 2
    # Those that the job started end by themselves; a servant of multiprocessing may be new.
    assert eventually(lambda: threading.active_count() <= threads + 1)


@pytest.mark.skipif(sys.platform == "win32", reason="stopping a process: not on Windows")
@pytest.mark.parametrize("kind", PROCESSES)
def test_a_worker_that_is_stopped(kind):
    plan = Experiment(
        jobs.job(jobs.stops_itself), kinds=(kind,), worker_counts=(2,), rounds=1, run_limit_s=1.0
    )
    with pytest.raises(LabError, match=r"a run may take 1 seconds, .*nothing is left of it"):
        list(jobs.runs_of(plan))


@pytest.mark.parametrize("kind", KINDS)
def test_another_answer_each_time(kind):
    assert "must give what it gives serially" in refusal(kind, jobs.differs_each_time)


@pytest.mark.parametrize("kind", KINDS)
def test_threads_of_its_own(kind):
    assert run(kind, jobs.starts_threads) == ["serial", kind] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_another_folder_and_switch_interval(kind):
    assert run(kind, jobs.moves_away) == ["serial", kind] * 2
    if kind != "threads":  # a process of its own is all that it changed
        assert sys.getswitchinterval() < 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupt_of_its_own_making_is_passed_on(kind):
    with pytest.raises(KeyboardInterrupt):
        run(kind, jobs.interrupts_itself)


@pytest.mark.parametrize("kind", KINDS)
def test_recursion_without_end(kind):
    assert "raised RecursionError" in refusal(kind, jobs.recurses)


@pytest.mark.parametrize("kind", PROCESSES)
def test_no_standard_output(kind):
    assert run(kind, jobs.closes_its_output) == ["serial", kind] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_megabyte_that_is_printed(kind, capfd):
    assert run(kind, jobs.prints_a_megabyte) == ["serial", kind] * 2
    assert len(capfd.readouterr().out) > 1_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_of_exit(kind):
    assert "raised SystemExit: the job calls sys.exit()" in refusal(kind, jobs.leaves)


@pytest.mark.parametrize("kind", KINDS)
def test_results_of_forty_megabytes(kind):
    assert run(kind, jobs.returns_much) == ["serial", kind] * 2
