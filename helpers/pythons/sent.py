"""What came from another Python, made anew: what ``send`` packed. Nothing installed is needed.

It runs on Python 3.9.
"""

import importlib
import io
import os
import pickle
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

MODULE = "gil_lab_sent"  # the name of the module in which it stands
_ITEMS = "items.pickle"


class Lacking(Exception):
    """A module that this Python does not have."""


class Arrived(pickle.Unpickler):
    """Reads what another Python packed, in which a module may have a longer name."""

    def find_class(self, module_name: str, name: str) -> Any:
        """Return what a module calls by a name."""
        try:
            return super().find_class(module_name, name)
        except (ImportError, AttributeError):
            while "." in module_name:
                module_name = module_name.rpartition(".")[0]  # 3.13 has Path in pathlib._local
                found = getattr(sys.modules.get(module_name), name, None)
                if found is not None:
                    return found
            raise


def unpacked(data: bytes) -> Any:
    """Return the call that ``send.packed_for`` packed, after its module was made."""
    parcel = pickle.loads(data)
    if "text" in parcel:
        made = sys.modules[MODULE] = ModuleType(MODULE)
        vars(made)["_lab_values"] = parcel["values"]
        exec(compile(parcel["text"], "<sent>", "exec"), vars(made))
    return _read(parcel["call"])


def load(folder: str, path: "list[str]") -> "tuple[Callable[[list[Any]], list[Any]], list[Any]]":
    """Return the function that ``send.Sent`` wrote, from a sublist to a list, and its items.

    Modules of the reader's are looked for in ``path``, after this Python's own.
    """
    sys.path.insert(0, folder)
    sys.path.extend(one for one in path if one not in sys.path)
    try:
        work = importlib.import_module(MODULE)._lab_work
        return work, _read(_file(folder, _ITEMS))
    except ModuleNotFoundError as error:
        if error.name and "." not in error.name:
            raise Lacking(f"it lacks the package {error.name}: install it there") from error
        raise


def value(number: int) -> Any:
    """Return one of the values that came with the module."""
    made = sys.modules[MODULE]
    values = getattr(made, "_lab_values", None)
    if values is not None:
        return _read(values[number])
    return _read(_file(os.path.dirname(str(made.__file__)), f"{number}.pickle"))


def by_name(path: str) -> Any:
    """Return what the module calls by a name, such as "Point.norm"."""
    found: Any = sys.modules[MODULE]
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _file(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def _read(data):
    return Arrived(io.BytesIO(data)).load()
