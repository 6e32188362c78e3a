"""One run of several calls in threads that take turns as an order says, and as it says again.

Of the threads only one runs at a time: each waits at a baton of its own until it is given it. Where
a thread may be stopped is counted by the steps that it has made, so that an order is the same in
every run.
"""

import _thread
import gc
import operator
import sys
import threading
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core import worker
from ..core.inside import is_own_file
from ..errors import ask_to_end, told
from ..interrupts import GivenUp, held
from . import standins
from .points import Touch, Touched, begins
from .record import Record

NAMES = "ABC"
_MOST_STEPS = 100_000  # that touch what may be shared, of all calls in one run
_LONG_TURN, _LONG_SLEEPS = 20_000, 100  # of these in a row, while others could go on; a sleep's
_STUCK_S, _LONG_S = 3.0, 6.0  # without any step, and for all of a run at most
_LOOK_S = 0.05
_GRACE_S = 0.3
_MOST_ASKED, _ASK_AGAIN_S = 200, 0.005


def waits_for(lock: standins.Lock) -> str:
    """Return in words for what a thread waits."""
    if lock.name == standins.SIGNAL:
        return "waits to be woken up by another"
    return f"waits for {lock.name}" + (
        "" if lock.owner is None else f", which {NAMES[lock.owner]} holds"
    )


def _not_followed():
    """Yield the code that starts threads or processes, by its id, and what it starts."""
    yield id(threading.Thread.start.__code__), "threads"
    for module, name in (("subprocess", "Popen.__init__"), ("multiprocessing.process",
                         "BaseProcess.start")):  # fmt: skip
        if module in sys.modules:
            found = operator.attrgetter(name)(sys.modules[module])
            yield id(found.__code__), "processes"


@dataclass(frozen=True)
class Order:
    """Who begins, and at which steps another goes on: (thread, number of its step, the next)."""

    first: int = 0
    switches: tuple[tuple[int, int, int], ...] = ()
    cost: int = 0  # how many threads are stopped that could go on


@dataclass(frozen=True)
class Choice:
    """A place where another thread could have gone on: as a switch, and what that would cost."""

    switch: tuple[int, int, int]
    cost: int
    nth: int  # that this thread is at this step
    begins_line: bool


@dataclass
class Ran:
    """What came of one run.

    ``answers`` has for each call (True, its result) or (False, its error), None where it did not
    end. ``circle`` says of each thread that waits for ever, for what: (thread, words).
    ``refused`` is why the run could not be followed.
    """

    answers: list[Any]
    choices: list[Choice] = field(default_factory=list)
    circle: tuple[tuple[int, str], ...] = ()
    refused: str = ""
    n_steps: int = 0
    left: bool = False  # a thread could not be ended


class Thread:
    """A call in a thread that a ``Run`` lets go on and stops."""

    def __init__(self, run: "Run", index: int, call: Callable[[], Any]) -> None:
        self.run, self.index, self.call = run, index, call
        self.baton = _thread.allocate_lock()
        self.baton.acquire()
        self.waits_for: standins.Lock | None = None
        self.until_s: float | None = None  # on the run's own clock
        self.is_done = self.is_over_time = self.is_fresh = self.is_ending = False
        self.n_steps = self.turn = 0
        self.line: tuple[int, int] | None = None
        self.visits: dict[tuple[int, int], int] = {}

    @property
    def is_ready(self) -> bool:
        """Whether it can go on: it has not ended, and waits for nothing."""
        return not self.is_done and self.waits_for is None and self.until_s is None

    # --- What stand-ins ask for

    def block(self, lock: standins.Lock, timeout_s: float | None) -> bool:
        """Let others run until the lock may be free; return False where the time is over."""
        self.waits_for, self.is_over_time = lock, False
        self.until_s = None if timeout_s is None else self.run.clock_s + timeout_s
        self.run.pause(self)
        return not self.is_over_time

    def freed(self, lock: standins.Lock) -> None:
        """Let those go on who wait for the lock."""
        for thread in self.run.threads:
            if thread.waits_for is lock:
                thread.waits_for = thread.until_s = None

    def sleep(self, seconds: float) -> None:
        """Let others run first."""
        if self.run.in_turn and self.turn < _LONG_TURN:
            self.run.clock_s += seconds
            self.turn += _LONG_SLEEPS
        else:
            self.until_s = self.run.clock_s + seconds
            self.run.pause(self)

    def refuse(self, what: str) -> None:
        """End the run: what the call does cannot be followed."""
        self.run.refuse(what)

    def clock_s(self) -> float:
        """Return how far the run's own clock went on."""
        return self.run.clock_s


