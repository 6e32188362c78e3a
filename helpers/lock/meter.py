"""The GIL meter: for what share of a call's time can no other Python thread run?

Three things are measured, in turns, for some seconds:

1. A thread ticks every half millisecond beside the call. Ticks that come late say that it could
   not have the lock, or not have a core. The switch interval is long meanwhile, so that the lock
   comes back only when the call itself lets it go.
2. The same thread ticks beside hashing, which is known to let the lock go: ticks that come late
   there are the machine's, and count as nobody's fault.
3. The call is made alone and twice at once. That shows what the ticks cannot: a call that lets the
   lock go for instants too short to be of use, at every row or block, and spends its time on
   handing over.
"""

import contextlib
import ctypes
import functools
import hashlib
import inspect
import itertools
import math
import statistics
import threading
import time
from dataclasses import dataclass, field
from functools import partial

from .. import units
from ..core import machine, worker
from ..core.runs import quartiles
from ..core.side_by_side import SideBySide
from ..core.switch_interval import switch_interval
from ..core.turns import calls_for, take_turns
from ..draw.templates import render
from ..errors import GivenUp, LabError, number, shown, whole
from ..units import ms, per_cent

BATCH_S = 0.04  # a shorter call is repeated for so long
HELD = 0.9  # a call that holds the lock for a larger share leaves no room for another
RELEASED = 0.1  # one that holds it for a smaller share leaves room for all
FORMULA = (
    "min(n, cores / busy, 1 / held) / longer: no more than n calls at once, no more than the cores "
    "carry of calls that keep one busy for a share of the time, one at a time in the held part, "
    "each longer by what it computes longer beside another. This is the asymptotic bound of "
    "queueing theory (Muntz and Wong 1974; Lazowska et al. 1984, chapter 5); equal calls reach it"
)
_TICK_S = 0.0005
_LATE_S = (0.00025, 0.002)  # a tick counts as late from here on, more where the machine's own are
_LONG_S = 0.1  # the switch interval while a thread ticks
_CLEARLY = 0.2  # by how much twice at once must contradict the ticks
_LOOK_S = 0.1  # how often the caller looks for the end of a call
_PROBE_S = 0.2  # the longest slice of a look at the machine's capacity
_GRACE_S = 1.0  # how long a call that was given up may take to end
_LIMITS_S = (0.01, 3600.0)
_STILL_THERE = (
    "it could not be ended: a thread inside C code goes on in the background until it comes back "
    "by itself, or until the kernel is restarted"
)
_CONTROL = partial(hashlib.sha256, bytes(1 << 18))


