"""The claims of notebook 08: made-up results show each, deny it, and are excused."""

from types import SimpleNamespace

import pytest

from helpers.cells.finding import finding
from helpers.core.machine import Capacity
from helpers.judge import claims
from helpers.judge.theory import amdahl
from helpers.libraries import findings
from helpers.libraries.oversubscription import Crowd


@pytest.fixture(autouse=True)
def a_quiet_machine_with_two_cpus(monkeypatch):
    monkeypatch.setattr(findings, "crowded", lambda *results, **asked: None)
    monkeypatch.setattr(findings, "one_cpu", lambda: None)
    monkeypatch.setattr(findings, "_no_blas", lambda: None)
    monkeypatch.setattr(findings.allowed, "usable_cpus", lambda: 2.0)


def table(**speed_ups):
    timings = [
        SimpleNamespace(
            name=name.replace("_", " "),
            speed_up=speed_up,
            seconds=1 / speed_up,
            kind="processes" if "pool" in name else "serial",
        )
        for name, speed_up in speed_ups.items()
    ]
    return SimpleNamespace(timings=timings, fastest=max(timings, key=lambda way: way.speed_up))


def counts(numpy=20.0, array_loop=0.3, a_row_each=0.2, numba=60.0):
    ways = {"loop": 1.0, "pool, a row each": a_row_each, "the loop, on an array": array_loop}
    ways |= {"NumPy": numpy}
    return table(**ways, **({"numba, prange": numba} if numba else {}))


def curve(share):
    speed_ups = tuple(amdahl(share, n) for n in (1, 2))
    return SimpleNamespace(n_threads=(1, 2), speed_ups=speed_ups, usable_cpus=2.0)


def crowd(*runnable, seconds=1.0, cores=1.9):
    return Crowd("one", 2, 2.0, (seconds,), runnable, Capacity((1, 2), ((1.0,), (cores,))))


def pairs(sines):
    gains = {"add big arrays": 1.1, "copy a big array": 1.1, "sines": sines}
    return {name: SimpleNamespace(speed_up=gain) for name, gain in gains.items()}


def added(*ns):
    kinds = "float64", "float32", "uint8"
    return {100: dict.fromkeys(kinds, 4.0), 4_000_000: dict(zip(kinds, ns, strict=True))}


SHOWN = {
    "08.slow-pool": (counts(),),
    "08.form": (counts(),),
    "08.compiled": (counts(),),
    "08.array-loop": (counts(),),
    "08.one-call": (table(loop=1.0, translate=60.0, NumPy=40.0),),
    "08.blas-uses-cores": (table(one=1.0, two=1.9),),
    "08.too-late": ({"openblas": 2}, "1\n"),
    "08.crowd": (crowd(4, 4), crowd(2, seconds=0.5)),
    "08.joblib-limits": ([{"openblas": 1}, {"openblas": 1}],),
    "08.sines": (pairs(1.9),),
    "08.smaller-numbers": (added(0.95, 0.48, 0.1),),
    "08.amdahl": (curve(0.45), 0.5),
}
DENIED = {
    "08.slow-pool": (counts(a_row_each=1.6),),
    "08.form": (counts(numpy=4.0),),
    "08.compiled": (counts(numba=1.2),),
    "08.array-loop": (counts(array_loop=1.0),),
    "08.one-call": (table(loop=1.0, translate=60.0, NumPy=2.0),),
    "08.blas-uses-cores": (table(one=1.0, two=1.1),),
    "08.too-late": ({"openblas": 1}, "1\n"),
    "08.crowd": (crowd(4, 4), crowd(4, seconds=0.9)),
    "08.joblib-limits": ([{"openblas": 2}, {"openblas": 2}],),
    "08.sines": (pairs(1.0),),
    "08.smaller-numbers": (added(0.95, 0.48, 0.47),),
    "08.amdahl": (curve(0.9), 0.4),
}


@pytest.mark.parametrize("id", SHOWN)
def test_it_is_shown_or_denied(id):
    assert finding(id, *SHOWN[id]).state == "shown"
    assert finding(id, *DENIED[id]).state == "contradicted"


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("crowded", "08.slow-pool 08.form 08.compiled 08.array-loop".split()),
        ("crowded", ["08.one-call", "08.sines", "08.smaller-numbers", "08.amdahl", "08.crowd"]),
        ("one_cpu", ["08.blas-uses-cores", "08.too-late", "08.crowd", "08.sines"]),
        ("one_cpu", ["08.amdahl"]),
        ("_no_blas", ["08.blas-uses-cores", "08.too-late", "08.crowd", "08.joblib-limits"]),
    ],
)
def test_a_machine_that_cannot_show_it_is_an_excuse(name, ids, monkeypatch):
    monkeypatch.setattr(findings, name, lambda *results, **asked: "of this machine")
    said = [finding(id, *DENIED[id]) for id in ids]
    assert {(one.state, one.reason) for one in said} == {("not shown", "of this machine")}


def test_what_the_machine_gave_between_the_rounds_of_a_crowd_is_known(monkeypatch):
    monkeypatch.setattr(findings, "crowded", claims.crowded)
    monkeypatch.delattr(claims.machine, "capacity")  # nobody asks it afterwards
    said = finding("08.crowd", crowd(4, 4, cores=1.1), crowd(4, seconds=0.9, cores=1.1))
    assert (said.state, "the time of 1.1 CPUs" in said.reason) == ("not shown", True)
    assert finding("08.crowd", crowd(4, 4), crowd(4, seconds=0.9)).state == "contradicted"


def test_a_system_that_counts_no_waiting_threads_is_an_excuse():
    said = finding("08.crowd", crowd(), crowd())
    assert (said.state, "does not tell" in said.reason) == ("not shown", True)


def test_more_cores_than_the_form_gains_are_an_excuse(monkeypatch):
    monkeypatch.setattr(findings.allowed, "usable_cpus", lambda: 64.0)
    assert finding("08.form", counts()).reason == "this computer has 64 CPUs"


def test_a_library_that_is_not_installed_is_an_excuse():
    said = finding("08.compiled", counts(numba=0))
    assert (said.state, said.reason) == ("not shown", "neither numba nor polars is installed")


@pytest.mark.parametrize("id", ["08.blas-uses-cores", "08.sines", "08.amdahl"])
def test_what_a_quota_lets_run_for_an_instant_is_not_shown(id, monkeypatch):
    monkeypatch.setattr(findings, "one_cpu", lambda: "workers are stopped by the quota")
    assert finding(id, *SHOWN[id]).state == "not shown"
