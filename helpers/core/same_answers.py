"""Are two answers the same? Nested lists, dicts, arrays, NaN and objects included."""

import math
import sys
from collections.abc import Callable
from typing import Any

from ..errors import LabError, shown, told

Same = Callable[[Any, Any], Any]
_CLOSE = 1e-9  # relative: sums that are made in another order differ in the last digits
_MOST_LEVELS = 100
_PLAIN = {int, float, str, bytes, bool, type(None)}  # equal in value and type is all there is to it


def difference(expected: list[Any], got: list[Any], same: Same | None = None) -> str | None:
    """Return where two lists of answers differ, in one line, or None when they are the same.

    Floats may differ by a billionth, and NaN is the same as NaN. Arrays need the same shape and
    type. Objects that do not say what makes them equal are compared by their attributes.
    ``same``, a function of two answers, says for itself whether they are the same.

    >>> difference([1, {"a": 2}], [1, {"a": 3}])
    "item 1['a'] is 3, serially it is 2"
    """
    if len(expected) != len(got):
        return f"{len(got)} answers came back, serially {len(expected)}"
    if same is not None:
        return _told_by(same, expected, got)
    types = list(map(type, expected))
    if _PLAIN.issuperset(types) and types == list(map(type, got)) and expected == got:
        return None  # as most answers are: to look at them one by one would take ten times as long
    for index, (one, other) in enumerate(zip(expected, got)):
        found = _differ(one, other, "", 0)
        if found is not None:
            path, told, serially = found
            return f"item {index}{path} is {told}, serially it is {serially}"
    return None


def _told_by(same, expected, got):
    try:
        pairs = enumerate(zip(expected, got))
        index = next((i for i, (one, other) in pairs if not same(one, other)), None)
    except Exception as error:  # whatever the reader's own function raises
        raise LabError(
            "same is a function of two answers that says whether they are the same, and it raised "
            f"{told(error, 120)}; mend it, or leave it out"
        ) from error
    if index is None:
        return None
    return f"item {index} is {shown(got[index])}, serially it is {shown(expected[index])}"


def _differ(one, other, path, level):
    """Return (where, the other in words, the one in words), or None when they are the same."""
    if one is other or level > _MOST_LEVELS:
        return None
    if type(one) is not type(other):
        return path, _typed(other), _typed(one)
    if isinstance(one, dict | list | tuple):
        return _differ_inside(one, other, path, level)
    if type(one).__eq__ is object.__eq__ and not hasattr(one, "equals"):
        return _differ_in_attributes(one, other, path, level)
    try:
        if _same(one, other, level):
            return None
    except Exception as error:  # whatever an object's own code raises
        return path, f"not to be compared ({type(error).__name__})", shown(one)
    field = hasattr(one, "__dataclass_fields__") and _differ_in_attributes(one, other, path, level)
    return field or (path, shown(other), shown(one))


def _differ_inside(one, other, path, level):
    if isinstance(one, dict):
        if one.keys() != other.keys():
            return path, f"keyed by {shown(list(other))}", f"by {shown(list(one))}"
        return _first([(f"{path}[{shown(k, 20)}]", one[k], other[k]) for k in one], level)
    if len(one) != len(other):
        return path, f"of length {len(other)}", f"of length {len(one)}"
    return _first([(f"{path}[{i}]", a, b) for i, (a, b) in enumerate(zip(one, other))], level)


def _same(one, other, level):
    if isinstance(one, float | complex):
        return _close(one, other)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(one, numpy.ndarray | numpy.generic):
        return _same_arrays(numpy, one, other, level)
    if callable(getattr(one, "equals", None)):  # a table of pandas or polars
        return one.equals(other)
    return bool(one == other)


def _first(pairs, level):
    found = (_differ(one, other, path, level + 1) for path, one, other in pairs)
    return next((what for what in found if what is not None), None)


def _differ_in_attributes(one, other, path, level):
    """Compare what two objects hold; one that holds nothing to be seen is like any other."""
    mine, theirs = (getattr(value, "__dict__", None) for value in (one, other))
    if mine is None or theirs is None:
        return None
    if mine.keys() != theirs.keys():
        return path, f"an object with {shown(list(theirs))}", f"one with {shown(list(mine))}"
    return _first([(f"{path}.{name}", mine[name], theirs[name]) for name in mine], level)


def _close(one, other):
    if isinstance(one, complex):
        return _close(one.real, other.real) and _close(one.imag, other.imag)
    return one == other or (one != one and other != other) or math.isclose(
        one, other, rel_tol=_CLOSE
    )  # fmt: skip


def _same_arrays(numpy, one, other, level):
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype == object:
        return _first([("", a, b) for a, b in zip(one.flat, other.flat)], level) is None
    if one.dtype.names or one.dtype.kind not in "fc":
        return bool((one == other).all())
    return bool(numpy.isclose(one, other, rtol=_CLOSE, atol=0, equal_nan=True).all())


def _typed(value):
    return f"{shown(value, 40)} (a {type(value).__name__})"