@dataclass(frozen=True, repr=False)
class MeterReading:
    """What the meter saw: raw values, and everything else derived from them.

    ``n_calls`` calls make a batch, because one may be too short. ``lateness_s`` has a tuple of
    seconds for each round, one for each tick beside the call, ``late_shares`` the share of ticks
    that were late, and ``control_shares`` the same beside work that is known to let the lock
    go. ``alone_s`` and ``together_s`` are seconds of a call, made alone, and until both are done
    when two are made at once; ``alone_cpu_s`` and ``together_cpu_s`` the CPU seconds of one
    call in either. ``capacity`` is what the machine gave at these moments. Shapes are
    (rounds,).
    """

    name: str
    gil: bool
    switch_interval_s: float
    n_calls: int
    lateness_s: tuple[tuple[float, ...], ...] = field(repr=False)
    late_shares: tuple[float, ...]
    control_shares: tuple[float, ...]
    alone_s: tuple[float, ...]
    together_s: tuple[float, ...]
    alone_cpu_s: tuple[float, ...]
    together_cpu_s: tuple[float, ...]
    capacity: machine.Capacity

    @property
    def n_rounds(self):
        """How often each thing was measured."""
        return len(self.alone_s)

    @property
    def call_s(self):
        """The median seconds of a call that is made alone."""
        return statistics.median(self.alone_s)

    @property
    def longest_s(self):
        """The longest time in seconds that a tick came late."""
        return max(itertools.chain.from_iterable(self.lateness_s), default=0.0)

    @property
    def two_at_once(self):
        """The check by running two at once: a ``SideBySide``."""
        capacities = self.capacity.ratios[self.capacity.n_threads.index(2)]
        return SideBySide(2, self.alone_s, self.together_s, capacities, self.capacity.core_shares)

    @property
    def is_busy(self):
        """Whether the machine gives too little to see two calls at once."""
        return self.two_at_once.held_share is None

    @property
    def ticked_shares(self):
        """The share held as the ticks tell it, less the machine's own late ticks: (rounds,)."""
        pairs = zip(self.late_shares, self.control_shares, strict=True)
        return tuple(max(0.0, (late - own) / (1 - own)) if own < 1 else 0.0 for late, own in pairs)

    @property
    def cores_alone(self):
        """How many cores a call alone keeps busy on average: below 1 where it waits."""
        return _median_ratio(self.alone_cpu_s, self.alone_s)

    @property
    def more_cores(self):
        """How many times as many cores two calls at once keep busy, shape (rounds,).

        1 is taking turns. Where a call mostly waits, it is how many times as fast two are.
        """
        if self.cores_alone < 0.5:
            return self.two_at_once.speed_ups
        rows = zip(
            self.alone_s, self.together_s, self.alone_cpu_s, self.together_cpu_s, strict=True
        )
        return tuple(
            2 * both_cpu_s / both_s * call_s / max(cpu_s, 1e-12)
            for call_s, both_s, cpu_s, both_cpu_s in rows
        )

    @property
    def longer(self):
        """How many times as long a call takes for what it computes longer beside another."""
        cores = min(1.0, self.cores_alone)
        more = _median_ratio(self.together_cpu_s, self.alone_cpu_s)
        return 1 + cores * max(0.0, more - 1)

    @property
    def hands_over(self):
        """Whether the lock is let go, and yet two calls at once keep waiting for one another.

        So it is where the lock is let go for instants only, at every row of a query, say.
        """
        if not self.gil or self.is_busy:
            return False
        # In three rounds of four, because a neighbour that comes and goes looks the same.
        _, upper = quartiles(self.more_cores)
        ticked = statistics.median(self.ticked_shares)
        missing = upper < 0.85 * self.two_at_once.capacity
        return missing and self._share_from_two > ticked + _CLEARLY

    @property
    def _share_from_two(self):
        return 1 / max(1.0, statistics.median(self.more_cores))

    @property
    def held_share(self):
        """The share of a call's time in which no other Python thread can run, 0 to 1, or None.

        It is what the ticks tell. Where two calls at once contradict them (``hands_over``), it is
        1 / ``more_cores``. It is None where the machine is too busy to tell, and 0 where there
        is no lock.
        """
        if not self.gil:
            return 0.0
        ticked = statistics.median(self.ticked_shares)
        if statistics.median(self.control_shares) > RELEASED:
            return None
        if self.is_busy and RELEASED < ticked < HELD:
            return None
        return self._share_from_two if self.hands_over else ticked

    @property
    def quartiles(self):
        """The lower and the upper quartile of the share that the ticks tell."""
        return quartiles(self.ticked_shares)

    def predicted_speed_up(self, n_threads):
        """Return how many times as fast ``n_threads`` threads get such calls done, or None.

        The formula is ``FORMULA``. It is None where ``held_share`` is. What calls compute longer
        beside others is measured for two, and taken for granted for more.

        Raises LabError for a number that is not whole or below 1.
        """
        n_threads = whole("n_threads", n_threads, remedy="try 2")
        held = self.held_share
        if held is None or n_threads == 1:
            return None if held is None else 1.0
        bounds = [n_threads, self.capacity.at(n_threads) / max(self.cores_alone, 1e-9)]
        if held > 0:
            bounds.append(1 / held)
        return min(bounds) / self.longer

    # --- In words ---------------------------------------------------------------------

    @property
    def finding(self):
        """What it comes to, in one sentence."""
        if not self.gil:
            return "This Python runs without a lock: there is none to hold."
        held, pairs = self.held_share, self.two_at_once
        if held is None:
            return (
                f"The machine is too busy to tell ({self._busy_facts}), so the lock is not blamed: "
                "measure again when it is quiet."
            )
        if self.is_busy:
            verb = "holds the lock all the time" if held >= HELD else "lets the lock go"
            return (
                f"The call {verb}, but what two at once would gain cannot be seen: the machine is "
                f"busy or limited ({self._busy_facts})."
            )
        if self.hands_over:
            return (
                "The lock is let go, but for instants: two at once spend the time on handing it "
                f"over ({pairs.speed_up:.2f} times as fast), so threads do not pay."
            )
        if held >= HELD:
            return "The call holds the lock: threads take turns with it."
        if held > RELEASED:
            return "A part of the call holds the lock: threads help up to a point."
        if self.cores_alone < 0.5:
            return "The call waits, and lets the lock go: many threads can wait at once."
        if self.longer > 1.15:
            return (
                "The call lets the lock go, but two at once get in each other's way "
                f"({self.longer:.2f} times the CPU time each): memory and caches are shared."
            )
        return "The call lets the lock go: threads help as far as there are cores."

    @property
    def _busy_facts(self):
        own = statistics.median(self.control_shares)
        return (
            f"{self.two_at_once.capacity:.2f} cores for 2 threads now, {per_cent(own)} of the "
            "ticks late beside work without the lock"
        )

    def __repr__(self):
        low, high = self.quartiles
        held = self.held_share
        share = "cannot tell"
        if held is not None:
            verb = "acts as if it held" if self.hands_over else "holds"
            share = f"{verb} the lock {per_cent(held)} of the time"
        predicted = self.predicted_speed_up(2)
        told = "" if predicted is None else f", predicted {predicted:.2f}x"
        return (
            f"{self.name}: {share} (ticks {per_cent(low)} to {per_cent(high)}); two at once "
            f"{self.two_at_once.speed_up:.2f}x{told}. {self.finding}"
        )

    def facts(self):
        """Return what a reader wants to know: a list of (name, value) strings."""
        low, high = self.quartiles
        two_low, two_high = self.two_at_once.quartiles
        held = self.held_share
        counts = sorted({2, 4, *self.capacity.n_threads} - {1})
        repeated = f", {self.n_calls:,} in a row" if self.n_calls > 1 else ""
        facts = [
            ("Late ticks", f"{per_cent(low)} to {per_cent(high)} (middle half of "
                f"{self.n_rounds} rounds), the longest by {ms(self.longest_s)}"),
            ("Two at once", f"{self.two_at_once.speed_up:.2f} times as fast as one after the "
                f"other ({two_low:.2f} to {two_high:.2f})"),
            ("Capacity now", f"{self.two_at_once.capacity:.2f} cores for 2 threads"),
            ("A call takes", f"{units.seconds(self.call_s)}{repeated}"),
        ]  # fmt: skip
        if held is None:
            return [("Lock held", "cannot be told"), *facts]
        as_if = "as if " if self.hands_over else ""
        curve = ", ".join(f"{n} threads {self.predicted_speed_up(n):.2f}" for n in counts)
        return [
            ("Lock held", f"{as_if}{per_cent(held)} of the call"),
            ("Predicted speed-up", f"{curve} (a model)"),
            *facts,
            ("The model", FORMULA),
        ]

    def _repr_html_(self):
        facts, text = self.facts(), self.finding
        return render("draw/facts.html", title=self.name, text=text, facts=facts)

    def as_dict(self):
        """Return the reading for JSON: what is derived, and the values of every round."""
        low, high = self.quartiles
        return {
            "name": self.name,
            "held_share": self.held_share,
            "held_share_quartiles": [low, high],
            "predicted_speed_up": {
                str(n): self.predicted_speed_up(n) for n in self.capacity.n_threads
            },
            "formula": FORMULA,
            "two_at_once": self.two_at_once.speed_up,
            "finding": self.finding,
            "gil": self.gil,
            "switch_interval_s": self.switch_interval_s,
            "call_s": self.call_s,
            "n_calls": self.n_calls,
            "capacity": self.two_at_once.capacity,
            "rounds": {
                "late_shares": self.late_shares,
                "control_shares": self.control_shares,
                "alone_s": self.alone_s,
                "together_s": self.together_s,
                "alone_cpu_s": self.alone_cpu_s,
                "together_cpu_s": self.together_cpu_s,
            },
        }


