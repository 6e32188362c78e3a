"""A prediction that is committed before anything is measured, and then drawn on the result."""

import ipywidgets as widgets

from .live import display_widget


class Prediction:
    """Sliders for the speed-up that the reader expects, one for each kind of pool.

    ``values`` is a dict from kind to speed-up, empty until Commit was pressed: a prediction
    left open is fine.
    """

    def __init__(self, kinds=("threads", "processes"), n_workers=2):
        self.values = {}
        self.n_workers = n_workers
        self._sliders = {
            kind: widgets.FloatSlider(
                value=1.0,
                min=0.0,
                max=2.0 * n_workers,
                step=0.1,
                description=kind,
                readout_format=".1f",
                style={"description_width": "9em"},
                layout={"width": "28em", "max_width": "100%"},
            )
            for kind in kinds
        }
        self._button = widgets.Button(
            description="Commit",
            button_style="primary",
            tooltip="Keep this prediction and draw it on the result",
        )
        self._button.on_click(lambda _: self.commit())
        self._note = widgets.HTML()
        question = widgets.HTML(
            f"<b>Your prediction.</b> With {n_workers} workers, how many times as fast as "
            "serially? 1 is no change, below 1 is slower."
        )
        self.box = widgets.VBox(
            [question, *self._sliders.values(), widgets.HBox([self._button, self._note])]
        )

    def commit(self):
        """Keep the sliders' values; from now on they cannot be moved."""
        self.values = {kind: slider.value for kind, slider in self._sliders.items()}
        for slider in self._sliders.values():
            slider.disabled = True
        self._button.disabled = True
        self._note.value = "Committed. It is drawn on the next measurement."

    def renew(self):
        """Forget what was committed, for another job: the sliders can be moved again."""
        self.values = {}
        for slider in self._sliders.values():
            slider.disabled = False
        self._button.disabled = False
        self._note.value = ""

    def __repr__(self):
        if not self.values:
            return "Prediction: none committed yet"
        said = ", ".join(f"{kind} {value:.1f}" for kind, value in self.values.items())
        return f"Prediction with {self.n_workers} workers: {said}"

    def _ipython_display_(self):
        display_widget(self.box, repr(self))
