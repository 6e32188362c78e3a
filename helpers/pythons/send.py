"""A function of the reader's, with all that it needs, as another Python can make it anew.

What stands in a module goes by its name. What the reader wrote in a notebook, a script or another
function has no module there: to a Python of this version a call goes by value, as to a worker. Byte
code of another version would not run, so there a function or class goes as the text that it was
written as, in a module with all the names that it uses. ``sent`` is who reads it.
"""

import __future__

import ast
import inspect
import io
import itertools
import linecache
import math
import os
import pickle
import sys
import textwrap
import time
import types
from collections.abc import Callable, Sequence
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from ..core import by_value
from ..core.bounded import Enough, File
from ..core.inside import closure, is_a
from ..core.job import name_of
from ..errors import LabError, TooLong, one_of_class, told
from ..interrupts import is_interrupt
from ..units import bytes_
from .find import Python, this_one
from .sent import MODULE, by_name

_FOLDERS = ("site-packages", "dist-packages")  # of packages that were built for one Python
_PROTOCOL = 4  # of pickle, the highest that every Python 3.8 has
_BEGIN = """from __future__ import annotations
from importlib import import_module as _lab_import
from helpers.pythons.sent import value as _lab_value
"""
_CALLS = {True: "_lab_function(item) for item in items", False: "_lab_function() for _ in items"}
_NEVER = object()
_kept: "WeakKeyDictionary[Any, str]" = WeakKeyDictionary()


def keep_source(function: Callable[..., Any], text: str) -> None:
    """Keep the source of a function that stands in no file, such as that of a magic's cell."""
    _kept[function] = text


def packed_for(python: Python, call: Any, name: str) -> bytes:
    """Return a function, with all that it is called with, as bytes for ``sent.unpacked`` there.

    ``name`` is what a reader calls it.

    Raises:
        LabError: it cannot travel; the line says what keeps it here, and a remedy.
    """
    if is_alike(python):
        return pickle.dumps({"call": by_value.pack(call)})
    made = _Module()
    packed = made.packed(call, name)
    return pickle.dumps({"call": packed, "text": made.text, "values": made.values})


def is_alike(python: Python) -> bool:
    """Return whether a Python has this one's version, so that it runs the same byte code."""
    return python.era == this_one().era


def folders_for(python: Python) -> list[str]:
    """Return the folders in which the reader's own modules are, and this Python's if it is alike.

    Another version has packages of its own: these here would not load there.
    """
    found = [os.path.abspath(folder) for folder in sys.path]
    if is_alike(python):
        return found
    own = [os.path.realpath(prefix) for prefix in (sys.prefix, sys.base_prefix)]
    return [folder for folder in found if not _is_built_in(os.path.realpath(folder), own)]


def _is_built_in(folder, own):
    has_packages = os.path.basename(folder) in _FOLDERS
    return has_packages or any(os.path.join(folder, "").startswith(f"{p}{os.sep}") for p in own)


