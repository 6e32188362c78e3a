"""However a run in processes ends, nothing of it stays, it is told in a line, and the next works.

The cells run in a real kernel. Its processes are looked up before and after, and on Linux also the
shared memory and the semaphores that they had.
"""

import sys
import textwrap

import pytest

from helpers.core import pools
from tests.kernels import SHARED, Kernel, eventually

PROCESSES = [
    kind
    for kind in ("processes-spawn", "processes-forkserver", "processes-fork")
    if pools.kinds()[kind] is None
]
on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="memory of a process is limited in this way on Linux only"
)
pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="signals of this kind and their faults are not on Windows"
)

SETUP = """
import multiprocessing, os, resource, signal, threading, time, warnings
from helpers.core.scaling import Experiment
from helpers.core.pools import open_pool
from helpers.core.job import Job

warnings.filterwarnings("ignore", category=DeprecationWarning)  # of fork beside threads

def misbehaving(deed):
    # The two workers meet, so that both are at it; then the first one does the deed.
    def function(numbers):
        if multiprocessing.parent_process() is not None:
            open(os.path.join(folder, str(numbers[0])), "w").close()
            while len(os.listdir(folder)) < 2:
                time.sleep(0.01)
            if numbers[0] == 0:
                deed()
            time.sleep(3600)
        return list(numbers)
    def difference(expected, got):
        return None if expected == got else "they differ"
    return Job("numbers", "Numbers", function, [0, 1], difference, 2)

def nothing():
    pass

def raises():
    raise ValueError("out of tune")

def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)

def runs_out_of_memory():
    with open("/proc/self/statm") as sizes:
        in_use = int(sizes.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + 2**25, in_use + 2**25))
    bytearray(2**30)

def runs_of(kind, deed, stop=None, **options):
    job = misbehaving(deed)
    *_, result = Experiment(job, (kind,), (2,), rounds=1, **options).run(stop)
    return [run.kind for run in result.runs]
"""


@pytest.fixture(scope="module")
def shared_kernel():
    with Kernel() as started:
        assert started.run(SETUP).error == ()
        yield started


@pytest.fixture
def kernel(shared_kernel, tmp_path):
    """A kernel whose misbehaving jobs meet in a folder, checked afterwards for what is left."""
    assert shared_kernel.workers() == []
    before = shared_kernel.shared()
    assert shared_kernel.run(f"folder = {str(tmp_path)!r}").error == ()
    shared_kernel.folder = tmp_path
    yield shared_kernel
    assert shared_kernel.workers() == []
    # The traceback of the last error holds on to its pool until another error comes.
    tidy = shared_kernel.run("import gc, sys; sys.last_value = sys.last_exc = None\n1 / 0")
    assert "division by zero" in tidy.error[-1]
    assert shared_kernel.run("n = gc.collect()").error == ()
    assert eventually(lambda: shared_kernel.shared() <= before)


def both_are_at_it(kernel):
    return eventually(lambda: len(list(kernel.folder.iterdir())) == 2)


def next_run_works(kernel, kind):
    answer = kernel.run(
        f"with open_pool({kind!r}, 2) as pool:\n"
        "    answer = list(pool.map(lambda n: n + 1, range(4)))\n"
        "answer"
    )
    assert answer.error == () and answer.text == "[1, 2, 3, 4]"
    return True


@pytest.mark.parametrize("kind", PROCESSES)
def test_a_kernel_s_interrupt_ends_a_run(kernel, kind):
    kernel.run("from helpers import compare")
    kernel.begin(f"result = compare(misbehaving(nothing), {kind!r}, 2, rounds=1)")
    assert both_are_at_it(kernel)
    assert len(kernel.workers()) >= 2
    kernel.interrupt()
    error = kernel.said().error
    assert len(error) == 1 and error[0].startswith("Stopped after 1 of 4 runs")
    assert "nothing is left running" in error[0] and "\n" not in error[0]
    assert kernel.workers() == [] and next_run_works(kernel, kind)


@pytest.mark.parametrize("at", ["inside the with", "at its end"])
@pytest.mark.parametrize("kind", PROCESSES)
def test_an_interrupt_ends_a_pool_that_is_used_by_hand(kernel, kind, at):
    wait = "[call.result() for call in calls]" if at == "inside the with" else "pass"
    kernel.begin(
        f"with open_pool({kind!r}, 2) as pool:\n"
        "    calls = [pool.submit(misbehaving(nothing).function, [n]) for n in range(2)]\n"
        f"    {wait}"
    )
    assert both_are_at_it(kernel)
    kernel.interrupt()
    assert "KeyboardInterrupt" in kernel.said().error[-1]
    assert kernel.workers() == [] and next_run_works(kernel, kind)


@pytest.mark.parametrize("kind", PROCESSES)
def test_stop_ends_a_run(kernel, kind):
    answer = kernel.run(
        textwrap.dedent(f"""
            stop = threading.Event()
            def stop_when_both_are_at_it():
                while len(os.listdir(folder)) < 2:
                    time.sleep(0.01)
                stop.set()
            watcher = threading.Thread(target=stop_when_both_are_at_it, daemon=True)
            watcher.start()
            runs_of({kind!r}, nothing, stop)
        """)
    )
    assert answer.error == () and answer.text == "['serial']"
    assert kernel.workers() == [] and next_run_works(kernel, kind)


@pytest.mark.parametrize(
    ("call", "begins", "holds"),
    [
        pytest.param("raises", "numbers in {kind} with 2 workers raised ValueError: out of tune",
                     "mend the job", id="an exception"),
        pytest.param("kills_itself", "numbers in {kind} with 2 workers: a worker ended",
                     "it was killed", id="a kill"),
        pytest.param("runs_out_of_memory", "numbers in {kind} with 2 workers ran out of memory",
                     "return less", id="memory", marks=on_linux),
        pytest.param("nothing, run_limit_s=1.0", "a run may take 1 seconds",
                     "nothing is left of it", id="a hang"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", PROCESSES)
def test_a_fault_of_a_worker_is_one_line(kernel, kind, call, begins, holds):
    error = kernel.run(f"runs_of({kind!r}, {call})").error
    assert len(error) == 1 and "\n" not in error[0]
    assert error[0].startswith(begins.format(kind=kind)) and holds in error[0]
    assert kernel.workers() == [] and next_run_works(kernel, kind)


@pytest.mark.parametrize("kind", PROCESSES)
def test_nothing_outlives_a_kernel_that_is_killed(tmp_path, kind):
    with Kernel() as kernel:
        kernel.folder = tmp_path
        assert kernel.run(f"{SETUP}\nfolder = {str(tmp_path)!r}").error == ()
        kernel.begin(f"runs_of({kind!r}, nothing)")
        assert both_are_at_it(kernel)
        assert len(kernel.workers()) >= 2
        had = kernel.shared()
        if sys.platform == "linux" and kind != "processes-fork":  # whose semaphores have no names
            assert had, f"nothing was found in {SHARED}"
        kernel.kill()
        assert eventually(lambda: kernel.processes() == [])
        assert eventually(lambda: not any(path.exists() for path in had))
