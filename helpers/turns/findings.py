"""What notebook 01 teaches, as claims that its page and its recordings show or deny."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from ..core.side_by_side import SideBySide, load_pairs
from ..core.store import recorded
from ..judge.claims import Outcome, claim, crowded, no_gil, one_cpu
from ..units import counted, ms, per_cent
from .beside_a_search import recorded as recorded_beside_a_search
from .beside_a_search import said_of, shares_of_loop
from .lanes import about
from .record import Timeline
from .summary import median_s
from .words import idle_share, is_disturbed, taken

_BLOCK = 20  # names: a shorter block would be no turn, but chance
_TURNS = 4  # two for each thread
_OVERLAPS, _IN_TURNS = 1.4, 1.3  # times the work of one thread
_MOSTLY = 0.6  # of the time, the turns of the loop included


@claim("01.two-of-four", "Waiting and compressing overlap; loops and searches take turns.")
def _two_of_four(measured: Mapping[str, SideBySide]) -> Outcome:
    got = {job: pair.speed_up for job, pair in measured.items()}
    overlap = min(got["wait"], got["compress"]) >= _OVERLAPS
    holds = overlap and max(got["loop"], got["search"]) <= _IN_TURNS
    listed = ", ".join(f"{job} {times:.2f}" for job, times in got.items())
    figure = f"two threads got this many times the work of one done: {listed}"
    excuses = (no_gil(), crowded(measured, gain=_OVERLAPS))
    return Outcome(holds, figure, excuses, _recorded("wait", "compress"), one_cpu())


@claim("01.page-in-blocks", "Two threads that write on one page write long blocks.")
def _page(page: Sequence[str]) -> Outcome:
    n_blocks = sum(1 for _ in groupby(page))
    figure = f"{len(page):,} names came in {counted(n_blocks, 'block')}"
    return _with_gil(len(page) >= _BLOCK * n_blocks > 0, figure)


@claim("01.loops-take-turns", "Two threads that run Python loops take turns.")
def _loops(recording: Timeline) -> Outcome:
    share, n_turns = recording.overlap_share, len(recording.held)
    figure = f"they took {counted(n_turns, 'turn')}, and both ran in {per_cent(share)} of the time"
    few = _disturbed(recording) if n_turns < _TURNS else None
    return _with_gil(share < 0.2 and n_turns >= _TURNS, figure, few)


@claim("01.turns-follow-the-interval", "A longer switch interval makes longer turns.")
def _interval(usual: Timeline, longer: Timeline) -> Outcome:
    turns_s = [median_s(one.held) for one in (usual, longer)]
    before, after = (
        f"{about(turn_s)} at an interval of {ms(one.switch_interval_s)}"
        for turn_s, one in zip(turns_s, (usual, longer), strict=True)
    )
    figure = f"turns took {before}, and {after}"
    return _with_gil(turns_s[1] > 2 * turns_s[0], figure, _disturbed(usual, longer))


@claim("01.waits-overlap", "Two threads that wait do so at the same time.")
def _waits(recording: Timeline) -> Outcome:
    figure = f"both waited in {per_cent(recording.overlap_share)} of the time"
    return Outcome(recording.overlap_share > 0.5, figure, (_disturbed(recording),))


@claim("01.compressing-overlaps", "Two threads that compress run at the same time.")
def _compressing(recording: Timeline) -> Outcome:
    # On one CPU, or where other programs have the second one, both calls are under way at once as
    # well, and share it in slices.
    short, is_taken = one_cpu(), _taken(recording)
    excuses = (short, is_taken or _disturbed(recording))
    holds = recording.overlap_share > 0.5 and not (short or is_taken)
    figure = f"both calls were under way in {per_cent(recording.overlap_share)} of the time"
    return Outcome(holds, figure, excuses, _recorded("compress"))


@claim("01.a-search-freezes-the-loop", "A C call that holds the GIL freezes a Python thread.")
def _frozen(recording: Timeline) -> Outcome:
    worker, pause_s = recording.shut_out
    interval = f"the switch interval is {ms(recording.switch_interval_s)}"
    if not worker:
        few = _disturbed(recording) if len(recording.held) < _TURNS else None
        return _with_gil(False, f"the loop had its turns, and {interval}", few)
    return _with_gil(True, f"the loop was shut out for {about(pause_s)}, and {interval}")


@claim("01.the-loop-waits-for-the-gil", "Beside the search, the loop mostly waits for the GIL.")
def _waits_for_the_gil(recording: Timeline) -> Outcome:
    loop = shares_of_loop(recording)
    if loop is None:
        lacks = str(recording.witness or "none was asked")
        return Outcome(False, "no profiler looked on", (), recorded_beside_a_search(), lacks)
    return Outcome(loop.waits > _MOSTLY, said_of(loop), (_disturbed(recording),))


@claim("01.processes-overlap", "Two processes run Python loops at the same time.")
def _processes(recording: Timeline) -> Outcome:
    figure = f"both ran in {per_cent(recording.overlap_share)} of the time"
    holds, said = recording.overlap_share > 0.5, _recorded_processes()
    excuses = (_taken(recording) or _disturbed(recording),)
    return Outcome(holds, figure, excuses, said, one_cpu())


@claim("01.names-are-counted", "Python counts how many names an object has.")
def _counted(before: int, after: int) -> Outcome:
    return Outcome(after - before == 1, f"a second name took the count from {before} to {after}")


def _with_gil(holds: bool, figure: str, *excuses: str | None) -> Outcome:
    """Return the Outcome of what only a GIL shows: without one it may look so on a busy machine."""
    without = no_gil()
    return Outcome(holds and not without, figure, (without, *excuses))


def _disturbed(*recordings: Timeline) -> str | None:
    """Return that other programs, or a quota, took the CPUs in a recording, or None."""
    for one in recordings:
        if is_disturbed(one):
            share = per_cent(idle_share(one))
            return f"other programs kept both from running for {share} of the recording"
    return crowded(*recordings)


def _taken(recording: Timeline) -> str | None:
    """Return that the system took workers off their cores for other programs, or None.

    Who waits for a lock gives its core away itself, and that is not counted here.
    """
    if not recording.n_taken or recording.stopped_share or one_cpu():
        return None
    said = taken(recording)
    return said[0].lower() + said[1:]


def _recorded_processes() -> str:
    """Return what two processes made of a job of Python code elsewhere, "" where that is lost."""
    strings = recorded("strings")
    point = strings and strings.point("processes", 2)
    if not point:
        return ""
    return f"two processes did the job of notebook 02 {point.speed_up:.2f} times as fast as one"


def _recorded(*jobs: str) -> str:
    """Return what two threads got done of some jobs on another machine, "" where that is lost."""
    if (found := load_pairs("turns")) is None:
        return ""
    said = " and ".join(f"{job} {found.pairs[job].speed_up:.2f}" for job in jobs)
    return f"two threads got this many times the work of one done: {said}"
