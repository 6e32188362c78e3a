"""Functions that stand in no module, such as those of a notebook's cell, sent by value.

A function travels to another process as a name, "this function of that module", and the process
imports the module. What stands in a cell, in another function or in a lambda cannot be imported:
cloudpickle packs its code instead, together with what the code refers to.
"""

import collections
import dis
import functools
import io
import itertools
import pickle
import sys
import threading
import types
from typing import Any

from ..errors import LabError, shown, told

_CACHED = type(functools.cache(len))
_NAMED = (types.FunctionType, type, _CACHED)  # these travel as the name of something in a module
_GENERATORS = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
_LOCKS = (type(threading.Lock()), type(threading.RLock()), threading.Condition, threading.Semaphore)
_LOOKED_AT = 1000  # of a long list, so many items are tried in search of what cannot be sent


def goes_by_value(part: Any) -> bool:
    """Return whether a process could not import ``part``, a function or an argument of a call.

    Of a list or tuple the first item is looked at: the others are of the same kind.
    """
    while type(part) in (list, tuple) and part:
        part = part[0]
    if isinstance(part, _NAMED):
        return not _stands_in_a_module(part)
    if isinstance(part, types.MethodType):
        return goes_by_value(part.__self__)
    if isinstance(part, functools.partial):
        return any(map(goes_by_value, (part.func, *part.args, *part.keywords.values())))
    return type(part).__module__ == "__main__" or "<locals>" in type(part).__qualname__


def _stands_in_a_module(thing):
    """Return whether its module, which is not the script or notebook itself, has it by its name."""
    if thing.__module__ == "__main__":
        return False
    found = sys.modules.get(thing.__module__)
    for name in thing.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is thing


def pack(part: Any) -> bytes:
    """Return a function, with all that it refers to, or an object as bytes for ``pickle.loads``.

    A LabError names what lives in one process only, such as an open file.
    """
    try:
        return _dumps(part)
    except Exception as error:  # whatever an object's own code raises
        raise LabError(_refusal(part, error)) from error


def reached(part: Any) -> list[Any]:
    """Return the objects that a function refers to, also through other functions sent by value.

    While they are the same objects, and unchanged, what was packed is what would be packed now.
    """
    found: dict[int, Any] = {}
    waiting = [part]
    while waiting:
        for _, value in _references(waiting.pop()):
            if id(value) not in found and goes_by_value(value):
                waiting.append(value)
            found[id(value)] = value
    return list(found.values())


# --- Packing


@functools.cache
def _packer():
    """Return a class of picklers. It is made, and cloudpickle imported, when it is needed."""
    from cloudpickle import CloudPickler

    class Packer(CloudPickler):
        def reducer_override(self, value):
            if _lives_here(value):
                raise pickle.PicklingError(f"a {type(value).__name__} cannot be pickled")
            return super().reducer_override(value)

    return Packer


