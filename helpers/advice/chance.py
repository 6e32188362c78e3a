"""What makes the answers of a function differ from call to call: random numbers, or a clock."""

import dis
import sys
from collections.abc import Callable, Iterator
from functools import partial
from random import Random, SystemRandom
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from ..core.inside import is_a
from ..core.parts import FAILED, asked

#: What gives the same numbers again for the same seed.
GENERATORS = {
    "random": "random.Random(seed)",
    "numpy.random": "numpy.random.default_rng(seed)",
    "torch": "torch.Generator().manual_seed(seed)",
}
CLOCKS = ("time", "datetime")
_NOW = {"now", "utcnow", "today"}  # methods of datetime's classes
_STILL = {"sleep", "strftime", "strptime", "gmtime", "mktime", "localtime"}
_NAMES = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF")
_MOST_FUNCTIONS = 100


def chance_in(func: Callable[..., Any]) -> str | None:
    """Return the name of what a function gets random numbers or the time from, such as "random".

    Functions of the reader's own that it calls are looked at, too. None where there is none.

    >>> import random, time
    >>> chance_in(lambda n: random.random()), chance_in(time.perf_counter), chance_in(len)
    ('random', 'time', None)
    """
    to_do, seen = [func], set[int]()
    while is_a(func, partial):
        func = func.func  # type: ignore[attr-defined]
    if (source := _source(func)) is not None:
        return source
    while to_do and len(seen) < _MOST_FUNCTIONS:
        function, known = _plain(to_do.pop(0))
        if function is None or id(function) in seen:
            continue
        seen.add(id(function))
        for value in _used(function.__code__, known):
            if (source := _source(value)) is not None:
                return source
            if asked(_is_own, value, function) is True:
                to_do.append(value)
    return None


def _plain(func):
    """Return the Python function behind something that can be called, and what its names are."""
    while is_a(func, partial):
        func = func.func
    if is_a(func, type):
        func = func.__init__
    elif not is_a(func, (FunctionType, MethodType)):
        func = MethodType(type(func).__call__, func)
    owner, func = getattr(func, "__self__", None), getattr(func, "__func__", func)
    if not isinstance(func, FunctionType):
        return None, {}
    code = func.__code__
    names = code.co_varnames[: code.co_argcount]
    known = {**vars(sys.modules["builtins"]), **func.__globals__, **(func.__kwdefaults__ or {})}
    known |= zip(reversed(names), reversed(func.__defaults__ or ()))
    known |= zip(code.co_freevars, map(_content, func.__closure__ or ()))
    return func, known | dict(zip(names[:1], [owner]))


def _is_own(value, function):
    """Return whether a value is code of the same package as the function's."""
    if not callable(value) or isinstance(value, ModuleType):
        return False
    module = getattr(value, "__module__", None) or ""
    mine = function.__globals__.get("__name__") or ""
    return module.partition(".")[0] == mine.partition(".")[0]


def _used(code: CodeType, known: dict[str, Any]) -> Iterator[Any]:
    """Yield what the names in some code stand for, and the attributes asked of these."""
    value = None
    for step in dis.get_instructions(code):
        name = step.argval
        if step.opname.startswith(("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM")):
            value = getattr(value, name, None)
        elif step.opname == "IMPORT_NAME":
            value = sys.modules.get(name)
        elif step.opname.startswith("STORE_") and isinstance(name, str):
            known[name] = value
            continue
        elif step.opname.startswith(_NAMES) and isinstance(name, str):
            value = known.get(name)
        elif step.opname.startswith("CALL"):
            value = None
        if value is not None:
            yield value
    for const in code.co_consts:
        if isinstance(const, CodeType):  # a function, or a comprehension, inside
            yield from _used(const, known)


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:  # not yet set
        return None


def _source(value):
    """Return what a value draws from, None where it cannot even be asked."""
    found = asked(_source_of, value)
    return None if found is FAILED else found


def _source_of(value):
    owner = getattr(value, "__self__", value)
    for kind in (type(owner), owner):
        module = getattr(kind, "__module__", None)
        if isinstance(module, str) and module.startswith("numpy.random"):
            return "numpy.random"
    if isinstance(owner, Random) or value is Random or value is SystemRandom:
        return "secrets" if isinstance(owner, SystemRandom) or value is SystemRandom else "random"
    name, module = getattr(value, "__name__", ""), getattr(value, "__module__", None)
    if isinstance(value, ModuleType) or not isinstance(name, str):
        return None
    if module in ("secrets", "uuid") and isinstance(value, FunctionType):
        return module
    if isinstance(value, BuiltinFunctionType):
        if name == "urandom":
            return "os.urandom"
        if module == "time" and name not in _STILL:
            return "time"
        if getattr(owner, "__module__", None) == "datetime" and name in _NOW:
            return "datetime"
    return "torch" if module == "torch" and name.startswith("rand") else None
