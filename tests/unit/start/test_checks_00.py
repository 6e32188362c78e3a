"""The self-checks of notebook 00: they pass the solution, leave the stub open, refuse mistakes."""

import pytest

from helpers.cells.check import Outcome, check
from helpers.core.machine import Capacity
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


# --- exercise 2: the chart

FAST_PROCESSES = curves({"threads": {1: 0.9, 2: 1.0}, "processes": {1: 0.8, 2: 1.8}})


def test_the_highest_line_passes():
    outcome = check("00.fastest", FAST_PROCESSES, "processes")
    assert outcome == Outcome(True, "processes: 1.80 times the serial speed.")


def test_a_formula_that_is_not_returned_is_told_from_an_untouched_one():
    assert "write the answer after `return`" in hint(
        check, "00.speed_up", lambda serial_s, parallel_s: None
    )


def test_the_untouched_answer_is_open():
    outcome = check("00.fastest", FAST_PROCESSES, ...)
    assert not outcome.passed and "the kind's name in quotes" in outcome.message


@pytest.mark.parametrize("answer", ["threads", "serial"])
def test_a_lower_line_is_refused(answer):
    message = hint(check, "00.fastest", FAST_PROCESSES, answer)
    assert f"{answer} reaches 1.00 times the serial speed, and another kind is" in message
    assert "processes" not in message  # it does not give the answer away


@pytest.mark.parametrize("answer", ["process", "Threads", 2, ["processes"], {}, float("nan")])
def test_what_is_no_kind_of_the_chart_is_refused(answer):
    message = hint(check, "00.fastest", FAST_PROCESSES, answer)
    assert f"the chart has serial, threads, processes, not {answer!r}" in message


def test_serial_may_be_the_fastest():
    slow = curves({"threads": {2: 0.8}, "processes": {2: 0.4}})
    assert check("00.fastest", slow, "serial").passed
    assert "threads reaches 0.80" in hint(check, "00.fastest", slow, "threads")


def test_a_kind_that_is_too_close_to_tell_counts_as_right():
    runs = []
    for number, (threads, processes) in enumerate([(1.7, 1.6), (1.9, 2.0), (1.8, 1.9)], 1):
        runs += [
            serial(number),
            run("threads", round=number, wall_s=1 / threads),
            run("processes", round=number, wall_s=1 / processes),
        ]
    close = result(*runs)
    assert check("00.fastest", close, "processes") == Outcome(
        True, "processes: 1.90 times the serial speed."
    )
    assert check("00.fastest", close, "threads").message == (
        "threads: 1.80 times the serial speed, and processes is too close to tell apart."
    )
    assert "serial reaches 1.00" in hint(check, "00.fastest", close, "serial")


@pytest.mark.parametrize("answer", ["serial", "threads", "processes"])
def test_on_a_busy_machine_nothing_is_called_right_or_wrong(answer):
    busy = Capacity((1, 2), ((1.0,), (1.1,)), core_shares=(0.5,))
    slow = curves({"threads": {2: 0.8}, "processes": {2: 1.8}}, capacity=busy)
    assert check("00.fastest", slow, answer).message.startswith("Your answer is kept. The machine")
    assert "the chart has" in hint(check, "00.fastest", slow, "three")


@pytest.mark.parametrize(
    "runs", [(), (serial(0),), (serial(0), run(round=0)), (serial(0), run(round=0), serial(1))]
)
def test_a_measurement_that_was_stopped_too_early_is_told(runs):
    assert "not complete: run its cell again" in hint(check, "00.fastest", result(*runs), "threads")
