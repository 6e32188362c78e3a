"""Notebook 02's claims: each is shown, denied or excused by results that are made up."""

import pytest

from helpers.cells.finding import claims_of, finding
from helpers.core.machine import Capacity, describe
from helpers.core.runs import Result, Run
from helpers.core.spans import Span
from helpers.judge import claims
from helpers.processes import findings_02
from helpers.processes.copying import Copying
from helpers.processes.in_turns import Times

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


@pytest.fixture
def asked_by_nobody(monkeypatch):
    """Let ``crowded`` read what results know; an error where it asks the machine afterwards."""
    monkeypatch.setattr(findings_02, "crowded", claims.crowded)
    monkeypatch.setattr(claims.allowed, "usable_cpus", lambda: 2.0)
    monkeypatch.delattr(claims.machine, "capacity")


def took_s(one=0.3, sixteen=0.2, tiny=4.0, chunks=0.2, share=0.98):
    names = "the loop", "1 sublist", "16 sublists", "60,000 sublists", "chunksize=3_750"
    tries = {name: [s, 1.1 * s, s] for name, s in zip(names, (0.25, one, sixteen, tiny, chunks))}
    return Times(tries, (share, 0.99, share))


def both_s(threads_s, loop_s=(1.0, 1.0, 1.0), share=0.98):
    return Times({"the loop": [*loop_s], "two threads": [threads_s] * 3}, (share,) * 3)


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


def turns(offset_s, turn_s=0.005):
    """Return the spans of two threads: a turn every 10 ms, the second's ``offset_s`` later."""
    starts_s = [0.01 * n for n in range(6)]
    return [[Span("a", at, at + turn_s) for at in starts_s],
            [Span("b", at + offset_s, at + offset_s + turn_s) for at in starts_s]]  # fmt: skip


def arrivals(first_s, last_s=0.2):
    return {"map": [(9, 0.2), (1, 0.2)], "as_completed": [(1, first_s), (9, last_s)]}


EMPTY = {"processes": (1e-6, 2e-6)}


# the claim: what shows it, what denies it, what excuses a machine that denies it
CASES = {
    "02.same-keys": ([["a", "b"], ["a", "b"]], [["a"], ["a", "b"]], None),
    "02.threads-gain-nothing": ([both_s(1.05)], [both_s(0.6)], "no_gil"),
    "02.turns": (turns(0.005), turns(0.0005, 0.009), "no_gil"),
    "02.processes-gain": ([result(0.9)], [result(1.5)], "one_cpu"),
    "02.one-sublist": ([took_s()], [took_s(one=0.15)], "crowded"),
    "02.tiny-sublists": ([took_s()], [took_s(tiny=0.5)], None),
    "02.chunksize": ([took_s()], [took_s(chunks=3.0)], None),
    "02.empty-task": (
        [{"processes": (3e-5, 1e-4)}, 4e-6, took_s()], [EMPTY, 4e-6, took_s()], "crowded",
    ),
    "02.arrivals": ([arrivals(0.03)], [arrivals(0.2)], "one_cpu"),
    "02.copying": ([copied(0.2)], [copied(0.01)], None),
    "02.send-less": ([copied(0.2), copied(0.1)], [copied(0.2), copied(0.2)], None),
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
    took = Times(took_s(one=0.1).took_s | {"the loop": [0.1, 0.2, 0.3]}, (0.98,))
    found = finding("02.one-sublist", took)
    assert (found.state, "150 ms to 250 ms" in found.reason) == ("not shown", True)


@pytest.mark.parametrize(
    ("name", "denied"),
    [
        ("02.threads-gain-nothing", lambda share: [both_s(0.6, share=share)]),
        ("02.one-sublist", lambda share: [took_s(one=0.15, share=share)]),
        ("02.empty-task", lambda share: [EMPTY, 4e-6, took_s(share=share)]),
    ],
)
def test_a_loop_that_got_no_whole_core_meanwhile_is_an_excuse(name, denied, asked_by_nobody):
    found = finding(name, *denied(0.6))
    assert (found.state, "got 60 % of a CPU" in found.reason) == ("not shown", True)
    assert finding(name, *denied(0.98)).state == "contradicted"


def test_threads_that_nobody_saw_running_are_an_excuse():
    found = finding("02.turns", *turns(0.001))
    said = "other programs kept both from running for 36 % of the time"
    assert (found.state, found.reason) == ("not shown", said)


def test_the_same_sublists_in_other_times_are_an_excuse():
    found = finding("02.arrivals", arrivals(0.2, last_s=0.5))
    assert found.state == "not shown"
    assert found.reason.endswith("the same sublists took 275 ms to 425 ms")


def test_copying_that_takes_more_than_a_core_can_win_back_is_an_excuse():
    found = finding("02.processes-gain", result(1.5, cpu_s=2.7))
    assert (found.state, "1.8 times the CPU time" in found.reason) == ("not shown", True)


def test_no_claim_is_left_out():
    assert {claim.id for claim in claims_of("02")} == set(CASES)
