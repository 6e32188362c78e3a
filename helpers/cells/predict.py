"""Predictions: a question, controls, and Commit, which keeps the answer and locks them."""

from collections.abc import Iterable
from html import escape
from typing import Any

import ipywidgets as widgets

from ..errors import LabError, shown, whole
from .controls import LOOK, WRAP, display_widget


class Commitment:
    """A question above some controls, and Commit: it keeps the answer, which then stands.

    ``controls`` is a dict from a name to a widget, "commit" among them. A subclass keeps what the
    controls say in ``_keep``, and returns what it kept in ``_words``, None while that is nothing:
    a prediction left open is fine.
    """

    def __init__(self, question: str, controls: dict[str, Any]) -> None:
        button = widgets.Button(
            description="Commit",
            button_style="primary",
            tooltip="Keep this prediction, to set it beside the result",
        )
        button.on_click(lambda _: self.commit())
        self.controls = {**controls, "commit": button}
        self._note = widgets.HTML()
        title = widgets.HTML(f"<b>Your prediction.</b> {escape(question)}")
        commit = widgets.HBox([button, self._note], layout=WRAP)
        self.box = widgets.VBox([title, *controls.values(), commit])

    def commit(self) -> None:
        """Keep what the controls say; from now on they cannot be moved."""
        self._keep()
        self._lock(True)
        self._note.value = "Committed. You meet it again beside the result."

    def _lock(self, locked):
        for control in self.controls.values():
            control.disabled = locked

    def _keep(self):
        raise NotImplementedError

    def _words(self):
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._words() or "Prediction: none committed yet"

    def _ipython_display_(self):
        display_widget(self.box, repr(self))


class Prediction(Commitment):
    """How fast? A slider for the speed-up of each kind of worker.

    ``values`` is a dict from kind to speed-up with ``n_workers`` workers, empty until Commit was
    pressed.
    """

    def __init__(self, kinds: Iterable[str], n_workers: int) -> None:
        self.values: dict[str, float] = {}
        self.n_workers = n_workers
        self._sliders = {
            kind: widgets.FloatSlider(
                value=1.0, min=0.0, max=2.0 * n_workers, step=0.1, description=kind,
                readout_format=".1f", **LOOK,
            )
            for kind in kinds
        }  # fmt: skip
        super().__init__(
            f"With {n_workers} workers, how many times as fast as serially? 1 is no change, below "
            "1 is slower.",
            self._sliders,
        )

    def renew(self) -> None:
        """Forget what was committed, for another job: the sliders can be moved again."""
        self.values = {}
        self._lock(False)
        self._note.value = ""

    def _keep(self):
        self.values = {kind: slider.value for kind, slider in self._sliders.items()}

    def _words(self):
        if not self.values:
            return None
        said = ", ".join(f"{kind} {value:.1f}" for kind, value in self.values.items())
        return f"Prediction with {self.n_workers} workers: {said}"


class Choice(Commitment):
    """Which of these? A box to tick for each answer that may be right.

    ``chosen`` is the list of ticked answers, None until Commit was pressed.
    """

    def __init__(self, question: str, answers: Iterable[str]) -> None:
        self.chosen: list[str] | None = None
        self._boxes = {
            answer: widgets.Checkbox(
                False, description=answer, indent=False, layout={"width": "auto"}
            )
            for answer in answers
        }
        super().__init__(question, self._boxes)

    def _keep(self):
        self.chosen = [answer for answer, box in self._boxes.items() if box.value]

    def _words(self):
        if self.chosen is None:
            return None
        return f"Prediction: {', '.join(self.chosen) or 'none of them'}"


class Guess(Commitment):
    """How long? A slider from 0.01 to 1000 ms.

    ``seconds`` is the answer, None until Commit was pressed.
    """

    def __init__(self, question: str) -> None:
        self.seconds: float | None = None
        self._slider = widgets.FloatLogSlider(
            value=1.0, base=10, min=-2, max=3, step=0.05, readout_format=".2f",
            description="milliseconds", **LOOK,
        )  # fmt: skip
        super().__init__(question, {"milliseconds": self._slider})

    def _keep(self):
        self.seconds = self._slider.value / 1000

    def _words(self):
        return None if self.seconds is None else f"Prediction: {1000 * self.seconds:.3g} ms"


def predict(kinds: Iterable[str] = ("threads", "processes"), workers: int = 2) -> Prediction:
    """Return sliders to predict how many times as fast each kind of worker is as the plain loop.

    Show them in a cell, move them and press Commit; then pass them on as ``guess``.

    Args:
        kinds: names of kinds of worker, a slider for each.
        workers: how many workers the prediction is for, from 1 to 1000.

    Raises:
        LabError: there is no kind, or ``workers`` is out of its range.

    >>> predict(workers=4)
    Prediction: none committed yet
    """
    whole("workers", workers, 1, 1000, "try 2")
    return Prediction(_names("kinds of worker", kinds, '["threads", "processes"]'), workers)


def predict_which(question: str, answers: Iterable[str]) -> Choice:
    """Return boxes to tick, one for each answer to a question that may be right.

    Show them in a cell, tick some or none, and press Commit; then pass them on as ``guess``.

    Args:
        question: one sentence.
        answers: a list of texts, or a dict whose keys they are.

    Raises:
        LabError: there is no answer to choose.

    >>> predict_which("Which overlap?", ["a loop", "a download"])
    Prediction: none committed yet
    """
    return Choice(question, _names("answers", answers, '["a loop", "a download"]'))


def predict_time(question: str) -> Guess:
    """Return a slider to predict a time, from 0.01 to 1000 milliseconds.

    Show it in a cell, move it and press Commit; then pass it on as ``guess``.

    >>> predict_time("How late does the thread wake up?")
    Prediction: none committed yet
    """
    return Guess(question)


def _names(what, names, example):
    """Return a list of texts; raise a LabError for anything else."""
    listed = None if isinstance(names, str) or not isinstance(names, Iterable) else list(names)
    if not listed or not all(isinstance(name, str) for name in listed):
        raise LabError(f"{what} are a list of texts, not {shown(names)}: try {example}")
    return listed
