"""The decision chart: which end a result takes, what it says, and how it is drawn."""

import dataclasses

import pytest

from helpers.answer.decision_chart import plot_decision
from helpers.answer.words import answer, headline, surprises
from helpers.core import store as records
from helpers.core.machine import Capacity
from helpers.draw import style
from helpers.judge.choose import BRANCHES, OTHERWISE, decide
from helpers.judge.curve import pays_from
from tests.unit.results import CAPACITY, MACHINE, curves, result, run, serial

LEAF = {branch.key: branch for branch in BRANCHES}
ALONE = Capacity((1, 2), ((1.0,), (1.0,)))
NO_GIL = dataclasses.replace(MACHINE, free_threaded=True, gil=False)
BUSY = dataclasses.replace(CAPACITY, core_shares=(0.5,))


def waiting(**others):
    runs = [serial(1, 1.0, cpu_s=0.05), run("threads", 2, 1, 0.5, cpu_s=0.05)]
    return result(*runs, **others)


def alike(wall_s, **others):
    runs = [run(kind, n, 1, wall_s, **others) for kind, n in (("threads", 2), ("processes", 2))]
    return result(serial(1, wall_s, **others), *runs)


@pytest.mark.parametrize(
    ("measured", "end"),
    [
        (curves({"threads": {2: 1.0}, "processes": {2: 1.6}}), "processes"),
        (curves({"threads": {2: 1.9}, "processes": {2: 0.7}}), "threads"),
        (curves({"threads": {2: 1.9}, "processes": {2: 1.92}}), "threads"),
        (curves({"threads": {2: 1.4}, "processes": {2: 1.9}}), "processes"),
        (curves({"threads": {2: 1.0}, "processes": {2: 0.7}}), "none"),
        (curves({"threads": {2: 1.0}, "processes": {2: 0.7}}, capacity=ALONE), "alone"),
        (curves({"free-threaded": {2: 1.9}, "processes": {2: 1.2}}), "no GIL"),
        (curves({"threads": {2: 1.9}, "processes": {2: 1.2}}, machine=NO_GIL), "no GIL"),
        (curves({"threads": {2: 1.0}, "processes": {2: 1.6}}, machine=NO_GIL), "processes"),
        (alike(0.01, cpu_s=0.01), "bother"),
        (alike(1.0, cpu_s=1.8), "library"),
        (curves({"threads": {2: 1.0}, "processes-spawn": {2: 1.6}}), "processes"),
        (waiting(), "waits"),
        (waiting(capacity=ALONE), "waits"),
    ],
)
def test_a_result_ends_where_its_figures_lead(measured, end):
    decision = decide(measured)
    assert decision.branch.key == end
    keys = [branch.key for branch in BRANCHES]
    asked = [key for key, _, _ in decision.answers]
    assert asked == keys[: len(asked)]
    answers = [yes for _, yes, _ in decision.answers]
    assert answers[:-1] == [False] * (len(answers) - 1)
    assert answers[-1] == (end != "none")


@pytest.mark.parametrize(
    ("measured", "lacking"),
    [
        (result(), "No round of it is complete."),
        (result(serial()), "Threads were not measured"),
        (curves({"threads": {2: 1.3}}), "processes were not measured beside them"),
        (curves({"threads": {2: 1.0}}), "Processes were not measured"),
        (curves({"threads": {2: 1.0}}, capacity=BUSY), "measure again when it is quiet"),
    ],
)
def test_a_question_without_a_figure_stays_open(measured, lacking):
    decision = decide(measured)
    assert decision.branch is None
    assert lacking in decision.reason
    assert "stays open" in plot_decision([decision]).get_label()


def test_threads_alone_that_use_all_cores_need_no_rival():
    assert decide(curves({"threads": {2: 1.85}})).branch.key == "threads"


def test_the_recordings_are_placed():
    for job in ("strings", "pictures"):
        assert decide(records.recorded(job)).branch is not None


def test_processes_pay_from_start_up_over_what_is_saved():
    line = pays_from(curves({"processes": {2: 2.0}}))
    assert line.start_s == 0.25 and line.job_s == pytest.approx(0.5)
    assert pays_from(curves({"threads": {2: 2.0}})) is None
    assert pays_from(curves({"processes": {2: 0.5}})).job_s is None


