"""Results to and from JSON files, each with its machine and date."""

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import re
import sys
import types
import typing
import uuid
from pathlib import Path

from ..errors import LabError, number, shown, whole
from ..pythons.price import Price
from .runs import Result
from .side_by_side import RecordedPairs

SCHEMA = "gil-lab-result"
VERSION = 1
MAX_BYTES = 20_000_000
MAX_FILES = 5_000  # of a folder; a class has a few hundred
_MAX_KINDS, _MAX_WORKERS, _MAX_SPEED_UP = 20, 1024, 10_000  # past them no machine was measured
_DATA = Path(__file__).resolve().parents[2] / "data"
RECORDINGS = _DATA / "recordings"  # measured by the authors, part of the project
ERAS = RECORDINGS / "eras"  # one Python each: python -m helpers author eras --record
PRICE = RECORDINGS / "price" / "price.json"  # python -m helpers author eras --record, too
PAIRS = RECORDINGS / "pairs"  # python -m helpers author pairs
# Measured by the reader, not part of the project; the variable names another folder.
RESULTS = Path(os.environ.get("GIL_LAB_RESULTS") or _DATA / "results")


def save(result, path=None):
    """Write a ``Result`` to a JSON file and return its Path.

    Args:
        result: what to save.
        path: the file; when None, one in ``data/results`` named after the job, the date and
            its content, so that the files of a whole class can lie in one folder. A file that
            exists is replaced only when the new one is whole.

    A result that would be too large to load, after thousands of runs, is saved without its spans,
    which no speed-up needs.

    Raises:
        LabError: the folder cannot be written to, or even so it is too large.
    """
    text = _as_text(result)
    if _n_bytes(text) > MAX_BYTES:
        text = _as_text(without_spans(result))
    if _n_bytes(text) > MAX_BYTES:
        raise LabError(
            f"a result file has at most {MAX_BYTES:,} bytes, and {len(result.runs):,} runs need "
            f"{_n_bytes(text):,}: measure fewer rounds"
        )
    if path is None:
        stamp = result.made.replace(":", "").replace("+0000", "Z").replace("-", "")
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:6]
        # A job of the reader's own, or a file from elsewhere, may hold any name.
        path = RESULTS / re.sub(r"[^\w.-]+", "-", f"{result.job}-{stamp}-{digest}.json")
    write_text(path, text)
    return Path(path)


def _as_text(result):
    data = to_dict(result)
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _n_bytes(text):
    return len(text.encode("utf-8", "surrogatepass"))


