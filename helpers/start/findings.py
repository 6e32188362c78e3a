"""What notebook 00 teaches, and how the three jobs show it."""

import os

from ..core.machine import TWO_CORES
from ..core.runs import Point, Result
from ..core.store import recorded
from ..judge.claims import Outcome, claim, crowded, no_gil, one_cpu, preempted, slowed_loop

Results = dict[str, Result]  # of each job's name
_GAINS = 1.4  # times as fast: much faster than one thread


@claim("00.threads-share-the-work", "Python has threads, and they share the work of a job.")
def _threads_share(results: Results) -> Outcome:
    runs = _runs(results, "threads")
    shared = [run for run in runs if len(run.workers) > 1 and _pids(run) == {os.getpid()}]
    figure = f"several threads of one process did the work in {len(shared)} of {len(runs)} runs"
    return Outcome(len(shared) > len(runs) / 2, figure, excuses=(crowded(results),))


@claim("00.processes-are-pythons", "Every process is a Python of its own.")
def _own_pythons(results: Results) -> Outcome:
    runs = _runs(results, "processes")
    apart = [run for run in runs if len(_pids(run) - {os.getpid()}) > 1]
    figure = f"several processes did the work in {len(apart)} of {len(runs)} runs"
    return Outcome(len(apart) > len(runs) / 2, figure, excuses=(crowded(results),))


@claim("00.strings-take-turns", "Two threads do not normalise the strings faster than one.")
def _strings(results: Results) -> Outcome:
    threads = _point(results, "strings", "threads")
    figure = f"they were {threads.speed_up:.2f} times as fast"
    excuses = no_gil(), crowded(results["strings"]), slowed_loop(results["strings"])
    return Outcome(threads.speed_up <= 1.3, figure, excuses)


@claim("00.one-core", "Threads that take turns keep one core busy, however many cores there are.")
def _one_core(results: Results) -> Outcome:
    threads = _point(results, "strings", "threads")
    figure = f"two threads kept {threads.cores_used:.2f} cores busy with the strings"
    return Outcome(threads.cores_used <= 1.3, figure, (no_gil(), crowded(results["strings"])))


@claim("00.finished-overlaps", "Two threads finish the pictures much faster than one.")
def _finished(results: Results) -> Outcome:
    threads = _point(results, "finished", "threads")
    figure = f"they were {threads.speed_up:.2f} times as fast"
    finished = results["finished"]
    excuses = crowded(finished, gain=_GAINS), _starved(finished), preempted(finished)
    return Outcome(threads.speed_up >= _GAINS, figure, excuses, _recorded("threads"), one_cpu())


@claim("00.drawing-gains-less", "Two threads gain less from drawing pictures than finishing them.")
def _drawn(results: Results) -> Outcome:
    drawn, finished = (_point(results, job, "threads") for job in ("pictures", "finished"))
    figure = (
        f"drawing was {drawn.speed_up:.2f} times as fast, finishing {finished.speed_up:.2f} times"
    )
    excuses = no_gil(), crowded(results), _starved(results["finished"])
    holds = drawn.speed_up <= 0.95 * finished.speed_up
    return Outcome(holds, figure, excuses, lacks=one_cpu())


@claim("00.processes-speed-up-all", "Two processes make all three jobs faster.")
def _processes(results: Results) -> Outcome:
    speed_ups = {job: _point(results, job, "processes").speed_up for job in results}
    figure = ", ".join(f"{job} ran {speed_up:.2f} times" for job, speed_up in speed_ups.items())
    excuses = crowded(results), preempted(results)
    holds = min(speed_ups.values()) > 1.05
    return Outcome(holds, f"{figure} as fast", excuses, _recorded("processes"), one_cpu())


@claim("00.copying-costs", "Processes gain less where much has to be copied, as with the strings.")
def _copying(results: Results) -> Outcome:
    strings, pictures = (_point(results, job, "processes") for job in ("strings", "pictures"))
    figure = (
        f"the strings ran {strings.speed_up:.2f} times as fast, drawing {pictures.speed_up:.2f}"
    )
    holds = strings.speed_up <= 0.95 * pictures.speed_up
    excuses = crowded(results), preempted(results["pictures"])
    return Outcome(holds, f"{figure} times", excuses, lacks=one_cpu())


@claim("00.start-is-small", "In a job of ten seconds, starting processes is a small part.")
def _start(results: Results) -> Outcome:
    startup_s = results["strings"].startup_s("processes", 2)
    assert startup_s is not None  # it is, where there is a run
    figure = f"starting two processes took {startup_s:.2f} s"
    return Outcome(startup_s <= 1, figure, excuses=(crowded(results["strings"]),))


def _starved(result):
    """Return that processes did not get two cores either, which no GIL holds up, or None."""
    cores = max(point.cores_used for point in result.points("processes"))
    return None if cores >= TWO_CORES else f"two processes got only {cores:.1f} cores meanwhile"


def _point(results: Results, job: str, kind: str) -> Point:
    (point,) = results[job].points(kind)
    return point


def _runs(results, kind):
    return [run for result in results.values() for run in result.timed_runs if run.kind == kind]


def _pids(run):
    """Return the processes of a run's workers, which are called after them."""
    return {int(worker.partition(".")[0]) for worker in run.workers}


def _recorded(kind):
    """Return what a recording from another machine shows for the finished pictures."""
    there = recorded("finished")
    point = there and there.point(kind, 2)
    return f"two {kind} finished them {point.speed_up:.2f} times as fast" if point else ""
