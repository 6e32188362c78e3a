"""A function that is looked into: how it is called, and what is known of it until now."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event
from threading import enumerate as enumerate_threads
from typing import Any

from ..core import allowed, machine, pools, worker
from ..core.cut import spread
from ..core.guard import check_guard
from ..core.job import READ_SHARE, Job, count_items, name_of, read_items
from ..core.own_same import check_same
from ..core.turns import check_stop, is_set, quick_seconds
from ..core.unfinished import check_finished, check_it_lasts, no_second_loop
from ..errors import LabError, number, shown, told
from ..interrupts import is_interrupt
from ..jobs.own import again, each, in_silence
from ..kind import kind as kind_of
from ..kind import usual
from ..pythons import find
from ..pythons.find import Python
from ..pythons.other_python import has_a_jit
from .evidence import Evidence
from .spelling import spelling

OLDEST = (3, 9)  # the Pythons that a function is sent to
_LIMITS_S = (0.5, 3600.0)
_MOST_WORKERS = 16
MOST_ITEMS = 20_000  # that are looked at
_READ_S = 0.1  # to read more items than are needed, of a list that makes them when it is asked
_SPELL_SHARE, _SPELL_S = 0.25, (0.25, 1.0)  # of the budget, and seconds, to find its code
_END_S, _END_SHARE = 0.5, 0.15  # before the end of the budget, but no more than a share of it


@dataclasses.dataclass(frozen=True)
class Sample:
    """Some items from all over the list, by their indices, with their answers by index.

    All of the list takes ``scale`` times as long.
    """

    indices: list[int]
    answers: dict[int, Any] = dataclasses.field(repr=False)
    scale: float = 1.0

    def part(self, n: int) -> "Sample":
        """Return the sample of ``n`` of the items, from all over it."""
        indices = sorted(self.indices[i] for i in spread(len(self.indices), n))
        scale = self.scale * len(self.indices) / len(indices)
        return Sample(indices, {i: self.answers[i] for i in indices}, scale)


class Subject:
    """A function and its items, a budget in seconds, and the ``Evidence`` so far.

    The arguments and errors are those of ``helpers.advice.verdict.verdict``.
    """

    #: Seconds that it took to pack what a process is sent; no end where it cannot be.
    pack_s = 0.0

    def __init__(
        self,
        func: Callable[..., Any],
        items: Sequence[Any] | None = None,
        *,
        budget_s: float = 20.0,
        kinds: Sequence[str] | None = None,
        n_workers: int | None = None,
        same: Callable[[Any, Any], bool] | None = None,
        pythons: Sequence[str | Python] | str | bool | None = None,
        stop: Event | None = None,
    ) -> None:
        _check_function(func)
        number("budget_s", budget_s, *_LIMITS_S, "try 20")
        check_same(same)
        if stop is not None and not isinstance(stop, Event):
            raise LabError(f"stop is a threading.Event, not {shown(stop)}: leave it out")
        self.func, self.same, self.stop = func, same, stop
        self._before = set(enumerate_threads())
        #: Other Pythons, each with whether its JIT is switched on; None where nobody asks.
        self.pythons = None if pythons is None or pythons is False else _checked_pythons(pythons)
        self.began_s = worker.now()
        #: What all may take; this Python has its share of it.
        self.budget_s = quick_seconds(float(budget_s)) or 0.0
        self.evidence = Evidence(
            name=name_of(func),
            n_items=None,
            n_workers=_checked_workers(n_workers),
            budget_s=self.budget_s / (1 + len(self.pythons or ())),
            kinds=_checked_kinds(kinds),
            machine=machine.describe(),
        )
        #: The families of kinds to try in other Pythons.
        self.families = _families(None if kinds is None else self.evidence.kinds)
        #: The items that are looked at, and where each stands in the reader's list.
        self.items: list[Any] | None = None
        self.places: tuple[int, ...] = ()
        if items is not None:
            self._read(items)
        self._find_spelling()

    def _find_spelling(self):
        limit_s = min(max(_SPELL_S[0], _SPELL_SHARE * self.evidence.budget_s), _SPELL_S[1])
        known = spelling(self.func, self.items, limit_s)
        self.evidence = dataclasses.replace(self.evidence, spelling=known)

    def _read(self, items):
        """Take up to ``MOST_ITEMS`` items from all over the list, as far as there is time."""
        e, n_items, chosen = self.evidence, count_items(items), {}
        order = spread(n_items, MOST_ITEMS)
        for place, item in read_items(items, n_items, order):
            chosen[place] = item
            are_enough = len(chosen) >= 4 * e.n_workers
            until_s = self.began_s + (_READ_S if are_enough else READ_SHARE * e.budget_s)
            if worker.now() > until_s or is_set(self.stop):
                break
        else:
            n_items = n_items if len(chosen) == len(order) else len(chosen)
        self.places, self.items = tuple(sorted(chosen)), [chosen[i] for i in sorted(chosen)]
        check_it_lasts(self.items, "an item")
        self.evidence = dataclasses.replace(e, n_items=n_items)

    # --- What is known

    def known(self, **facts: Any) -> Evidence:
        """Return the evidence with more facts in it, and keep it.

        Raises Stopped once ``stop`` is set.
        """
        check_stop(self.stop)
        spent_s = worker.now() - self.began_s
        share = min(0.99, spent_s / self.evidence.budget_s)
        self.evidence = dataclasses.replace(
            self.evidence, **{"spent_s": spent_s, "share": share, **facts}
        )
        return self.evidence

    def refuse(self, kind: str, reason: object) -> Evidence:
        """Keep why a kind is out of the question."""
        return self.known(refused={**self.evidence.refused, kind: str(reason)})

    def leave_out(self, kind: str, reason: object) -> Evidence:
        """Keep why there is no time for a kind."""
        return self.known(too_slow={**self.evidence.too_slow, kind: str(reason)})

    @property
    def left_s(self) -> float:
        """Seconds until the budget is used up."""
        return self.evidence.budget_s - (worker.now() - self.began_s)

    def is_set(self) -> bool:
        """Return whether it is to end: the reader says so, or the budget is all but used up.

        So this is the ``stop`` of what runs on behalf of it. To end a run takes a moment, too.
        """
        return is_set(self.stop) or self.left_s < min(_END_S, _END_SHARE * self.evidence.budget_s)

    @property
    def candidates(self) -> tuple[str, ...]:
        """The kinds that nothing speaks against so far."""
        e = self.evidence
        if e.unsteady is not None:
            return ()
        return tuple(k for k in e.kinds if k not in e.refused and k not in e.too_slow)

    @property
    def leaves_threads(self) -> bool:
        """Whether a thread of a pool is still there, because a call in it does not end."""
        return any(t.name.startswith("gil-lab") for t in set(enumerate_threads()) - self._before)

    @property
    def is_stuck(self) -> bool:
        """Whether such a thread shares memory: it may hold what the next call here waits for."""
        shared = any(kind_of(kind).shares_memory for kind in self.evidence.refused)
        return shared and self.leaves_threads

    # --- How it is called

    def call(self, index: int) -> tuple[Any, float, float]:
        """Return the answer for one item, and the wall and CPU seconds it took.

        Raises LabError where the function raises, or has not done its work when it returns.
        """
        cpu_began_s, began_s = time.process_time(), worker.now()
        try:
            answer = self.func() if self.items is None else self.func(self.items[index])
        except BaseException as error:
            if is_interrupt(error):
                raise
            raise LabError(self._told(index, error)) from error
        wall_s, cpu_s = worker.now() - began_s, time.process_time() - cpu_began_s
        check_finished(answer, self.evidence.name, "" if self.items is None else "x")
        return answer, wall_s, cpu_s

    def _told(self, index, error):
        what, loop = told(error, 160), no_second_loop(error)
        if self.items is None:
            remedy = loop or "mend it, or pass items for it"
            return f"{self.evidence.name}() raised {what}; {remedy}"
        item = shown(self.items[index], 40)
        remedy = loop or "mend it or leave it out"
        if isinstance(error, MemoryError):
            remedy = "pass smaller items, or return less from each call"
        # Where nothing is below this call, the function was not even begun.
        if error.__traceback__.tb_next is None and "positional argument" in what:
            remedy = "it is called with one item, so let it take one, and take that apart inside"
        return (
            f"item {self.places[index]} ({item}) made {self.evidence.name} raise {what}; {remedy}"
        )

    def job(self, indices: Sequence[int], answers: dict[int, Any]) -> Job:
        """Return the job over some of the items.

        Its answers are compared with the serial ones, and where ``answers`` has all of them from
        earlier calls, with these: then a serial run can differ, too.
        """
        chosen = [0] * len(indices) if self.items is None else [self.items[i] for i in indices]
        is_known = all(index in answers for index in indices)
        return Job(
            self.evidence.name,
            f"{self.evidence.name} for {len(chosen)} items",
            partial(in_silence, again if self.items is None else each, self.func),
            chosen,
            n_sublists=min(len(chosen), 8 * self.evidence.n_workers),
            same=self.same,
            answers=[answers[index] for index in indices] if is_known else None,
        )


def _check_function(func):
    if not callable(func):
        raise LabError(
            f"the verdict is on a function, not on {shown(func)}: pass the function itself, "
            "without brackets, and then the list of items"
        )


def _checked_workers(n_workers):
    if n_workers is None:
        return min(_MOST_WORKERS, max(2, allowed.n_usable_workers()))
    pools.check_n_workers(n_workers)
    if n_workers < 2:
        raise LabError(f"what one worker does is serial, not {n_workers} worker: try 2")
    return n_workers


def _checked_kinds(kinds):
    if kinds is None:
        kinds = default_kinds()
    if not isinstance(kinds, list | tuple | set | dict):
        raise LabError(
            f"kinds of pool come in a list, not {shown(kinds)}: try ['threads', 'processes']"
        )
    kinds = tuple(dict.fromkeys(k for k in map(pools.check_kind, kinds) if k != "serial"))
    if any(kind_of(k).family == "processes" and kind_of(k).start_method != "fork" for k in kinds):
        check_guard()
    return kinds


def _families(kinds):
    """Return the families of kinds to try in another Python: all where none are named."""
    chosen = usual() if kinds is None else dict.fromkeys(kind_of(k).family for k in kinds)
    return tuple(kind for kind in chosen if kind in usual() and kind != "serial")


def _checked_pythons(pythons):
    """Return the other Pythons that are wanted, each once; one that is not here has a problem.

    Each comes with whether its own compiler is to be switched on: this one counts as another where
    it has one that is off.
    """
    here, found = find.this_one(), find.one_of_each(find.find_pythons())
    if pythons is True or (isinstance(pythons, str) and pythons == "all"):
        others = [(p, False) for p in found if p.era != here.era and p.numbers >= OLDEST]
        return [*others, *[(here, True)] * (has_a_jit() == "off")]
    if isinstance(pythons, str) or not isinstance(pythons, list | tuple):
        raise LabError(
            f"pythons are True for all that are found, or a list of names or paths, not "
            f"{shown(pythons)}: try ['3.14', '3.14t']"
        )
    for wanted in pythons:
        if not isinstance(wanted, str | Python):
            raise LabError(f"a Python is named by a text, not by {shown(wanted)}: try '3.14t'")
    return [(python, False) for python in dict.fromkeys(find.named(found, pythons))]


def default_kinds() -> tuple[str, ...]:
    """Return the kinds that are tried when nobody names any, without "serial".

    >>> "threads" in default_kinds()
    True
    """
    return tuple(k for k in usual() if k != "serial" and kind_of(k).lacking is None)