def gil_meter(func, *args, seconds=2.0, limit_s=60.0):
    """Return the ``MeterReading`` of ``func(*args)``.

    The call is made many times, in threads of its own and two at once, so it must bear that. A
    round takes about five calls, or a fifth of a second where calls are shorter; one is always
    made.

    Args:
        func: what to call.
        args: with what.
        seconds: for how long to go on, from 0.01 to 3600.
        limit_s: a call (or a batch, where calls are short) that takes longer is given up, from 0.01
            to 3600 seconds. One that keeps the lock in C code for ever cannot be: no Python
            code runs beside it.

    Raises:
        LabError: a value is out of its range, or a call takes longer than ``limit_s``.
        Whatever ``func`` raises, once; nothing is left running.

    >>> gil_meter(sum, [1, 2, 3], seconds=0.01).name
    'sum'
    """
    if not callable(func):
        raise LabError(
            f"the meter takes something that can be called, not {shown(func)}: pass the function, "
            "then its arguments, as in gil_meter(sorted, names)"
        )
    number("seconds", seconds, *_LIMITS_S, "try 2")
    number("limit_s", limit_s, *_LIMITS_S, "try 60")
    call = partial(func, *args)
    name = _name_of(func)
    with switch_interval(None) as interval_s:
        n_calls = _calls_in_a_batch(call, name, limit_s)
        n_controls = _calls_in_a_batch(_CONTROL, "hashing", limit_s)
        tries = {
            "alone": partial(_together, call, 1, n_calls, name, limit_s),
            "twice": partial(_together, call, 2, n_calls, name, limit_s),
            "control": partial(_ticks_beside, _CONTROL, n_controls, "hashing", limit_s),
            "beside": partial(_ticks_beside, call, n_calls, name, limit_s),
        }
        rounds, done = [], {}
        for _, way, ends_round in take_turns(tries, budget_s=seconds):
            done[way] = tries[way]()
            if ends_round:
                rounds.append((*_row(**done), _capacity(done["alone"][0] * n_calls)))
    *columns, capacities = zip(*rounds, strict=True)
    capacity = functools.reduce(machine.Capacity.joined, capacities)
    return MeterReading(name, machine.gil_enabled(), interval_s, n_calls, *columns, capacity)


