"""A cluster does the same jobs: one started here, and one whose programs were started by others."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import BrokenExecutor
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from helpers.beyond import calls
from helpers.beyond.moves import cluster
from helpers.core import pools, worker
from helpers.core.by_value import pack
from helpers.core.scaling import Experiment
from helpers.errors import LabError
from helpers.jobs.registry import load_job
from helpers.processes.split import measure_splits
from tests.kernels import eventually
from tests.processes import come_from, has_ended, started_as
from tests.unit.refusals import refusal
from tests.unit.sample_jobs import runs_of

CHECKOUT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(
    cluster.lacking() is not None, reason=f"Dask is not installed: {cluster.INSTALL}"
)
# Dask's own commands, in a Python that has no `helpers` but what stands in the current folder.
COMMAND = f"""
import sys
sys.path = ["."] + [path for path in sys.path if path not in ("", {str(CHECKOUT)!r})]
from distributed.cli.dask_{{}} import main
main()
"""


class Programs:
    """A scheduler and its workers, each a program in a working directory of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []
        self.n_workers = 0
        about = folder / "scheduler.json"
        options = ["--port", "0", "--dashboard-address", "127.0.0.1:0", "--no-jupyter"]
        self.scheduler = self.start(
            "scheduler", "scheduler", *options, "--scheduler-file", str(about)
        )
        assert eventually(lambda: about.exists() and about.stat().st_size)
        self.address = json.loads(about.read_text())["address"]

    def start(self, command, name, *arguments):
        there = self.folder / name
        there.mkdir(exist_ok=True)
        with open(there / "log", "w") as log:
            program = subprocess.Popen(
                [sys.executable, "-c", COMMAND.format(command), "--host", "127.0.0.1", *arguments],
                cwd=there, stdout=log, stderr=log,
            )  # fmt: skip
        self.started.append(program)
        return program

    def add_worker(self, *options):
        """Start a worker; it is there a moment later. Return its working directory."""
        name = f"worker-{self.n_workers}"
        self.n_workers += 1
        there = self.folder / name
        own = ["--no-dashboard", "--local-directory", str(there), *options]
        self.start("worker", name, self.address, *own)
        return there

    def end(self):
        workers = [one for program in self.started for one in come_from(program.pid)]
        for process in [*self.started, *workers]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for program in self.started:
            program.wait()


@pytest.fixture
def programs(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "LIMIT_S", 60.0)  # they begin late on a busy machine
    started = Programs(tmp_path)
    yield started
    started.end()


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Return a scheduler with two workers that lack ``helpers``."""
    started = Programs(tmp_path_factory.mktemp("bare"))
    for _ in range(2):
        started.add_worker("--nthreads", "1", "--no-nanny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "LIMIT_S", 60.0)
        with cluster.ClusterExecutor(2, started.address) as pool:
            pools.start(pool, 2)  # both are there before a test asks for one of them
    yield started
    started.end()


@pytest.fixture(scope="module")
def own():
    """Return a started pool of two workers on this machine."""
    pool = pools.open_pool("distributed", 2)
    pools.start(pool, 2)
    yield pool
    pools.end(pool)


@pytest.fixture
def own_temporary(monkeypatch):
    """Make temporary folders where no other test does: others have clusters at the same time."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield


def folders():
    return set(Path(tempfile.gettempdir()).glob("gil-lab-dask-*"))


def workers_of(pid):
    """Return the processes that come from this one, without multiprocessing's own."""
    return {one for one in come_from(pid) if "resource_tracker" not in started_as(one)}


def is_worker(process):
    return not has_ended(process) and "resource_tracker" not in started_as(process)


# -- a cluster on this machine -----------------------------------------------------------


def test_its_workers_are_other_processes_that_say_their_machine(own):
    names = {own.submit(worker.worker_id).result(60) for _ in range(8)}
    assert {name.partition("@")[2] for name in names} == {socket.gethostname()}
    assert str(os.getpid()) not in {name.partition("@")[0] for name in names}


