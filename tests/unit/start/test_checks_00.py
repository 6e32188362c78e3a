"""The self-checks of notebook 00: they pass the solution, leave the stub open, refuse mistakes."""

import pytest

from helpers.cells.check import check
from tests.unit.refusals import hint
from tests.unit.results import curves, result, run, serial

# --- exercise 1: the formula


def test_the_formula_passes():
    outcome = check("00.speed_up", lambda serial_s, parallel_s: serial_s / parallel_s)
    assert outcome.passed and outcome.message.startswith("Speed-up is serial time over parallel")


def test_the_untouched_formula_is_open():
    outcome = check("00.speed_up", lambda serial_s, parallel_s: ...)
    assert not outcome.passed
    assert "Still open: put the formula in place of the dots" in outcome.message


def test_the_formula_upside_down_is_named():
    message = hint(check, "00.speed_up", lambda serial_s, parallel_s: parallel_s / serial_s)
    assert "so the speed-up is above 1, not below" in message


@pytest.mark.parametrize(
    "formula",
    [
        lambda serial_s, parallel_s: serial_s - parallel_s,
        lambda serial_s, parallel_s: 1.5,
        lambda serial_s, parallel_s: (serial_s - parallel_s) / parallel_s,
        lambda serial_s, parallel_s: max(1.0, serial_s / parallel_s),
        lambda serial_s, parallel_s: serial_s // parallel_s,
        lambda serial_s, parallel_s: f"{serial_s / parallel_s}x",
    ],
)
def test_other_formulas_are_refused(formula):
    assert "how many times does 4 s fit into 6 s?" in hint(check, "00.speed_up", formula)


def test_a_formula_that_is_not_returned_is_told_from_an_untouched_one():
    assert "write the answer after `return`" in hint(
        check, "00.speed_up", lambda serial_s, parallel_s: None
    )


# --- exercise 2: twenty seconds of drawing

DRAWN = {"pictures": curves({"threads": {2: 1.25}, "processes": {2: 1.6}}, job="pictures")}


@pytest.mark.parametrize(("threads_s", "processes_s"), [(16, 12.5), (16.3, 12.2), (16.25, 12.75)])
def test_the_seconds_pass_with_the_start_and_without(threads_s, processes_s):
    outcome = check("00.twenty_seconds", DRAWN, threads_s, processes_s)
    assert outcome.passed
    assert "16.2 s with two threads and 12.8 s with two processes" in outcome.message


@pytest.mark.parametrize("answers", [(..., ...), (16, ...)])
def test_untouched_seconds_are_open(answers):
    assert not check("00.twenty_seconds", DRAWN, *answers).passed


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((25, 12.5), "threads that are 1.25 times as fast do not need longer: divide"),
        ((12.5, 16), "12.5 s with two threads: how often"),
        ((16, 10), "10 s with two processes: how often"),
        (("16", 12.5), "'16' s with two threads: how often"),
        ((True, 12.5), "True s with two threads"),
        ((float("nan"), 12.5), "nan s with two threads"),
    ],
)
def test_other_seconds_are_refused(answers, said):
    assert said in hint(check, "00.twenty_seconds", DRAWN, *answers)


@pytest.mark.parametrize("runs", [(), (serial(0),), (serial(0), run(round=0))])
def test_a_measurement_that_was_stopped_too_early_is_told(runs):
    stopped = {"pictures": result(*runs)}
    assert "not complete: run its cell again" in hint(check, "00.twenty_seconds", stopped, 16, 12)
