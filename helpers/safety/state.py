"""The state that calls share: found, set back before every run, and compared after it.

It is what the function, its arguments and the check can reach. Each object stays the one that it
is, and gets back what was in it. Locks are replaced by stand-ins, and iterators by fresh ones.
"""

import array
import copy
import functools
import io
import random
import sys
import types
from collections import OrderedDict, deque
from collections.abc import Callable
from itertools import islice
from typing import Any

from ..core import inside
from ..errors import class_name
from . import standins
from .frozen import ITERATORS, OPENED, Frozen, is_code

_MOST_OBJECTS = 20_000
_MISSING = object()
_ENDS = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, io.IOBase)


class State:
    """All that was found; ``lasting`` names what cannot be set back."""

    def __init__(self, roots: dict[str, Any]) -> None:
        self._holders: list[tuple[Callable[[Any], None], Any]] = []
        self._kept: list[Any] = []
        self._seen: dict[int, str] = {}
        self._fresh: dict[int, Callable[[], Any]] = {}
        self._now: dict[int, Any] = {}
        self.roots: dict[str, Any] = {}
        self.lasting: list[str] = []
        self.is_too_much = False
        self._random = random.getstate()
        todo = deque(roots.items())
        self.roots.update((name, value) for name, value in roots.items() if not is_code(value))
        while todo:
            shown, value = todo.popleft()
            if len(self._seen) > _MOST_OBJECTS:
                self.is_too_much = True
                break
            todo.extend(self._look(shown, value))
        self._spread()

    # --- What there is

    def _look(self, shown, value):
        """Keep what is in an object, and return its parts with their names."""
        if type(value) in inside.PLAIN or id(value) in self._seen:
            return []
        self._seen[id(value)] = shown
        self._kept.append(value)
        if self._is_replaced(shown, value):
            return []
        if inside.is_a(value, types.FunctionType):
            return self._function(value)
        if inside.is_a(value, types.MethodType):
            self.roots.setdefault("self", value.__self__)
            return [("self", value.__self__), (shown, value.__func__)]
        if inside.is_a(value, functools.partial):
            given = {"args": value.args, **value.keywords}
            self.roots.update((name, part) for name, part in given.items() if not is_code(part))
            return [(shown, value.func), *given.items()]
        if issubclass(type(value), type):
            return self._class(value) if inside.is_own_class(value) else []
        parts = list(islice(self._object(shown, value), _MOST_OBJECTS + 1))
        self.is_too_much |= len(parts) > _MOST_OBJECTS
        return parts

    def _is_replaced(self, shown, value):
        standin = standins.STANDINS.get(id(value))
        if standin is not None:
            self._fresh[id(value)] = lambda: standin
        elif isinstance(value, standins.LOCKS):
            if type(value) is standins.LOCKS[2] and not value.empty():
                self.lasting.append(f"{shown} (SimpleQueue)")
            self._fresh[id(value)] = functools.partial(_lock_like, value, shown)
        elif type(value) is types.BuiltinMethodType and isinstance(value.__self__, standins.LOCKS):
            owner, name = value.__self__, value.__name__
            self._look(shown, owner)
            self._fresh[id(value)] = lambda: getattr(self.fresh(owner), name)
        elif type(value) in ITERATORS:
            self._fresh[id(value)] = functools.partial(copy.copy, copy.copy(value))
        elif inside.called(type(value)) == "itertools.count":
            start = [int(part) for part in repr(value)[6:-1].split(",") if _is_whole(part)]
            self._fresh[id(value)] = functools.partial(type(value), *start)
        elif isinstance(value, _ENDS) and not isinstance(value, io.StringIO | io.BytesIO):
            if value not in (sys.stdout, sys.stderr, sys.stdin):
                self.lasting.append(f"{shown} ({class_name(value)})")
        elif inside.home(type(value)) == "itertools":
            self.lasting.append(f"{shown} ({class_name(value)})")
        else:
            return False
        return True

    def _function(self, function):
        parts = []
        code = function.__code__
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            if id(cell) not in self._seen:
                self._seen[id(cell)] = name
                self._kept.append(cell)
                value = _content(cell)
                self._hold(lambda held, cell=cell: _fill(cell, held[0]), [value])
                parts.append((name, value))
                self._root(name, lambda cell=cell: _content(cell), value)
        parts += inside.defaults(function).items()
        if "__wrapped__" in vars(function):
            parts.append((function.__name__, function.__wrapped__))
        if inside.is_own_file(code.co_filename):
            parts += self._scope(function.__globals__, inside.names_in(code), "", ())
        if vars(function):
            parts += self._names(vars(function), f"{function.__name__}.")
        return parts

    def _scope(self, scope, names, prefix, seen):
        """Keep globals by their names, those of the reader's modules included."""
        found = {name: scope.get(name, _MISSING) for name in names}
        own = {}
        for name, value in found.items():
            if isinstance(value, types.ModuleType):
                if value not in seen and inside.is_own_module(value.__name__):
                    yield from self._scope(vars(value), names, f"{prefix}{name}.", (*seen, value))
                continue
            own[name] = value
            if value is not _MISSING:
                self._root(prefix + name, lambda n=name: scope.get(n, _MISSING), value)
                yield prefix + name, value
        self._hold(functools.partial(_put_names, scope), own)

    def _root(self, name, read, value):
        if not is_code(value) and id(value) not in standins.STANDINS:
            self.roots.setdefault(name, _Named(read))

    def _class(self, cls):
        parts, held = [], {}
        for name, value in list(vars(cls).items()):
            function = inside.function_of(value)
            if function is not None:
                parts.append((name, function))
            if not name.startswith("__") and not inside.is_descriptor(value):
                held[name] = value
                parts.append((f"{cls.__name__}.{name}", value))
            elif isinstance(value, functools.cached_property) and hasattr(value, "lock"):
                parts.append((f"{cls.__name__}.{name}", value))  # before 3.12
        if held:
            self._hold(functools.partial(_put_members, cls), held)
            self.roots.setdefault(cls.__name__, _Named(lambda: _members(cls, held)))
        return [*parts, *((base.__name__, base) for base in cls.__bases__)]

    def _names(self, names, prefix):
        self._hold(functools.partial(_refill, dict, names), dict(names))
        return [(f"{prefix}{name}", value) for name, value in names.items()]

    def _object(self, shown, value):
        """Keep what an object holds, and yield its parts."""
        cls = type(value)
        for base, write in _CONTAINERS.items():
            if issubclass(cls, base):
                parts = dict(value) if base in (dict, OrderedDict) else list(base.__iter__(value))
                self._hold(functools.partial(write, value), parts)
                pairs = parts.items() if isinstance(parts, dict) else enumerate(parts)
                for key, part in pairs:
                    if type(part) not in inside.PLAIN:
                        yield f"{shown}[{key!r:.30}]", part
                break
        else:
            if issubclass(cls, tuple | frozenset):
                yield from ((f"{shown}[{i}]", part) for i, part in enumerate(value))
            elif (writer := _writer(value)) is not None:
                self._hold(*writer)
        if hasattr(cls, "cache_clear") and "__wrapped__" in inside.dict_of(value):
            self._hold(lambda _: value.cache_clear(), [])
        if inside.is_closed(value) and inside.home(cls) not in OPENED:
            return
        held = _dict_in(value)
        if held is not None:
            yield from self._names(held, f"{shown}.")
        if inside.is_own_class(cls):
            slots = _slots(value)
            if slots:
                self._hold(functools.partial(_put_slots, value), slots)
                yield from ((f"{shown}.{member.__name__}", v) for member, v in slots.items())
            yield class_name(value), cls

    def _hold(self, write, held):
        self._holders.append((write, held))

    def _spread(self):
        """A tuple with something in it that is replaced is replaced itself."""
        for value in reversed(self._kept):
            if type(value) is tuple and any(id(part) in self._fresh for part in value):
                self._fresh[id(value)] = lambda value=value: tuple(map(self.fresh, value))

    # --- What is done with it

    def set_back(self) -> None:
        """Make everything as it was, with fresh stand-ins."""
        self._now = {}
        random.setstate(self._random)
        for write, held in self._holders:
            write(self._mapped(held) if self._fresh else held)

    def give_back(self) -> None:
        """Make everything as it was, with the reader's own locks."""
        random.setstate(self._random)
        for write, held in self._holders:
            write(held)

    def fresh(self, value: Any) -> Any:
        """Return what takes the place of a value in this run, or the value."""
        make = self._fresh.get(id(value))
        if make is None:
            return value
        if id(value) not in self._now:
            self._now[id(value)] = make()
        return self._now[id(value)]

    def _mapped(self, held):
        if isinstance(held, dict):
            return {name: self.fresh(value) for name, value in held.items()}
        return [self.fresh(value) for value in held] if isinstance(held, list) else held

    def now(self) -> dict[str, Any]:
        """Return all that is there now, plain, by name: it stays what it is."""
        frozen = Frozen()
        found = {}
        for name, value in self.roots.items():
            value = value.read() if isinstance(value, _Named) else self.fresh(value)
            if value is not _MISSING:
                found[name] = frozen.of(value)
        self.is_too_much |= frozen.is_cut
        return found


