"""Why a worker gives another answer than the plain loop, or an error: found by trials.

A call that went wrong is made again, alone, in a fresh worker. If it goes wrong there, too, the
worker's settings are made those of the caller, first all of them and then one by one: the one that
puts it right is the reason. What else belongs to a thread or process is found by comparing what
the function reaches here and there.
"""

import contextlib
import contextvars
import os
import re
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from functools import partial
from typing import Any

from ..core import pools
from ..core.attempt import Attempt, RunRefused
from ..core.job import Job
from ..core.reach import GLOBALS, Change, Reach, changes
from ..core.same_answers import compare
from ..core.settings import ENVIRONMENT, known_here, look, trial
from ..errors import LabError, Stopped, shown, told
from ..interrupts import is_interrupt
from ..kind import kind as kind_of
from .subject import Subject

_LEAST_S = 0.5  # that must be left for a trial
_COMPARE_SHARE = 0.1  # of what is left, to compare an answer with the right one
_MOST_VARIABLES = 200
_OF_THREAD = ("the decimal context", "numpy.errstate", "numpy.printoptions")
_REMEDIES = {
    "the current folder": "give {name} whole paths, or change the folder inside it",
    "the hash seed": "sort what comes out of a set, or set PYTHONHASHSEED before Python starts",
    "the environment": "set it inside {name}, or before Python starts",
}
_ADDRESS = "0x[0-9a-f]{6,}"


def why_there(subject: Subject, job: Job, refused: RunRefused) -> str:
    """Return why a kind of worker is out, as the end of a sentence that begins with its name."""
    error = refused.__cause__
    if refused.compared is None and (
        error is None or isinstance(error, LabError | BrokenExecutor | MemoryError)
    ):
        return str(refused)
    said = f"the answers differ there, {refused.differs}"
    if refused.compared is None and error is not None:
        said = f"{subject.evidence.name} raised {told(error, 120)} there, and not serially"
    noun = kind_of(refused.kind).noun
    try:
        cause = _Trials(subject, job, refused).cause()
    except BaseException as error:  # a worker that cannot even do that has been told by the run
        if isinstance(error, Stopped) or is_interrupt(error):
            raise
        cause = None
    if cause is None:
        cause = f"look for something that calls share, or that each {noun} has of its own"
    return f"{said}: {cause}"


