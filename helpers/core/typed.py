"""Plain data, as JSON has it, becomes dataclasses, or one line says what is wrong with it."""

import dataclasses
import functools
import re
import sys
import types
import typing
from typing import Any

from ..errors import LabError, number, shown, whole

_SURROGATE = re.compile("[\ud800-\udfff]")  # no file and no chart can hold one
_AGAIN = "measure it again"
_hints = functools.cache(typing.get_type_hints)


def built(wanted: Any, value: Any, where: str) -> Any:
    """Return ``value`` as the type ``wanted``: a dataclass, or what its fields are annotated with.

    A field that is missing takes its default; lists become tuples where tuples are wanted. A
    LabError names the place, which begins with ``where``, of what is missing, unknown, of another
    type or out of range.
    """
    if dataclasses.is_dataclass(wanted):
        return _record(wanted, value, where)
    if wanted is float:
        return float(number(where, value, 0, sys.float_info.max, _AGAIN))
    if wanted is int:
        return whole(where, value, 0, 2**63 - 1, _AGAIN)
    if wanted in (str, bool):
        return _checked(wanted, value, where)
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is types.UnionType:  # such as int | None
        return None if value is None else built(arguments[0], value, where)
    if origin is dict:
        items = _checked(dict, value, where).items()
        of_key, of_value = arguments
        return {
            built(of_key, k, where): built(of_value, v, f"{where}.{shown(k, 20)}") for k, v in items
        }
    if not isinstance(value, list | tuple):
        raise LabError(f"{where} is a list, not {shown(value)}")
    return origin(built(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))


def _record(wanted, value, where):
    if isinstance(value, dict) and "schema" in value:  # a file's content within another's
        value = value.get(wanted.__name__.lower())
    fields = {field.name: field for field in dataclasses.fields(wanted)}
    for name in _checked(dict, value, where):
        if name not in fields:
            raise LabError(f"{where} has {shown(name)}, which is no part of it here")
    for name, field in fields.items():
        is_optional = field.default is not field.default_factory  # each is MISSING where unset
        if name not in value and not is_optional:
            raise LabError(f"{where} needs {name}")
    hints = _hints(wanted)
    return wanted(**{k: built(hints[k], v, f"{where}.{k}") for k, v in value.items()})


def _checked(wanted, value, where):
    if not isinstance(value, wanted):
        raise LabError(f"{where} is of type {wanted.__name__}, not {shown(value)}")
    if wanted is str and not value.isascii() and _SURROGATE.search(value):
        raise LabError(f"{where} is text, and half of a letter is none: {value!a:.40}")
    return value
