"""A load test in its cell: the curve grows while requests are sent."""

import contextlib
import dataclasses

from ..cells.watch import watch
from .chart import draw_load
from .words import explain


def run_load(test, prediction=None):
    """Run a load test in this cell, its chart growing below, and return the ``Load``.

    Args:
        test: a ``helpers.waiting.load.LoadTest``.
        prediction: a ``Prediction``; what was committed in it is drawn on the chart.

    Raises:
        Stopped: the kernel was interrupted. No thread is left; the chart keeps the runs.
        LabError: as ``LoadTest.run``.
    """

    def steps():
        predicted = {
            "prediction": dict(prediction.values) if prediction else {},
            "prediction_n_at_once": prediction.n_workers if prediction else 16,
        }
        with contextlib.closing(test.run()) as loads:
            for load in loads:
                yield dataclasses.replace(load, **predicted)

    return watch(
        steps(),
        lambda load: draw_load(load, counts=test.counts),
        lambda load: explain(load) or ["Nothing was measured."],
        count=lambda load: (len(load.runs), test.n_runs),
    )
