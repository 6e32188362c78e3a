"""What a function changes outside itself: plain objects that it refers to, and its own items."""

import contextlib
import inspect
import pickle
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Sequence
from functools import partial
from types import MethodType
from typing import Any

from ..core.same_answers import difference

_PLAIN = (int, float, str, list, dict, set, bytearray, deque, defaultdict, Counter, OrderedDict)
_UNCHANGING = (int, float, complex, str, bytes, bool, type(None), range)
_MOST_BYTES = 1_000_000  # a larger object is not looked at for changes
_N_ITEMS = 3  # that are looked at


class Outside:
    """What surrounds a function, as it was before the first call."""

    def __init__(self, func: Callable[..., Any], items: Sequence[Any] | None) -> None:
        self._func, self._items = func, items
        self._state = outer_state(func)
        self._packed: dict[int, bytes] = {}  # the first items, by their index

    def look_at(self, index: int) -> None:
        """Keep how an item is before it is used, if it is one of the first."""
        if self._items is not None and len(self._packed) < _N_ITEMS:
            self._packed[index] = _packed(self._items[index])

    def changed(self) -> str | None:
        """Return the name of what is no longer as it was, or None."""
        now = outer_state(self._func)
        for name, packed in self._state.items():
            if now.get(name, packed) != packed:
                return f"`{name}`"
        for index, packed in self._packed.items():
            item = self._items[index] if self._items else None
            is_other = packed and _packed(item) not in (b"", packed)
            # The bytes of what is equal may differ.
            if is_other and difference([pickle.loads(packed)], [item]) is not None:
                return f"its items: item {index} is no longer what it was"
        return None


def outer_state(func: Callable[..., Any]) -> dict[str, bytes]:
    """Return the plain objects that a function refers to: a dict from their names to bytes.

    It is compared before and after a call, to see what the call has changed.

    >>> seen = []
    >>> before = outer_state(lambda item: seen.append(item))
    >>> seen.append(1)
    >>> before == outer_state(lambda item: seen.append(item))
    False
    """
    while isinstance(func, partial):
        func = func.func
    found = {}
    if isinstance(func, MethodType):
        owner = func.__self__
        found = {f"self.{name}": value for name, value in getattr(owner, "__dict__", {}).items()}
        func = func.__func__
    if inspect.isfunction(func):
        refers = inspect.getclosurevars(func)
        found |= {**refers.globals, **refers.nonlocals}
    plain = {name: _pickled(value) for name, value in found.items() if type(value) in _PLAIN}
    return {name: packed for name, packed in plain.items() if packed}


def _packed(value):
    """Return a mutable object as bytes, none for what does not change or is too large."""
    return b"" if isinstance(value, _UNCHANGING) else _pickled(value)


def _pickled(value):
    with contextlib.suppress(Exception):  # whatever an object's own code raises
        packed = pickle.dumps(value)
        return packed if len(packed) <= _MOST_BYTES else b""
    return b""
