"""What notebook 02 times in turns, and its two charts."""

import time

import pytest

from helpers.cells.predict import predict_which
from helpers.draw.style import alt_text
from helpers.processes.in_turns import Times, time_in_turns
from helpers.processes.strings_chart import plot_arrivals, plot_times
from tests.unit.refusals import refusal

TOOK_S = Times({"the loop": [0.2, 0.1, 0.3], "16 sublists": [0.1], "60,000 sublists": [4.0]})


def test_the_ways_take_turns(monkeypatch):
    monkeypatch.setattr("helpers.core.turns.QUICK", False)
    order = []
    times = time_in_turns({"a": lambda: order.append("a"), "b": lambda: order.append("b")})
    took_s = times.took_s
    assert [len(tries_s) for tries_s in took_s.values()] == [5, 5] == [len(times.core_shares)] * 2
    assert "".join(order) in "abababababab" or {*order} == {"a", "b"}
    assert all(seconds >= 0 for tries_s in took_s.values() for seconds in tries_s)


def test_how_much_of_a_core_the_first_way_got_is_noted():
    ways = {"the loop": lambda: time.sleep(0.05), "more": lambda: sum(range(1_000_000))}
    assert max(time_in_turns(ways).core_shares) < 0.5


def test_a_slow_way_is_timed_once(monkeypatch):
    monkeypatch.setattr("helpers.processes.in_turns._SLOW_S", 0.0)
    took_s = time_in_turns({"slow": lambda: sum(range(1000))}, rounds=3)
    assert len(took_s["slow"]) == 1


@pytest.mark.parametrize("ways", [{}, None, [len], {"loop": 7}])
def test_what_is_no_way_is_refused(ways):
    assert "a dict from a name to a function" in refusal(time_in_turns, ways)


def test_a_bar_ends_at_the_median_and_the_title_says_what_was_found():
    guess = predict_which("Which are faster?", ["16 sublists", "60,000 sublists"])
    guess.controls["16 sublists"].value = True
    guess.commit()
    ax = plot_times(TOOK_S, guess)
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches]
    assert ends == pytest.approx([0.2, 0.1, 4.0])
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "the loop", "☑ 16 sublists", "60,000 sublists",
    ]  # fmt: skip
    assert ax.get_title(loc="left") == "60,000 sublists: 40 times as long as 16 sublists"
    assert "16 sublists: 100 ms." in alt_text(ax.figure)
    assert {"200 ms", "2×", "0.05×"} <= {text.get_text() for text in ax.texts}


def test_results_are_dots_and_the_title_tells_the_first():
    ax = plot_arrivals({
        "map": [(9, 0.2), (1, 0.25)], "as_completed": [(1, 0.05), (9, 0.2)],
    })  # fmt: skip
    dots = [(line.get_xdata()[0], line.get_markersize()) for line in ax.lines]
    assert dots == [(0.2, 15), (0.25, 7), (0.05, 7), (0.2, 15)]
    assert ax.get_title(loc="left") == "First result: map 200 ms, as_completed 50 ms"
    assert "as_completed: first result after 50 ms." in alt_text(ax.figure)