def write_text(path, text):
    """Write a text to a file, which is whole or, after any error, as it was before.

    Raises:
        LabError: the folder cannot be written to.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not by tempfile: its files are for their owner only, and a class shares results.
        temporary = path.parent / f".saving-{uuid.uuid4().hex}.json"
        try:
            temporary.write_text(text, encoding="utf-8")
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


def load(path):
    """Return the ``Result`` that a file holds.

    The file is data only: nothing in it is executed.

    Raises:
        LabError: there is no such file, or it is not a whole result of this version.
    """
    path = Path(path)
    try:
        if not path.is_file():  # a pipe, for one, would keep its reader waiting
            raise LabError(f"{path.name} cannot be read (no such file): check its name and folder")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
            n_bytes = os.fstat(file.fileno()).st_size
    except (OSError, ValueError) as error:  # a name with a null byte is no name
        raise LabError(
            f"{path.name} cannot be read ({getattr(error, 'strerror', error)}): check its name "
            "and folder"
        ) from error
    return parse(content, path.name, n_bytes)


def parse(content, name="the file", n_bytes=None):
    """Return the ``Result`` in the bytes of a file called ``name``; nothing in it is executed.

    Raises:
        LabError: it is not a whole result of this version.
    """
    n_bytes = max(len(content), n_bytes or 0)
    if n_bytes > MAX_BYTES:
        raise LabError(
            f"a result file has at most {MAX_BYTES:,} bytes, and {name} has {n_bytes:,}: look "
            "whether it is the right file"
        )
    try:
        data = json.loads(content.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise LabError(
            f"{name} is not a whole JSON file ({shown(error, 80)}): save or copy it again"
        ) from error
    return from_dict(data, name)


def check_plausible(result, name="the file"):
    """Return a ``Result`` of which any machine could be the source; raise a LabError if not.

    A file from somebody else may hold a million kinds of pool: no chart has room for them.
    """
    kinds = result.kinds
    odd = [kind for kind in kinds if not re.fullmatch(r"[a-z][a-z0-9.-]{0,39}", kind)]
    if odd or len(kinds) > _MAX_KINDS:
        raise LabError(
            f"{name} has kinds of pool that GIL Lab does not have, such as "
            f"{shown((odd or kinds)[0], 40)}: choose one of those that the notebooks save"
        )
    n_workers = max([run.n_workers for run in result.runs] + [result.prediction_n_workers])
    if n_workers > _MAX_WORKERS:
        raise LabError(
            f"{name} tells of {shown(n_workers)} workers, and {_MAX_WORKERS} are the most that "
            "is believed: choose another file"
        )
    claimed = [s for point in result.points() for s in point.speed_ups]
    top = max([*claimed, *result.prediction.values(), result.capacity.at(n_workers)])
    if top > _MAX_SPEED_UP:
        raise LabError(
            f"{name} tells of a speed-up of {top:.3g}, and {_MAX_SPEED_UP:,} is the most that is "
            "believed: choose another file"
        )
    return result


@dataclasses.dataclass(frozen=True)
class Saved:
    """What a folder holds: a dict from a file's name to its ``Result``, oldest first, and one
    from the name of each file that was refused to the reason, in one line."""

    results: dict
    refused: dict


def existing_folder(folder):
    """Return the Path of a folder that is there; raise a LabError when it is not."""
    text = str(folder).strip().strip("\"'")  # Windows copies a path in quotes
    path = Path(text or "no name").expanduser()
    try:
        there = path.is_dir()
    except (OSError, ValueError):  # too long, or with a null byte
        there = False
    if not there:
        where = "" if path.is_absolute() else f" in {Path.cwd()}"
        raise LabError(f"there is no folder {shown(str(folder))}{where}: give its whole path")
    return path


def without_spans(result):
    """Return a ``Result`` whose runs have no spans, the most of its size."""
    runs = tuple(dataclasses.replace(run, spans=()) for run in result.runs)
    return dataclasses.replace(result, runs=runs)


def load_folder(folder=None, *, spans=True):
    """Return the ``Saved`` results of a folder and of the folders in it, one level deep.

    Args:
        folder: ``data/results`` when None. One that does not exist holds nothing.
        spans: whether runs keep their spans; a thousand results without them fit in memory.

    Raises:
        LabError: the folder cannot be read.

    >>> load_folder("no such folder")
    Saved(results={}, refused={})
    """
    folder = Path(RESULTS if folder is None else folder)
    return _read_all(folder, ["*.json", "*/*.json"], spans)


def _read_all(folder, patterns, spans):
    found, refused = {}, {}
    try:
        paths = sorted({path for pattern in patterns for path in folder.glob(pattern)})
    except (OSError, ValueError) as error:
        raise LabError(
            f"{shown(str(folder))} cannot be read ({error}): name a folder with result files"
        ) from error
    paths = [path for path in paths if not path.name.startswith(".")]
    for path in paths[:MAX_FILES]:
        name = path.relative_to(folder).as_posix()
        try:
            result = check_plausible(load(path), path.name)
            found[name] = result if spans else without_spans(result)
        except LabError as error:
            refused[name] = str(error)
    if len(paths) > MAX_FILES:
        refused[f"{len(paths) - MAX_FILES:,} more files"] = (
            f"a folder is read up to {MAX_FILES:,} files: take some of them out"
        )
    return Saved(dict(sorted(found.items(), key=lambda item: item[1].made)), refused)


def load_recording(job):
    """Return the recorded ``Result`` for a job from the most usable CPUs, None when none is there.

    >>> load_recording("no such job") is None
    True
    """
    # A recording that is damaged is no reason to measure nothing; a test holds that all are whole.
    recorded = _read_all(Path(RECORDINGS), ["*.json"], spans=True).results.values()
    fitting = [result for result in recorded if result.job == job]
    return max(fitting, key=lambda result: result.machine.usable_cpus, default=None)


def load_eras(job="strings"):
    """Return the recorded ``Result`` of a job in each Python that the authors had: a list.

    >>> all(result.job == "strings" for result in load_eras())
    True
    """
    found = [load(path) for path in sorted(ERAS.glob("*.json"))]
    return [result for result in found if result.job == job]


def save_price(price):
    """Keep a ``helpers.pythons.price.Price`` as the project's recording of it."""
    PRICE.write_text(json.dumps(dataclasses.asdict(price), indent=1) + "\n", encoding="utf-8")


