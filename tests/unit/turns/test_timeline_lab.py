"""Recording in a cell and in the lab: what is shown, what Stop and errors do, what is left."""

import dataclasses
import sys
import threading

import pytest

from helpers.cells import watch
from helpers.cells.picture import Picture
from helpers.core.machine import gil_enabled
from helpers.core.spans import Span
from helpers.errors import LabError, Stopped
from helpers.pythons.witness import Witness
from helpers.turns import timeline_lab
from helpers.turns import words as turns
from helpers.turns.chart import draw_timeline
from helpers.turns.record import Timeline
from helpers.turns.timeline_lab import TimelineLab, timeline
from tests.kernels import eventually


def made(kind="threads", works=("loop", "loop"), spans=(), wall_s=0.02, gil=True, chunk_s=0.00003):
    """Return a Timeline that nobody recorded."""
    n = len(works)
    return Timeline(kind, works, 0.005, gil, wall_s, (chunk_s,) * n, (100,) * n, tuple(spans))


def alternating(turn_s=0.005, n_turns=4):
    names = ("thread 1", "thread 2")
    return [Span(names[i % 2], i * turn_s, (i + 1) * turn_s, "python") for i in range(n_turns)]


TURNS = made(spans=alternating())
BUSY = made(spans=alternating()[:1])


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """Collect what would be displayed: (figure, html, text); check what is left behind."""
    found = []
    monkeypatch.setattr(Picture, "update", lambda self, *what: found.append(what))
    monkeypatch.setattr("helpers.cells.progress.in_notebook", lambda: True)
    monkeypatch.setattr("helpers.cells.picture.display", lambda *_, **options: None)
    monkeypatch.setattr("helpers.cells.lab.display_widget", lambda *_: None)
    interval_s = sys.getswitchinterval()
    yield found
    assert sys.getswitchinterval() == interval_s
    with watch.exclusive():  # the machine is not held
        pass
    assert not [t for t in threading.enumerate() if t.name.startswith("gil-lab")]


@pytest.fixture
def recorded(monkeypatch):
    """Let recordings be taken from a list; return (answers, calls)."""
    answers, asked = [], []

    def record(*args, stop=None, **options):
        asked.append((*args, options))
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, BaseException):
            raise answer
        if stop is not None and stop.wait(0.01):
            raise Stopped("stopped")
        return answer

    monkeypatch.setattr(timeline_lab, "record", record)
    monkeypatch.setattr(timeline_lab, "_PERIOD_S", 0.01)
    return answers, asked


# --- In a cell ----------------------------------------------------------------------------


def test_a_cell_records_shows_and_returns_a_real_timeline(shown):
    one = timeline("threads", "loop", seconds=0.02)
    assert one.works == ("loop", "loop")
    charts, html, text = shown[-1]
    assert len(charts) == 2
    assert "<b" not in text and text.splitlines()[0] in html


def test_a_disturbed_recording_is_repeated_and_the_text_says_so(shown, recorded):
    answers, asked = recorded
    answers += [BUSY, TURNS]
    assert timeline("threads", "loop") is TURNS
    assert len(asked) == 2
    assert "least disturbed of 2 recordings" in shown[-1][2]


def test_three_disturbed_recordings_are_enough(shown, recorded):
    answers, asked = recorded
    answers.append(BUSY)
    assert timeline("threads", "loop") is BUSY
    assert len(asked) == 3
    assert "other programs keep the cores busy" in shown[-1][2]


def test_an_undisturbed_recording_is_made_once(shown, recorded):
    answers, asked = recorded
    answers.append(TURNS)
    timeline("threads", "loop", seconds=0.1, switch_interval_s=0.02)
    assert asked == [("threads", "loop", {"seconds": 0.1, "switch_interval_s": 0.02})]
    assert "least disturbed" not in shown[-1][2]


def test_a_witness_is_asked_and_where_there_is_none_the_recording_is_made_here(
    shown, recorded, monkeypatch
):
    answers, asked = recorded
    answers.append(TURNS)
    seen = dataclasses.replace(TURNS, witness=Witness("CPython 3.15.0", (), (), b""))
    found = [seen, "there is none"]
    monkeypatch.setattr(timeline_lab, "record_witnessed", lambda *_, **__: found.pop(0))
    monkeypatch.setattr(timeline_lab, "explain", lambda one: [])
    monkeypatch.setattr(timeline_lab, "draw_timeline", lambda one: [])
    assert timeline("threads", "loop", witness=True) is seen
    assert asked == []
    assert timeline("threads", "loop", witness=True).witness == "there is none"
    assert len(asked) == 1


def test_a_witness_sees_threads_only():
    with pytest.raises(LabError, match="sees the threads of one process, not workers of the kind"):
        timeline("processes", "loop", witness=True)


