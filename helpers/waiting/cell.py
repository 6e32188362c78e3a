"""A load test in its cell: the curve grows while requests are sent."""

import contextlib
import dataclasses

from ..cells.live import REDRAW_S, Picture, exclusive, in_words, progress_bar
from ..core import worker
from ..errors import LabError, Stopped
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
    picture = Picture()
    load = dataclasses.replace(
        test.begin(),
        prediction=dict(prediction.values) if prediction else {},
        prediction_n_at_once=prediction.n_workers if prediction else 16,
    )
    note, drawn_s = "", 0.0

    def draw(html, text=""):
        picture.update(draw_load(load, counts=test.counts).figure, html, text)

    with exclusive():
        draw(_progress(load, test))
        try:
            with contextlib.closing(test.run()) as runs:
                for run in runs:
                    load = dataclasses.replace(load, runs=(*load.runs, run))
                    if worker.now() - drawn_s >= REDRAW_S:
                        draw(_progress(load, test))
                        drawn_s = worker.now()
        except KeyboardInterrupt:
            note = "Stopped."
            raise Stopped(
                f"Stopped after {len(load.runs)} of {test.n_runs} runs: the chart keeps them, and "
                "nothing is left running. Run this cell again before those below."
            ) from None
        except LabError:
            note = "Refused."
            raise
        finally:
            draw(*in_words([*[note] * bool(note), *explain(load)] or ["Nothing was measured."]))
    return load


def _progress(load, test):
    done, planned = len(load.runs), test.n_runs
    return f"{progress_bar(done, planned)} run {done} of {planned}"
