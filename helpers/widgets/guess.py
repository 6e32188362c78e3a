"""How long? A prediction on a slider of milliseconds, committed before anything is measured."""

from html import escape

import ipywidgets as widgets

from .live import display_widget


class Guess:
    """A question whose answer is a time: a slider from 0.01 to 1000 ms, and Commit.

    ``seconds`` is the answer, None until Commit was pressed: a prediction left open is fine.
    """

    def __init__(self, question):
        self.seconds = None
        self._slider = widgets.FloatLogSlider(
            value=1.0, base=10, min=-2, max=3, step=0.05, readout_format=".2f",
            description="milliseconds", style={"description_width": "8em"},
            layout={"width": "32em", "max_width": "100%"},
        )  # fmt: skip
        self._button = widgets.Button(
            description="Commit",
            button_style="primary",
            tooltip="Keep this prediction and draw it on the result",
        )
        self._button.on_click(lambda _: self.commit())
        self._note = widgets.HTML()
        title = widgets.HTML(f"<b>Your prediction.</b> {escape(question)}")
        self.box = widgets.VBox([title, self._slider, widgets.HBox([self._button, self._note])])

    def commit(self):
        """Keep the slider's value; from now on it cannot be moved."""
        self.seconds = self._slider.value / 1000
        self._slider.disabled = self._button.disabled = True
        self._note.value = "Committed. It is drawn on the next measurement."

    def __repr__(self):
        if self.seconds is None:
            return "Prediction: none committed yet"
        return f"Prediction: {1000 * self.seconds:.3g} ms"

    def _ipython_display_(self):
        display_widget(self.box, repr(self))
