"""Refusals: the two range checks, and how any value is shown in one line."""

import math
from fractions import Fraction

import numpy as np
import pytest

from helpers.errors import number, shown, whole
from tests.unit.refusals import refusal


class Unprintable:
    def __init__(self, error):
        self.error = error

    def __repr__(self):
        raise self.error


@pytest.mark.parametrize("value", [1, 5, 1000, np.int64(5), np.uint8(5)])
def test_whole_numbers_come_back_as_ints(value):
    assert type(whole("rounds", value, 1, 1000)) is int
    assert whole("rounds", value, 1, 1000) == value


@pytest.mark.parametrize(
    "value",
    [
        0,
        1001,
        -1,
        2.0,
        "2",
        None,
        True,
        np.bool_(True),
        math.nan,
        math.inf,
        [2],
        np.array([2]),
        int,
    ],
)
def test_anything_else_is_refused_with_the_rule_the_value_and_the_remedy(value):
    said = refusal(whole, "rounds", value, 1, 1000, "try 5")
    assert said == (f"rounds must be a whole number from 1 to 1,000: got {shown(value)}; try 5")


@pytest.mark.parametrize("value", [0, 0.5, 1, np.float32(0.5), np.int64(1), Fraction(1, 2)])
def test_numbers_come_back(value):
    assert number("share", value, 0, 1) == value
    assert isinstance(number("share", value, 0, 1), int | float)


@pytest.mark.parametrize(
    "value",
    [-0.1, 1.1, "0.5", None, True, np.bool_(True), math.nan, math.inf, 0.5j, np.array([0.5])],
)
def test_what_is_no_number_in_the_range_is_refused(value):
    said = refusal(number, "share", value, 0, 1, "0.5 is half of it")
    assert said == f"share must be a number from 0 to 1: got {shown(value)}; 0.5 is half of it"


def test_a_range_without_an_end_names_no_infinity():
    assert refusal(whole, "n", 0) == "n must be a whole number of 1 or more: got 0; try 1"
    said = refusal(number, "limit_s", -1, 0.001, remedy="try 60")
    assert said == "limit_s must be a number of 0.001 or more: got -1; try 60"
    assert refusal(number, "x", math.nan, remedy="try 1") == "x must be a number: got nan; try 1"
    assert number("limit_s", math.inf, 0.001) == math.inf


@pytest.mark.parametrize("error", [ValueError(), RecursionError(), KeyError("x"), MemoryError()])
def test_a_value_whose_repr_fails_is_shown_by_its_type(error):
    assert shown(Unprintable(error)) == "<Unprintable>"
    assert shown([Unprintable(error)]) == "<list>"


def test_a_number_too_long_to_spell_is_shown_in_words():
    assert shown(10**5000) == "a number of thousands of digits"
    said = refusal(whole, "rounds", 10**5000, 1, 1000, "try 5")
    assert said.endswith("got a number of thousands of digits; try 5")
