"""What is in an object, and whose it is, found out without running any code of its own."""

import contextvars
import functools
import gc
import io
import os
import sys
import types
import zlib
from collections import ChainMap, deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

PLAIN = frozenset({int, float, complex, bool, str, bytes, type(None), type(...), range})
CONTAINERS = (dict, list, tuple, deque, set, frozenset)
MOST_BYTES = 1 << 26  # of a larger array some are looked at
VALUES = {"datetime", "decimal", "fractions", "uuid"}  # modules whose objects never change
_OPEN = {"builtins", "argparse", "collections", "itertools", "queue", "types"}  # containers
_ASK_FOR_GLOBALS = {"globals", "modules", "import_module", "__import__", "__globals__"}
_SHARED_DRAWS = {"random": "_inst", "numpy.random.mtrand": "_rand"}  # a matter of seeds
_STANDARD = os.path.dirname(os.__file__) + os.sep
_HERE = __name__.partition(".")[0]
METHODS = (types.MethodType, types.BuiltinMethodType, types.MethodWrapperType)  # of an object
_WRITTEN_TO = {"_io.StringIO", "_io.BytesIO"}
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

STATES: dict[str, "Callable[[Any], Any]"] = {  # of what is written in C
    "_contextvars.ContextVar": lambda variable: variable.get(None),
    "itertools.count": repr,
    "random.Random": lambda draws: draws.getstate()[1:],
    "numpy.random._generator.Generator": lambda draws: repr(draws.bit_generator.state),
    "numpy.random.mtrand.RandomState": lambda draws: repr(draws.get_state(legacy=False)),
    "_io.StringIO": lambda text: (io.StringIO.tell(text), io.StringIO.getvalue(text)),
    "_io.BytesIO": lambda data: (io.BytesIO.tell(data), io.BytesIO.getvalue(data)),
    "torch.Tensor": lambda tensor: tensor._version,
}


# --- Whose it is


@functools.cache
def is_own_file(path: str) -> bool:
    """Return whether a file is the reader's, not of a library, the standard one or this package."""
    parts = path.replace("\\", "/").split("/")
    is_installed = {"site-packages", "dist-packages"}.intersection(parts)
    return not is_installed and not path.startswith(("<frozen", _STANDARD, _PACKAGE))


def is_own_module(name: str) -> bool:
    """Return whether a module is the reader's own, by its name."""
    if name == "__main__":
        return True
    if not isinstance(name, str) or _top(name) in (*sys.builtin_module_names, _HERE):
        return False
    path = getattr(sys.modules.get(name), "__file__", None) or ""
    return _top(name) not in sys.stdlib_module_names and is_own_file(path)


def is_own_class(cls: type) -> bool:
    """Return whether a class is the reader's own."""
    return is_own_module(cls.__module__)


def _top(name):
    return name.partition(".")[0]


def home(cls: type) -> str:
    """Return the first part of the name of the module of a class."""
    return _top(cls.__module__) if isinstance(cls.__module__, str) else ""


def called(cls: type) -> str:
    """Return the name of a class with its module."""
    return f"{cls.__module__}.{cls.__qualname__}"


def is_closed(value: "Any", but_for_own: bool = False) -> bool:
    """Return whether it is not looked into: nothing in it would be a result of the reader's.

    With ``but_for_own`` one of the standard library is not, where the reader has put something in.
    """
    cls = type(value)
    if is_a(value, types.ModuleType) or _is_shared_draws(value):
        return True
    if "_member_map_" in vars(value if issubclass(cls, type) else cls):  # an Enum fills itself
        return True
    if issubclass(cls, type):
        return not is_own_class(value)
    if is_a(value, functools.partial) or "__wrapped__" in dict_of(value):
        return False
    if not _is_standard(cls) or is_data(value) or is_of_thread(cls):
        return False
    return not (but_for_own and put_in(value))


def _is_standard(cls):
    return home(cls) in sys.stdlib_module_names and cls.__module__ != "__main__"


def put_in(value: "Any") -> "dict[str, Any]":
    """Return what the reader has put into an object of the standard library, by name.

    Such as ``found.append`` in the place of a method, or a text that it writes to.
    """
    if not _is_standard(type(value)):
        return {}
    held = dict_of(value) or {_name_of(part): part for part in gc.get_referents(value)}
    return {name: part for name, part in list(held.items()) if is_put_in(part)}


def _name_of(part):
    is_method = is_a(part, types.BuiltinMethodType)
    return part.__name__ if is_method else type(part).__name__


def is_put_in(part: "Any") -> bool:
    """Return whether what an object of the standard library holds is the reader's."""
    if is_a(part, functools.partial):
        return is_put_in(part.func)
    if is_a(part, METHODS):
        owner = part.__self__
        if type(owner) in PLAIN or is_a(owner, (type, types.ModuleType)) or _is_shared_draws(owner):
            return False
        return is_own_class(type(owner)) or is_data(owner)
    return _is_put_there(part) or is_own_class(type(part)) or called(type(part)) in _WRITTEN_TO


