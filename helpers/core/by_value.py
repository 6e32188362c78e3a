"""Functions that stand in no module, such as those of a notebook's cell, sent by value.

A function travels to another process as a name, "this function of that module", and the process
imports the module. What stands in a cell, in another function or in a lambda cannot be imported:
cloudpickle packs its code instead, together with what the code refers to. So does an object of such
a class, however deep it is hidden: whether there is one is asked of pickle itself.
"""

import collections
import dis
import functools
import io
import itertools
import math
import os
import pickle
import sys
import threading
import time
import types
from typing import Any

from ..errors import LabError, TooLong, class_name, one_of_class, shown, told
from ..interrupts import is_interrupt
from ..units import bytes_
from .apart import NotOver, apart
from .bounded import Enough, File
from .inside import closure, dict_of, is_a, is_own_file
from .own_code import errors_ignored
from .parts import asked

_CACHED = type(functools.cache(len))
_NAMED = (types.FunctionType, type, _CACHED)  # these travel as the name of something in a module
_FUNCTIONS = (*_NAMED, types.MethodType, functools.partial)
_GENERATORS = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
_LOCKS = (type(threading.Lock()), type(threading.RLock()), threading.Condition, threading.Semaphore)
_ATOMS = frozenset((type(None), bool, int, float, complex, str, bytes))
_CONTAINERS = frozenset(
    (list, tuple, dict, set, frozenset, collections.deque, collections.defaultdict)
)
_SINGLE = frozenset(map(type, (None, ..., NotImplemented)))  # classes that pickle knows by heart
_LOOKED_AT = 100_000  # so many objects are looked at in search of what cannot be sent
_PROBED = 16  # frames of pickle, each of 64 KB; whatever takes more is packed to find out


def goes_by_value(part: Any) -> bool:
    """Return whether ``part`` of a call, a function or an argument, has to be packed by ``pack``.

    So it does where a process could not import something that pickle meets in it, or where pickle
    does not know what cloudpickle knows. Of what is large the beginning is looked at, and it
    counts as going by value: to pack it is the one way to find out.
    """
    return _needs_packing(part, when_large=True)


def is_only_here(part: Any) -> bool:
    """Return whether the same is known of a part, as far as its beginning tells."""
    return _needs_packing(part, when_large=False)


def stands_in_no_module(part: Any) -> bool:
    """Return whether a part is a function or class that no other process finds by its name."""
    return issubclass(type(part), _NAMED) and not stands_in_a_module(part)


def _needs_packing(part, when_large):
    if type(part) in _ATOMS:
        return False
    if issubclass(type(part), _NAMED):
        return not stands_in_a_module(part)
    try:
        _Probe(File(most=_PROBED), pickle.HIGHEST_PROTOCOL).dump(part)
    except _Met:
        return True
    except Enough:
        return when_large
    except BaseException as error:  # whatever an object's own code raises
        if is_interrupt(error):
            raise
        failed = _failing(part, File(most=_PROBED))
        return failed is None or (when_large and isinstance(failed[0], Enough))
    return False


class _Met(Exception):
    """Pickle has met what goes by value."""


class _Probe(pickle.Pickler):
    """Pickle, until it meets a function or a class that stands in no module."""

    def reducer_override(self, value):
        if stands_in_no_module(value):
            raise _Met
        return NotImplemented


def stands_in_a_module(thing: Any) -> bool:
    """Return whether a process finds a function or class by its name, in a module it can import.

    The script or notebook itself is none.
    """
    if type(thing) is type and thing in _SINGLE:
        return True
    name = thing.__module__
    if name == "__main__" or name not in sys.modules or module_is_only_here(name):
        return False
    found: Any = sys.modules[name]
    for part in thing.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is thing


def module_is_only_here(name: str) -> bool:
    """Return whether a new process would not find this module, such as one loaded by its path."""
    spec = getattr(sys.modules[name], "__spec__", None)
    if spec is None or not spec.has_location:
        name, spec = name.partition(".")[0], None  # made by hand, or by the package it is in
    return not _is_found(name, spec and spec.origin, tuple(sys.path))


