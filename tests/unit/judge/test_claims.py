"""What excuses a machine that does not show a claim, and what is left when nothing does."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from helpers.core import allowed, machine
from helpers.core.machine import Capacity
from helpers.core.side_by_side import SideBySide
from helpers.core.spans import Span
from helpers.judge import claims
from helpers.judge.claims import (
    Outcome,
    before,
    crowded,
    no_gil,
    one_cpu,
    preempted,
    since,
    slowed,
    slowed_loop,
)
from tests.unit.results import curves, result, run, serial

QUIET = Capacity((1, 2), ((1.0,), (1.95,)), (0.99,))
BUSY = Capacity((1, 2), ((1.0,), (1.95,)), (0.6,))
NARROW = Capacity((1, 2), ((1.0,), (1.1,)), (0.97,))
HALF = Capacity((1, 2), ((1.0,), (1.5,)), (0.97,))


@pytest.fixture
def cpus(monkeypatch):
    """Return a function that sets how many CPUs can be used, and whether a quota says so."""

    def use(n, quota=None):
        monkeypatch.setattr(allowed, "usable_cpus", lambda: n)
        monkeypatch.setattr(allowed, "quota", lambda: quota)

    use(2)
    return use


@pytest.fixture
def looked(cpus, monkeypatch):
    """Return the list of what was asked of the machine, which is quiet."""
    asked = []
    monkeypatch.setattr(machine, "capacity", lambda n, **_: asked.append(n) or QUIET)
    return asked


@pytest.mark.parametrize(
    ("holds", "excuses", "state"),
    [
        (True, (), "shown"),
        (True, ("no GIL",), "shown"),
        (False, ("no GIL",), "not shown"),
        (False, (None, "no GIL"), "not shown"),
        (False, (), "contradicted"),
        (False, (None, None), "contradicted"),
    ],
)
def test_only_an_excuse_keeps_what_does_not_hold_from_being_a_contradiction(holds, excuses, state):
    assert Outcome(holds, "it was so", excuses).state == state


def test_what_needs_a_second_cpu_is_not_shown_by_a_burst_of_the_first():
    there = Outcome(True, "1.45 times as fast", ("busy",), lacks="only one CPU can be used")
    assert there.state == "not shown"
    assert there.reason == "chance or a short burst made it so: only one CPU can be used"
    flat = Outcome(False, "1.00 times as fast", ("busy",), lacks="only one CPU can be used")
    assert (flat.state, flat.reason) == ("not shown", "only one CPU can be used, and busy")


@pytest.mark.parametrize(("cpu_s", "excused"), [(0.7, True), (0.95, False)])
def test_a_plain_loop_that_was_kept_from_its_core_is_an_excuse(cpu_s, excused):
    found = result(*(serial(n, cpu_s=cpu_s) for n in range(3)))
    said = slowed_loop(found)
    assert (said is not None) is excused
    if excused:
        assert said == "other programs took the CPUs: the plain loop got 70 % of a CPU"


@pytest.mark.parametrize(
    ("n_cpus", "share", "excused"), [(2, 0.7, True), (2, 0.9, False), (0.5, 0.45, False)]
)
def test_who_never_waits_and_got_no_whole_core_is_an_excuse(cpus, n_cpus, share, excused):
    cpus(n_cpus)
    said = "other programs took the CPUs: the process got 70 % of a CPU"
    assert slowed("the process", share) == (said if excused else None)


def test_each_reason_is_told_once():
    assert Outcome(False, "", ("one", None, "two", "one")).reason == "one, and two"


@pytest.mark.parametrize(("gil", "said"), [(True, None), (False, "this Python runs without a GIL")])
def test_a_python_without_a_gil_is_an_excuse(monkeypatch, gil, said):
    monkeypatch.setattr(machine, "gil_enabled", lambda: gil)
    assert no_gil() == said


def test_too_few_cpus_excuse(cpus):
    assert one_cpu() is None
    assert one_cpu(3) == "only 2 CPUs can be used"
    cpus(1)
    assert one_cpu() == "only one CPU can be used" and one_cpu(1) is None
    cpus(0.5, allowed.Quota(0.5, 0.1))
    assert one_cpu() == "workers are stopped by the quota, which allows the time of 0.5 CPUs"


def test_versions_excuse(monkeypatch):
    monkeypatch.setattr(claims.sys, "version_info", (3, 13, 2))
    assert (before(3, 13), since(3, 14)) == (None, None)
    assert before(3, 14) == "this is Python 3.13, older than 3.14"
    assert since(3, 13) == "this is Python 3.13, and that changed in 3.13"
    monkeypatch.setattr(claims.sys, "version_info", (4, 0, 0))
    assert before(3, 14) is None


PAIR = SideBySide(2, (1.0,), (1.0,), (1.9,), (0.99,))
ONE = {"threads": {2: 1.0}}


@pytest.mark.parametrize(
    "known",
    [
        curves(ONE, capacity=QUIET),
        [curves(ONE, capacity=QUIET)],
        {"a": PAIR, "b": PAIR},
        SimpleNamespace(capacity=QUIET),
    ],
)
def test_a_quiet_result_excuses_nothing_and_asks_nobody(looked, known):
    assert crowded(known) is None and looked == []


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (curves(ONE, capacity=BUSY), "a thread that never waits got 60 % of a CPU"),
        (curves(ONE, capacity=NARROW), "two threads got the time of 1.1 CPUs"),
        ((PAIR, SimpleNamespace(capacity=BUSY)), "a thread that never waits got 60 % of a CPU"),
        ({"a": replace(PAIR, core_shares=(0.5,))}, "a thread that never waits got 50 % of a CPU"),
        ([replace(PAIR, capacities=(1.2,))], "two threads got the time of 1.2 CPUs"),
    ],
)
def test_a_result_of_a_busy_machine_excuses(looked, known, reason):
    assert crowded(known) == f"other programs took the CPUs during the measurement: {reason}"


def test_half_of_a_second_core_excuses_only_who_asks_for_more_of_it(looked):
    known = curves(ONE, capacity=HALF)
    assert crowded(known) is None and crowded(known, gain=1.2) is None
    assert crowded(known, gain=1.4).endswith("two threads got the time of 1.5 CPUs")
    assert crowded(curves(ONE, capacity=QUIET), gain=1.4) is None


def test_on_one_cpu_two_threads_need_no_two(looked, cpus):
    cpus(1)
    assert crowded(curves(ONE, capacity=NARROW)) is None
    cpus(0.5)
    assert crowded(curves(ONE, capacity=BUSY)) is None


def test_a_quota_that_stopped_the_runs_excuses(looked):
    runs = [serial(stopped_share=0.0), *(run(round=n, stopped_share=0.8) for n in (1, 2))]
    said = "the quota stopped the measurement in 80 % of its periods"
    assert crowded(result(*runs, capacity=QUIET)) == said
    assert crowded(SimpleNamespace(stopped_share=0.8)) == said
    assert crowded(SimpleNamespace(stopped_share=0.05)) is None


def rounds(*speed_ups, n_workers=2):
    """Return a result of a quiet machine in which two threads had these speed-ups, a round each."""
    runs = [serial(n) for n in range(1, len(speed_ups) + 1)]
    runs += [run("threads", n_workers, n, 1 / times) for n, times in enumerate(speed_ups, 1)]
    return result(*runs, capacity=QUIET)


@pytest.mark.parametrize(
    ("speed_ups", "share"), [((0.9, 1.3, 1.8), "41 %"), ((0.9, 1.3), "44 %"), ((1.4, 1.0), "40 %")]
)
def test_rounds_that_differ_excuse(looked, speed_ups, share):
    said = f"the rounds differ by {share}, as beside other programs"
    assert crowded(rounds(1.0), rounds(*speed_ups)) == said
    assert crowded(SimpleNamespace(capacity=QUIET, rates_per_s=speed_ups)) == said
    n, ones = len(speed_ups), (1.0,) * len(speed_ups)
    pairs = SideBySide(2, ones, tuple(2 / times for times in speed_ups), (1.9,) * n, ones)
    assert crowded(pairs) == said


def test_rounds_that_agree_excuse_nothing_and_other_numbers_of_workers_are_not_asked(looked):
    assert crowded(rounds(1.3, 1.31, 1.35), rounds(1.4, 1.5), rounds(2.0)) is None
    assert crowded(rounds(8.0, 29.0, 16.0, n_workers=32)) is None


@pytest.mark.parametrize("known", [(), (3.5,), ([0.1, 0.2],), ({"lost": 3},), (None, "text")])
def test_where_results_know_nothing_the_machine_is_asked(looked, monkeypatch, known):
    assert crowded(*known) is None and looked == [2]
    monkeypatch.setattr(machine, "capacity", lambda n, **_: BUSY)
    assert crowded(*known)


def test_a_capacity_of_one_thread_says_nothing_of_two():
    look = claims._Look.of_capacity(Capacity((1,), ((1.0,),), (0.9,)))
    assert (look.core, look.cores) == (0.9, math.inf)


def test_processes_that_are_stopped_while_they_compute_excuse():
    def of(cpu_s):
        spans = tuple(Span(f"{n}.1", 0.0, 1.0) for n in (1, 2))
        return result(serial(), *[run("processes", 2, n, 1.0, cpu_s, spans=spans) for n in (1, 2)])

    assert preempted(of(1.9)) is None and preempted(result(serial())) is None
    assert preempted(of(1.9), {"one": of(1.9)}) is None
    said = "other programs took the CPUs: each process got 50 % of a CPU while it computed"
    assert preempted({"one": of(1.9), "other": of(1.0)}) == said == preempted(of(1.9), of(1.0))
