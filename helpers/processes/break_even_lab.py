"""The lab of the break-even: from which job length do new processes pay on this machine?"""

import ipywidgets as widgets

from ..cells.background import BackgroundLab
from ..cells.live import WRAP, paragraphs
from ..core import pools
from ..core.machine import n_usable_workers
from ..errors import LabError, Stopped
from ..jobs.registry import load_job
from ..judge.break_even import break_even, crossing
from .break_even_chart import plot_break_even
from .split import measure_job, measure_splits

_KINDS = ("processes-spawn", "processes-forkserver", "processes-fork", "threads")
_SIZE = 60_000  # spellings: long enough to tell the parts, short enough to wait for
_AROUND = (0.5, 1.0, 2.0)  # the sizes of the check, in predicted crossings


class BreakEvenLab(BackgroundLab):
    """Predict the crossing, measure the parts, then turn the knobs of the model.

    Run measures the split of the strings job in new pools, draws the prediction that follows
    for jobs of any length, and checks it with jobs of three sizes around the crossing. The
    sliders for bytes and workers then only redraw the model.

    ``split`` and ``points`` hold what was measured last: a ``Split`` or None, and
    (kind, serial seconds, pool seconds) for each size of the check.
    """

    def __init__(self):
        super().__init__()
        self.split = None
        self.points = []
        self._serial_s = None
        style, layout = {"description_width": "9em"}, {"width": "30em", "max_width": "100%"}
        look = {"style": style, "layout": layout}
        usable = [kind for kind in _KINDS if pools.kinds()[kind] is None]
        self._kind = widgets.Dropdown(options=usable, description="kind of pool", **look)
        self._guess = widgets.FloatLogSlider(
            1.0, min=-2, max=1.778, step=0.05, readout_format=".2f",
            description="your guess (s)", **look,
        )  # fmt: skip
        self._commit = widgets.Button(description="Commit", button_style="primary")
        self._copying = widgets.FloatLogSlider(
            1.0, min=-1, max=2, step=0.1, readout_format=".1f",
            description="bytes per item ×", continuous_update=False, **look,
        )  # fmt: skip
        self._workers = widgets.IntSlider(
            2, 1, max(16, n_usable_workers()), description="workers", continuous_update=False,
            **look,
        )  # fmt: skip
        self._commit.on_click(lambda _: self._keep_guess())
        for slider in (self._copying, self._workers):
            slider.observe(lambda _: self.redraw(), "value")
        question = widgets.HTML(
            "<b>Your prediction.</b> From which serial job length on do two new processes pay?"
        )
        self.guess_s = None
        self.box = widgets.VBox([
            self._kind, question, widgets.HBox([self._guess, self._commit], layout=WRAP),
            widgets.HBox([self._run, self._stop_button], layout=WRAP), self._note,
            self._copying, self._workers,
        ])  # fmt: skip

    def _keep_guess(self):
        self.guess_s = self._guess.value
        self._guess.disabled = self._commit.disabled = True

    def redraw(self):
        """Draw the model for the sliders' values; before the first Run there is none."""
        if self.split is None or (self._thread is not None and self._thread.is_alive()):
            return
        self._draw()

    def _measure(self):
        kind = self._kind.value
        job = load_job("strings", _SIZE)
        self.split, self.points = None, []
        try:
            self._say("measuring the parts")
            ways = [("serial", 1), (kind, 2)]
            serial, self.split = measure_splits(job, ways, rounds=5, stop=self._stop)
            self._serial_s = serial.part_s("computing")
            self._draw()
            self._check(kind, job)
        except Stopped:
            self._say("stopped; nothing is left running")
        else:
            self._say("done")

    def _check(self, kind, job):
        line = break_even(self.split, self._serial_s)
        if line.job_s is None:
            return
        for i, factor in enumerate(_AROUND, 1):
            self._say(f"checking with a real job, size {i} of {len(_AROUND)}")
            items = factor * line.job_s / self._serial_s * len(job.items)
            smaller = load_job("strings", max(200, min(round(items), 300_000)))
            self.points.append((kind, *measure_job(smaller, kind, rounds=3, stop=self._stop)))
            self._draw()

    def _draw(self):
        line = break_even(
            self.split, self._serial_s, n_workers=self._workers.value, copying=self._copying.value
        )
        said = [str(line)]
        measured_s = self._measured_crossing()
        if measured_s is not None:
            said.append(f"The jobs that were run, with 2 workers, cross at {measured_s:.2g} s.")
        if self.guess_s is not None and line.job_s is not None:
            said.append(f"You said {self.guess_s:.2g} s.")
        ax = plot_break_even([line], measured=self.points, guess_s=self.guess_s)
        self._picture.update(ax.figure, paragraphs(said), "\n".join(said))

    def _measured_crossing(self):
        try:
            return crossing([s for _, s, _ in self.points], [p for _, _, p in self.points])
        except LabError:  # fewer than two jobs are in yet
            return None
