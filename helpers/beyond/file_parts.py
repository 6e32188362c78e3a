"""The long list of strings as a file of which every worker reads its own part.

The caller then sends where a part begins and ends, and no string at all.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ..errors import LabError, whole
from ..jobs.strings import normalise, normalise_all

if TYPE_CHECKING:
    from pathlib import Path

    from ..core.job import Job


class Part(NamedTuple):
    """A stretch of a text file: from byte ``start`` to before byte ``stop``, whole lines."""

    path: str
    start: int
    stop: int


@contextlib.contextmanager
def spellings_file(n: int | None = None) -> "Iterator[Path]":
    """Yield the Path of a text file with the first ``n`` of ``load_spellings``, one a line, or all.

    The file is gone when the ``with`` ends.

    >>> with spellings_file(3) as path:
    ...     path.read_text(encoding="utf-8").split("\\n")
    ['Shanghai', 'Gaa Ding', 'Ka Ting', '']
    """
    import tempfile
    from pathlib import Path

    from ..jobs.places import load_spellings

    spellings = load_spellings(n)
    with tempfile.TemporaryDirectory(prefix="gil-lab-") as folder:
        path = Path(folder) / "spellings.txt"
        path.write_bytes("".join([f"{spelling}\n" for spelling in spellings]).encode())
        yield path


def cut_file(path: str | os.PathLike[str], n_parts: int) -> list[Part]:
    """Return a file as a list of up to ``n_parts`` ``Part``, of about equally many bytes.

    A part ends where a line does, so a file of few lines has fewer parts.

    Raises:
        LabError: the number is below 1, or the file cannot be read.

    >>> with spellings_file(100) as path:
    ...     sum(len(read(part)) for part in cut_file(path, 7))
    100
    """
    n_parts = whole("n_parts", n_parts, remedy="try 16")
    with _opened(path) as file:
        size = file.seek(0, os.SEEK_END)
        ends = [0]
        for i in range(1, n_parts + 1):
            file.seek(max(ends[-1], size * i // n_parts - 1))
            file.readline()  # to the end of the line that the even cut is in
            ends.append(min(file.tell(), size))
    return [Part(str(path), a, b) for a, b in pairwise(ends) if a < b]


def read(part: Part) -> list[str]:
    """Return the lines of a ``Part``; raise a LabError where there is no such file."""
    path, start, stop = part
    with _opened(path) as file:
        file.seek(start)
        return file.read(stop - start).decode().splitlines()


def normalise_parts(parts: list[Part]) -> list[str]:
    """Return a list with the key of every line of all parts, in order."""
    return [key for part in parts for key in normalise_all(read(part))]


def count_parts(parts: list[Part]) -> list[int]:
    """Return a list with one number for each part: how many of its lines differ from their key."""
    return [sum(normalise(text) != text for text in read(part)) for part in parts]


def moving_jobs(path: str | os.PathLike[str], n_parts: int = 16) -> "dict[str, Job]":
    """Return the same work on the lines of a file as three jobs that move less and less, by name.

    The strings are sent and their keys come back; each worker reads its own part and sends the
    keys; it reads them and sends one number a part.
    """
    from ..core.job import Job

    parts = cut_file(path, n_parts)
    texts = [text for part in parts for text in read(part)]
    ways: dict[str, tuple[str, Callable[[list], list], list]] = {
        "sent from here": ("strings-sent", normalise_all, texts),
        "read there": ("strings-read", normalise_parts, parts),
        "counted there": ("strings-counted", count_parts, parts),
    }
    return {
        way: Job(name, f"Strings {way}", function, items, n_sublists=n_parts)
        for way, (name, function, items) in ways.items()
    }


@contextlib.contextmanager
def _opened(path):
    try:
        with open(path, "rb") as file:
            yield file
    except OSError as error:
        why = f"{path} cannot be read there ({error.strerror or error})"
        raise LabError(
            f"a worker reads its part where it runs, and {why}: put it where every worker sees it"
        ) from None
