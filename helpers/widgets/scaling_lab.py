"""The lab of the scaling experiment: choose, predict, run, stop, read the verdict."""

import contextlib
import threading
from html import escape

import ipywidgets as widgets

from .. import pools, records
from ..errors import LabError
from ..measure.scaling import ONE_PER_WORKER, Experiment, default_worker_counts, parse_counts
from ..tasks.registry import load_task, task_names
from .live import Picture, Watch, display_widget, exclusive
from .prediction import Prediction

_SIZES = {
    "strings": [("10,000 spellings", 10_000), ("60,000", 60_000), ("all of them", None)],
    "pictures": [("a quarter of the paper's width", 0.25), ("half", 0.5), ("print size", 1.0)],
}
_FORMATS = ["PNG", "JPEG"]
_SHOWN_KINDS = ("threads", "processes", "processes-spawn", "processes-forkserver")


class ScalingLab:
    """Controls for a scaling experiment, which runs beside the kernel so that Stop works.

    Args:
        job: the job chosen at first, "strings" or "pictures".
        size: its size at first; one of those offered.

    ``result`` is the last ``Result``, also after a Stop; ``error`` the error that ended the
    last run, or None.
    """

    _running = None  # the one lab of this kernel whose experiment is going on

    def __init__(self, job="strings", size=None):
        self.result = None
        self.error = None
        self._stop = threading.Event()
        self._thread = None
        self._picture = Picture()
        self._make_controls(job)
        if size is not None:
            self._size.value = size

    # --- what the reader sees

    def _make_controls(self, job):
        style, layout = {"description_width": "8em"}, {"width": "28em", "max_width": "100%"}
        look = {"style": style, "layout": layout}
        self._job = widgets.Dropdown(options=task_names(), value=job, description="job", **look)
        self._size = widgets.Dropdown(description="size", **look)
        self._format = widgets.Dropdown(options=_FORMATS, description="file format", **look)
        usable = [kind for kind in _SHOWN_KINDS if pools.kinds()[kind] is None]
        self._kinds = {
            kind: widgets.Checkbox(kind in ("threads", "processes"), description=kind, indent=False)
            for kind in usable
        }
        self._workers = widgets.Text(
            ", ".join(map(str, default_worker_counts())), description="workers", **look
        )
        self._rounds = widgets.IntSlider(5, 1, 30, description="rounds", **look)
        self._sublists = widgets.Dropdown(
            options=[("as the job likes", None), ("one for each worker", ONE_PER_WORKER),
                     ("64", 64), ("1,000", 1000)],
            description="sublists", **look,
        )  # fmt: skip
        self._prediction = Prediction()
        self._run = widgets.Button(description="Run", button_style="success", icon="play")
        self._stop_button = widgets.Button(description="Stop", icon="stop", disabled=True)
        self._save = widgets.Button(description="Save", icon="save", disabled=True)
        self._progress = widgets.IntProgress(layout={"width": "16em"})
        self._note = widgets.HTML()
        self._job.observe(lambda _: self._offer_sizes(), "value")
        self._run.on_click(lambda _: self.run())
        self._stop_button.on_click(lambda _: self.stop())
        self._save.on_click(lambda _: self.save())
        self._offer_sizes()
        self.box = widgets.VBox([
            self._job, self._size, self._format,
            widgets.HBox(list(self._kinds.values()), layout={"flex_flow": "row wrap"}),
            self._workers, self._rounds, self._sublists, self._prediction.box,
            widgets.HBox([self._run, self._stop_button, self._save], layout={"flex_flow": "wrap"}),
            widgets.HBox([self._progress, self._note], layout={"flex_flow": "row wrap"}),
        ])  # fmt: skip

    def _offer_sizes(self):
        sizes = _SIZES[self._job.value]
        self._size.options = sizes
        self._size.value = sizes[1][1]
        self._format.layout.display = "none" if self._job.value == "strings" else None

    def _say(self, text):
        self._note.value = f'<span role="status">{escape(text)}</span>'

    def _ipython_display_(self):
        if ScalingLab._running is not None:  # its cell was run again: the old run has no Stop
            ScalingLab._running.stop()
            ScalingLab._running.wait()
        display_widget(self.box, "ScalingLab: open this notebook in JupyterLab to use it")
        # Placed now: what a thread displays for the first time belongs to no cell.
        self._picture.place("The chart comes here.")

    # --- what the reader does

    def experiment(self):
        """Return the ``Experiment`` that the controls describe.

        Raises:
            LabError: a control holds what cannot be run.
        """
        options = {} if self._job.value == "strings" else {"format": self._format.value}
        return Experiment(
            load_task(self._job.value, self._size.value, **options),
            kinds=tuple(kind for kind, box in self._kinds.items() if box.value),
            worker_counts=parse_counts(self._workers.value),
            rounds=self._rounds.value,
            n_sublists=self._sublists.value,
        )

    def run(self):
        """Begin the experiment in a thread of its own; does nothing while one is going on."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._stop.clear()
        self._thread = threading.Thread(target=self._work, name="scaling-lab", daemon=True)
        self._thread.start()

    def stop(self):
        """Ask the experiment to end at once; what was measured is kept."""
        self._stop.set()

    def wait(self, limit_s=60):
        """Wait until the experiment is over and return whether it is."""
        if self._thread is not None:
            self._thread.join(limit_s)
        return self._thread is None or not self._thread.is_alive()

    def save(self):
        """Write the last result to ``data/results``."""
        try:
            self._say(f"Saved as {records.save(self.result).name} in data/results.")
        except LabError as error:
            self._say(str(error))

    # --- what runs beside the kernel

    def _work(self):
        self._run.disabled, self._stop_button.disabled, self._save.disabled = True, False, True
        self.error = None
        try:
            with exclusive():
                ScalingLab._running = self
                try:
                    self._measure()
                finally:
                    ScalingLab._running = None
        except LabError as error:
            self.error = error
            self._say(str(error))
        except Exception as error:
            self.error = error
            self._say(f"{type(error).__name__}: {error}")
            raise
        finally:
            self._run.disabled, self._stop_button.disabled = False, True
            self._save.disabled = self.result is None

    def _measure(self):
        experiment = self.experiment()
        self._say("starting the workers")
        watch = Watch(experiment, self._prediction, self._show_progress, self._picture)
        try:
            with contextlib.closing(experiment.run(self._stop)) as runs:
                for run in runs:
                    watch.add(run)
        finally:
            self.result = watch.result if watch.result.timed_runs else self.result
            watch.finish("Stopped." if self._stop.is_set() else "")
        n_runs = len(watch.result.runs)
        if self._stop.is_set():
            self._say(f"stopped after {n_runs} of {experiment.n_runs} runs")
        else:
            self._progress.value = self._progress.max
            self._say(f"done: {n_runs} runs")

    def _show_progress(self, done, planned, text):
        self._progress.max, self._progress.value = planned, done
        self._say(text)