def load_price():
    """Return the recorded ``Price`` of doing without the lock.

    >>> load_price().slow_down > 0
    True
    """
    return _build(Price, json.loads(PRICE.read_text(encoding="utf-8")), "price")


def save_pairs(name, recorded):
    """Keep a ``RecordedPairs`` as the project's recording of that name."""
    text = json.dumps(dataclasses.asdict(recorded), ensure_ascii=False, allow_nan=False)
    write_text(PAIRS / f"{name}.json", text + "\n")


def load_pairs(name):
    """Return the project's ``RecordedPairs`` of that name; None when no whole one is there.

    >>> load_pairs("no such jobs") is None
    True
    """
    # A recording that is missing or damaged is no reason to measure nothing; a test holds that all
    # are whole.
    with contextlib.suppress(OSError, ValueError, RecursionError, LabError):
        text = (PAIRS / f"{name}.json").read_text(encoding="utf-8")
        return _build(RecordedPairs, json.loads(text), name)
    return None


def to_dict(result):
    """Return a ``Result`` as plain dicts, lists, numbers and strings, for JSON."""
    return {"schema": SCHEMA, "version": VERSION, "result": dataclasses.asdict(result)}


def from_dict(data, name="the file"):
    """Return the ``Result`` that ``to_dict`` gave ``data`` for; ``name`` is for the error.

    Raises:
        LabError: something is missing, too much, of another type or out of range.
    """
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise LabError(
            f"{name} is not a result of GIL Lab: choose one of those that the notebooks save"
        )
    if data.get("version") != VERSION:
        raise LabError(
            f"results of version {VERSION} can be read here, and {name} is of version "
            f"{shown(data.get('version'), 20)}: measure again, or use the GIL Lab that wrote it"
        )
    try:
        return _build(Result, data.get("result"), "result")
    except (LabError, RecursionError) as error:
        raise LabError(f"{name} is damaged: {shown(error, 200)}: save or copy it again") from error


_SURROGATE = re.compile("[\ud800-\udfff]")  # no file and no chart can hold one


def _no_constant(name):
    raise ValueError(f"{name} is not a number")


_hints = functools.cache(typing.get_type_hints)


def _build(wanted, value, where):
    """Return ``value``, read from JSON, as the type ``wanted``; raise a LabError if it is not."""
    if wanted is float:
        return float(number(where, value, 0, sys.float_info.max, "measure it again"))
    if wanted is int:
        return whole(where, value, 0, 2**63 - 1, "measure it again")
    if wanted in (str, bool):
        if not isinstance(value, wanted):
            raise LabError(f"{where} is of type {wanted.__name__}, not {shown(value)}")
        if wanted is str and not value.isascii() and _SURROGATE.search(value):
            raise LabError(f"{where} is text, and half of a letter is none: {value!a:.40}")
        return value
    if dataclasses.is_dataclass(wanted):
        hints = _hints(wanted)
        if not isinstance(value, dict) or value.keys() != hints.keys():
            raise LabError(f"{where} needs {', '.join(hints)}")
        return wanted(**{k: _build(hint, value[k], f"{where}.{k}") for k, hint in hints.items()})
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is types.UnionType:  # such as int | None
        return None if value is None else _build(arguments[0], value, where)
    if origin is tuple:
        if not isinstance(value, list | tuple):  # JSON has lists, to_dict leaves tuples
            raise LabError(f"{where} is a list")
        return tuple(_build(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if not isinstance(value, dict):  # the only other type that a result has
        raise LabError(f"{where} is a dictionary")
    of_key, of_value = arguments
    return {
        _build(of_key, k, where): _build(of_value, v, f"{where}.{shown(k, 20)}")
        for k, v in value.items()
    }