class Sent:
    """A function and some items, as ``sent.load`` of another Python can read them.

    Raises:
        LabError: something of it cannot be sent, or not be packed in ``limit_s`` seconds; the line
            names it.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        items: Sequence[Any] | None,
        n_calls: int,
        limit_s: float = math.inf,
    ) -> None:
        self._module = _Module(limit_s)
        self._module.bind("_lab_function", func, name_of(func))
        calls = _CALLS[items is not None]
        self._module.lines.append(f"def _lab_work(items):\n    return [{calls}]")
        given = [0] * n_calls if items is None else list(items)
        self._items = self._module.packed(given, "the items")

    def write(self, folder: Path) -> None:
        """Write all of it into files of an empty folder."""
        (folder / f"{MODULE}.py").write_text(self._module.text, encoding="utf-8")
        for number, value in enumerate(self._module.values):
            (folder / f"{number}.pickle").write_bytes(value)
        (folder / "items.pickle").write_bytes(self._items)

    def read(self, path: Path) -> Any:
        """Return what a pickle of the other Python holds; its classes are those of here."""
        reader = _Reader(io.BytesIO(path.read_bytes()))
        reader.things = self._module.things
        return reader.load()


class _Reader(pickle.Unpickler):
    """Reads an answer: what was sent as source is what it was made of."""

    things: dict[str, Any]

    def find_class(self, module, name):
        if module != MODULE:
            return super().find_class(module, name)
        first, _, rest = name.partition(".")
        return attrgetter(rest)(self.things[first]) if rest else self.things[first]


class _Packer(pickle.Pickler):
    """Pickles values; functions and classes in them that stand in no module are sent as source."""

    module: "_Module"

    def reducer_override(self, value):
        if is_a(value, types.ModuleType):
            return import_module, (value.__name__,)
        if by_value.stands_in_no_module(value):
            return by_name, (self.module.named(value),)
        return NotImplemented


class _Module:
    """The module that is sent: its lines, in an order in which they can be run.

    ``things`` has by its names what they mean here, ``values`` the pickles, by their numbers.
    """

    def __init__(self, limit_s=math.inf):
        self._until_s = time.perf_counter() + limit_s
        self.lines, self.values, self.things = [], [], {}
        self._n_lambdas = itertools.count(1)

    @property
    def text(self):
        """The module's text."""
        return "\n".join([_BEGIN, *self.lines, ""])

    def bind(self, name, value, owner):
        """Have a name mean in the module what it means here to ``owner``."""
        known = self.things.get(name, _NEVER)
        if known is value:
            return
        if known is not _NEVER:
            raise LabError(
                f"{owner} needs two different things that are called {name}, and a module has one "
                "of each name: give one of them another name"
            )
        self.things[name] = value
        if is_a(value, types.ModuleType):
            self._import(name, value, owner)
        elif by_value.stands_in_no_module(value):
            self._define(name, value)
        else:
            self.values.append(b"")  # packing it may add others
            number = len(self.values) - 1
            self.values[number] = self.packed(
                value, f"{owner} refers to `{name}`, {one_of_class(value)}, which"
            )
            self.lines.append(f"{name} = _lab_value({number})")

    def named(self, value):
        """Return the name that a function or class has in the module, and have it there."""
        for name, thing in self.things.items():
            if thing is value:
                return name
        qualified = value.__qualname__.rpartition("<locals>.")[2]
        if qualified.isidentifier():
            self.bind(qualified, value, qualified)
            return qualified
        if "<lambda>" in qualified:
            name = f"_lab_lambda_{next(self._n_lambdas)}"
            self.bind(name, value, "a lambda")
            return name
        return self._attribute(value)

    def packed(self, value, what):
        """Return a value as bytes; a LabError says what it was."""
        file = File(limit_s=self._until_s - time.perf_counter(), keeps=True)
        packer = _Packer(file, _PROTOCOL)
        packer.module = self
        try:
            packer.dump(value)
        except Enough:
            raise TooLong(
                f"{what} cannot be sent to another Python in time (more than "
                f"{bytes_(file.n_bytes)}): send the name of a file, or give it more time"
            ) from None
        except BaseException as error:  # whatever an object's own code raises
            if isinstance(error, LabError) or is_interrupt(error):
                raise
            raise LabError(
                f"{what} cannot be sent to another Python ({told(error, 80)}): use plain "
                "data in its place"
            ) from error
        return file.getvalue()

    # --- Modules, functions, classes

    def _import(self, name, module, owner):
        full = module.__name__
        if full == "__main__" or by_value.module_is_only_here(full):
            raise LabError(
                f"{owner} refers to the module {full}, and no other Python finds it by its name: "
                "put it in a file of this folder"
            )
        self.lines.append(f"{name} = _lab_import({full!r})")

    def _define(self, name, value):
        """Add the source of a function or class, after what it needs."""
        if is_a(value, types.FunctionType) and value.__name__ == "<lambda>":
            own, text = name, f"{name} = {_text_of_lambda(value)}"
        elif is_a(value, type) or "." not in value.__qualname__.rpartition("<locals>.")[2]:
            own, text = value.__name__, _text(value)
        else:
            own, text = name, f"{name} = {self._attribute(value)}"
        if own != name:
            self.bind(own, value, own)
            self.lines.append(f"{name} = {own}")
            return
        code = compile(
            text, MODULE, "exec", __future__.annotations.compiler_flag, dont_inherit=True
        )
        known = _namespace(value)
        for used in by_value.global_names(code):
            if used in known and not used.startswith("__") and used != own:
                self.bind(used, known[used], own)
                if is_a(known[used], types.ModuleType):
                    self._import_inner(known[used].__name__, _all_names(code))
        self.lines.append(text)

    def _import_inner(self, name, attributes):
        """Import the modules of a package that code uses as its attributes."""
        for attribute in attributes:
            inner = f"{name}.{attribute}"
            line = f"_lab_import({inner!r})"
            if inner in sys.modules and line not in self.lines:
                self.lines.append(line)
                self._import_inner(inner, attributes)

    def _attribute(self, value):
        """Return how a method is written: the name of its class, a dot, and its own."""
        qualified = value.__qualname__.rpartition("<locals>.")[2]
        first, _, rest = qualified.partition(".")
        owner = _namespace(value).get(first)
        try:
            is_there = owner is not None and attrgetter(rest)(owner) is value
        except AttributeError:
            is_there = False
        if not is_there:
            raise LabError(_no_source(value))
        self.bind(first, owner, first)
        return qualified


# --- Source ---------------------------------------------------------------------------------


