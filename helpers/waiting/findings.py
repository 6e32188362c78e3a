"""What notebook 04 teaches, as claims: each says whether an experiment shows it."""

import math
import sqlite3
import sys
from collections.abc import Mapping, Sequence

from ..core.side_by_side import SideBySide, load_pairs
from ..judge.claims import Outcome, claim, crowded, no_gil, one_cpu
from ..units import cpus, ms
from .load import Load, LoadPoint
from .words import enough

_BUSY = 0.65  # of a core: the client computes most of the time, first and last waits included
_GAINS = 1.4  # times the work of one thread: two of them overlap
_FILLED = 0.75  # of what waiting alone would allow: below it something else than waiting counts


# --- Ten requests ---------------------------------------------------------------------


@claim("04.threads-overlap", "Ten threads wait for ten requests at the same time.")
def _threads(serial_s: float, threads_s: float) -> Outcome:
    return _shorter(serial_s, threads_s, "in ten threads")


@claim("04.tasks-overlap", "Ten asyncio tasks wait at the same time too, in a single thread.")
def _tasks(serial_s: float, tasks_s: float) -> Outcome:
    return _shorter(serial_s, tasks_s, "in ten tasks")


def _shorter(serial_s, together_s, how):
    figure = (
        f"ten requests took {ms(serial_s)} one after the other and {ms(together_s)} {how}, "
        f"{serial_s / together_s:.1f} times as fast"
    )
    return Outcome(together_s < serial_s / 3, figure, excuses=(crowded(),))


# --- Many requests ----------------------------------------------------------------------


@claim(
    "04.far-more-than-cores",
    "Waiting needs no core, so far more threads pay off than there are cores.",
)
def _far_more(load: Load) -> Outcome:
    [serial] = load.of("serial")
    best, usable = max(load.of("threads"), key=_rate), load.machine.usable_cpus
    times = _rate(best) / _rate(serial)
    figure = (
        f"{best.n_at_once} threads on {cpus(usable)} got {times:.0f} times as many answers as one "
        "at a time"
    )
    many = f"this computer has {cpus(usable)}, nearly as many as there were threads"
    excuses = (many if 4 * usable > best.n_at_once else None, crowded(load))
    return Outcome(times > 6 and 4 * usable <= best.n_at_once, figure, excuses)


@claim(
    "04.asyncio-is-not-ahead",
    "Threads and asyncio wait equally well, but httpx computes more for a request with asyncio.",
)
def _not_ahead(load: Load) -> Outcome:
    few, middle, many = _pairs(load)[:3]
    costs = [point.cpu_per_request_s for point in middle]
    figure = (
        f"{few[0].n_at_once} at once got {_rate(few[0]):,.0f} answers a second in threads and "
        f"{_rate(few[1]):,.0f} with asyncio, {many[0].n_at_once} at once got "
        f"{_rate(many[0]):,.0f} and {_rate(many[1]):,.0f}; a request cost {1e3 * costs[0]:.2f} "
        f"and {1e3 * costs[1]:.2f} ms of CPU time"
    )
    equal = 0.7 < _rate(few[1]) / _rate(few[0]) < 1.4
    holds = equal and costs[1] > costs[0] and _rate(many[1]) < 1.15 * _rate(many[0])
    return Outcome(holds, figure, excuses=(no_gil(), crowded(load)))


def _pairs(load: Load) -> list[tuple[LoadPoint, LoadPoint]]:
    """Return threads and asyncio with the same number at once, the fewest first."""
    return list(zip(load.of("threads"), load.of("asyncio"), strict=True))


@claim(
    "04.one-core-is-the-limit",
    "Asyncio gains less and less as its one thread fills a core.",
)
def _one_core(load: Load) -> Outcome:
    most = load.of("asyncio")[-1]
    figure = f"{most.n_at_once} tasks in one thread kept {most.cores_used:.2f} of a core busy"
    holds = most.cores_used > _BUSY
    return Outcome(holds, figure, excuses=(_still_waits(load, most), one_cpu(), crowded(load)))


@claim("04.curve-flattens", "At some point twice as many threads no longer do twice as much.")
def _flattens(load: Load) -> Outcome:
    *_, before, most = load.of("threads")
    gain, more = _rate(most) / _rate(before), most.n_at_once / before.n_at_once
    found = enough(load.of("threads"))
    figure = (
        f"{most.n_at_once} threads got {gain:.2f} times as many answers as {before.n_at_once}; "
        f"{found.n_at_once if found else most.n_at_once} threads reached nine tenths of the best"
    )
    return Outcome(gain < 0.85 * more, figure, excuses=(_still_waits(load, most), crowded(load)))


