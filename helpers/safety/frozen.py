"""Values as they are at one moment, in plain lists, dicts and texts: to compare, and to show."""

import copy
import functools
import types
from collections import deque
from collections.abc import Iterator
from typing import Any

from ..core import inside
from ..errors import class_name
from . import standins

#: Modules of the standard library whose objects are looked into.
OPENED = {"threading", "queue", "concurrent", "weakref", "functools", "_weakrefset"}
_SOME: tuple[Any, ...] = ([], (), "", b"", range(0), {}, {}.values(), {}.items(), set())
_MOST_OBJECTS = 20_000
ITERATORS = frozenset(type(iter(one)) for one in _SOME)


class Frozen:
    """What values are made of, in plain lists, dicts and texts, so that it can be kept.

    ``is_cut`` says that there were too many objects: of the others it has nothing.
    """

    def __init__(self) -> None:
        self.is_cut = False
        self._known: dict[int, Any] = {}
        self._kept: list[Any] = []

    def of(self, value: Any, level: int = 0) -> Any:
        """Return a value without what can change in it."""
        cls = type(value)
        if cls in inside.PLAIN or inside.home(cls) in inside.VALUES:
            return value
        if level > 60:
            return "..."
        if id(value) not in self._known:
            if len(self._known) > _MOST_OBJECTS:
                self.is_cut = True
                return "..."
            self._kept.append(value)
            self._known[id(value)] = "..."
            self._known[id(value)] = self._frozen(value, cls, level + 1)
        return self._known[id(value)]

    def _frozen(self, value, cls, level):
        if inside.is_a(value, (*standins.LOCKS, standins.Lock, standins.RLock)):
            return "a lock"
        if is_code(value) or isinstance(value, types.ModuleType):
            return getattr(value, "__qualname__", None) or class_name(value)
        if isinstance(value, BaseException):
            return [class_name(value), self.of(value.args, level)]
        held = self._held(value, cls, level)
        has_attributes = inside.is_own_class(cls) or inside.home(cls) in (*OPENED, "types")
        names = inside.attributes(value) if has_attributes else {}
        if inside.home(cls) in OPENED:
            names = {k: v for k, v in names.items() if not callable(v) and k != "_lock"}
        if not names and held is not None:
            return held
        parts = {name: self.of(part, level) for name, part in names.items()}
        if held is not None:
            parts["[]"] = held
        return Thing(class_name(value), parts) if parts or has_attributes else class_name(value)

    def _held(self, value, cls, level):
        """Return what is in a container or an array, or None for what is none."""
        if issubclass(cls, dict):
            return {
                k if inside.is_key(k) else repr(self.of(k, level)): self.of(part, level)
                for k, part in list(dict.items(value))
            }
        if issubclass(cls, set | frozenset):
            parts = list(value)
            return set(parts) if all(map(inside.is_key, parts)) else len(parts)
        if issubclass(cls, list | tuple | deque):
            parts = list(value)
            is_plain = inside.PLAIN.issuperset(map(type, parts))
            return parts if is_plain else [self.of(part, level) for part in parts]
        if (n := inside.n_bytes(value)) is not None:
            return copy.copy(value) if n < inside.MOST_BYTES else "an array"
        state = inside.STATES.get(inside.called(cls))
        if state is not None:
            return state(value)
        return inside.left(value) if cls in ITERATORS else None


class Thing(dict):
    """The parts of an object, by the names of its attributes, with its class."""

    def __init__(self, of: str, parts: dict[str, Any]) -> None:
        super().__init__(parts)
        self.of = of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing) and self.of == other.of and dict.__eq__(self, other)

    __hash__ = None


def alike(values: list[Any]) -> list[int]:
    """Return for each value which of them is the first to be the same object of the reader's.

    >>> alike([1, 1])
    [0, 1]
    """
    first: dict[int, int] = {}
    return [
        first.setdefault(id(value), index) if inside.is_own_class(type(value)) else index
        for index, value in enumerate(values)
    ]


def is_code(value: object) -> bool:
    """Return whether a value is a function, a class or the like."""
    kinds = (
        type,
        types.FunctionType,
        types.BuiltinFunctionType,
        types.MethodType,
        types.BuiltinMethodType,
    )
    return inside.is_a(value, (*kinds, functools.partial, property, types.MethodWrapperType))


def leaves(frozen: Any, name: str, level: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the parts of what is frozen, each as a reader would write it."""
    if isinstance(frozen, dict) and level < 4 and 0 < len(frozen) <= 20:
        for key, part in frozen.items():
            if not isinstance(frozen, Thing):
                yield from leaves(part, f"{name}[{key!r:.30}]", level + 1)
            elif key == "[]":
                yield from leaves(part, name, level + 1)
            else:
                yield from leaves(part, f"{name}.{key}", level + 1)
    else:
        yield name, frozen
