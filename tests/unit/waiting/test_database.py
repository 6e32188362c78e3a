"""The database of places: what is in it, and that nothing is left of it."""

import contextlib
import sqlite3

import pytest

from helpers.jobs.places import spellings_of_places
from helpers.waiting.database import places_database


def test_it_has_every_spelling_of_every_place():
    with places_database() as path, contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT place, spelling FROM spellings").fetchall()
    assert not path.parent.exists()
    each = enumerate(spellings_of_places())
    assert rows == [(i, name) for i, names in each for name in names]


def test_nothing_is_left_of_it_after_an_interrupt():
    with pytest.raises(KeyboardInterrupt), places_database() as path:
        raise KeyboardInterrupt
    assert not path.parent.exists()
