"""A quick run makes one round in a quarter of the time; any other makes what it is asked to."""

import math

import pytest

from helpers.core import turns
from helpers.core.scaling import Experiment
from helpers.core.turns import take_turns
from helpers.jobs.registry import strings
from helpers.waiting.load import LoadTest
from helpers.waiting.web_server import WebServer


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(turns, "QUICK", True)


def test_nothing_is_changed_unless_it_is_asked_for():
    assert not turns.QUICK
    assert (turns.quick_rounds(5), turns.quick_seconds(8.0), Experiment(strings(10)).rounds) == (
        5,
        8.0,
        5,
    )


def test_a_quick_run_has_one_round_in_a_quarter_of_the_time(quick):
    assert (turns.quick_rounds(5), turns.quick_seconds(8.0), turns.quick_seconds(None)) == (
        1,
        2.0,
        None,
    )
    assert [turn.way for turn in take_turns("ab", 5)] == ["a", "b"]


def test_what_is_bounded_by_time_alone_keeps_the_rounds_that_it_needs(quick):
    assert turns.quick_rounds(math.inf) == math.inf
    assert len(list(take_turns("a", budget_s=0.0, least=3))) == 3


def test_plans_count_the_runs_that_there_will_be(quick):
    plan = Experiment(strings(10), ("threads",), (2,), rounds=4)
    *_, result = plan.run()
    assert plan.n_runs == len(result.runs) == 4
    assert LoadTest(WebServer(), (2,), ("threads",), rounds=2).n_runs == 2  # one of each kind
