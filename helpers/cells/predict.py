"""Predictions: a question, controls, and Commit, which keeps the answer and locks them."""

import math
from collections.abc import Iterable
from html import escape
from typing import Any

import ipywidgets as widgets

from ..errors import LabError, shown, whole
from ..units import seconds
from .controls import LOOK, WRAP, display_widget


class Commitment:
    """A question above some controls, and Commit: it keeps the answer, which then stands.

    ``controls`` is a dict from a name to a widget, "commit" among them; ``answer`` is what they
    said when Commit was pressed, None before: a prediction left open is fine.

    A subclass returns what the controls say in ``_read``, and the answer in words in ``_words``.
    """

    verb = ""  # of the front door, that makes it

    def __init__(self, question: str, controls: dict[str, Any]) -> None:
        self.answer: Any = None
        button = widgets.Button(
            description="Commit",
            button_style="primary",
            tooltip="Keep this prediction, to set it beside the result",
        )
        button.on_click(lambda _: self.commit())
        self._fields = controls
        self.controls = {**controls, "commit": button}
        self._note = widgets.HTML()
        title = widgets.HTML(f"<b>Your prediction.</b> {escape(question)}")
        commit = widgets.HBox([button, self._note], layout=WRAP)
        self.box = widgets.VBox([title, *controls.values(), commit])

    def commit(self) -> None:
        """Keep what the controls say; from now on they cannot be moved."""
        self.answer = self._read()
        self._lock(True)
        self._note.value = "Committed. You meet it again beside the result."

    def renew(self) -> None:
        """Forget what was committed, for another job: the controls can be moved again."""
        self.answer = None
        self._lock(False)
        self._note.value = ""

    def _lock(self, locked):
        for control in self.controls.values():
            control.disabled = locked

    def _read(self):
        raise NotImplementedError

    def _words(self):
        raise NotImplementedError

    def __repr__(self) -> str:
        return "Prediction: none committed yet" if self.answer is None else self._words()

    def _ipython_display_(self):
        display_widget(self.box, repr(self))


class Prediction(Commitment):
    """How fast? A slider for the speed-up of each kind of worker, with ``n_workers`` of them."""

    verb = "predict"

    def __init__(self, kinds: Iterable[str], n_workers: int) -> None:
        self.n_workers = n_workers
        sliders = {
            kind: widgets.FloatSlider(
                value=1.0, min=0.0, max=2.0 * n_workers, step=0.1, description=kind,
                readout_format=".1f", **LOOK,
            )
            for kind in kinds
        }  # fmt: skip
        super().__init__(
            f"With {n_workers} workers, how many times as fast as serially? 1 is no change, below "
            "1 is slower.",
            sliders,
        )

    @property
    def values(self) -> dict[str, float]:
        """The speed-up that was committed for each kind; empty before."""
        return self.answer or {}

    def _read(self):
        return {kind: slider.value for kind, slider in self._fields.items()}

    def _words(self):
        said = ", ".join(f"{kind} {value:.1f}" for kind, value in self.values.items())
        return f"Prediction with {self.n_workers} workers: {said}"


class Choice(Commitment):
    """Which of these? A box to tick for each answer that may be right."""

    verb = "predict_which"

    def __init__(self, question: str, answers: Iterable[str]) -> None:
        look = {"indent": False, "layout": {"width": "auto"}}
        super().__init__(
            question,
            {answer: widgets.Checkbox(False, description=answer, **look) for answer in answers},
        )

    @property
    def chosen(self) -> list[str] | None:
        """The answers that were ticked at Commit, None before."""
        return self.answer

    def _read(self):
        return [answer for answer, box in self._fields.items() if box.value]

    def _words(self):
        return f"Prediction: {', '.join(self.answer) or 'none of them'}"


class Guess(Commitment):
    """How long? A slider from 0.01 to 1000 milliseconds, or to 60 seconds."""

    verb = "predict_time"

    def __init__(self, question: str, unit: str = "milliseconds") -> None:
        self._unit_s, most = {"milliseconds": (1e-3, 1000), "seconds": (1.0, 60)}[unit]
        slider = widgets.FloatLogSlider(
            1.0, min=-2, max=math.log10(most), step=0.05, readout_format=".2f", description=unit,
            **LOOK,
        )  # fmt: skip
        super().__init__(question, {unit: slider})

    @property
    def seconds(self) -> float | None:
        """The time that was committed, in seconds, None before."""
        return self.answer

    def _read(self):
        (slider,) = self._fields.values()
        return slider.value * self._unit_s

    def _words(self):
        return f"Prediction: {seconds(self.answer)}"


def answer_of(guess: Commitment | None, wanted: type[Commitment]) -> Any:
    """Return what was committed in a guess; None where nothing was, or where there is none.

    Raises:
        LabError: it is no guess of the class that is ``wanted``.
    """
    if guess is not None and not isinstance(guess, wanted):
        raise LabError(
            f"a guess comes from {wanted.verb}(...) here, not {shown(guess)}: make one, commit "
            "it, and pass it on; or leave it out"
        )
    return None if guess is None else guess.answer


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
