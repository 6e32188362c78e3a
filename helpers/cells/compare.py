"""The scaling curve in a cell: it grows run by run, and the verdict comes below it."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any

from ..core import news, store
from ..core.job import Job
from ..core.runs import Result
from ..core.scaling import Experiment
from ..core.silence import silent
from ..draw.scaling import plot_scaling
from ..jobs.registry import as_job
from ..judge.curve import sentences
from ..units import cpus
from .predict import Prediction, answer_of
from .watch import watch


def compare(
    job: Job | str,
    kinds: str | Sequence[str] = ("threads", "processes"),
    workers: int | Sequence[int] | None = None,
    *,
    rounds: int = 5,
    sublists: int | str | None = None,
    budget_s: float | None = None,
    guess: Prediction | None = None,
) -> Result:
    """Compare kinds of worker on a job, with more and more workers, and return the ``Result``.

    In a notebook the curve grows run by run, and the verdict comes below it; a script prints the
    verdict. Answers are compared with the serial ones before a time counts.

    Args:
        job: "strings", "pictures", "finished", or what ``job(function, items)`` returns.
        kinds: the kinds of worker to try, beside the plain loop, which always runs.
        workers: how many workers to try, such as (1, 2, 4); up to the usable CPUs when None.
        rounds: how often each combination is timed, from 1 to 1000; they take turns.
        sublists: into how many sublists the items are cut; as the job likes when None.
        budget_s: no round is begun that would probably end after so many seconds; the first
            is always made, but a run that hangs is given up 15 seconds later.
        guess: what ``predict`` made; what was committed is drawn on the chart.

    Raises:
        Stopped: the kernel was interrupted. No worker is left; the chart keeps the runs.
        LabError: a value is out of its range, or the job raised an error, gave another answer
            than serially, or lost a worker.
    """
    plan = as_job(job), _several(kinds, str), _several(workers, int)
    experiment = Experiment(*plan, rounds=rounds, n_sublists=sublists, budget_s=budget_s)
    curve = Curve(experiment, guess)
    result = watch(curve.steps(), curve.draw, curve.explain, count=curve.count)
    return news.tell("measured", result)


def _several(value: Any, one: type) -> Any:
    """Return a single kind, or number, as several."""
    return (value,) if isinstance(value, one) else value


class Curve:
    """What ``helpers.cells.watch.watch`` needs to show a scaling experiment while it runs.

    Where one CPU is usable, or a quota allows the time of one, a recording of another machine
    stands beside the curve.
    """

    def __init__(self, experiment: Experiment, guess: Prediction | None = None) -> None:
        self._experiment = experiment
        self._predicted: dict[str, Any] = {
            "prediction": answer_of(guess, "predict") or {},
            "prediction_n_workers": 2 if guess is None else guess.n_workers,
        }
        self._recorded: Result | None = None

    def steps(self, stop: Event | None = None) -> Iterator[Result]:
        """Yield the ``Result`` so far; the first has no runs."""
        run: Any = self._experiment.run(stop)
        with contextlib.closing(silent(run)) as results:
            for result in results:
                if not result.runs and result.machine.has_one_cpu:
                    self._recorded = store.recorded(result.job)
                yield dataclasses.replace(result, **self._predicted)

    def draw(self, result: Result) -> Any:
        """Return the curve as an Axes."""
        counts = self._experiment.worker_counts or ()
        return plot_scaling(result, worker_counts=counts, recorded=self._recorded)

    def explain(self, result: Result) -> list[str]:
        """Return the verdict in sentences, and what stands beside it."""
        said, recorded = sentences(result), self._recorded
        if recorded is not None:
            other = recorded.title != result.title
            what = f', for another variant of the job: "{recorded.title}"' * other
            said.append(
                f"{_few_cores(result.machine.quota_cpus)} The thin lines were recorded on "
                f"{recorded.made[:10]} on another machine ({recorded.machine}){what}."
            )
        return said

    def count(self, result: Result) -> tuple[int, int]:
        """Return how many runs are done, and how many there will be."""
        return len(result.runs), self._experiment.n_runs


def _few_cores(quota_cpus):
    """Return why no curve can rise for long here, and why one may all the same."""
    if quota_cpus is None:
        return (
            "Only one CPU is usable here, so no worker makes computing faster: where a curve of "
            "yours rises, other programs disturbed it."
        )
    return (
        f"A quota allows {cpus(quota_cpus)} of time here, so no worker makes a long computation "
        "faster: where a curve of yours rises, its runs ended before the quota was used up."
    )
