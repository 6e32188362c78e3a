"""The claims of notebook 06: each rule is shown, denied and excused by made-up results."""

import dataclasses

import pytest

from helpers.cells.finding import claims_of, finding
from helpers.core.machine import Capacity
from helpers.judge import claims
from helpers.safety.answer import Safety
from helpers.sharing import findings
from helpers.sharing.locks import Jam, Use
from helpers.sharing.losses import Ledger, Prices
from helpers.sharing.races import Races

KEPT, GONE = Ledger(100, (0, 0)), Ledger(100, (0, 30))
QUIET = Capacity((1, 2), ((1.0,), (1.9,)), (1.0,))
CROWDED = Capacity((1, 2), ((1.0,), (1.0,)), (0.4,))
PRICES = Prices(
    {"no lock": (30.0, 40.0), "Lock": (900.0, 110.0), "Queue": (3000.0,)},
    {"no lock": (30.0,), "Lock": (110.0,), "Queue": (4000.0,)},
    3,
    20_000,
    QUIET,
)
WRONG = {"plain": (0, 0), "rounded": (9, 9), "items.append(x)": (0, 0)}
WRONG |= {"seats.setdefault(n, me)": (0, 0), "next(one_list_iterator)": (0, 0)}
GIL = Races("3.13", "3.13.0", True, "a CPU", 2.0, "2026-11-28T00:00:00+00:00", 100, WRONG)
FREE = dataclasses.replace(
    GIL, era="3.13t", gil=False, wrong=WRONG | {"plain": (0, 40), "next(one_list_iterator)": (7, 0)}
)
RECORDED = dataclasses.replace(FREE, recorded=True)


def jam(*waits_s, circle=(), finished=("a", "b")):
    uses, now_s = [], 0.0
    for number, wait_s in enumerate(waits_s):
        got_s = None if wait_s is None else wait_s
        done_s = 0.2 if got_s is None else got_s + 0.1
        now_s = max(now_s, done_s)
        uses.append(Use(f"job {number}", "A", 0.0, got_s, done_s))
    return Jam(tuple(use.job for use in uses), finished, circle, now_s, tuple(uses))


BREAKS = Safety("f", 2, True, "An order of two calls breaks f: total is 1, not 2.", 7, 1)
HOLDS = Safety("f", 2, False, "None of 33 orders with up to 2 switches breaks f.", 33, 2)
ONCE, TWICE = [[0, 2], [1]], [[0, 1], [1]]
SHOWN = {
    "06.plain-keeps": ({"b += 1": KEPT},),
    "06.call-loses": ({"b = round(b + 1, 2)": GONE},),
    "06.gap": ({"b += 1": ["SWAP"], "b = round(b + 1, 2)": ["PRECALL", "CALL"]},),
    "06.plain-loses-without-gil": ([GIL, FREE],),
    "06.lock-keeps": ({"Lock": KEPT},),
    "06.lock-cheap": (PRICES,),
    "06.seldom-meet": (PRICES,),
    "06.waiting-costs": (jam(0.0, 0.1, 0.2, 0.3),),
    "06.one-owner": ({"balance": 20}, 20),
    "06.own-sums": (20, 20),
    "06.one-switch": (BREAKS,),
    "06.no-order": (HOLDS,),
    "06.check-then-act": (BREAKS,),
    "06.setdefault": (HOLDS,),
    "06.four-break": ([BREAKS, BREAKS],),
    "06.single-steps": ([GIL, RECORDED],),
    "06.list-iterator": ([GIL, FREE],),
    "06.generator": ([[0, 1], ValueError("generator already executing")],),
    "06.one-at-a-time": (ONCE,),
    "06.deadlock": (jam(None, None, circle=(("a", "A", "b"), ("b", "B", "a"))),),
}
DENIED = {
    "06.plain-keeps": ({"b += 1": GONE},),
    "06.call-loses": ({"b = round(b + 1, 2)": KEPT},),
    "06.gap": ({"b += 1": ["CALL"], "b = round(b + 1, 2)": ["CALL"]},),
    "06.plain-loses-without-gil": ([GIL, dataclasses.replace(FREE, wrong=WRONG)],),
    "06.lock-keeps": ({"Lock": GONE},),
    "06.lock-cheap": (dataclasses.replace(PRICES, alone_ns=PRICES.alone_ns | {"Lock": (9e3,)}),),
    "06.seldom-meet": (dataclasses.replace(PRICES, n_met=5_000),),
    "06.waiting-costs": (jam(0.0, 0.0, 0.0, 0.0),),
    "06.one-owner": ({"balance": 19}, 20),
    "06.own-sums": (19, 20),
    "06.one-switch": (dataclasses.replace(BREAKS, switches=2),),
    "06.no-order": (dataclasses.replace(HOLDS, more=True),),
    "06.check-then-act": (HOLDS,),
    "06.setdefault": (BREAKS,),
    "06.four-break": ([BREAKS, HOLDS],),
    "06.single-steps": (
        [dataclasses.replace(GIL, wrong=WRONG | {"items.append(x)": (1, 0)}), FREE],
    ),
    "06.list-iterator": ([GIL, dataclasses.replace(FREE, wrong=WRONG)],),
    "06.generator": ([[0, 1], []],),
    "06.one-at-a-time": (TWICE,),
    "06.deadlock": (jam(0.0, 0.0),),
}


