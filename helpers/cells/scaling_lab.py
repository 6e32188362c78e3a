"""The lab of the scaling experiment: choose, predict, run, stop, read the verdict."""

import contextlib

import ipywidgets as widgets

from ..core import pools
from ..core import store as records
from ..core.scaling import ONE_PER_WORKER, Experiment, default_worker_counts, parse_counts
from ..errors import LabError, shown
from ..jobs.registry import job_names, job_options, job_sizes, load_job
from .background import BackgroundLab
from .live import WRAP, Watch
from .prediction import Prediction

_UNSET = "unset"  # stands for None, as which a Dropdown shows nothing at all
_FORMATS = ["PNG", "JPEG"]
_SHOWN_KINDS = ("threads", "processes", "processes-spawn", "processes-forkserver")


class ScalingLab(BackgroundLab):
    """Controls for a scaling experiment, which runs beside the kernel so that Stop works.

    Args:
        job: the job chosen at first, such as "strings" or "pictures".
        size: its size at first; one of those offered.

    ``result`` is the last ``Result``, also after a Stop; ``error`` the error that ended the
    last run, or None.
    """

    def __init__(self, job="strings", size=None):
        super().__init__()
        self.result = None
        if job not in job_names():
            raise LabError(f"a job is one of {', '.join(job_names())}, not {shown(job)}: try one")
        self._make_controls(job)
        if size is not None:
            offered = [value for value in job_sizes(job).values() if value is not None]
            if size not in offered:
                raise LabError(
                    f"the lab offers the sizes {', '.join(map(str, offered))} for {job}, not "
                    f"{shown(size)}: choose one, or leave it out"
                )
            self._size.value = size

    # --- what the reader sees

    def _make_controls(self, job):
        style, layout = {"description_width": "8em"}, {"width": "28em", "max_width": "100%"}
        look = {"style": style, "layout": layout}
        self._job = widgets.Dropdown(options=job_names(), value=job, description="job", **look)
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
            options=[("as the job likes", _UNSET), ("one for each worker", ONE_PER_WORKER),
                     ("64", 64), ("1,000", 1000)],
            description="sublists", **look,
        )  # fmt: skip
        self._prediction = Prediction()
        self._save = widgets.Button(description="Save", icon="save", disabled=True)
        self._progress = widgets.IntProgress(layout={"width": "16em"})
        self._job.observe(lambda _: self._change_job(), "value")
        self._save.on_click(lambda _: self.save())
        self._offer_sizes()
        self.box = widgets.VBox([
            self._job, self._size, self._format,
            widgets.HBox(list(self._kinds.values()), layout=WRAP),
            self._workers, self._rounds, self._sublists, self._prediction.box,
            widgets.HBox([self._run, self._stop_button, self._save], layout=WRAP),
            widgets.HBox([self._progress, self._note], layout=WRAP),
        ])  # fmt: skip

    def _change_job(self):
        self._offer_sizes()
        self._prediction.renew()  # what was expected of one job says nothing of another

    def _offer_sizes(self):
        sizes = [
            (label, _UNSET if size is None else size)
            for label, size in job_sizes(self._job.value).items()
        ]
        self._size.options = sizes
        self._size.value = sizes[len(sizes) // 2][1]
        self._format.layout.display = None if self._takes_format() else "none"

    def _takes_format(self):
        return "format" in job_options(self._job.value)

    # --- what the reader does

    def experiment(self):
        """Return the ``Experiment`` that the controls describe.

        Raises:
            LabError: a control holds what cannot be run.
        """
        options = {"format": self._format.value} if self._takes_format() else {}
        kinds = tuple(kind for kind, box in self._kinds.items() if box.value)
        if not kinds:
            raise LabError("one kind of worker or more is compared with the loop: tick threads")
        return Experiment(
            load_job(self._job.value, _value(self._size), **options),
            kinds=kinds,
            worker_counts=parse_counts(self._workers.value),
            rounds=self._rounds.value,
            n_sublists=_value(self._sublists),
        )

    def save(self):
        """Write the last result to ``data/results``."""
        if self.result is None:
            self._say("Nothing is measured yet: press Run first.")
            return
        try:
            self._say(f"Saved as {records.save(self.result).name} in data/results.")
        except LabError as error:
            self._say(str(error))

    # --- what runs beside the kernel

    def _set_running(self, running):
        super()._set_running(running)
        self._save.disabled = running or self.result is None

    def _measure(self):
        experiment = self.experiment()
        self._say("starting the workers")
        watch = Watch(experiment, self._prediction, self._show_progress, self._picture)
        note = "Refused."
        try:
            with contextlib.closing(experiment.run(self._stop)) as runs:
                for run in runs:
                    watch.add(run)
            note = "Stopped." if self._stop.is_set() else ""
        finally:
            self.result = watch.result if watch.result.timed_runs else self.result
            watch.finish(note)
        n_runs = len(watch.result.runs)
        if self._stop.is_set():
            self._say(f"stopped after {n_runs} of {experiment.n_runs} runs")
        else:
            self._progress.value = self._progress.max
            self._say(f"done: {n_runs} runs")

    def _show_progress(self, done, planned, text):
        self._progress.max, self._progress.value = planned, done
        self._say(text)


def _value(dropdown):
    """Return what is chosen, None where that is to be left out."""
    return None if dropdown.value == _UNSET else dropdown.value
