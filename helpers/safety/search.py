"""Looks for an order of calls that breaks them: systematically, few switches first.

After Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded
programs" (PLDI 2007): most races show with one or two switches, and there are not many such orders.
Each run follows one order, and says at which steps another thread could have gone on. Each of these
makes an order with one switch more.
"""

import contextlib
import heapq
import itertools
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..core import worker
from ..core.own_code import raised
from ..core.same_answers import compare
from ..core.unfinished import check_parts
from ..errors import LabError, TooLong, told
from . import standins
from .frozen import Frozen, alike
from .points import Touched
from .run import NAMES, Order, Ran, Run
from .state import State

_YIELD_S = 0.25
_MOST_UNDECIDED = 3
_COMPARE_S = 1.0
_LEAST_S = 0.5  # for a run, however little time is left

REFUSALS = {
    "threads": "starts threads itself, and only the threads of its calls can be followed: pass the "
    "function that these threads run",
    "processes": "starts processes, and they cannot be followed: pass the part that shares memory",
    "endless": "does not end in the time that there is, or in 100,000 steps: pass less work, give "
    "it a larger budget, or look for an endless loop",
    "stopped": "was stopped before its calls had run one after the other",
    "stuck": "waits for something outside Python's own locks, or computes long in C, for more than "
    "3 s: pass the part that shares memory",
}


@dataclass(frozen=True)
class Outcome:
    """What one run left: ``said`` is plain and can be compared.

    ``wrong`` is what kind of thing broke, or "", and ``why`` what the reader's check says.
    """

    ran: Ran
    said: Any
    wrong: str = ""
    why: str = ""


@dataclass
class Subject:
    """A function, its calls, and what must hold: how each run is made, and judged.

    ``first`` is in front of the arguments of each call: what ``setup`` returned.
    """

    name: str
    func: Callable[..., Any]
    calls: list[tuple[Any, ...]]
    check: Callable[..., Any] | None
    setup: Callable[[], Any] | None
    own_file: str
    state: State
    touched: Touched = field(default_factory=Touched)
    first: tuple[Any, ...] = ()
    results: list[Any] = field(default_factory=list)

    def run(self, order: Order, stop: Callable[[], bool], **how: Any) -> Ran:
        """Return what comes of the calls in one order, from the same beginning as always."""
        self.state.set_back()
        if self.setup is not None:
            with standins.preparing():
                self.first = (self._asked("setup", self.setup),)
        calls = [
            partial(self.func, *self.first, *map(self.state.fresh, call)) for call in self.calls
        ]
        return Run(calls, order, self.touched, self.own_file, **how).begin(stop)

    def now(self) -> dict[str, Any]:
        """Return the shared state as it is now, plain, by names."""
        made = {self.of_setup: Frozen().of(self.first[0])} if self.first else {}
        return made | self.state.now()

    @property
    def of_setup(self) -> str:
        """The name of what ``setup`` returns."""
        code = getattr(self.func, "__code__", None)
        return code.co_varnames[0] if code is not None and code.co_argcount else "state"

    def judged(self, ran: Ran) -> Outcome:
        """Return what a run left; raise a LabError for what cannot be judged."""
        answers = [answer if answer is not None else (False, None) for answer in ran.answers]
        for is_fine, result in answers:
            if not is_fine and isinstance(result, LabError):
                raise result
        check_parts([[result for is_fine, result in answers if is_fine]], self.name, "")
        self.results = [result for _, result in answers]
        frozen = Frozen()
        results = [[is_fine, frozen.of(result)] for is_fine, result in answers]
        self.state.is_too_much |= frozen.is_cut
        said = {"results": results, "same": alike(self.results), "state": self.now()}
        return Outcome(ran, said)

    def checked(self) -> str:
        """Return what the reader's check says against what was left, or ""."""
        with standins.preparing():
            try:
                said = self.check(*self.first, self.results)  # type: ignore[misc]
            except AssertionError as error:
                return f"check raises {told(error, 120)}"
            except Exception as error:
                raise LabError(raised("check", error)) from error
        if said is None and not _asserts(self.check):
            raise LabError(
                "check returns True or False, or asserts what must hold, and it returned None: "
                "let it return what must hold"
            )
        return "" if said is None or said else "check does not hold afterwards"

    @staticmethod
    def _asked(name, function):
        try:
            return function()
        except Exception as error:
            raise LabError(raised(name, error)) from error


def _asserts(check):
    code = getattr(check, "__code__", None)
    return code is None or "assert" in str(code.co_consts) or _raises(code)


def _raises(code):
    import dis

    return any("RAISE" in step.opname for step in dis.get_instructions(code))


@dataclass
class Found:
    """What is known so far: ``broken`` is the order that breaks, ``outcome`` what it leaves.

    ``full`` is up to how many switches every order was tried. ``left`` says whether there are
    more; ``unclear`` is why nothing can be told.
    """

    tried: int = 0
    broken: Order | None = None
    outcome: Outcome | None = None
    serial: list[Outcome] = field(default_factory=list)
    full: int = -1
    left: int = 0
    unclear: str = ""
    share: float = 0.0


