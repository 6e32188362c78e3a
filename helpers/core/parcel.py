"""All results as one file, to take home from a session that ends, and back into another."""

import io
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import LabError, one_line, shown, told
from ..units import counted
from . import store
from .runs import Result

NAME = "gil-lab-results.zip"
MOST_BYTES = 8_000_000  # of such a file: a browser sends a kernel no more than 10 MB at once
_MOST_FILES = 1000
_MOST_UNPACKED = 100_000_000
_FITS = re.compile(r"(?!\.)([\w -][\w. -]{0,99}/)?[\w -][\w. -]{0,199}\.json")
_RIGHT = f"choose the {NAME} that you downloaded"


def packed(folder: Path, names: list[str]) -> bytes:
    """Return files of a folder as one zip file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            # No date: the same results are the same file.
            archive.writestr(zipfile.ZipInfo(name), (folder / name).read_bytes(), 8)
    return file.getvalue()


def read_file(path: Path) -> bytes:
    """Return the bytes of such a file, one more than it may have where it is larger.

    Raises:
        LabError: there is no such file, or it cannot be read.
    """
    try:
        if not path.is_file():  # a pipe, for one, would keep its reader waiting
            raise FileNotFoundError("no such file")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise LabError(f"{shown(str(path))} cannot be read ({why}): name the file") from error


@dataclass
class Unpacked:
    """What came back: files that were ``kept``, how many were there already, and what was refused.

    ``refused`` maps the name of a file to the reason, in one line.
    """

    kept: list[Path] = field(default_factory=list)
    n_had: int = 0
    refused: dict[str, str] = field(default_factory=dict)

    def __str__(self):
        said = f"{counted(len(self.kept), 'result')} came back"
        if self.n_had:
            said += f", {self.n_had:,} {'was' if self.n_had == 1 else 'were'} here already"
        return f"{said}."


def unpack(name: str, content: bytes, folder: Path | None = None) -> Unpacked:
    """Save the results of a zip file, or one result, into a folder; return what came of each.

    A file is data only: nothing in it is executed, and it is read as far as its size is believed.
    Where it would lie is not asked: each result gets a name of its own, and none takes the place
    of another. What is no result is refused, and the others come in all the same.

    Args:
        name: what the file is called.
        content: its bytes.
        folder: ``data/results`` when None.
    """
    folder = store.RESULTS if folder is None else folder
    found = Unpacked()
    try:
        here = list(store.saved(folder).results.values())
        for _, result in results_of(name, content, found.refused):
            if result in here:
                found.n_had += 1
                continue
            found.kept.append(store.save_beside(result, folder))
            here.append(result)
    except LabError as error:  # the folder cannot be read, or not be written to
        found.refused[one_line(name, 80)] = str(error)
    return found


def results_of(name: str, content: bytes, refused: dict[str, str]) -> Iterator[tuple[str, Result]]:
    """Yield each ``Result`` of a file with its name in it; why others are ``refused``, by name."""
    name = one_line(name, 80)
    try:
        is_zip = name.lower().endswith(".zip") or content[:2] == b"PK"
        for inside, text in _files(name, content, refused) if is_zip else [(name, content)]:
            try:
                result = store.parse_as(Result, text, inside)
            except LabError as error:
                refused[inside] = str(error)
                continue
            yield inside, result
    except LabError as error:
        refused[name] = str(error)


def _files(name: str, content: bytes, refused: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield each file of an archive as (name, bytes), and note why others are refused.

    Raises:
        LabError: the archive is damaged, or larger than any that GIL Lab makes.
    """
    if len(content) > MOST_BYTES:
        raise LabError(
            f"{name} has more than {MOST_BYTES:,} bytes, the most that is read: {_RIGHT}"
        )
    archive, infos = _opened(name, content)
    if len(infos) > _MOST_FILES:
        many = f"holds {len(infos):,} files, and {_MOST_FILES:,} is the most that is read"
        raise LabError(f"{name} {many}: {_RIGHT}")
    if sum(info.file_size for info in infos) > _MOST_UNPACKED:
        raise LabError(
            f"{name} would unpack to more than {_MOST_UNPACKED:,} bytes, the most that is read: "
            f"{_RIGHT}"
        )
    left, seen = _MOST_UNPACKED, set()
    for info in infos:
        if info.is_dir() or info.filename.startswith("__MACOSX/"):  # what a Mac adds
            continue
        inside = one_line(info.filename, 80)
        if why := "stands twice in it" if inside in seen else _unfit(info):
            refused[inside] = f"{inside} in {name} {why}: {_RIGHT}"
            continue
        seen.add(inside)
        try:
            with archive.open(info) as file:
                text = file.read(min(left, store.MAX_BYTES) + 1)  # whatever size it claims
        except Exception as error:  # of zipfile and zlib, for whatever is damaged
            refused[inside] = f"{inside} in {name} is damaged ({told(error, 80)}): {_RIGHT}"
            continue
        left -= len(text)
        if left < 0:
            raise LabError(f"{name} unpacks to more bytes than it says: {_RIGHT}")
        yield inside, text


def _opened(name, content):
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        return archive, archive.infolist()
    except Exception as error:  # of zipfile and struct, for whatever is damaged
        raise LabError(f"{name} is no whole zip file ({told(error, 80)}): {_RIGHT}") from error


def _unfit(info):
    """Return why an entry of an archive is not even looked at, or None."""
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        return "is a link or a device, not a file"
    if not _FITS.fullmatch(info.filename):
        return "is not named as a result is"
    if info.flag_bits & 1:
        return "is locked with a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in a way that GIL Lab does not use"
    return None