def test_it_is_an_executor(own):
    assert list(own.map(divmod, [7, 8], [2, 3])) == [(3, 1), (2, 2)]
    with pytest.raises(ZeroDivisionError):
        own.submit(divmod, 7, 0).result(60)
    # Names that Dask's own submit would keep for itself arrive as well.
    assert own.submit(dict, workers=1, key=2, pure=3).result(60) == {
        "workers": 1, "key": 2, "pure": 3,
    }  # fmt: skip


def test_a_function_that_stands_in_no_module_travels(own):
    bang = "!"
    assert own.submit(lambda text: text + bang, "GIL").result(60) == "GIL!"


def test_what_cannot_travel_is_named(own):
    lock = threading.Lock()
    message = refusal(own.submit, lambda: lock.locked())
    assert "`lock`" in message and "cannot be sent" in message


def test_two_equal_calls_are_two_calls(own):
    first, second = (own.submit(time.perf_counter).result(60) for _ in range(2))
    assert first != second


@pytest.mark.parametrize(("name", "size"), [("strings", 2000), ("pictures", 0.05)])
def test_the_jobs_run_unchanged(name, size):
    plan = Experiment(load_job(name, size), kinds=("distributed",), worker_counts=(2,), rounds=1)
    runs = [run for run in runs_of(plan) if run.kind == "distributed"]
    assert len(runs) == 2
    assert all(run.workers and run.other_cpu_s >= 0 for run in runs)
    assert all(who.endswith(f"@{socket.gethostname()}") for run in runs for who in run.workers)


def test_its_time_is_split_like_that_of_any_pool():
    [split] = measure_splits(load_job("strings", 2000), [("distributed", 2)], rounds=1)
    assert sum(part[0] for part in split.parts_s) == pytest.approx(split.wall_s[0])
    assert split.bytes_out > 2000 and split.bytes_back > 2000


@pytest.mark.usefixtures("own_temporary")
def test_nothing_is_left_of_it_and_calls_are_not_waited_for_when_it_is_given_up():
    before, known = folders(), workers_of(os.getpid())
    n_threads = threading.active_count()
    pool = pools.open_pool("distributed", 2)
    pools.start(pool, 2)
    calls = [pool.submit(time.sleep, 3600) for _ in range(3)]
    # Two workers, and one that would clear up after this process.
    assert folders() != before and len(workers_of(os.getpid()) - known) == 3
    pools.end(pool, now=True)
    assert all(isinstance(call.exception(), BrokenExecutor) for call in calls)
    assert eventually(lambda: workers_of(os.getpid()) <= known)
    assert folders() == before
    assert eventually(lambda: threading.active_count() <= n_threads + 1)  # Dask keeps one
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(len, "GIL")


def test_a_with_that_ends_by_an_error_does_not_wait():
    with pytest.raises(ZeroDivisionError), pools.open_pool("distributed", 1) as pool:
        pool.submit(time.sleep, 3600)
        divmod(1, 0)


def test_a_run_stops_when_it_is_told_to():
    stop = threading.Event()
    job = load_job("strings", 2000)
    runs = runs_of(Experiment(job, kinds=("distributed",), worker_counts=(1,), rounds=100), stop)
    next(runs)
    stop.set()
    assert list(runs) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed otherwise on Windows")
def test_no_worker_outlives_a_program_that_is_killed(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import time\n"
        "from helpers.core import pools\n"
        "if __name__ == '__main__':\n"
        "    with pools.open_pool('distributed', 1) as pool:\n"
        "        pools.start(pool, 1)\n"
        "        print('up', flush=True)\n"
        "        time.sleep(600)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    program = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, env=environment
    )
    try:
        assert program.stdout.readline().strip() == b"up"
        workers = workers_of(program.pid)
        assert workers
    finally:
        program.kill()
        program.wait()
        program.stdout.close()
    assert eventually(lambda: all(map(has_ended, workers)))


