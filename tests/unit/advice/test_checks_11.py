"""Notebook 11's self-checks: right, untouched, and wrong in the ways that come to mind."""

import random
import re
from collections import Counter
from threading import Lock

import pytest

from helpers.cells.check import check
from helpers.errors import LabError

guard, found = Lock(), []


def throws(draw):
    return 4 * sum(draw() ** 2 + draw() ** 2 < 1 for _ in range(5_000)) / 5_000


def by_the_module(seed):
    random.seed(seed)
    return throws(random.random)


def busiest(hour):
    return Counter(re.findall(r"GET (\S+?)\?", hour)).most_common(1)[0]


def with_lock(hour):
    with guard:
        return busiest(hour)


def in_a_list(hour):
    found.append(busiest(hour))
    return busiest(hour)


def test_a_generator_of_its_own_passes() -> None:
    assert check("11.same_again", lambda seed: throws(random.Random(seed).random)).passed


def test_the_hour_alone_passes() -> None:
    assert check("11.any_worker", busiest).passed


@pytest.mark.parametrize("name", ["11.same_again", "11.any_worker"])
def test_an_untouched_cell_stays_open(name: str) -> None:
    assert not check(name, lambda item: ...).passed


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda seed: throws(random.random), "and the next time"),
        (by_the_module, "All threads share"),
        (lambda seed: throws(random.Random(1).random), "all seeds give the same"),
        (lambda seed: seed, "pi is wanted"),
    ],
)
def test_another_estimate_is_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("11.same_again", function)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (with_lock, "still takes `guard` along"),
        (in_a_list, "still changes `found`"),
        (lambda hour: busiest(hour)[0], "is the busiest page"),
        (lambda hour: None, "None is no answer"),
    ],
)
def test_another_repair_is_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("11.any_worker", function)
