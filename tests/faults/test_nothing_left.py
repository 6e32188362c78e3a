"""However an experiment ends, no process, thread, open file or temporary file is left of it."""

import contextlib
import gc
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import psutil
import pytest

from helpers.core import executors, last_words, pools
from helpers.core.scaling import Experiment
from helpers.errors import LabError
from tests.kernels import Kernel, eventually
from tests.unit import sample_jobs as jobs

CHECKOUT = Path(__file__).parents[2]
PROCESSES = [
    kind
    for kind, reason in pools.kinds().items()
    if reason is None and kind in ("processes-spawn", "processes-forkserver", "processes-fork")
]
KINDS = ["threads", *PROCESSES]

# What this process forks here has nothing to do with its threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
    pytest.mark.usefixtures("quick_capacity"),
]
in_this_process = pytest.mark.usefixtures("nothing_left")
needs_signals = pytest.mark.skipif(
    sys.platform == "win32", reason="signals from one process to another: not on Windows"
)


# -- what there is, apart from Python's own two servants -------------------------------


def serves(process):
    """Return whether this is one of the two processes that multiprocessing keeps for itself.

    They live as long as the process that started them. Workers of the fork server look like it,
    and are its children.
    """
    with contextlib.suppress(psutil.Error):
        started_as = " ".join(process.cmdline())
        return any(
            f"multiprocessing.{name} import main" in started_as
            for name in ("forkserver", "resource_tracker")
        )
    return False


def workers_of(pid):
    """Return the processes that come from this one, without its two servants."""
    found = set()
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                found |= set(child.children(recursive=True))
                if not serves(child):
                    found.add(child)
    return found


def n_files():
    """Return how many files, pipes and sockets this process has open."""
    gc.collect()
    process = psutil.Process()
    return process.num_handles() if sys.platform == "win32" else process.num_fds()


@pytest.fixture(scope="module")
def servants():
    """Start the two servants, so that they are there before and after every test."""
    for kind in PROCESSES:
        with pools.open_pool(kind, 1) as pool:
            pool.submit(len, "any").result(timeout=60)


@pytest.fixture
def temporary(monkeypatch):
    """The folder for temporary files, of this process and of those that it starts.

    Its path is short, because the fork server's socket in it may have 104 characters.
    """
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        for name in ("TMPDIR", "TEMP", "TMP"):
            monkeypatch.setenv(name, folder)
        yield Path(folder)


@pytest.fixture
def nothing_left(servants, temporary):
    """Compare what there is after a test with what there was before it."""
    workers, threads, files = workers_of(os.getpid()), set(threading.enumerate()), n_files()
    yield
    new_threads = set()

    def all_gone():
        new_threads.clear()
        new_threads.update(set(threading.enumerate()) - threads)
        return not new_threads and workers_of(os.getpid()) <= workers and n_files() <= files

    eventually(all_gone)
    assert workers_of(os.getpid()) <= workers
    assert new_threads == set()
    assert n_files() <= files
    assert os.listdir(temporary) == []


def experiment(kind, job=jobs.spins, **options):
    return Experiment(jobs.job(job), kinds=(kind,), worker_counts=(2,), rounds=1, **options)


def refusal(one):
    with pytest.raises(LabError) as caught:
        list(jobs.runs_of(one))
    assert "\n" not in str(caught.value)
    return str(caught.value)


# -- in this process -------------------------------------------------------------------


@in_this_process
@pytest.mark.parametrize("kind", KINDS)
def test_after_the_end(kind):
    before = workers_of(os.getpid())
    assert len(list(jobs.runs_of(experiment(kind)))) == 4
    assert workers_of(os.getpid()) <= before  # at once, without waiting for anything


@in_this_process
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_results", range(6))
def test_after_the_generator_is_closed(kind, n_results):
    before = workers_of(os.getpid())
    results = experiment(kind).run()
    for _ in range(n_results):
        next(results)
    results.close()
    assert workers_of(os.getpid()) <= before


@in_this_process
@pytest.mark.parametrize("kind", KINDS)
def test_after_the_generator_is_forgotten(kind):
    results = experiment(kind).run()
    next(results), next(results)
    del results
    gc.collect()


@in_this_process
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_after_a_stop_at_any_moment(kind, seed):
    before = workers_of(os.getpid())
    stop = threading.Event()
    timer = threading.Timer(random.Random(f"{kind} {seed}").uniform(0, 0.4), stop.set)
    timer.start()
    list(jobs.runs_of(experiment(kind), stop))
    assert workers_of(os.getpid()) <= before
    timer.cancel()
    timer.join()


@in_this_process
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("job", "said"),
    [
        (jobs.raises_in_a_worker, "raised ValueError"),
        (jobs.tells_who, "must give what it gives serially"),
        (jobs.counts, "return a list"),
    ],
)
def test_after_a_job_that_is_refused(kind, job, said):
    assert said in refusal(experiment(kind, job))


@in_this_process
@pytest.mark.parametrize("kind", PROCESSES)
@pytest.mark.parametrize("job", [jobs.dies, jobs.dies_while_sending])
def test_after_a_worker_died(kind, job, monkeypatch):
    monkeypatch.setattr(last_words, "_OVER_S", 1.0)
    assert "ended in the middle of" in refusal(experiment(kind, job))


