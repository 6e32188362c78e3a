"""What the source of a function says about the objects that it writes to and reads from."""

import ast
import functools
import inspect
import textwrap
import types
from collections.abc import Callable, Iterator
from typing import Any

from ..core.inside import dict_of, is_a
from ..core.parts import asked

_READS = {"get", "setdefault"}  # methods of a dict that return what is in it


def is_read(name: str, function: types.FunctionType) -> bool:
    """Return whether a function reads what stands under keys of the object called ``name``.

    >>> known = {}
    >>> is_read("known", lambda n: known[n])
    True
    """
    return any(
        ast.unparse(node.value).rpartition(".")[2] == name
        for node in ast.walk(_tree(function.__code__))
        if (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Attribute) and node.attr in _READS)
    )


def stored_in(func: Callable[..., Any]) -> Iterator[str]:
    """Yield the names of the outer objects in which a function stores something in any case.

    It is looked for in ``name[...] = value`` where no condition stands before, also in functions
    of the reader's that are called there.
    """
    inner: Any = func
    while is_a(inner, (functools.partial, types.MethodType)):
        inner = inner.func if is_a(inner, functools.partial) else inner.__func__
    if not is_a(inner, types.FunctionType):
        inner = dict_of(inner).get("__wrapped__", type(inner).__call__)
    if is_a(inner, types.FunctionType):
        yield from _stored_in(inner, set())


def _stored_in(function, seen):
    seen.add(function)
    outer = _outer(function)
    for node in _certain(_body(function)):
        if isinstance(node, ast.Assign | ast.AugAssign):
            for target in getattr(node, "targets", None) or [node.target]:
                name = _owner(target)
                if name is not None and _is_outer(name, outer, function):
                    yield name
        called = outer.get(node.func.id) if _is_call(node) else None
        called = asked(inspect.unwrap, called) if called is not None else None
        if is_a(called, types.FunctionType) and called not in seen:
            yield from _stored_in(called, seen)


def _outer(function):
    try:
        refers = inspect.getclosurevars(function)
    except ValueError:  # a cell is empty yet
        return {}
    return {**refers.globals, **refers.nonlocals}


def _is_outer(name, outer, function):
    """Return whether a name is not of the function's own making."""
    first = name.partition(".")[0]
    given = inspect.signature(function, follow_wrapped=False).parameters.get(first)
    if given is not None:
        is_default = isinstance(given.default, list | dict)
        return is_default or (first == "self" and "." in name)
    return first in outer and not isinstance(outer[first], types.ModuleType)


def _owner(target):
    """Return how the object is written in which ``target`` stores something, or None."""
    while isinstance(target, ast.Subscript):
        target = target.value
        if isinstance(target, ast.Name | ast.Attribute):
            text = ast.unparse(target)
            return text if text.replace(".", "").isidentifier() else None
    return None


def _certain(body):
    """Yield the statements and calls that no condition stands before."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            continue
        if isinstance(statement, ast.If | ast.While | ast.Match):
            # What comes after a way out is not certain.
            ways_out = ast.Return | ast.Raise | ast.Break | ast.Continue
            if any(isinstance(node, ways_out) for node in ast.walk(statement)):
                return
        elif isinstance(statement, ast.With | ast.For | ast.Try):
            yield from _certain(statement.body)
        else:
            yield statement
            yield from filter(_is_call, ast.walk(statement))


def _is_call(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _body(function):
    found = next((n for n in _tree(function.__code__).body if isinstance(n, ast.FunctionDef)), None)
    return [] if found is None else found.body


@functools.lru_cache(maxsize=64)
def _tree(code):
    """Return the source of a function's code as a tree; an empty one where there is none."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(code)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return ast.parse("")
