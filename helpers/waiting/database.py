"""An SQLite database of all spellings of all places, in a file of its own."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import LabError, shown
from ..jobs.places import load_places

COUNT = "SELECT count(*) FROM spellings WHERE spelling LIKE '%burg%'"
FETCH = "SELECT place, spelling FROM spellings WHERE place < 10000"


@contextlib.contextmanager
def places_database() -> Iterator[Path]:
    """Build the database in a private folder, and yield the path of its file.

    It has one table, ``spellings``: the place's number, most populous first, and one of its
    names. The folder is removed when the ``with`` ends.
    """
    with TemporaryDirectory(prefix="gil-lab-") as folder:
        path = Path(folder, "places.db")
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE spellings (place INTEGER, spelling TEXT)")
            connection.executemany(
                "INSERT INTO spellings VALUES (?, ?)",
                ((i, name) for i, place in enumerate(load_places()) for name in place.spellings),
            )
        yield path


def ask(path: str | Path, query: str, limit_s: float = 5.0) -> list[tuple[Any, ...]]:
    """Return all rows that a query gives, over a connection of its own, so that threads may ask.

    Args:
        path: of the database.
        query: one SELECT; the file is only read.
        limit_s: how long to wait for somebody else who has locked the file.

    Raises:
        LabError: the file is missing, damaged or stays locked, or the query is wrong.
    """
    try:
        # As an address, because only so can it be opened for reading alone, and not be created.
        address = f"{Path(path).resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, timeout=limit_s, uri=True)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.Error as error:
        raise LabError(_what_is_wrong(path, query, limit_s, error)) from error


def _what_is_wrong(path, query, limit_s, error):
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # without the details
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return (
            f"a database must be free within {limit_s:g} s, and {path} stays locked: end the "
            "transaction of whoever writes to it, or give a longer limit_s"
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return f"a database must be whole, and {path} is damaged ({error}): build it again"
    if code == sqlite3.SQLITE_CANTOPEN:
        return f"a database must be there, and {path} cannot be opened: build it inside a with"
    return f"the query {shown(query)} fails ({error}): mend it"
