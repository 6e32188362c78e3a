"""The self-checks of notebook 07: each passes the solution, leaves a stub open, tells a mistake."""

import pytest

from helpers.cells.check import check
from helpers.errors import LabError


def looks_before_each(pieces, stop, report, limit_s, now):
    began_s, done = now(), 0
    for piece in pieces:
        if stop.is_set() or now() - began_s >= limit_s:
            break
        piece()
        done += 1
        report(done)
    return done


def never_looks(pieces, stop, report, limit_s, now):
    for done, piece in enumerate(pieces, 1):
        piece()
        report(done)
    return len(pieces)


def forgets_the_limit(pieces, stop, report, limit_s, now):
    return looks_before_each(pieces, stop, report, float("inf"), now)


def looks_afterwards(pieces, stop, report, limit_s, now):
    done = 0
    for piece in pieces:
        piece()
        done += 1
        report(done)
        if stop.is_set():
            break
    return done


def reports_the_number_before(pieces, stop, report, limit_s, now):
    for done, piece in enumerate(pieces):
        if stop.is_set():
            return done
        piece()
        report(done)
    return len(pieces)


def returns_nothing(*args):
    looks_before_each(*args)


def test_a_job_that_looks_before_each_piece_passes():
    assert check("07.job", looks_before_each).passed


def test_dots_leave_the_job_open():
    assert not check("07.job", lambda *args: ...).passed


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (never_looks, "Cancel before the first piece must leave 0 done, and 5 of 5 were"),
        (looks_afterwards, "Cancel before the first piece must leave 0 done, and 1 of 5"),
        (forgets_the_limit, "a limit of 2.5 s, with pieces of 1 s, must leave 3 done, and 5 of 5"),
        (reports_the_number_before, r"it was called with \[0, 1\]"),
        (returns_nothing, "returns how many were done, 0, not None"),
        (lambda *args: 0, "0 of 5 pieces were done"),
    ],
)
def test_a_wrong_job_is_told_in_one_line(wrong, hint):
    with pytest.raises(LabError, match=hint) as error:
        check("07.job", wrong)
    assert "\n" not in str(error.value)


def now_and_then(report, every_s, now):
    last_s = float("-inf")

    def sometimes(done):
        nonlocal last_s
        if now() - last_s >= every_s:
            last_s = now()
            report(done)

    return sometimes


def forgets_the_time(report, every_s, now):
    last_s = float("-inf")

    def sometimes(done):
        if now() - last_s >= every_s:
            report(done)

    return sometimes


def waits_first(report, every_s, now):
    last_s = now()

    def sometimes(done):
        nonlocal last_s
        if now() - last_s >= every_s:
            last_s = now()
            report(done)

    return sometimes


def notes_every_call(report, every_s, now):
    last_s = float("-inf")

    def sometimes(done):
        nonlocal last_s
        due = now() - last_s >= every_s
        last_s = now()
        if due:
            report(done)

    return sometimes


def test_a_report_now_and_then_passes():
    assert check("07.throttled", now_and_then).passed


def test_dots_leave_the_report_open():
    assert not check("07.throttled", lambda report, every_s, now: ...).passed


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (forgets_the_time, "all 40 reports were passed on"),
        (waits_first, "the first report is passed on at once"),
        (notes_every_call, "keep the time of the last one that was passed on"),
        (lambda report, every_s, now: 7, "returns a function that takes the number done, not 7"),
        (lambda report, every_s, now: lambda done: None, "the first report is passed on at once"),
    ],
)
def test_a_wrong_report_is_told_in_one_line(wrong, hint):
    with pytest.raises(LabError, match=hint) as error:
        check("07.throttled", wrong)
    assert "\n" not in str(error.value)
