"""The one file of a class: who is there, what was asked, every vote and every result.

It is an SQLite database. What was answered "kept" is in it before the answer leaves, so it
survives a server that is killed, and is there again on a second day.
"""

import contextlib
import datetime
import hashlib
import hmac
import json
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.runs import Result
from ..core.store import parse_as
from ..errors import LabError, one_line, shown
from .questions import Question

STAGES = ("waiting", "first", "talk", "second", "reveal")
_APPLICATION, _VERSION = 0x67696C6C, 1  # what SQLite keeps of whose file it is
_MOST_LEARNERS, _MOST_QUESTIONS, _MOST_RESULTS = 500, 200, 20
_WAIT_S = 1.0  # for another server that has the file
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is mistaken for another
_TABLES = """
create table meta (key text primary key, value text) without rowid;
create table learner
    (number integer primary key, secret blob unique, name text, at text);
create table question (number integer primary key, id text unique, asked text, stage text);
create table vote (question text, learner integer, vote integer, answer text, at text,
    primary key (question, learner, vote)) without rowid;
create table result (learner integer, job text, content text, at text,
    primary key (learner, job)) without rowid;
"""


class Book:
    """A class's file, opened or begun.

    ``code`` is what learners type, ``key`` what the teacher's own page knows. ``version`` grows
    with every change, so that a page need not draw what it has drawn, and ``n_kept`` with every
    result. One program at a time has it open.

    Raises:
        LabError: the file is none of a class, damaged, of a newer version, open already, or
            cannot be written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.version = time.time_ns()  # above what a page has seen of the server before this one
        self.n_kept = 0
        self._results: dict[tuple[int, str], Result] = {}
        try:
            self._db = sqlite3.connect(
                self.path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False
            )
            with contextlib.ExitStack() as stack:
                stack.callback(self._db.close)
                self._begin()
                self._questions = self._asked()
                stack.pop_all()
        except sqlite3.Error as error:
            raise LabError(
                f"a class is kept in a file of its own, and {self.path} is none, or is open in "
                f"another window ({error}): close that, or name another file"
            ) from error
        self.code, self.key = self._meta("code"), self._meta("key")

    def _begin(self):
        db = self._db
        db.execute("pragma locking_mode = exclusive")
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
        self.remember(opened=_now())  # the first change is what keeps others out

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

    def join(self, name: str = "", same: str = "") -> str:
        """Return the secret of a learner.

        Args:
            name: a nickname is a choice, "" is none.
            same: who tells the same again is the same learner; with "", it is a new one.
        """
        secret = secrets.token_urlsafe(16)
        if same:
            told = json.dumps([same, name]).encode()
            secret = hmac.new(self.key.encode(), told, "sha256").hexdigest()
        if self._number(_digest(secret)) is None:
            if self.n_learners >= _MOST_LEARNERS:
                raise LabError(f"a class has at most {_MOST_LEARNERS} learners: begin another one")
            self._enter(_digest(secret), name)
        return secret

    def _enter(self, digest, name=""):
        with self._changes():
            row = "insert or ignore into learner (secret, name, at) values (?, ?, ?)"
            self._db.execute(row, [digest, one_line(name, 40), _now()])

    def _number(self, digest):
        found = self._db.execute("select number from learner where secret = ?", [digest]).fetchone()
        return found and found[0]

    def learner(self, secret: str) -> int:
        """Return the number of the learner who has a secret.

        Raises:
            LabError: nobody has it.
        """
        number: int | None = self._number(_digest(secret))
        if number is None:
            raise LabError(
                "a vote needs the secret of a learner who joined, and has none: join again"
            )
        return number

    def guest(self, who: str) -> int:
        """Return the number of somebody whose votes come by hand.

        ``who`` is what a code or a file says: a number, or the digest of the secret of a learner
        who joined before, and lost the network.
        """
        if re.fullmatch("[0-9a-f]{64}", who):
            number: int | None = self._number(bytes.fromhex(who))
            if number is not None:
                return number
        self._enter(_digest(f"guest {who}"))
        return self.learner(f"guest {who}")

    @property
    def n_learners(self) -> int:
        """How many joined, or voted by a code."""
        [[n]] = self._db.execute("select count(*) from learner")
        return n

    def names(self) -> list[str]:
        """Return the names of those who gave one."""
        rows = self._db.execute("select name from learner where name != '' order by number")
        return [name for [name] in rows]

    # --- questions and votes

    def ask(self, question: Question) -> Question:
        """Have a question in the class, if it is not there yet, and return the one that is."""
        if question.id in self._questions:
            return self._questions[question.id]
        if len(self._questions) >= _MOST_QUESTIONS:
            raise LabError(f"a class has at most {_MOST_QUESTIONS} questions: begin another one")
        asked = json.dumps(question.as_dict(), ensure_ascii=False)
        with self._changes():
            row = "insert into question (id, asked, stage) values (?, ?, 'waiting')"
            self._db.execute(row, [question.id, asked])
        self._questions[question.id] = question
        return question

    def questions(self) -> dict[str, Question]:
        """Return the questions by their ids, in the order in which they came."""
        return dict(self._questions)

    def _asked(self):
        found: dict[str, Question] = {}
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

    @property
    def n_measured(self) -> int:
        """How many learners have handed in a result."""
        [[n]] = self._db.execute("select count(distinct learner) from result")
        return n

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
        self._results[learner, result.job] = result
        self.n_kept += 1
        return result

    def results(self) -> dict[str, Result]:
        """Return all results, by a name that tells the learner's number and the job."""
        found = {}
        keys = "select learner, job from result order by learner, job"
        for key in self._db.execute(keys).fetchall():
            if key not in self._results:  # of an earlier day
                self._results[key] = parse_as(Result, self._content(*key).encode(), _name(*key))
            found[_name(*key)] = self._results[key]
        return found

    def contents(self) -> Iterator[tuple[str, str]]:
        """Yield (name, JSON) of each result."""
        keys = "select learner, job from result order by learner, job"
        for key in self._db.execute(keys).fetchall():
            yield _name(*key), self._content(*key)

    def _content(self, learner, job):
        content = "select content from result where learner = ? and job = ?"
        return self._db.execute(content, [learner, job]).fetchone()[0]


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


def _name(learner, job):
    return f"learner {learner}, {one_line(job, 50)}"


def _digest(secret):
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _now():
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
