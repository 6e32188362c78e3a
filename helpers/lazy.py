"""Packages whose names are loaded when they are first used (PEP 562).

``import helpers``, and a worker that imports a job, pay for nothing that they do not use. A
package lists its names once, as imports under ``if TYPE_CHECKING:``, where editors and type
checkers read them; ``lazily`` reads the same lines. Workers of other Pythons import this module
too: it runs on Python 3.9.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class UnknownName(AttributeError):
    """A package has no such name; the nearest one that it has is suggested.

    The suggestion is looked for when the message is read: whenever Python imports a module from
    a package, it first asks the package for that name.
    """

    def __init__(self, package: str, name: str, names: "Callable[[], list[str]]") -> None:
        super().__init__(package, name, names)
        self.name = self.obj = None  # else Python's own traceback adds a suggestion to ours

    def __str__(self):
        from difflib import get_close_matches

        package, name, names = self.args
        near = get_close_matches(name, names(), n=1)
        remedy = f"did you mean {near[0]}?" if near else f"dir({package}) lists what it has"
        return f"{package} has no {name}: {remedy}"

    def _render_traceback_(self):
        """Return the lines that IPython prints for this error."""
        return [str(self)]


def lazily(package: str) -> "tuple[Callable[[str], Any], Callable[[], list[str]]]":
    """Return the ``__getattr__`` and the ``__dir__`` of a package, given its ``__name__``.

    >>> from helpers import jobs
    >>> jobs.normalise("Zürich"), "normalise" in dir(jobs)
    ('zurich', True)
    >>> jobs.normalize
    Traceback (most recent call last):
    ...
    helpers.lazy.UnknownName: helpers.jobs has no normalize: did you mean normalise?
    """
    table: dict[str, tuple[str, str]] = {}

    def names():
        table.update(table or _names_of(package))
        return sorted(table)

    def load(name):
        if name == "__all__":
            return names()
        if name.startswith("__"):
            raise UnknownName(package, name, names)
        from .interrupts import Interrupted, held

        try:
            with held():
                if name not in names():
                    raise UnknownName(package, name, names)
                return _loaded(package, name, *table[name])
        except KeyboardInterrupt:
            said = f"Stopped while {package} was loading: nothing is left running. Run it again."
            raise Interrupted(said) from None

    return load, names


def _loaded(package, name, module, attribute):
    from importlib import import_module

    found = getattr(import_module(module, package), attribute)
    setattr(sys.modules[package], name, found)
    return found


def _names_of(package):
    """Return the names that a package lists for editors: name -> module, and the name there."""
    import ast

    source = sys.modules[package].__loader__.get_source(package)
    listed = [
        statement
        for node in ast.parse(source).body
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for statement in node.body
    ]
    return {
        alias.asname or alias.name: ("." * one.level + one.module, alias.name)
        for one in listed
        if getattr(one, "level", 0)  # the package's own, and not what only its types need
        for alias in one.names
    }
