"""A call in copies: each with objects of its own, but for those that the copies are to share.

It runs in a Python without the GIL, with nothing installed. Code, modules and whatever belongs to a
library are shared by all copies; what cannot be copied is, too.
"""

import contextvars
import functools
import io
import pickle
import threading
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from helpers.core import anew, inside
from helpers.errors import LabError, one_of_class, told

_ATOMS = frozenset({int, float, complex, bool, str, bytes, type(None), type(...), range})
_NEVER = (types.CodeType, types.ModuleType, threading.local, contextvars.ContextVar)
_MOST_KEPT = 20  # objects that cannot be copied

Call = tuple[Callable[..., Any], Sequence[Any] | None]


class Copier:
    """Makes copies of a call, a function and some items for it.

    ``kept`` has what cannot be copied: all copies share it.
    """

    def __init__(self, call: Call) -> None:
        self.call = call
        self.kept: list[Any] = []

    def maker(self, shared: Iterable[Any] = ()) -> Callable[[], Call]:
        """Return a function that makes a copy, which shares only the objects in ``shared``.

        A thread calls it itself: Python counts the uses of an object fast in the thread that made
        it, and what two threads made does not lie side by side in memory.

        Raises:
            LabError: too much of it cannot be copied.
        """
        packed, writer = self._written(self.call, shared, atoms=True)
        return lambda: anew.read(_Reader(packed, writer))

    def fresh(self, objects: Iterable[Any] = ()) -> tuple[Call, list[Any]]:
        """Return a copy of the call, and what has become of some objects in it.

        What nothing can change, a text for one, is the same in it: a program that writes such a
        value down has it once, and Python may know that it need not count who uses it.
        """
        packed, writer = self._written((self.call, list(objects)), (), atoms=False)
        return anew.read(_Reader(packed, writer))

    def _written(self, what, shared, atoms):
        shared = list(shared)
        while True:
            writer = _Writer([*shared, *self.kept], atoms)
            try:
                return writer.written(what), writer
            except Exception as error:  # whatever an object's own code raises
                self._keep(writer.last, error)

    def _keep(self, value, error):
        if len(self.kept) == _MOST_KEPT or any(value is one for one in self.kept):
            cannot = f"{one_of_class(value)} cannot be copied ({told(error, 80)})"
            raise LabError(f"{cannot}: make it inside the function, or leave it out") from error
        self.kept.append(value)


class _Writer(anew.Writer):
    """Writes a call down; objects that copies share stand in ``table``."""

    def __init__(self, shared, atoms):
        super().__init__()
        self._shared = {id(value): value for value in shared}
        self._atoms = atoms
        self.table, self._places = [], {}

    def persistent_id(self, value):
        kind = type(value)
        if kind is anew.Scope:
            return -1 - value.number
        if kind is _Itself:
            return self._place(value.value)
        if id(value) in self._shared or (kind not in _ATOMS and _is_for_all(value)):
            return self._place(value)
        return None if self._atoms or not is_frozen(value) else self._place(value)

    def _place(self, value):
        if id(value) not in self._places:
            self._places[id(value)] = len(self.table)
            self.table.append(value)
        return self._places[id(value)]

    def scope(self, names):
        return _Itself(names) if id(names) in self._shared else super().scope(names)

    def reducer_override(self, value):
        if type(value) is Globals:
            return vars, (self.scope(value.names),)
        return super().reducer_override(value)

    def function(self, value):
        self.see_to(value, self._globals(value))
        about = value.__name__, value.__closure__
        return _function, (value.__code__, self.scope(value.__globals__), *about)

    def _globals(self, function):
        """Return the globals that a function names; a module becomes one of its own, if it must."""
        if id(function.__globals__) in self._shared:
            return {}
        names, found = inside.names_in(function.__code__), {}
        for name in names:
            if name in function.__globals__:
                value = function.__globals__[name]
                found[name] = self._module(value, names) if inside.is_a(value, _MODULE) else value
        return found

    def _module(self, module, names):
        parts = dict(parts_of_module(module, names))
        if not parts or id(module) in self._shared:
            return module
        scope = self.scope(vars(module))
        if type(scope) is anew.Scope:
            self.left.append(lambda: (anew.fill_scope, scope, parts))
        return scope

    def a_class(self, value):
        members = dict(anew.own_members(value))
        self.left.append(lambda: (anew.fill_class, value, members))
        return _class, (_Itself(value), value.__bases__)


_MODULE = types.ModuleType


class Globals:
    """Stands for the globals of a function, as an object that threads share or do not."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names


class _Itself:
    """Stands for an object that is not copied here, though it is elsewhere."""

    def __init__(self, value):
        self.value = value


class _Reader(pickle.Unpickler):
    def __init__(self, packed, writer):
        super().__init__(io.BytesIO(packed))
        self._table, self._modules = writer.table, []
        for names in writer.scopes:
            module = types.ModuleType(str(names.get("__name__")))
            vars(module).update(names)
            self._modules.append(module)

    def persistent_load(self, place):
        return self._table[place] if place >= 0 else self._modules[-1 - place]


def parts_of_module(module: types.ModuleType, names: Iterable[str]) -> "Iterable[tuple[str, Any]]":
    """Yield what code with these names can use of a module that belongs to one object or reader.

    That is whatever is in a module of the reader's. In one of a library it is methods of an object
    behind them, such as ``random.random``.
    """
    is_own = inside.is_own_module(module.__name__)
    for name in names:
        value = vars(module).get(name, module)
        if value is not module and (is_own or owner(value) is not None):
            yield name, value


def owner(value: Any) -> Any:
    """Return the object whose method a value is, or None: a class or a module is none.

    >>> owner([1].append), owner(len)
    ([1], None)
    """
    is_method = inside.is_a(value, (types.MethodType, types.BuiltinMethodType))
    found = value.__self__ if is_method else None
    return None if inside.is_a(found, (type, types.ModuleType)) else found


def _is_for_all(value):
    """Return whether no program has a second one of it."""
    if inside.is_a(value, types.FunctionType):
        return not inside.is_own_file(value.__code__.co_filename)
    if inside.is_a(value, types.BuiltinFunctionType):
        return owner(value) is None
    if inside.is_a(value, type):
        return not _can_be_made_anew(value)
    return inside.is_a(value, _NEVER) or "_member_map_" in vars(type(value))


@functools.lru_cache(maxsize=1024)
def _can_be_made_anew(cls):
    if "_member_map_" in vars(cls) or not inside.is_own_class(cls):
        return False
    try:
        _class(cls, cls.__bases__)
    except Exception:  # a metaclass, or __init_subclass__, that wants more than it gets here
        return False
    return True


def is_frozen(value: Any, level: int = 0) -> bool:
    """Return whether nothing in a value can be changed: a program writes it down as a constant."""
    kind = type(value)
    if kind in (tuple, frozenset):
        return level < 4 and all(is_frozen(part, level + 1) for part in value)
    return kind in _ATOMS


def _function(code, scope, name, closure):
    return types.FunctionType(
        code, scope if type(scope) is dict else vars(scope), name, None, closure
    )


def _class(cls, bases):
    slots = vars(cls).get("__slots__", ())
    left_out = {"__dict__", "__weakref__", "_abc_impl", *([slots] if type(slots) is str else slots)}
    members = {name: part for name, part in vars(cls).items() if name not in left_out}
    return type(cls)(cls.__name__, bases, members)
