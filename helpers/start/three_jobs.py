"""Several jobs, each with the same few workers: their chart grows in its cell."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..cells.predict import Prediction, answer_of
from ..cells.watch import watch
from ..core import allowed, news, store
from ..core.job import Job
from ..core.machine import ONE_CPU
from ..core.runs import Result
from ..core.scaling import Experiment
from ..core.silence import silent
from ..errors import LabError, shown
from ..jobs.registry import as_job
from ..units import counted
from .chart import plot_jobs

KINDS = ("threads", "processes")


def compare_jobs(
    jobs: Sequence[Job | str],
    workers: int = 2,
    *,
    rounds: int | None = None,
    guess: Prediction | None = None,
) -> dict[str, Result]:
    """Compare threads and processes on each job, and return a ``Result`` for each job's name.

    The jobs come one after the other. The ways of running one take turns, beside the plain loop,
    and answers are compared with the plain loop's before a time counts.

    Args:
        jobs: a list of jobs, or of their names such as "strings".
        workers: how many of each kind.
        rounds: how often each way is timed, from 1 to 1000; 4 times when None, and 3 on one CPU.
        guess: what ``predict`` made of the jobs' names, for threads; it is drawn on the chart.

    Raises:
        Stopped: the kernel was interrupted. No worker is left; the chart keeps the runs.
        LabError: a value is out of its range, or a job raised an error or gave another answer.
    """
    if not isinstance(jobs, list | tuple) or not jobs:
        raise LabError(f'jobs come in a list, not {shown(jobs)}: try ["strings", "finished"]')
    rounds = _rounds() if rounds is None else rounds
    plans = [Experiment(as_job(job), KINDS, (workers,), rounds=rounds) for job in jobs]
    names = [plan.job.name for plan in plans]
    if len(set(names)) < len(names):
        raise LabError(f"jobs have a name each, not {', '.join(names)}: leave one out")
    said = answer_of(guess, "predict") or {}
    results = watch(
        _steps(plans, said),
        lambda results: plot_jobs(results, names, workers, recorded=_there(results)),
        lambda results: explain(results, workers),
        count=lambda results: (
            sum(len(result.runs) for result in results.values()),
            sum(plan.n_runs for plan in plans),
        ),
    )
    return {name: news.tell("measured", result) for name, result in results.items()}


def _rounds() -> int:
    return 3 if allowed.usable_cpus() < ONE_CPU else 4  # there it takes longer, and nothing gains


def _steps(plans: Sequence[Experiment], said: dict[str, float]) -> Iterator[dict[str, Result]]:
    """Yield the results so far: a dict from the name of each job that was begun."""
    results: dict[str, Result] = {}
    for plan in plans:
        run: Any = plan.run()
        with contextlib.closing(silent(run)) as found:
            for result in found:
                name = plan.job.name
                if name in said:
                    result = replace(result, prediction={"threads": said[name]})
                results = {**results, name: result}
                yield results


def _there(results: dict[str, Result]) -> dict[str, Result]:
    """Return recordings of these jobs from another machine, where this one has a single CPU."""
    found = {
        name: store.recorded(name) for name, result in results.items() if result.machine.has_one_cpu
    }
    return {name: result for name, result in found.items() if result is not None}


def explain(results: dict[str, Result], workers: int) -> list[str]:
    """Return what was found, a sentence for each kind of worker, and what was recorded."""
    said = [
        f"{kind.capitalize()} ({counted(workers, 'worker')}): {figures} times as fast."
        for kind in KINDS
        if (figures := _figures(results, kind, workers))
    ]
    there = _there(results)
    for recorded in list(there.values())[:1]:
        figures = "; ".join(f"{kind} {_figures(there, kind, workers)}" for kind in KINDS)
        made, machine = recorded.made[:10], recorded.machine
        said.append(
            f"Hollow marks were recorded on {made} on another machine ({machine}): {figures}."
        )
    return said


def _figures(results, kind, workers):
    points = {name: result.point(kind, workers) for name, result in results.items()}
    return ", ".join(f"{name} {point.speed_up:.2f}" for name, point in points.items() if point)
