"""What was measured, to and from JSON files: each with its machine and date, and a version."""

import base64
import contextlib
import dataclasses
import datetime
import hashlib
import json
import os
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from ..errors import LabError, check_text, shown, told
from ..units import counted
from .host import LOST, host
from .job import Job
from .runs import Result
from .typed import built

T = TypeVar("T")
VERSION = 1
#: (type in lower case, version) -> a function of the data of that version that returns the next's.
UPGRADES: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
MAX_BYTES = 20_000_000
_OTHERS = "choose one of those that the notebooks save"
_DATA = Path(__file__).resolve().parents[2] / "data"
RECORDINGS = _DATA / "recordings"  # measured by the authors, part of the project


def results_folder(data: Path = _DATA) -> tuple[Path, bool]:
    """Return where a reader's results are saved, and whether that folder is lent for a session.

    The environment variable GIL_LAB_RESULTS names it. Otherwise it is ``data/results``; where that
    cannot be written to, as on a hub whose files are for reading only, one of the system's for
    files that are needed for a while.
    """
    if named := os.environ.get("GIL_LAB_RESULTS"):
        return Path(named), False
    own = data / "results"
    if os.access(own if own.exists() else data, os.W_OK):
        return own, False
    import tempfile

    user = os.getuid() if hasattr(os, "getuid") else 0
    return Path(tempfile.gettempdir(), f"gil-lab-results-{user}"), True


RESULTS, _IS_LENT = results_folder()  # measured by the reader, not part of the project


# --- Into a file ---------------------------------------------------------------------


def save(found: Any, path: str | Path | None = None) -> Path:
    """Write a ``Result``, or another dataclass, to a JSON file and return its Path.

    Without a ``path`` it is one in ``data/results`` named after the job, the date and its content,
    so that the files of a whole class can lie in one folder. A result that would be too large to
    load is saved without its spans, which no speed-up needs.
    """
    text = _as_text(found)
    if len(text) > MAX_BYTES and isinstance(found, Result):
        text = _as_text(without_spans(found))
    if len(text) > MAX_BYTES:
        most = f"a result file has at most {MAX_BYTES:,} bytes"
        raise LabError(f"{most}, and this one needs {len(text):,}: measure fewer rounds")
    path = Path(RESULTS / _name(found, text) if path is None else path)
    write(path, text)
    return path


def save_beside(found: Result, folder: Path) -> Path:
    """Write a ``Result`` from elsewhere into a folder, beside whatever is there, as ``save`` does.

    Its name is computed from what it holds. One that somebody made to have the name of another is
    given a longer one.
    """
    path = folder / _name(found, _as_text(found))
    while path.exists():
        path = path.with_name(f"{path.stem}-{uuid.uuid4().hex[:6]}.json")
    return save(found, path)


def _name(found, text):
    stamp = found.made.replace(":", "").replace("+0000", "Z").replace("-", "")
    digest = hashlib.sha256(text).hexdigest()[:6]
    # A job of the reader's own, or a file from elsewhere, may hold any name.
    return re.sub(r"[^\w.-]+", "-", f"{found.job:.50}-{stamp}-{digest}.json")


def to_dict(found: Any) -> dict[str, Any]:
    """Return a dataclass as plain dicts, lists, numbers and strings, with its version."""
    name = type(found).__name__.lower()
    return {"schema": f"gil-lab-{name}", "version": VERSION, name: dataclasses.asdict(found)}


