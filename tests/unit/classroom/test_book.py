"""The class's file: what is in it stays, and what is none is refused."""

import json
import sqlite3

import pytest

from helpers.classroom.book import Book
from helpers.classroom.questions import Question
from helpers.core.store import to_dict
from helpers.errors import LabError
from tests.unit.results import whole

WHICH = Question("predict_which", "Which overlap?", ("a loop", "a download"))


@pytest.fixture
def book(tmp_path):
    made = Book(tmp_path / "class.sqlite")
    yield made
    made.close()


def content(result):
    return json.dumps(to_dict(result)).encode()


def test_a_file_that_is_opened_again_holds_everything(book, tmp_path):
    secret = book.join("Ada")
    learner = book.learner(secret)
    book.vote(learner, WHICH, ["a loop"])
    book.show(WHICH.id, "talk")
    book.keep(learner, content(whole()))
    book.close()
    again = Book(tmp_path / "class.sqlite")
    assert (again.code, again.key) == (book.code, book.key)
    assert again.learner(secret) == learner and again.names() == ["Ada"]
    assert again.votes(WHICH.id, 1) == [["a loop"]]
    assert (again.open, again.stages()[WHICH.id]) == (WHICH.id, "talk")
    assert [result.job for result in again.results().values()] == [whole().job]
    again.close()


def test_a_vote_may_be_changed_until_others_have_talked_about_it(book):
    learner = book.learner(book.join())
    assert book.vote(learner, WHICH, ["a loop"]) == 1
    book.show(WHICH.id, "first")
    assert book.vote(learner, WHICH, []) == 1
    assert book.votes(WHICH.id, 1) == [[]]
    book.show(WHICH.id, "talk")
    book.vote(learner, WHICH, ["a loop"])
    assert book.votes(WHICH.id, 1) == [[]]
    book.show(WHICH.id, "second")
    assert book.vote(learner, WHICH, ["a download"]) == 2
    assert book.votes(WHICH.id, 2) == [["a download"]]
    late = book.learner(book.join())
    book.show(WHICH.id, "reveal")
    assert book.vote(late, WHICH, ["a loop"]) == 1
    assert book.votes(WHICH.id, 1) == [[], ["a loop"]]


def test_only_who_joined_votes_and_a_secret_is_not_kept(book, tmp_path):
    secret = book.join()
    for other in ("", "x", secret[:-1], "\ud800"):
        with pytest.raises(LabError, match="join again"):
            book.learner(other)
    assert secret.encode() not in (tmp_path / "class.sqlite").read_bytes()


def test_what_is_too_much_is_refused(book, monkeypatch):
    monkeypatch.setattr("helpers.classroom.book._MOST_LEARNERS", 1)
    monkeypatch.setattr("helpers.classroom.book._MOST_QUESTIONS", 1)
    monkeypatch.setattr("helpers.classroom.book._MOST_RESULTS", 1)
    learner = book.learner(book.join("x" * 1000))
    assert len(book.names()[0]) <= 40
    with pytest.raises(LabError, match="at most 1 learners"):
        book.join()
    book.vote(learner, WHICH, [])
    with pytest.raises(LabError, match="at most 1 questions"):
        book.vote(learner, Question("predict_which", "Another?", ("yes",)), [])
    book.keep(learner, content(whole()))
    book.keep(learner, content(whole()))  # of the same job: the newest is kept
    with pytest.raises(LabError, match="at most 1 jobs"):
        book.keep(learner, content(whole()).replace(whole().job.encode(), b"another"))


@pytest.mark.parametrize(
    "sent", [b"", b"[]", b'{"schema": "gil-lab-result", "version": 99}', b"\xff"]
)
def test_what_is_no_result_is_refused(book, sent):
    learner = book.learner(book.join())
    with pytest.raises(LabError):
        book.keep(learner, sent)
    assert book.results() == {}


def test_a_stage_and_a_question_that_are_none_are_refused(book):
    book.ask(WHICH)
    for id, stage in (("nothing", "first"), (WHICH.id, "lunch")):
        with pytest.raises(LabError, match="choose"):
            book.show(id, stage)


def test_one_program_at_a_time_has_the_file(book, tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.classroom.book._WAIT_S", 0.01)
    with pytest.raises(LabError, match="open in another window"):
        Book(tmp_path / "class.sqlite")
    book.join()  # and the first goes on
    book.close()
    Book(tmp_path / "class.sqlite").close()


def test_who_tells_the_same_is_the_same_learner(book):
    assert book.join("", "a lab") == book.join("", "a lab")
    others = [book.join("", "another"), book.join("Ada", "a lab"), book.join(), book.join()]
    assert len({book.join("", "a lab"), *others}) == 5 and book.n_learners == 5


def test_results_of_an_earlier_day_are_read_once(book, tmp_path):
    book.keep(book.learner(book.join()), content(whole()))
    book.close()
    again = Book(tmp_path / "class.sqlite")
    [(name, result)] = again.results().items()
    assert name == f"learner 1, {whole().job}" and again.results()[name] is result
    assert (result.runs[0].wall_s, again.n_measured) == (whole().runs[0].wall_s, 1)
    again.close()


def test_a_file_that_is_none_of_a_class_is_refused_and_stays_as_it_is(tmp_path):
    text, other = tmp_path / "notes.txt", tmp_path / "other.sqlite"
    text.write_text("my notes, longer than the head of a database " * 9)
    with sqlite3.connect(other) as db:
        db.execute("create table mine (n)")
    newer = tmp_path / "newer.sqlite"
    Book(newer).close()
    with sqlite3.connect(newer) as db:
        db.execute("pragma user_version = 7")
    for path in (text, other, newer, tmp_path, tmp_path / "no" / "folder"):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(LabError, match="name another file"):
            Book(path)
        assert (path.read_bytes() if path.is_file() else b"") == before