# -- programs that others have started ---------------------------------------------------


def test_workers_without_the_code_are_sent_it(bare, monkeypatch):
    monkeypatch.setenv(cluster.ADDRESS, bare.address)
    for name, size in [("strings", 2000), ("pictures", 0.05)]:
        plan = Experiment(load_job(name, size), ("distributed",), (1, 2), rounds=1)
        runs = [run for run in runs_of(plan) if run.kind == "distributed"]
        assert [len(run.workers) for run in runs if run.n_workers == 1] == [1, 1]
    sent = [path for path in bare.folder.rglob("*") if "gil-lab" in path.name]
    assert len(sent) == 2  # once for each worker, however many pools there were
    assert bare.scheduler.poll() is None  # it is not this project's to end


def test_workers_with_another_version_are_sent_this_one(programs):
    there = programs.add_worker("--nthreads", "1", "--no-nanny")
    compiled = shutil.ignore_patterns("__pycache__")  # other tests write there meanwhile
    shutil.copytree(CHECKOUT / "helpers", there / "helpers", ignore=compiled)
    strings = there / "helpers" / "jobs" / "strings.py"
    strings.write_text(strings.read_text().replace("sorted(set(words))", "['old']"))
    with cluster.ClusterExecutor(1, programs.address) as pool:
        from helpers.jobs.strings import normalise

        assert pool.submit(normalise, "Zürich").result(60) == "zurich"


def test_a_worker_with_threads_does_one_call_at_a_time(programs):
    programs.add_worker("--nthreads", "4", "--no-nanny")
    with cluster.ClusterExecutor(1, programs.address) as pool:
        calls = [pool.submit(worker.timed, time.sleep, 0.05) for _ in range(4)]
        answers = [call.result(60) for call in calls]
    assert len({who for who, *_ in answers}) == 1
    spans = sorted(span for _, span, _, _ in answers)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_a_worker_lost_in_mid_run_costs_no_result(programs):
    for _ in range(2):
        programs.add_worker("--nthreads", "1")
    with cluster.ClusterExecutor(2, programs.address) as pool:
        pools.start(pool, 2)
        victim = int(pool.submit(os.getpid).result(60))
        calls = [pool.submit(lambda n: time.sleep(0.2) or n, number) for number in range(12)]
        time.sleep(0.5)
        os.kill(victim, signal.SIGKILL)
        assert [call.result(120) for call in calls] == list(range(12))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_a_lost_worker_that_is_started_again_goes_on(programs):
    programs.add_worker("--nthreads", "1")
    with cluster.ClusterExecutor(1, programs.address) as pool:
        victim = int(pool.submit(os.getpid).result(60))
        calls = [pool.submit(lambda n: time.sleep(0.2) or n, number) for number in range(6)]
        os.kill(victim, signal.SIGKILL)  # its nanny starts another
        assert [call.result(120) for call in calls] == list(range(6))


def test_a_lost_scheduler_is_told_at_once(programs):
    programs.add_worker("--nthreads", "1", "--no-nanny")
    with pytest.raises(LabError) as caught:  # noqa: SIM117
        with cluster.ClusterExecutor(1, programs.address) as pool:
            pools.start(pool, 1)
            call = pool.submit(time.sleep, 3600)
            programs.scheduler.kill()
            with pytest.raises(LabError, match="is gone: start it again"):
                call.result(60)
            pool.submit(len, "GIL")
    assert "is gone: start it again" in str(caught.value)


def test_workers_that_are_all_gone_are_told_within_the_limit(programs, monkeypatch):
    programs.add_worker("--nthreads", "1", "--no-nanny")
    with cluster.ClusterExecutor(1, programs.address) as pool:
        pools.start(pool, 1)
        monkeypatch.setattr(cluster, "LIMIT_S", 1.0)
        call = pool.submit(time.sleep, 3600)
        programs.started[-1].kill()
        with pytest.raises(LabError, match=r"all workers of .* are gone for 1 seconds"):
            call.result(60)


