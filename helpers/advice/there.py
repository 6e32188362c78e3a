"""The reader's function in other Pythons: one after the other, each in turns with the loop here."""

import dataclasses
import datetime
import math
import statistics
import tempfile
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ..core import allowed, machine, worker
from ..core.apart import NotOver, apart
from ..core.job import Job
from ..core.machine import Capacity
from ..core.own_code import errors_of
from ..core.runs import Result, Run
from ..core.turns import Turn, take_turns
from ..errors import LabError, Stopped, shown, told
from ..interrupts import is_interrupt
from ..pythons.find import Python, has_interpreters
from ..pythons.send import Sent, folders_for
from ..pythons.talk import CannotDo, Talk
from .evidence import Evidence, There, starts, whole
from .subject import OLDEST, Sample, Subject

_LEAST_S = 5.0  # that a Python has to answer, whatever its share of the budget: imports take time
_LEAST_SHARE = 0.5  # of a fair share, whatever the others took
_COMPARE_S = 0.25
_PACK_SHARE = 0.2  # of what is left, for packing the function and its items
_ROUNDS = 12  # are enough
_JIT = {"PYTHON_JIT": "1"}
_WARM_UP_S, _WARM_UP_SHARE = 3.0, 0.3  # for what compiles while it runs, of its share of the time
_OF_A_PYTHON = ("implementation", "python", "free_threaded", "gil")  # fields of a Machine


def ask_others(subject: Subject, sample: Sample | None) -> Iterator[Evidence]:
    """Measure the function in each of the subject's other Pythons; all share what time is left."""
    doing = subject.evidence.doing
    yield subject.known(others=(), budget_s=subject.budget_s)
    reason = _why_not(subject.evidence, sample)
    if reason is not None or sample is None:
        yield subject.known(not_sent=reason)
        return
    with tempfile.TemporaryDirectory(prefix="gil-lab-", ignore_cleanup_errors=True) as folder:
        try:
            sent = _sent(subject, sample, Path(folder))
        except LabError as error:
            yield subject.known(not_sent=str(error))
            return
        waiting = list(subject.pythons or ())
        fair_s = subject.left_s / max(1, _n_visits(waiting))
        while waiting:
            # One that hangs takes longer than its share, and leaves something to the others.
            share_s = max(subject.left_s / _n_visits(waiting), _LEAST_SHARE * fair_s)
            python, jit = waiting.pop(0)
            until_s = worker.now() + share_s
            there = yield from _Visit(subject, sample, sent, Path(folder)).to(python, jit, until_s)
            yield subject.known(others=(*(subject.evidence.others or ()), there), doing=doing)
            if there.has_idle_jit and not jit:
                waiting.append((python, True))


def _why_not(e, sample):
    """Return why other Pythons need not be asked, or None."""
    if e.unsteady is not None:
        return f"{e.name} does not give the same answers when it is called again"
    if sample is None:
        return f"the budget of {e.budget_s:g} s is over before that: give it more"
    return None


def _n_visits(waiting):
    """Return how many measurements are left, where each compiler that may be there has its own."""
    return sum(1 + (has_interpreters(python) and not jit) for python, jit in waiting)


def _sent(subject, sample, folder):
    items = subject.items
    chosen = None if items is None else [items[i] for i in sample.indices]
    limit_s = max(_LEAST_S, _PACK_SHARE * subject.left_s)
    sending = partial(Sent, subject.func, chosen, len(sample.indices), limit_s)
    try:
        sent = apart(sending, limit_s)  # code of an object's own may not come back
    except NotOver as error:
        packing = error.told(f"packing {subject.evidence.name} and its items for another Python")
        raise LabError(f"{packing}: use plain data in their place, or give it more time") from None
    sent.write(folder)
    return sent


class _Asked(Talk):
    """A function that was sent to another Python; its answers are compared with those of here."""

    def __init__(self, python, sent, folder, job, **options):
        self.job, self.sent, self.folder, self.unknown = job, sent, folder, None
        question = {"sent": str(folder), "path": folders_for(python), "n_sublists": job.n_sublists}
        super().__init__(python, question, len(job.items), **options)

    def check(self, answer: dict[str, Any]) -> None:
        """Raise CannotDo where the answers of a run are not those of here."""
        if answer["results"] is None:
            self.unknown = f"they cannot be sent ({shown(LabError(answer['unsent']), 120)})"
            return
        path = self.folder / Path(answer["results"]).name
        try:
            got = self.sent.read(path)
        except BaseException as error:  # whatever the answers' own code raises
            if is_interrupt(error):
                raise
            self.unknown = f"they cannot be read here ({told(error, 120)})"
            return
        finally:
            path.unlink(missing_ok=True)
        found = self.job.compare(self.job.answers, got, _COMPARE_S)
        if found.differs is not None:
            reason = f"other answers: {found.differs.replace('serially', 'here')}"
            raise CannotDo(str(self.error(f"gives {reason}")), reason)
        self.unknown = self.unknown or found.unknown


