"""What the computer can do: CPUs, quotas and memory, each from a made-up or a real source."""

import math
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core import allowed, machine
from helpers.core.allowed import cpu_quota, memory_limit_bytes, usable_cpus
from helpers.core.machine import (
    Capacity,
    capacity,
)
from helpers.errors import LabError
from tests.quotas import group_with_quota

CHECKOUT = Path(__file__).parents[3]


def computer(folder, groups, files):
    """Return ``folder`` as the root of a Linux file system whose control groups hold ``files``."""
    own = folder / "proc/self/cgroup"
    own.parent.mkdir(parents=True)
    own.write_text("\n".join(groups) + "\n")
    for name, text in files.items():
        path = folder / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return folder


def asked(code, **options):
    """Return what a fresh Python prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, check=True, text=True, timeout=60, **options
    )
    return done.stdout.strip()


# -- CPUs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "files", "quota"),
    [
        (["0::/"], {}, math.inf),
        (["0::/"], {"cpu.max": "max 100000"}, math.inf),
        (["0::/"], {"cpu.max": "50000 100000"}, 0.5),
        (["0::/app"], {"app/cpu.max": "150000 100000"}, 1.5),
        # A limit on a parent holds for its children, whichever is the smaller.
        (["0::/a/b"], {"a/cpu.max": "100000 100000", "a/b/cpu.max": "max 100000"}, 1.0),
        (["0::/a/b"], {"a/cpu.max": "300000 100000", "a/b/cpu.max": "20000 10000"}, 2.0),
        # In a container the path of the group is the host's, and its files are at the top.
        (["0::/system.slice/docker-1f.scope"], {"cpu.max": "100000 100000"}, 1.0),
        (["0::/../../other"], {"cpu.max": "100000 100000"}, 1.0),
    ],
)
def test_a_quota_of_version_2(tmp_path, groups, files, quota):
    assert cpu_quota(computer(tmp_path, groups, files)) == quota


def version_1(group, quota, period="100000", mount="cpu"):
    folder = f"{mount}{group}".rstrip("/")
    return {f"{folder}/cpu.cfs_quota_us": quota, f"{folder}/cpu.cfs_period_us": period}


@pytest.mark.parametrize(
    ("groups", "files", "quota"),
    [
        (["3:cpu:/"], version_1("/", "-1"), math.inf),
        (["3:cpu:/"], version_1("/", "50000"), 0.5),
        (["3:cpu:/app"], version_1("/app", "150000"), 1.5),
        (["3:cpu:/a/b"], version_1("/a", "100000") | version_1("/a/b", "-1"), 1.0),
        (["3:cpu:/a/b"], version_1("/a", "30000", "10000") | version_1("/a/b", "200000"), 2.0),
        (["3:cpu:/docker/1f"], version_1("/", "100000"), 1.0),
        (["3:cpu,cpuacct:/app"], version_1("/app", "100000", mount="cpu,cpuacct"), 1.0),
        (["3:cpu,cpuacct:/app"], version_1("/app", "100000"), 1.0),
        # Only the controller of the CPUs counts, and its name is not a part of another's.
        (["4:cpuset:/app", "3:memory:/app"], version_1("/app", "100000"), math.inf),
        (["3:cpu:/", "0::/"], version_1("/", "100000"), 1.0),
        (["1:name=systemd:/", "3:cpu:/"], version_1("/", "100000"), 1.0),
    ],
)
def test_a_quota_of_version_1(tmp_path, groups, files, quota):
    assert cpu_quota(computer(tmp_path, groups, files)) == quota


ODD_FIGURES = ["100000 0", "100000 -1", "-5 100000", "0 100000", "a b", "1 2 3", "", "1e5 1e5"]
ODD_FIGURES += ["9" * 5000 + " 100000", "100000 " + "9" * 5000, "² ³", "\0 \0", "nan inf", "- -"]
ODD_GROUPS = [
    "garbage",
    "::",
    "0:",
    "",
    "0::" + "/a" * 20_000,
    "0::/../..",
    "3:cpu",
    "0::/\0",
    "é",
]


@pytest.mark.parametrize("text", ODD_FIGURES, ids=range(len(ODD_FIGURES)))
def test_a_quota_that_makes_no_sense_is_none(tmp_path, text):
    files = {"cpu.max": text, "cpu/cpu.cfs_quota_us": text, "memory.max": text}
    root = computer(tmp_path, ["0::/", "4:cpu:/"], files)
    assert cpu_quota(root) == math.inf
    assert memory_limit_bytes(root) == memory_limit_bytes(tmp_path / "elsewhere")


@pytest.mark.parametrize("group", ODD_GROUPS, ids=range(len(ODD_GROUPS)))
def test_a_group_that_makes_no_sense_has_no_quota(tmp_path, group):
    assert cpu_quota(computer(tmp_path, [group], {})) == math.inf
    root = computer(tmp_path / "beside", [group, "0::/a"], {"a/cpu.max": "150000 100000"})
    assert cpu_quota(root) in (1.5, math.inf)  # a line too long hides those below it


def test_files_that_cannot_be_read_as_text_have_no_quota(tmp_path):
    root = computer(tmp_path, ["0::/"], {})
    (root / "sys/fs/cgroup/cpu.max").mkdir(parents=True)
    assert cpu_quota(root) == math.inf
    group = os.fsdecode(b"/\xff\xfe")
    (root / "proc/self/cgroup").write_bytes(b"0::/\xff\xfe\n")
    assert cpu_quota(root) == math.inf
    if sys.platform == "linux":  # where a folder may have such a name
        (root / f"sys/fs/cgroup{group}").mkdir()
        (root / f"sys/fs/cgroup{group}/cpu.max").write_text("150000 100000")
        assert cpu_quota(root) == 1.5


def test_a_system_without_control_groups_has_no_quota(tmp_path):
    assert cpu_quota(tmp_path) == math.inf
    assert usable_cpus(tmp_path) == allowed.bound_cpus()


@pytest.mark.parametrize(
    ("n_bound", "quota", "cpus", "workers"),
    [
        (8, "max 100000", 8, 8),
        (8, "150000 100000", 1.5, 2),
        (8, "50000 100000", 0.5, 1),
        (1, "150000 100000", 1, 1),
        (8, "102000 100000", 1.02, 1),  # a little over one CPU is no reason for a second worker
        (8, "1 1000000", 0.01, 1),
    ],
)
def test_usable_is_the_smaller_of_affinity_and_quota(
    tmp_path, monkeypatch, n_bound, quota, cpus, workers
):
    root = computer(tmp_path, ["0::/"], {"cpu.max": quota})
    monkeypatch.setattr(allowed, "bound_cpus", lambda: n_bound)
    assert usable_cpus(root) == cpus
    monkeypatch.setattr(allowed, "usable_cpus", lambda: cpus)
    monkeypatch.setattr(machine, "usable_cpus", lambda: cpus)
    assert allowed.n_usable_workers() == machine.describe().n_usable_workers == workers


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="binding to a CPU: needs Linux")
def test_a_process_that_is_bound_to_one_cpu_may_use_one():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from helpers.core.allowed import usable_cpus; print(usable_cpus() <= 1.0)"
    )
    assert asked(code) == "True"


def under_quota(members, code):
    """Return what a fresh Python prints that has joined a control group first."""
    join = f"import os; open({str(members)!r}, 'w').write(str(os.getpid())); "
    return asked(f"{join}from helpers.core import allowed, machine; {code}")


def test_a_real_quota_of_one_cpu_is_seen():
    with group_with_quota(1) as members:
        assert under_quota(members, "print(allowed.usable_cpus())") == "1.0"


def test_a_quota_that_stops_nothing_is_none(tmp_path, monkeypatch):
    root = computer(tmp_path, ["0::/"], {"cpu.max": "150000 50000"})
    monkeypatch.setattr(allowed, "bound_cpus", lambda: 4)
    assert allowed.quota(root) == allowed.Quota(3.0, 0.05)
    assert allowed.period_s(root) == 0.05
    monkeypatch.setattr(allowed, "bound_cpus", lambda: 3)
    assert allowed.quota(root) is None
    assert allowed.period_s(root) == 0.0
    assert allowed.quota(tmp_path / "elsewhere") is None


STATS = {
    "version 1": "nr_periods 7\nnr_throttled 3\nthrottled_time 250000000\nnr_bursts 0",
    "version 2": "usage_usec 9\nnr_periods 7\nnr_throttled 3\nthrottled_usec 250000",
}


@pytest.mark.parametrize("version", STATS)
def test_how_often_a_quota_stopped_its_group(tmp_path, version):
    files = {"a/cpu.max": "100000 100000", "a/b/cpu.max": "max 100000"}
    files |= {"a/cpu.stat": STATS[version], "a/b/cpu.stat": "nr_periods 0"}
    assert allowed.stops(computer(tmp_path, ["0::/a/b"], files)) == (7, 3, 0.25)


@pytest.mark.parametrize("stat", ["", "nr_periods 7", "odd", "nr_periods -1\nnr_throttled x"])
def test_stops_that_are_not_told_are_none(tmp_path, stat):
    files = {"cpu.max": "100000 100000", "cpu.stat": stat}
    assert allowed.stops(computer(tmp_path, ["0::/"], files)) is None
    assert allowed.stops(tmp_path / "elsewhere") is None


def test_a_rest_lasts_a_period_and_ends_with_stop(monkeypatch):
    waited_s = []
    monkeypatch.setattr(allowed.time, "sleep", waited_s.append)
    monkeypatch.setattr(allowed, "quota", lambda root=None: None)
    allowed.rest()
    assert waited_s == []
    monkeypatch.setattr(allowed, "quota", lambda root=None: allowed.Quota(1.0, 0.1))
    allowed.rest()
    assert waited_s == [0.1]
    stop = threading.Event()
    stop.set()
    allowed.rest(stop)
    assert waited_s == [0.1]


def test_under_a_real_quota_two_threads_do_no_more_than_one_and_are_stopped():
    code = (
        "print(min(machine.capacity(2).at(2) for _ in range(3))); print(allowed.stops().stopped); "
        "print(machine.describe().quota_cpus)"
    )
    with group_with_quota(0.1) as members:  # so little that busy neighbours leave it
        cores, stopped, quota_cpus = map(float, under_quota(members, code).splitlines())
    assert cores < machine.TWO_CORES
    assert stopped > 0
    assert quota_cpus == 0.1


# -- Memory ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "files", "limit"),
    [
        (["0::/a/b"], {"a/memory.max": "1048576", "a/b/memory.max": "max"}, 1048576),
        (["0::/a"], {"memory.max": "4096", "a/memory.max": "1048576"}, 4096),
        (["4:memory:/a"], {"memory/a/memory.limit_in_bytes": "1048576"}, 1048576),
    ],
)
def test_the_memory_of_a_group(tmp_path, groups, files, limit):
    assert memory_limit_bytes(computer(tmp_path, groups, files)) == limit


FREE = "MemTotal: 900 kB\nMemAvailable:    600 kB\n"


@pytest.mark.parametrize(
    ("groups", "files", "left_kb"),
    [
        ([], {}, 600),
        (
            ["0::/a"],
            {"a/memory.max": "204800", "a/memory.current": "102400", "a/memory.stat": "x 1"},
            100,
        ),
        (
            ["0::/a"],
            {
                "a/memory.max": "204800",
                "a/memory.current": "102400",
                "a/memory.stat": "active_file 5\ninactive_file 51200\n",
            },
            150,
        ),
        (
            ["4:memory:/a"],
            {
                "memory/a/memory.limit_in_bytes": "204800",
                "memory/a/memory.usage_in_bytes": "204900",
                "memory/a/memory.stat": "total_inactive_file 0\n",
            },
            0,
        ),
        (["0::/a"], {"a/memory.max": "max", "a/memory.current": "102400"}, 600),
        (["0::/a"], {"a/memory.max": "lots", "a/memory.current": ""}, 600),
    ],
)
def test_the_memory_that_is_left(tmp_path, groups, files, left_kb):
    root = computer(tmp_path, groups, files)
    (root / "proc/meminfo").write_text(FREE)
    assert allowed.memory_left_bytes(root) == 1024 * left_kb


def test_this_computer_has_memory_left():
    assert 0 < allowed.memory_left_bytes() <= memory_limit_bytes()


def test_no_limit_is_all_memory_of_the_computer(tmp_path):
    unlimited = {"memory/memory.limit_in_bytes": "9223372036854771712"}
    root = computer(tmp_path, ["4:memory:/"], unlimited)
    assert memory_limit_bytes(root) == memory_limit_bytes(tmp_path / "elsewhere")


def test_a_limit_of_the_address_space_counts(tmp_path):
    resource = pytest.importorskip("resource", reason="ulimit: not on Windows")
    limit = 2**30

    def lower():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    code = "from helpers.core.allowed import memory_limit_bytes; print(memory_limit_bytes())"
    assert int(asked(code, preexec_fn=lower)) <= limit


# -- The Python that runs --------------------------------------------------------------


def test_the_machine_is_described_in_one_line():
    described = machine.describe()
    assert described.python == ".".join(map(str, sys.version_info[:3]))
    assert described.usable_cpus <= described.n_cpus
    assert described.default_start_method in described.start_methods
    assert described.gil or described.free_threaded
    assert "\n" not in str(described)


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork", None])
def test_processes_are_never_forked_unless_by_name(method):
    if method not in (None, *machine.describe().start_methods):
        pytest.skip(f"start method {method}: this system does not have it")
    code = (
        f"import multiprocessing as m; {method!r} and m.set_start_method({method!r}); "
        "from helpers.core.machine import default_start_method; print(default_start_method())"
    )
    said = asked(code)
    assert said != "fork"
    assert method in (None, "fork", said)


def test_asking_for_the_default_sets_nothing():
    code = (
        "import multiprocessing as m; from helpers.core.machine import describe; describe(); "
        "print(m.get_start_method(allow_none=True))"
    )
    assert asked(code) == "None"


# -- Capacity --------------------------------------------------------------------------


def test_capacity_is_measured_up_to_the_threads_asked_for():
    measured = capacity(3, slice_s=0.001, rounds=2)
    assert measured.n_threads == (1, 2, 3)
    assert [len(rounds) for rounds in measured.ratios] == [2, 2, 2]
    assert measured.ratios[0] == (1.0, 1.0)
    assert all(0 < share < 1.5 for share in measured.core_shares)
    assert len(measured.core_shares) == 2


@pytest.mark.parametrize(("n", "tried"), [(1, (1,)), (2, (1, 2)), (9, (1, 2, 3, 4, 8, 9))])
def test_capacity_tries_powers_of_two_and_the_highest(n, tried):
    assert capacity(n, slice_s=0.0005, rounds=1).n_threads == tried


@pytest.mark.parametrize(
    "n",
    [0, -1, 257, 10**9, pytest.param(10**5000, id="5001 digits"), 2.0, "2", True, [2], math.nan],
)
def test_capacity_of_a_count_that_makes_no_sense_is_refused(n):
    with pytest.raises(LabError, match=r"a whole number from 1 to 256: got .*; try \d+$"):
        capacity(n)


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), KeyboardInterrupt()])
def test_threads_that_were_started_end_when_the_others_cannot_be(monkeypatch, capfd, error):
    class Refusing(threading.Thread):
        n_started = 0

        def start(self):
            if Refusing.n_started == 2:
                raise error
            Refusing.n_started += 1
            super().start()

    before = threading.active_count()
    monkeypatch.setattr(machine.threading, "Thread", Refusing)
    with pytest.raises((LabError, KeyboardInterrupt)) as caught:
        machine._hash_rate(4, 0.001)
    assert caught.type is (LabError if isinstance(error, RuntimeError) else KeyboardInterrupt)
    for thread in threading.enumerate():
        if isinstance(thread, Refusing):
            thread.join(60)
    assert threading.active_count() <= before
    assert capfd.readouterr().err == ""


def test_capacity_by_hand():
    measured = Capacity((1, 2, 4), ((1.0, 1.0, 1.0), (1.5, 1.9, 1.8), (2.0, 2.2, 2.1)), (1.0, 0.5))
    assert [measured.at(n) for n in (1, 2, 3, 4, 64)] == [1.0, 1.8, 1.8, 2.1, 2.1]
    assert measured.curve() == ([1, 2, 4], [1.0, 1.8, 2.1])
    assert measured.core_share == 0.75
    assert str(measured) == "capacity in cores: 1 thread 1.00, 2 threads 1.80, 4 threads 2.10"


def test_capacities_of_several_moments_are_joined():
    first = Capacity((1, 2), ((1.0,), (2.0,)), (1.0,))
    both = first.joined(Capacity((1, 2), ((1.0,), (1.0,)), (0.5,)))
    assert both == Capacity((1, 2), ((1.0, 1.0), (2.0, 1.0)), (1.0, 0.5))
    assert both.at(2) == 1.5


@pytest.mark.parametrize(
    "parts",
    [
        ((), ()),
        ((1, 2), ((1.0,),)),
        ((1,), ((),)),
        ((2,), ((1.0,),)),
        ((1, 1), ((1.0,), (1.0,))),
        ((1, 4, 2), ((1.0,), (1.0,), (1.0,))),
        ((1,), ((1.0,),), ()),
    ],
)
def test_a_capacity_that_lacks_something_is_refused(parts):
    with pytest.raises(LabError, match=r"ascend from 1, not for .*: measure it again"):
        Capacity(*parts)


@given(
    rows=st.lists(st.lists(st.floats(0.1, 100), min_size=3, max_size=3), min_size=1, max_size=6),
    n=st.integers(1, 100),
)
def test_capacity_is_always_one_that_was_measured(rows, n):
    measured = Capacity(tuple(range(1, len(rows) + 1)), tuple(map(tuple, rows)))
    nearest = rows[min(n, len(rows)) - 1]
    assert measured.at(n) == sorted(nearest)[1]
