"""How long? A prediction on a slider of milliseconds, committed before anything is measured."""

import ipywidgets as widgets

from ..units import ms
from .commitment import Commitment
from .controls import LOOK


class Guess(Commitment):
    """A question whose answer is a time: a slider from 0.01 to 1000 ms, and Commit.

    ``seconds`` is the answer, None until Commit was pressed.
    """

    def __init__(self, question):
        self.seconds = None
        self._slider = widgets.FloatLogSlider(
            value=1.0, base=10, min=-2, max=3, step=0.05, readout_format=".2f",
            description="milliseconds", **LOOK,
        )  # fmt: skip
        super().__init__(question, [self._slider])

    def _keep(self):
        self.seconds = self._slider.value / 1000

    def _words(self):
        return None if self.seconds is None else f"Prediction: {ms(self.seconds)}"
