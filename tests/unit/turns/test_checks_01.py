"""The self-checks of notebook 01: each passes the solution, leaves a stub open, tells a mistake."""

import pytest

from helpers.cells.check import check
from helpers.errors import LabError
from helpers.turns.simulator import Hold, HoldC, Release, Wait

RIGHT = [Wait(0.020), Hold(0.010), Release(0.030)]


def test_the_right_segments_pass():
    outcome = check("01.segments", RIGHT)
    assert outcome.passed
    assert "Two such threads, simulated on two cores: 1." in outcome.message
    assert check("01.segments", tuple(RIGHT)).passed


@pytest.mark.parametrize("stub", [..., [Wait(0.020), ..., ...], [Wait(0.020), Hold(0.010), ...]])
def test_dots_leave_the_segments_open(stub):
    assert not check("01.segments", stub).passed


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ([Hold(0.020), Hold(0.010), Release(0.030)], "step 1 is not a Hold: a thread that waits"),
        ([Wait(0.020), HoldC(0.010), Release(0.030)], "step 2 is not a HoldC: Python code"),
        ([Wait(0.020), Hold(0.010), HoldC(0.030)], "step 3 is not a HoldC: C code that releases"),
        ([Wait(20), Hold(0.010), Release(0.030)], r"step 1 lasts 0.02 s, not 20 s"),
        ([Wait(0.020), Hold(0.010)], "3 steps, and the list has 2 segments"),
        ([0.020, 0.010, 0.030], "a segment is one of"),
        (0.06, "a list of segments"),
    ],
)
def test_wrong_segments_are_told_in_one_line(wrong, hint):
    with pytest.raises(LabError, match=hint) as error:
        check("01.segments", wrong)
    assert "\n" not in str(error.value)


def test_the_right_interval_passes():
    outcome = check("01.interval", lambda wanted_s, n_busy: wanted_s / n_busy)
    assert outcome.passed


def test_dots_leave_the_interval_open():
    assert not check("01.interval", lambda wanted_s, n_busy: ...).passed


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda wanted_s, n_busy: wanted_s, "had to wait up to .* for the GIL"),
        (lambda wanted_s, n_busy: wanted_s * n_busy, "had to wait up to"),
        (lambda wanted_s, n_busy: wanted_s / n_busy / 10, "a longer interval would do too"),
        (lambda wanted_s, n_busy: "5 ms", "a number of seconds"),
        (lambda wanted_s, n_busy: 0, "a number of seconds"),
        (lambda wanted_s, n_busy: 1e-9, "a number of seconds"),
    ],
)
def test_a_wrong_interval_is_told_in_one_line(wrong, hint):
    with pytest.raises(LabError, match=hint) as error:
        check("01.interval", wrong)
    assert "\n" not in str(error.value)