# --- One round --------------------------------------------------------------------------


def _row(alone, twice, control, beside):
    """Return lateness, late share, control's share, seconds alone and twice, and CPU seconds."""
    late_s = late_from(control)
    lateness_s = tuple(woke_s - due_s for due_s, woke_s in beside[0])
    (alone_s, alone_cpu_s), (twice_s, twice_cpu_s) = alone, twice
    shares = late_share(*beside, late_s), late_share(*control, late_s)
    return lateness_s, *shares, alone_s, twice_s, alone_cpu_s, twice_cpu_s


def _together(call, n_threads, n_calls, name, limit_s):
    """Return the seconds of a call that is made in all threads at once, and its CPU seconds."""
    done = _run(call, n_threads, n_calls, name, limit_s)
    wall_s = max(end for _, end, _ in done) - min(begin for begin, _, _ in done)
    return wall_s / n_calls, sum(cpu_s for _, _, cpu_s in done) / n_threads / n_calls


def _capacity(batch_s):
    # As long as the batch, because a busy machine lets short bursts pass and stops long ones.
    slice_s = min(_PROBE_S, batch_s)
    return machine.capacity(max(2, machine.n_usable_workers()), slice_s=slice_s, rounds=1)


def _ticks_beside(call, n_calls, name, limit_s):
    """Return the ticks beside a batch of calls, as (due, woke) pairs, and its begin and end."""
    with switch_interval(_LONG_S), _ticking() as ticks:
        [(begin_s, end_s, _)] = _run(call, 1, n_calls, name, limit_s)
    return [tick for tick in ticks if tick[1] > begin_s and tick[0] < end_s], begin_s, end_s


@contextlib.contextmanager
def _ticking():
    """Tick in a thread while a ``with`` lasts, and yield the list of (due, woke) pairs."""
    ticks, over = [], []

    def tick():
        due_s = worker.now()
        while not over:
            due_s += _TICK_S
            time.sleep(max(0.0, due_s - worker.now()))
            woke_s = worker.now()
            ticks.append((due_s, woke_s))
            due_s += _TICK_S * max(0, math.floor((woke_s - due_s) / _TICK_S))  # missed ones

    thread = threading.Thread(target=tick, name="gil-meter ticks", daemon=True)
    thread.start()
    try:
        yield ticks
    finally:
        over.append(True)
        thread.join(_GRACE_S)


def late_from(control):
    """Return from how many seconds on a tick counts as late, given the control's ticks.

    Nine in ten of the ticks beside work without the lock are on time by it, unless the machine is
    so busy that they come 2 ms late.
    """
    lateness_s = sorted(woke_s - due_s for due_s, woke_s in control[0])
    usual_s = lateness_s[int(0.9 * len(lateness_s))] if lateness_s else 0.0
    return min(max(_LATE_S[0], usual_s), _LATE_S[1])


