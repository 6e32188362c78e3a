"""Many small files, read from memory where the system keeps them, or from the disk itself.

A system keeps in memory what was read or written lately (the page cache). Only where it can be
asked to forget a file (``os.posix_fadvise``: Linux, and some others) is the disk seen at all.
"""

import contextlib
import os
import random
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ..core.job import Job
from ..errors import LabError, whole

CAN_ASK_TO_FORGET = hasattr(os, "posix_fadvise")
_N_TRIED = 20  # files that are looked for in memory once they should be gone


@contextlib.contextmanager
def temporary_files(n_files: int = 256, n_bytes: int = 65536) -> Iterator[list[Path]]:
    """Write files of random bytes into a private folder, and yield their paths, a list.

    They are on the disk, as far as the system tells, when this returns: what is not yet written
    cannot be forgotten. The folder is removed when the ``with`` ends.

    Raises:
        LabError: a number is out of its range, or the disk has no room.
    """
    n_files = whole("n_files", n_files, 1, 10_000, "try 256")
    n_bytes = whole("n_bytes", n_bytes, 1, 10_000_000, "try 256")
    with TemporaryDirectory(prefix="gil-lab-") as folder:
        paths = [Path(folder, f"{i}.bin") for i in range(n_files)]
        source = random.Random(0)
        try:
            for path in paths:
                path.write_bytes(source.randbytes(n_bytes))
            for path in paths:  # in a loop of its own: the first takes most of the others along
                with open(path, "rb+") as file:
                    os.fsync(file.fileno())
        except OSError as error:
            raise LabError(
                f"{n_files} files of {n_bytes} bytes must find room in {folder} "
                f"({error.strerror or error}): free some, or set TMPDIR to another disk"
            ) from error
        yield paths


def read_cached(paths: Iterable[Path]) -> list[int]:
    """Return the CRC-32 of every file's bytes, read as anybody reads a file."""
    return [zlib.crc32(_read(path)) for path in paths]


def read_cold(paths: Iterable[Path]) -> list[int]:
    """Return the same, but have the system forget each file just before, where it can be asked."""
    return [zlib.crc32(_read(path, forget=CAN_ASK_TO_FORGET)) for path in paths]


def is_in_memory(path: Path) -> bool | None:
    """Return whether the system has the file's beginning in memory; None where it does not tell.

    The question itself may bring the file into memory.
    """
    if not hasattr(os, "RWF_NOWAIT"):
        return None
    with open(path, "rb", buffering=0) as file:
        try:
            os.preadv(file.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
        except BlockingIOError:
            return False
        except OSError:  # this file system does not know the question
            return None
    return True


def what_is_measured(paths: Sequence[Path]) -> str:
    """Return one sentence: what reading these files "cold" means on this machine.

    Some of the files are forgotten, and looked for in memory.
    """
    if not CAN_ASK_TO_FORGET:
        return "Not cold: this system cannot be asked to forget a file, so both ways read memory."
    found = []
    for path in paths[:_N_TRIED]:
        with open(path, "rb") as file:
            _forget(file)
        found.append(is_in_memory(path))
    if None in found:
        return (
            "Perhaps cold: the system was asked to forget each file before it is read, and does "
            "not tell whether it did."
        )
    n, gone = len(found), found.count(False)
    seen = f"of {n} files that the system was asked to forget, {gone} were gone from memory"
    if gone < 0.9 * n:
        return f"Not cold: {seen}."
    return f"Cold: {seen}. A disk may have a memory of its own, which nobody can ask."


def files_job(paths: Sequence[Path], cold: bool) -> Job:
    """Return the ``Job`` of reading all files, from the disk itself where that can be done."""
    title = f"Read {len(paths):,} files, {'asked to be forgotten' if cold else 'kept in memory'}"
    return Job("files", title, read_cold if cold else read_cached, list(paths), n_sublists=64)


def _read(path, forget=False):
    try:
        with open(path, "rb") as file:
            if forget:
                _forget(file)
            return file.read()
    except OSError as error:
        raise LabError(
            f"files must be there while they are read, and {path} is not "
            f"({error.strerror or error}): keep the reading inside the with"
        ) from error


def _forget(file):
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