@functools.lru_cache(maxsize=1024)
def _is_found(name, origin, path):
    """Return whether ``path``, that of Python, leads to a module of this name and to its file."""
    package = sys.modules.get(name.rpartition(".")[0])
    for finder in sys.meta_path:
        if spec := finder.find_spec(name, getattr(package, "__path__", None)):
            is_file = origin is not None and spec.has_location
            return not is_file or os.path.realpath(spec.origin) == os.path.realpath(origin)
    return False


def pack(part: Any, limit_s: float = math.inf) -> bytes:
    """Return a function, with all that it refers to, or an object as bytes for ``pickle.loads``.

    A LabError names what lives in one process only, such as an open file; TooLong says how far it
    came in ``limit_s`` seconds.
    """
    packed, failed = _packed_in_time(part, limit_s)
    if failed:
        if isinstance(failed[0], Enough):
            size = bytes_(packed.n_bytes)
            raise TooLong(f"{size} were packed in {limit_s:.2g} s, and that was not all") from None
        if isinstance(failed[0], MemoryError):  # no look for a culprit: it would need more
            raise LabError(
                f"a {class_name(part)} takes more memory to be sent to a process than is left "
                "(MemoryError): choose a smaller size, or let threads do the work"
            ) from None
        raise LabError(_refusal(part, *failed)) from failed[0]
    return packed.getvalue()


def check_item(item: Any, name: str) -> None:
    """Raise a LabError that names what keeps an item of the function ``name`` from being sent."""
    if failed := _failing(item):
        raise LabError(_item_refusal(item, name, *failed)) from failed[0]


def reached(part: Any) -> list[Any]:
    """Return the objects that a function refers to, also through other functions sent by value.

    While they are the same objects, and unchanged, what was packed is what would be packed now.
    """
    found: dict[int, Any] = {}
    waiting = [part]
    while waiting:
        value = waiting.pop()
        if not (is_a(value, _FUNCTIONS) and _is_walked(value)):
            continue
        for _, child in _references(value):
            if id(child) not in found:
                waiting.append(child)
            found[id(child)] = child
    return list(found.values())


def heaviest(function: Any, limit_s: float = math.inf) -> str:
    """Return how a function writes the largest of all that is sent with it; or an empty text.

    What is packed when ``limit_s`` seconds are over counts as far as it is.
    """
    sizes, until_s = {}, time.perf_counter() + limit_s
    for path, value in _references(function) if _is_walked(function) else ():
        if type(value) in _ATOMS:
            continue
        counted = File(limit_s=until_s - time.perf_counter())
        failed = _failing(value, counted)
        if failed is None or isinstance(failed[0], Enough):
            sizes[path.lstrip(".")] = counted.n_bytes
    return max(sizes, key=sizes.__getitem__, default="")


# --- Packing


@functools.cache
def _packer():
    """Return a class of picklers. It is made, and cloudpickle imported, when it is needed."""
    import cloudpickle

    class Packer(cloudpickle.CloudPickler):
        def reducer_override(self, value):
            self.file.last = value  # where packing fails, that is why
            self.file.check()
            if _lives_here(value):
                raise pickle.PicklingError(f"a {type(value).__name__} cannot be pickled")
            if type(value) is functools.cached_property:  # until 3.11 it has a lock
                return type(value), (value.func,), {"attrname": value.attrname}
            if issubclass(type(value), _NAMED):
                name = value.__module__
                if name != "__main__" and name in sys.modules and module_is_only_here(name):
                    cloudpickle.register_pickle_by_value(sys.modules[name])
            return super().reducer_override(value)

    return Packer


def _failing(part, file=None):
    """Write a part, packed, to a file; return None, or the error and the object that is the cause.

    Without a file what is written is forgotten.
    """
    file = File() if file is None else file
    packer = _packer()(file, protocol=pickle.HIGHEST_PROTOCOL)
    packer.file = file
    try:
        packer.dump(part)
    except BaseException as error:  # whatever an object's own code raises
        if is_interrupt(error):
            raise
        return error, file.last
    return None


