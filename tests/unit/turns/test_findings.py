"""The claims of notebook 01: results that show each, deny it, or are excused."""

from dataclasses import replace

import pytest

from helpers.cells.finding import claims_of, finding
from helpers.core.side_by_side import SideBySide
from helpers.core.spans import Span
from helpers.core.switches import Switches
from helpers.errors import LabError
from helpers.judge import claims
from helpers.pythons.find import this_one
from helpers.pythons.states import HOLDS, WAITS, WITHOUT
from helpers.pythons.witness import Witness
from helpers.turns import beside_a_search, findings
from helpers.turns.record import Timeline


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """A quiet machine of two CPUs whose Python has a GIL; return a function that changes it."""

    def is_now(**excuses):
        for name in ("no_gil", "one_cpu", "crowded"):
            reason = excuses.get(name)
            monkeypatch.setattr(findings, name, lambda *_, reason=reason, **asked: reason)

    is_now()
    return is_now


def recording(*lanes, interval_s=0.005, label="python", kind="threads"):
    """Return a Timeline with a lane for each worker: a list of (start_ms, stop_ms)."""
    names = [f"{'process' if kind == 'processes' else 'thread'} {i}" for i in (1, 2)]
    labels = [label] * 2 if isinstance(label, str) else label
    spans = [
        Span(name, start / 1000, stop / 1000, of)
        for name, of, lane in zip(names, labels, lanes, strict=True)
        for start, stop in lane
    ]
    wall_s = max(span.stop_s for span in spans)
    return Timeline(
        kind, ("loop()",) * 2, interval_s, True, wall_s, (1e-5,) * 2, (9,) * 2, tuple(spans)
    )


def turns_of(ms, n=6, **options):
    lanes = [[(i * ms, (i + 1) * ms) for i in range(begin, n, 2)] for begin in (0, 1)]
    return recording(*lanes, **options)


BOTH = [(0, 100)], [(0, 100)]
IN_TURNS = turns_of(5)


def pairs(loop=1.0, wait=2.0, compress=1.9, search=1.0):
    got = {"loop": loop, "wait": wait, "compress": compress, "search": search}
    return {job: SideBySide(2, (1.0,), (2 / n,), (2.0,)) for job, n in got.items()}


def witnessed(*loop):
    """Return a recording whose first thread was seen in these states, 10 ms each."""
    spans = [Span("thread 1", i / 100, (i + 1) / 100, label) for i, label in enumerate(loop)]
    seen = Witness("CPython 3.15.0", (tuple(spans),), (), b"{}")
    return replace(recording(*BOTH), witness=seen)


def state(name, *results):
    return finding(f"01.{name}", *results).state


def test_each_is_shown_by_what_it_says():
    assert state("two-of-four", pairs()) == "shown"
    assert state("page-in-blocks", ["A"] * 900 + ["B"] * 700 + ["A"] * 50) == "shown"
    assert state("loops-take-turns", IN_TURNS) == "shown"
    assert state("turns-follow-the-interval", IN_TURNS, turns_of(50, interval_s=0.05)) == "shown"
    assert state("waits-overlap", recording(*BOTH, label="wait")) == "shown"
    assert state("compressing-overlaps", recording(*BOTH, label="call")) == "shown"
    frozen = recording([(0, 5), (45, 50)], [(5, 45)], label=("python", "call"))
    assert state("a-search-freezes-the-loop", frozen) == "shown"
    assert state("the-loop-waits-for-the-gil", witnessed(HOLDS, *[WAITS] * 9)) == "shown"
    assert state("processes-overlap", recording(*BOTH, kind="processes")) == "shown"
    assert state("names-are-counted", 2, 3) == "shown"


DENIED = {
    "two-of-four": (pairs(compress=1.0),),
    "page-in-blocks": (["A", "B"] * 500,),
    "loops-take-turns": (
        recording(
            [(0, 5), (10, 15), (20, 25), (30, 100)],
            [(5, 10), (15, 20), (25, 100)],
        ),
    ),
    "turns-follow-the-interval": (IN_TURNS, turns_of(6, interval_s=0.05)),
    "waits-overlap": (turns_of(5, label="wait"),),
    "compressing-overlaps": (turns_of(5, label="call"),),
    "a-search-freezes-the-loop": (turns_of(5, label=("python", "call")),),
    "the-loop-waits-for-the-gil": (witnessed(HOLDS, WAITS, *[WITHOUT] * 8),),
    "processes-overlap": (turns_of(5, kind="processes"),),
    "names-are-counted": (2, 2),
}
EXCUSES = {
    "two-of-four": "no_gil one_cpu crowded",
    "page-in-blocks": "no_gil",
    "loops-take-turns": "no_gil",
    "turns-follow-the-interval": "no_gil crowded",
    "waits-overlap": "crowded",
    "compressing-overlaps": "one_cpu crowded",
    "a-search-freezes-the-loop": "no_gil",
    "the-loop-waits-for-the-gil": "crowded",
    "processes-overlap": "one_cpu crowded",
    "names-are-counted": "",
}