def state_of(cls: type) -> "Callable[[Any], Any] | None":
    """Return what reads the state of an object of a class that is written in C, or None."""
    names = (called(base) for base in cls.__mro__)
    return STATES.get(next((name for name in names if name in _WRITTEN_TO), called(cls)))


def is_data(value: object) -> bool:
    """Return whether it is a container, an array or the like: it belongs to whoever holds it."""
    cls = type(value)
    is_known = home(cls) in _OPEN or called(cls) in STATES
    return is_known or n_bytes(value) is not None or blocks(value) is not None


def _is_shared_draws(value):
    found = [getattr(sys.modules.get(one), name, None) for one, name in _SHARED_DRAWS.items()]
    return value is not None and any(value is one for one in found)


def is_of_thread(cls: type) -> bool:
    """Return whether each thread sees attributes of its own in an object of a class."""
    return issubclass(cls, (sys.modules["_thread"]._local, contextvars.ContextVar))


def is_descriptor(value: object) -> bool:
    """Return whether a member of a class is no value, but makes one."""
    is_called = is_a(value, (functools.partial, types.MethodType))  # as it is, whatever has it
    return hasattr(type(value), "__get__") and not is_called


def is_value(member: object) -> bool:
    """Return whether a member of a class has a state: so may a descriptor of the reader's own."""
    return not is_descriptor(member) or is_own_class(type(member))


# --- What is in it


def is_a(value: object, kinds: "type | tuple[type, ...]") -> bool:
    """Return whether an object is of a class, without asking the object: it may answer for long."""
    return issubclass(type(value), kinds)


def label(value: "Any") -> str:
    """Return what tells an object from others in another process: its class, or its own name."""
    is_named = is_a(value, (type, types.FunctionType, types.BuiltinFunctionType))
    return f"{value.__module__}.{value.__qualname__}" if is_named else called(type(value))


def digest(code: types.CodeType) -> str:
    """Return what tells the code of a function from that of another, in any process."""
    plain = [part for part in code.co_consts if type(part) in PLAIN]
    inner = [digest(part) for part in code.co_consts if isinstance(part, types.CodeType)]
    told = repr((code.co_names, code.co_varnames, plain, inner)).encode("utf-8", "replace")
    return f"code {zlib.crc32(code.co_code + told)}"


@functools.lru_cache(maxsize=256)
def names_in(code: types.CodeType) -> tuple[str, ...]:
    """Return the names of globals and attributes in a piece of code, functions in it included."""
    inner = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return tuple(sorted({*code.co_names}.union(*map(names_in, inner))))


@functools.lru_cache(maxsize=256)
def asks_for_globals(code: types.CodeType) -> bool:
    """Return whether code gets at globals by a text, and not only by the names that stand in it."""
    return not _ASK_FOR_GLOBALS.isdisjoint(names_in(code))


def referred(function: types.FunctionType) -> "dict[str, Any]":
    """Return the globals that a function names, and those of the modules that it names.

    Where it gets at them by a text, what its texts name is among them.
    """
    names = names_in(function.__code__)
    if asks_for_globals(function.__code__):
        names += tuple(_texts_in(function.__code__))
    loaded = {name: sys.modules[name] for name in names if name in sys.modules}
    own = {name: module for name, module in loaded.items() if is_own_module(name)}
    return named(ChainMap(function.__globals__, own), names)


def _texts_in(code):
    """Yield the texts in a piece of code that could be names, functions in it included."""
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from _texts_in(part)
        else:
            several = part if type(part) is tuple else (part,)
            yield from (one for one in several if type(one) is str and one.isidentifier())


