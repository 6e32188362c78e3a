"""The lab of the break-even: from which job length do new processes pay on this machine?"""

import contextlib
import math

import ipywidgets as widgets

from ..cells.controls import LOOK, WRAP
from ..cells.lab import BackgroundLab
from ..cells.picture import caption
from ..cells.predict import predict_time
from ..core.allowed import n_usable_workers
from ..errors import LabError
from ..jobs.registry import load_job
from ..kind import KINDS
from .break_even_chart import plot_break_even
from .split import Split, measure_job, measure_splits
from .when_it_pays import break_even, crossing

_SIZE = 60_000  # spellings: long enough to tell the parts, short enough to wait for
_AROUND = (0.5, 1.0, 2.0)  # the sizes of the check, in predicted crossings


class BreakEvenLab(BackgroundLab):
    """Predict the crossing, measure the parts, then turn the knobs of the model.

    Run measures the split of the strings job in new pools, draws the prediction that follows
    for jobs of any length, and checks it with jobs of three sizes around the crossing. The
    sliders for bytes and workers then only redraw the model.

    ``split`` and ``points`` hold what was measured last: a ``Split`` or None, and
    (kind, serial seconds, pool seconds) for each size of the check; ``prediction`` is the
    ``Prediction`` among the controls.
    """

    def __init__(self) -> None:
        super().__init__()
        self.split: Split | None = None
        self.points: list[tuple[str, float, float]] = []
        self._serial_s = math.nan
        self.prediction = predict_time(
            "From how many seconds of loop on do two new processes finish sooner?", "seconds"
        )
        methods = [k for k in KINDS.values() if k.start_method is not None]
        usable = [k.name for k in (*methods, KINDS["threads"]) if k.lacking is None]
        most = max(16, n_usable_workers())
        self.controls |= {
            "kind": widgets.Dropdown(options=usable, description="kind of pool", **LOOK),
            "copying": widgets.FloatLogSlider(
                1.0, min=-1, max=2, step=0.1, readout_format=".1f",
                description="bytes per item ×", continuous_update=False, **LOOK,
            ),
            "workers": widgets.IntSlider(
                2, 1, most, description="workers", continuous_update=False, **LOOK
            ),
        }  # fmt: skip
        run, stop, kind, copying, workers = self.controls.values()
        for slider in (copying, workers):
            slider.observe(lambda _: self.redraw(), "value")
        buttons = widgets.HBox([run, stop, self._note], layout=WRAP)
        self.box = widgets.VBox([kind, self.prediction.box, buttons, copying, workers])

    def redraw(self) -> None:
        """Draw the model for the sliders' values; before the first Run there is none."""
        if self.split is not None and not self.running:
            self._picture.update(self._draw(self), *caption(self._explain(self)))

    def _begin(self):
        return self._steps(), self._draw, self._explain

    def _steps(self):
        kind = self.controls["kind"].value
        job = load_job("strings", _SIZE)
        self.split, self.points = None, []
        self._say("measuring the parts")
        ways = [("serial", 1), (kind, 2)]
        serial, self.split = measure_splits(job, ways, rounds=5, stop=self._stop)
        self._serial_s = serial.working_s
        yield self
        line = break_even(self.split, self._serial_s)
        if line.job_s is None:
            return
        for i, factor in enumerate(_AROUND, 1):
            self._say(f"checking with a real job, size {i} of {len(_AROUND)}")
            items = factor * line.job_s / self._serial_s * len(job.items)
            smaller = load_job("strings", max(200, min(round(items), 300_000)))
            self.points.append((kind, *measure_job(smaller, kind, rounds=3, stop=self._stop)))
            yield self

    def _ended(self, _):
        return "done"

    def _line(self):
        copying, workers = self.controls["copying"].value, self.controls["workers"].value
        return break_even(self.split, self._serial_s, n_workers=workers, copying=copying)

    def _draw(self, _):
        guess_s = self.prediction.answer
        return plot_break_even(self._line(), measured=self.points, guess_s=guess_s)

    def _explain(self, _):
        line, guess_s = self._line(), self.prediction.answer
        said = [str(line)]
        with contextlib.suppress(LabError):  # fewer than two jobs are in yet
            serial_s, pool_s = ([point[at] for point in self.points] for at in (1, 2))
            measured_s = crossing(serial_s, pool_s)
            if measured_s is not None:
                said.append(f"The jobs that were run, with 2 workers, cross at {measured_s:.2g} s.")
        if guess_s is not None and line.job_s is not None:
            said.append(f"You said {guess_s:.2g} s.")
        return said
