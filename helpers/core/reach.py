"""What a function can reach, looked at without running any of its code.

From a function the look goes on to the globals that its code names, to closures, defaults, the
object of a method, attributes, classes, and the functions among these. Of each object it keeps what
is plain, so that two looks can be compared: before and after a call, or here and in a worker. It
ends after a time. No ``__eq__`` and no ``__repr__`` but Python's own is called, and nothing is
packed. Workers import this module, so it imports little.
"""

import functools
import gc
import itertools
import time
import types
from collections import deque
from dataclasses import dataclass, field

from . import inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_MOST_PARTS = 100_000  # of a longer list of plain values some are looked at
_MOST_OBJECTS = 5_000  # and of one of objects
_LIBRARY_LEVELS = 3  # so far into an object of a library
GLOBALS = "/globals"  # ends the key of what is known of all globals of a module


class Thing:
    """Stands for what is no plain value; what ``is_told`` has a place of its own, or several."""

    def __init__(self, value: object, is_told: bool = False) -> None:
        self.value, self.is_told, self.is_here = value, is_told, True
        self.label = inside.label(value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Thing):
            return False
        if not (self.is_here and other.is_here):  # only in one process it is known by itself
            return self.label == other.label
        return self.value is other.value or (self.is_told and other.is_told)

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, object]:
        return {"value": None, "is_told": self.is_told, "is_here": False, "label": self.label}


MISSING = Thing("nothing")  # stands for a value that is not there
MISSING.label = "missing"


@dataclass
class Place:
    """One object that was reached: how a reader would write it, its type, and what it holds.

    ``held`` is a dict by name where ``has_names``; else a dict, a list or a plain value.
    """

    shown: str
    type: str
    held: "Any"
    has_names: bool = False
    is_own: bool = True  # the reader's, and no library's
    of_thread: bool = False


@dataclass
class Reach:
    """All places that were reached, by a key that is the same in every look.

    ``too_much`` has what was not looked at as a whole, ``functions`` those of the reader.
    """

    places: dict[str, Place] = field(default_factory=dict)
    too_much: list[str] = field(default_factory=list)
    functions: list[types.FunctionType] = field(default_factory=list)


def reach(start: "Any", limit_s: float = 0.2, **beside: "Any") -> Reach:
    """Return what ``start``, a function or any other object, can reach, and what is ``beside`` it.

    >>> seen = [1, 2]
    >>> [place.held for place in reach(lambda item: seen.append(item)).places.values()][-1]
    [2, [1, 2]]
    """
    look = _Look(time.perf_counter() + limit_s)
    for name, value in {**beside, "self": start}.items():
        look.see(_At(f"{name}:", name), value)
    look.go_on()
    return look.found


@dataclass(frozen=True)
class _At:
    """Where the look is; ``level`` counts the objects of libraries on the way."""

    key: str
    shown: str
    is_own: bool = True
    level: int = 0

    def part(self, key, shown=None, **about):
        about = {"is_own": self.is_own, "level": self.level} | about
        return _At(self.key + key, self.shown if shown is None else shown, **about)


