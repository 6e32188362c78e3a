"""The scaling experiment in a cell: the curve grows run by run, and the verdict comes below it."""

import contextlib
import dataclasses

from ..core import store
from ..draw.scaling import plot_scaling
from ..judge.curve import sentences
from .watch import watch


def run_live(experiment, prediction=None):
    """Run an experiment in this cell, its chart growing below, and return the ``Result``.

    Args:
        experiment: a ``helpers.core.scaling.Experiment``.
        prediction: a ``Prediction``; what was committed in it is drawn on the chart.

    Raises:
        Stopped: the kernel was interrupted. No worker is left; the chart keeps the runs.
        LabError: as ``Experiment.run``.
    """
    curve = Curve(experiment, prediction)
    return watch(curve.steps(), curve.draw, curve.explain, count=curve.count)


class Curve:
    """What ``helpers.cells.watch.watch`` needs to show a scaling experiment while it runs.

    Where one CPU is usable, so that workers cannot compute side by side, a recording of another
    machine stands beside the curve.
    """

    def __init__(self, experiment, prediction=None):
        self._experiment, self._prediction = experiment, prediction
        self._recorded = None

    def steps(self, stop=None):
        """Yield the ``Result`` so far; the first has no runs."""
        prediction = self._prediction
        predicted = {
            "prediction": dict(prediction.values) if prediction else {},
            "prediction_n_workers": prediction.n_workers if prediction else 2,
        }
        with contextlib.closing(self._experiment.run(stop)) as results:
            for result in results:
                if not result.runs and result.machine.has_one_cpu:
                    self._recorded = store.load_recording(result.job)
                yield dataclasses.replace(result, **predicted)

    def draw(self, result):
        """Return the curve as an Axes."""
        counts = self._experiment.worker_counts
        return plot_scaling(result, worker_counts=counts, recorded=self._recorded)

    def explain(self, result):
        """Return the verdict in sentences, and what stands beside it."""
        said, recorded = sentences(result), self._recorded
        if recorded is not None:
            other = recorded.title != result.title
            what = f', for another variant of the job: "{recorded.title}"' * other
            said.append(
                "Only one CPU is usable here, so workers cannot compute side by side: where a "
                "curve of yours rises, other programs disturbed it. The thin lines were recorded "
                f"on {recorded.made[:10]} on another machine ({recorded.machine}){what}."
            )
        return said

    def count(self, result):
        """Return how many runs are done, and how many there will be."""
        return len(result.runs), self._experiment.n_runs
