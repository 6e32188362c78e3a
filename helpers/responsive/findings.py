"""What notebook 07 teaches, as claims: each says whether an experiment shows it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor
from itertools import pairwise

from ..judge.claims import Outcome, claim, crowded, no_gil, one_cpu, slowed
from ..units import ms
from .beats import AT_ONCE_S, Beats, Lateness

_NEAR = (0.3, 3.0)  # switch intervals: what counts as about one


@claim("07.freeze", "A bar stands still while the thread that moves it computes.")
def _freeze(moved_s: Sequence[float], job_s: float) -> Outcome:
    gap_s = max(later - earlier for earlier, later in pairwise(moved_s))
    figure = f"the job took {ms(job_s)}, and the bar stood still for {ms(gap_s)}"
    return Outcome(gap_s >= 0.9 * job_s > AT_ONCE_S, figure)


@claim("07.main-thread", "On the main thread, the job makes the interface deaf.")
def _main_thread(beats: Mapping[str, Beats]) -> Outcome:
    return _deaf(beats["the main thread"])


@claim("07.thread", "Beside a job of Python code in a thread, the interface answers in time.")
def _thread(beats: Mapping[str, Beats]) -> Outcome:
    return _answers(beats["a thread"])


@claim("07.process", "Beside a job in a process, the interface answers in time.")
def _process(beats: Mapping[str, Beats]) -> Outcome:
    return _answers(beats["a process"])


@claim("07.one-c-call", "One long C call that holds the GIL makes it deaf, although in a thread.")
def _one_call(beats: Mapping[str, Beats]) -> Outcome:
    return _deaf(beats["a thread, in one C call"], no_gil())


def _deaf(one, *excuses):
    figure = f"it did not answer for {ms(one.freeze_s)}"
    short = f"the job took only {ms(one.wall_s)}" if one.wall_s <= AT_ONCE_S else None
    return Outcome(one.freezes, figure, excuses=(*excuses, short))


def _answers(one):
    figure = f"the longest time without an answer was {ms(one.freeze_s)}, of {ms(one.wall_s)}"
    return Outcome(not one.freezes, figure, excuses=(crowded(),))


@claim("07.parts", "Cut into parts, the same search lets the interface answer.")
def _parts(whole: Beats, parts: Beats) -> Outcome:
    figure = f"in one call it was deaf for {ms(whole.freeze_s)}, in parts for {ms(parts.freeze_s)}"
    short = f"the search took only {ms(whole.wall_s)}" if whole.wall_s <= AT_ONCE_S else None
    holds = parts.freeze_s < whole.freeze_s / 2 and not parts.freezes
    return Outcome(holds, figure, excuses=(no_gil(), short, crowded()))


@claim("07.cancel", "Cancel ends a job that looks between two pieces.")
def _cancel(ended_after_s: float, done: int, n_pieces: int) -> Outcome:
    figure = f"it ended {ms(ended_after_s)} after Cancel, with {done:,} of {n_pieces:,} pieces done"
    return Outcome(0 < done < n_pieces, figure)


@claim("07.kill", "A process can be ended in the middle of a call that would take hours.")
def _kill(ended_after_s: float, error: BaseException | None) -> Outcome:
    what = type(error).__name__ if error else "a result"
    figure = f"the call ended {ms(ended_after_s)} after kill_workers(), with {what}"
    return Outcome(isinstance(error, BrokenExecutor), figure)


@claim("07.one-interval", "Beside a Python loop, a thread wakes up about one switch interval late.")
def _one_interval(rows: Mapping[str, Lateness]) -> Outcome:
    loops = [row for row in rows.values() if row.beside == "loop"]
    figure = ", ".join(
        f"{ms(row.median_s)} at {ms(row.switch_interval_s)}"
        for row in sorted(loops, key=lambda row: row.switch_interval_s)
    )
    # Below a millisecond the system's own timers count as much as the interval does.
    told = [row for row in loops if row.switch_interval_s >= 0.002]
    low, high = _NEAR
    holds = all(low < row.median_s / row.switch_interval_s < high for row in told)
    return Outcome(holds, f"half of the wakes were later than {figure}", (no_gil(), crowded(rows)))


@claim("07.c-calls", "What counts beside C code is whether the call holds the GIL.")
def _c_calls(rows: Mapping[str, Lateness]) -> Outcome:
    by = {row.beside: row for row in rows.values()}
    releases, holding = by["c-releases"], by["c-holds"]
    figure = (
        f"half of the wakes were later than {ms(releases.median_s)} beside calls that release it, "
        f"and than {ms(holding.median_s)} beside calls that hold it"
    )
    holds = holding.median_s > 3 * releases.median_s
    return Outcome(holds, figure, excuses=(no_gil(), crowded(rows)))


@claim("07.convoy", "One busy thread slows down two others that do little but wait.")
def _convoy(rates: Mapping[str, float], core_share: float) -> Outcome:
    alone, beside, _ = rates.values()
    figure = f"{alone:,.0f} round trips a second alone, and {beside:,.0f} beside a busy thread"
    # On one CPU the process shares it with the round trips, and its share tells nothing.
    busy = crowded() if one_cpu() else slowed("the busy process", core_share)
    return Outcome(alone > 1.5 * beside, figure, excuses=(no_gil(), busy))


@claim("07.convoy-cure", "In a process, the same work disturbs them far less.")
def _convoy_cure(rates: Mapping[str, float], core_share: float) -> Outcome:
    _, beside, process = rates.values()
    figure = (
        f"{process:,.0f} round trips a second beside a busy process, {beside:,.0f} beside a thread"
    )
    short = one_cpu() or slowed("the busy process", core_share)
    return Outcome(process > 1.3 * beside, figure, excuses=(no_gil(), short))
