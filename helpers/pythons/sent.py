"""What came from another Python, made anew: what ``send`` packed. Nothing installed is needed."""

import contextlib
import importlib
import pickle
from types import ModuleType
from typing import Any

_here: dict[str, Any] = {"__name__": "__main__"}  # where the texts run, as in a notebook


def unpacked(data: bytes) -> Any:
    """Return the call that ``send.packed_for`` packed, after its texts have run."""
    parcel = pickle.loads(data)
    names = parcel.get("names", {})
    for name in names:
        with contextlib.suppress(KeyError):  # it is made of something whose text has not run yet
            _here[name] = pickle.loads(names[name])
    for text in reversed(parcel.get("sources", {}).values()):  # what others need came last
        exec(compile(text, "<sent>", "exec"), _here)
    for name in names.keys() - _here.keys():
        _here[name] = pickle.loads(names[name])
    return pickle.loads(parcel["call"])


def by_name(name: str) -> Any:
    """Return the function or class of that name, of those whose text came."""
    return _here[name]


def module(name: str) -> ModuleType:
    """Return a module, imported."""
    return importlib.import_module(name)
