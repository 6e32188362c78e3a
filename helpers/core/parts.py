"""What an object consists of: what pickle would send of it, each part with the way to it."""

import copyreg
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, islice
from types import FunctionType, WrapperDescriptorType
from typing import Any

from ..interrupts import is_interrupt

Parts = list[tuple[Any, Any]]
FAILED: Any = object()
_MOST_PARTS = 1_000_000  # that an object's iterators may give
_BUILT_IN: set[Any] = {kind.__eq__ for kind in (object, list, tuple, dict, set, frozenset, deque)}


class Enough(Exception):
    """The limit of a comparison is reached."""


class Attribute(str):
    """The name of an attribute, as the way to a part."""


def asked(function: Callable[..., Any], *args: Any) -> Any:
    """Return what an object's own code returns, and FAILED where it raises."""
    try:
        return function(*args)
    except BaseException as error:  # code of the reader's, or of an extension, which may panic
        if is_interrupt(error) or isinstance(error, MemoryError | Enough):
            raise
        return FAILED


def same_type(one: type, other: type) -> bool:
    """Return whether two classes are one, or come of the same lines: a function may hold them."""
    if one is other:
        return True
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


def has_own_equality(value: Any) -> bool:
    """Return whether ``==`` of a value may say what its parts do not.

    That of a dataclass, or of attrs, says the same; of a graph it would take for ever.
    """
    own = type(value).__eq__
    file = getattr(getattr(own, "__code__", None), "co_filename", "")
    is_made = _compared(type(value)) is not None and file.startswith(("<string>", "<attrs"))
    return own not in _BUILT_IN and not is_made


def is_leaf(value: Any) -> bool:
    """Return whether a value has nothing inside to be seen, and its ``==`` is not the reader's.

    >>> import datetime
    >>> is_leaf(datetime.date(2026, 1, 1)), is_leaf(object())
    (True, False)
    """
    own = type(value).__eq__
    return (
        type(own) is WrapperDescriptorType
        and own is not object.__eq__
        and not hasattr(value, "__dict__")
    )


def attributes(value: Any) -> Parts:
    """Return what stands in the ``__dict__`` of a value, if it has one, as pairs (way, part)."""
    return [(Attribute(name), part) for name, part in getattr(value, "__dict__", {}).items()]


def side_by_side(mine: Parts, theirs: Parts) -> Iterator[tuple[Any, Any, Any]]:
    """Return the parts of two values as triples (way, part, part)."""
    if [way for way, _ in mine] != [way for way, _ in theirs]:
        return iter([(None, mine, theirs)])
    return ((way, part, other) for (way, part), (_, other) in zip(mine, theirs))


def parts_of(value: Any) -> Parts | None:
    """Return what a value consists of, as pairs (way, part), or None where it cannot be told.

    The way is an ``Attribute``, an index or a key, or None for a part without a name. What a
    dataclass or a class of attrs leaves out of its comparison is left out.

    >>> parts_of(slice(1, 2))
    [(None, <class 'slice'>), (None, 1), (None, 2), (None, None)]
    >>> parts_of(n for n in range(3)) is None
    True
    """
    if isinstance(value, type):
        return [(None, f"{value.__module__}.{value.__qualname__}")]
    if isinstance(value, FunctionType):
        cells = asked(lambda: [cell.cell_contents for cell in value.__closure__ or ()])
        return _unnamed(value.__code__, value.__defaults__, value.__kwdefaults__, cells)
    if hasattr(value, "tobytes") and type(value).__name__ in ("memoryview", "array"):
        return _unnamed(getattr(value, "format", getattr(value, "typecode", "")), value.tolist())
    names = _compared(type(value))
    if names is None:
        reduce = copyreg.dispatch_table.get(type(value))
        made = asked(reduce, value) if reduce else asked(value.__reduce_ex__, 4)
        parts = FAILED if made is FAILED else asked(_parts_in, made)
        return None if parts is FAILED else parts
    rest = set(getattr(value, "__dict__", ())) - names.keys()
    wanted = [name for name, counts in names.items() if counts] + sorted(rest)
    return [(Attribute(name), getattr(value, name, FAILED)) for name in wanted]


def _compared(kind):
    """Return the fields of a dataclass, or a class of attrs: whether each counts; else None."""
    if hasattr(kind, "__dataclass_fields__"):
        return {name: field.compare for name, field in kind.__dataclass_fields__.items()}
    if isinstance(fields := getattr(kind, "__attrs_attrs__", None), tuple):
        return {field.name: bool(field.eq) for field in fields}
    return None


def _unnamed(*values):
    return [(None, value) for value in values]


def _parts_in(made):
    """Return the parts in what ``__reduce_ex__`` returned, which an object may make endless."""
    if isinstance(made, str):  # the name of something that is there once
        return _unnamed(made)
    if type(made) is not tuple or type(made[1]) is not tuple:
        return FAILED
    function, args, state, items, pairs = (*made, None, None, None)[:5]
    parts = _unnamed(function, *args)
    states = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    for part in states:  # attributes, or these and slots
        if isinstance(part, dict):
            parts += [(Attribute(name), value) for name, value in part.items()]
        elif part is not None:
            parts.append((None, part))
    rest = list(islice(chain(enumerate(items or ()), pairs or ()), _MOST_PARTS + 1))
    return FAILED if len(rest) > _MOST_PARTS else [*parts, *rest]
