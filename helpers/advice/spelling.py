"""How a reader would write a function in code: by its name, or as an expression that makes it."""

import ast
import builtins
import copyreg
import functools
import inspect
import linecache
import operator
import pickle
import sys
import time
import types
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..core.apart import NotOver, apart
from ..core.bounded import pickles
from ..core.by_value import is_only_here
from ..core.guard import is_below_guard
from ..core.inside import is_a
from ..core.job import name_of
from ..core.own_code import errors_ignored
from ..core.parts import asked
from ..errors import class_name
from ..interrupts import is_interrupt
from ..pythons.send import lambda_text

_LOOK_S = 0.1  # for what the items are made of
_MOST_S = 1.0  # for all of it, where an object's own code does not come back
_MOST_LETTERS = 200  # a longer expression is no help
_ATOMS = (type(None), bool, int, float, complex, str, bytes)
_PLAIN = (*_ATOMS, list, tuple, dict, set, frozenset)


@dataclass(frozen=True)
class Spelling:
    """How a function is written: ``text``, after the lines in ``before``, such as imports.

    The standard pool of processes can send it and its items unless it ``goes_by_value``; a
    ``script`` is run again by each process.
    """

    text: str
    before: tuple[str, ...] = ()
    goes_by_value: bool = False
    script: bool = False

    @property
    def called(self) -> str:
        """The text as it stands before the brackets of a call."""
        return f"({self.text})" if self.text.startswith("lambda") else self.text


def spelling(
    func: Callable[..., Any], items: list[Any] | None, limit_s: float = _MOST_S
) -> Spelling:
    """Return how a function of the notebook or script that runs is written there.

    What is not known after ``limit_s`` seconds is left out.
    """
    text: str | None = None
    before: list[str] = []
    only_here = False
    with suppress(NotOver):  # code of the objects' own
        text, before, only_here = apart(functools.partial(_looked_at, func, items), limit_s)
    if text is None:
        text, before = _at_the_call(), []
    if text is None or len(text) > _MOST_LETTERS:
        text, before = name_of(func).rpartition(".")[2], []
        if type(func) is not types.FunctionType or not text.isidentifier():
            text = "function"
            before = [f"# function: the {class_name(func)} that you passed, under this name"]
    return Spelling(text, tuple(before), only_here, _is_script())


def _is_script():
    return hasattr(sys.modules["__main__"], "__file__")


def _looked_at(func, items):
    """Return an expression for a function or None, its imports, and whether it goes by value."""
    writer, text = _Writer(), None
    with errors_ignored():  # an object may say of itself what it likes, or raise
        text = writer.written(func)
    kinds_of_items = {type(item): item for item in items or ()}.values()
    parts = [func, *kinds_of_items, *(items or ())[:100]]
    only_here = any(
        not _is_sent(func, [part]) if _is_script() else is_only_here([part])
        for part in _in_time(parts)
    )
    return text, writer.imports, only_here


def _in_time(parts):
    """Yield what is looked at: all, or as many as do not take long to be packed."""
    until_s = time.perf_counter() + _LOOK_S
    for part in parts:
        yield part
        if time.perf_counter() > until_s:
            return


def _is_short(value):
    """Return whether a value is plain, and so is all in it, and whether that is not too much.

    C code writes lists in lists to the end: there may be 2**40 of them in a few.
    """
    parts = [value]
    for n_parts, part in enumerate(parts):
        kind = type(part)
        if kind not in _PLAIN or n_parts > _MOST_LETTERS:
            return False
        if kind is int and part.bit_length() > 4 * _MOST_LETTERS:
            return False
        if kind not in _ATOMS or kind in (str, bytes):
            if len(part) > _MOST_LETTERS:
                return False
            parts += () if kind in _ATOMS else [*part, *(part.values() if kind is dict else ())]
    return True


def _is_sent(func, parts):
    """Return whether a process that has run the script again finds all of it by name."""
    if not pickles(parts, _LOOK_S):
        return False
    while is_a(func, (functools.partial, types.MethodType)):
        func = func.func if is_a(func, functools.partial) else func.__func__
    in_main = asked(getattr, func, "__module__", None) == "__main__"
    return not (in_main and is_below_guard(inspect.unwrap(func)))