def _as_text(found):
    text = json.dumps(to_dict(found), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"{text}\n".encode("utf-8", "surrogatepass")


def write(path: str | Path, content: bytes) -> None:
    """Write bytes to a file, which is whole or, after any error, as it was before."""
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not by tempfile: its files are for their owner only, and a class shares results.
        temporary = path.parent / f".saving-{uuid.uuid4().hex}.json"
        try:
            temporary.write_bytes(content)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        if path.is_dir():
            raise LabError(
                f"a result is saved in a file, and {path} is a folder: add the name of the file"
            ) from error
        raise LabError(
            f"results are saved in a folder that can be written to, and {path.parent} cannot "
            f"({error.strerror or error}): give save() another path"
        ) from error


def without_spans(result: Result) -> Result:
    """Return a ``Result`` whose runs have no spans, the most of its size."""
    runs = tuple(dataclasses.replace(run, spans=()) for run in result.runs)
    return dataclasses.replace(result, runs=runs)


# --- Out of a file -------------------------------------------------------------------


def load_as(wanted: type[T], path: str | Path) -> T:
    """Return what a file holds, as a dataclass such as ``Result``.

    The file is data only: nothing in it is executed. What it lacks takes its default, and what
    an older version wrote is brought up to this one. A LabError refuses a file that is damaged or
    no such thing, that a newer version wrote, or that tells of what no machine can have measured.
    """
    path = Path(path)
    name = _as_words(path.name)
    try:
        if not path.is_file():  # a pipe, for one, would keep its reader waiting
            raise FileNotFoundError("no such file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        why = error.strerror or error
        raise LabError(f"{name} cannot be read ({why}): check its name and folder") from error
    return parse_as(wanted, content, name)


def _as_words(name):
    # Systems allow names of files that are no text; each stays another than the others.
    return name.encode("utf-8", "backslashreplace").decode()


def parse_as(wanted: type[T], content: bytes, name: str = "the file") -> T:
    """Return the same of the bytes of a file; ``name`` is for the errors of ``load_as``."""
    if len(content) > MAX_BYTES:
        most = f"a result file has at most {MAX_BYTES:,} bytes"
        raise LabError(f"{most}, and {name} has more: look whether it is the right file")
    try:
        text = content.decode("utf-8-sig")  # some editors of Windows begin a file with a mark
        data = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        why = shown(error, 80)
        raise LabError(f"{name} is not a whole JSON file ({why}): save or copy it again") from error
    found = from_dict(wanted, data, name)
    if isinstance(found, Result):
        _check_plausible(found, name)
    return found


def from_dict(wanted: type[T], data: Any, name: str = "the file") -> T:
    """Return what ``to_dict`` gave ``data`` for, plausible or not; errors as of ``load_as``."""
    kind = wanted.__name__.lower()
    if isinstance(data, dict) and wanted is not Result and "schema" not in data:
        data = {"schema": f"gil-lab-{kind}", "version": 1, kind: data}  # as recordings once were
    if not isinstance(data, dict) or data.get("schema") != f"gil-lab-{kind}":
        raise LabError(f"{name} is not a {kind} of GIL Lab: {_OTHERS}")
    version: Any = data.get("version")
    content: Any = data.get(kind)
    while version != VERSION:
        upgrade = UPGRADES.get((kind, version)) if type(version) is int else None
        if upgrade is None:
            raise LabError(
                f"{name} is of version {shown(version, 20)}, and this GIL Lab reads version "
                f"{VERSION}: get the newest GIL Lab, or open it with the one that saved it"
            )
        content, version = upgrade(content), version + 1
    try:
        return built(wanted, content, kind)
    except (LabError, RecursionError) as error:
        raise LabError(f"{name} is damaged: {shown(error, 200)}: save or copy it again") from error


def _no_constant(name):
    raise ValueError(f"{name} is not a number")


def _each_once(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


# --- What can have been measured -----------------------------------------------------


def _check_plausible(result, name):
    """Raise a LabError for a ``Result`` of which no machine can be the source.

    A file from somebody else may hold a million kinds of pool: no chart has room for them.
    """
    odd = [kind for kind in result.kinds if not re.fullmatch(r"[a-z][a-z0-9.-]{0,39}", kind)]
    if odd:
        such = f"kinds of pool that GIL Lab does not have, such as {shown(odd[0], 40)}"
        raise LabError(f"{name} has {such}: {_OTHERS}")
    try:
        datetime.datetime.fromisoformat(result.made)
    except ValueError as error:
        raise LabError(
            f"{name} was made at a date and time in ISO 8601, not at {shown(result.made, 40)}: "
            f"{_OTHERS}"
        ) from error
    for what, value, most in _extremes(result):
        if value > most:
            most_said = f"{most:,} is the most that is believed: choose another file"
            raise LabError(f"{name} tells of {shown(value, 20)} {what}, and {most_said}")


def _extremes(result: Result) -> Iterator[tuple[str, float, float]]:
    """Yield (what, the most of it in a result, the most that is believed)."""
    runs, counts = result.runs, result.capacity.n_threads
    yield "kinds of pool", max(len(result.kinds), len(result.prediction)), 20
    curves = Counter((run.kind, run.n_workers) for run in runs)
    yield "points of its curves", len(curves), 1000
    yield "runs", len(runs), 50_000
    yield "rounds", max(curves.values(), default=0), 1001  # one of them the warm-up
    yield "points of capacity", len(counts), 100
    looks = map(len, (*result.capacity.ratios, result.capacity.core_shares))
    yield "looks at the capacity", max(looks), 2000  # one after each round, at most
    yield "start methods", len(result.machine.start_methods), 20
    yield "workers", max([result.prediction_n_workers, *counts, *(r.n_workers for r in runs)]), 1024
    times_s = [s for r in runs for s in (r.wall_s, r.startup_s, r.cpu_s, r.other_cpu_s)]
    yield "seconds", max(times_s, default=0), 1e8
    texts = [t for part in (result, result.machine) for t in vars(part).values()]
    texts += result.machine.start_methods
    yield "letters in a name", max(len(text) for text in texts if isinstance(text, str)), 1000
    claimed = [s for point in result.points() for s in point.speed_ups]
    claimed += [*result.prediction.values(), *map(max, result.capacity.ratios)]
    yield "times as fast", max([*claimed, *result.capacity.core_shares]), 10_000


# --- A folder of files ---------------------------------------------------------------


@dataclasses.dataclass(frozen=True, repr=False)
class Saved:
    """What a folder holds: a dict from a file's name to its ``Result``, oldest first, and one
    from the name of each file that was refused to the reason, in one line.

    A notebook shows how many there are, what becomes of them on this host, and a link that
    downloads them all as one file.
    """

    results: dict[str, Result]
    refused: dict[str, str]
    folder: Path

    def __repr__(self) -> str:
        if not self.results:
            return "Nothing is saved yet."
        where = "data/results" if self.folder == _DATA / "results" else str(self.folder)
        n = len(self.results)
        saved = f"{counted(n, 'result')} {'is' if n == 1 else 'are'} saved in {where}."
        lent = _IS_LENT and self.folder == RESULTS
        return f"{saved} {LOST if lent else host().kept}"

    def _repr_html_(self):
        said = f"<p>{escape(repr(self))}</p>"
        if not self.results:
            return said
        from .parcel import MOST_BYTES, NAME, packed

        try:
            file = packed(self.folder, list(self.results))
        except OSError as error:  # somebody has taken one away since
            return f"{said}<p>{escape(told(error, 100))}: run this cell again.</p>"
        if len(file) > MOST_BYTES:
            return f"{said}<p>They are too large for one link: download the folder itself.</p>"
        # The file stands in the link, so it needs no server and works behind every proxy.
        link = f"data:application/zip;base64,{base64.b64encode(file).decode()}"
        return (
            f'{said}<p><a download="{NAME}" href="{link}"><b>Download all as one file</b></a></p>'
        )


def saved(folder: str | Path | None = None, *, spans: bool = True) -> Saved:
    """Return the ``Saved`` results of a folder and of the folders in it, one level deep.

    Args:
        folder: ``data/results`` when None. One that does not exist holds nothing.
        spans: whether runs keep their spans; a thousand results without them fit in memory.

    Raises:
        LabError: the folder cannot be read.
    """
    if not (folder is None or isinstance(folder, str | Path)):
        raise LabError(f"a folder is named by a text or a Path, not {shown(folder)}: name one")
    folder = Path(RESULTS if folder is None else folder)
    try:
        paths = sorted([*folder.glob("*.json"), *folder.glob("*/*.json")])
    except (OSError, ValueError) as error:
        why = f"{shown(str(folder))} cannot be read ({told(error, 100)})"
        raise LabError(f"{why}: name a folder with result files") from error
    found, refused = {}, {}
    for path in paths:
        if path.name.startswith("."):
            continue
        name = _as_words(path.relative_to(folder).as_posix())
        try:
            result = load_as(Result, path)
            found[name] = result if spans else without_spans(result)
        except LabError as error:
            refused[name] = str(error)
    by_date = dict(sorted(found.items(), key=lambda item: item[1].made))
    return Saved(by_date, refused, folder)


def existing_folder(folder: str | Path) -> Path:
    """Return the Path of a folder that is there; raise a LabError when it is not."""
    text = str(folder).strip().strip("\"'")  # Windows copies a path in quotes
    path = Path(text or "no name").expanduser()
    with contextlib.suppress(OSError, ValueError):  # too long, or with a null byte
        if path.is_dir():
            return path
    where = "" if path.is_absolute() else f" in {Path.cwd()}"
    raise LabError(f"there is no folder {shown(str(folder))}{where}: give its whole path")


def most_cores(found: Iterable[T], alike: Callable[[T], Any]) -> list[T]:
    """Return of those recordings that are alike the one to show: the one from the most usable CPUs.

    Of several from as many it is the newest. They are alike where ``alike`` returns the same.

    >>> from types import SimpleNamespace as One
    >>> found = [One(era="3.14", usable_cpus=n, made="2026") for n in (2, 8, 4)]
    >>> [one.usable_cpus for one in most_cores(found, lambda one: one.era)]
    [8]
    """
    shown: dict[Any, T] = {}
    for one in found:
        best = shown.setdefault(alike(one), one)
        shown[alike(one)] = max(best, one, key=_cores_and_date)
    return list(shown.values())


def _cores_and_date(one: Any) -> tuple[float, str]:
    return getattr(one, "machine", one).usable_cpus, one.made


def recorded(job: Job | str) -> Result | None:
    """Return the recorded ``Result`` of a job to show, one with a GIL if there is one; else None.

    What it is to show is what most readers would see, had they more cores.
    """
    name = job.name if isinstance(job, Job) else job
    check_text("the name of a job", name)
    # A recording that is damaged is no reason to measure nothing; a test holds that all are whole.
    fitting = []
    for path in sorted(RECORDINGS.glob("*.json")):
        with contextlib.suppress(LabError):
            fitting.append(load_as(Result, path))
    fitting = [result for result in fitting if result.job == name]
    with_gil = [result for result in fitting if result.machine.gil]
    return next(iter(most_cores(with_gil or fitting, lambda result: result.job)), None)
