"""The loop under every measurement: whose turn it is, when it ends, how often a call is made."""

import threading

import pytest

from helpers.core import side_by_side, turns, worker
from helpers.core.turns import calls_for, take_turns
from helpers.errors import Stopped


class Clock:
    """A clock that goes on only when somebody lets time pass."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s

    def pass_s(self, seconds):
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(turns, "now", made)
    return made


def test_over_the_rounds_each_way_is_in_each_place():
    orders = {}
    for turn in take_turns("abc", 6):
        orders.setdefault(turn.round, []).append(turn.way)
    assert list(orders) == [1, 2, 3, 4, 5, 6]
    assert orders[1] == ["a", "b", "c"]
    for place in range(3):
        ways = [order[place] for order in orders.values()]
        assert all(ways.count(way) == 2 for way in "abc")


def test_a_round_says_when_it_ends():
    assert [turn.ends_round for turn in take_turns("ab", 2)] == [False, True, False, True]


def test_a_warm_up_is_a_round_of_its_own_and_the_first_that_counts_has_the_same_order():
    found = [(turn.round, turn.way) for turn in take_turns("ab", 2, warm_up_s=0)]
    assert found == [(0, "a"), (0, "b"), (1, "a"), (1, "b"), (2, "b"), (2, "a")]


def test_a_warm_up_may_go_on_for_some_seconds(clock):
    rounds = []
    for turn in take_turns("ab", 1, warm_up_s=5):
        rounds.append(turn.round)
        clock.pass_s(1)
    assert rounds == [0] * 6 + [1, 1]


@pytest.mark.parametrize(
    ("options", "n_rounds"),
    [({}, 9), ({"budget_s": 100}, 9), ({"budget_s": 1}, 1), ({"budget_s": 6}, 3),
     ({"budget_s": 5.9}, 2), ({"budget_s": 1, "least": 3}, 3)],
)  # fmt: skip
def test_no_round_is_begun_that_would_end_after_the_budget(clock, options, n_rounds):
    found = 0
    for turn in take_turns("ab", 9, **options):
        clock.pass_s(1)
        found += turn.ends_round
    assert found == n_rounds


def test_a_budget_counts_the_warm_up_and_never_ends_with_it(clock):
    rounds = []
    for turn in take_turns("a", 9, budget_s=1, warm_up_s=0):
        clock.pass_s(1)
        rounds.append(turn.round)
    assert rounds == [0, 1]


def test_a_stop_ends_it_before_the_next_try():
    stop, found = threading.Event(), []
    with pytest.raises(Stopped):
        for turn in take_turns("abc", stop=stop):
            found.append(turn.way)
            if len(found) == 2:
                stop.set()
    assert found == ["a", "b"]


# --- How often a short call is made ---------------------------------------------------


def taking(call_s, around_s=0.0):
    """Return a function that says how long so many calls take, with what comes around them."""
    return lambda n_calls: n_calls * call_s + around_s


@pytest.mark.parametrize("call_s", [2e-8, 51e-9, 1e-6, 1e-3])
def test_so_many_calls_fill_a_try_although_handing_over_takes_longer_than_a_call(call_s):
    n_calls = calls_for(0.03, taking(call_s, around_s=100e-6))
    assert n_calls * call_s == pytest.approx(0.03, rel=0.02)


@pytest.mark.parametrize("call_s", [0.02, 0.5])
def test_a_long_call_is_made_once_or_twice(call_s):
    tries = []

    def seconds_of(n_calls):
        tries.append(n_calls)
        return n_calls * call_s

    assert calls_for(0.03, seconds_of) == max(1, round(0.03 / call_s))
    assert tries == [1, 1]


def test_a_call_that_a_neighbour_stops_does_not_count():
    slow = iter([0.5])  # the first call imports something, or waits for a core

    def seconds_of(n_calls):
        return n_calls * 1e-6 + next(slow, 0)

    assert calls_for(0.03, seconds_of) == pytest.approx(30_000, rel=0.01)


def test_a_call_of_51_ns_is_not_reported_as_one_of_825(monkeypatch):
    """Handing a batch to a thread takes 0.1 ms here, as on the machine where that was seen."""
    clock = Clock()
    monkeypatch.setattr(worker, "now", clock)
    monkeypatch.setattr(turns, "now", clock)

    def once(func, pool, n_threads, n_calls):
        clock.pass_s(100e-6 + n_threads * n_calls * 51e-9)
        return 100e-6 + n_threads * n_calls * 51e-9

    monkeypatch.setattr(side_by_side, "_once", once)
    found = side_by_side.side_by_side(abs, seconds=0.01)
    assert found.call_s == pytest.approx(51e-9, rel=0.01)
    assert found.speed_up == pytest.approx(1, rel=0.01)
