"""The claims of notebook 05: made-up results show them, deny them, and are excused from them."""

from types import SimpleNamespace

import pytest

from helpers.cells.finding import finding
from helpers.core import machine
from helpers.core.variants import Table, Timing
from helpers.judge import claims
from helpers.judge.break_even import BreakEven
from helpers.processes import findings_05
from helpers.processes.memory import Memory
from helpers.processes.probes import ARRIVES, BREAKS, REFUSED
from helpers.processes.split import PARTS, Split
from helpers.processes.starts import Starts
from helpers.processes.travels import Travels

QUIET = machine.Capacity((1, 2), ((1.0,), (2.0,)), (1.0,))
BUSY = machine.Capacity((1, 2), ((1.0,), (1.0,)), (0.5,))


@pytest.fixture(autouse=True)
def a_quiet_machine_with_two_cpus(monkeypatch):
    monkeypatch.setattr(claims.machine, "capacity", lambda *_, **__: QUIET)
    monkeypatch.setattr(claims.machine, "gil_enabled", lambda: True)
    monkeypatch.setattr(claims.allowed, "usable_cpus", lambda: 2.0)


def starts(first_s, later_s, capacity=QUIET, method="forkserver"):
    return Starts(capacity, {method: (first_s,)}, {method: (later_s,)})


def lengths(start_s, rate, capacity=QUIET):
    return SimpleNamespace(line=BreakEven("processes", 2, start_s, rate), capacity=capacity)


def waiting(waiting_s, kind="threads", n_workers=2):
    parts = {"computing": 1.0, "waiting for the GIL or a core": waiting_s}
    parts_s = tuple((parts.get(name, 0.0),) for name in PARTS)
    wall_s = (1 + waiting_s,)
    return Split("job", kind, n_workers, 1, 1, 0, 0, parts_s, wall_s, (0.0,), (0.0,))


def splits(threads_s, alone_s=0.02, apart_s=0.02):
    """Return the splits of a worker alone, two threads, and two processes, by what they waited."""
    alone, apart = waiting(alone_s, "serial", 1), waiting(apart_s, "processes")
    return [alone, waiting(threads_s), apart]


def table(capacity=QUIET, **seconds):
    names = {
        "one": ("one row a message", "processes"),
        "four": ("four chunks each", "processes"),
        "shared": ("shared memory", "processes"),
        "numpy": ("NumPy, no pool", "serial"),
    }
    timings = [Timing(*names[name], (s,), (1.0,), 0) for name, s in seconds.items()]
    return Table(tuple(timings), (), 2, capacity)


def travels(**ends):
    """Return a table in which things end as said, under spawn and under fork."""
    names = {
        "module": findings_05.MODULE, "a_class": findings_05.A_CLASS, "cell": findings_05.CELL,
        "nested": findings_05.NESTED, "a_lambda": findings_05.LAMBDA, "lock": findings_05.LOCK,
    }  # fmt: skip
    methods = ("spawn", "fork")
    found = {
        (names[name], method): (what, "")
        for name, whats in ends.items()
        for method, what in zip(methods, whats, strict=True)
    }
    return Travels(tuple(names[name] for name in ends), methods, found)


def memory(sent, inherited, shared):
    added = {
        "a list, sent to each": sent,
        "a list, inherited by fork": inherited,
        "bytes, in shared memory": shared,
    }
    return Memory(added, dict.fromkeys(added, 40.0))


UNTOLD = Memory(lacking="this system does not tell")
BOTH, NONE = (ARRIVES, ARRIVES), (REFUSED, REFUSED)


@pytest.mark.parametrize(
    ("name", "results"),
    [
        ("first-pool", [starts(0.3, 0.1)]),
        ("tenth-job", [[0.1, *[0.001] * 9]]),
        ("heavy-import", [[0.1], [0.2]]),
        ("not-too-slow", [lengths(0.3, 0.6)]),
        ("not-too-slow", [lengths(0.3, 1.2)]),  # one CPU: it never pays, and yet starts soon
        ("pays-early", [lengths(0.3, 0.6)]),
        ("threads-wait", splits(0.9)),
        ("threads-wait", splits(0.9, alone_s=1.0)),
        ("few-messages", [table(one=0.4, four=0.1)]),
        ("packing", [SimpleNamespace(share=0.5)]),
        ("send-nothing", [table(four=0.1, shared=0.05)]),
        ("numpy-first", [table(four=0.1, shared=0.05, numpy=0.002)]),
        ("modules-arrive", [travels(module=BOTH, a_class=BOTH)]),
        ("pickle-refuses", [travels(nested=NONE, a_lambda=NONE, lock=NONE)]),
        ("cells-need-fork", [travels(cell=(BREAKS, ARRIVES))]),
        ("shared-memory", [memory(80, 64, 1)]),
        ("fork-copies", [memory(80, 64, 1)]),
        ("join-too-early", [False, True]),
        ("tracker", ["There appear to be 1 leaked shared_memory objects to clean up"]),
    ],
)
def test_results_that_show_a_claim(name, results):
    assert finding(f"05.{name}", *results).state == "shown"


