"""An SQLite database of all spellings of all places, in a file of its own."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from ..jobs.places import spellings_of_places


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
                ((i, name) for i, names in enumerate(spellings_of_places()) for name in names),
            )
        yield path
