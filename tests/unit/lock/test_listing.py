"""A function read line by line: its lines are found, run in their order, and shown."""

import time
from html import unescape

import pytest

from helpers.cells.predict import predict_which
from helpers.core.side_by_side import SideBySide
from helpers.judge.theory import model_threads
from helpers.lock.listing import Line, Listing, lines_of, meter_calls, meter_lines
from helpers.lock.reading import TickReading
from tests.unit.refusals import refusal

QUICK = {"seconds": 0.01}


def ticks(held_share, call_s=0.01, control=0.0, gil=True):
    return TickReading("line", gil, (call_s,), (held_share,), (control,))


def line(source, held_share, *, pair_s=None, **facts):
    pair = None if pair_s is None else SideBySide(2, (1.0,) * 3, (pair_s,) * 3, (2.0,) * 3)
    return Line(source, ticks(held_share, **facts), pair)


LOOP = line("for spot in spots:\n    pen.circle(spot)", 1.0, pair_s=2.0)
BLUR = line("image.filter(blur)", 0.02, pair_s=1.05, call_s=0.03)
HALF = line("image.save('<a>.png')", 0.5, pair_s=1.3)
LISTING = Listing("picture", (LOOP, BLUR, HALF))


def test_ticks_alone_tell_the_share():
    assert ticks(0.6).held_share == pytest.approx(0.6)
    assert ticks(0.6, control=0.2).held_share == pytest.approx(0.5)
    assert ticks(0.6, control=0.3).held_share is None  # released work is late as well
    assert ticks(0.05, control=0.9).held_share == 0.0  # in time, on any machine
    assert ticks(1.0, gil=False).held_share == 0.0


def test_a_line_has_a_word_and_a_prediction():
    assert [one.verb for one in LISTING.lines] == ["holds", "releases", "in part"]
    assert line("x", 0.5, control=0.5).verb == "unclear"
    assert line("x", 1.0, call_s=1e-5).verb == "brief"
    assert HALF.predicted == model_threads(0.5, [2], n_cores=2).speed_up(2)
    assert line("x", 0.5, control=0.5, pair_s=1.0).predicted is None


def test_two_at_once_are_no_part_of_the_prediction():
    assert LOOP.predicted == line("x", 1.0, pair_s=0.7).predicted == 1.0


def test_lines_together():
    assert LISTING.call_s == pytest.approx(0.05)
    assert LISTING.held_share == pytest.approx((0.01 + 0.03 * 0.02 + 0.005) / 0.05)
    assert [*LISTING.released_first.lines] == [BLUR, HALF, LOOP]
    assert LISTING.by_source["image.filter(blur)"] is BLUR
    unclear = Listing("x", (line("a", 0.5, control=0.5),))
    assert unclear.held_share is None and "too busy" in unclear.sentence


def test_a_listing_is_told_in_text_and_as_a_table():
    text, html = repr(LISTING), unescape(LISTING._repr_html_())
    for said in (
        "holds",
        "releases",
        "in part",
        "image.save('<a>.png')",
        "31 % of that holds the GIL",
    ):
        assert said in text and said in html
    assert "&lt;a&gt;" in LISTING._repr_html_()
    assert "1.90" in text and "ticks predict" in html
    assert "ticks predict" not in Listing("x", (line("a", 1.0),))._repr_html_()


def test_a_prediction_is_resolved():
    listing = Listing("picture", (LOOP, BLUR, HALF), chosen=("image.filter(blur)", HALF.title))
    assert "Your prediction was right for 2 of 3." in repr(listing)
    assert unescape(listing._repr_html_()).count("<td") == 3 * 7


def test_a_model_follows_where_the_share_is_known():
    [curve] = LISTING.models([1, 2])
    assert curve.n_workers == (1, 2)
    assert Listing("x", (line("a", 0.5, control=0.5),)).models([1, 2]) == []


# --- Real functions -------------------------------------------------------------------

AROUND = 3


def picture(n, step=1):
    """Its text is no line."""
    numbers = [AROUND * i for i in range(n)]
    total = 0
    for number in numbers[::step]:
        total += number  # a loop is one line

    time.sleep(0.002)
    return total


def test_each_statement_is_a_line_as_it_is_written():
    listing = meter_lines(picture, 100, **QUICK)
    assert listing.name == "picture"
    assert [one.source for one in listing.lines] == [
        "numbers = [AROUND * i for i in range(n)]",
        "total = 0",
        "for number in numbers[::step]:\n    total += number  # a loop is one line",
        "time.sleep(0.002)",
    ]
    assert all(one.pair is None for one in listing.lines)
    assert listing.lines[-1].call_s > 0.001


def test_what_was_predicted_goes_with_the_listing():
    guess = predict_which("Which lines release the GIL?", lines_of(picture))
    assert meter_lines(picture, 100, guess=guess, **QUICK).chosen is None
    guess.controls["time.sleep(0.002)"].value = True
    guess.commit()
    assert meter_lines(picture, 100, guess=guess, **QUICK).chosen == ("time.sleep(0.002)",)


def test_pairs_are_measured_where_they_are_asked_for():
    def sleeps():
        time.sleep(0.01)

    [one] = meter_lines(sleeps, pairs=True, **QUICK).lines
    assert one.pair.n_threads == 2


def test_names_around_a_function_are_found():
    factor, seen = 7, []

    def work():
        product = factor * AROUND
        seen.append(product)

    meter_lines(work, **QUICK)
    assert set(seen) == {21}


@pytest.mark.parametrize("func", [3, len, "sum", int, lambda: 1])
def test_what_has_no_lines_is_refused(func):
    assert "written in Python with def" in refusal(meter_lines, func)


def test_a_return_in_the_middle_is_refused():
    def early(n):
        if n:
            return 1
        return 2

    assert "return at its end only" in refusal(meter_lines, early, 1)


def test_wrong_arguments_and_errors_of_a_line_are_told():
    def broken(n):
        half = 1 / n
        print(half)

    assert "missing a required argument" in refusal(meter_lines, broken)
    message = refusal(meter_lines, broken, 0)
    assert "the line 'half = 1 / n' of broken raised ZeroDivisionError" in message


def test_calls_of_ones_own_are_metered_by_name():
    listing = meter_calls({"sleep": lambda: time.sleep(0.002)}, **QUICK)
    assert [*listing.by_source] == ["sleep"]
    for calls in ({}, [len], {1: len}):
        assert "a dict from a name to a function" in refusal(meter_calls, calls)