class _Writer:
    """Writes objects as expressions, and collects the imports that these need."""

    def __init__(self):
        self.imports = []
        self._n_parts = 0

    def written(self, value):
        """Return an expression for a value, or None: also where it would have too many parts."""
        self._n_parts += 1
        if self._n_parts > _MOST_LETTERS:  # one object in many places is a part in each of them
            return None
        ways = (_name_here, self._literal, self._imported, self._bound, self._partial)
        texts = (way(value) for way in (*ways, lambda_text, self._made))
        return next((text for text in texts if text is not None), None)

    def _imports(self, line):
        if line not in self.imports:
            self.imports.append(line)

    def _literal(self, value):
        if not _is_short(value):
            return None
        text = repr(value)[: _MOST_LETTERS + 1]
        try:
            return text if ast.literal_eval(text) == value else None
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None

    def _imported(self, value):
        name = getattr(value, "__qualname__", getattr(value, "__name__", None))
        if not isinstance(name, str) or isinstance(value, types.MethodType):
            return None
        try:
            module = getattr(value, "__module__", None) or pickle.whichmodule(value, name)
            found = operator.attrgetter(name)(sys.modules[module])
        except (KeyError, AttributeError, pickle.PicklingError):
            return None
        if module == "__main__" or found is not value:
            return None
        if module != "builtins":
            self._imports(f"from {module} import {name.partition('.')[0]}")
        return name

    def _bound(self, value):
        """Return the text of a method: the object's, a dot and its name."""
        owner = getattr(value, "__self__", getattr(value, "__objclass__", None))
        name = getattr(value, "__name__", "")
        if owner is None or isinstance(owner, types.ModuleType) or not name.isidentifier():
            return None
        text = self.written(owner)
        is_number = isinstance(owner, int | float | complex)
        return None if text is None else f"({text}).{name}" if is_number else f"{text}.{name}"

    def _partial(self, value):
        if type(value) is not functools.partial:
            return None
        arguments = self._arguments((value.func, *value.args), value.keywords)
        if arguments is None:
            return None
        self._imports("from functools import partial")
        return f"partial({arguments})"

    def _arguments(self, values, named):
        if len(values) + len(named) > _MOST_LETTERS:
            return None
        texts = [*map(self.written, values)]
        texts += [
            None if (text := self.written(value)) is None else f"{name}={text}"
            for name, value in named.items()
        ]
        return None if None in texts else ", ".join(texts)

    def _call(self, function, args=(), named=None):
        text, arguments = self.written(function), self._arguments(args, named or {})
        return None if text is None or arguments is None else f"{text}({arguments})"

    def _made(self, value):
        """Return the call that makes an object, as pickle knows it."""
        if isinstance(value, type | types.FunctionType | types.ModuleType):
            return None
        fields = getattr(type(value), "__dataclass_fields__", None)
        if type(fields) is dict:
            given = {name: getattr(value, name, None) for name, f in fields.items() if f.init}
            return self._call(type(value), (), given)
        try:
            told = value.__reduce_ex__(4)
        except BaseException as error:  # whatever an object's own code raises
            if is_interrupt(error):
                raise
            return None
        if type(told) is not tuple or type(told[1]) is not tuple:  # it may be anything, endless too
            return None
        make, args, *state = told
        if any(part is not None for part in state):
            return None
        if make is copyreg.__newobj__:
            is_plain = args[0].__init__ is object.__init__ and len(args) == 1
            return self._call(args[0]) if is_plain else None
        return self._call(make, args)


def _name_here(value):
    """Return the name that a value has in the notebook or script, or None."""
    if type(value) in _ATOMS:
        return None
    names = vars(sys.modules["__main__"])
    name = getattr(value, "__qualname__", "")
    first, *others = name.split(".") if isinstance(name, str) else [""]
    found = names.get(first)
    for part in others:
        found = getattr(found, part, None)
    if found is value:
        return name
    return next((key for key, one in names.items() if one is value and key[0] != "_"), None)


def _at_the_call():
    """Return the text of what was passed where the reader's own line calls for a verdict."""
    main, frame = vars(sys.modules["__main__"]), sys._getframe()
    while frame is not None and frame.f_globals is not main:
        frame = frame.f_back
    if frame is None:
        return None
    where = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    lines = linecache.getlines(frame.f_code.co_filename)
    if None in where or where[1] > len(lines):
        return None
    first, last, begin, end = where
    text = [line.encode() for line in lines[first - 1 : last]]
    text[-1] = text[-1][:end]
    text[0] = text[0][begin:]
    try:
        call = ast.parse(b"(" + b"".join(text) + b")", mode="eval").body
    except (SyntaxError, ValueError):
        return None
    if not isinstance(call, ast.Call) or not call.args:
        return None
    names = {node.id for node in ast.walk(call.args[0]) if isinstance(node, ast.Name)}
    is_known = names <= main.keys() | vars(builtins).keys()
    return ast.unparse(call.args[0]) if is_known and "verdict" in ast.unparse(call.func) else None
