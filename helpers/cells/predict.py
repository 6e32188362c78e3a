"""Predictions: a question, controls, and Commit, which keeps the answer and locks them."""

import math
from collections.abc import Callable, Iterable, Mapping, Set
from html import escape
from typing import Any

import ipywidgets as widgets

from ..core import news
from ..errors import LabError, check_text, shown, whole
from ..units import seconds
from .controls import LOOK, WRAP, display_widget

_TIME = "predict_time"  # the verb of a prediction whose one control is its unit


class Prediction:
    """A question above some controls, and Commit: it keeps the answer, which then stands.

    ``predict``, ``predict_which`` and ``predict_time`` make one. ``answer`` is what was committed:
    a dict from a kind of worker to its speed-up with ``n_workers`` workers, a list of texts, or
    seconds; None before, as a prediction left open is fine. ``controls`` is a dict from a name to
    a widget, "commit" among them.
    """

    def __init__(
        self,
        verb: str,
        question: str,
        controls: dict[str, Any],
        read: Callable[[], Any],
        words: Callable[[Any], str],
        n_workers: int = 2,
    ) -> None:
        self.answer: Any = None
        self.verb, self.n_workers, self._read, self._words = verb, n_workers, read, words
        button = widgets.Button(
            description="Commit",
            button_style="primary",
            tooltip="Keep this prediction, to set it beside the result",
        )
        button.on_click(lambda _: self.commit())
        self.controls = {**controls, "commit": button}
        self._note = widgets.HTML()
        check_text("a question", question)
        self.question = question
        title = widgets.HTML(f"<b>Your prediction.</b> {escape(question)}")
        commit = widgets.HBox([button, self._note], layout=WRAP)
        self.box = widgets.VBox([title, *controls.values(), commit])

    def commit(self) -> None:
        """Keep what the controls say; from now on they cannot be moved."""
        self._keep(self._read(), "Committed. You meet it again beside the result.")
        news.tell("committed", self)

    def renew(self) -> None:
        """Forget what was committed, for another job: the controls can be moved again."""
        self._keep(None, "")

    def reopen(self, said: str) -> None:
        """Let the controls be moved again; what was committed stands until the next Commit."""
        self.tell(said)
        self._lock(False)

    def tell(self, said: str) -> None:
        """Show a line beside the button."""
        self._note.value = escape(said)

    def _keep(self, answer, said):
        self.answer = answer
        self.tell(said)
        self._lock(answer is not None)

    def _lock(self, locked):
        for control in self.controls.values():
            control.disabled = locked

    def __repr__(self) -> str:
        words = "none committed yet" if self.answer is None else self._words(self.answer)
        return f"Prediction: {words}"

    def _as_text(self):
        """Return what is asked and the answers to it, a line each, for where no controls are."""
        if self.answer is not None:
            return repr(self)
        answers = [name for name in self.controls if name != "commit" and self.verb != _TIME]
        return "\n".join([self.question, *(f"- {answer}" for answer in answers)])

    def _ipython_display_(self):
        display_widget(self.box, self._as_text())


def predict(
    kinds: Iterable[str] = ("threads", "processes"), workers: int = 2, *, about: str = ""
) -> Prediction:
    """Return sliders to predict how many times as fast each kind of worker is as the plain loop.

    Show them in a cell, move them and press Commit; then pass them on as ``guess``.

    Args:
        kinds: names of kinds of worker, a slider for each.
        workers: how many workers the prediction is for, from 1 to 1000.
        about: the job, in a word or two, where the question does not say it.

    Raises:
        LabError: there is no kind, or ``workers`` is out of its range.

    >>> predict(workers=4)
    Prediction: none committed yet
    """
    kinds = _names("kinds of worker", kinds, '["threads", "processes"]')
    check_text("what it is about", about)
    most = 2.0 * whole("workers", workers, 1, 1000, "try 2")
    look = {"min": 0.0, "max": most, "step": 0.1, "readout_format": ".1f", **LOOK}
    sliders = {kind: widgets.FloatSlider(1.0, description=kind, **look) for kind in kinds}
    return Prediction(
        "predict",
        f"{about}{': with' if about else 'With'} {workers} workers, how many times as fast as "
        "one at a time? 1 is no change, below 1 is slower.",
        sliders,
        lambda: {kind: slider.value for kind, slider in sliders.items()},
        lambda answer: ", ".join(f"{kind} {value:.1f}" for kind, value in answer.items()),
        workers,
    )


def predict_which(question: str, answers: Iterable[str]) -> Prediction:
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
    answers = _names("answers", answers, '["a loop", "a download"]')
    look = {"indent": False, "layout": {"width": "auto"}}
    boxes = {answer: widgets.Checkbox(False, description=answer, **look) for answer in answers}
    return Prediction(
        "predict_which",
        question,
        boxes,
        lambda: [answer for answer, box in boxes.items() if box.value],
        lambda ticked: ", ".join(ticked) or "none of them",
    )


def predict_time(question: str, unit: str = "milliseconds") -> Prediction:
    """Return a slider to predict a time, from 0.01 to 1000 milliseconds, or to 60 seconds.

    Show it in a cell, move it and press Commit; then pass it on as ``guess``.

    Args:
        question: one sentence.
        unit: of the slider, "milliseconds" or "seconds".

    Raises:
        LabError: the unit is another.

    >>> predict_time("How late does the thread wake up?")
    Prediction: none committed yet
    """
    if unit not in ("milliseconds", "seconds"):
        raise LabError(f"a unit is milliseconds or seconds, not {shown(unit)}: choose one")
    unit_s, most = (1e-3, 1000) if unit == "milliseconds" else (1.0, 60)
    look = {"min": -2, "max": math.log10(most), "step": 0.05, "readout_format": ".2f", **LOOK}
    slider = widgets.FloatLogSlider(1.0, description=unit, **look)
    return Prediction(_TIME, question, {unit: slider}, lambda: slider.value * unit_s, seconds)


def answer_of(guess: Prediction | None, verb: str) -> Any:
    """Return what was committed in a guess; None where nothing was, or where there is none.

    Raises:
        LabError: it is not what that verb of the front door makes.
    """
    if guess is None:
        return None
    if not isinstance(guess, Prediction) or guess.verb != verb:
        raise LabError(
            f"a guess comes from {verb}(...) here, not {shown(guess)}: make one, commit it, and "
            "pass it on; or leave it out"
        )
    return guess.answer


def _names(what, names, example):
    """Return a list of texts; raise a LabError for anything else."""
    listed = list(names) if isinstance(names, list | tuple | Set | Mapping) else None
    if not listed or not all(isinstance(name, str) for name in listed):
        raise LabError(f"{what} are a list of texts, not {shown(names)}: try {example}")
    return listed
