"""The database of places: its answers in threads, and every way in which it can fail."""

import contextlib
import shutil
import sqlite3

import pytest

from helpers.core.pools import open_pool
from helpers.jobs.places import load_places, load_spellings
from helpers.waiting.database import COUNT, FETCH, ask, places_database
from tests.unit.refusals import refusal


@pytest.fixture(scope="module")
def path():
    with places_database() as built:
        yield built


@pytest.fixture
def copy(path, tmp_path):
    return shutil.copy(path, tmp_path / "copy.db")


def test_the_answers_are_those_of_python(path):
    [(count,)] = ask(path, COUNT)
    # LIKE knows upper and lower case of ASCII letters alone.
    assert count == sum("burg" in name.replace("B", "b").replace("U", "u").replace("R", "r")
                        .replace("G", "g") for name in load_spellings())  # fmt: skip
    names = [name for place in load_places()[:10000] for name in place.spellings]
    assert [name for _, name in ask(path, FETCH)] == names


def test_threads_may_ask_at_once(path):
    with open_pool("threads", 8) as pool:
        answers = list(pool.map(ask, [path] * 24, [COUNT] * 24))
    assert answers == [ask(path, COUNT)] * 24


def test_nothing_is_left_of_it():
    with places_database() as path:
        assert path.exists()
    assert not path.parent.exists()


def test_nothing_is_left_of_it_after_an_interrupt():
    with pytest.raises(KeyboardInterrupt), places_database() as path:
        raise KeyboardInterrupt
    assert not path.parent.exists()


def test_one_that_is_locked(copy):
    with contextlib.closing(sqlite3.connect(copy)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "must be free within 0.1 s" in refusal(ask, copy, COUNT, limit_s=0.1)
        other.rollback()
    assert len(ask(copy, COUNT)) == 1


def test_one_that_is_no_database(tmp_path):
    path = tmp_path / "letter.db"
    path.write_text("Dear database, " * 1000)
    assert "is damaged (file is not a database)" in refusal(ask, path, COUNT)


def test_one_that_is_damaged_in_the_middle(copy):
    with open(copy, "rb+") as file:
        file.seek(4096)
        file.write(b"\xff" * 400_000)
    assert "is damaged" in refusal(ask, copy, COUNT)


def test_one_that_is_cut_short(copy):
    with open(copy, "rb+") as file:
        file.truncate(100_000)
    assert "is damaged" in refusal(ask, copy, COUNT)


def test_one_that_is_not_there_is_not_made(tmp_path):
    path = tmp_path / "nobody.db"
    assert "cannot be opened" in refusal(ask, path, COUNT)
    assert not path.exists()


def test_the_file_cannot_be_changed(copy):
    assert "readonly" in refusal(ask, copy, "DELETE FROM spellings")


@pytest.mark.parametrize("query", ["", "SELECT", "SELECT * FROM nobody", "SELECT 1; SELECT 2"])
def test_a_query_that_is_wrong_is_told_or_gives_nothing(path, query):
    if query == "":
        assert ask(path, query) == []
    else:
        assert "mend it" in refusal(ask, path, query)