class Run:
    """Calls that run in an ``Order``; ``begin`` runs them and returns what came of it.

    Where ``in_turn`` has the calls by their numbers, each runs to its end before the next. Where
    there is a ``record``, it is told all that happens.
    """

    def __init__(
        self,
        calls: Sequence[Callable[[], Any]],
        order: Order,
        touched: Touched,
        own_file: str,
        *,
        in_turn: tuple[int, ...] = (),
        record: Record | None = None,
        long_s: float = _LONG_S,
    ) -> None:
        self.threads = [Thread(self, index, call) for index, call in enumerate(calls)]
        self.order, self.touched, self.own_file = order, touched, own_file
        self.in_turn, self.record, self._long_s = in_turn, record, min(long_s, _LONG_S)
        self.clock_s = 0.0
        self.ran = Ran([None] * len(calls))
        self._switches = {(thread, step): to for thread, step, to in order.switches}
        self._left = len(order.switches)
        self._codes: dict[int, tuple[types.CodeType, dict[int, Touch] | None]] = {}
        self._no_way = dict(_not_followed())
        self._ended = _thread.allocate_lock()
        self._ended.acquire()
        self._is_over = False
        self._n_events = 0

    def begin(self, stop: Callable[[], bool] = bool) -> Ran:
        """Run the calls; whatever ends this, no thread of it goes on."""
        threads = [
            threading.Thread(target=self._body, args=[one], name=f"gil-lab safe {NAMES[one.index]}",
                             daemon=True)
            for one in self.threads
        ]  # fmt: skip
        had_gc = gc.isenabled()
        gc.disable()  # whatever it would end, it would end at any step
        try:
            for thread in threads:
                thread.start()
            self.threads[self.order.first].baton.release()
            self._wait(stop)
        finally:
            self._is_over = True
            with held():
                self._end(threads)
                if had_gc:
                    gc.enable()
        if self.record is not None:
            self.record.after = self.record.state()
        self.ran.n_steps = sum(thread.n_steps for thread in self.threads)
        return self.ran

    def refuse(self, why: str) -> None:
        """End the run, for a reason."""
        self.ran.refused = self.ran.refused or why
        self._finish()

    def _finish(self):
        self._is_over = True
        if self._ended.locked():
            self._ended.release()

    def _wait(self, stop):
        seen, since_s = -1, worker.now()
        until_s = since_s + self._long_s
        while not self._ended.acquire(timeout=_LOOK_S):
            now_s = worker.now()
            if self._n_events != seen:
                seen, since_s = self._n_events, now_s
            if stop():
                self.ran.refused = "stopped"
            elif now_s > until_s:
                self.ran.refused = "endless"
            elif now_s - since_s > _STUCK_S:
                self.ran.refused = "stuck"
            if self.ran.refused:
                return

    def _end(self, threads):
        """End each thread that is not done, one after the other."""
        for one, thread in zip(self.threads, threads):
            if thread.ident is None:
                continue
            if one.baton.locked() and not one.is_done:
                one.baton.release()
            thread.join(_GRACE_S)
            for _ in range(_MOST_ASKED):  # it may hold on to an except that takes everything
                if not thread.is_alive():
                    break
                ask_to_end(thread)
                thread.join(_ASK_AGAIN_S)
            self.ran.left |= thread.is_alive()

    # --- In the threads

    def _body(self, me):
        me.baton.acquire()
        if self._is_over:
            me.is_done = True
            return
        ident = threading.get_ident()
        standins.running[ident] = me
        try:
            sys.settrace(self._trace)
            answer = True, me.call()
        except BaseException as error:
            answer = False, error
        finally:
            sys.settrace(None)
            standins.running.pop(ident, None)
        me.is_done = True
        if not self._is_over:
            if self.record is not None and not answer[0]:
                self.record.raised(me.index, told(answer[1], 80))
            self.ran.answers[me.index] = answer
            me.n_steps += 1
            self._next(me)

    def _trace(self, frame, event, arg):
        """Follow the reader's own code, step by step, and no other."""
        code = frame.f_code
        known = self._codes.get(id(code))
        if known is None:
            known = self._codes[id(code)] = code, self._touches(code)
        if known[1] is None:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._step

    def _touches(self, code):
        """Return the touches of a piece of code, or None where it is not followed."""
        if id(code) in self._no_way:
            self.refuse(self._no_way[id(code)])
            raise GivenUp
        file = code.co_filename
        # What dataclasses write is in <string>; while a module is imported, it holds a lock.
        is_own = is_own_file(file) and file != "<string>"
        if not (is_own or file == self.own_file) or code.co_name == "<module>":
            return None
        return self.touched.add(code)

    def _step(self, frame, event, arg):
        code = frame.f_code
        self._n_events += 1
        if self._is_over:
            return self._give_up()
        if event != "opcode" or frame.f_lasti <= begins(code):
            return self._step
        me = standins.running[threading.get_ident()]
        line = id(frame), frame.f_lineno
        begins_line = line != me.line
        if begins_line:
            self._new_line(me, frame, line)
        touch = self._codes[id(code)][1].get(frame.f_lasti)
        if touch is not None:
            self._point(me, touch, frame)
        return self._step

    def _give_up(self):
        """End the thread, but once only: its last lines run as they would anyway."""
        me = standins.running[threading.get_ident()]
        if not me.is_ending:
            me.is_ending = True
            raise GivenUp

    def _new_line(self, me, frame, line):
        me.line, me.is_fresh = line, True
        if self.record is not None and not self._is_over:
            code = frame.f_code
            self.record.line(me.index, code.co_filename, line, frame.f_globals)

    def _point(self, me, touch, frame):
        """Let a thread go on with a step, or another one before."""
        me.n_steps += 1
        me.turn += 1
        if me.n_steps > _MOST_STEPS:
            self.refuse("endless")
            raise GivenUp
        to = self._switches.get((me.index, me.n_steps))
        if to is not None:
            self._left -= 1
        elif not self.touched.matters(touch):
            return
        else:
            to = self._may_switch(me, frame)
        if to is not None and self._can_go_on(self.threads[to]):
            self._stop(me, touch, self.threads[to])
            if me.is_fresh:
                self._new_line(me, frame, me.line)
        me.is_fresh = False

    def _may_switch(self, me, frame):
        """Keep that another thread could go on here; return one that must, after a long turn."""
        place = id(frame.f_code), frame.f_lasti
        nth = me.visits[place] = me.visits.get(place, 0) + 1
        others = [one for one in self.threads if one is not me and self._can_go_on(one)]
        if not self._left and not self.in_turn:
            self.ran.choices += [
                Choice((me.index, me.n_steps, one.index), 1, nth, me.is_fresh) for one in others
            ]
        if not others or me.turn < _LONG_TURN:
            return None
        self.clock_s += 1.0  # it may wait for a time
        return others[0].index

    @staticmethod
    def _can_go_on(thread):
        return not thread.is_done and thread.waits_for is None

    def _stop(self, me, touch, to):
        """Stop a thread before a step, and let another go on."""
        is_fresh = me.is_fresh
        if self.record is not None and is_fresh:
            self.record.not_begun(me.index)
        elif self.record is not None:
            self.record.stopped(me.index, touch.words)
        self._hand_over(me, to)
        if self.record is not None and not is_fresh:
            self.record.goes_on(me.index)

    # --- Who goes on

    def pause(self, me: Thread) -> None:
        """Let others go on, until a thread that waits or sleeps can do so."""
        if self._is_over:
            raise GivenUp
        me.n_steps += 1
        if self.record is not None:
            lock = me.waits_for
            self.record.waits(me.index, "sleeps" if lock is None else waits_for(lock))
        self._next(me)
        if self.record is not None:
            self.record.goes_on(me.index)

    def _next(self, me):
        """Hand over from a thread that cannot go on, or has ended."""
        ready = [one for one in self.threads if one is not me and one.is_ready]
        if ready and self.in_turn:
            to = min(ready, key=lambda one: self.in_turn.index(one.index))
        elif ready:
            to = self._chosen(me, ready)
        else:
            to = self._woken()
        if to is None:
            waiting = [one for one in self.threads if not one.is_done]
            self.ran.circle = tuple(
                (one.index, waits_for(one.waits_for))
                for one in waiting
                if one.waits_for is not None
            )
            self._finish()
            if not me.is_done:
                me.is_ending = True
                raise GivenUp
        elif to is not me:
            self._hand_over(me, to)

    def _chosen(self, me, ready):
        """Return one of those that are ready: which costs nothing."""
        named = self._switches.get((me.index, me.n_steps))
        if named is not None:
            self._left -= 1
            return self.threads[named]
        if not self._left:
            for other in ready[1:]:
                switch = me.index, me.n_steps, other.index
                self.ran.choices.append(Choice(switch, 0, 1, True))
        return ready[0]

    def _woken(self):
        """Return the thread whose time is over first, or None."""
        timed = [one for one in self.threads if one.until_s is not None and not one.is_done]
        if not timed:
            return None
        first = min(timed, key=lambda one: one.until_s)
        self.clock_s = max(self.clock_s, first.until_s)
        first.is_over_time = True
        first.until_s = first.waits_for = None
        return first

    def _hand_over(self, me, to):
        to.until_s, to.turn = None, 0
        to.baton.release()
        if me.is_done:
            return
        me.baton.acquire()
        if self._is_over:
            me.is_ending = True
            raise GivenUp