class _Trials:
    """Trials of the calls that went wrong, in a pool with one worker of the same kind."""

    def __init__(self, subject, job, refused):
        self.subject, self.kind, self.name = subject, refused.kind, subject.evidence.name
        self.noun, self.compared = kind_of(refused.kind).noun, refused.compared
        self.job, self.items, self.expected, self.got = job, job.items, None, None
        if self.compared is not None:
            at, (self.expected, self.got) = self.compared
            self.items = job.items[at : at + 1]

    def cause(self):
        """Return the reason and what to do about it, or None where there is no time left."""
        if self.subject.left_s < _LEAST_S + 2 * len(self.items) * (
            self.subject.evidence.call_s or 0
        ):
            return None
        with self._worker(self.kind) as call:
            if self._is_right(call(trial, {}, self.job.function, self.items)):
                return f"it is right for one call alone, so look for {self._left_behind()}"
            keys = known_here()
            here = look(keys, self.subject.func)
            there = call(look, keys, self.subject.func)
            return (
                self._setting(call, here[0], there[0])
                or self._in_context(call)
                or self._identity(here[2], there[2])
                or self._reached(there[1], here[1])
                or self._hash_seed(here[2], there[2])
                or f"it is so for one call alone: look for what each {self.noun} has of its own"
            )

    # --- What is tried

    def _setting(self, call, here, there):
        other = {key: here[key] for key, value in there.items() if here.get(key, value) != value}
        if not other or not self._is_right(call(trial, other, self.job.function, self.items)):
            return None
        for key, value in other.items():
            if self._is_right(call(trial, {key: value}, self.job.function, self.items)):
                return self._told(key[1], self._variable(call, key, value, there[key]))
        return self._told(" and ".join(key[1] for key in other))

    def _in_context(self, call):
        """Return whether it is a context variable, which only threads can be given."""
        if not kind_of(self.kind).shares_memory:
            return None
        inside = partial(contextvars.copy_context().run, self.job.function)
        if not self._is_right(call(trial, {}, inside, self.items)):
            return None
        here, there = look([], self.subject.func), call(look, [], self.subject.func)
        found = self._reached(there[1], here[1])
        return found or (
            "a context variable belongs to one thread: set it inside "
            f"{self.name}, or give threads a copy of the context"
        )

    def _reached(self, there, here):
        found = [c for c in changes(Reach(there), Reach(here)) if not c.key.endswith(GLOBALS)]
        found.sort(key=lambda change: (not change.of_thread, not change.is_own, change.was_nothing))
        return next(filter(None, map(self._told_of, found)), None)

    def _told_of(self, change: Change):
        what = f"`{change.shown:.60}`"
        if change.of_thread:
            return (
                f"{what} has a value in each thread: set it inside {self.name}, or pass it as an "
                "argument"
            )
        if str(change.was).startswith("code "):
            return (
                f"{what} is other code there: its file was changed after it was imported here, so "
                "restart Python"
            )
        if change.only_grew or isinstance(change.was, list | dict):
            is_cache = change.was_nothing or change.only_grew  # filled here, and not yet there
            return None if is_cache else f"{what} is another there: pass it as an argument"
        values = f"{shown(change.now, 30)} here and {shown(change.was, 30)} there"
        if "<" in values or (change.was_nothing and not _is_plain(change.now)):
            values = "another there"
        return (
            f"{what} is {values}, as each {self.noun} imports a module anew: pass it as an argument"
        )

    def _identity(self, here, there):
        if self.compared is None:
            return None
        mine, theirs = _texts(self.expected), _texts(self.got)
        for what, value in here.items():
            if _has(value, mine) and _has(there.get(what, value), theirs):
                return f"its answer holds {what}: leave that out, or compare with same="
        if _has(_ADDRESS, mine) and _has(_ADDRESS, theirs):
            return "its answer holds an address in memory: leave that out"
        is_order = _sorted(self.expected) == _sorted(self.got)
        has_other_order = here["the hash seed"] != there["the hash seed"] and is_order
        return self._told("the hash seed") if has_other_order else None

    def _hash_seed(self, here, there):
        """Tell whether processes with the same seed agree, and those with others do not."""
        is_the_same = here["the hash seed"] == there["the hash seed"]
        if is_the_same or self.subject.left_s < 4 * _LEAST_S:
            return None
        answers = []
        for seed in "0", "1", "1":
            with _seed(seed), self._worker("processes-spawn") as call:
                answers.append(call(trial, {}, self.job.function, self.items))
            if len(answers) == 2 and not self._differ(*answers):
                return None
        return None if self._differ(*answers[1:]) else self._told("the hash seed")

    # --- How it is tried and told

    @contextlib.contextmanager
    def _worker(self, kind) -> Iterator[Any]:
        """Yield a function that makes a call in a fresh worker, and waits for it."""
        pool = pools.open_pool(kind, 1)

        def call(function, *given):
            attempt = Attempt(self.job, kind, 1, max(_LEAST_S, self.subject.left_s))
            return attempt.wait([pool.submit(function, *given)], pool, self.subject.stop)[0]

        try:
            yield call
        finally:
            pools.end(pool, now=True)

    def _is_right(self, answer):
        answers, error = answer
        if error or self.compared is None:
            return not error
        self.got = answers[0]
        return not self._differ(self.expected, answers[0])

    def _differ(self, one, other):
        subject = self.subject
        limit_s = max(_LEAST_S, _COMPARE_SHARE * subject.left_s)
        return compare([one], [other], subject.same, limit_s, subject.stop).differs

    def _left_behind(self):
        if kind_of(self.kind).shares_memory:
            return "something that calls side by side share"
        return f"what a call leaves behind in its {self.noun} for the next"

    def _told(self, what, which=None):
        remedy = _REMEDIES.get(what, "set it inside {name}").format(name=self.name)
        owner = "thread" if what in _OF_THREAD else self.noun
        return f"{which or what} belongs to one {owner}: {remedy}"

    def _variable(self, call, key, here, there):
        """Return which variable of the environment it is, in words; None for other settings."""
        if key != ENVIRONMENT:
            return None
        for name in sorted({*here, *there})[:_MOST_VARIABLES]:
            value = {**there, name: here[name]} if name in here else there
            if here.get(name) == there.get(name):
                continue
            if self._is_right(call(trial, {key: value}, self.job.function, self.items)):
                return f"the environment variable {name:.60}"
        return key[1]


@contextlib.contextmanager
def _seed(seed):
    """Give the processes that are started meanwhile a hash seed."""
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = seed
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = before


def _texts(value):
    """Return the plain parts of an answer as one text."""
    if isinstance(value, list | tuple):
        return " ".join(map(_texts, value[:1000]))
    return str(value)[:10_000] if isinstance(value, str | int) else ""


def _has(pattern, text):
    return re.search(rf"\b{pattern}\b", text) is not None


def _sorted(value):
    """Return what is left of an answer when the order of its parts does not count."""
    if isinstance(value, list | tuple | str):
        return sorted(map(shown, value))
    return shown(value)


def _is_plain(value):
    return isinstance(value, int | float | str | bool)