class Search:
    """Tries orders of a ``Subject`` with up to so many ``switches``, for so many seconds."""

    def __init__(
        self, subject: Subject, switches: int, budget_s: float, stop: Callable[[], bool]
    ) -> None:
        self.subject, self.switches, self.budget_s = subject, switches, budget_s
        self.stop, self.found = stop, Found()
        self._began_s = self._said_s = worker.now()
        self._waiting: list[tuple[Any, ...]] = []
        self._number = itertools.count()
        self._in_turn: tuple[int, ...] = ()
        self._undecided: list[str] = []

    def steps(self) -> Generator[Found, None, None]:
        """Yield what is found, now and then, and in the end."""
        yield from self._serial()
        found = self.found
        self._check_errors()
        if not found.broken and not found.unclear:
            for first in range(len(self.subject.calls)):
                self._add(Order(first), 0)
            yield from self._orders()
        yield found

    # --- One after the other

    def _serial(self):
        n = len(self.subject.calls)
        for in_turn in itertools.permutations(range(n)):
            outcome = self._try(Order(in_turn[0]), in_turn=in_turn)
            if outcome is None:
                return
            self.found.serial.append(outcome)
            if self._is_broken(outcome, Order(in_turn[0])):
                self._in_turn = in_turn
                return
            yield from self._now_and_then()
        again = self._try(Order(0), in_turn=tuple(range(n)))
        is_compared = again is not None and self.subject.check is None
        if is_compared and _differ(self.found.serial[0], again):
            lasting = self.subject.state.lasting[:1]
            why = "chance, or the time?): pass check, which says what must hold"
            if lasting:
                why = f"{lasting[0]} cannot be set back): let setup make it for each order"
            self.found.unclear = f"gives something else when it is called again ({why}"

    def _check_errors(self):
        """Raise a LabError for a call that fails wherever it stands."""
        for index, result in enumerate(self.subject.results if not self.found.broken else ()):
            results = [one.said["results"][index] for one in self.found.serial]
            if all(not is_fine for is_fine, _ in results) and isinstance(result, BaseException):
                raise LabError(raised(f"{self.subject.name}, called alone,", result)) from result

    # --- And in other orders

    def _orders(self):
        while self._waiting and not self.stop():
            if worker.now() - self._began_s > self.budget_s:
                break
            order = heapq.heappop(self._waiting)[-1]
            outcome = self._try(order)
            if outcome is None:
                if self.found.unclear:
                    return
                continue
            if self._is_broken(outcome, order):
                return
            self._add_more(order, outcome.ran)
            yield from self._now_and_then()
        if self.found.tried <= len(self.found.serial) + 1 and self._waiting:
            self.found.unclear = (
                "ran only one call after the other in the time that there was: give it a larger "
                "budget, or smaller work"
            )
        left = [one[-1].cost for one in self._waiting]
        self.found.left = len(left)
        self.found.full = min(left, default=self.switches + 1) - 1

    def _add_more(self, order, ran):
        for choice in ran.choices:
            cost = order.cost + choice.cost
            if cost <= self.switches:
                more = Order(order.first, (*order.switches, choice.switch), cost)
                # Where a loop goes round for the fifth time is seldom worth more than a switch.
                rank = cost + (choice.nth.bit_length() - 1) // 2
                self._add(more, rank, not choice.begins_line)

    def _add(self, order, rank, within=False):
        heapq.heappush(self._waiting, (rank, within, next(self._number), order))

    def _now_and_then(self):
        now_s = worker.now()
        if now_s - self._said_s > _YIELD_S:
            self._said_s = now_s
            self.found.share = min(0.99, (now_s - self._began_s) / self.budget_s)
            yield self.found

    # --- One run

    def _try(self, order, **how):
        """Return the ``Outcome`` of an order, or None where it cannot be told."""
        left_s = self.budget_s - (worker.now() - self._began_s)
        ran = self.subject.run(order, self.stop, long_s=max(_LEAST_S, left_s), **how)
        self.found.tried += 1
        if ran.left:
            raise TooLong(
                f"a call of {self.subject.name} does not end, and a thread cannot be ended from "
                "outside: restart the kernel to be rid of it"
            )
        if not ran.refused:
            return self.subject.judged(ran)
        self._undecided.append(ran.refused)
        is_early = not self.found.serial
        if ran.refused == "stopped" and not is_early:
            return None
        if (
            is_early
            or ran.refused in ("threads", "processes")
            or len(self._undecided) >= (_MOST_UNDECIDED)
        ):
            self.found.unclear = REFUSALS[ran.refused]
        return None

    def _is_broken(self, outcome, order):
        wrong, why = self._wrong(outcome)
        if wrong:
            self.found.broken, self.found.outcome = order, replace(outcome, wrong=wrong, why=why)
        return bool(wrong)

    def _wrong(self, outcome):
        """Return what kind of thing broke, or "", and what check says."""
        if outcome.ran.circle:
            return "deadlock", ""
        serial, check = self.found.serial, self.subject.check
        failed = _errors(outcome)
        if all(_errors(one) != failed for one in serial):
            return "error", ""
        if check is not None:
            why = self.subject.checked()
            if why and outcome is serial[-1] and self.found.tried == len(serial):
                raise LabError(
                    f"check must hold where the calls run one after the other, and there it does "
                    f"not ({why}): mend check, or {self.subject.name}"
                )
            return ("check" if why else ""), why
        return ("" if any(not _differ(one, outcome) for one in serial) else "differs"), ""

    @property
    def in_turn(self) -> tuple[int, ...]:
        """The calls one after the other, where that alone breaks; else empty."""
        return self._in_turn


def _errors(outcome):
    return [result[1][0] for result in outcome.said["results"] if not result[0] and result[1]]


def _differ(one, other):
    with contextlib.suppress(ValueError):  # arrays do not say it in one word
        if one.said == other.said:
            return False
    if one.said["same"] != other.said["same"]:
        return True
    mine, theirs = ([[o.said["results"], o.said["state"]]] for o in (one, other))
    return compare(mine, theirs, limit_s=_COMPARE_S).differs is not None


def names(order: tuple[int, ...]) -> str:
    """Return calls one after the other, in words.

    >>> names((0, 1))
    'A, then B'
    """
    return ", then ".join(NAMES[one] for one in order)
