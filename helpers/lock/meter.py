"""The GIL meter: for what share of a call's time can no other Python thread run?

Three things are measured, in turns, for some seconds:

1. A thread ticks every half millisecond beside the call. Ticks that come late say that it could
   not have the GIL, or not have a core. The switch interval is long meanwhile, so that the GIL
   comes back only when the call itself releases it.
2. The same thread ticks beside hashing, which is known to release the GIL: ticks that come late
   there are the machine's, and count as nobody's fault.
3. The call is made alone and twice at once. That shows what the ticks cannot: a call that
   releases the GIL for instants too short to be of use, at every row or block, and spends its
   time on handing over.
"""

import contextlib
import functools
import hashlib
import itertools
import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from ..core import allowed, executors, machine, worker
from ..core.job import name_of
from ..core.own_code import raised
from ..core.silence import silence
from ..core.switch_interval import switch_interval
from ..core.turns import calls_for, take_turns
from ..core.unfinished import check_finished, check_it_lasts
from ..errors import LabError, number, shown
from ..interrupts import GivenUp
from ..pythons.witness import witness_call
from .reading import MeterReading, TickReading

BATCH_S = 0.04  # a shorter call is repeated for so long
_TICK_S = 0.0005
_LATE_S = (0.00025, 0.002)  # a tick counts as late from here on, more where the machine's own are
_LONG_S = 0.1  # the switch interval while a thread ticks
_LOOK_S = 0.1  # how often the caller looks for the end of a call
_PROBE_S = 0.2  # the longest slice of a look at the machine's capacity
_GRACE_S = 0.5  # how long a call that was given up may take to end, and again
_LIMITS_S = (0.01, 3600.0)
_WITNESS_S = (0.5, 2.0)  # a thousand samples a second: enough, and no more than a reader waits for
_CONTROL = partial(hashlib.sha256, bytes(1 << 18))

Ticks = list[tuple[float, float]]  # when each was due, and when it woke


def gil_meter(
    func: Callable[..., Any],
    *args: Any,
    seconds: float = 2.0,
    limit_s: float = 60.0,
    witness: bool = False,
) -> MeterReading:
    """Return the ``MeterReading`` of ``func(*args)``.

    The call is made many times, in threads of its own and two at once, so it must bear that. A
    round takes about five calls, or a fifth of a second where calls are shorter.

    Args:
        func: what to call.
        args: with what.
        seconds: for how long to go on, from 0.01 to 3600; one round is always made.
        limit_s: a call (or a batch, where calls are short) that takes longer is given up, from 0.01
            to 3600 seconds. One that holds the GIL in C code for ever cannot be: no Python
            code runs beside it.
        witness: whether CPython's own profiler looks on as well, from another process. It takes a
            CPython of 3.15 or newer, this one or another, to which the call is sent. Where that
            cannot be done, the reading says why.

    Raises:
        LabError: a value is out of its range, or a call raises, takes longer than ``limit_s`` or
            has not done its work when it returns. Nothing is left running.

    >>> gil_meter(sum, [1, 2, 3], seconds=0.01).name
    'sum'
    """
    call, name = _checked(func, args, seconds, limit_s)
    with switch_interval(None) as interval_s, silence():
        n_calls = _calls_in_a_batch(call, name, limit_s)
        rounds = [*_rounds(call, n_calls, name, seconds, limit_s)]
    columns: list[Any] = [*zip(*rounds, strict=True)]
    columns[-1] = functools.reduce(machine.Capacity.joined, columns[-1])
    reading = MeterReading(name, machine.gil_enabled(), interval_s, n_calls, *columns)
    return _witnessed(reading, call, seconds) if witness else reading


def _witnessed(reading, call, seconds):
    """Return a reading with what a profiler sees of the same call."""
    each_s = min(max(_WITNESS_S[0], seconds / 2), _WITNESS_S[1])
    limit_s = 30 + 2 * each_s + 10 * reading.call_s  # two Pythons start, and one may be slower
    return replace(reading, witness=witness_call(call, seconds=each_s, limit_s=limit_s))


def ticks_beside(
    func: Callable[..., Any], *args: Any, seconds: float = 0.1, limit_s: float = 60.0
) -> TickReading:
    """Return what the ticks alone tell of ``func(*args)``: a ``TickReading``.

    The arguments and errors are those of ``gil_meter``. The call is never made twice at once, so
    what two threads make of it is left to be measured.

    >>> ticks_beside(sum, [1, 2, 3], seconds=0.01).name
    'sum'
    """
    call, name = _checked(func, args, seconds, limit_s)
    with switch_interval(None), silence():
        n_calls = _calls_in_a_batch(call, name, limit_s)
        n_controls = _n_controls()
        tries = {
            "control": partial(_ticks_beside, _CONTROL, n_controls, "hashing", limit_s),
            "beside": partial(_ticks_beside, call, n_calls, name, limit_s),
        }
        done, rounds = {}, []
        for _, way, ends_round in take_turns(tries, budget_s=seconds):
            done[way] = tries[way]()
            if ends_round:
                _, begin_s, end_s = done["beside"]
                rounds.append(((end_s - begin_s) / n_calls, *_late_shares(done)))
    return TickReading(name, machine.gil_enabled(), *zip(*rounds, strict=True))


