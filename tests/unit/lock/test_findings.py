"""The claims of notebook 03: made-up results show them, deny them, or are excused."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from helpers.core.machine import Capacity
from helpers.core.side_by_side import SideBySide
from helpers.judge import claims
from helpers.judge.claims import CLAIMS
from helpers.lock import findings
from helpers.lock.calls import _calls, _Pen
from helpers.lock.listing import Line, Listing, _statements
from helpers.lock.reading import TickReading

QUIET = Capacity((1, 2), ((1.0,), (1.95,)), (1.0,))
BUSY = Capacity((1, 2), ((1.0,), (1.1,)), (0.6,))
HALF = Capacity((1, 2), ((1.0,), (1.5,)), (1.0,))  # of the second core


@pytest.fixture(autouse=True)
def two_cpus_and_a_gil(monkeypatch):
    monkeypatch.setattr(claims.allowed, "usable_cpus", lambda: 2.0)
    monkeypatch.setattr(claims.machine, "gil_enabled", lambda: True)
    monkeypatch.setattr(claims.machine, "capacity", lambda *_, **__: QUIET)


def judged(name, *results):
    return CLAIMS[f"03.{name}"].rule(*results)


def result(*, threads=(1.1, 1.0), processes=1.9, capacity=QUIET):
    """Return what the claims read of a Result: two and four threads, two processes."""
    points = {("threads", 2): threads[0], ("threads", 4): threads[1], ("processes", 2): processes}
    found = {
        key: SimpleNamespace(kind=key[0], n_workers=key[1], speed_up=speed_up)
        for key, speed_up in points.items()
    }
    return SimpleNamespace(
        capacity=capacity,
        timed_runs=(),
        point=lambda *key: found[key],
        points=lambda kind=None: [one for one in found.values() if kind in (None, one.kind)],
    )


def pair(speed_up, capacity=1.95):
    return SideBySide(2, (1.0,) * 3, (2 / speed_up,) * 3, (capacity,) * 3)


def line(code, held_share, speed_up=None, control=0.0):
    ticks = TickReading("line", True, (0.01,), (held_share,), (control,))
    return Line(code, ticks, None if speed_up is None else pair(speed_up))


def listing(loop=1.0, filters=0.02, **facts):
    pieces = ("GaussianBlur(2)", "resize", "UnsharpMask", 'save("PNG")')
    rest = [line(piece, filters, **facts) for piece in pieces]
    return Listing("picture", (line("for x in y:", loop, **facts), *rest))


def table(held=1.0, released=0.0, speed_ups=(1.0, 1.9), **facts):
    lines = [line(code, held, speed_ups[0], **facts) for code in findings.HOLD]
    lines += [line(code, released, speed_ups[1], **facts) for code in findings.RELEASE]
    return Listing("calls", tuple(lines))


SAVED = {"JPEG to a path": pair(1.8), "JPEG to memory": pair(1.0)}
SIZED = {
    "blur 8 x 8": pair(0.8),
    "blur 1024 x 1024": pair(1.9),
    "sha256 of 100 bytes": pair(0.9),
    "sha256 of 10,000 bytes": pair(1.2),
    "sha256 of 1,000,000 bytes": pair(1.9),
}

SHOWN = [
    ("finishing-gains", result(threads=(1.8, 1.8))),
    ("drawing-does-not", result()),
    ("four-threads", result()),
    ("processes-gain", result(), result()),
    ("loop-holds", listing()),
    ("filters-release", listing()),
    ("calls-that-release", table()),
    ("calls-that-hold", table()),
    ("ticks-predict", table()),
    ("jpeg-in-memory", SAVED),
    ("held-share-limits", result(), 0.8),
    ("small-calls", SIZED),
]
DENIED = [
    ("finishing-gains", result(threads=(1.1, 1.8))),
    ("drawing-does-not", result(threads=(1.9, 1.0))),
    ("four-threads", result(threads=(1.1, 1.6))),
    ("processes-gain", result(), result(threads=(1.8, 1.8), processes=1.0)),
    ("loop-holds", listing(loop=0.1)),
    ("filters-release", listing(filters=0.9)),
    ("calls-that-release", table(released=0.8)),
    ("calls-that-hold", table(held=0.2)),
    ("ticks-predict", table(speed_ups=(1.9, 1.0))),
    ("jpeg-in-memory", {"JPEG to a path": pair(1.0), "JPEG to memory": pair(1.0)}),
    ("held-share-limits", result(threads=(1.9, 1.9)), 0.9),
    ("small-calls", {**SIZED, "blur 8 x 8": pair(1.9)}),
    ("small-calls", {**SIZED, "sha256 of 1,000,000 bytes": pair(1.0)}),
]
EXCUSED = [
    ("finishing-gains", result(threads=(1.2, 1.2), processes=1.1)),
    ("processes-gain", result(), result(threads=(1.2, 1.2), processes=1.1)),
    ("finishing-gains", result(capacity=BUSY)),
    ("drawing-does-not", result(threads=(1.9, 1.0), capacity=BUSY)),
    ("processes-gain", result(), result(processes=1.0, capacity=BUSY)),
    ("finishing-gains", result(threads=(1.2, 1.2), capacity=HALF)),
    ("processes-gain", result(processes=1.3, capacity=HALF), result(threads=(1.8, 1.8))),
    ("small-calls", {**SIZED, "blur 1024 x 1024": pair(1.3, capacity=1.5)}),
    ("loop-holds", listing(loop=0.6, control=0.5)),
    ("calls-that-hold", table(held=0.6, control=0.2)),
    ("held-share-limits", result(), None),
    ("small-calls", {**SIZED, "blur 1024 x 1024": pair(1.0, capacity=1.1)}),
]


def test_every_claim_is_tried():
    names = {f"03.{name}" for name, *_ in SHOWN}
    assert names == {name for name in CLAIMS if name.startswith("03.")}
    assert names == {f"03.{name}" for name, *_ in DENIED}


@pytest.mark.parametrize("case", SHOWN, ids=lambda case: case[0])
def test_results_that_show_a_claim(case):
    assert judged(*case).state == "shown"


@pytest.mark.parametrize("case", DENIED, ids=lambda case: case[0])
def test_results_that_deny_a_claim(case):
    assert judged(*case).state == "contradicted"


@pytest.mark.parametrize("case", EXCUSED, ids=lambda case: case[0])
def test_a_busy_machine_is_an_excuse(case):
    outcome = judged(*case)
    assert outcome.state == "not shown" and outcome.reason


def test_one_cpu_and_no_gil_are_excuses(monkeypatch):
    monkeypatch.setattr(claims.allowed, "usable_cpus", lambda: 1.0)
    assert "one CPU" in judged("finishing-gains", result(threads=(1.0, 1.0))).reason
    assert "one CPU" in judged("four-threads", result(threads=(1.0, 1.3))).reason
    monkeypatch.setattr(claims.machine, "gil_enabled", lambda: False)
    assert "without a GIL" in judged("loop-holds", listing(loop=0.0)).reason
    assert "without a GIL" in judged("drawing-does-not", result(threads=(1.9, 3.0))).reason


def test_the_table_has_every_call_that_a_claim_names():

    statements = _statements(_calls)
    assert 20 <= len(statements) <= 26
    for code in (*findings.HOLD, *findings.RELEASE):
        assert [one for one in statements if code in one], code


def test_each_thread_draws_with_a_pen_of_its_own():
    """A font that two threads use at once breaks where no GIL keeps them apart."""
    pen = _Pen((8, 8))
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(lambda: pen.draw).result()
    assert other is not pen.draw and other.font is not pen.draw.font
