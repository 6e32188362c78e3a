"""A call, as bytes that another Python can make anew: by its module, or by its source.

What stands in a module goes by its name. What the reader wrote in a notebook or script has no
module there. In a Python of the same version it goes by value, as to a worker. Byte code of another
version would not run, so to all others a function or class goes as the text that it was written
as, with the names that it uses.
"""

import inspect
import io
import os
import pickle
import sys
import textwrap
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from ..core import by_value
from ..core.own_code import errors_ignored
from ..errors import LabError, told
from .find import Python, this_one
from .sent import by_name, module

_FOLDERS = ("site-packages", "dist-packages")  # of packages that were built for one Python


def packed_for(python: Python, call: Any, name: str) -> bytes:
    """Return a function, with all that it is called with, as bytes for ``sent.unpacked`` there.

    ``name`` is what a reader calls it.

    Raises:
        LabError: it cannot travel; the line says what keeps it here, and a remedy.
    """
    if is_alike(python):
        return pickle.dumps({"call": by_value.pack(call)})
    parcel = _Parcel(name)
    packed = parcel.pack(call)
    return pickle.dumps({"call": packed, "sources": parcel.sources, "names": parcel.names()})


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


class _Parcel:
    """What one call takes along: ``sources`` are texts by name, those that others need last."""

    def __init__(self, name: str) -> None:
        self.sources: dict[str, str] = {}
        self._name = name
        self._used: dict[str, Any] = {}  # by the names that these sources use
        self._packed: dict[str, bytes] = {}

    def pack(self, part: Any) -> bytes:
        file = io.BytesIO()
        try:
            _Packer(file, self).dump(part)
        except LabError:
            raise
        except Exception as error:  # whatever an object's own code raises
            raise LabError(
                f"another Python is sent what can be pickled, and {self._name} needs what cannot "
                f"({told(error, 80)}): make it inside the function"
            ) from error
        return file.getvalue()

    def names(self) -> dict[str, bytes]:
        """Return, packed, what the names that the sources use stand for."""
        while waiting := [name for name in self._used if name not in self._packed]:
            for name in waiting:
                self._packed[name] = self.pack(self._used[name])
        return self._packed

    def add(self, thing: Any) -> None:
        """Take along the text of a function or class that stands in no module."""
        if thing.__name__ in self.sources:
            return
        text = self.sources[thing.__name__] = _source(thing)
        there = getattr(thing, "__globals__", None) or vars(sys.modules[thing.__module__])
        for name in by_value.global_names(compile(text, "<sent>", "exec")):
            if name in there and not name.startswith("__"):
                self._used.setdefault(name, there[name])


class _Packer(pickle.Pickler):
    """Pickle, but for modules, and for functions and classes that stand in no module."""

    def __init__(self, file: io.BytesIO, parcel: _Parcel) -> None:
        super().__init__(file, 4)
        self._parcel = parcel

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, ModuleType):
            return module, (value.__name__,)
        if isinstance(value, FunctionType | type) and not by_value.stands_in_a_module(value):
            self._parcel.add(value)
            return by_name, (value.__name__,)
        return NotImplemented


def _source(thing: Callable[..., Any] | type) -> str:
    """Return the text of a function or class that can be run by itself."""
    closed_in = getattr(thing, "__closure__", None)
    text = ""
    with errors_ignored():  # there is none, as behind the prompt of an old Python
        text = textwrap.dedent(inspect.getsource(thing))
    if closed_in or not text.lstrip().startswith(("def ", "class ", "@", "async def ")):
        raise LabError(
            f"another version of Python is sent the text of a function, and {thing.__qualname__} "
            f"{'uses names of the function around it' if closed_in else 'has none of its own'}: "
            "write it with def, at the left of a cell or in a module"
        )
    return text
