"""A run in odd surroundings: it measures as ever, or says in one line why it cannot.

Each test is a command of its own, ``python -m helpers measure``, with something changed around it.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from helpers.core import pools
from tests.quotas import group_with_quota
from tests.unit.patience import given_time

CHECKOUT = Path(__file__).parents[2]
MADE_MEANWHILE = shutil.ignore_patterns("__pycache__")  # by tests in other processes
MEASURE = ["measure", "strings", "--size", "4000", "--rounds", "1", "--workers", "2", "--json"]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of this kind: only on Linux")


def run(*arguments, options=(), cwd=CHECKOUT, before=None, prefix=(), **variables):
    """Return the finished command ``python OPTIONS -m helpers ARGUMENTS``."""
    return subprocess.run(
        [*prefix, sys.executable, *options, "-m", "helpers", *arguments],
        cwd=cwd,
        env={**os.environ, **variables},
        preexec_fn=before,
        capture_output=True,
        text=True,
        timeout=120,
    )


def measured(done, kinds=("serial", "threads", "processes")):
    """Return what a finished ``measure --json`` measured, after a look at whether it is whole."""
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert [point["kind"] for point in found["points"]] == list(kinds)
    assert all(point["speed_up"] > 0 for point in found["points"])
    assert found["sentences"]
    return found


def refused(done):
    """Return the one line with which a command refused."""
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("helpers: ") and done.stderr.count("\n") == 1
    return done.stderr


# -- Python itself -------------------------------------------------------------------------


@pytest.mark.parametrize("options", [["-O"], ["-OO"], ["-W", "error"], ["-I"], ["-X", "dev"]])
def test_options_of_python(options):
    measured(run(*MEASURE, options=options))


@pytest.mark.parametrize("seed", ["0", "1", "4294967295", "random"])
def test_any_seed_of_hashes_gives_the_same_answer(seed):
    measured(run(*MEASURE, PYTHONHASHSEED=seed))


def test_output_that_knows_ascii_only():
    done = run("machine", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")


def test_spawn_as_the_only_start_method(monkeypatch):
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])
    usable = {kind for kind, reason in pools.kinds().items() if reason is None}
    assert {"threads", "processes", "processes-spawn"} <= usable
    assert not usable & {"processes-fork", "processes-forkserver"}


# -- CPUs and memory -----------------------------------------------------------------------


@pytest.fixture(params=[0.5, 1, 1.5])
def quota(request):
    """A real control group with a CPU quota: (the CPUs, a function that joins it)."""
    with group_with_quota(request.param) as members:
        yield request.param, lambda: members.write_text(str(os.getpid()))


def test_a_quota_of_the_container(quota):
    n_cpus, join = quota
    machine = measured(run(*MEASURE, before=join))["result"]["machine"]
    assert machine["usable_cpus"] == min(n_cpus, machine["usable_cpus"])


LOOP = """
def loop(n):
    return sum(k * k % 7 for k in range(n))