def _packed_in_time(part, limit_s):
    """Return the file with a part, packed, and what ``_failing`` says of it.

    With a limit it is packed in a thread, as the code of an object may not come back.
    """
    _packer()  # what it imports is no part of the time
    packed = File(limit_s=limit_s, keeps=True)
    if limit_s == math.inf:
        return packed, _failing(part, packed)
    try:
        failed = apart(functools.partial(_failing, part, packed), limit_s)
    except NotOver as error:
        raise TooLong(error.told(f"packing {one_of_class(packed.last)}")) from error
    if failed is None or isinstance(failed[0], Enough | MemoryError):
        return packed, failed
    # What belongs to a thread, as a connection of SQLite does, is as it should be in this one.
    packed = File(limit_s=limit_s, keeps=True)
    return packed, _failing(part, packed)


def _lives_here(value):
    """Return whether cloudpickle would send a copy that is cut off from the thing itself."""
    if is_a(value, io.TextIOWrapper):  # it would send what is left to read
        return value not in (sys.stdout, sys.stderr)
    if is_a(value, _CACHED):  # it would send the name alone
        return not stands_in_a_module(value)
    return _is_widget(value)


def _is_widget(value):
    widgets = sys.modules.get("ipywidgets")
    return widgets is not None and is_a(value, widgets.Widget)


# --- What a function refers to


def _is_walked(value):
    """Return whether what cannot be sent is looked for inside a value, by the names it has there.

    An object of somebody's module is one thing: what its attributes are is not the reader's.
    """
    if is_a(value, _NAMED):
        return not is_a(value, _CACHED) and not stands_in_a_module(value)
    if is_a(value, _FUNCTIONS):
        return True
    kind = type(value)
    is_built_in = kind.__module__ == "builtins"  # some, such as that of len, have no name there
    return kind in _CONTAINERS or not (is_built_in or stands_in_a_module(kind))


def _references(value):
    """Return (how it is written, object) for what the parts of a function or container are."""
    if is_a(value, types.FunctionType):
        return _function_references(value)
    if is_a(value, types.MethodType):
        return [("self", value.__self__), *_references(value.__func__)]
    if is_a(value, functools.partial):
        given = [(f".args[{i}]", arg) for i, arg in enumerate(value.args)]
        named = [(f".{name}", arg) for name, arg in value.keywords.items()]
        return [(".func", value.func), *given, *named]
    if is_a(value, (dict, collections.UserDict)):
        items = itertools.islice(value.items(), _LOOKED_AT)
        return [(f"[{shown(key, 20)}]", item) for key, item in items]
    if type(value) in _CONTAINERS:
        items = itertools.islice(value, _LOOKED_AT)
        is_set = is_a(value, (set, frozenset))
        return [("{…}" if is_set else f"[{i}]", item) for i, item in enumerate(items)]
    return [(f".{name}", item) for name, item in _attributes(value)]


def _attributes(value):
    """Return (name, object) for what an object, or a class, holds."""
    if is_a(value, type):
        hidden = (types.GetSetDescriptorType, types.MemberDescriptorType)  # only classes have them
        return [pair for pair in vars(value).items() if not isinstance(pair[1], hidden)]
    held = dict(dict_of(value))
    for kind in type(value).__mro__:
        names = vars(kind).get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            with errors_ignored():  # it has no value yet, or a longer name
                held.setdefault(name, getattr(value, name))
    given = value.args if is_a(value, BaseException) else ()
    arguments = [(f"args[{i}]", arg) for i, arg in enumerate(given)]
    return [*held.items(), *arguments, ("__class__", type(value))]


def _function_references(function):
    code = function.__code__
    found = closure(function)
    for name in global_names(code):
        if name in function.__globals__:
            found[name] = function.__globals__[name]
    arguments = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    found.update(zip(arguments[len(arguments) - len(defaults) :], defaults))
    found.update(function.__kwdefaults__ or {})
    return list(found.items())


