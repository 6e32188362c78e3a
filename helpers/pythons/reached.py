"""What a function reaches, by the names that a reader has for it, one step at a time."""

import functools
import types
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.core import inside
from helpers.pythons.copies import Globals, owner, parts_of_module

_MOST_PARTS = 20  # of a container that are looked at one by one
_MOST_LETTERS = 60
_CACHED = type(functools.cache(len))
_TO_GLOBAL, _TO_CELL = ("STORE_GLOBAL", "DELETE_GLOBAL"), ("STORE_DEREF", "DELETE_DEREF")
_SMALL = range(-5, 257)  # such an int is there once in any Python
_CONTAINERS = (dict, list, tuple, deque)


@dataclass(frozen=True, eq=False)
class Reached:
    """An object that a function reaches: ``shown`` is how a reader writes it, ``what`` its type.

    ``objects`` are those to be shared so that it is: mostly the object itself.
    """

    shown: str
    what: str
    value: Any = field(repr=False)
    objects: tuple[Any, ...] = field(repr=False)

    @property
    def key(self) -> int:
        """What tells it from others: in two places it is the same object."""
        first = self.objects[0]
        return id(first.names if type(first) is Globals else first)


def parts_of(one: Reached) -> list[Reached]:
    """Return what is one step further on from an object, each once, without what never counts.

    What never counts is there once in any program, and no thread changes it: numbers up to 256,
    the code and the classes of a library.

    >>> seen = []
    >>> parts_of(start_of(lambda item: seen.append(item), None))[0].shown
    'seen'
    """
    found: dict[int, Reached] = {}
    for part in _parts(one.shown, one.value):
        if not _never_counts(part.value):
            found.setdefault(part.key, part)
    return list(found.values())


def start_of(function: Any, items: Sequence[Any] | None) -> Reached:
    """Return a function with its items: what they have in common is reached, too."""
    return Reached(_name(function), "function", _Start(function, items), (function,))


class _Start:
    def __init__(self, function, items):
        self.function, self.items = function, items


def _made(shown, value, *objects):
    shown = shown if len(shown) <= _MOST_LETTERS else f"{shown[: _MOST_LETTERS - 1]}…"
    return Reached(shown, _what(value), value, objects or (value,))


def _parts(shown: str, value: Any) -> Iterator[Reached]:
    if type(value) is _Start:
        yield from _parts(shown, value.function)
        yield from _common(value.items or ())
    elif inside.is_a(value, types.FunctionType):
        yield from _of_function(value)
    elif inside.is_a(value, types.MethodType):
        yield _made("self", value.__self__)
        yield from _parts(shown, value.__func__)
    elif owner(value) is not None:
        yield _made(f"the object of {shown}", owner(value))
    elif inside.is_a(value, functools.partial):
        yield _made(_name(value.func), value.func)
        for index, part in enumerate(value.args):
            yield _made(f"args[{index}]", part)
        for name, part in value.keywords.items():
            yield _made(name, part)
    elif inside.is_a(value, _CACHED):
        yield _made(f"the function in {shown}", value.__wrapped__)
    elif inside.is_a(value, type):
        yield from _of_class(value)
    else:
        yield from _of_object(shown, value)


def _of_function(function: types.FunctionType) -> Iterator[Reached]:
    names, scope = inside.names_in(function.__code__), function.__globals__
    for name in names:
        value: Any = scope.get(name)
        if not inside.is_a(value, types.ModuleType):
            yield _made(name, value)
            continue
        for part, found in parts_of_module(value, names):
            yield _made(f"{name}.{part}", found if owner(found) is None else owner(found))
    yield from _of_closure(function)
    for name, value in inside.defaults(function).items():
        yield _made(name, value)
    for name, value in vars(function).items():
        yield _made(f"{function.__name__}.{name}", value)
    if written := [name for name in names if name in _written(function.__code__, _TO_GLOBAL)]:
        stands_for_all = Globals(scope)
        yield Reached(", ".join(written), "global variable", stands_for_all, (stands_for_all,))


def _of_closure(function: types.FunctionType) -> Iterator[Reached]:
    cells, contents = function.__closure__ or (), inside.closure(function)
    for name, cell in zip(function.__code__.co_freevars, cells):
        if not _never_counts(content := contents.get(name)):
            yield _made(name, content, cell, content)
        elif name in _written(function.__code__, _TO_CELL):
            yield Reached(name, "closure variable", cell, (cell,))


@functools.lru_cache(maxsize=256)
def _written(code: types.CodeType, steps: tuple[str, ...]) -> frozenset[str]:
    """Return the names that a piece of code writes to, by one of these steps of its byte code."""
    import dis

    names = {step.argval for step in dis.get_instructions(code) if step.opname in steps}
    inner = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return frozenset(names.union(*(_written(part, steps) for part in inner)))


def _of_class(cls: type) -> Iterator[Reached]:
    for name, member in list(vars(cls).items()):
        function = inside.function_of(member)
        if function is not None:
            yield from _of_function(function)
        elif not name.startswith("__") and not inside.is_descriptor(member):
            yield _made(f"{cls.__name__}.{name}", member)
    for base in cls.__bases__:
        yield _made(base.__name__, base)


def _of_object(shown: str, value: Any) -> Iterator[Reached]:
    cls = type(value)
    if issubclass(cls, _CONTAINERS) and len(value) <= _MOST_PARTS:
        pairs = value.items() if issubclass(cls, dict) else enumerate(value)
        for key, part in list(pairs):
            if not inside.is_key(key):
                continue
            yield _made(f"{shown}[{key!r:.20}]", part)
    if not inside.is_own_class(cls):
        return
    for name, part in inside.attributes(value).items():
        yield _made(f"{shown}.{name}", part)
    yield _made(cls.__name__, cls)


def _common(items: Iterable[Any]) -> Iterator[Reached]:
    """Yield the objects that several items have a part in."""
    seen: dict[int, Reached] = {}
    for item in items:
        for part in [_made("an item", item), *_parts("an item", item)]:
            if _never_counts(part.value) or type(part.value) is type:
                continue
            if id(part.value) in seen:
                plain = f" {part.value!r:.20}" if type(part.value) in inside.PLAIN else ""
                yield _made(f"the {part.what}{plain} that items share", part.value)
            seen[id(part.value)] = part


def _never_counts(value):
    kind = type(value)
    if value is None or kind in (bool, type(...)) or (kind is int and value in _SMALL):
        return True
    if kind is str and len(value) < 2:  # such a text is there once as well
        return True
    if inside.is_a(value, types.FunctionType):
        return not inside.is_own_file(value.__code__.co_filename)
    if inside.is_a(value, types.BuiltinFunctionType):
        return owner(value) is None
    if inside.is_a(value, (type, types.ModuleType)):
        return not (inside.is_a(value, type) and inside.is_own_class(value))
    return False


def _what(value):
    if inside.is_a(value, (types.FunctionType, _CACHED)):
        return "function" if inside.is_a(value, types.FunctionType) else "cache"
    return "class" if inside.is_a(value, type) else type(value).__name__


def _name(function):
    while inside.is_a(function, functools.partial):
        function = function.func
    return getattr(function, "__name__", type(function).__name__)
