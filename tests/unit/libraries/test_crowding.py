"""Crowds of threads: counted, limited, drawn, and refused in one line; nothing is left."""

import multiprocessing
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.machine import Capacity
from helpers.errors import LabError
from helpers.libraries.chart import plot_crowds
from helpers.libraries.oversubscription import Crowd, in_words, measure_crowds
from helpers.libraries.whole_script import WholeScript


def spin(n):
    return sum(range(n * 2_000_000))


def spin_again(n):
    return spin(n)


def test_ways_take_turns_and_their_busy_workers_are_counted() -> None:
    before = set(multiprocessing.active_children())
    for _ in range(9):  # until somebody looked in time, on a busy machine
        crowds = measure_crowds({"once": spin, "again": spin_again}, [1, 1, 1, 1], 2)
        if all(any(crowd.runnable) for crowd in crowds):
            break
    assert [crowd.name for crowd in crowds] == ["once", "again"]
    assert all(1 <= len(crowd.wall_s) <= 3 for crowd in crowds)
    if sys.platform == "linux":
        assert all(0 < max(crowd.runnable) <= 4 for crowd in crowds)
    assert set(multiprocessing.active_children()) <= before


def test_a_spent_budget_leaves_one_round(monkeypatch) -> None:
    monkeypatch.setattr("helpers.libraries.oversubscription._BUDGET_S", 0)
    (crowd,) = measure_crowds({"abs": abs}, [1], 1)
    assert len(crowd.wall_s) == 1
    assert len(crowd.capacity.core_shares) == 2  # looked at before the round and after it


@pytest.mark.parametrize(
    ("ways", "items", "options", "said"),
    [
        ({}, [1], {}, "dict from a name"),
        ({"a": 1}, [1], {}, "dict from a name"),
        ({"a": abs}, [], {}, "at least one item"),
        ({"a": abs}, [1], {"n_workers": 0}, "number of workers"),
        ({"a": abs, "b": float}, [-1], {}, "'b' does not give what 'a' gives"),
    ],
)
def test_a_bad_plan_is_refused_in_one_line(ways, items, options: dict, said: str) -> None:
    before = set(multiprocessing.active_children())
    with pytest.raises(LabError, match=said) as refused:
        measure_crowds(ways, items, **options)
    assert "\n" not in str(refused.value)
    assert set(multiprocessing.active_children()) <= before


def test_no_library_and_one_thread_are_said() -> None:
    assert "change nothing" in in_words({})
    assert in_words({"mkl": 1}).endswith("up to 1 thread by itself.")


@pytest.mark.parametrize("runnable", [(4, 4, 3), ()])
def test_the_chart_says_time_and_threads(runnable) -> None:
    known = runnable, Capacity((1,), ((1.0,),))
    crowds = [Crowd("as it is", 2, 2.0, (0.4, 0.6), *known), Crowd("b", 2, 2.0, (0.1,), *known)]
    ax = plot_crowds(crowds)
    beside = ax.figure.axes[1]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([0.5, 0.1])
    assert [bar.get_width() for bar in beside.patches] == [4, 4] * bool(runnable)
    many = "4 threads" if runnable else "an unknown number of threads"
    assert f"as it is: 0.5 s, {many} at once for 2 CPUs" in ax.get_label()


@given(st.floats(0, 0.99), st.floats(1, 1e6))
def test_the_script_gains_no_more_than_its_part_allows(share: float, times: float) -> None:
    script = WholeScript(share, times)
    assert script.speed_up >= 1 - 1e-9
    assert script.speed_up <= min(script.ceiling, times) * (1 + 1e-9)


@pytest.mark.parametrize(("share", "times"), [(1, 2), (-0.1, 2), (0.5, 0.5), ("half", 2)])
def test_a_script_of_other_numbers_is_refused(share, times) -> None:
    with pytest.raises(LabError, match="must be a number from"):
        WholeScript(share, times)