class _Look:
    def __init__(self, until_s):
        self.until_s, self.found = until_s, Reach()
        self.waiting = deque()
        self.known = {}  # by their ids, kept, so that no id comes to stand for another object

    def see(self, at, value):
        """Return what stands for ``value`` in its owner, and see to it that it is looked at."""
        cls = type(value)
        if cls in inside.PLAIN or inside.home(cls) in inside.VALUES:
            return value
        is_known = id(value) in self.known
        self.known[id(value)] = value
        if is_known or at.level > _LIBRARY_LEVELS or inside.is_closed(value, but_for_own=True):
            return Thing(value)
        self.waiting.append((at, value))
        return Thing(value, is_told=True)

    def go_on(self):
        while self.waiting:
            at, value = self.waiting.popleft()
            if time.perf_counter() > self.until_s:
                self.found.too_much.append(at.shown)
                return
            try:
                self._into(at, value)
            except Exception:  # another thread changes it, or it is half made
                self.found.too_much.append(at.shown)

    def _into(self, at, value):
        if inside.is_a(value, types.FunctionType):
            self._function(at, value)
        elif inside.is_a(value, types.MethodType):
            self.see(at.part("/self", _self_of(at)), value.__self__)
            self.see(at.part("/func"), value.__func__)
        elif inside.is_a(value, inside.METHODS):
            self.see(at.part("/self", _self_of(at)), value.__self__)
        elif inside.is_a(value, functools.partial):
            self._names(at, {"func": value.func, **value.keywords}, is_root=True)
            for index, part in enumerate(value.args):
                self.see(at.part(f"/{index}", f"args[{index}]"), part)
        elif issubclass(type(value), type):
            self._class(at, value)
        else:
            self._object(at, value)

    # --- What has names

    def _names(self, at, names, is_root=False, **about):
        """Keep a place whose parts have names; those of a root need no owner's name before them."""
        prefix = "" if is_root else f"{at.shown}."
        level = at.level + (not at.is_own)
        held = {
            name: self.see(at.part(f".{name}", f"{prefix}{name}", level=level), value)
            for name, value in list(names.items())
        }
        about = {"type": "", "has_names": True, "is_own": at.is_own} | about
        self.found.places[at.key] = Place("" if is_root else at.shown, held=held, **about)

    def _function(self, at, function):
        code = function.__code__
        is_own = inside.is_own_file(code.co_filename)
        at = at.part("()", function.__name__, is_own=is_own, level=0 if is_own else at.level)
        self._names(at.part("/closure"), inside.closure(function), is_root=True)
        refers = inside.defaults(function)
        if is_own:
            self.found.functions.append(function)
            refers |= inside.referred(function)
            if inside.asks_for_globals(code):
                self._all_globals(at, function.__globals__)
        self._names(at, refers, is_root=True)
        held = {name: part for name, part in vars(function).items() if name != "__wrapped__"}
        self._names(at.part("/dict"), held, type=inside.digest(code))
        if hasattr(function, "__wrapped__"):
            self.see(at.part("/wrapped"), function.__wrapped__)

    def _all_globals(self, at, scope):
        """Keep which objects the globals of a module are; what is in these is not looked at."""
        held = {
            name: value if type(value) in inside.PLAIN else Thing(value)
            for name, value in list(scope.items())
            if not name.startswith("__")
        }
        self.found.places[at.key + GLOBALS] = Place("", "", held, has_names=True)

    def _class(self, at, cls):
        at, held = at.part("", cls.__name__, is_own=True, level=0), {}
        for name, value in list(vars(cls).items()):
            if (behind := inside.behind(value)) is not None:
                for way, part in behind.items():
                    self.see(at.part(f".{name}{way}", f"{at.shown}.{name}"), part)
            elif not name.startswith("__") and inside.is_value(value):
                held[name] = value
        self._names(at, held)
        for base in (*cls.__bases__, type(cls)):
            self.see(at.part(f"/{base.__qualname__}"), base)

    # --- What has elements, or is an object

    def _object(self, at, value):
        cls = type(value)
        if inside.is_closed(value):
            self._names(at.part("/put"), inside.put_in(value))
            return
        is_own = at.is_own if inside.is_data(value) else inside.is_own_class(cls)
        at = at.part("", is_own=is_own, level=0 if is_own else at.level)
        self._elements(at, value)
        attributes = inside.attributes(value)
        if attributes or inside.is_own_class(cls) or inside.is_of_thread(cls):
            about = {"type": inside.called(cls), "of_thread": inside.is_of_thread(cls)}
            self._names(at.part("/dict"), attributes, **about)
        if inside.is_own_class(cls):
            self.see(at.part("/class"), cls)

    def _elements(self, at, value):
        """Keep what a container or an array holds, or the state of something written in C."""
        cls = type(value)
        state, blocks, size = (
            inside.state_of(cls),
            inside.blocks(value),
            inside.n_bytes(value),
        )
        base = next((base for base in inside.CONTAINERS if issubclass(cls, base)), None)
        if state is not None:
            held = self.see(at.part("/state"), state(value))
        elif blocks is not None:
            held = self._listed(at, blocks)
        elif size is not None and inside.has_objects(value):
            held = self._listed(at, value.ravel().tolist())
        elif size is not None:
            self._note(at, size > inside.MOST_BYTES)
            held = [size, inside.sum_of(value, size)]
        elif base is dict:
            held = self._dict(at, value)
        elif base in (set, frozenset):
            parts = itertools.islice(base.__iter__(value), _MOST_PARTS)
            self._note(at, base.__len__(value) > _MOST_PARTS)
            held = [base.__len__(value), {part for part in parts if inside.is_key(part)}]
        elif base in (list, tuple):
            held = self._listed(at, value, base)
        elif base is not None:
            held = self._listed(at, list(base.__iter__(value)))
        elif hasattr(cls, "__next__") and inside.home(cls) in ("builtins", "itertools"):
            parts = [part for part in gc.get_referents(value) if not inside.is_a(part, type)]
            held = [inside.left(value), *self._listed(at, parts)]
        else:
            return
        about = {"is_own": at.is_own, "of_thread": inside.is_of_thread(cls)}
        self.found.places[at.key] = Place(at.shown, inside.called(cls), held, **about)

    def _note(self, at, is_too_much):
        if is_too_much:
            self.found.too_much.append(at.shown)

    def _dict(self, at, value):
        types_in = {*map(type, itertools.islice(dict.values(value), _MOST_PARTS))}
        most = _MOST_PARTS if inside.PLAIN.issuperset(types_in) else _MOST_OBJECTS
        held, n_parts = {}, dict.__len__(value)
        for name, part in self._in_time(itertools.islice(dict.items(value), most)):
            self.known[id(name)] = name
            key = name if inside.is_key(name) else f"<{id(name)}>"
            held[key] = self.see(at.part(f"[{key!r:.80}]"), part)
        self._note(at, n_parts > most)
        return held if n_parts <= most else [n_parts, held]

    def _listed(self, at, parts, base=list):
        n_parts, some = base.__len__(parts), _some(parts, base, _MOST_PARTS)
        is_plain = inside.PLAIN.issuperset(map(type, some))
        self._note(at, n_parts > (_MOST_PARTS if is_plain else _MOST_OBJECTS))
        if not is_plain:
            pairs = self._in_time(enumerate(_some(some, list, _MOST_OBJECTS)))
            some = [self.see(at.part(f"[{i}]"), part) for i, part in pairs]
        return [n_parts, some]

    def _in_time(self, parts):
        """Yield the parts; raise TimeoutError where they take too long."""
        for index, part in enumerate(parts):
            if index % 100 == 99 and time.perf_counter() > self.until_s:
                raise TimeoutError
            yield part