def _dumps(value):
    packed = io.BytesIO()
    _packer()(packed, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return packed.getvalue()


def _lives_here(value):
    """Return whether cloudpickle would send a copy that is cut off from the thing itself."""
    if isinstance(value, io.TextIOWrapper):  # it would send what is left to read
        return value not in (sys.stdout, sys.stderr)
    if isinstance(value, _CACHED):  # it would send the name alone
        return goes_by_value(value)
    return _is_widget(value)


def _is_widget(value):
    widgets = sys.modules.get("ipywidgets")
    return widgets is not None and isinstance(value, widgets.Widget)


# --- What a function refers to


def _references(value):
    """Return (how it is written, object) for what the parts of a function or container are."""
    if isinstance(value, types.FunctionType):
        return _function_references(value)
    if isinstance(value, types.MethodType):
        return [("self", value.__self__), *_references(value.__func__)]
    if isinstance(value, functools.partial):
        given = [(f"args[{i}]", arg) for i, arg in enumerate(value.args)]
        return [("func", value.func), *given, *value.keywords.items()]
    if type(value) in (list, tuple):
        items = itertools.islice(value, _LOOKED_AT)
        return [(f"[{i}]", item) for i, item in enumerate(items)]
    if type(value) in (dict, collections.defaultdict):
        items = itertools.islice(value.items(), _LOOKED_AT)
        return [(f"[{shown(key, 20)}]", item) for key, item in items]
    held = getattr(value, "__dict__", {}) if goes_by_value(value) else {}
    hidden = (types.GetSetDescriptorType, types.MemberDescriptorType)  # only classes have them
    return [(f".{name}", item) for name, item in held.items() if not isinstance(item, hidden)]


def _function_references(function):
    code = function.__code__
    found = {}
    for name, cell in zip(code.co_freevars, function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # it has no value yet
            continue
    for name in _global_names(code):
        if name in function.__globals__:
            found[name] = function.__globals__[name]
    arguments = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    found.update(zip(arguments[len(arguments) - len(defaults) :], defaults))
    found.update(function.__kwdefaults__ or {})
    return list(found.items())


@functools.lru_cache(maxsize=256)
def _global_names(code):
    """Return the names that a piece of code, functions inside it included, looks up as globals."""
    ways = ("LOAD_GLOBAL", "LOAD_NAME")
    names = {step.argval for step in dis.get_instructions(code) if step.opname in ways}
    inner = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return tuple(sorted(names.union(*map(_global_names, inner))))


# --- Refusing in one line


def _refusal(part, error):
    culprit = _culprit(part, part, "", set())
    cannot, said = "cannot be sent to a process", told(error, 80)
    if culprit is None or culprit[2] is part:
        return f"{_called(part)} {cannot} ({said}): put it in a module, or let threads do the work"
    owner, path, value = culprit
    kind, remedy = _kind_and_remedy(value, _name(owner), said)
    through = isinstance(part, types.FunctionType) and owner is not part
    needed = f", which {_name(part)} needs," if through else ""
    called = f"{_called(owner)}{needed} refers to `{path.lstrip('.')}`"
    return f"{called}, {kind}, which {cannot}: {remedy}"


def _culprit(value, owner, path, seen):
    """Return (the function, how it writes it, the object) of what cannot be packed, or None."""
    seen.add(id(value))
    if isinstance(value, (types.FunctionType, types.MethodType)):
        owner, path = value, ""
    for name, child in _references(value):
        if id(child) not in seen and _fails(child):
            found = _culprit(child, owner, path + name, seen)
            if found is not None:
                return found
    # A function fails only through something that it refers to, which was seen on another way.
    return None if isinstance(value, types.FunctionType) else (owner, path, value)


def _fails(value):
    try:
        _dumps(value)
    except Exception:  # whatever an object's own code raises
        return True
    return False


def _name(part):
    return getattr(part, "__name__", type(part).__name__)


def _called(part):
    if isinstance(part, (types.FunctionType, types.MethodType, _CACHED)):
        return f"the function {_name(part)}"
    return f"the class {_name(part)}" if isinstance(part, type) else f"a {_name(part)}"


def _kind_and_remedy(value, name, said):
    kind = type(value).__name__
    if isinstance(value, io.IOBase):
        return f"an open file ({kind})", f"open it inside {name}"
    if isinstance(value, _GENERATORS):
        return f"a {kind}", f"give {name} a list of what it yields"
    if isinstance(value, _LOCKS):
        called = "a lock" if kind == "lock" else f"a lock ({kind})"
        return called, "processes share no memory for it to guard, so leave it out"
    if isinstance(value, _CACHED):
        return "a function with a cache", "leave the cache out, or put the function in a module"
    if _is_widget(value):
        return f"a live widget ({kind})", f"give {name} its value instead"
    remedy = f"make it inside {name}, or give {name} plain data instead"
    return f"an object of type {kind} ({said})", remedy