items = [20_000] * 60
"""


def test_under_a_quota_of_one_cpu_a_python_loop_stays_a_loop(tmp_path):
    """However fast two workers are before the quota is used up, they cannot keep it up."""
    (tmp_path / "jobs.py").write_text(LOOP)
    asked = ["verdict", "jobs:loop", "--items", "jobs.py:items", "--json", "--budget"]

    def judge(budget_s):
        done = run(
            *asked,
            str(budget_s),
            cwd=tmp_path,
            before=lambda: members.write_text(str(os.getpid())),
            PYTHONPATH=str(CHECKOUT),
        )
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    with group_with_quota(1) as members:
        said = given_time(judge, lambda said: "quota" in said["limits"], 4)
    assert said["kind"] == "serial"
    assert "quota" in said["limits"]
    assert "lock" not in said["limits"] and "copying" not in said["limits"]


@on_linux
def test_one_core():
    one = {min(os.sched_getaffinity(0))}
    found = measured(run(*MEASURE, before=lambda: os.sched_setaffinity(0, one)))
    assert found["result"]["machine"]["usable_cpus"] <= 1


@on_linux
def test_512_mb_of_memory():
    import resource

    limit = 512 * 2**20
    limited = run(*MEASURE, before=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    measured(limited)


@on_linux
def test_too_little_memory_for_the_job():
    import resource

    limit = 100 * 2**20  # Python starts, and has no room for the whole list in two processes
    done = run(
        "measure", "strings", "--rounds", "1", "--workers", "2",
        before=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )  # fmt: skip
    assert "memory" in refused(done).lower()


def test_a_wall_clock_that_jumps(tmp_path):
    """Only the date of a result comes from the wall clock, so no figure can be wrong."""
    (tmp_path / "sitecustomize.py").write_text(
        "import itertools, time\n"
        "jumps = itertools.cycle([-1e9, 1e9])\n"
        "real = time.time\n"
        "time.time = lambda: real() + next(jumps)\n"
    )
    path = os.pathsep.join([str(tmp_path), str(CHECKOUT)])
    for point in measured(run(*MEASURE, PYTHONPATH=path))["points"]:
        assert 0 < point["wall_s"] < 60


# -- disk ----------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(folder, size):
    """Mount a disk of ``size`` on a folder, where that is allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a disk that is full: needs Linux and the right to mount one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_keeps_what_was_there(tmp_path):
    with small_disk(tmp_path / "disk", "8k") as disk:
        (disk / "old.json").write_text("the old result")
        (disk / "filler").write_bytes(bytes(4096))
        done = run(*MEASURE[:-1], "--save", str(disk / "old.json"))
        assert done.returncode == 2 and "serial" in done.stdout  # the figures are not lost
        assert "cannot" in done.stderr and done.stderr.count("\n") == 1
        assert (disk / "old.json").read_text() == "the old result"
        assert sorted(os.listdir(disk)) == ["filler", "old.json"]


def test_a_disk_that_can_only_be_read(tmp_path):
    with small_disk(tmp_path / "disk", "64k") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for option, name in [("--save", "a.json"), ("--save-figure", "a.png")]:
            done = run(*MEASURE[:-1], option, str(disk / name))
            assert done.returncode == 2 and "serial" in done.stdout
            assert done.stderr.count("\n") == 1 and "Read-only" in done.stderr


@on_linux
@pytest.mark.parametrize("kind", ["threads", "processes-spawn", "processes-forkserver"])
def test_no_shared_memory(kind, tmp_path):
    """Semaphores of processes live in /dev/shm on Linux; some containers have none."""
    if not shutil.which("unshare") or os.geteuid():
        pytest.skip("a system without /dev/shm: needs Linux, unshare and root")
    inside = 'mount -t tmpfs -o size=4k,ro tmpfs /dev/shm && exec "$@"'  # what is there is hidden
    hidden = ["unshare", "--mount", "sh", "-c", inside, "sh"]
    if subprocess.run([*hidden, "true"], capture_output=True).returncode:
        pytest.skip("a system without /dev/shm: mounting is not allowed here")
    done = run(*MEASURE, "--kinds", kind, prefix=hidden)
    if kind == "threads":
        measured(done, ("serial", "threads"))
    else:
        assert "semaphores of the system" in refused(done)


@pytest.mark.parametrize("home", ["a file", "nowhere"])
def test_a_home_folder_that_cannot_be_written(tmp_path, home):
    (tmp_path / "a file").write_text("")
    place = str(tmp_path / home / "home")
    figure = tmp_path / "curve.png"
    names = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "IPYTHONDIR")
    done = run(*MEASURE, "--save-figure", str(figure), **dict.fromkeys(names, place))
    assert done.returncode == 0 and json.loads(done.stdout)["sentences"]
    assert figure.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["a folder", "Zürich 東京", 'it\'s; $HOME & "more"'])
def test_a_path_with_odd_letters(tmp_path, name):
    if sys.platform == "win32" and '"' in name:
        pytest.skip("Windows has no such names")
    copy = tmp_path / name
    shutil.copytree(CHECKOUT / "helpers", copy / "helpers", ignore=MADE_MEANWHILE)
    shutil.copytree(CHECKOUT / "data", copy / "data", ignore=shutil.ignore_patterns("results"))
    saved = copy / "my results" / "one.json"
    done = run(*MEASURE, "--save", str(saved), cwd=copy, PYTHONPATH=str(copy))
    measured(done)
    assert json.loads(saved.read_text(encoding="utf-8"))["schema"] == "gil-lab-result"


def test_a_temporary_folder_that_is_gone(tmp_path):
    gone = str(tmp_path / "gone")
    done = run(*MEASURE, TMPDIR=gone, TEMP=gone, TMP=gone)
    measured(done)
    assert not os.path.exists(gone) and tempfile.gettempdir() != gone