def _still_waits(load: Load, point: LoadPoint) -> str | None:
    """Return that this computer is fast enough for more at once, or None."""
    allowed = point.n_at_once / load.latency_s if load.latency_s else math.inf
    if _rate(point) < _FILLED * allowed:
        return None
    return f"this computer is fast enough to let more than {point.n_at_once} wait at once"


def _rate(point: LoadPoint) -> float:
    return point.rate_per_s


# --- Asyncio --------------------------------------------------------------------------


@claim("04.tasks-are-light", "Ten thousand asyncio tasks can wait at once, in one thread.")
def _light(took_s: float) -> Outcome:
    figure = f"ten thousand tasks that wait one second each were done in {took_s:.1f} s"
    return Outcome(took_s < 3, figure, excuses=(crowded(),))


@claim("04.blocking-stops-the-loop", "One call that blocks stops all tasks of the loop.")
def _blocking(took_s: Mapping[str, float]) -> Outcome:
    blocked_s, *others_s = took_s.values()
    figure = ", ".join(f"{name} took {ms(seconds)}" for name, seconds in took_s.items())
    return Outcome(blocked_s > 2 * max(others_s), figure, excuses=(crowded(),))


# --- A database -----------------------------------------------------------------------


@claim(
    "04.counting-overlaps-fetching-does-not",
    "Two threads count in SQLite at the same time, but gain nothing when they fetch many rows.",
)
def _sqlite(pairs: Mapping[str, SideBySide]) -> Outcome:
    count, fetch = (pairs[name].speed_up for name in ("count", "fetch all"))
    found = load_pairs("database")
    recorded = _sqlite_said(found.pairs) if found else ""
    excuses, holds = (no_gil(), crowded(pairs, gain=_GAINS)), count > _GAINS and fetch < 1.25
    return Outcome(holds, _sqlite_said(pairs), excuses, recorded, one_cpu())


def _sqlite_said(pairs):
    count, fetch = (f"{pairs[name].speed_up:.2f}" for name in ("count", "fetch all"))
    return f"two threads counted {count} times as much as one, and fetched {fetch} times as much"


@claim(
    "04.connection-stays",
    "By default an SQLite connection serves only the thread that opened it.",
)
def _connection(refusal: BaseException | None) -> Outcome:
    figure = f"another thread got {type(refusal).__name__ if refusal else 'rows'}"
    return Outcome(isinstance(refusal, sqlite3.ProgrammingError), figure)


# --- What ends, and what runs on ----------------------------------------------------------


@claim("04.cancel-before-it-begins", "cancel() stops only what has not begun.")
def _cancel(cancelled: Sequence[bool]) -> Outcome:
    n, n_calls = sum(cancelled), len(cancelled)
    figure = f"{n} of {n_calls} calls were cancelled, and {n_calls - n} ran on"
    running, waiting = cancelled[:2], cancelled[2:]
    return Outcome(not any(running) and all(waiting), figure, excuses=(crowded(),))


@claim("04.a-timeout-ends-the-waiting", "A timeout ends the waiting. It does not end the thread.")
def _timeout(done_at_timeout: bool, done_later: bool) -> Outcome:
    said = {False: "was still at work", True: "had finished"}
    figure = f"the thread {said[done_at_timeout]} at the timeout, and {_later(done_later)}"
    return Outcome(not done_at_timeout and done_later, figure, excuses=(crowded(),))


def _later(done):
    return "finished later all the same" if done else "never finished"


@claim(
    "04.context-stays-behind",
    "A thread of a pool does not see the caller's context variables, unless you hand them on.",
)
def _context(plain: str, handed: str, to_thread: str) -> Outcome:
    figure = f"the pool saw {plain}, copy_context() brought {handed}, to_thread {to_thread}"
    inherits = getattr(sys.flags, "thread_inherit_context", 0)
    excuse = "this Python gives new threads the context of their maker" if inherits else None
    return Outcome(plain != handed == to_thread, figure, excuses=(excuse,))


@claim("04.locals-stay", "A thread that is used again keeps its thread-local values.")
def _locals(before: Sequence[str | None]) -> Outcome:
    figure = f"each call found what the one before had left: {', '.join(map(str, before))}"
    return Outcome(before[0] is None and None not in before[1:], figure)
