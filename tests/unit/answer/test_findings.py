"""The claims of notebook 12: made-up results show each, deny it, and are excused."""

import dataclasses
from types import SimpleNamespace

import pytest

from helpers.answer import findings
from helpers.answer.report import Part, Report
from helpers.cells.finding import finding
from tests.unit.results import MACHINE, curves, result


def report(strings=(1.0, 1.6), finished=(1.9, 1.8), **others):
    made = {"strings": strings, "finished": finished}
    parts = {
        job: Part(
            curves({"threads": {2: a}, "processes": {2: b}}, job=job, **others), recorded=False
        )
        for job, (a, b) in made.items()
    }
    return Report(parts, {}, {}, {})


def looks(log=1.0, backup=0.02, sensors=1.0, gil=True):
    shares = {"access log": log, "backup": backup, "sensors": sensors}
    return {
        name: SimpleNamespace(likely_share=share, gil=gil, capacity=None)
        for name, share in shares.items()
    }


def copies(log=0.02, sensors=0.9):
    return {"access log": SimpleNamespace(share=log), "sensors": SimpleNamespace(share=sensors)}


SHOWN = {
    "12.strings-threads": [report(), report((0.6, 0.5))],
    "12.strings-processes": [report()],
    "12.finished-threads": [report()],
    "12.depends": [report()],
    "12.start": [report()],
    "12.meter": [looks(), looks(log=0.9, sensors=None)],
    "12.copying": [copies()],
}
DENIED = {
    "12.strings-threads": [report((1.6, 1.6))],
    "12.strings-processes": [report((1.0, 1.0))],
    "12.finished-threads": [report(finished=(1.0, 1.8))],
    "12.depends": [report((1.6, 1.6), (1.6, 1.6)), report(finished=(1.0, 1.0))],
    "12.meter": [looks(backup=0.9), looks(log=0.1)],
    "12.copying": [copies(log=0.9)],
}


@pytest.fixture(autouse=True)
def a_quiet_machine(monkeypatch):
    monkeypatch.setattr(findings, "crowded", lambda *results, **asked: None)


@pytest.mark.parametrize(("id", "results"), [(i, r) for i, all_ in SHOWN.items() for r in all_])
def test_it_is_shown(id, results):
    assert finding(id, results).state == "shown"


@pytest.mark.parametrize(("id", "results"), [(i, r) for i, all_ in DENIED.items() for r in all_])
def test_it_is_denied(id, results):
    assert finding(id, results).state == "contradicted"


def test_a_start_that_takes_seconds_denies_that_nobody_notices_it():
    slow = result(
        *(dataclasses.replace(run, startup_s=3.0) for run in report().parts["strings"].result.runs),
        job="strings",
    )
    said = finding("12.start", Report({"strings": Part(slow, recorded=False)}, {}, {}, {}))
    assert said.state == "contradicted" and "30 % of 10 s" in said.figure


@pytest.mark.parametrize("id", ["12.strings-threads", "12.depends"])
def test_a_python_without_a_gil_is_an_excuse(id):
    free = report((1.6, 1.6), (1.6, 1.6), machine=dataclasses.replace(MACHINE, gil=False))
    said = finding(id, free)
    assert (said.state, said.reason) == ("not shown", "it was measured without a GIL")


@pytest.mark.parametrize("reached", [(0.9, 0.9), (1.3, 1.3), (1.6, 1.2)])
def test_one_cpu_is_an_excuse_and_what_is_gained_there_is_chance(reached):
    one_cpu = dataclasses.replace(MACHINE, usable_cpus=1.0)
    alone = report((0.9, reached[0]), (reached[1], 1.2), machine=one_cpu)
    for id in ("12.strings-processes", "12.finished-threads", "12.depends"):
        said = finding(id, alone)
        assert (said.state, said.reason) == ("not shown", "it was measured with one CPU")


def test_the_meter_has_nothing_to_show_without_a_gil():
    assert finding("12.meter", looks(0.0, 0.0, 0.0, gil=False)).state == "not shown"


@pytest.mark.parametrize("id", [id for id in SHOWN if id not in ("12.meter", "12.copying")])
def test_what_was_not_measured_is_not_shown(id):
    assert finding(id, Report({}, {}, {}, {})).state == "not shown"


def test_a_recording_is_called_one():
    one = report()
    one.parts["strings"] = dataclasses.replace(one.parts["strings"], recorded=True)
    assert "(recorded)" in finding("12.strings-threads", one).figure
    assert finding("12.depends", one).reason == "only one of these jobs was measured here"
