"""Processes that workers start themselves end with them, however that comes about."""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil
import pytest

from helpers.core import pools
from tests.unit.core import family_jobs

CHECKOUT = Path(__file__).parents[3]
PROCESSES = [k for k, why in pools.kinds().items() if why is None and k.startswith("processes-")]
ON_POSIX = ("pipeline", "forked_daemon", "left_by_a_shell")
NEVER_END = [
    "own_pool", "spawned_pool", "a_process", "program", "program_of_another_session", "pipeline",
    "forked_daemon", "one_after_another",
]  # fmt: skip
ENDINGS = ("interrupt", "killed", "a worker is killed")
END = ["left_in_the_background", "left_by_a_shell"]

SCRIPT = """
import _thread, os, signal, sys, threading, time, warnings
from helpers.core.pools import open_pool
from tests.unit.core import family_jobs
warnings.simplefilter("ignore")
ending, name, kind = sys.argv[1:]
def go_on():
    os.read(0, 100)  # without the lock of a text file, which a forked process would wait for
    if ending == "killed":
        os.kill(os.getpid(), signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    elif ending == "interrupt":
        _thread.interrupt_main()
    elif ending == "a worker is killed":
        next(iter(pool._processes.values())).kill()
if __name__ == "__main__":
    threading.Thread(target=go_on, daemon=True).start()
    try:
        with open_pool(kind, 2) as pool:
            print("begun", flush=True)
            calls = [pool.submit(getattr(family_jobs, name), n) for n in range(2)]
            while not all(call.done() for call in calls):
                time.sleep(0.05)
            [call.result() for call in calls]
    except BaseException as error:
        print(type(error).__name__, flush=True)
    else:
        print("ended", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def started(tmp_path):
    """Return a function that starts the script: its process, and one that finds what it started."""
    mark = f"GIL_LAB_TEST_{uuid.uuid4().hex}"
    script = tmp_path / "starts.py"
    script.write_text(SCRIPT)
    opened = []

    def everything():
        found = []
        for process in psutil.process_iter():
            try:
                if mark in process.environ() and process.pid != opened[0].pid:
                    found.append((process, " ".join(process.cmdline())))
            except psutil.Error:
                continue
        return found

    def there():
        servers = ("forkserver import main", "resource_tracker import main")
        direct = {p.pid for p in psutil.Process(opened[0].pid).children()} if is_there() else set()
        return [
            text
            for process, text in everything()
            if not (process.pid in direct and any(server in text for server in servers))
        ]

    def is_there():
        return opened[0].poll() is None

    def start(*arguments):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        environ = {**os.environ, "PYTHONPATH": str(CHECKOUT), mark: "1"}
        command = [sys.executable, str(script), *arguments]
        process = subprocess.Popen(
            command, **pipes, stderr=subprocess.DEVNULL, text=True, env=environ
        )
        opened.append(process)
        assert opened[0].stdout.readline() == "begun\n"
        return opened[0], there

    yield start
    for process in opened:
        process.kill()
        for one, _ in everything():  # it holds the other end of the pipe
            one.kill()
        process.communicate()


def until(condition, limit_s=60):
    end_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.1)


def check_it_is_tried(name):
    if name in ON_POSIX and (sys.platform == "win32" or shutil.which("setsid") is None):
        pytest.skip("this takes fork, or a shell with setsid: not on this system")


@pytest.mark.parametrize(
    ("ending", "name"),
    [
        *itertools.product(ENDINGS, ("own_pool", "program", "one_after_another")),
        # Each of the others in one way, as it takes a second or two.
        *zip(
            itertools.cycle(ENDINGS),
            sorted({*NEVER_END} - {"own_pool", "program", "one_after_another"}),
        ),
    ],
)
def test_what_a_worker_started_ends_with_it(started, ending, name) -> None:
    check_it_is_tried(name)
    kind = PROCESSES[(NEVER_END.index(name) + len(ending)) % len(PROCESSES)]  # each has its turn
    process, there = started(ending, name, kind)
    until(lambda: len(there()) >= (2 if name == "forked_daemon" else 4))
    process.stdin.write("go on\n")
    process.stdin.flush()
    assert process.stdout.readline() in ("", "KeyboardInterrupt\n", "BrokenProcessPool\n")
    until(lambda: not there())


@pytest.mark.skipif("processes-forkserver" not in PROCESSES, reason="there is no fork server here")
def test_the_folder_of_a_parent_that_was_killed_is_removed(started, monkeypatch) -> None:
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:  # a socket's path is short
        monkeypatch.setenv("TMPDIR", folder)
        process, there = started("killed", "program", "processes-forkserver")
        until(lambda: len(there()) >= 4)
        assert [path.name[:9] for path in Path(folder).glob("pymp-*/*")] == ["listener-"]
        process.stdin.write("go on\n")
        process.stdin.flush()
        until(lambda: not there() and not list(Path(folder).glob("pymp-*")))


@pytest.mark.parametrize("name", END)
def test_what_is_left_running_ends_with_the_pool(started, name) -> None:
    check_it_is_tried(name)
    process, there = started("ends", name, PROCESSES[0])
    assert process.stdout.readline() == "ended\n"
    until(lambda: not there())


def test_a_worker_s_calls_may_start_and_wait_for_programs() -> None:
    with pools.open_pool(PROCESSES[0], 2) as pool:
        done = pool.submit(subprocess.run, [sys.executable, "-c", "print(3)"], capture_output=True)
        assert done.result(timeout=60).stdout.split() == [b"3"]
        assert list(pool.map(family_jobs.left_in_the_background, [1, 2])) == [1, 2]


@pytest.mark.skipif(os.name != "posix", reason="Windows starts no program without its environment")
@pytest.mark.parametrize("kind", PROCESSES)
def test_a_program_without_its_environment_ends_with_the_pool(kind) -> None:
    with pools.open_pool(kind, 2) as pool:
        pids = list(pool.map(family_jobs.left_with_an_empty_environment, [1, 2]))
        assert all(map(psutil.pid_exists, pids))
    until(lambda: not any(map(psutil.pid_exists, pids)))