@in_this_process
@pytest.mark.parametrize("kind", PROCESSES)
def test_after_a_worker_was_killed_from_outside(kind):
    before = workers_of(os.getpid())

    def kill_one():
        if eventually(lambda: workers_of(os.getpid()) > before):
            time.sleep(0.3)
            min(workers_of(os.getpid()) - before, key=lambda process: process.pid).kill()

    thread = threading.Thread(target=kill_one)
    thread.start()
    said = refusal(experiment(kind, jobs.sleeps_in_a_worker))
    thread.join()
    assert "ended in the middle of" in said or "cannot be started" in said


@in_this_process
@pytest.mark.parametrize("kind", PROCESSES)
def test_after_a_run_over_its_limit(kind):
    said = refusal(experiment(kind, jobs.sleeps_in_a_worker, run_limit_s=0.3))
    assert "a run may take 0.3 seconds" in said


@in_this_process
def test_after_a_run_in_threads_over_its_limit_once_the_call_is_over():
    with jobs.dozing():
        said = refusal(experiment("threads", jobs.dozes_in_a_worker, run_limit_s=0.3))
    assert "a run may take 0.3" in said


@in_this_process
@pytest.mark.parametrize("kind", PROCESSES)
def test_after_a_stop_while_a_result_was_sent(kind):
    stop = threading.Event()
    timer = threading.Timer(0.5, stop.set)
    for _ in jobs.runs_of(experiment(kind, jobs.sends_half), stop):
        timer.start()
    timer.join()


@in_this_process
@pytest.mark.parametrize("kind", PROCESSES)
def test_after_an_interrupt_while_it_ends(kind, monkeypatch):
    """A reader who presses twice interrupts the clearing up itself."""
    shutdown = executors.ProcessPoolExecutor.shutdown
    interrupted = []

    def impatient(pool, **options):
        if not interrupted:
            interrupted.append(True)
            shutdown(pool, wait=False)
            raise KeyboardInterrupt
        shutdown(pool, **options)

    monkeypatch.setattr(executors.ProcessPoolExecutor, "shutdown", impatient)
    plan = Experiment(jobs.job(jobs.spins), kinds=(kind,), worker_counts=(1, 2), rounds=1)
    results = plan.run()
    next(results), next(results)
    with pytest.raises(KeyboardInterrupt):
        results.close()
    assert interrupted


# -- the command line, from outside ----------------------------------------------------


class Command:
    """A ``python -m helpers measure`` for the length of a ``with``; its processes bear a mark."""

    def __init__(self, kind):
        self.mark = uuid.uuid4().hex
        options = ["--kinds", kind, "--workers", "2", "--rounds", "1000", "--size", "60000"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "helpers", "measure", "strings", *options],
            cwd=CHECKOUT,
            env={**os.environ, "GIL_LAB_TEST_COMMAND": self.mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *what):
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.communicate(timeout=60)

    def processes(self):
        """Return all processes that come from the command, orphans included."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                alive = process.status() != psutil.STATUS_ZOMBIE
                if alive and process.environ().get("GIL_LAB_TEST_COMMAND") == self.mark:
                    found.append(process)
        return found

    def wait_for_workers(self, n):
        assert eventually(lambda: len(workers_of(self.process.pid)) >= n)


@needs_signals
@pytest.mark.parametrize("kind", PROCESSES)
@pytest.mark.parametrize("send", ["kill", "killpg"], ids=["process", "terminal"])
def test_after_an_interrupt_of_the_command_line(kind, send, temporary):
    with Command(kind) as command:
        command.wait_for_workers(1)
        time.sleep(random.Random(f"{kind} {send}").uniform(0, 0.8))
        getattr(os, send)(command.process.pid, signal.SIGINT)
        _, errors = command.process.communicate(timeout=60)
        assert errors == "helpers: stopped; nothing is left running\n"
        assert eventually(lambda: command.processes() == [])
    assert os.listdir(temporary) == []


@needs_signals
@pytest.mark.parametrize("kind", PROCESSES)
def test_after_the_command_line_is_killed(kind):
    """Nobody clears up: the workers notice that their parent is gone, and end by themselves."""
    with Command(kind) as command:
        command.wait_for_workers(2)
        os.kill(command.process.pid, signal.SIGKILL)
        assert eventually(lambda: command.processes() == [])


# -- a real kernel ---------------------------------------------------------------------

CELL = """\
from helpers import compare
from tests.unit import sample_jobs as jobs
compare(jobs.job(jobs.spins), "{kind}", 2, rounds=1000)
"""


@needs_signals
def test_after_an_interrupt_of_a_kernel_at_any_moment():
    with Kernel() as kernel:
        for kind in PROCESSES:
            kernel.begin(CELL.format(kind=kind))
            assert eventually(lambda: kernel.workers() != [])
            time.sleep(random.Random(kind).uniform(0, 0.8))
            kernel.interrupt()
            answer = kernel.said()
            assert len(answer.error) == 1 and answer.error[0].startswith("Stopped after ")
            assert answer.text == ""  # workers do not print that they were interrupted
            assert eventually(lambda: kernel.workers() == [])
        assert kernel.run("6 * 7").text == "42"