@pytest.mark.parametrize("name", DENIED)
def test_each_is_contradicted_by_the_opposite_unless_the_machine_excuses_it(name, machine):
    assert state(name, *DENIED[name]) == "contradicted"
    for excuse in ("no_gil", "one_cpu", "crowded"):
        machine(**{excuse: "it is so"})
        expected = "not shown" if excuse in EXCUSES[name] else "contradicted"
        assert state(name, *DENIED[name]) == expected, excuse


def test_all_claims_of_the_notebook_are_tried_here():
    assert sorted(DENIED) == sorted(claim.id.removeprefix("01.") for claim in claims_of("01"))


@pytest.mark.parametrize("name", ["loops-take-turns", "a-search-freezes-the-loop"])
def test_a_recording_in_which_hardly_anybody_ran_shows_nothing(name):
    found = finding(f"01.{name}", recording([(90, 91)], [(95, 100)]))
    assert found.state == "not shown"
    assert "for 94 % of the recording" in found.reason


@pytest.mark.parametrize("seen", ["this computer has no CPython 3.15", None])
def test_without_a_profiler_nobody_says_what_the_loop_waits_for(seen):
    found = finding("01.the-loop-waits-for-the-gil", replace(recording(*BOTH), witness=seen))
    assert found.state == "not shown"
    assert found.reason == (seen or "none was asked")
    assert "the loop held the GIL" in found.recorded and "(CPython 3.15." in found.recorded


def test_what_a_profiler_saw_is_recorded_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(beside_a_search, "SEEN", tmp_path / "search.json")
    assert beside_a_search.recorded() == ""
    made = witnessed(HOLDS, *[WAITS] * 9)
    monkeypatch.setattr(beside_a_search, "record_witnessed", lambda *_, **__: made)
    monkeypatch.setattr(beside_a_search, "who_can_look", this_one)
    assert beside_a_search.record() == tmp_path / "search.json"
    assert "held the GIL 10 % of the time, waited for it 90 %" in beside_a_search.recorded()
    monkeypatch.setattr(beside_a_search, "record_witnessed", lambda *_, **__: "nobody can look")
    with pytest.raises(LabError, match="nobody can look"):
        beside_a_search.record()


def test_calls_under_way_at_once_on_one_cpu_show_no_overlap(machine):
    machine(one_cpu="only one CPU can be used")
    found = finding("01.compressing-overlaps", recording(*BOTH, label="call"))
    assert found.state == "not shown"
    assert "compress 1." in found.recorded


def test_what_looks_like_turns_without_a_gil_shows_none(machine):
    machine(no_gil="this Python runs without a GIL")
    assert state("loops-take-turns", IN_TURNS) == "not shown"
    assert state("page-in-blocks", ["A"] * 900 + ["B"] * 700) == "not shown"


def test_a_recording_that_other_programs_disturbed_excuses_by_its_own_figure():
    idle = recording([(0, 5)], [(90, 100)], kind="processes")
    found = finding("01.processes-overlap", idle)
    assert found.state == "not shown"
    assert "for 85 % of the recording" in found.reason
    assert "two processes did the job of notebook 02 1." in found.recorded


TAKEN = (Switches(own=1, forced=20), Switches(own=0, forced=20))


@pytest.mark.parametrize("name", ["processes-overlap", "compressing-overlaps"])
def test_workers_whose_cores_were_taken_show_and_deny_nothing(name):
    [denied] = DENIED[name]
    both = recording(*BOTH, label="call")
    for one in (denied, both) if name == "compressing-overlaps" else (denied,):
        found = finding(f"01.{name}", replace(one, lost=TAKEN))
        assert found.state == "not shown"
        assert "off their cores 40 times in" in found.reason
    for lost in [(None, None), (Switches(own=40, forced=0),) * 2]:
        assert state(name, replace(denied, lost=lost)) == "contradicted"


def test_on_one_cpu_workers_take_the_core_from_each_other(machine):
    machine(one_cpu="only one CPU can be used")
    [denied] = DENIED["processes-overlap"]
    found = finding("01.processes-overlap", replace(denied, lost=TAKEN))
    assert found.reason == "only one CPU can be used"


def test_an_empty_page_shows_nothing():
    assert claims.CLAIMS["01.page-in-blocks"].rule([]).state == "contradicted"
