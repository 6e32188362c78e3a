"""Functions made anew by pickle: written down as their code and what they refer to.

Functions, closures and modules refer to one another in rings. So each is first made without what
it refers to, and is given that when all of them are there.
"""

import functools
import io
import pickle
import threading
import types
from collections import deque

from . import inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_CACHED = type(functools.cache(len))


class Scope:
    """Stands for the globals of a module, of which each reading makes a module of its own."""

    def __init__(self, number: int) -> None:
        self.number = number


class Writer(pickle.Pickler):
    """A pickler that a kind of function, class or global name can be told to: see the methods.

    ``last`` is what it met last: where it fails, that is why.
    """

    def __init__(self) -> None:
        self._file = io.BytesIO()
        super().__init__(self._file, 5)
        self.scopes: list[dict[str, Any]] = []
        self._stand_ins: dict[int, Scope] = {}
        self.left: deque[Callable[[], tuple[Any, ...]]] = deque()
        self.last: Any = None

    def written(self, start: "Any") -> bytes:
        """Return an object with all that it refers to, for ``read``."""
        self.dump(start)
        while self.left:
            self.dump(self.left.popleft()())
        self.dump(None)
        return self._file.getvalue()

    def scope(self, names: "dict[str, Any]") -> "Any":
        """Return what stands for the globals of a module."""
        if id(names) not in self._stand_ins:
            self._stand_ins[id(names)] = Scope(len(self.scopes))
            self.scopes.append(names)
        return self._stand_ins[id(names)]

    def persistent_id(self, value: "Any") -> "Any":
        """Return what stands for an object that is not written down, or None."""
        return value.number if type(value) is Scope else None

    def reducer_override(self, value: "Any") -> "Any":
        """Return how an object is made anew; NotImplemented leaves it to pickle."""
        self.last, kind = value, type(value)
        if kind is types.FunctionType:
            return self.function(value)
        if kind is types.CellType:
            self.left.append(lambda: (fill_cell, value, *_content(value)))
            return types.CellType, ()
        if issubclass(kind, type):
            return self.a_class(value)
        make = _MAKERS.get(kind)
        return NotImplemented if make is None else make(value)

    def function(self, value: types.FunctionType) -> "Any":
        """Return how a function is made anew, and see to what it refers to."""
        raise NotImplementedError

    def a_class(self, value: type) -> "Any":
        """Return how a class is made anew, and see to what is in it."""
        raise NotImplementedError

    def see_to(self, function: types.FunctionType, names: "dict[str, Any]") -> None:
        """Have a function given its globals, defaults and attributes, once all are there."""
        scope = self.scope(function.__globals__)
        self.left.append(lambda: (fill_scope, scope, names))
        parts = function.__defaults__, function.__kwdefaults__, vars(function)
        self.left.append(lambda: (fill_function, function, *parts))


def read(reader: pickle.Unpickler) -> "Any":
    """Return what a ``Writer`` wrote, with all that it refers to."""
    start = reader.load()
    while (message := reader.load()) is not None:
        fill, *given = message
        fill(*given)
    return start


def own_members(cls: type) -> "Iterator[tuple[str, Any]]":
    """Yield what the reader wrote in a class: its methods, and values that are no descriptors."""
    for name, member in list(vars(cls).items()):
        function = inside.function_of(member)
        if function is not None:
            is_own = inside.is_own_file(function.__code__.co_filename)
        else:
            is_own = not name.startswith("__") and not inside.is_descriptor(member)
        if is_own:
            yield name, member


# --- What is made, and what it is given


def fill_scope(scope: "Any", names: "dict[str, Any]") -> None:
    """Give a module, or its globals, these names."""
    (scope if type(scope) is dict else vars(scope)).update(names)


def fill_cell(cell: types.CellType, *content: "Any") -> None:
    """Give a cell of a closure its content; one may have none yet."""
    for value in content:
        cell.cell_contents = value


def fill_function(
    function: types.FunctionType, defaults: "Any", kwdefaults: "Any", names: "dict[str, Any]"
) -> None:
    """Give a function its defaults and attributes."""
    function.__defaults__, function.__kwdefaults__ = defaults, kwdefaults
    vars(function).update(names)


def fill_class(cls: type, members: "dict[str, Any]") -> None:
    """Give a class its methods and values."""
    for name, member in members.items():
        type.__setattr__(cls, name, member)


def cached(function: "Callable[..., Any]", parameters: "dict[str, Any]") -> "Callable[..., Any]":
    """Return a function with a cache of its own, which is empty."""
    return functools.lru_cache(**parameters)(function)


def _content(cell):
    try:
        return (cell.cell_contents,)
    except ValueError:  # it has none yet
        return ()


_MAKERS: "dict[type, Callable[[Any], Any]]" = {
    _CACHED: lambda it: (cached, (it.__wrapped__, it.cache_parameters())),
    type(threading.Lock()): lambda it: (threading.Lock, ()),
    type(threading.RLock()): lambda it: (threading.RLock, ()),
    types.MethodType: lambda it: (types.MethodType, (it.__func__, it.__self__)),
    property: lambda it: (property, (it.fget, it.fset, it.fdel)),
    staticmethod: lambda it: (staticmethod, (it.__func__,)),
    classmethod: lambda it: (classmethod, (it.__func__,)),
}
