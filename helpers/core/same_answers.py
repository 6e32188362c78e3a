"""Are two answers the same? Nested lists, dicts, arrays, NaN and objects included.

Two answers are gone through side by side, part by part. What an object consists of is what pickle
would send of it. Nothing here calls itself for a part of a part, and no two parts are compared
twice: a tree whose nodes know their parents, or a list in itself, comes to an end as well.
"""

import math
import sys
import time
from collections import OrderedDict, deque
from collections.abc import MappingView, Set
from dataclasses import dataclass
from itertools import chain
from operator import eq
from types import MappingProxyType
from typing import Any

from ..errors import class_name, shown
from .arrays import CLOSE, compared_arrays
from .own_same import Same, ask_same
from .parts import (
    FAILED,
    Attribute,
    Enough,
    asked,
    attributes,
    has_own_equality,
    is_leaf,
    parts_of,
    same_type,
    side_by_side,
)
from .turns import Stop

_LIMIT_S = 10.0
_MOST_PAIRS = 3_000_000
_MOST_SETS = 20  # within each other
_MOST_LETTERS = 80  # of the way to a part
# Classes by their ids: a class of the reader's may compare as it likes.
_PLAIN = frozenset(map(id, (int, float, str, bytes, bool, type(None))))  # without parts
_CONTAINERS = frozenset(map(id, (list, tuple, dict)))


@dataclass(frozen=True)
class Comparison:
    """What came of comparing answers, in one line each, None where there is nothing to say.

    ``differs`` says where they are not the same, ``unknown`` what could not be compared. ``index``
    is that of the first answer that differs.
    """

    differs: str | None = None
    unknown: str | None = None
    index: int | None = None


def difference(expected: list[Any], got: list[Any], same: Same | None = None) -> str | None:
    """Return where two lists of answers differ, in one line, or None when they are the same.

    What cannot be compared is no difference: ``compare`` tells of it.

    >>> difference([1, {"a": 2}], [1, {"a": 3}])
    "item 1['a'] is 3, serially it is 2"
    """
    return compare(expected, got, same).differs


def compare(
    expected: list[Any],
    got: list[Any],
    same: Same | None = None,
    limit_s: float = _LIMIT_S,
    stop: Stop | None = None,
) -> Comparison:
    """Return the ``Comparison`` of two lists of answers.

    Floats may differ by a billionth; NaN is the same as NaN, and what is masked the same as what is
    masked. Arrays need the same shape and type. Objects are the same when their own ``==`` says so
    or when all they consist of is. A generator, a lock or an open file cannot be compared, nor what
    is left after ``limit_s`` seconds.

    Args:
        expected: the serial answers.
        got: the others.
        same: a function of two answers that says for itself whether they are the same.
        limit_s: after so many seconds what is left is not compared.
        stop: ends the asking of ``same``.

    Raises:
        LabError: ``same`` raises, says neither yes nor no, or does not come back.

    >>> compare([iter, 1], [iter, 1])
    Comparison(differs=None, unknown=None, index=None)
    """
    if len(expected) != len(got):
        return Comparison(f"{len(got)} answers came back, serially {len(expected)}")
    if same is not None:
        return _told(expected, got, *ask_same(same, expected, got, limit_s, stop))
    walk = _Walk(_Limit(limit_s))
    try:
        differs = walk.walk(expected, got)
    except Enough:
        differs, walk.unknown = None, walk.unknown or f"that takes more than {limit_s:.2g} s"
    return Comparison(differs, walk.unknown, walk.index)


def _told(expected, got, index, unknown):
    """Return what a function of the reader's has said: two answers differ, or nothing is known."""
    if index is None:
        return Comparison(unknown=unknown)
    said = f"item {index} is {shown(got[index])}, serially it is {shown(expected[index])}"
    return Comparison(said, index=index)


# --- Side by side -----------------------------------------------------------------------------


class _Limit:
    """So many seconds and pairs, for a walk and all walks within it."""

    def __init__(self, limit_s):
        self._end_s, self._n = time.monotonic() + limit_s, 0

    def count(self):
        """Count one pair; raise Enough after too many, or too late."""
        self._n += 1
        self.check()

    def check(self, *_):
        """Raise Enough after too many pairs, or too late."""
        if self._n > _MOST_PAIRS or time.monotonic() > self._end_s:
            raise Enough

    def says_equal(self, one, other):
        """Return whether the reader's ``==`` says that two values are equal, within the limit."""
        before = sys.getprofile()
        sys.setprofile(self.check)  # is called with every call that the == makes
        try:
            said = _says_equal(one, other)
        finally:
            sys.setprofile(before)
        self.check()
        return said


