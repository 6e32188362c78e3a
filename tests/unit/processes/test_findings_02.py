"""Notebook 02's claims: each is shown, denied or excused by results that are made up."""

import pytest

from helpers.cells.finding import claims_of, finding
from helpers.core.machine import Capacity, describe
from helpers.core.runs import Result, Run
from helpers.core.spans import Span
from helpers.processes import findings_02
from helpers.processes.copying import Copying

EXCUSES = ("no_gil", "one_cpu", "crowded")


@pytest.fixture(autouse=True)
def excused(monkeypatch):
    """Return a function that excuses the machine by a reason; before, it has no excuse."""

    def excuse(name):
        for one in EXCUSES:
            reason = f"of {one}" if one == name else None
            monkeypatch.setattr(findings_02, one, lambda *_, reason=reason, **asked: reason)

    excuse(None)
    return excuse


def took_s(one=0.3, sixteen=0.2, tiny=4.0, chunks=0.2):
    names = "the loop", "1 sublist", "16 sublists", "60,000 sublists", "chunksize=3_750"
    return {name: [s, 1.1 * s, s] for name, s in zip(names, (0.25, one, sixteen, tiny, chunks))}


def result(parallel_s, cpu_s=1.5, spans=()):
    runs = [
        Run(kind, n, number, 10, 2, 0.1, wall_s, cpu_s if n > 1 else wall_s, 0.0, spans)
        for number in (1, 2, 3)
        for kind, n, wall_s in (("serial", 1, 1.5), ("processes", 2, parallel_s))
    ]
    quiet = Capacity((1, 2), ((1.0,), (1.9,)))
    return Result("strings", "Strings", "2026-11-01T00:00:00+00:00", describe(), quiet, (*runs,))


def copied(share):
    step = ((share / 4,),)
    return Copying("strings", 10, 1, 1, (1.0,), step, step, step, step)


def turns(offset_s):
    """Return the spans of two threads: turns of 5 ms, the second's ``offset_s`` later."""
    starts_s = [0.01 * n for n in range(6)]
    return [[Span("a", at, at + 0.005) for at in starts_s],
            [Span("b", at + offset_s, at + offset_s + 0.005) for at in starts_s]]  # fmt: skip


def arrivals(first_s):
    return {"map": [(9, 0.2), (1, 0.2)], "as_completed": [(1, first_s), (9, 0.2)]}


# the claim: what shows it, what denies it, what excuses a machine that denies it
CASES = {
    "02.same-keys": ([["a", "b"], ["a", "b"]], [["a"], ["a", "b"]], None),
    "02.threads-gain-nothing": ([[(1.0, 1.05)] * 3], [[(1.0, 0.6)] * 3], "no_gil"),
    "02.turns": (turns(0.005), turns(0.001), "no_gil"),
    "02.processes-gain": ([result(0.9)], [result(1.5)], "one_cpu"),
    "02.one-sublist": ([took_s()], [took_s(one=0.15)], "crowded"),
    "02.tiny-sublists": ([took_s()], [took_s(tiny=0.5)], None),
    "02.chunksize": ([took_s()], [took_s(chunks=3.0)], None),
    "02.empty-task": (
        [{"processes": (3e-5, 1e-4)}, 4e-6], [{"processes": (1e-6, 2e-6)}, 4e-6], None,
    ),
    "02.arrivals": ([arrivals(0.03)], [arrivals(0.2)], "crowded"),
    "02.copying": ([copied(0.2)], [copied(0.01)], None),
    "02.send-less": ([copied(0.2), copied(0.1)], [copied(0.2), copied(0.2)], "crowded"),
    "02.cell-function": (
        ["BrokenProcessPool: died", AttributeError("no shout")], ["ZÜRICH", str.upper], None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_claim_is_shown_denied_and_excused(name, excused):
    shown, denied, excuse = CASES[name]
    assert finding(name, *shown).state == "shown"
    assert finding(name, *denied).state == "contradicted"
    if excuse is not None:
        excused(excuse)
        found = finding(name, *denied)
        assert (found.state, found.reason) == ("not shown", f"of {excuse}")


def test_processes_that_other_programs_stop_are_an_excuse():
    half = result(1.6, spans=(Span("a", 0, 1.5), Span("b", 0, 1.5)))
    found = finding("02.processes-gain", half)
    assert (found.state, "got 50 % of a CPU" in found.reason) == ("not shown", True)
    whole = result(1.6, spans=(Span("a", 0, 0.75), Span("b", 0, 0.75)))
    assert finding("02.processes-gain", whole).state == "contradicted"


def test_a_machine_that_changed_its_speed_is_an_excuse():
    took = took_s(one=0.1) | {"the loop": [0.1, 0.2, 0.3]}
    found = finding("02.one-sublist", took)
    assert (found.state, "150 ms to 250 ms" in found.reason) == ("not shown", True)


def test_copying_that_takes_more_than_a_core_can_win_back_is_an_excuse():
    found = finding("02.processes-gain", result(1.5, cpu_s=2.7))
    assert (found.state, "1.8 times the CPU time" in found.reason) == ("not shown", True)


def test_no_claim_is_left_out():
    assert {claim.id for claim in claims_of("02")} == set(CASES)