@pytest.fixture(autouse=True)
def _usual(monkeypatch):
    """Let this machine excuse nothing."""
    for excuse in ("no_gil", "one_cpu", "crowded"):
        monkeypatch.setattr(findings, excuse, lambda *results, **asked: None)


def test_every_claim_has_its_cases():
    claims = {claim.id for claim in claims_of("06")}
    assert claims - {"06.serialize-iterator"} == SHOWN.keys() == DENIED.keys()


@pytest.mark.parametrize("id", SHOWN)
def test_it_is_shown(id):
    assert finding(id, *SHOWN[id]).state == "shown"


@pytest.mark.parametrize("id", DENIED)
def test_it_is_contradicted(id):
    assert finding(id, *DENIED[id]).state == "contradicted"


@pytest.mark.parametrize(
    ("id", "excuse"),
    [
        ("06.plain-keeps", "no_gil"),
        ("06.plain-loses-without-gil", "one_cpu"),
        ("06.list-iterator", "crowded"),
        ("06.lock-cheap", "crowded"),
        ("06.seldom-meet", "no_gil"),
        ("06.waiting-costs", "crowded"),
        ("06.generator", "crowded"),
        ("06.deadlock", "crowded"),
    ],
)
def test_it_is_excused(id, excuse, monkeypatch):
    monkeypatch.setattr(findings, excuse, lambda *results, **asked: "of this")
    found = finding(id, *DENIED[id])
    assert (found.state, found.reason) == ("not shown", "of this")


def test_without_a_gil_rounding_may_happen_to_lose_nothing(monkeypatch):
    denied = DENIED["06.call-loses"]
    monkeypatch.setattr(findings, "crowded", lambda *results, **asked: "of neighbours")
    assert finding("06.call-loses", *denied).state == "contradicted"  # with the GIL it always loses
    monkeypatch.setattr(findings, "no_gil", lambda: "no GIL")
    assert finding("06.call-loses", *denied).state == "not shown"


@pytest.mark.parametrize("id", ["06.plain-loses-without-gil", "06.list-iterator"])
def test_a_recording_stands_for_a_python_that_is_not_here(id):
    found = finding(id, [GIL, RECORDED])
    assert found.state == "not shown"
    assert "no Python without the GIL was found" in found.reason
    assert "recorded on 2026-11-28" in found.recorded


@pytest.mark.parametrize("id", ["06.plain-loses-without-gil", "06.list-iterator"])
def test_threads_that_had_no_second_core_need_not_lose_anything(id, monkeypatch):
    monkeypatch.setattr(findings, "crowded", claims.crowded)
    monkeypatch.setattr(claims.allowed, "usable_cpus", lambda: 2.0)
    locked, free = DENIED[id][0]
    found = finding(id, [locked, dataclasses.replace(free, capacity=CROWDED)])
    assert (found.state, "got 40 % of a CPU" in found.reason) == ("not shown", True)
    quiet = dataclasses.replace(free, capacity=QUIET)
    assert finding(id, [locked, quiet]).state == "contradicted"


def test_the_wrapper_of_3_15_is_excused_before(monkeypatch):
    monkeypatch.setattr(findings, "before", lambda *version: "this is Python 3.11")
    found = finding("06.serialize-iterator", ONCE)
    assert (found.state, found.reason) == ("not shown", "this is Python 3.11")
    assert "0 of 1,000,000 items were given out again on CPython 3.15" in found.recorded
    monkeypatch.setattr(findings, "before", lambda *version: None)
    assert finding("06.serialize-iterator", ONCE).state == "shown"
    assert finding("06.serialize-iterator", TWICE).state == "contradicted"