@pytest.mark.parametrize(
    ("name", "results"),
    [
        ("first-pool", [starts(0.1, 0.1)]),
        ("tenth-job", [[0.1] * 10]),
        ("heavy-import", [[0.1], [0.1]]),
        ("not-too-slow", [lengths(5.0, 0.6)]),
        ("pays-early", [lengths(0.3, 1.2)]),
        ("pays-early", [lengths(3.0, 0.6)]),
        ("threads-wait", splits(0.1)),
        ("threads-wait", splits(9.0)),
        ("few-messages", [table(one=0.1, four=0.1)]),
        ("packing", [SimpleNamespace(share=0.02)]),
        ("send-nothing", [table(four=0.1, shared=0.1)]),
        ("numpy-first", [table(four=0.1, shared=0.05, numpy=0.05)]),
        ("modules-arrive", [travels(module=BOTH, a_class=(ARRIVES, REFUSED))]),
        ("pickle-refuses", [travels(nested=NONE, a_lambda=BOTH, lock=NONE)]),
        ("cells-need-fork", [travels(cell=BOTH)]),
        ("cells-need-fork", [travels(cell=(BREAKS, BREAKS))]),
        ("shared-memory", [memory(80, 64, 70)]),
        ("fork-copies", [memory(80, 2, 1)]),
        ("join-too-early", [False, False]),
    ],
)
def test_results_that_deny_a_claim(name, results):
    assert finding(f"05.{name}", *results).state == "contradicted"


@pytest.mark.parametrize(
    ("name", "results"),
    [
        ("first-pool", [starts(0.1, 0.1, BUSY)]),
        ("first-pool", [starts(0.1, 0.1, method="spawn")]),
        ("not-too-slow", [lengths(5.0, 0.6, BUSY)]),
        ("pays-early", [lengths(0.3, 1.2, BUSY)]),
        ("few-messages", [table(BUSY, one=0.1, four=0.1)]),
        ("send-nothing", [table(BUSY, four=0.1, shared=0.1)]),
        ("threads-wait", splits(9.0, alone_s=2.0)),
        ("threads-wait", splits(9.0, apart_s=0.5)),
        ("shared-memory", [UNTOLD]),
        ("fork-copies", [UNTOLD]),
        ("join-too-early", [True, True]),
    ],
)
def test_results_that_are_excused(name, results):
    found = finding(f"05.{name}", *results)
    assert found.state == "not shown"
    assert found.reason


def test_whether_workers_got_a_core_is_read_from_the_same_rounds(monkeypatch):
    monkeypatch.delattr(claims.machine, "capacity")  # nobody asks it afterwards
    found = finding("05.threads-wait", *splits(9.0, apart_s=0.5))
    assert found.reason.endswith("a thread that never waits got 67 % of a CPU")
    assert finding("05.threads-wait", *splits(9.0)).state == "contradicted"
    # Two processes always share a single CPU: that is no sign of other programs.
    monkeypatch.setattr(claims.allowed, "usable_cpus", lambda: 1.0)
    assert finding("05.threads-wait", *splits(9.0, apart_s=1.0)).state == "contradicted"
    assert finding("05.threads-wait", *splits(9.0, alone_s=1.0)).state == "not shown"


def test_one_cpu_and_no_gil_excuse_what_needs_them(monkeypatch):
    monkeypatch.setattr(claims.allowed, "usable_cpus", lambda: 1.0)
    found = finding("05.pays-early", lengths(0.3, 1.2))
    assert found.state == "not shown"
    assert "two processes were" in found.recorded
    monkeypatch.setattr(claims.machine, "gil_enabled", lambda: False)
    assert finding("05.threads-wait", *splits(0.1)).state == "not shown"


def test_windows_has_no_tracker(monkeypatch):
    monkeypatch.setattr(findings_05.sys, "platform", "linux")
    assert finding("05.tracker", "").state == "contradicted"
    monkeypatch.setattr(findings_05.sys, "platform", "win32")
    assert finding("05.tracker", "").state == "not shown"