class _Named:
    """A root that is read anew each time."""

    def __init__(self, read):
        self.read = read


def _is_whole(text):
    return text.strip().lstrip("-").isdigit()


def _lock_like(real, shown):
    """Return a stand-in for a lock, as it is now."""
    if type(real) is standins.LOCKS[2]:
        return standins.SimpleQueue()
    is_lock = type(real) is standins.LOCKS[0]
    made = standins.Lock(shown) if is_lock else standins.RLock(shown)
    if is_lock and real.locked():
        made._real.acquire()
    return made


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return _MISSING


def _fill(cell, value):
    if value is not _MISSING:
        cell.cell_contents = value
    elif _content(cell) is not _MISSING:
        del cell.cell_contents


def _put_names(scope, held):
    for name, value in held.items():
        if value is not _MISSING:
            scope[name] = value
        else:
            scope.pop(name, None)


def _members(cls, held):
    return {n: vars(cls)[n] for n in held if n in vars(cls) and not is_code(vars(cls)[n])}


def _put_members(cls, held):
    for name, value in list(vars(cls).items()):
        is_new = name not in held and not name.startswith("__")
        if is_new and inside.function_of(value) is None and not inside.is_descriptor(value):
            type.__delattr__(cls, name)
    for name, value in held.items():
        if vars(cls).get(name, _MISSING) is not value:
            type.__setattr__(cls, name, value)


