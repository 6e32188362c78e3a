"""A job: a pure function over a list, the list, and how to tell two answers apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..errors import LabError, shown
from ..units import counted
from .cut import cut
from .same_answers import difference


@dataclass(frozen=True, repr=False)
class Job:
    """A function with its list, ready to be split among workers.

    ``function`` takes a part of ``items`` and returns what the parts together would give:
    a list with one result for every item, or one for every sublist that can be added up.
    ``difference`` takes the serial answers and others, both lists, and returns in one line where
    they differ, or None. ``n_sublists`` is how many parts the list is split into by itself.
    """

    name: str
    title: str
    function: Callable[[list[Any]], list[Any]]
    items: list[Any]
    difference: Callable[[list[Any], list[Any]], str | None] = difference
    n_sublists: int = 16

    def __repr__(self) -> str:
        items = counted(len(self.items), "item")
        return f"{self.title}: {items}, split into {counted(self.n_sublists, 'sublist')}"

    def split(self, n_sublists: int) -> list[list[Any]]:
        """Return ``items`` in ``n_sublists`` consecutive lists whose lengths differ by one at most.

        >>> Job("demo", "Demo", sorted, [1, 2, 3]).split(2)
        [[1], [2, 3]]
        """
        return cut(self.items, n_sublists)


def check_items(items: Any) -> list[Any]:
    """Return the items as a list; raise a LabError for what can be gone through only once."""
    if isinstance(items, (str, bytes, bytearray, Mapping)) or not hasattr(items, "__len__"):
        remedy = "list(items)" if hasattr(items, "__next__") else "a list such as [1, 2, 3]"
        raise LabError(
            "items come in a list, which can be gone through again, not a "
            f"{type(items).__name__} ({shown(items, 40)}): pass {remedy}"
        )
    if items := list(items):
        return items
    raise LabError("items are a list of one or more, not an empty one: pass some to try")


def name_of(function: Callable[..., Any]) -> str:
    """Return what a reader calls a function, such as "str.upper"."""
    while isinstance(function, partial):
        function = function.func
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return name.rpartition("<locals>.")[2]