def closure(function: types.FunctionType) -> "dict[str, Any]":
    """Return what a function refers to in the functions around it, by name."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # it has no value yet
            continue
    return found


def defaults(function: types.FunctionType) -> "dict[str, Any]":
    """Return the defaults of the arguments of a function, by name."""
    code, defaults = function.__code__, function.__defaults__ or ()
    arguments = code.co_varnames[: code.co_argcount]
    given = zip(arguments[len(arguments) - len(defaults) :], defaults)
    return dict(given) | (function.__kwdefaults__ or {})


def named(
    scope: "Mapping[str, Any]", names: "Iterable[str]", prefix: str = "", seen: "Any" = ()
) -> "dict[str, Any]":
    """Return the globals with these names, and what they name in modules as "module.name".

    Of a library's module only what the reader has put there is one of them.
    """
    found: dict[str, Any] = {}
    for name in names:
        value = scope.get(name, named)
        if not is_a(value, types.ModuleType):
            found |= {} if value is named else {f"{prefix}{name}": value}
        elif value not in seen:
            more = named(vars(value), names, f"{prefix}{name}.", (*seen, value))
            is_own = is_own_module(value.__name__)
            found |= {key: part for key, part in more.items() if is_own or _is_put_there(part)}
    return found


def _is_put_there(part):
    return is_a(part, types.FunctionType) and is_own_file(part.__code__.co_filename)


def behind(member: "Any") -> "dict[str, Any] | None":
    """Return what a member of a class calls, by how a key goes on; None for what is a value."""
    if is_a(member, property):
        return {"/get": member.fget, "/set": member.fset, "/del": member.fdel}
    if is_a(member, (staticmethod, classmethod)):
        return {"": member.__func__}
    function = function_of(member)
    return None if function is None else {"": function}


def function_of(member: "Any") -> types.FunctionType | None:
    """Return the function behind a member of a class, or None."""
    if is_a(member, property):
        member = member.fset or member.fget
    elif is_a(member, (staticmethod, classmethod)):
        member = member.__func__
    elif is_a(member, (functools.cached_property, functools.partialmethod)):
        member = member.func
    return member if is_a(member, types.FunctionType) else None


def dict_of(value: object) -> "dict[str, Any]":
    """Return the ``__dict__`` of an object, or an empty one, without asking the object."""
    members = (vars(base).get("__dict__") for base in type(value).__mro__)
    member: Any = next((one for one in members if one is not None), None)
    if not is_a(member, (types.GetSetDescriptorType, types.MemberDescriptorType)):
        return {}  # it has none, or the reader's own property of that name
    found = member.__get__(value)
    return found if type(found) is dict else {}


def attributes(value: "Any") -> "dict[str, Any]":
    """Return the attributes of an object: those in its ``__dict__`` and its slots."""
    cls, found = type(value), {}
    if is_a(value, types.GeneratorType):
        return dict(value.gi_frame.f_locals) if value.gi_frame else {}
    held = value.__dict__ if issubclass(cls, sys.modules["_thread"]._local) else dict_of(value)
    if "__wrapped__" in held and not is_own_class(cls):  # a cache, or another wrapper
        return {"__wrapped__": held["__wrapped__"]}
    for base in cls.__mro__ if is_own_class(cls) else ():
        for name, member in vars(base).items():
            if is_a(member, types.MemberDescriptorType):
                try:
                    found[name] = member.__get__(value, cls)
                except AttributeError:  # not set yet
                    continue
    return found | {
        name: part
        for name, part in list(held.items())
        if not (name.startswith("__") or _is_cached_property(cls, name))
    }


def _is_cached_property(cls, name):
    return any(is_a(vars(base).get(name), functools.cached_property) for base in cls.__mro__)


def is_key(value: object) -> bool:
    """Return whether a key of a dict can be compared as it is."""
    return type(value) in PLAIN or (type(value) is tuple and all(map(is_key, value)))


def left(iterator: "Any") -> int | None:
    """Return how much is left of an iterator of Python's own, where it says so."""
    hint = getattr(type(iterator), "__length_hint__", None)
    return None if hint is None else hint(iterator)


def blocks(value: "Any") -> "list[Any] | None":
    """Return the arrays of a table of pandas, or None."""
    if home(type(value)) != "pandas" or "_mgr" not in dict_of(value):
        return None
    return list(value._mgr.arrays)


def n_bytes(value: "Any") -> int | None:
    """Return how many bytes an array has, or None for what is none."""
    numpy = sys.modules.get("numpy")
    array_type = getattr(sys.modules.get("array"), "array", bytearray)
    if issubclass(type(value), (bytearray, memoryview, array_type)):
        return memoryview(value).nbytes
    is_array = numpy is not None and issubclass(type(value), (numpy.ndarray, numpy.generic))
    return int(value.nbytes) if is_array else None


def has_objects(value: object) -> bool:
    """Return whether an array of NumPy is one of objects."""
    return bool(getattr(getattr(value, "dtype", None), "hasobject", False))


def sum_of(value: "Any", size: int) -> "Any":
    """Return a checksum of the bytes of an array; of a large one, of some from all over it."""
    if not hasattr(value, "dtype"):
        data = memoryview(value).cast("B")
        half = MOST_BYTES // 2
        return [zlib.crc32(data[:half]), zlib.crc32(data[half:][-half:])]
    numpy = sys.modules["numpy"]
    if isinstance(value, numpy.ndarray):
        value = numpy.ndarray.view(value, numpy.ndarray)
        if size > MOST_BYTES:
            value = value.flat[:: value.size // 10_000]
        if value.flags.c_contiguous and size:
            return zlib.crc32(value.reshape(-1).view(numpy.uint8))  # nothing is copied
    return zlib.crc32(value.tobytes())
