"""The claims of notebook 07: made-up results show each, deny it, and are excused."""

from concurrent.futures import BrokenExecutor
from dataclasses import replace

import pytest

from helpers.cells.finding import finding
from helpers.judge import claims
from helpers.responsive import findings
from helpers.responsive.beats import Beats, Lateness

ALIVE = Beats(0.5, tuple(k * 0.02 for k in range(26)))
DEAF = Beats(0.5, (-0.01, 0.5, 0.52))
SHORT = Beats(0.05, (-0.01, 0.05, 0.07))


@pytest.fixture(autouse=True)
def a_quiet_machine_with_a_gil(monkeypatch):
    monkeypatch.setattr(claims.machine, "gil_enabled", lambda: True)
    monkeypatch.setattr(findings, "crowded", lambda *results, **asked: None)
    monkeypatch.setattr(findings, "one_cpu", lambda: None)
    monkeypatch.setattr(claims.allowed, "usable_cpus", lambda: 2.0)


def places(**changed):
    names = ("the main thread", "a thread", "a process", "a thread, in one C call")
    usual = dict(zip(names, (DEAF, ALIVE, ALIVE, DEAF), strict=True))
    return usual | changed


def rows(*median_s, releases_s=0.0001, holds_s=0.02):
    loops = zip((0.0005, 0.005, 0.05), median_s, strict=True)
    made = {str(s): Lateness("loop", s, True, (late_s,)) for s, late_s in loops}
    made["releases"] = Lateness("c-releases", 0.005, True, (releases_s,))
    return made | {"holds": Lateness("c-holds", 0.005, True, (holds_s,))}


def rates(*values):
    return dict(zip(("alone", "thread", "process"), values, strict=True))


SHOWN = {
    "07.freeze": [([0.0, 0.05, 0.75, 0.8], 0.65)],
    "07.main-thread": [(places(),)],
    "07.thread": [(places(),)],
    "07.process": [(places(),)],
    "07.one-c-call": [(places(),)],
    "07.parts": [(DEAF, ALIVE)],
    "07.cancel": [(0.005, 300, 10_000)],
    "07.kill": [(0.3, BrokenExecutor())],
    "07.one-interval": [(rows(0.0007, 0.0052, 0.05),), (rows(0.00001, 0.0052, 0.05),)],
    "07.c-calls": [(rows(0.0007, 0.0052, 0.05),)],
    "07.convoy": [(rates(60_000, 70, 55_000), 0.97), (rates(60_000, 25_000, 55_000), 0.97)],
    "07.convoy-cure": [(rates(60_000, 70, 55_000), 0.97), (rates(60_000, 70, 55_000), 0.5)],
}
DENIED = {
    "07.freeze": [([0.0, 0.05, 0.1, 0.15], 0.65), ([0.0, 0.05, 0.1], 0.01)],
    "07.main-thread": [(places(**{"the main thread": ALIVE}),)],
    "07.thread": [(places(**{"a thread": DEAF}),)],
    "07.process": [(places(**{"a process": DEAF}),)],
    "07.one-c-call": [(places(**{"a thread, in one C call": ALIVE}),)],
    "07.parts": [(DEAF, DEAF), (ALIVE, ALIVE)],
    "07.cancel": [(0.0, 10_000, 10_000), (0.005, 0, 10_000)],
    "07.kill": [(3600.0, None), (0.3, TimeoutError())],
    "07.one-interval": [(rows(0.0007, 0.0002, 0.05),), (rows(0.0007, 0.005, 0.5),)],
    "07.c-calls": [(rows(0.0007, 0.0052, 0.05, holds_s=0.0001),)],
    "07.convoy": [(rates(60_000, 50_000, 60_000), 0.97)],
    "07.convoy-cure": [(rates(60_000, 25_000, 26_000), 0.97)],
}


@pytest.mark.parametrize(("id", "results"), [(i, r) for i, all_ in SHOWN.items() for r in all_])
def test_it_is_shown(id, results):
    assert finding(id, *results).state == "shown"


@pytest.mark.parametrize(("id", "results"), [(i, r) for i, all_ in DENIED.items() for r in all_])
def test_it_is_denied(id, results):
    assert finding(id, *results).state == "contradicted"


@pytest.mark.parametrize("id", ["07.one-c-call", "07.one-interval", "07.c-calls", "07.convoy"])
def test_a_python_without_a_gil_is_an_excuse(id, monkeypatch):
    monkeypatch.setattr(claims.machine, "gil_enabled", lambda: False)
    said = finding(id, *DENIED[id][0])
    assert (said.state, said.reason) == ("not shown", "this Python runs without a GIL")


@pytest.mark.parametrize("id", ["07.thread", "07.process", "07.parts"])
def test_other_programs_are_an_excuse(id, monkeypatch):
    monkeypatch.setattr(findings, "crowded", lambda *results, **asked: "other programs were busy")
    assert finding(id, *DENIED[id][0]).state == "not shown"


@pytest.mark.parametrize("id", ["07.one-interval", "07.c-calls"])
def test_a_busy_thread_that_got_no_whole_core_is_an_excuse(id, monkeypatch):
    monkeypatch.setattr(findings, "crowded", claims.crowded)
    monkeypatch.delattr(claims.machine, "capacity")  # nobody asks it afterwards

    def denied(share):
        [late] = DENIED[id][0]
        beside = {name: replace(row, core_shares=(share,)) for name, row in late.items()}
        return beside | {"alone": Lateness("nothing", 0.005, True, (0.0001,))}

    said = finding(id, denied(0.5))
    assert (said.state, "got 50 % of a CPU" in said.reason) == ("not shown", True)
    assert finding(id, denied(0.97)).state == "contradicted"


@pytest.mark.parametrize("id", ["07.convoy", "07.convoy-cure"])
def test_a_busy_process_that_got_no_whole_core_is_an_excuse(id, monkeypatch):
    [(denied, _)] = DENIED[id]
    said = finding(id, denied, 0.55)
    assert said.state == "not shown"
    assert said.reason == "other programs took the CPUs: the busy process got 55 % of a CPU"
    monkeypatch.setattr(findings, "one_cpu", lambda: "only one CPU can be used")
    monkeypatch.setattr(findings, "crowded", lambda: "other programs were busy")
    said = finding(id, denied, 0.55)  # it shares the CPU with the round trips
    assert said.reason in ("only one CPU can be used", "other programs were busy")


def test_a_job_that_is_over_at_once_is_an_excuse():
    said = finding("07.main-thread", places(**{"the main thread": SHORT}))
    assert (said.state, said.reason) == ("not shown", "the job took only 50 ms")
