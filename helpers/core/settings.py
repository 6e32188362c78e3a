"""Settings that belong to one process or one thread, so that a worker has its own.

Workers import this module, so it imports little.
"""

import os
import sys
import threading
from contextlib import ExitStack, suppress
from importlib import import_module

from .reach import reach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


_OURS = "GIL_LAB_"  # begins what this package itself gives its workers


def _environment():
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}


def _set_environment(value):
    for name in _environment().keys() - value.keys():
        del os.environ[name]
    os.environ.update(value)


def _decimal_context():
    now = import_module("decimal").getcontext()
    traps = sorted(signal.__name__ for signal, is_set in now.traps.items() if is_set)
    return [now.prec, now.rounding, now.Emin, now.Emax, now.capitals, now.clamp, traps]


def _set_decimal_context(value):
    decimal = import_module("decimal")
    *plain, traps = value
    traps = [getattr(decimal, name) for name in traps]
    decimal.setcontext(decimal.Context(*plain, [], traps))


def _filters():
    return list(import_module("warnings").filters)


def _set_filters(value):
    warnings = import_module("warnings")
    warnings.resetwarnings()
    warnings.filters[:] = value


def _locale():
    locale = import_module("locale")
    return locale.setlocale(locale.LC_ALL)


def _set_locale(value):
    locale = import_module("locale")
    locale.setlocale(locale.LC_ALL, value)


def _of_numpy(getter, setter):
    read = lambda: getattr(import_module("numpy"), getter)()  # noqa: E731
    return read, lambda value: getattr(import_module("numpy"), setter)(**value)


def _of_path(value):
    sys.path[:] = value


ENVIRONMENT = ("os", "the environment")
#: How each is read and set, by the module that must have been imported for it, and its name.
SETTINGS: "dict[tuple[str, str], tuple[Callable[[], Any], Callable[[Any], Any]]]" = {
    ("decimal", "the decimal context"): (_decimal_context, _set_decimal_context),
    ("numpy", "numpy.errstate"): _of_numpy("geterr", "seterr"),
    ("numpy", "numpy.printoptions"): _of_numpy("get_printoptions", "set_printoptions"),
    ("sys", "the recursion limit"): (sys.getrecursionlimit, sys.setrecursionlimit),
    ("sys", "the limit of digits"): (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    ("locale", "the locale"): (_locale, _set_locale),
    ENVIRONMENT: (_environment, _set_environment),
    ("os", "the current folder"): (os.getcwd, os.chdir),
    ("sys", "sys.path"): (lambda: list(sys.path), _of_path),
    ("warnings", "the filter of warnings"): (_filters, _set_filters),
}


def known_here() -> list[tuple[str, str]]:
    """Return the keys of the settings that count in this process."""
    return [key for key in SETTINGS if key[0] in sys.modules]


def look(
    keys: "list[tuple[str, str]]", function: "Any", limit_s: float = 0.5
) -> "tuple[dict[tuple[str, str], Any], dict[str, Any], dict[str, str]]":
    """Return settings, what a function reaches, and who thread and process are, all of here."""
    identity = {
        "the hash seed": str(hash("what tells it from another")),
        "the number of its process": str(os.getpid()),
        "the number of its thread": str(threading.get_ident()),
        "the name of its thread": threading.current_thread().name,
    }
    if "multiprocessing.process" in sys.modules:
        process = sys.modules["multiprocessing.process"].current_process()
        identity["the name of its process"] = process.name
    found = {}
    for key in keys:
        with suppress(Exception):  # a module that cannot be imported in an interpreter
            found[key] = SETTINGS[key][0]()
    return found, reach(function, limit_s).places, identity


def trial(
    settings: "dict[tuple[str, str], Any]", function: "Any", items: "list[Any]"
) -> "tuple[list[Any] | None, str]":
    """Return what ``function`` gives for the items under some settings, or (None, its error)."""
    with ExitStack() as stack:
        for key, value in settings.items():
            read, write = SETTINGS[key]
            stack.callback(write, read())
            write(value)
        try:
            return function(items), ""
        except BaseException as error:  # an extension's may derive from nothing else
            return None, type(error).__name__