def _dict_in(value):
    """Return the very dict of an object's attributes, even an empty one, or None."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except Exception:  # it has none, or a property of that name
        return None
    return found if type(found) is dict else None


def _slots(value):
    found = {}
    for base in type(value).__mro__:
        for member in vars(base).values() if inside.is_own_class(base) else ():
            if inside.is_a(member, types.MemberDescriptorType):
                try:
                    found[member] = member.__get__(value, type(value))
                except AttributeError:
                    found[member] = _MISSING
    return found


def _put_slots(value, held):
    for member, part in held.items():
        if part is not _MISSING:
            member.__set__(value, part)
        else:
            try:
                member.__delete__(value)
            except AttributeError:
                continue


def _refill(base, value, held):
    base.clear(value)
    base.update(value, held)


def _reline(base, value, held):
    base.clear(value)
    base.extend(value, held)


_CONTAINERS: dict[type, Callable[[Any, Any], None]] = {
    OrderedDict: functools.partial(_refill, OrderedDict),
    dict: functools.partial(_refill, dict),
    list: functools.partial(_reline, list),
    deque: functools.partial(_reline, deque),
    set: functools.partial(_refill, set),
}


def _writer(value):
    """Return how an array or a stream is set back, and to what; None for anything else."""
    if isinstance(value, bytearray | array.array):
        kept = copy.copy(value)
        return (lambda _: value.__setitem__(slice(None), kept)), None
    if isinstance(value, io.StringIO | io.BytesIO):
        at, text = value.tell(), value.getvalue()
        return (lambda _: _rewrite(value, at, text)), None
    if isinstance(value, random.Random):
        drawn = value.getstate()
        return (lambda _: value.setstate(drawn)), None
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray) and value.flags.writeable:
        whole = value.copy()
        return (lambda _: numpy.copyto(value, whole)), None
    return None


def _rewrite(stream, at, text):
    stream.seek(0)
    stream.truncate()
    stream.write(text)
    stream.seek(at)
