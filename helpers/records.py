"""Results to and from JSON files, each with its machine and date."""

import contextlib
import dataclasses
import json
import os
import re
import sys
import types
import typing
import uuid
from pathlib import Path

from .errors import LabError, shown
from .measure.runs import Result

SCHEMA = "gil-lab-result"
VERSION = 1
MAX_BYTES = 20_000_000
_DATA = Path(__file__).resolve().parents[1] / "data"
RECORDINGS = _DATA / "recordings"  # measured by the authors, part of the project
# Measured by the reader, not part of the project; the variable names another folder.
RESULTS = Path(os.environ.get("GIL_LAB_RESULTS") or _DATA / "results")


def save(result, path=None):
    """Write a ``Result`` to a JSON file and return its Path.

    Args:
        result: what to save.
        path: the file; when None, one in ``data/results`` named after the job and the date.
            A file that exists is replaced only when the new one is whole.

    Raises:
        LabError: the folder cannot be written to.
    """
    if path is None:
        stamp = result.made.replace(":", "").replace("+0000", "Z").replace("-", "")
        # A job of the reader's own, or a file from elsewhere, may hold any name.
        path = RESULTS / re.sub(r"[^\w.-]+", "-", f"{result.job}-{stamp}.json")
    path = Path(path)
    text = json.dumps(to_dict(result), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not by tempfile: its files are for their owner only, and a class shares results.
        temporary = path.parent / f".saving-{uuid.uuid4().hex}.json"
        try:
            temporary.write_text(text + "\n", encoding="utf-8")
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise LabError(
            f"results are saved in a folder that can be written to, and {path.parent} cannot "
            f"({error.strerror or error}): give save() another path"
        ) from error
    return path


def load(path):
    """Return the ``Result`` that a file holds.

    The file is data only: nothing in it is executed.

    Raises:
        LabError: there is no such file, or it is not a whole result of this version.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LabError(
                f"a result file has at most {MAX_BYTES:,} bytes, and {path.name} has "
                f"{path.stat().st_size:,}: look whether it is the right file"
            )
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except OSError as error:
        raise LabError(
            f"{path.name} cannot be read ({error.strerror or error}): check its name and folder"
        ) from error
    except (ValueError, RecursionError) as error:
        raise LabError(
            f"{path.name} is not a whole JSON file ({shown(error, 80)}): save or copy it again"
        ) from error
    return from_dict(data, path.name)


def load_recording(job):
    """Return the recorded ``Result`` for a job from the most usable CPUs, None when none is there.

    >>> load_recording("no such job") is None
    True
    """
    found = [load(path) for path in sorted(RECORDINGS.glob("*.json"))]
    fitting = [result for result in found if result.job == job]
    return max(fitting, key=lambda result: result.machine.usable_cpus, default=None)


def to_dict(result):
    """Return a ``Result`` as plain dicts, lists, numbers and strings, for JSON."""
    return {"schema": SCHEMA, "version": VERSION, "result": dataclasses.asdict(result)}


def from_dict(data, name="the file"):
    """Return the ``Result`` that ``to_dict`` gave ``data`` for; ``name`` is for the error.

    Raises:
        LabError: something is missing, too much, of another type or out of range.
    """
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise LabError(f"{name} is not a result of GIL Lab: choose a file that save() wrote")
    if data.get("version") != VERSION:
        raise LabError(
            f"results of version {VERSION} can be read here, and {name} is of version "
            f"{shown(data.get('version'), 20)}: measure again, or use the GIL Lab that wrote it"
        )
    try:
        return _build(Result, data.get("result"), "result")
    except (LabError, RecursionError) as error:
        raise LabError(f"{name} is damaged: {shown(error, 200)}: save or copy it again") from error


def _no_constant(name):
    raise ValueError(f"{name} is not a number")


def _build(wanted, value, where):
    """Return ``value``, read from JSON, as the type ``wanted``; raise a LabError if it is not."""
    if dataclasses.is_dataclass(wanted):
        hints = typing.get_type_hints(wanted)
        if not isinstance(value, dict) or value.keys() != hints.keys():
            raise LabError(f"{where} needs {', '.join(hints)}")
        return wanted(**{k: _build(hint, value[k], f"{where}.{k}") for k, hint in hints.items()})
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is tuple:
        if not isinstance(value, list | tuple):  # JSON has lists, to_dict leaves tuples
            raise LabError(f"{where} is a list")
        return tuple(_build(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is types.UnionType:  # such as int | None
        return None if value is None else _build(arguments[0], value, where)
    if wanted is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise LabError(f"{where} is a number, not {shown(value)}")
        if not 0 <= value <= sys.float_info.max:
            raise LabError(f"{where} is 0 or more, not {shown(value)}")
        return float(value)
    if wanted is int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
            raise LabError(f"{where} is a whole number, not {shown(value)}")
        return value
    if origin is dict:
        if not isinstance(value, dict):
            raise LabError(f"{where} is a dictionary")
        return {k: _build(arguments[1], v, f"{where}.{shown(k, 20)}") for k, v in value.items()}
    if not isinstance(value, wanted):
        raise LabError(f"{where} is of type {wanted.__name__}, not {shown(value)}")
    return value
