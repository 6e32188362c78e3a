"""The claims of notebook 11: made-up verdicts show each, deny it, and are excused."""

from types import SimpleNamespace as Made

import pytest

from helpers.advice import findings
from helpers.cells.finding import finding
from helpers.judge import claims


@pytest.fixture(autouse=True)
def a_quiet_machine_with_a_gil(monkeypatch):
    monkeypatch.setattr(claims.machine, "gil_enabled", lambda: True)
    monkeypatch.setattr(findings, "crowded", lambda *results, **asked: None)
    monkeypatch.setattr(findings, "one_cpu", lambda: None)
    monkeypatch.setattr(findings.allowed, "usable_cpus", lambda: 2.0)


def way(kind, rate, n_workers=2):
    return Made(kind=kind, rates=(rate,), rate=rate, n_workers=n_workers, speed_up=rate)


def made(*ways, kind="processes", refused=(), **evidence):
    usual = {"bytes_per_item": (2e6, 70.0), "copying_share": 0.4, "total_s": 0.001}
    known = Made(**usual | {"unsteady": None, "refused": dict(refused)} | evidence)
    return Made(ways=ways, kind=kind, choice=Made(tried=ways), evidence=known)


CULPRIT = {"processes": "`guard` cannot be sent"}
SHOWN = {
    "11.holds": made(way("threads", 0.97)),
    "11.processes": made(way("processes", 1.7)),
    "11.releases": made(way("threads", 1.9)),
    "11.sending": made(),
    "11.waits": made(way("threads", 2.0), way("threads", 18.0, 32)),
    "11.short": made(way("threads", 0.3), kind="serial"),
    "11.refused": made(unsteady="item 0 is 3.1, and before it was 3.2"),
    "11.culprit": made(refused=CULPRIT),
}
DENIED = {
    "11.holds": made(way("threads", 1.8)),
    "11.processes": made(way("processes", 0.9)),
    "11.releases": made(way("threads", 1.0)),
    "11.sending": made(copying_share=0.001),
    "11.waits": made(way("threads", 2.0), way("threads", 2.1, 32)),
    "11.short": made(way("threads", 1.8), kind="threads"),
    "11.refused": made(),
    "11.culprit": made(),
}


@pytest.mark.parametrize("id", SHOWN)
def test_it_is_shown(id):
    assert finding(id, SHOWN[id]).state == "shown"


@pytest.mark.parametrize("id", DENIED)
def test_it_is_denied(id):
    assert finding(id, DENIED[id]).state == "contradicted"


def test_a_python_without_a_gil_is_an_excuse(monkeypatch):
    monkeypatch.setattr(claims.machine, "gil_enabled", lambda: False)
    said = finding("11.holds", DENIED["11.holds"])
    assert (said.state, said.reason) == ("not shown", "this Python runs without a GIL")


@pytest.mark.parametrize(
    "id", ["11.holds", "11.processes", "11.releases", "11.sending", "11.waits"]
)
def test_other_programs_are_an_excuse(id, monkeypatch):
    monkeypatch.setattr(findings, "crowded", lambda *results, **asked: "other programs were busy")
    assert finding(id, DENIED[id]).state == "not shown"


@pytest.mark.parametrize("id", ["11.processes", "11.releases"])
def test_one_cpu_is_an_excuse(id, monkeypatch):
    monkeypatch.setattr(findings, "one_cpu", lambda: "only one CPU can be used")
    assert finding(id, DENIED[id]).reason == "only one CPU can be used"


def test_a_budget_that_is_over_too_soon_and_a_job_that_is_long_are_excuses():
    unsent = made(bytes_per_item=(None, None), copying_share=None)
    assert finding("11.sending", unsent).state == "not shown"
    assert finding("11.short", made(way("threads", 1.8), kind="threads", total_s=1.0)).reason


@pytest.mark.parametrize("id", ["11.holds", "11.processes", "11.releases", "11.waits"])
def test_what_was_not_timed_is_not_judged(id):
    assert finding(id, made()).reason == "the budget was over before that"
