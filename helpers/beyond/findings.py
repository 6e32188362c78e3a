"""What notebook 10 teaches, as claims: each says whether an experiment shows it."""

from collections.abc import Mapping, Sequence

from ..core import allowed
from ..core.runs import Result
from ..judge.claims import Outcome, claim, crowded, no_gil, one_cpu
from ..judge.theory import ProcessModel
from ..processes.split import Split
from ..units import bytes_, cpus, per_cent, seconds
from .model import speed_up, stops_paying
from .servers import ServerLoad

_CLEARLY = 1.2
_CPUS_FOR_CLIENT_AND_TWO = 3


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
    return Outcome(far < 1.15 * near, figure, excuses=(one_cpu(), crowded(strings)))


@claim("10.move-less", "The less is moved, the larger is the share of the time for computing.")
def _move_less(moves: Mapping[str, Split]) -> Outcome:
    most, least = moves["sent from here"], moves["pictures"]
    figure = (
        f"{per_cent(_computing(most))} where {_moved(most)} were moved, and "
        f"{per_cent(_computing(least))} where {_moved(least)} were"
    )
    return Outcome(_computing(least) > _computing(most), figure, excuses=(crowded(),))


@claim("10.network", "On a network, moving the strings takes longer than the work on them.")
def _network(moves: Mapping[str, Split], megabits_per_s: float) -> Outcome:
    sent = moves["sent from here"]
    moving_s, work_s = (
        8 * (sent.bytes_out + sent.bytes_back) / (1e6 * megabits_per_s),
        sent.working_s,
    )
    figure = (
        f"{_moved(sent)} are on their way for {seconds(moving_s)} at {megabits_per_s:g} megabits a "
        f"second, and two workers compute for {seconds(work_s)}"
    )
    fast = "such a network is faster than most" if megabits_per_s > 100 else None
    return Outcome(moving_s > work_s, figure, excuses=(fast, crowded()))


@claim("10.large-sublists", "With a hundredth of the calls, far more workers pay.")
def _large(many: ProcessModel, few: ProcessModel) -> Outcome:
    figure = (
        f"by the model, 100 workers are {speed_up(many, 100):.0f} times as fast as one loop with "
        f"many calls, and {speed_up(few, 100):.0f} times with few"
    )
    return Outcome(stops_paying(few) > stops_paying(many), figure)


@claim("10.threads-do-not", "Threads in one process do not answer more requests that compute.")
def _threads(loads: Sequence[ServerLoad]) -> Outcome:
    one, threads = _rate(loads, "compute", 1, 0), _rate(loads, "compute", 1, 8)
    return Outcome(
        threads < _CLEARLY * one, _said(one, threads, "8 threads"), (no_gil(), crowded())
    )


@claim("10.processes-help", "A second process answers more requests that compute.")
def _processes(loads: Sequence[ServerLoad]) -> Outcome:
    one, two, usable = *(_rate(loads, "compute", n, 0) for n in (1, 2)), allowed.usable_cpus()
    client = f"{cpus(usable)} can be used, and the client needs one"
    few = client if usable < _CPUS_FOR_CLIENT_AND_TWO else None
    return Outcome(two > _CLEARLY * one, _said(one, two, "2 processes"), (few, crowded()))


@claim("10.waiting-needs-no-process", "For requests that wait, one process with asyncio is enough.")
def _waiting(loads: Sequence[ServerLoad]) -> Outcome:
    one, four = _rate(loads, "wait", 1, 0), _rate(loads, "wait", 4, 0)
    return Outcome(four < 1.5 * one and one > 60, _said(one, four, "4 processes"), (crowded(),))


def _computing(split):
    return split.part_s("computing") / split.median_s


def _moved(split):
    return bytes_(split.bytes_out + split.bytes_back)


def _rate(loads, endpoint, n_processes, n_threads):
    wanted = (endpoint, n_processes, n_threads)
    [load] = [one for one in loads if (one.endpoint, one.n_processes, one.n_threads) == wanted]
    return load.rate_per_s


def _said(one, other, name):
    return f"one process answered {one:.0f} requests a second, and {name} {other:.0f}"
