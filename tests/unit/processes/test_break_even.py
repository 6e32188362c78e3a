"""From which job length processes pay: worked out by hand, drawn, and asked in the lab."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core import allowed
from helpers.draw import style
from helpers.errors import LabError
from helpers.judge.break_even import BreakEven
from helpers.judge.theory import ProcessModel
from helpers.processes import break_even_lab
from helpers.processes.break_even_chart import plot_break_even
from helpers.processes.break_even_lab import BreakEvenLab
from helpers.processes.split import Split
from helpers.processes.when_it_pays import break_even, crossing


def split(starting=0.2, sending=0.05, computing=0.5, back=0.05, waiting=0.0, n_workers=2):
    parts = tuple((seconds,) for seconds in (starting, sending, computing, 0.0, back, waiting))
    wall_s = (sum(part[0] for part in parts),)
    return Split("job", "processes", n_workers, 100, 16, 10, 10, parts, wall_s, (0.1,), (0.1,))


def test_the_crossing_by_hand():
    line = break_even(split(), 1.0)
    assert [line.start_s, line.rate] == pytest.approx([0.2, 0.6])
    assert line.job_s == pytest.approx(0.2 / 0.4)
    assert line.wall_s(line.job_s) == pytest.approx(line.job_s)


def test_more_workers_divide_computing_and_start_longer():
    line = break_even(split(), 1.0, n_workers=4, n_cores=math.inf)
    assert [line.start_s, line.rate] == pytest.approx([0.4, 0.35])


@pytest.mark.parametrize(
    ("usable", "n_workers", "rate"),
    [
        (2.0, 2, 0.6),
        (2.0, 8, 0.6),  # eight workers on two CPUs divide nothing by eight
        (4.0, 4, 0.35),
        (4.0, 8, 0.35),
        (1.0, 8, 0.6),  # what was measured on one CPU was not divided by its two workers
    ],
)
def test_workers_divide_computing_among_the_cores_there_are(monkeypatch, usable, n_workers, rate):
    monkeypatch.setattr(allowed, "usable_cpus", lambda: usable)
    assert break_even(split(), 1.0, n_workers=n_workers).rate == pytest.approx(rate)


def test_copying_is_blamed_only_where_it_is_what_is_too_much(monkeypatch):
    monkeypatch.setattr(allowed, "usable_cpus", lambda: 1.0)
    undivided = str(break_even(split(computing=1.0, sending=0.02, back=0.02), 1.0))
    assert "never pay" in undivided
    assert "Computing takes 1.00 s of that: there are no cores to divide it among" in undivided
    assert "on 1 CPU" in undivided
    copied = str(break_even(split(sending=0.5, back=0.4), 1.0))
    assert "Copying takes 0.90 s of that, more than it saves" in copied
    assert "opying" not in str(BreakEven("processes", 2, 0.2, 1.2))


def test_more_bytes_only_make_copying_longer():
    assert break_even(split(), 1.0, copying=3).rate == pytest.approx(0.8)
    assert break_even(split(), 1.0, copying=6).job_s is None
    assert "never pay" in str(break_even(split(), 1.0, copying=6))


@given(st.floats(0.001, 10), st.floats(0.01, 0.95))
def test_past_the_crossing_the_pool_is_faster_and_before_it_slower(start_s, rate):
    line = BreakEven("processes", 2, start_s, rate)
    assert line.speed_up(2 * line.job_s) > 1 > line.speed_up(line.job_s / 2)


def test_measured_points_cross_where_the_line_through_them_does():
    assert crossing([1, 2, 4], [1.4, 1.9, 2.9]) == pytest.approx(1.8)
    assert crossing([1, 2], [2, 4]) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: break_even("split", 1.0),
        lambda: break_even(split(), 0.0),
        lambda: break_even(split(), 1.0, copying=-1),
        lambda: break_even(split(), 1.0, n_workers=0),
        lambda: crossing([1.0], [1.0]),
        lambda: crossing([1.0, 1.0], [1.0, 2.0]),
    ],
)
def test_bad_input_is_one_line(call):
    with pytest.raises(LabError) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_the_chart_marks_the_crossing_the_jobs_and_the_guess():
    line = break_even(split(), 1.0)
    ax = plot_break_even(line, measured=[("processes", 1.0, 0.8)], guess_s=2.0)
    marks = [mark.get_xydata()[0].tolist() for mark in ax.lines if len(mark.get_xdata()) == 1]
    assert [1.0, pytest.approx(1.25)] in marks
    assert [pytest.approx(0.5), 1.0] in marks
    assert [10.0, pytest.approx(10 / 6.2)] in marks
    assert ax.get_title(loc="left") == "2 new workers pay from a job of 0.5 s on"
    assert any(list(mark.get_xdata()) == [2.0, 2.0] for mark in ax.lines)
    assert "Measured: 1.00 s serially, 0.80 s in processes" in style.alt_text(ax.figure)
    assert "1.6× at 10 s" in [text.get_text() for text in ax.texts]


def test_the_chart_says_that_nothing_pays():
    ax = plot_break_even(BreakEven("processes", 2, 0.2, 1.2))
    assert "never pay" in ax.get_title(loc="left")


def test_the_lab_measures_checks_and_redraws(monkeypatch):
    monkeypatch.setattr(break_even_lab, "_SIZE", 2000)
    lab = BreakEvenLab()
    said = []
    monkeypatch.setattr(lab._picture, "update", lambda figure, html, text: said.append(text))
    lab.redraw()
    assert said == []  # nothing was measured yet
    lab.prediction.controls["commit"].click()
    lab.run()
    assert lab.wait(120)
    assert lab.error is None
    assert lab.split.kind == lab.controls["kind"].value
    before = len(said)
    lab.controls["workers"].value = 4
    assert len(said) == before + 1
    assert "with 4 workers" in said[-1]


def test_the_lab_stops(monkeypatch):
    lab = BreakEvenLab()
    monkeypatch.setattr(lab._picture, "update", lambda *_: None)
    lab.run()
    lab.stop()
    assert lab.wait(60)
    assert lab.error is None
    assert "stopped" in lab.said


@given(st.floats(0.01, 10), st.floats(0.0, 1.0), st.integers(1, 16))
def test_the_line_is_the_process_model_without_overlap(job_s, waiting, n_workers):
    line = break_even(split(waiting=waiting), 1.0, n_workers=n_workers, n_cores=math.inf)
    # The parts of a measured split follow one another: one round, and nothing is hidden.
    model = ProcessModel(work_s=2 * 0.5, copy_s=0.05 + 0.05 + waiting, start_each_s=0.2 / 2)
    assert line.wall_s(job_s) == pytest.approx(model.scaled(job_s).wall_s(n_workers, n_rounds=1))
