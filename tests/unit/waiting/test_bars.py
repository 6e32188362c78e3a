"""A bar for each request: where it begins and ends, and what the title says."""

import pytest

from helpers.cells.predict import predict_time
from helpers.draw import style
from helpers.waiting.bars import lasted_s, plot_requests
from tests.unit.refusals import refusal

SERIAL = [(100.0, 100.05), (100.05, 100.1), (100.1, 100.16)]
THREADS = [(200.0, 200.05), (200.001, 200.061), (200.002, 200.055)]
WAYS = {"serial": SERIAL, "threads": THREADS}


def bars(ax):
    return [(round(bar.get_x()), round(bar.get_x() + bar.get_width())) for bar in ax.patches]


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_each_request_has_a_bar_and_each_way_its_own_zero():
    assert bars(plot_requests(WAYS)) == [(0, 50), (50, 100), (100, 160), (0, 50), (1, 61), (2, 55)]


def test_it_says_how_long_all_took():
    ax = plot_requests(WAYS)
    assert lasted_s(SERIAL) == pytest.approx(0.16)
    assert words(ax) == ["160 ms in all", "61 ms in all"]
    assert ax.get_title(loc="left") == "3 requests that wait together are done 2.6 times as fast"
    assert "serial: 3 bars, 160 ms in all" in style.alt_text(ax.figure)


@pytest.mark.parametrize("committed", [False, True])
def test_what_was_predicted_is_drawn(committed):
    guess = predict_time("How long?")
    if committed:
        guess.controls["milliseconds"].value = 400
        guess.commit()
    ax = plot_requests(WAYS, guess)
    assert ("you said" in words(ax)) == committed
    assert (ax.get_xlim()[1] > 390) == committed  # and there is room for it


def test_one_way_alone_claims_nothing():
    assert "times" not in plot_requests({"asyncio": THREADS}).get_title(loc="left")


@pytest.mark.parametrize("ways", [{}, [], None, {"threads": []}])
def test_what_cannot_be_drawn(ways):
    assert "try {" in refusal(plot_requests, ways)