def late_share(ticks, begin_s, end_s, late_s):
    """Return the share of the ticks due from ``begin_s`` to ``end_s`` that came late.

    Ticks are due every half millisecond. While one waits for the lock the following ones fall due,
    too, and are late unless they are nearly over with it: so the share of late ticks is the share
    of time in which the lock is not to be had.

    Args:
        ticks: (due, woke) pairs in seconds; those in between were missed.
        begin_s, end_s: the time that counts, in seconds.
        late_s: a tick that wakes more seconds than this after it was due is late.

    >>> late_share([(0.0005, 0.00051), (0.001, 0.00275), (0.003, 0.00301)], 0, 0.004, 0.0003)
    0.5
    """
    n_due = n_late = 0
    for due_s, woke_s in ticks:
        n_missed = max(0, math.floor((woke_s - due_s) / _TICK_S))
        for at_s in (due_s + i * _TICK_S for i in range(n_missed + 1)):
            if begin_s <= at_s <= end_s:
                n_due += 1
                n_late += woke_s - at_s > late_s
    return n_late / n_due if n_due else 0.0


# --- Calls in threads of their own --------------------------------------------------------


def _calls_in_a_batch(call, name, limit_s):
    """Return how many calls fill ``BATCH_S``: 1 where one is longer. The first is a warm-up."""
    _run(call, 1, 1, name, limit_s, check=_check_result)

    def seconds_of(n_calls):
        [(begin_s, end_s, _)] = _run(call, 1, n_calls, name, limit_s)
        return end_s - begin_s

    return calls_for(BATCH_S, seconds_of)


def _run(call, n_threads, n_calls, name, limit_s, check=None):
    """Make ``n_calls`` calls in each of some threads; return their (begin, end, CPU seconds)."""
    together = threading.Barrier(n_threads)
    done, errors = [], []

    def work():
        try:
            together.wait()
            cpu_began_s = time.thread_time()
            begin_s = worker.now()
            for _ in itertools.repeat(None, n_calls):
                result = call()
            end_s = worker.now()
            done.append((begin_s, end_s, time.thread_time() - cpu_began_s))
            if check is not None:
                check(result)
        except GivenUp:
            pass
        except BaseException as error:
            errors.append(error)

    threads = [
        threading.Thread(target=work, name=f"gil-meter {i}", daemon=True) for i in range(n_threads)
    ]
    began_s = worker.now()
    overdue = False
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) and not errors and not overdue:
            for thread in threads:
                # Short waits, because on Windows a long one cannot be interrupted.
                thread.join(min(_LOOK_S, limit_s))
            overdue = worker.now() - began_s > limit_s
    finally:
        left = _end(threads)
    if errors:
        raise errors[0]
    if len(done) < n_threads:
        raise LabError(
            f"a call must be over within {limit_s:g} s, and {name} is not: give it less to do "
            f"({_STILL_THERE if left else 'it has been ended'})"
        )
    return done


def _end(threads):
    """Raise GivenUp in the threads that are still alive; return those that it does not end.

    It reaches a thread when it comes to run Python code.
    """
    alive = [thread for thread in threads if thread.is_alive()]
    if hasattr(ctypes, "pythonapi"):
        for thread in alive:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident), ctypes.py_object(GivenUp)
            )
    give_up_s = worker.now() + _GRACE_S
    for thread in alive:
        thread.join(max(0.0, give_up_s - worker.now()))
    return [thread for thread in alive if thread.is_alive()]


def _check_result(result):
    """Refuse a call that has not done its work when it returns."""
    if inspect.iscoroutine(result):
        result.close()
        raise LabError(
            "the meter takes a function that does its work when it is called, not a coroutine "
            "function: pass one that runs it, as in gil_meter(asyncio.run, main())"
        )
    if inspect.isgenerator(result):
        raise LabError(
            "the meter takes a function that does its work when it is called, not a generator "
            "function: pass one that goes through it, as in gil_meter(lambda: list(numbers()))"
        )


# --- Small things -------------------------------------------------------------------------


def _name_of(func):
    while isinstance(func, partial):
        func = func.func
    name = getattr(func, "__qualname__", type(func).__qualname__)
    return name.rpartition("<locals>.")[2]


def _median_ratio(above, below):
    return statistics.median(a / b if b > 0 else 1.0 for a, b in zip(above, below, strict=True))
