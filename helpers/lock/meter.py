"""The GIL meter: for what share of a call's time can no other Python thread run?

Three things are measured, in turns, for some seconds:

1. A thread ticks every half millisecond beside the call. Ticks that come late say that it could
   not have the lock, or not have a core. The switch interval is long meanwhile, so that the lock
   comes back only when the call itself releases it.
2. The same thread ticks beside hashing, which is known to release the GIL: ticks that come late
   there are the machine's, and count as nobody's fault.
3. The call is made alone and twice at once. That shows what the ticks cannot: a call that
   releases the GIL for instants too short to be of use, at every row or block, and spends its
   time on handing over.
"""

import contextlib
import ctypes
import functools
import hashlib
import inspect
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from ..core import machine, worker
from ..core.switch_interval import switch_interval
from ..core.turns import calls_for, take_turns
from ..errors import GivenUp, LabError, number, shown
from .reading import MeterReading

Tick = tuple[float, float]  # when it was due and when it woke, in seconds
BATCH_S = 0.04  # a shorter call is repeated for so long
_TICK_S = 0.0005
_LATE_S = (0.00025, 0.002)  # a tick counts as late from here on, more where the machine's own are
_LONG_S = 0.1  # the switch interval while a thread ticks
_LOOK_S = 0.1  # how often the caller looks for the end of a call
_PROBE_S = 0.2  # the longest slice of a look at the machine's capacity
_GRACE_S = 1.0  # how long a call that was given up may take to end
_LIMITS_S = (0.01, 3600.0)
_STILL_THERE = (
    "it could not be ended: a thread inside C code goes on in the background until it comes back "
    "by itself, or until the kernel is restarted"
)
_CONTROL = partial(hashlib.sha256, bytes(1 << 18))


def gil_meter(
    func: Callable[..., Any], *args: Any, seconds: float = 2.0, limit_s: float = 60.0
) -> MeterReading:
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
        columns, capacity = _measured(call, name, n_calls, seconds, limit_s)
    return MeterReading(name, machine.gil_enabled(), interval_s, n_calls, *columns, capacity)  # type: ignore[call-arg]


def _measured(call, name, n_calls, seconds, limit_s):
    """Return what ``_row`` does, each of shape (rounds,), and the machine's capacity meanwhile."""
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
    return columns, functools.reduce(machine.Capacity.joined, capacities)


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


def late_from(control: tuple[list[Tick], float, float]) -> float:
    """Return from how many seconds on a tick counts as late, given the control's ticks.

    Nine in ten of the ticks beside work without the lock are on time by it, unless the machine is
    so busy that they come 2 ms late.
    """
    lateness_s = sorted(woke_s - due_s for due_s, woke_s in control[0])
    usual_s = lateness_s[int(0.9 * len(lateness_s))] if lateness_s else 0.0
    return min(max(_LATE_S[0], usual_s), _LATE_S[1])


def late_share(ticks: Iterable[Tick], begin_s: float, end_s: float, late_s: float) -> float:
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
    try:
        for thread in threads:
            thread.start()
        _wait(threads, limit_s, errors)
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


def _wait(threads, limit_s, errors):
    """Wait until the threads are done, one of them has failed, or ``limit_s`` seconds are over."""
    began_s = worker.now()
    while any(thread.is_alive() for thread in threads) and not errors:
        for thread in threads:
            # Short waits, because on Windows a long one cannot be interrupted.
            thread.join(min(_LOOK_S, limit_s))
        if worker.now() - began_s > limit_s:
            return


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