class _Frame:
    """Two values whose parts are being compared, and where among them the walk is."""

    __slots__ = ("one", "other", "parts", "step")

    def __init__(self, one, other, parts):
        self.one, self.other, self.parts, self.step = one, other, parts, None


@dataclass(frozen=True)
class _Found:
    """That two values differ, or cannot be compared, in words: the other, and the one."""

    got: str
    serially: str = ""
    is_unknown: bool = False


class _Walk:
    """Goes through two lists of answers; ``unknown`` says what could not be compared."""

    def __init__(self, limit, depth=0):
        self.unknown = self.index = None
        self._limit, self._depth = limit, depth
        # What was compared. The values are kept: the id of one that is gone may be used again.
        self._seen = {}

    def walk(self, expected, got):
        """Return where two lists of one length differ, in one line, or None."""
        frames = [_Frame(expected, got, _in_line(expected, got))]
        while frames:
            one, other, found = self._next(frames)
            if found is None:
                continue
            if not isinstance(found, _Found):
                frames.append(_Frame(one, other, found))
            elif not self._is_forgiven(frames, one, other):
                where, found = _place(frames, found)
                if not found.is_unknown:
                    self.index = frames[0].step
                    return f"{where} is {found.got}, serially it is {found.serially}"
                self.unknown = self.unknown or f"{where} {found.got}"
        return None

    def _next(self, frames):
        """Return the next two parts and what ``_look`` says of them; without any, leave a frame."""
        frame = frames[-1]
        part = asked(next, frame.parts, None)
        if part is None or part is FAILED:
            frames.pop()
            one, other = frame.one, frame.other
            return one, other, None if part is None else _no_word_on(one)
        frame.step, one, other = part
        found = asked(self._look, one, other)
        return one, other, _no_word_on(one) if found is FAILED else found

    def _is_forgiven(self, frames, one, other):
        """Leave the innermost object around a difference that is equal by its own ``==``."""
        pairs = chain([(one, other)], ((frame.one, frame.other) for frame in reversed(frames)))
        for n_left, (one, other) in enumerate(pairs):
            self._limit.count()
            if not asked(has_own_equality, one) or not same_type(type(one), type(other)):
                continue
            if self._limit.says_equal(one, other):
                for frame in frames[len(frames) - n_left + 1 :]:  # elsewhere these may count
                    self._seen.pop((id(frame.one), id(frame.other)), None)
                del frames[len(frames) - n_left :]
                return True
        return False

    # --- One pair

    def _look(self, one, other):
        """Return None when two values are the same, a _Found, or an iterator of their parts."""
        if one is other:
            return None
        self._limit.count()
        if not same_type(type(one), type(other)):
            return _Found(_typed(other), _typed(one))
        if isinstance(one, float | complex):
            return None if _close(one, other) else _different(one, other)
        if id(type(one)) in _PLAIN:
            return None if one == other else _different(one, other)
        if id(type(one)) in _CONTAINERS and are_flat(one, other):
            return None
        key = id(one), id(other)
        if key in self._seen:
            return None
        self._seen[key] = one, other
        for look in (self._inside, _tables, _arrays, _leaves):
            found = look(one, other)
            if found is not NotImplemented:
                return found
        return _objects(one, other)

    def _inside(self, one, other):
        """Look into lists, dicts, sets and their like; what a subclass adds is looked at, too."""
        if isinstance(one, dict | MappingProxyType):
            found = self._pairs(one, other)
        elif isinstance(one, Set):
            found = self._pair_up(list(one), list(other))
            if isinstance(found, _Found):
                return found if found.is_unknown else _different(one, other)
            found = iter(())
        elif isinstance(one, list | tuple | deque | MappingView):
            found = _in_line(one, other)
        else:
            return NotImplemented
        if isinstance(found, _Found) or not getattr(one, "__dict__", None):
            return found
        return chain(found, side_by_side(attributes(one), attributes(other)))

    def _pairs(self, one, other):
        """Return the values of two dicts in pairs, with their keys."""
        if len(one) != len(other) or (isinstance(one, OrderedDict) and [*one] != [*other]):
            return _keyed(one, other)
        if all(asked(other.__contains__, key) is True for key in one):
            return ((key, one[key], other[key]) for key in one)
        mine, theirs = list(one.items()), list(other.items())
        order = self._pair_up([key for key, _ in mine], [key for key, _ in theirs])
        if isinstance(order, _Found):
            return order if order.is_unknown else _keyed(one, other)
        return ((key, value, theirs[j][1]) for (key, value), j in zip(mine, order))

    def _pair_up(self, mine, theirs):
        """Return for each value the index of one of the others that is the same, in a list.

        A _Found where there is none, or where it cannot be told.
        """
        if len(mine) != len(theirs):
            return _Found("")
        order, left = [], dict.fromkeys(range(len(theirs)))
        index = asked(lambda: {value: j for j, value in enumerate(theirs)})
        for value in mine:
            j = None if index is FAILED else asked(index.get, value)
            if j not in left or type(theirs[j]) is not type(value):
                j, unknown = self._like(value, theirs, left)
                if j is None:
                    return _Found(f"has {unknown}", is_unknown=True) if unknown else _Found("")
            order.append(j)
            del left[j]
        return order

    def _like(self, value, theirs, left):
        """Return the first index that is left of a value that is the same, and what is unknown."""
        if self._depth == _MOST_SETS:
            return None, "sets in sets in sets"
        unknown = None
        for j in left:
            walk = _Walk(self._limit, self._depth + 1)
            if walk.walk([value], [theirs[j]]) is None:
                if walk.unknown is None:
                    return j, None
                unknown = f"a {class_name(value)}, which cannot be compared"
        return None, unknown


