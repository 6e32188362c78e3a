"""What a reader names on the command line: a function in a module, a list in a file."""

import contextlib
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import LabError, shown


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
    try:
        found = pkgutil.resolve_name(name)
    except (Exception, SystemExit) as error:  # whatever the module does when it is imported
        raise LabError(
            f"{shown(name)} cannot be loaded ({type(error).__name__}: {shown(error, 120)}): check "
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
    folder, stem = os.path.split(os.path.abspath(path)[: -len(".py")])
    if not os.path.isfile(path):
        raise LabError(f"there is no file {shown(path)}: give the path of the one with the items")
    added = folder not in sys.path
    if added:  # workers get the same path: they can import what items are made of
        sys.path.insert(0, folder)
    try:
        module = importlib.import_module(stem)
        same_file = os.path.samefile(getattr(module, "__file__", None) or os.devnull, path)
        found = getattr(module, attribute) if same_file else None
        items = found() if callable(found) else found
    except (Exception, SystemExit) as error:  # whatever the file does when it is run
        raise LabError(
            f"{shown(name)} cannot be loaded ({type(error).__name__}: {shown(error, 120)}): check "
            "the name, and run the file by itself"
        ) from error
    if not same_file:
        if added:
            sys.path.remove(folder)  # workers would find the file in place of that module
        raise LabError(f"{shown(path)} has the name of another module, {stem}: rename the file")
    return items


@contextlib.contextmanager
def output_to_stderr() -> Iterator[None]:
    """Let what a reader's function prints, in whatever process, go where errors go."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
