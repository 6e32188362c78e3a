"""The claims of notebook 00: each is shown, denied and excused by results that are made up."""

import os

import pytest

from helpers.cells.finding import claims_of, finding
from helpers.core import allowed, machine
from helpers.core.machine import Capacity
from helpers.core.spans import Span
from tests.unit.results import curves, result, run, serial

CROWDED = Capacity((1, 2), ((1.0,), (1.1,)), core_shares=(0.4,))
HERE, APART = os.getpid(), os.getpid() + 1


@pytest.fixture(autouse=True)
def two_cpus_and_a_gil(monkeypatch):
    """Let no rule ask the machine that runs the tests."""
    monkeypatch.setattr(allowed, "usable_cpus", lambda: 2.0)
    monkeypatch.setattr(allowed, "quota", lambda: None)
    monkeypatch.setattr(machine, "gil_enabled", lambda: True)


def jobs(strings, pictures, finished, **others):
    """Return results with these speed-ups of (threads, processes) for each job."""
    given = {"strings": strings, "pictures": pictures, "finished": finished}
    return {
        job: curves({"threads": {2: threads}, "processes": {2: processes}}, job=job, **others)
        for job, (threads, processes) in given.items()
    }


USUAL = (1.0, 1.5), (1.2, 2.0), (1.9, 1.8)
OTHERWISE = {
    "00.strings-take-turns": ((1.6, 1.5), (1.2, 2.0), (1.9, 1.8)),
    "00.finished-overlaps": ((1.0, 1.5), (1.2, 2.0), (1.2, 1.8)),
    "00.drawing-gains-less": ((1.0, 1.5), (1.9, 2.0), (1.9, 1.8)),
    "00.processes-speed-up-all": ((1.0, 1.0), (1.2, 2.0), (1.9, 1.8)),
    "00.copying-costs": ((1.0, 2.0), (1.2, 2.0), (1.9, 1.8)),
}


@pytest.mark.parametrize("id", OTHERWISE)
def test_speed_ups_show_a_claim_deny_it_or_are_excused(id):
    assert finding(id, jobs(*USUAL)).state == "shown"
    assert finding(id, jobs(*OTHERWISE[id])).state == "contradicted"
    crowded = finding(id, jobs(*OTHERWISE[id], capacity=CROWDED))
    assert crowded.state == "not shown"
    assert "other programs took the CPUs" in crowded.reason


@pytest.mark.parametrize("id", ["00.finished-overlaps", "00.drawing-gains-less"])
def test_one_cpu_excuses_what_needs_two(id, monkeypatch):
    monkeypatch.setattr(allowed, "usable_cpus", lambda: 1.0)
    found = finding(id, jobs((1.0, 1.0), (1.0, 1.0), (1.0, 1.0)))
    assert (found.state, "one CPU" in found.reason) == ("not shown", True)


def test_what_processes_did_not_get_either_is_an_excuse():
    found = finding("00.finished-overlaps", jobs((1.0, 1.5), (1.2, 2.0), (1.2, 1.3)))
    assert (found.state, found.reason) == (
        "not shown",
        "two processes got only 1.3 cores meanwhile",
    )


HALF = Capacity((1, 2), ((1.0,), (1.5,)))


def test_half_of_a_second_core_is_an_excuse_where_two_must_overlap():
    found = finding("00.finished-overlaps", jobs(*OTHERWISE["00.finished-overlaps"], capacity=HALF))
    assert (found.state, "the time of 1.5 CPUs" in found.reason) == ("not shown", True)


def test_a_core_that_was_taken_from_the_processes_that_draw_is_an_excuse():
    results = jobs(*OTHERWISE["00.copying-costs"])
    stopped = tuple(Span(f"{APART + n}.1", 0.0, 1.0) for n in (1, 2))
    drawn = [run("processes", 2, n, 1.0, 1.0, spans=stopped) for n in (1, 2, 3)]
    results["pictures"] = result(*map(serial, (1, 2, 3)), *drawn, job="pictures")
    found = finding("00.copying-costs", results)
    assert (found.state, "got 50 % of a CPU" in found.reason) == ("not shown", True)


def test_without_a_gil_nothing_takes_turns(monkeypatch):
    monkeypatch.setattr(machine, "gil_enabled", lambda: False)
    for id in ("00.strings-take-turns", "00.drawing-gains-less"):
        assert "without a GIL" in finding(id, jobs(*OTHERWISE[id])).reason


def one_job(*runs, **others):
    return {"strings": result(serial(), *runs, job="strings", **others)}


@pytest.mark.parametrize(("cpu_s", "state"), [(1.0, "shown"), (1.9, "contradicted")])
def test_two_threads_that_take_turns_keep_one_core_busy(cpu_s, state):
    assert finding("00.one-core", one_job(run(cpu_s=cpu_s))).state == state


@pytest.mark.parametrize(("startup_s", "state"), [(0.2, "shown"), (3.0, "contradicted")])
def test_starting_processes_is_small_or_not(startup_s, state):
    results = one_job(run("processes", startup_s=startup_s))
    assert finding("00.start-is-small", results).state == state


@pytest.mark.parametrize(
    ("id", "kind", "workers", "state"),
    [
        ("00.threads-share-the-work", "threads", (f"{HERE}.1", f"{HERE}.2"), "shown"),
        ("00.threads-share-the-work", "threads", (f"{HERE}.1", f"{HERE}.1"), "contradicted"),
        ("00.threads-share-the-work", "threads", (f"{HERE}.1", f"{APART}.2"), "contradicted"),
        ("00.processes-are-pythons", "processes", (f"{APART}.1", f"{APART + 1}.1"), "shown"),
        ("00.processes-are-pythons", "processes", (f"{APART}.1", f"{APART}.2"), "contradicted"),
        ("00.processes-are-pythons", "processes", (f"{APART}.1", f"{HERE}.1"), "contradicted"),
    ],
)
def test_who_did_the_work_is_read_from_the_workers(id, kind, workers, state):
    spans = tuple(Span(worker, 0.0, 0.5) for worker in workers)
    assert finding(id, one_job(run(kind, spans=spans))).state == state


def test_every_claim_is_tried_here():
    told = {claim.id for claim in claims_of("00")}
    others = {"one-core", "start-is-small", "threads-share-the-work", "processes-are-pythons"}
    assert told == {*OTHERWISE, *(f"00.{name}" for name in others)}