def test_too_few_workers_are_told_with_the_number_that_there_are(bare, monkeypatch):
    for limit_s in (1.0, 10.0, 60.0):  # more where this machine needs longer to hear of them
        monkeypatch.setattr(cluster, "LIMIT_S", limit_s)
        message = refusal(cluster.ClusterExecutor(3, bare.address).submit, len, "GIL")
        if "has 2 workers" in message:
            break
    assert f"has 2 workers after {limit_s:g} seconds, not 3" in message
    assert f"dask worker {bare.address}" in message


@pytest.mark.parametrize(
    "address", ["nonsense", "tcp://127.0.0.1:1", "tcp://", "ftp://127.0.0.1:8786", "a b", "tls://x"]
)
def test_a_bad_address_is_told_in_one_line_within_the_limit(address, monkeypatch):
    monkeypatch.setattr(cluster, "LIMIT_S", 0.3)
    monkeypatch.setenv(cluster.ADDRESS, address)
    before = threading.active_count()
    message = refusal(pools.open_pool("distributed", 1).submit, len, "GIL")
    assert f"no Dask scheduler answers at {address!r} within 0.3 seconds" in message
    assert cluster.ADDRESS in message
    assert eventually(lambda: threading.active_count() <= before + 1)


def test_a_program_that_says_nothing_is_no_scheduler(monkeypatch):
    monkeypatch.setattr(cluster, "LIMIT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        message = refusal(cluster.ClusterExecutor(1, address).submit, len, "GIL")
    assert "no Dask scheduler answers" in message


# -- details -----------------------------------------------------------------------------


def test_on_a_hub_the_dashboard_leads_through_the_proxy(bare, own, monkeypatch):
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    with cluster.ClusterExecutor(1, bare.address) as pool:
        link = pool.dashboard
        assert link.startswith("http://127.0.0.1:") and link.endswith("/status")
        port = link.split(":")[2].split("/")[0]
        monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
        assert pool.dashboard == f"/user/ada/proxy/{port}/status"


def test_stamps_of_another_machine_are_moved_to_our_clock(monkeypatch):
    monkeypatch.setattr(worker, "now", worker.now)  # put back at the end of the test
    monkeypatch.setattr(worker, "identity", None)
    clock_s = time.time() - time.perf_counter()
    elsewhere_s = clock_s - 1000  # the caller's machine has been up for 1000 s longer
    message = pack((worker.timed, (len, "GIL"), {}))
    answer = calls.answer_call(message, elsewhere_s)
    who, (began_s, ended_s), _, result = calls.unpacked(*answer)
    assert who == f"{os.getpid()}@{socket.gethostname()}" and result == 3
    assert began_s == pytest.approx(time.perf_counter() + 1000, abs=10)
    assert began_s <= ended_s
    # Once the two wall clocks agree again, the stamps are right again.
    calls.answer_call(message, clock_s)
    assert worker.now is time.perf_counter


def test_without_dask_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(cluster.importlib.util, "find_spec", lambda name: None)
    assert cluster.INSTALL in pools.kinds()["distributed"]
    message = refusal(pools.open_pool, "distributed", 2)
    assert message.startswith("distributed cannot be used here: ") and cluster.INSTALL in message


def test_it_ends_in_a_script_that_has_run_asyncio_before():
    asyncio.run(asyncio.sleep(0))  # leaves the main thread without an event loop
    with pools.open_pool("distributed", 1) as pool:
        assert list(pool.map(abs, [-1, 2])) == [1, 2]


def test_a_dask_that_is_too_old_is_told(monkeypatch):
    monkeypatch.setattr(cluster.importlib.metadata, "version", lambda name: "1.7.1")
    assert "2025 or newer, not 1.7.1; run python -m pip install" in pools.kinds()["distributed"]
