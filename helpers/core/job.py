"""A job: a pure function over a list, the list, and how to tell two answers apart."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from ..errors import LabError, class_name, number, one_line, shown, told
from ..interrupts import is_interrupt
from ..units import counted
from .apart import NotOver, apart
from .cut import cut
from .inside import dict_of, is_own_class
from .own_same import Same
from .parts import asked
from .same_answers import Comparison, are_flat, compare
from .turns import Stop
from .unfinished import check_it_lasts

_MOST_ITEMS = 10_000_000  # of a job, which keeps them all
_READ_S = 60.0  # how long it may take to read them
READ_SHARE = 0.3  # of a budget, where there is one
LEAST_S = 0.001  # a budget


@dataclass(frozen=True, repr=False)
class Job:
    """A function with its list, ready to be split among workers.

    ``function`` takes a part of ``items`` and returns what the parts together would give:
    a list with one result for every item, or one for every sublist that can be added up.
    ``difference`` takes the serial answers and others, both lists, and returns in one line where
    they differ, or None; without it they are compared as ``helpers.core.same_answers.compare``
    does, with ``same`` to say which two are the same. ``n_sublists`` is how many parts the list is
    split into by itself. ``answers`` are the serial ones, where they are known.
    """

    name: str
    title: str
    function: Callable[[list[Any]], list[Any]]
    items: list[Any]
    difference: Callable[[list[Any], list[Any]], str | None] | None = None
    n_sublists: int = 16
    same: Same | None = None
    answers: list[Any] | None = None

    def __repr__(self) -> str:
        items = counted(len(self.items), "item")
        return f"{self.title}: {items}, split into {counted(self.n_sublists, 'sublist')}"

    def split(self, n_sublists: int) -> list[list[Any]]:
        """Return ``items`` in ``n_sublists`` consecutive lists whose lengths differ by one at most.

        >>> Job("demo", "Demo", sorted, [1, 2, 3]).split(2)
        [[1], [2, 3]]
        """
        return cut(self.items, n_sublists)

    def compare(
        self, expected: list[Any], got: list[Any], limit_s: float, stop: Stop | None = None
    ) -> Comparison:
        """Return how answers compare with the serial ones, as far as ``limit_s`` seconds go."""
        if self.difference is not None:
            return Comparison(self.difference(expected, got))
        call = partial(compare, expected, got, self.same, limit_s, stop)
        if self.same is not None or are_flat(expected, got):
            return call()
        try:
            return apart(call, limit_s)  # an answer's own code may not come back
        except NotOver as error:
            return Comparison(unknown=error.told("comparing them"))


@dataclass(frozen=True)
class Read:
    """The items of a job that were read, in ``took_s`` seconds: all ``n_items``, or the first."""

    items: list[Any]
    n_items: int
    took_s: float = 0.0

    def __str__(self) -> str:
        if len(self.items) == self.n_items:
            return f"{self.n_items:,} items"
        first = f"the first {len(self.items):,} of {self.n_items:,} items"
        return f"{first}, read in {self.took_s:.2g} s"

    def left_of(self, budget_s: float | None) -> float | None:
        """Return what reading left of a budget; None where there is none."""
        return None if budget_s is None else max(LEAST_S, budget_s - self.took_s)


def check_items(items: Any) -> list[Any]:
    """Return all the items of a job as a list; the errors are those of ``read_within``."""
    return read_within(items).items


def read_within(items: Any, budget_s: float | None = None) -> Read:
    """Return the ``Read`` of a job's items; those that are read late in a budget are left out.

    Raises:
        LabError: they can be gone through only once, there are none or more than ten million, or
            without a budget it takes more than a minute to read them.

    >>> str(read_within(["a", "b"]))
    '2 items'
    """
    if budget_s is not None:
        number("budget_s", budget_s, LEAST_S, remedy="try 60")
    n_items, began_s, chosen = count_items(items), time.perf_counter(), []
    if n_items > _MOST_ITEMS:
        raise LabError(
            f"a job keeps its items, {_MOST_ITEMS:,} at most, not {n_items:,}: pass some of them"
        )
    if any(type(items) is kind for kind in (list, tuple, range)):  # a class may compare oddly
        check_it_lasts(items, "an item")
        return Read(list(items), n_items)
    limit_s = _READ_S if budget_s is None else READ_SHARE * budget_s
    for _, item in read_items(items, n_items):
        chosen.append(item)
        if time.perf_counter() - began_s > limit_s:
            break
    else:
        n_items = len(chosen)  # there may be fewer than it says
    if budget_s is None and len(chosen) < n_items:
        raise LabError(
            f"all items must be read within {_READ_S:g} s, and {len(chosen):,} of {n_items:,} "
            "were: pass some of them, in a list"
        )
    check_it_lasts(chosen, "an item")
    return Read(chosen, n_items, time.perf_counter() - began_s)


def count_items(items: Any) -> int:
    """Return how many items there are; raise a LabError for what is no list of one or more."""
    kind = type(items)  # not the object itself: one that stands for another may raise when asked
    if issubclass(kind, (str, bytes, bytearray, Mapping, type)) or not hasattr(kind, "__len__"):
        remedy = "a list such as [1, 2, 3]"
        if hasattr(kind, "__next__"):
            remedy = "list(islice(items, 1000)), or, where it has an end, list(items)"
        raise LabError(
            "items come in a list, which can be gone through again, not a "
            f"{class_name(items)} ({shown(items, 40)}): pass {remedy}"
        )
    try:
        n_items = len(items)
    except BaseException as error:  # whatever an object's own code raises, or OverflowError
        if is_interrupt(error):
            raise
        raise LabError(
            f"items come in a list that can be counted, and len() of {shown(items, 40)} raised "
            f"{told(error, 80)}: pass a list of some of them"
        ) from error
    if n_items:
        return n_items
    raise _no_items()


def _no_items() -> LabError:
    return LabError("items are a list of one or more, not an empty one: pass some to try")


def read_items(
    items: Any, n_items: int, places: Sequence[int] | None = None
) -> Iterator[tuple[int, Any]]:
    """Yield (place, item) one after the other, ``n_items`` at most: some lists never end.

    With ``places`` these are read, as many of the first ones where an item has no place.
    """
    kind, n_read = type(items), 0
    pairs: Iterator[tuple[int, Any]]
    # A table of pandas gives other things by a place than it gives one after the other.
    by_place = isinstance(items, Sequence) or hasattr(kind, "__array_interface__")
    try:
        if places is not None and (by_place or not hasattr(kind, "__iter__")):
            pairs = ((place, items[place]) for place in places)
        else:
            pairs = enumerate(islice(items, n_items if places is None else len(places)))
        for pair in pairs:
            n_read += 1
            yield pair
    except BaseException as error:  # whatever an object's own code raises
        if isinstance(error, GeneratorExit) or is_interrupt(error):
            raise
        raise LabError(
            f"items are read one by one, and after {n_read:,} of {shown(items, 40)} came "
            f"{told(error, 100)}: pass a list"
        ) from error
    if not n_read:
        raise _no_items()


def name_of(function: Callable[..., Any]) -> str:
    """Return what a reader calls a function, such as "str.upper"."""
    while issubclass(type(function), partial):
        function = function.func  # type: ignore[attr-defined]
    is_own = is_own_class(type(function))  # its own code may not come back
    held = dict_of(function).get("__qualname__") if is_own else None
    name = held if is_own else asked(getattr, function, "__qualname__", None)
    name = name if isinstance(name, str) else type(function).__qualname__
    return one_line(name.rpartition("<locals>.")[2], 60)
