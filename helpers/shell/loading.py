"""What a reader names on the command line: a function in a module, a list in a file."""

import importlib.util
import os
import pkgutil
import sys
from collections.abc import Callable
from typing import Any

from ..errors import LabError, shown, told
from ..interrupts import is_interrupt


def load_callable(name: str) -> Callable[..., Any]:
    """Return the function that "module:function" names; modules are found from this folder on.

    Raises:
        LabError: there is no such module or function, or importing it fails.

    >>> load_callable("math:sqrt")(9)
    3.0
    """
    module, colon, path = name.partition(":")
    if not (module and colon and path):
        raise LabError(
            f"a function is named as MODULE:FUNCTION, not {shown(name)}: try random:random"
        )
    if module.endswith(".py"):
        named = f"{os.path.splitext(os.path.basename(module))[0]}:{path}"
        raise LabError(
            f"a function is named as MODULE:FUNCTION, not by a file as {shown(name)}: write "
            f"{shown(named)}, in the folder that holds it"
        )
    try:
        found = pkgutil.resolve_name(name)
    except BaseException as error:  # whatever the module does when it is imported
        if is_interrupt(error):
            raise
        raise LabError(
            f"{shown(name)} cannot be loaded ({told(error, 120)}): check "
            "its name, and run from the folder that holds the module"
        ) from error
    if not callable(found):
        raise LabError(f"{shown(name)} is {type(found).__name__}, not a function: name a function")
    return found


def load_items(name: str) -> Any:
    """Return the list that "FILE.py:NAME" names; where NAME is a function, what it returns.

    Raises:
        LabError: there is no such file or name, or running the file fails.
    """
    path, colon, attribute = name.rpartition(":")
    if not (colon and attribute.isidentifier() and path.endswith(".py")):
        raise LabError(f"items are named as FILE.py:NAME, not {shown(name)}: try jobs.py:items")
    if not os.path.isfile(path):
        raise LabError(f"there is no file {shown(path)}: give the path of the one with the items")
    try:
        found = getattr(_module(path), attribute)
        return found() if callable(found) else found
    except BaseException as error:  # whatever the file does when it is run
        if isinstance(error, LabError) or is_interrupt(error):
            raise
        raise LabError(
            f"{shown(name)} cannot be loaded ({told(error, 120)}): check "
            "the name, and run the file by itself"
        ) from error


def _module(path):
    """Return the module that a file makes."""
    folder, stem = os.path.split(os.path.abspath(path)[: -len(".py")])
    if "." in stem:  # to import, this would be a module in a package
        return _unnamed_module(stem, path)
    added = folder not in sys.path
    if added:  # workers get the same path: they can import what items are made of
        sys.path.insert(0, folder)
    module = importlib.import_module(stem)
    if os.path.samefile(getattr(module, "__file__", None) or os.devnull, path):
        return module
    if added:
        sys.path.remove(folder)  # workers would find the file in place of that module
    raise LabError(f"{shown(path)} has the name of another module, {stem}: rename the file")


def _unnamed_module(stem, path):
    """Return the module of a file that no import finds: what is defined there goes by value."""
    spec: Any = importlib.util.spec_from_file_location(stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module  # dataclasses look into it
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[stem]
    return module