def _self_of(at):
    """Return how a reader writes the object of a method."""
    return "self" if at.shown == "self" else f"{at.shown}.__self__"


def _some(parts, base, most):
    """Return so many parts of a list or tuple, from its begin, its middle and its end; or all."""
    n_parts, third = base.__len__(parts), most // 3
    if n_parts <= most:
        return [*base.__iter__(parts)]
    cuts = slice(third), slice(third, -third, n_parts // third), slice(-third, None)
    return [part for cut in cuts for part in base.__getitem__(parts, cut)]


# --- What two looks show


@dataclass(frozen=True)
class Change:
    """What is not the same in two looks: how a reader writes it, and what it was and is."""

    key: str  # of the place
    shown: str
    was: "Any"
    now: "Any"
    is_own: bool = True
    of_thread: bool = False
    only_grew: bool = False  # a dict, by new keys

    @property
    def name(self) -> str:
        """The last of the names in how it is written."""
        return self.shown.rpartition(".")[2]

    @property
    def was_nothing(self) -> bool:
        """Whether there was nothing before: then it was perhaps only made ready."""
        if isinstance(self.was, (list, dict)):
            return self.was in ({}, [0, []], [0, set()])
        return self.was is MISSING or self.was is None or self.was is False


def changes(before: Reach, after: Reach) -> "Iterator[Change]":
    """Yield what two looks show in different states."""
    for key, was in before.places.items():
        now = after.places.get(key)
        if now is None:
            continue
        about = {"is_own": was.is_own, "of_thread": was.of_thread}
        if was.type != now.type:
            yield Change(key, was.shown, was.type, now.type, **about)
        elif isinstance(was.held, dict) and isinstance(now.held, dict):
            yield from _changed_keys(key, was, now.held, about)
        elif not _same(was.held, now.held):
            yield Change(key, was.shown, was.held, now.held, **about)


def _changed_keys(key, was, held, about):
    names = [*was.held, *(name for name in held if name not in was.held)]
    pairs = [(name, was.held.get(name, MISSING), held.get(name, MISSING)) for name in names]
    other = [pair for pair in pairs if not _same(*pair[1:])]
    if was.has_names:
        prefix = f"{was.shown}." if was.shown else ""
        yield from (Change(key, f"{prefix}{name}", old, new, **about) for name, old, new in other)
    elif other:
        only_grew = all(old is MISSING for _, old, _ in other)
        yield Change(key, was.shown, was.held, held, only_grew=only_grew, **about)


def _same(old, new):
    return old is new or (type(old) is type(new) and (old == new or (old != old and new != new)))
