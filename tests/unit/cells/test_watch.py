"""The one runner: one experiment at a time, what is drawn when, and how each ending is told."""

import inspect
import re
import signal
import threading

import pytest

from helpers.cells import picture, progress, watch
from helpers.cells.watch import exclusive, once
from helpers.draw.scaling import plot_scaling
from helpers.errors import LabError, Stopped
from tests.unit.results import curves


def test_two_experiments_at_once_are_refused_and_then_allowed_again():
    with exclusive():
        with pytest.raises(LabError, match="one experiment runs at a time"):
            watched([1])
        with pytest.raises(LabError), exclusive():
            pass
    with exclusive():
        pass


@pytest.mark.parametrize("error", [KeyboardInterrupt, LabError, ZeroDivisionError, GeneratorExit])
def test_an_error_lets_the_next_experiment_run(error):
    with pytest.raises(error), exclusive():
        raise error
    with exclusive():
        pass


# -- what is drawn, and how it ends ----------------------------------------------------


def watched(found, error=None, stop=None, count=None, unit="runs", **options):
    """Watch steps that yield what is given and then raise; return the last."""
    closed = []

    def steps():
        try:
            yield from found
            if error is not None:
                raise error
        finally:
            closed.append(True)

    def draw(n):
        return plot_scaling(curves({"threads": {2: n}}))

    generator = steps()
    try:
        view = watch.View(draw, lambda n: [f"found {n}"], count, unit, **options)
        return view.follow(generator, stop)
    finally:
        assert closed or inspect.getgeneratorstate(generator) == inspect.GEN_CREATED


def words(displays):
    (one,) = displays
    return [data["text/plain"].splitlines()[1:] or data["text/plain"] for data in one.all]


def test_each_result_is_drawn_with_its_words_and_the_last_in_any_case(displays, monkeypatch):
    monkeypatch.setattr(watch, "REDRAW_S", 0)
    assert watched([1.0, 1.2]) == 1.2
    assert words(displays) == ["Measuring ...", ["found 1.0"], ["found 1.2"], ["found 1.2"]]
    monkeypatch.setattr(watch, "REDRAW_S", 3600)
    displays.clear()
    watched([1.0, 1.2, 1.3])
    assert words(displays) == ["Measuring ...", ["found 1.0"], ["found 1.3"]]


def test_what_is_counted_stands_below_until_the_end(displays, monkeypatch):
    monkeypatch.setattr(watch, "REDRAW_S", 0)
    watched([1.0, 2.0], count=lambda n: (round(n) - 1, 2), unit="ways")
    (one,) = displays
    empty, half, last = [data["text/html"] for data in one.all[1:]]
    assert '<progress max="2" value="0"></progress> 0 of 2 ways<' in empty
    assert re.search("1 of 2 ways, about [0-9]+ s to go<", half)
    assert "<progress" not in last and "found 2.0" in last


def test_progress_can_be_told_elsewhere(displays, monkeypatch):
    told = []
    monkeypatch.setattr(watch, "REDRAW_S", 0)
    watched([1.0], count=lambda n: (0, 2), tell=told.append)
    assert told == ['<progress max="2" value="0"></progress> 0 of 2 runs']
    assert "<progress" not in "".join(data["text/html"] for data in displays[0].all)


@pytest.mark.parametrize(
    ("error", "note"),
    [
        (KeyboardInterrupt(), "Stopped."),
        (Stopped("stopped"), "Stopped."),
        (LabError("a rule"), "Refused."),
        (ZeroDivisionError(), None),
    ],
)
def test_every_ending_shows_the_last_result_and_says_what_it_was(displays, error, note):
    expected = Stopped if isinstance(error, KeyboardInterrupt) else type(error)
    with pytest.raises(expected):
        watched([1.0], error)
    assert words(displays)[-1] == [note, "found 1.0"] if note else ["found 1.0"]
    displays.clear()
    with pytest.raises(expected):
        watched([], error)
    assert words(displays)[-1] == (note or "")
    with exclusive():
        pass


def test_an_interrupt_is_told_in_one_line_with_how_far_it_came():
    with pytest.raises(Stopped, match=r"^Stopped: nothing is left running\. Run this cell again"):
        watched([1.0], KeyboardInterrupt())
    with pytest.raises(Stopped, match=r"^Stopped after 1 of 2 ways: nothing is left running"):
        watched([1.0], KeyboardInterrupt(), count=lambda n: (1, 2), unit="ways")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_drops_ends_it_all_the_same():
    class Dropping:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)  # Python ignores every exception in here

    def steps():
        yield 1.0
        Dropping()
        yield from (2.0, 3.0)

    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(Stopped, match=r"after 2 of 3 runs"):
            watch.watch(steps(), None, lambda _: [], count=lambda n: (int(n), 3))
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, usual)


def test_a_stop_that_ends_the_steps_is_said(displays):
    stop = threading.Event()
    stop.set()
    watched([1.0], stop=stop)
    assert words(displays)[-1] == ["Stopped.", "found 1.0"]


def test_a_lab_keeps_its_picture_where_nothing_was_found(displays):
    place = picture.Picture()
    place.place("The chart of before")
    with pytest.raises(LabError):
        watched([], LabError("a rule"), picture=place)
    assert words(displays) == ["The chart of before"]


def test_a_measurement_that_cannot_be_divided_is_one_step():
    assert watch.watch(once(max, 1, 2), None, lambda n: [n]) == 2


def test_words_alone_are_shown_without_a_chart(displays, capsys):
    watch.watch(once(max, 1, 2), None, lambda n: [f"found {n}"])
    assert displays[0].all[-1]["text/plain"] == "found 2"


def test_a_terminal_shows_how_far_it_is_and_then_the_end_alone(capsys, monkeypatch):
    monkeypatch.setattr(watch, "REDRAW_S", 0)
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    watched([1.0, 1.5], count=lambda n: (round(n), 3))
    err = capsys.readouterr().err
    assert "1 of 3 runs" in err and "2 of 3 runs, about" in err
    assert err.rpartition("to go")[2].strip() == "" and "\n" not in err


def test_a_plain_script_prints_the_end_alone(capsys):
    watched([1.0, 1.5], count=lambda n: (1, 2))
    said = capsys.readouterr().out
    assert said.count("found") == 1 and said.endswith("\nfound 1.5\n")
    assert "threads 1.50 with 2" in said


def test_what_a_lab_says_stays_where_nothing_is_counted(displays):
    told = []
    watched([1.0], tell=told.append)
    assert told == []