def _no_source(value):
    return (
        f"the source of {name_of(value)} is not found, and another Python cannot run this one's "
        "byte code: put it in a module"
    )


def _text_of_lambda(function):
    text = lambda_text(function)
    if text is None:
        raise LabError(
            "this lambda cannot be told from its source, or needs names of the function that it "
            "stands in: write it as a def"
        )
    return text


def _text(value):
    """Return the lines that define a function or class, without what they are indented by."""
    text = _found_text(value)
    if text is None:
        raise LabError(_no_source(value))
    text = textwrap.dedent(text)
    if text[:1].isspace():  # a text of several lines within it begins further left
        text = f"if True:\n{text}"
    try:
        node = next(n for n in ast.walk(ast.parse(text)) if isinstance(n, _DEFINITIONS))
    except (SyntaxError, ValueError, StopIteration):
        raise LabError(_no_source(value)) from None
    if node.name != value.__name__:
        raise LabError(_no_source(value))
    if is_a(value, types.FunctionType) and not hasattr(value, "__wrapped__"):
        # It is what stands below its decorators: they have made another function, or nothing new.
        lines, first = text.splitlines(), min([node.lineno, *_lines(node.decorator_list)])
        text = "\n".join([*lines[: first - 1], *lines[node.lineno - 1 :]])
        _check_it_is_the_same(value, text)
    return text


_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _lines(nodes):
    return [node.lineno for node in nodes]


def _found_text(value):
    if is_a(value, types.FunctionType) and value in _kept:
        return _kept[value]
    try:
        return inspect.getsource(value)
    except (OSError, TypeError):
        return _class_in_cell(value) if is_a(value, type) else None


def _class_in_cell(kind):
    """Return the lines of a class that a notebook's cell defines, found by one of its methods."""
    for member in vars(kind).values():
        function = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
        code = getattr(function, "__code__", None)
        if not isinstance(code, types.CodeType):
            continue
        lines = linecache.getlines(code.co_filename)
        try:
            tree = ast.parse("".join(lines))
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            is_named = isinstance(node, ast.ClassDef) and node.name == kind.__name__
            if is_named and node.lineno <= code.co_firstlineno <= (node.end_lineno or 0):
                first = min([node.lineno, *_lines(node.decorator_list)])
                return "".join(lines[first - 1 : node.end_lineno])
    return None


def _check_it_is_the_same(function, text):
    """Raise a LabError where a file has changed since the function was loaded from it."""
    code = function.__code__
    if code.co_freevars:
        return  # as a name of the module, what it took from outside is looked up otherwise
    flags = code.co_flags & __future__.annotations.compiler_flag
    made = _codes(compile(text, MODULE, "exec", flags, dont_inherit=True))
    if not any(is_like(one, code) for one in made):
        raise LabError(
            f"the source of {name_of(function)} is not what it was when it was loaded: load it "
            "again, as by restarting this program"
        )


def _codes(code):
    yield code
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from _codes(part)


def _all_names(code):
    return sorted({name for part in _codes(code) for name in part.co_names})


def _namespace(value):
    """Return what the names that a function or class uses mean here."""
    function = inspect.unwrap(value) if not is_a(value, type) else value
    if is_a(function, type):
        return vars(sys.modules.get(function.__module__, types.ModuleType("none")))
    known = dict(getattr(function, "__globals__", {}))
    return known | closure(function) if hasattr(function, "__code__") else known


def lambda_text(value: Any) -> str | None:
    """Return the text of a lambda that needs nothing of the function it stands in."""
    if not isinstance(value, types.FunctionType) or value.__name__ != "<lambda>":
        return None
    if value.__code__.co_freevars or value.__defaults__ or value.__kwdefaults__:
        return None
    try:
        lines, _ = inspect.findsource(value)
        tree = ast.parse("".join(lines))
    except (OSError, SyntaxError, ValueError):
        return None
    code, found = value.__code__, {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Lambda):
            continue
        if node.lineno <= code.co_firstlineno <= (node.end_lineno or 0):
            made = compile(ast.Expression(node), "", "eval").co_consts[0]
            if is_like(made, code):
                found[ast.unparse(node)] = made.co_code == code.co_code
    if len(found) > 1:  # of several in a line, that of the same byte code
        found = {text: is_same for text, is_same in found.items() if is_same}
    return next(iter(found)) if len(found) == 1 else None


def is_like(one: types.CodeType, other: types.CodeType) -> bool:
    """Return whether two pieces of code have the same names and constants.

    Their byte code may differ: what a module imports is called otherwise in the code below it.
    """
    return _parts_of_code(one) == _parts_of_code(other)


def _parts_of_code(code):
    consts = [(type(c), c) for c in code.co_consts if not isinstance(c, types.CodeType)]
    return code.co_names, code.co_varnames, code.co_argcount, repr(consts)
