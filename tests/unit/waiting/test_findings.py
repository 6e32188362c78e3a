"""The claims of notebook 04: what shows each, what denies it, and what excuses a machine."""

import dataclasses
import sqlite3

import pytest

from helpers.core import allowed, machine
from helpers.core.machine import Capacity
from helpers.core.side_by_side import SideBySide
from helpers.judge.claims import CLAIMS
from helpers.waiting import findings
from helpers.waiting.load import Load, LoadRun

QUIET = Capacity((1, 2), ((1.0,), (1.95,)), (0.99,))
BUSY = Capacity((1, 2), ((1.0,), (1.95,)), (0.6,))


@pytest.fixture(autouse=True)
def two_quiet_cpus(monkeypatch):
    monkeypatch.setattr(allowed, "usable_cpus", lambda: 2)
    monkeypatch.setattr(machine, "capacity", lambda n, **_: QUIET)
    monkeypatch.setattr(machine, "gil_enabled", lambda: True)


def judged(name, *results):
    return CLAIMS[f"04.{name}"].rule(*results)


def points(kind, rates, cpu_s, cores=None):
    """Return a run of each number at once: requests a second, CPU seconds of each request."""
    return [
        LoadRun(kind, n, 1, 40 / rate, cores / rate * 40 if cores else 40 * cpu_s, (0.05,) * 40)
        for n, rate in rates.items()
    ]


def load(threads=None, tasks=None, cpu_s=(5e-4, 9e-4), cores=0.97, usable=2.0):
    here = dataclasses.replace(machine.describe(), usable_cpus=usable)
    threads = threads or {4: 76, 16: 300, 64: 820, 128: 900}
    tasks = tasks or {4: 75, 16: 280, 64: 510, 128: 520}
    serial = LoadRun("serial", 1, 1, 2.0, 0.1, (0.05,) * 40)
    runs = [serial, *points("threads", threads, cpu_s[0])]
    *most, last = points("asyncio", tasks, cpu_s[1])
    last = dataclasses.replace(last, cpu_s=cores * last.wall_s) if cores else last
    return Load(0.05, 0.01, here, (*runs, *most, last))


def pairs(count, fetch):
    speeds = {"count": count, "fetch all": fetch}
    return {k: SideBySide(2, (1.0,), (2 / v,), (1.9,), (0.99,)) for k, v in speeds.items()}


# (claim, results that show it, results that deny it)
CASES = [
    ("threads-overlap", (0.52, 0.07), (0.52, 0.5)),
    ("tasks-overlap", (0.52, 0.08), (0.52, 0.3)),
    ("far-more-than-cores", (load(),), (load(threads={4: 30, 16: 40, 64: 40, 128: 41}),)),
    ("asyncio-is-not-ahead", (load(),), (load(cpu_s=(9e-4, 9e-4), cores=None),)),
    ("asyncio-is-not-ahead", (load(),), (load(tasks={4: 30, 16: 280, 64: 510, 128: 520}),)),
    ("asyncio-is-not-ahead", (load(),), (load(tasks={4: 75, 16: 280, 64: 1200, 128: 1300}),)),
    ("one-core-is-the-limit", (load(),), (load(cores=0.3),)),
    ("curve-flattens", (load(),), (load(threads={4: 40, 16: 160, 64: 400, 128: 790}),)),
    ("tasks-are-light", (1.3,), (9.0,)),
    (
        "blocking-stops-the-loop",
        ({"blocks": 0.5, "awaits": 0.1, "in a thread": 0.12},),
        ({"blocks": 0.5, "awaits": 0.5, "in a thread": 0.12},),
    ),
    ("counting-overlaps-fetching-does-not", (pairs(1.9, 0.4),), (pairs(1.1, 0.4),)),
    ("counting-overlaps-fetching-does-not", (pairs(1.9, 0.4),), (pairs(1.9, 1.8),)),
    ("connection-stays", (sqlite3.ProgrammingError("no"),), (None,)),
    ("cancel-before-it-begins", ([False, False, True, True],), ([True, True, True, True],)),
    ("cancel-before-it-begins", ([False, False, True, True],), ([False] * 4,)),
    ("a-timeout-ends-the-waiting", (False, True), (True, True)),
    ("a-timeout-ends-the-waiting", (False, True), (False, False)),
    ("context-stays-behind", ("nobody", "Ada", "Ada"), ("nobody", "nobody", "Ada")),
    ("locals-stay", ([None, "Ada", "Ben"],), ([None, None, None],)),
]


