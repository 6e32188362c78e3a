"""The one file of a class: who is there, what was asked, every vote and every result.

It is an SQLite database. What was answered "kept" is in it before the answer leaves, so it
survives a server that is killed, and is there again on a second day.
"""

import datetime
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.runs import Result
from ..core.store import parse_as
from ..errors import LabError, one_line, shown
from .questions import Question

STAGES = ("waiting", "first", "talk", "second", "reveal")
_APPLICATION, _VERSION = 0x67696C6C, 1  # what SQLite keeps of whose file it is
_MOST_LEARNERS, _MOST_QUESTIONS, _MOST_RESULTS = 500, 80, 20
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is mistaken for another
_TABLES = """
create table meta (key text primary key, value text) without rowid;
create table learner
    (number integer primary key, secret blob unique, name text, card text, at text);
create table question (number integer primary key, id text unique, asked text, stage text);
create table vote (question text, learner integer, vote integer, answer text, at text,
    primary key (question, learner, vote)) without rowid;
create table result (learner integer, job text, content text, at text,
    primary key (learner, job)) without rowid;
"""


class Book:
    """A class's file, opened or begun.

    ``code`` is what learners type, ``key`` what the teacher's own page knows. ``version`` grows
    with every change, so that a page need not draw what it has drawn.

    Raises:
        LabError: the file is none of a class, damaged, of a newer version, or cannot be written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.version = 0
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            self._begin()
        except sqlite3.Error as error:
            raise LabError(
                f"a class is kept in a file of its own, and {self.path} is none ({error}): name "
                "another file, or none"
            ) from error
        self.code, self.key = self._meta("code"), self._meta("key")

    def _begin(self):
        db = self._db
        [[application]] = db.execute("pragma application_id")
        [[version]] = db.execute("pragma user_version")
        [[n_tables]] = db.execute("select count(*) from sqlite_master")
        if (n_tables or application) and application != _APPLICATION:
            raise sqlite3.DatabaseError("it is a file of another program")
        if version > _VERSION:
            raise sqlite3.DatabaseError("a newer GIL Lab wrote it")
        if not n_tables:
            with self._changes():
                for statement in _TABLES.split(";"):
                    db.execute(statement)
                db.execute(f"pragma application_id = {_APPLICATION}")
                db.execute(f"pragma user_version = {_VERSION}")
                code = "".join(secrets.choice(_LETTERS) for _ in range(6))
                self.remember(code=code, key=secrets.token_urlsafe(16), open="")
        [[fine]] = db.execute("pragma quick_check(1)")
        if fine != "ok":
            raise sqlite3.DatabaseError("it is damaged")

    def _changes(self):
        self.version += 1
        return _Transaction(self._db)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # --- what is remembered of the class itself

    def _meta(self, key):
        row = self._db.execute("select value from meta where key = ?", [key]).fetchone()
        return row[0] if row else ""

    def remember(self, **values: str) -> None:
        """Keep a few words under their names, such as ``port="8000"``."""
        self._db.executemany("insert or replace into meta values (?, ?)", values.items())

    def remembered(self, key: str) -> str:
        """Return what was kept under a name, "" where nothing was."""
        return self._meta(key)

    # --- learners

    def join(self, name: str = "", card: str = "") -> str:
        """Return the secret of a new learner; ``name`` is a choice, "" is none."""
        if self.n_learners >= _MOST_LEARNERS:
            raise LabError(f"a class has at most {_MOST_LEARNERS} learners: begin another one")
        secret = secrets.token_urlsafe(16)
        self._enter(_digest(secret), name, card)
        return secret

    def _enter(self, digest, name, card):
        said = one_line(name, 40), one_line(card, 300)
        with self._changes():
            row = "insert or ignore into learner (secret, name, card, at) values (?, ?, ?, ?)"
            self._db.execute(row, [digest, *said, _now()])

    def learner(self, secret: str) -> int:
        """Return the number of the learner who has a secret.

        Raises:
            LabError: nobody has it.
        """
        found = self._db.execute(
            "select number from learner where secret = ?", [_digest(secret)]
        ).fetchone()
        if found is None:
            raise LabError(
                "a vote needs the secret of a learner who joined, and has none: join again"
            )
        return found[0]

    def guest(self, who: str) -> int:
        """Return the number of somebody who is not connected, known by a number that was typed."""
        secret = f"guest {who}"
        self._enter(_digest(secret), "", "")
        return self.learner(secret)

    @property
    def n_learners(self) -> int:
        """How many joined, or voted by a code."""
        [[n]] = self._db.execute("select count(*) from learner")
        return n

    def names(self) -> list[str]:
        """Return the names of those who gave one, and the number of each of the others."""
        rows = self._db.execute("select number, name from learner order by number")
        return [name or f"learner {number}" for number, name in rows]

    # --- questions and votes

    def ask(self, question: Question) -> Question:
        """Have a question in the class, if it is not there yet, and return the one that is."""
        known = self.questions()
        if question.id in known:
            return known[question.id]
        if len(known) >= _MOST_QUESTIONS:
            raise LabError(f"a class has at most {_MOST_QUESTIONS} questions: begin another one")
        asked = json.dumps(question.as_dict(), ensure_ascii=False)
        with self._changes():
            row = "insert into question (id, asked, stage) values (?, ?, 'waiting')"
            self._db.execute(row, [question.id, asked])
        return question

    def questions(self) -> dict[str, Question]:
        """Return the questions by their ids, in the order in which they came."""
        found = {}
        for [asked] in self._db.execute("select asked from question order by number"):
            data = json.loads(asked)
            question = Question(**{**data, "options": tuple(data["options"])})
            found[question.id] = question
        return found

    def stages(self) -> dict[str, str]:
        """Return the stage of each question by its id."""
        return dict(self._db.execute("select id, stage from question"))

    @property
    def open(self) -> str:
        """The id of the question that the class is at, "" where there is none."""
        return self._meta("open")

    def show(self, id: str, stage: str) -> None:
        """Bring the class to a question and its stage, one of ``STAGES``.

        Raises:
            LabError: there is no such question, or no such stage.
        """
        if id not in self.questions() or stage not in STAGES:
            said = shown(f"{id} {stage}")
            raise LabError(
                f"a class is at a question and one of {', '.join(STAGES)}, not {said}: choose"
            )
        with self._changes():
            self._db.execute("update question set stage = ? where id = ?", [stage, id])
            self.remember(open=id)

    def vote(self, learner: int, question: Question, answer: Any, vote: int | None = None) -> int:
        """Keep a vote and return whether it is the first or the second.

        While the second vote is open it is the second, otherwise the first. Who votes again
        changes his vote, but once others have talked about it, the first one stands.

        Raises:
            LabError: it is no answer to the question.
        """
        question = self.ask(question)
        answer = question.checked(answer)
        stage = self.stages()[question.id]
        if vote is None:
            vote = 2 if stage == "second" else 1
        may_change = vote == 2 or stage in ("waiting", "first")
        how = "replace" if may_change else "ignore"
        with self._changes():
            self._db.execute(
                f"insert or {how} into vote values (?, ?, ?, ?, ?)",
                [question.id, learner, vote, json.dumps(answer), _now()],
            )
        return vote

    def votes(self, id: str, vote: int) -> list[Any]:
        """Return the answers of the first or of the second vote on a question."""
        rows = self._db.execute(
            "select answer from vote where question = ? and vote = ? order by learner", [id, vote]
        )
        return [json.loads(answer) for [answer] in rows]

    def counts(self) -> dict[tuple[str, int], int]:
        """Return how many votes there are, by the question's id and 1 or 2."""
        rows = self._db.execute("select question, vote, count(*) from vote group by 1, 2")
        return {(id, vote): n for id, vote, n in rows}

    def voted(self, learner: int) -> dict[str, dict[int, Any]]:
        """Return what one learner answered: id -> vote -> answer."""
        found: dict[str, dict[int, Any]] = {}
        rows = "select question, vote, answer from vote where learner = ?"
        for id, vote, answer in self._db.execute(rows, [learner]):
            found.setdefault(id, {})[vote] = json.loads(answer)
        return found

    # --- results

    def keep(self, learner: int, content: bytes) -> Result:
        """Keep a result, the newest of its job, and return it.

        Raises:
            LabError: it is no result of this version, or too many jobs are there.
        """
        result = parse_as(Result, content, "the result")
        [[n]] = self._db.execute(
            "select count(*) from result where learner = ? and job != ?", [learner, result.job]
        )
        if n >= _MOST_RESULTS:
            raise LabError(f"a learner has results of at most {_MOST_RESULTS} jobs: hand in a file")
        with self._changes():
            row = "insert or replace into result values (?, ?, ?, ?)"
            self._db.execute(row, [learner, result.job, content.decode(), _now()])
        return result

    def results(self) -> dict[str, Result]:
        """Return all results, by a name that tells the learner's number and the job."""
        return {name: parse_as(Result, content.encode(), name) for name, content in self.contents()}

    def contents(self) -> Iterator[tuple[str, str]]:
        """Yield (name, JSON) of each result."""
        rows = self._db.execute("select learner, job, content from result order by learner, job")
        for learner, job, content in rows:
            yield f"learner {learner}, {one_line(job, 50)}", content


class _Transaction:
    """All of it or nothing."""

    def __init__(self, db):
        self._db = db

    def __enter__(self):
        self._outer = self._db.in_transaction
        if not self._outer:
            self._db.execute("begin immediate")

    def __exit__(self, kind, *rest):
        if not self._outer:
            self._db.execute("rollback" if kind else "commit")


def _digest(secret):
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _now():
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