@functools.lru_cache(maxsize=256)
def global_names(code: types.CodeType) -> tuple[str, ...]:
    """Return the names that a piece of code, functions inside it included, looks up as globals."""
    ways = ("LOAD_GLOBAL", "LOAD_NAME")
    names = {step.argval for step in dis.get_instructions(code) if step.opname in ways}
    inner = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return tuple(sorted(names.union(*map(global_names, inner))))


# --- Refusing in one line


def _refusal(part, error, last):
    cannot, said = "cannot be sent to a process", told(error, 80)
    owner, path, value = _culprit(part, last)
    if value is part and is_a(part, _LOCKS):
        kind, remedy = _kind_and_remedy(part, "", said)
        return f"{kind} {cannot}: {remedy}"
    if value is part or _is_of_a_library(owner):  # whose code the reader does not change
        remedy = "put it in a module" if is_a(part, _NAMED) else "let it hold plain data only"
        return f"{_called(part)} {cannot} ({said}): {remedy}, or let threads do the work"
    kind, remedy = _kind_and_remedy(value, _name(owner), said)
    through = isinstance(part, types.FunctionType) and owner is not part
    needed = f", which {_name(part)} needs," if through else ""
    called = f"{_called(owner)}{needed} refers to {_written(path)}"
    return f"{called}{kind}, which {cannot}: {remedy}"


def _item_refusal(item, name, error, last):
    _, path, value = _culprit(item, last)
    kind, remedy = _kind_and_remedy(value, name, told(error, 80))
    has = "is " if value is item else f"has {_written(path)}"
    called = f"the item {shown(item, 40)} {has}{kind}"
    return f"{called}, and it cannot be sent to a process: {remedy}"


def _is_of_a_library(owner):
    return is_a(owner, types.FunctionType) and not is_own_file(owner.__code__.co_filename)


def _written(path):
    """Return how a reader writes an object, if it is known, for a sentence that goes on."""
    path = path.lstrip(".")
    return f"`{path if len(path) < 60 else path[:59] + '…'}`, " if path else ""


def _culprit(part, last):
    """Return (the function, how it writes it, the object) of what cannot be packed.

    Pickle had met ``last`` when it failed: that, or the object of a module that holds it.
    """
    seen = {id(part): part}
    waiting = [(part, part, "")]
    while waiting and len(seen) < _LOOKED_AT:
        value, owner, path = waiting.pop()
        is_walked = _is_walked(value)
        if value is last or (not is_walked and type(value) not in _ATOMS and _failing(value)):
            return owner, path, value
        if is_a(value, (types.FunctionType, types.MethodType)):
            owner, path = value, ""
        for name, child in reversed(_references(value) if is_walked else ()):
            if id(child) not in seen:
                seen[id(child)] = child
                waiting.append((child, owner, path + name))
    return part, "", part if last is None else last


def _name(part):
    name = asked(getattr, part, "__name__", None)
    return name if isinstance(name, str) else class_name(part)


def _called(part):
    if is_a(part, (types.FunctionType, types.MethodType, _CACHED)):
        return f"the function {_name(part)}"
    return f"the class {_name(part)}" if is_a(part, type) else f"a {_name(part)}"


def _kind_and_remedy(value, name, said):
    kind = type(value).__name__
    if is_a(value, io.IOBase):
        return f"an open file ({kind})", f"open it inside {name}"
    if is_a(value, _GENERATORS):
        return f"a {kind}", f"give {name} a list of what it yields"
    if is_a(value, _LOCKS):
        called = "a lock" if kind == "lock" else f"a lock ({kind})"
        return called, "processes share no memory for it to guard, so leave it out"
    if is_a(value, _CACHED):
        return "a function with a cache", "leave the cache out, or put the function in a module"
    if _is_widget(value):
        return f"a live widget ({kind})", f"give {name} its value instead"
    remedy = f"make it inside {name}, or give {name} plain data instead"
    return f"an object of type {kind} ({said})", remedy
