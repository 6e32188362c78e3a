"""A load test in its cell: the curve grows while requests are sent."""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

from ..cells.predict import Prediction, answer_of
from ..cells.watch import watch
from .chart import draw_load
from .load import Load, LoadTest
from .web_server import WebServer
from .words import explain


def load_test(server: WebServer, guess: Prediction | None = None, **plan: Any) -> Load:
    """Ask a server by more and more requests at once, show how it answers, and return the ``Load``.

    Args:
        server: a ``WebServer`` that has begun.
        guess: what ``predict`` made; what was committed is drawn on the chart.
        plan: other arguments of ``helpers.waiting.load.LoadTest``, such as ``budget_s``.

    Raises:
        Stopped: the kernel was interrupted. No thread is left; the chart keeps the runs.
        LabError: as ``LoadTest`` and its ``run``.
    """
    test = LoadTest(server, **plan)
    said: dict[str, Any] = {"prediction": answer_of(guess, "predict") or {}}
    if guess is not None:
        said["prediction_n_at_once"] = guess.n_workers

    def steps() -> Iterator[Load]:
        with contextlib.closing(test.run()) as loads:
            for load in loads:
                yield dataclasses.replace(load, **said)

    return watch(
        steps(),
        lambda load: draw_load(load, counts={n for _, n in test.combinations}),
        lambda load: explain(load) or ["Nothing was measured."],
        count=lambda load: (len(load.runs), test.n_runs),
    )
