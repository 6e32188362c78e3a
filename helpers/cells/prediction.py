"""How fast? A prediction on sliders, committed before anything is measured."""

import ipywidgets as widgets

from .commitment import Commitment


class Prediction(Commitment):
    """Sliders for the speed-up that the reader expects, one for each kind of pool.

    ``values`` is a dict from kind to speed-up, empty until Commit was pressed.
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
        super().__init__(
            f"With {n_workers} workers, how many times as fast as serially? 1 is no change, below "
            "1 is slower.",
            self._sliders.values(),
        )

    def renew(self):
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