# --- What to make of two values of one type ---------------------------------------------------


def _in_line(one, other):
    """Return the items of two sequences in pairs, without those that are plain and equal."""
    if len(one) != len(other):
        return _Found(f"of length {len(other)}", f"of length {len(one)}")
    pairs = enumerate(zip(one, other))
    return ((i, a, b) for i, (a, b) in pairs if not _are_plain(a, b))


def _are_plain(one, other):
    return type(one) is type(other) and id(type(one)) in _PLAIN and one == other


def are_flat(one: Any, other: Any) -> bool:
    """Return whether two lists, tuples or dicts are plain and equal, as most answers are.

    One part after the other would take ten times as long.
    """
    mine, theirs = (value.values() if type(value) is dict else value for value in (one, other))
    kinds, others = ([*map(id, map(type, parts))] for parts in (mine, theirs))
    return _PLAIN.issuperset(kinds) and kinds == others and one == other


def _keyed(one, other):
    return _Found(f"keyed by {shown(list(other))}", f"by {shown(list(one))}")


def _close(one, other):
    if isinstance(one, complex):
        return _close(one.real, other.real) and _close(one.imag, other.imag)
    return one == other or (one != one and other != other) or math.isclose(
        one, other, rel_tol=CLOSE
    )  # fmt: skip


def _tables(one, other):
    """Ask tables and series of pandas, polars and others, which say it by ``equals``."""
    if not callable(getattr(type(one), "equals", None)):
        return NotImplemented
    if _is_true(asked(one.equals, other)):
        return None
    found = _objects(one, other)  # its numbers may differ in the last digits
    return found if isinstance(found, _Found) else ((None, a, b) for _, a, b in found)


def _leaves(one, other):
    return None if is_leaf(one) and _says_equal(one, other) else NotImplemented


def _objects(one, other):
    mine, theirs = parts_of(one), parts_of(other)
    if mine is None or theirs is None:
        # What is not even equal to itself, as NaN is not, does not tell by its ==.
        if has_own_equality(one) and _says_equal(one, one) and asked(eq, one, other) is False:
            return _different(one, other)
        return _no_word_on(one)
    return side_by_side(mine, theirs)


def _says_equal(one, other):
    return _is_true(asked(lambda: one == other))


def _is_true(said):
    """Return whether this is True, NumPy's or Python's: a tensor of one number is neither."""
    return said is True or (type(said).__name__ in ("bool", "bool_") and bool(said))


def _arrays(one, other):
    said = compared_arrays(one, other)
    if isinstance(said, bool):
        return None if said else _different(one, other)
    return said


# --- In words ---------------------------------------------------------------------------------


def _different(one, other):
    return _Found(shown(other), shown(one))


def _typed(value):
    return f"{shown(value, 40)} (a {class_name(value)})"


def _no_word_on(value):
    return _Found(f"is a {class_name(value)}, which cannot be compared", is_unknown=True)


def _place(frames, found):
    """Return the way to what was found, and the _Found to tell of there."""
    where, steps = f"item {frames[0].step}", []
    for frame in frames[1:]:
        if frame.step is None:  # a part without a name: the whole is told of
            if not found.is_unknown:
                found = _different(frame.one, frame.other)
            break
        is_attribute = isinstance(frame.step, Attribute)
        steps.append(f".{frame.step}" if is_attribute else f"[{shown(frame.step, 20)}]")
    way = "".join(steps)
    if len(way) > _MOST_LETTERS:
        way = f"{way[: _MOST_LETTERS // 2]}…{way[-_MOST_LETTERS // 2 :]}"
    return where + way, found
