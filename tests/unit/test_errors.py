"""Refusals: the two range checks, and how any value is shown in one line."""

import math
import sys
import threading
from collections import OrderedDict, UserList, deque
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest

from helpers.errors import number, shown, told, whole
from tests.kernels import eventually
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


class Panic(BaseException):
    """As an extension written in Rust raises it."""


@pytest.mark.parametrize("error", [ValueError(), RecursionError(), KeyError("x"), Panic("x")])
def test_a_value_whose_repr_fails_is_shown_by_its_type(error):
    assert shown(Unprintable(error)) == "an Unprintable that cannot be shown"
    assert shown([Unprintable(error)]) == "a list that cannot be shown"
    assert shown({1: Unprintable(SystemExit(3))}) == "a dict that cannot be shown"


class Meta(type):
    __name__ = property(lambda cls: 1 / 0)

    def __repr__(cls):
        raise TypeError("a class that cannot be shown")


class Odd(metaclass=Meta):
    def __repr__(self):
        return None


class Lengthy(str):
    def __repr__(self):
        return Lengthy("first line\n" * 1_000_000)

    def split(self, *separators):
        raise ValueError("not to be split")


def test_whatever_a_class_says_of_itself_is_one_line():
    assert shown(Odd()) == "an Odd that cannot be shown"
    assert shown(Odd) == "a Meta that cannot be shown"
    assert shown(Lengthy()).startswith("first line first line")
    assert len(shown(Lengthy(), 40)) == 40
    assert shown(type("a\nb", (), {"__repr__": None})()) == "an a b that cannot be shown"


def test_what_never_says_what_it_is_is_left_alone_after_a_second():
    class Endless:
        def __repr__(self):
            while True:
                pass

    assert shown(Endless()) == "an Endless that cannot be shown"
    assert eventually(lambda: not [t for t in threading.enumerate() if "shows" in t.name])


def test_of_what_is_very_long_only_the_beginning_is_spelt():
    class Counted:
        n = 0

        def __repr__(self):
            Counted.n += 1
            return "x"

    for many in ([Counted()] * 10_000, (Counted(),) * 10_000, {i: Counted() for i in range(10**4)}):
        assert shown(many, 20).endswith("…")
    assert Counted.n < 100
    assert shown({3: 1, 1: 2}) == "{3: 1, 1: 2}"


def test_an_error_is_told_by_its_name_and_what_it_says():
    class Mute(Exception):
        def __str__(self):
            raise TypeError("cannot be said")

    assert told(KeyError("x"), 40) == "KeyError: 'x'"
    assert told(AssertionError(), 40) == "AssertionError"
    assert told(Mute(), 40) == "Mute: what it says cannot be shown"
    assert told(Panic("index out\nof range"), 40) == "Panic: index out of range"


def test_a_number_too_long_to_spell_is_shown_in_words():
    assert shown(10**5000) == "a number of thousands of digits"
    said = refusal(whole, "rounds", 10**5000, 1, 1000, "try 5")
    assert said.endswith("got a number of thousands of digits; try 5")


def test_what_has_its_parts_twice_at_each_of_many_levels_is_shown_at_once():
    found, pair = [0], {"a": 0}
    for _ in range(60):
        found, pair = [found, found], {"a": pair, "b": (pair,)}
    assert shown(found, 20) == "[[[[...], [...]], […"
    assert shown(pair).startswith("{'a': {'a': {'a': {...}, 'b': (...)}, ")
    assert told(ValueError(found), 30).startswith("ValueError: [[[[...], [...]]")
    assert told(ValueError(1, found), 30).startswith("ValueError: (1, [[[...], [...]]")


@pytest.mark.parametrize(
    "around", [deque, UserList, lambda *parts: SimpleNamespace(a=parts), lambda x: partial(len, x)]
)
def test_what_has_such_lists_inside_is_named(around):
    found = [0]
    for _ in range(60):
        found = [found, found]
    assert shown(around([found])).endswith(" of too many parts")
    assert " of too many parts" in told(ValueError(around([found])), 90)
    said = told(KeyError([found]), 40)
    assert said.startswith("KeyError: ([[[")
    assert shown(around([[1, 2]])) == repr(around([[1, 2]]))


def test_short_values_are_shown_as_python_shows_them():
    for value in ([], (1,), {1: "a"}, {1}, frozenset({2}), set(), [(1, 2), {"a": [3, ()]}], "a'b"):
        assert shown(value) == repr(value)
        assert told(ValueError(value), 40) == f"ValueError: {ValueError(value)}"


@dataclass
class Both:
    left: object
    right: object


@pytest.mark.parametrize(
    "double",
    [
        lambda part: deque([part, part]),
        lambda part: UserList([part, part]),
        lambda part: SimpleNamespace(a=part, b=part),
        lambda part: OrderedDict(a=part, b=part),
        lambda part: MappingProxyType({"a": part, "b": part}),
        lambda part: Both(part, part),
        lambda part: slice(part, part),
    ],
)
def test_an_object_that_doubles_its_parts_at_each_level_is_named(double):
    found = []
    for _ in range(60):
        found = double(found)
    for value in (found, Both([found], 1), {"a": Both(1, found)}):
        assert " of too many parts" in shown(value, 200)
    assert shown(double([])) == repr(double([]))


def test_too_deep_to_be_counted_is_too_deep_to_be_written():
    found = []
    for _ in range(40):
        found = [found, found]
    before = sys.getrecursionlimit()
    said = []

    def show():
        sys.setrecursionlimit(60)
        try:
            said.append(shown(SimpleNamespace(a=deque([found]))))
        finally:
            sys.setrecursionlimit(before)

    thread = threading.Thread(target=show)
    thread.start()
    thread.join()
    assert "SimpleNamespace" in said[0] and len(said[0]) <= 60