# -- the chart -------------------------------------------------------------------------


def texts(ax):
    return " ".join(text.get_text() for text in ax.texts)


@pytest.mark.parametrize("width_in", [7.6, 4.1])
def test_the_chart_asks_every_question_and_shows_every_end(width_in):
    ax = plot_decision([], width_in=width_in)
    shown = texts(ax).lower()
    for branch in (*BRANCHES, OTHERWISE):
        for word in f"{branch.question} {branch.leaf}".lower().split():
            assert word in shown
    assert style.png(ax.figure)[:4] == b"\x89PNG"


@pytest.mark.parametrize("width_in", [7.6, 4.1])
def test_the_way_of_each_job_is_drawn_to_its_end(width_in):
    found = [
        dataclasses.replace(decide(curves({"threads": {2: a}, "processes": {2: b}})), job=job)
        for job, a, b in (("strings", 1.0, 1.6), ("pictures", 1.9, 0.7))
    ]
    ax = plot_decision(found, predictions={"strings": [LEAF["threads"].leaf]}, width_in=width_in)
    ends = [line.get_xydata()[-1] for line in ax.get_lines() if line.get_marker() == ">"]
    assert len(ends) == 2
    assert ends[0][1] < ends[1][1]  # processes stand below threads
    weights = {t.get_text(): t.get_weight() for t in ax.texts}
    assert weights["Processes"] == weights["Threads"] == "bold"
    assert "strings" in texts(ax) and "you said" in texts(ax)
    alt = style.alt_text(ax.figure)
    assert "Strings end at: processes." in alt and "You expected: threads." in alt


def test_a_job_that_stays_open_is_marked_and_a_name_is_no_formula():
    decision = dataclasses.replace(decide(result(serial())), job="$\\frac{")
    ax = plot_decision([decision])
    assert [line.get_marker() for line in ax.get_lines()].count("X") >= 1
    assert style.png(ax.figure)[:4] == b"\x89PNG"


# -- sentences -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strings", "pictures", "said"),
    [
        (1.0, 1.6, "Yes. Whether threads make it faster depends on the job."),
        (1.0, 0.9, "Yes, but here threads make nothing faster."),
        (1.8, 1.9, "Yes, and here threads make it faster."),
    ],
)
def test_the_headline_is_computed(strings, pictures, said):
    results = [
        curves({"threads": {2: strings}}, job="strings"),
        curves({"threads": {2: pictures}}, job="pictures"),
    ]
    short, figures = headline(results)
    assert short == said
    assert figures == f"Threads: strings {strings} times as fast, pictures {pictures} times."


def test_without_threads_there_is_no_headline():
    assert headline([])[0].startswith("It depends on the job")


def test_an_answer_names_speeds_start_up_and_advice():
    said = " ".join(answer(curves({"threads": {2: 1.0}, "processes": {2: 2.0}}, job="strings")))
    assert "Two threads take about as long for the strings as the plain loop (1.00 times" in said
    assert "Two processes are done with the strings sooner than the plain loop: they need" in said
    assert "Starting two processes takes 0.25 s, and they pay from a job of about 0.5 s on" in said
    assert said.endswith(f"So for the strings: processes. {LEAF['processes'].advice}")
    never = " ".join(answer(curves({"threads": {2: 1.0}, "processes": {2: 0.5}})))
    assert "they never win it back" in never
    assert answer(result()) == ["Which kind to use stays open. No round of it is complete."]


def test_surprises_come_the_farthest_first_and_once():
    one = curves(
        {"threads": {2: 1.0}, "processes": {2: 1.6}},
        prediction={"threads": 2.0, "processes": 1.7, "interpreters": 3.0},
    )
    found = surprises([one, one])
    assert [(s.kind, s.verdict) for s in found] == [
        ("threads", "slower than you said"),
        ("processes", "about right"),
    ]
    none = surprises([curves({"threads": {2: 1.5}}, prediction={"threads": 0.0})])
    assert none[0].verdict == "faster than you said"
    assert surprises([curves({"threads": {2: 1.5}})]) == []
