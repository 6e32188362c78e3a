"""Notebook 09's self-checks: right, untouched, and wrong in the ways that come to mind."""

from collections import Counter

import pytest

from helpers.cells.check import check
from helpers.errors import LabError


def test_asking_at_run_time_passes() -> None:
    assert check(
        "09.lock_is_on", lambda sys: getattr(sys, "_is_gil_enabled", lambda: True)()
    ).passed


def test_untouched_stays_open() -> None:
    assert not check("09.lock_is_on", lambda sys: ...).passed
    assert not check("09.share_nothing", lambda pool, lists: ...).passed


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda sys: sys._is_gil_enabled(), "3.11 has no such function"),
        (lambda sys: sys._is_gil_enabled, "with its brackets"),
        (lambda sys: "free-threading" not in sys.version, "gives True your function gives False"),
        (lambda sys: getattr(sys, "_is_gil_enabled", lambda: False)(), "too|has the GIL"),
    ],
)
def test_another_answer_is_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("09.lock_is_on", function)


def test_a_counter_for_each_call_passes() -> None:
    assert check(
        "09.share_nothing", lambda pool, lists: sum(pool.map(Counter, lists), Counter())
    ).passed


def shared(pool, lists):
    total = Counter()
    list(pool.map(total.update, lists))
    return total


def shared_by_a_closure(pool, lists):
    total = Counter()
    for future in [pool.submit(lambda words: total.update(words), words) for words in lists]:
        future.result()
    return total


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (shared, "share an object"),
        (shared_by_a_closure, "share an object"),
        (lambda pool, lists: list(pool.map(Counter, lists)), "came back"),
        (lambda pool, lists: Counter(w for words in lists for w in words), "fewer than 2 calls"),
    ],
)
def test_sharing_is_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("09.share_nothing", function)
