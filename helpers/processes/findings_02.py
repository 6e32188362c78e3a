"""What notebook 02 teaches about a list of strings, and how a measurement is judged by it."""

import statistics
from collections.abc import Sequence
from operator import truediv
from typing import Any

from ..core import store
from ..core.runs import Result, quartiles
from ..core.spans import Span
from ..judge.claims import Outcome, claim, crowded, no_gil, one_cpu, preempted
from ..judge.facts import IDLE, SCATTER
from ..units import ms, per_cent, seconds
from .copying import Copying
from .in_turns import Times
from .strings_chart import Arrivals

_LONG_S = 20.0  # of the loop: the size that the notebook's question speaks of
_COSTLY = 1.6  # times the loop's CPU time: two cores of a real machine hardly win that back


@claim("02.same-keys", "Two threads return the same keys as the plain loop.")
def _same_keys(keys: list[str], expected: list[str]) -> Outcome:
    n_equal = sum(map(str.__eq__, keys, expected))
    figure = f"{n_equal:,} of {len(expected):,} keys are the same"
    return Outcome(keys == expected, figure)


@claim("02.threads-gain-nothing", "Two threads take about as long as the plain loop.")
def _threads(took_s: Times) -> Outcome:
    loop_s = took_s["the loop"]
    speed_up = statistics.median(map(truediv, loop_s, took_s["two threads"]))
    figure = f"two threads were {speed_up:.2f} times as fast as the loop"
    excuses = (no_gil(), _unsteady(loop_s), crowded(took_s))
    return Outcome(speed_up < 1.25 and not no_gil(), figure, excuses)


@claim("02.turns", "The two threads take turns: one runs, the other waits.")
def _turns(first: Sequence[Span], second: Sequence[Span]) -> Outcome:
    spans = (*first, *second)
    whole_s = max(span.stop_s for span in spans) - min(span.start_s for span in spans)
    shared = sum(max(0.0, _common_s(a, b)) for a in first for b in second) / whole_s
    idle = 1 - sum(span.duration_s for span in spans) / whole_s + shared
    turn_s = statistics.median(span.duration_s for span in spans)
    figure = (
        f"both ran at once in {per_cent(shared)} of the time, and they took {len(spans)} turns, "
        f"{ms(turn_s)} in the median"
    )
    in_turns = shared < 0.2 and len(spans) > 3
    taken = f"other programs kept both from running for {per_cent(idle)} of the time"
    return Outcome(in_turns and not no_gil(), figure, (no_gil(), taken if idle > IDLE else None))


@claim("02.processes-gain", "Two processes are faster than the plain loop.")
def _processes(result: Result) -> Outcome:
    point: Any = result.point("processes", 2)
    figure = (
        f"two processes were {point.speed_up:.2f} times as fast: work that takes the loop "
        f"{seconds(_LONG_S)} would take them {seconds(_LONG_S / point.speed_up)}"
    )
    excuses = (preempted(result), _costly(point), crowded(result))
    return Outcome(point.speed_up > 1.05, figure, excuses, _recorded(), one_cpu())


@claim("02.one-sublist", "One sublist gains nothing: one process works, and the other waits.")
def _one_sublist(took_s: Times) -> Outcome:
    one = _ratio(took_s["1 sublist"], took_s["the loop"])
    sixteen = _ratio(took_s["16 sublists"], took_s["the loop"])
    figure = (
        f"one sublist took {one:.2f} times as long as the loop, and 16 took {sixteen:.2f} times"
    )
    return Outcome(one > 0.87, figure, (_unsteady(took_s["the loop"]), crowded(took_s)))


@claim("02.tiny-sublists", "A task for every string is far slower than the plain loop.")
def _tiny_sublists(took_s: Times) -> Outcome:
    ratio = _ratio(took_s["60,000 sublists"], took_s["the loop"])
    figure = f"60,000 sublists took {ratio:.0f} times as long as the loop"
    return Outcome(ratio > 3, figure)


@claim("02.chunksize", "With a `chunksize`, `map` sends many strings in one message.")
def _chunksize(took_s: Times) -> Outcome:
    chunks_s = took_s["chunksize=3_750"]
    ratio = _ratio(took_s["60,000 sublists"], chunks_s)
    figure = (
        f"it was {ratio:.0f} times as fast as a task for every string, and "
        f"{_ratio(took_s['16 sublists'], chunks_s):.2f} times as fast as 16 sublists"
    )
    return Outcome(ratio > 3, figure)


@claim("02.empty-task", "An empty task for a process costs more than the work on five strings.")
def _empty_task(costs_s: dict[str, tuple[float, float]], string_s: float, took_s: Times) -> Outcome:
    submit_s, whole_s = costs_s["processes"]
    figure = (
        f"such a task took {seconds(whole_s)}, {seconds(submit_s)} of it in `submit`, and one "
        f"string {seconds(string_s)}"
    )
    return Outcome(whole_s > 5 * string_s, figure, (crowded(took_s),))


@claim("02.arrivals", "`as_completed` hands over short results while `map` waits for a long one.")
def _arrivals(arrivals: Arrivals) -> Outcome:
    first_s = {name: row[0][1] for name, row in arrivals.items()}
    as_done_s, in_order_s = first_s["as_completed"], first_s["map"]
    figure = (
        f"the first result came after {seconds(as_done_s)} with `as_completed`, and after "
        f"{seconds(in_order_s)} with `map`"
    )
    all_s = [row[-1][1] for row in arrivals.values()]  # the same work, whatever the order
    excuses = (one_cpu(), _unsteady(all_s, "the same sublists"))
    return Outcome(as_done_s < 0.8 * in_order_s, figure, excuses)


@claim("02.copying", "Processes pay for copying the strings there and the keys back.")
def _copying(every_key: Copying) -> Outcome:
    figure = f"copying took {per_cent(every_key.share)} of the time of the work itself"
    return Outcome(every_key.share > 0.03, figure)


@claim("02.send-less", "A number sent back instead of every key is less to copy.")
def _send_less(every_key: Copying, a_number: Copying) -> Outcome:
    left = per_cent(a_number.share)
    figure = f"the share of copying fell from {per_cent(every_key.share)} to {left}"
    return Outcome(a_number.share < 0.8 * every_key.share, figure)


@claim("02.cell-function", "A function from a cell does not reach a process that starts afresh.")
def _cell_function(complaint: str, missing: object) -> Outcome:
    failed = complaint.startswith("BrokenProcessPool") and isinstance(missing, AttributeError)
    return Outcome(failed, f"the pool broke, and the process said: {missing}")


def _costly(point):
    """Return that copying takes too much for two workers to gain, or None."""
    if point.cpu_ratio < _COSTLY:
        return None
    return f"the work and the copying took {point.cpu_ratio:.1f} times the CPU time of the loop"


def _unsteady(tries_s, what="the loop alone"):
    """Return that the machine changed its speed between tries of one and the same, or None."""
    low_s, high_s = quartiles(tries_s)
    if high_s < (1 + SCATTER) * low_s:
        return None
    return (
        f"the machine changed its speed meanwhile: {what} took {seconds(low_s)} to "
        f"{seconds(high_s)}"
    )


def _recorded():
    """Return what two processes reached on the machine of the recording, or nothing."""
    found = store.recorded("strings")
    point = found and found.point("processes", 2)
    return f"two processes were {point.speed_up:.2f} times as fast there" if point else ""


def _common_s(a, b):
    return min(a.stop_s, b.stop_s) - max(a.start_s, b.start_s)


def _ratio(above_s, below_s):
    return statistics.median(above_s) / statistics.median(below_s)