def _checked(func, args, seconds, limit_s):
    """Return the call without arguments, and its name."""
    if not callable(func):
        raise LabError(
            f"the meter takes something that can be called, not {shown(func)}: pass the function, "
            "then its arguments, as in meter(sorted, names)"
        )
    number("seconds", seconds, *_LIMITS_S, "try 2")
    number("limit_s", limit_s, *_LIMITS_S, "try 60")
    check_it_lasts(args, "an argument")
    return partial(func, *args), name_of(func)


# --- One round --------------------------------------------------------------------------


def _rounds(call, n_calls, name, seconds, limit_s):
    """Yield, of each round, what a ``MeterReading`` has: from its lateness to the capacity."""
    n_controls = _n_controls()
    tries = {
        "alone": partial(_together, call, 1, n_calls, name, limit_s),
        "twice": partial(_together, call, 2, n_calls, name, limit_s),
        "control": partial(_ticks_beside, _CONTROL, n_controls, "hashing", limit_s),
        "beside": partial(_ticks_beside, call, n_calls, name, limit_s),
    }
    done = {}
    for _, way, ends_round in take_turns(tries, budget_s=seconds):
        done[way] = tries[way]()
        if not ends_round:
            continue
        (alone_s, alone_cpu_s), (twice_s, twice_cpu_s) = done["alone"], done["twice"]
        lateness_s = tuple(woke_s - due_s for due_s, woke_s in done["beside"][0])
        # As long as the batch, because a busy machine lets short bursts pass and stops long ones.
        slice_s, n_threads = min(_PROBE_S, alone_s * n_calls), max(2, allowed.n_usable_workers())
        capacity = machine.capacity(n_threads, slice_s=slice_s, rounds=1)
        yield lateness_s, *_late_shares(done), alone_s, twice_s, alone_cpu_s, twice_cpu_s, capacity


def _late_shares(done):
    """Return which share of the ticks came late beside the call, and beside the control."""
    late_s = late_from(done["control"][0])
    return [late_share(*done[way], late_s) for way in ("beside", "control")]


def _together(call, n_threads, n_calls, name, limit_s):
    """Return the seconds of a call that is made in all threads at once, and its CPU seconds."""
    done = _run(call, n_threads, n_calls, name, limit_s)
    wall_s = max(end for _, end, _ in done) - min(begin for begin, _, _ in done)
    return wall_s / n_calls, sum(cpu_s for _, _, cpu_s in done) / n_threads / n_calls


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


def late_from(ticks: Ticks) -> float:
    """Return from how many seconds on a tick counts as late, given those beside the control.

    Nine in ten of the ticks beside work without the GIL are on time by it, unless the machine is
    so busy that they come 2 ms late.
    """
    lateness_s = sorted(woke_s - due_s for due_s, woke_s in ticks)
    usual_s = lateness_s[int(0.9 * len(lateness_s))] if lateness_s else 0.0
    return min(max(_LATE_S[0], usual_s), _LATE_S[1])


def late_share(ticks: Ticks, begin_s: float, end_s: float, late_s: float) -> float:
    """Return the share of the ticks due in that time that woke more than ``late_s`` too late.

    Ticks are due every half millisecond. While one waits for the GIL the following ones fall due,
    too, and are late unless they are nearly over with it: so the share of late ticks is the share
    of time in which the GIL is not to be had.
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
    given = ", ".join(shown(value, 20) for value in call.args[:3])
    check = partial(check_finished, name=name, parameter="", given=given)
    _run(call, 1, 1, name, limit_s, check=check)

    def seconds_of(n_calls):
        [(begin_s, end_s, _)] = _run(call, 1, n_calls, name, limit_s)
        return end_s - begin_s

    return calls_for(BATCH_S, seconds_of)


@functools.cache  # so that many short readings do not count it again and again
def _n_controls():
    return _calls_in_a_batch(_CONTROL, "hashing", _LIMITS_S[1])


def _run(call, n_threads, n_calls, name, limit_s, check=None):
    """Make ``n_calls`` calls in each of some threads; return their (begin, end, CPU seconds)."""
    together, done, errors = threading.Barrier(n_threads), [], []
    work = partial(_work, call, n_calls, check, together, done, errors)
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
        have_ended = executors.give_up(threads, _GRACE_S)
    if errors:
        if isinstance(errors[0], LabError):
            raise errors[0]
        raise LabError(raised(name, errors[0])) from errors[0]
    if len(done) < n_threads:
        end = "it could not be ended: inside C code it goes on until it comes back by itself"
        raise LabError(
            f"a call must be over within {limit_s:g} s, and {name} is not: give it less to do "
            f"({'it has been ended' if have_ended else end})"
        )
    return done


def _work(call, n_calls, check, together, done, errors):
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