@pytest.mark.parametrize(("name", "shows", "denies"), CASES)
def test_a_claim_is_shown_and_can_be_contradicted(name, shows, denies):
    assert judged(name, *shows).state == "shown"
    assert judged(name, *denies).state == "contradicted"


def test_each_claim_is_tried():
    here = {id for id, claim in CLAIMS.items() if claim.rule.__module__ == findings.__name__}
    assert here == {f"04.{name}" for name, _, _ in CASES}


UNEXCUSED = {"connection-stays", "context-stays-behind", "locals-stay"}


@pytest.mark.parametrize(
    ("name", "denies"), [(name, no) for name, _, no in CASES if name not in UNEXCUSED]
)
def test_a_busy_machine_is_excused(name, denies, monkeypatch):
    monkeypatch.setattr(machine, "capacity", lambda n, **_: BUSY)
    if isinstance(denies[0], dict) and "count" in denies[0]:
        denies = ({k: dataclasses.replace(v, core_shares=(0.5,)) for k, v in denies[0].items()},)
    assert "other programs took the CPUs" in judged(name, *denies).reason


def test_a_load_knows_how_busy_the_machine_was_meanwhile():
    [denies] = [no for case, _, no in CASES if case == "one-core-is-the-limit"][:1]
    busy = dataclasses.replace(denies[0], capacity=BUSY)
    assert "other programs took the CPUs" in judged("one-core-is-the-limit", busy).reason


@pytest.mark.parametrize("name", ["one-core-is-the-limit", "counting-overlaps-fetching-does-not"])
def test_one_cpu_is_excused(name, monkeypatch):
    monkeypatch.setattr(allowed, "usable_cpus", lambda: 1)
    [denies] = [no for case, _, no in CASES if case == name][:1]
    assert "only one CPU" in judged(name, *denies).reason


@pytest.mark.parametrize("name", ["asyncio-is-not-ahead", "counting-overlaps-fetching-does-not"])
def test_a_python_without_a_gil_is_excused(name, monkeypatch):
    monkeypatch.setattr(machine, "gil_enabled", lambda: False)
    [denies] = [no for case, _, no in CASES if case == name][:1]
    assert "without a GIL" in judged(name, *denies).reason


def test_a_computer_that_is_fast_enough_for_more_is_excused():
    steep = {4: 78, 64: 1250, 128: 2400}
    fast = load(threads=steep, tasks=steep, cores=0.4)
    for name in ("curve-flattens", "one-core-is-the-limit"):
        assert "fast enough to let more than 128 wait" in judged(name, fast).reason


def test_a_computer_with_very_many_cpus_is_excused():
    assert "this computer has 96 CPUs" in judged("far-more-than-cores", load(usable=96.0)).reason


def test_a_python_that_hands_contexts_on_is_excused(monkeypatch):
    class Flags:
        thread_inherit_context = 1

    results = ("Ada", "Ada", "Ada")
    assert judged("context-stays-behind", *results).state == "contradicted"
    monkeypatch.setattr(findings.sys, "flags", Flags)
    assert "context of their maker" in judged("context-stays-behind", *results).reason


def test_a_recording_stands_beside_the_database():
    assert judged("counting-overlaps-fetching-does-not", *CASES[10][2]).recorded