class _Visit:
    """The measuring in one other Python, in turns with the plain loop here."""

    def __init__(self, subject, sample, sent, folder):
        self.subject, self.sent, self.folder = subject, sent, folder
        self.e = subject.evidence
        self.job: Job = subject.job(sample.indices, sample.answers)
        self.runs: list[Run] = []
        self.here_s: dict[int, float] = {}
        self.refused: dict[str, str] = {}
        self.capacity: Capacity | None = None

    def to(self, python: Python, jit: bool, until_s: float) -> Generator[Evidence, None, There]:
        """Yield the evidence for a bar, and return what came of it."""
        there = There(python, jit=jit)
        try:
            _check_its_age(python)
            share_s = max(0.0, until_s - worker.now())
            options = {"limit_s": max(_LEAST_S, share_s), "environ": _JIT if jit else None}
            yield self.subject.known(doing=there.name)
            with _Asked(python, self.sent, self.folder, self.job, **options) as talk:
                # However long it takes to start, some time is left to measure.
                until_s = max(until_s, worker.now() + _LEAST_SHARE * share_s)
                yield from self._rounds(talk, self._kinds(python), until_s, jit)
                return self._found(there, talk)
        except Stopped:
            raise
        except LabError as error:
            return dataclasses.replace(there, refused=str(error))

    def _kinds(self, python):
        """Return the kinds to try there: not what could not be done here."""
        kinds = [k for k in self.subject.families if k not in (*self.e.refused, *self.e.too_slow)]
        if not has_interpreters(python):
            kinds = [kind for kind in kinds if kind != "interpreters"]
        return kinds if self.e.n_items != 1 else []

    def _rounds(self, talk, kinds, until_s, jit):
        e, began_s = self.e, worker.now()
        ways = [("here", 1), ("serial", 1), *((kind, e.n_workers) for kind in kinds)]
        if len(ways) * len(self.job.items) * e.call_s > until_s - began_s:
            share_s = max(0.0, until_s - began_s)
            raise talk.error(
                f"was not compared: its share of the budget, {share_s:.2g} s, is over before one "
                "round is made; give it more"
            )
        compiles = jit or talk.identity.get("implementation") != "CPython"
        warm_up_s = min(_WARM_UP_S, _WARM_UP_SHARE * (until_s - began_s)) if compiles else 0.0
        round_began_s = began_s
        for turn in take_turns(ways, warm_up_s=warm_up_s, stop=self.subject.stop):
            self._take(turn, talk)
            yield self.subject.known()
            if turn.ends_round:
                self._look_at_the_machine()
                now_s = worker.now()
                took_s, round_began_s = now_s - round_began_s, now_s
                if turn.round == _ROUNDS or now_s + took_s > until_s:
                    return

    def _take(self, turn: Turn, talk: _Asked) -> None:
        kind, n_workers = turn.way
        if kind == "here":
            with errors_of(self.e.name):
                began_s = worker.now()
                self.job.function(self.job.items)
                self.here_s[turn.round] = worker.now() - began_s
        elif kind not in self.refused:
            try:
                self.runs.append(talk.run(kind, n_workers, turn.round))
            except CannotDo as error:
                if kind == "serial":
                    raise
                self.refused[kind] = error.reason
                self.runs = [run for run in self.runs if run.kind != kind]

    def _look_at_the_machine(self):
        n_probed = max(2, min(self.e.n_workers, allowed.n_usable_workers()))
        look = machine.capacity(n_probed, rounds=1)
        self.capacity = look if self.capacity is None else self.capacity.joined(look)

    def _found(self, there: There, talk: _Asked) -> There:
        identity = talk.identity
        serial_s = {run.round: run.wall_s for run in self.runs if run.kind == "serial"}
        rounds = [number for number in serial_s if number] or [0]
        loops = tuple(self.here_s[number] / serial_s[number] for number in rounds)
        try:
            known = {name: identity[name] for name in _OF_A_PYTHON}
            has_idle_jit = identity["jit"] == "off"
            turned_on = tuple(map(str, identity["turned_on"]))
        except (KeyError, TypeError) as error:
            raise talk.error(f"said what it is without its parts ({shown(error)})") from error
        return dataclasses.replace(
            there,
            evidence=self._evidence(known, statistics.median(loops)),
            loops=loops,
            turned_on=turned_on,
            unknown=talk.unknown,
            has_idle_jit=has_idle_jit,
        )

    def _evidence(self, known, faster):
        """Return what was measured there, as of a function in that Python.

        ``known`` says what it is, ``faster`` how many times as fast it is in the plain loop.
        """
        e, n_sample, capacity = self.e, len(self.job.items), self.capacity
        assert capacity is not None  # a round is over
        result = Result(
            job=self.job.name,
            title=self.job.title,
            made=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            machine=dataclasses.replace(e.machine, **known),
            capacity=capacity,
            runs=tuple(self.runs),
        )
        return Evidence(
            name=e.name,
            n_items=e.n_items,
            n_workers=e.n_workers,
            budget_s=e.budget_s,
            kinds=tuple(dict.fromkeys([*result.kinds[1:], *self.refused])),
            machine=result.machine,
            first_s=(e.first_s or math.nan) / faster,
            item_s=tuple(s / faster for s in e.item_s),
            item_cpu_s=tuple(s / faster for s in e.item_cpu_s),
            n_sample=n_sample,
            scale=e.scale if e.n_sample else (e.n_items or 1) / n_sample,
            capacity=capacity,
            result=whole(result),
            starts_s=starts({}, result),
            refused=self.refused,
            doing="done",
        )


def _check_its_age(python):
    if python.problem is None and python.numbers < OLDEST:
        raise LabError(
            f"{python.name} ({python.path}) is too old to be sent a function: it takes Python "
            f"{'.'.join(map(str, OLDEST))} or newer"
        )