def test_a_real_profiler_sees_the_turns_that_are_stamped(shown):
    one = timeline("threads", "loop", seconds=0.1, witness=True)
    if isinstance(one.witness, str):
        pytest.skip(f"no profiler looked at a timeline: {one.witness}")
    assert {span.worker for span in one.witness.phases[0]} == set(one.workers)
    assert all(n > 0 for n in one.n_chunks)
    assert "whose profiler saw this: thread 1 held the GIL" in shown[-1][2]


def test_an_interrupt_ends_a_recording_in_one_line(recorded):
    answers, _ = recorded
    answers.append(KeyboardInterrupt())
    with pytest.raises(Stopped, match=r"^Stopped: nothing is left running"):
        timeline("threads", "loop")


def test_a_wrong_argument_is_told_in_one_line():
    with pytest.raises(LabError, match="the work is one of"):
        timeline("threads", "sleep")


def test_a_second_experiment_is_refused():
    with watch.exclusive(), pytest.raises(LabError, match="one experiment runs at a time"):
        timeline("threads", "loop")


# --- What a recording says ----------------------------------------------------------------


def test_turns_are_told_in_one_sentence():
    assert turns.explain(TURNS, n_cpus=2) == [
        "One at a time: both ran at once for 0 % of the time, in turns of about 5 ms."
    ]


def test_a_recording_in_which_nobody_had_a_turn_is_told_and_drawn():
    empty = made(wall_s=0.0, chunk_s=float("nan"))
    assert turns.is_disturbed(empty)
    assert turns.explain(empty) == [
        "Nobody was seen running, because the machine is busy: record again, or for longer."
    ]
    assert len(draw_timeline(empty)) == 2


def test_turns_that_are_longer_than_the_interval_are_explained():
    late = dataclasses.replace(TURNS, switch_interval_s=0.0005)
    assert "the CPUs were busy, so the thread that waits" in turns.explain(late, 2)[-1]
    coarse = turns.explain(dataclasses.replace(late, wait_s=0.0156), 2)[-1]
    assert "longer than the switch interval of 0.5 ms" in coarse
    assert "timers are coarse: a wait of 0.5 ms takes 16 ms here" in coarse


def test_one_usable_cpu_is_named_as_the_reason():
    overlapping = [Span("thread 1", 0, 0.02, "released"), Span("thread 2", 0, 0.02, "released")]
    said = turns.explain(made(works=("c-releases",) * 2, spans=overlapping), n_cpus=1)
    assert "Only one CPU is usable here" in said[-1]
    assert "both were under way at once for 100 %" in said[0]
    said = turns.explain(made("processes", spans=alternating()), n_cpus=1.0)
    assert "Only one CPU is usable here" in said[-1]
    assert "both ran at once for 0 %" in said[0]
    said = turns.explain(TURNS, n_cpus=1)  # turns are taken on one CPU as well
    assert "in turns of about 5 ms" in said[0] and "Only one CPU" in said[1]


def test_a_quota_stops_both_lanes_and_is_named_as_the_reason():
    spans = [
        Span(f"process {i}", start_s, start_s + 0.05, "python")
        for start_s in (0.0, 0.1)
        for i in (1, 2)
    ]
    timeline = made("processes", spans=spans, wall_s=0.2)
    assert turns.is_disturbed(timeline)
    assert "other programs" in " ".join(turns.explain(timeline, 2))
    stopped = dataclasses.replace(timeline, stopped_share=1.0, quota_cpus=1.0)
    stops_s = [(round(stop.start_s, 3), round(stop.stop_s, 3)) for stop in stopped.stops]
    assert stops_s == [(0.05, 0.1), (0.15, 0.2)]
    assert not turns.is_disturbed(stopped)
    said = turns.explain(stopped, 2)
    assert "Both ran at once for 50 %" in said[0]
    assert "For 50 % of the time all workers were stopped. That is not the GIL" in said[-1]
    assert "a quota allows 1 CPU of time here" in said[-1]
    calls = [Span(f"thread {i}", 0, 0.2, "released") for i in (1, 2)]
    hidden = made(works=("c-releases",) * 2, spans=calls, wall_s=0.2)
    said = turns.explain(dataclasses.replace(hidden, stopped_share=0.9, quota_cpus=1.0), 2)
    assert "both were under way at once" in said[0]
    assert "used up in 90 % of its periods" in said[-1] and "cannot be seen" in said[-1]
    said = turns.explain(stopped, 2)
    assert "cannot overlap" not in " ".join(said) and "nothing can" not in " ".join(said)
    waits = [Span(f"thread {i}", 0, 0.2, "wait") for i in (1, 2)]
    waiting = made(works=("wait",) * 2, spans=waits, wall_s=0.2)
    assert dataclasses.replace(waiting, stopped_share=1.0, quota_cpus=1.0).stops == []
    ax, _ = draw_timeline(stopped)
    assert "all stopped by the quota" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_without_a_lock_no_turn_is_compared_with_the_interval():
    said = " ".join(turns.explain(made(spans=alternating(), gil=False), n_cpus=2))
    assert "without a GIL" in said
    assert "interval" not in said


