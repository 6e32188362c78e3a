"""What notebook 10 teaches, as claims: each says whether an experiment shows it."""

import statistics
from collections.abc import Mapping, Sequence

from ..core.runs import Result
from ..judge.claims import Outcome, claim, crowded, no_gil, one_cpu, preempted
from ..judge.theory import ProcessModel
from ..processes.split import Split
from ..units import bytes_, per_cent, seconds
from .model import speed_up, stops_paying
from .servers import ServerLoad
from .trips import Trip

_CLEARLY = 1.2


@claim("10.same-lines", "The lines of the standard library's executors run on a cluster, too.")
def _same_lines(answers: Sequence[str], expected: Sequence[str]) -> Outcome:
    return Outcome(answers == expected, f"the cluster gave {', '.join(answers)}")


@claim("10.cluster-not-ahead", "On one machine, a cluster is no faster than processes.")
def _cluster(strings: Result) -> Outcome:
    points = [strings.point(kind, 2) for kind in ("processes", "distributed")]
    near, far = (point.speed_up for point in points if point is not None)
    figure = (
        f"with two workers, processes were {near:.2f} times as fast as the loop, and the cluster "
        f"{far:.2f} times"
    )
    excuses = one_cpu(), crowded(strings), preempted(strings)
    return Outcome(far < 1.15 * near, figure, excuses)


@claim("10.move-less", "The less is moved, the larger is the share of the time for computing.")
def _move_less(moves: Mapping[str, Split]) -> Outcome:
    most, least = moves["sent from here"], moves["pictures"]
    figure = (
        f"{per_cent(_computing(most))} where {_moved(most)} were moved, and "
        f"{per_cent(_computing(least))} where {_moved(least)} were"
    )
    return Outcome(_computing(least) > _computing(most), figure, excuses=(crowded(),))


@claim("10.network", "On a slow network, moving the strings takes longer than the work on them.")
def _network(trips: Sequence[Trip]) -> Outcome:
    slow = min((trip.network for trip in trips), key=lambda network: network.megabits_per_s)
    fast = max((trip.network for trip in trips), key=lambda network: network.megabits_per_s)
    took_s = {(trip.network, trip.way): trip.seconds for trip in trips}
    sent_s, counted_s = took_s[slow, "sent from here"], took_s[slow, "counted there"]
    figure = (
        f"at {slow.megabits_per_s:g} megabits a second it took {seconds(sent_s)} with the strings "
        f"sent, and {seconds(counted_s)} with only the counts moved; at {fast.megabits_per_s:,g}, "
        f"{seconds(took_s[fast, 'sent from here'])} and {seconds(took_s[fast, 'counted there'])}"
    )
    quick = f"{slow} is too quick to tell" if slow.megabits_per_s > 10 else None
    # The same work, the same calls and the same delay: what is more was moving.
    return Outcome(sent_s > 2 * counted_s, figure, excuses=(quick, crowded()))


@claim("10.small-jobs-stay", "With its start, a cluster is slower than one loop for a small job.")
def _small(strings: Result) -> Outcome:
    runs = strings.timed_runs
    loop_s, far_s = (
        statistics.median(run.wall_s for run in runs if (run.kind, run.n_workers) == way)
        for way in (("serial", 1), ("distributed", 2))
    )
    start_s = strings.startup_s("distributed", 2) or 0.0
    figure = (
        f"the loop took {seconds(loop_s)}; two workers of a cluster took {seconds(start_s)} to "
        f"start, and {seconds(far_s)} to do it"
    )
    return Outcome(start_s + far_s > loop_s, figure, excuses=(crowded(strings),))


@claim("10.large-sublists", "With a hundredth of the calls, far more workers pay.")
def _large(many: ProcessModel, few: ProcessModel) -> Outcome:
    figure = (
        f"by the model, 100 workers are {speed_up(many, 100):.0f} times as fast as one loop with "
        f"many calls, and {speed_up(few, 100):.0f} times with few"
    )
    return Outcome(stops_paying(few) > stops_paying(many), figure)


@claim("10.threads-do-not", "Threads in one process do not answer more requests that compute.")
def _threads(loads: Sequence[ServerLoad]) -> Outcome:
    one, threads = _load(loads, "compute", 1), _load(loads, "compute", 1, 8)
    excuses = no_gil(), one_cpu(), crowded(one, threads)
    holds = threads.rate_per_s < _CLEARLY * one.rate_per_s
    return Outcome(holds, _said(one, threads), excuses)


@claim("10.processes-help", "A second process answers more requests that compute.")
def _processes(loads: Sequence[ServerLoad]) -> Outcome:
    one, two = (_load(loads, "compute", n) for n in (1, 2))
    short = one_cpu()  # a quota of one CPU lets two processes run at once, but for an instant only
    holds = two.rate_per_s > _CLEARLY * one.rate_per_s and not short
    return Outcome(holds, _said(one, two), (short, crowded(one, two, gain=_CLEARLY)))


@claim("10.waiting-needs-no-process", "For requests that wait, one process with asyncio is enough.")
def _waiting(loads: Sequence[ServerLoad]) -> Outcome:
    one, four = (_load(loads, "wait", n) for n in (1, 4))
    holds = four.rate_per_s < 1.5 * one.rate_per_s and one.rate_per_s > 60
    return Outcome(holds, _said(one, four), (crowded(one, four),))


def _computing(split):
    return split.part_s("computing") / split.median_s


def _moved(split):
    return bytes_(split.bytes_out + split.bytes_back)


def _load(loads, endpoint, n_processes, n_threads=0):
    wanted = (endpoint, n_processes, n_threads)
    [load] = [one for one in loads if (one.endpoint, one.n_processes, one.n_threads) == wanted]
    return load


def _said(one, other):
    name = f"{other.n_threads} threads" if other.n_threads else other.server
    rates = f"{one.rate_per_s:.0f} requests a second, and {name} {other.rate_per_s:.0f}"
    return f"one process answered {rates}"
