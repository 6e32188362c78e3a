"""The self-checks of notebook 01: each passes the solution, leaves a stub open, tells a mistake."""

from threading import Event, Thread

import pytest

from helpers.cells.check import check
from helpers.errors import LabError
from helpers.turns import checks


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(checks, "_PATIENCE_S", 0.5)


def search_lines(pattern, lines):
    return [match for line in lines for match in pattern.findall(line)]


def test_short_calls_pass():
    outcome = check("01.short_calls", search_lines)
    assert outcome.passed and "hand over the GIL" in outcome.message


def test_dots_leave_the_short_calls_open():
    assert not check("01.short_calls", lambda pattern, lines: ...).passed


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda p, lines: p.findall("\n".join(lines)), "called 1 times for 3 lines: call it once"),
        (lambda p, lines: [p.findall(line) for line in lines], "make one flat list"),
        (lambda p, lines: len(lines), "in a list, not 3"),
        (lambda p, lines: None, "None is no answer"),
    ],
)
def test_wrong_short_calls_are_told_in_one_line(wrong, hint):
    with pytest.raises(LabError, match=hint) as error:
        check("01.short_calls", wrong)
    assert "\n" not in str(error.value)


def beside(work, measure):
    stop = Event()
    thread = Thread(target=work, args=(stop,))
    thread.start()
    measured = measure()
    stop.set()
    thread.join()
    return measured


def never_stopped(work, measure):
    Thread(target=work, args=(Event(),)).start()
    return measure()


def too_late(work, measure):
    stop = Event()
    stop.set()
    work(stop)
    return measure()


def in_vain(work, measure):
    stop = Event()
    thread = Thread(target=work, args=(stop,))
    thread.start()
    stop.set()
    thread.join()
    return measure()


def test_a_measurement_beside_a_thread_passes():
    assert check("01.beside", beside).passed


def test_dots_leave_the_measurement_open():
    assert not check("01.beside", lambda work, measure: ...).passed


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (never_stopped, "still works after the return"),
        (too_late, "work ran in this thread"),
        (in_vain, "measure ran while nobody worked"),
        (lambda work, measure: measure(), "work was never called"),
        (lambda work, measure: [beside(work, measure)], "return what measure"),
    ],
)
def test_a_wrong_measurement_is_told_in_one_line(wrong, hint):
    with pytest.raises(LabError, match=hint) as error:
        check("01.beside", wrong)
    assert "\n" not in str(error.value)