def test_a_frozen_loop_is_told_by_its_longest_pause():
    spans = [
        Span("thread 1", 0, 0.005, "python"),
        Span("thread 2", 0.005, 0.045, "c-hold"),
        Span("thread 1", 0.045, 0.05, "python"),
    ]
    timeline = made(works=("loop", "c-holds"), spans=spans, wall_s=0.05)
    assert "and thread 1 was shut out for 40 ms." in turns.explain(timeline, 2)[-1]
    never = made(works=("loop", "c-holds"), spans=spans[1:2], wall_s=0.05)
    assert "thread 1 was shut out for 50 ms" in turns.explain(never, 2)[-1]


def test_a_disturbed_recording_gives_no_reason_by_the_lock():
    what, why = turns.explain(BUSY, n_cpus=2)
    assert what.startswith("One at a time")
    assert why.startswith("For 75 % of the time nobody was seen running: other programs")


def test_waits_are_counted_against_one_worker():
    spans = [Span(f"thread {i}", 0, 0.02, "wait") for i in (1, 2)]
    timeline = dataclasses.replace(
        made(works=("wait",) * 2, spans=spans, chunk_s=0.01), n_chunks=(2, 2)
    )
    assert turns.explain(timeline, 1)[0].startswith("4 waits of 10 ms fitted into 20 ms: 2.0 times")
    assert not turns.is_disturbed(timeline)


def test_processes_and_one_worker_are_told_as_such():
    spans = [Span("process 1", 0, 0.02, "python"), Span("process 2", 0, 0.02, "python")]
    assert turns.explain(made("processes", spans=spans), n_cpus=2) == [
        "Side by side: both ran at once for 100 % of the time."
    ]
    assert turns.explain(made(works=("loop",), spans=alternating()[:1], wall_s=0.005), 2) == [
        "One worker alone: it ran for 100 % of the time."
    ]


# --- The lab ------------------------------------------------------------------------------


def wait_for(condition):
    assert eventually(condition)


def test_the_lab_records_until_stop(recorded, shown):
    answers, asked = recorded
    answers.append(TURNS)
    lab = TimelineLab()
    lab.run()
    wait_for(lambda: len(asked) > 2)
    assert lab.controls["run"].disabled and not lab.controls["stop"].disabled
    lab.stop()
    assert lab.wait(60)
    assert lab.timeline is TURNS and lab.error is None
    assert "stopped after" in lab.said
    assert not lab.controls["run"].disabled and lab.controls["stop"].disabled
    n_asked = len(asked)
    lab.run()  # a Stop is no end
    wait_for(lambda: len(asked) > n_asked + 1)
    lab.stop()
    assert lab.wait(60)


def test_a_control_counts_from_the_next_recording_on(recorded):
    answers, asked = recorded
    answers.append(TURNS)
    lab = TimelineLab()
    lab.run()
    wait_for(lambda: asked)
    lab.controls["interval_ms"].value = 50
    lab.controls["others"].value = "c-holds"
    lab.controls["n_workers"].value = 3
    wait_for(lambda: asked[-1][1] == ["loop", "c-holds", "c-holds"])
    assert asked[-1][-1]["switch_interval_s"] == 0.05
    lab.stop()
    assert lab.wait(60)


def test_the_lab_ends_by_itself(recorded, monkeypatch):
    monkeypatch.setattr(timeline_lab, "LIMIT_S", 0.1)
    recorded[0].append(TURNS)
    lab = TimelineLab()
    lab.run()
    assert lab.wait(60)
    assert "ended by itself after" in lab.said


def test_an_error_is_one_line_beside_the_button(recorded):
    recorded[0].append(LabError("a rule, a value <x>, a remedy"))
    lab = TimelineLab()
    lab.run()
    assert lab.wait(60)
    assert "a rule, a value <x>, a remedy" in lab.said
    assert isinstance(lab.error, LabError)
    assert not lab.controls["run"].disabled


def test_the_lab_waits_for_no_other_experiment():
    lab = TimelineLab()
    with watch.exclusive():
        lab.run()
        assert lab.wait(60)
    assert "one experiment runs at a time" in lab.said


def test_running_the_cell_again_ends_the_old_run(recorded):
    answers, asked = recorded
    answers.append(TURNS)
    old = TimelineLab()
    old.run()
    wait_for(lambda: asked)
    TimelineLab()._ipython_display_()
    assert old.wait(0)
    assert "stopped after" in old.said


@pytest.mark.skipif(not gil_enabled(), reason="this Python runs without a lock")
def test_a_real_run_sets_the_switch_interval_back():
    before_s = sys.getswitchinterval()
    lab = TimelineLab()
    lab.controls["interval_ms"].value = 0.5
    lab.controls["window_s"].value = 0.02
    lab.run()
    wait_for(lambda: lab.timeline is not None)
    lab.stop()
    assert lab.wait(60)
    assert lab.timeline.switch_interval_s == pytest.approx(0.0005)
    assert sys.getswitchinterval() == before_s
