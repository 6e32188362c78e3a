"""Notebook 08's self-checks: right, untouched, and wrong in the ways that come to mind."""

import math

import pytest

from helpers.cells.check import check
from helpers.errors import LabError


def test_the_whole_script_passes() -> None:
    assert check("08.whole", lambda share, times: 1 / (1 - share + share / times)).passed


def test_an_untouched_formula_stays_open() -> None:
    assert not check("08.whole", lambda share, times: ...).passed


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda share, times: (1 - share) + share * times, "add up seconds, not speeds"),
        (lambda share, times: times, "gave 4"),
        (lambda share, times: 1.6, "gave 1.6"),
        (lambda share, times: "1.6", "a number is wanted"),
        (lambda share, times: float("nan"), "a number is wanted"),
    ],
)
def test_another_formula_is_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("08.whole", function)


def by_a_loop(share):
    n = 1
    while 1 / (1 - share + share / n) < 0.9 / (1 - share):
        n += 1
    return n


def test_enough_cores_pass() -> None:
    assert check("08.enough_cores", by_a_loop).passed
    assert check("08.enough_cores", lambda share: math.ceil(9 * share / (1 - share))).passed


def test_an_untouched_number_of_cores_stays_open() -> None:
    assert not check("08.enough_cores", lambda share: ...).passed


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda share: by_a_loop(share) - 1, "it needs 14 of them, and 13 came back"),
        (lambda share: 9 * share / (1 - share), "a whole number of cores is wanted, and 13"),
        (lambda share: "14", "a whole number of cores is wanted"),
        (lambda share: float("nan"), "a whole number of cores is wanted"),
    ],
)
def test_another_number_of_cores_is_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("08.enough_cores", function)
