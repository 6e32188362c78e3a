"""The claims of notebook 09: made-up results show each, deny it, and are excused."""

from types import SimpleNamespace

import pytest

from helpers.cells.finding import finding
from helpers.pythons import findings

WITH, WITHOUT = "09.with-the-gil", "09.without-the-gil"


@pytest.fixture(autouse=True)
def a_quiet_machine_with_two_cpus(monkeypatch):
    monkeypatch.setattr(findings, "crowded", lambda *results: None)
    monkeypatch.setattr(findings, "one_cpu", lambda: None)


def result(speed_up, *, gil, implementation="CPython"):
    machine = SimpleNamespace(implementation=implementation, python="3.14.2", gil=gil)
    point = SimpleNamespace(speed_up=speed_up)
    return SimpleNamespace(machine=machine, point=lambda kind, n_workers: point)


@pytest.mark.parametrize(
    ("id", "gil", "speed_ups", "state"),
    [
        (WITH, True, (1.0, 1.1), "shown"),
        (WITH, True, (1.0, 1.7), "contradicted"),
        (WITHOUT, False, (1.8, 1.6), "shown"),
        (WITHOUT, False, (1.8, 1.0), "contradicted"),
    ],
)
def test_every_cpython_of_the_kind_must_show_it(id, gil, speed_ups, state):
    results = [result(speed_up, gil=gil) for speed_up in speed_ups]
    others = [result(0.5, gil=not gil), result(1.3, gil=gil, implementation="another")]
    said = finding(id, results + others, [])
    assert said.state == state
    assert f"{speed_ups[1]:.2f} times as fast on 3.14.2" in said.figure


def test_where_there_is_no_such_python_the_recording_tells():
    said = finding(WITHOUT, [result(1.0, gil=True)], [result(1.9, gil=False)])
    assert (said.state, said.figure) == ("not shown", "nothing was measured")
    assert said.reason == "no CPython without a GIL could do the job"
    assert said.recorded == "two threads were 1.90 times as fast on 3.14.2"
    assert finding(WITH, [], []).state == "not shown"


def test_other_programs_and_a_single_cpu_are_excuses(monkeypatch):
    monkeypatch.setattr(findings, "one_cpu", lambda: "only one CPU can be used")
    assert finding(WITHOUT, [result(1.0, gil=False)], []).reason == "only one CPU can be used"
    monkeypatch.setattr(findings, "crowded", lambda *results: "other programs were busy")
    assert finding(WITH, [result(1.7, gil=True)], []).reason == "other programs were busy"
