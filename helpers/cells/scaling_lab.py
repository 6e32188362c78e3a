"""The lab of the scaling experiment: choose, predict, run, stop, read the verdict."""

import ipywidgets as widgets

from ..core import store
from ..core.job import Job
from ..core.runs import Result
from ..core.scaling import ONE_PER_WORKER, Experiment, default_worker_counts, parse_counts
from ..errors import LabError
from ..jobs.registry import as_job, job_names, job_options, job_sizes, load_job
from ..kind import KINDS
from .compare import Curve
from .controls import LOOK, WRAP
from .lab import BackgroundLab
from .predict import predict

_UNSET = "unset"  # stands for None, as which a Dropdown shows nothing at all
_OWN = "own"
_FORMATS = ["PNG", "JPEG"]
_SUBLISTS = [
    ("as the job likes", _UNSET),
    ("one for each worker", ONE_PER_WORKER),
    ("64", 64),
    ("1,000", 1000),
]


class ScalingLab(BackgroundLab):
    """Controls for a scaling experiment, which runs beside the kernel so that Stop works.

    Args:
        job: the job chosen at first: "strings", "pictures", "finished", or what
            ``job(function, items)`` returns, which is then offered as well.

    ``result`` is the last ``Result``, also after a Stop; ``error`` the error that ended the
    last run, or None; ``prediction`` the ``Prediction`` among the controls.

    Raises:
        LabError: there is no such job.
    """

    def __init__(self, job: Job | str = "strings") -> None:
        super().__init__()
        self.result: Result | None = None
        self._own = job if isinstance(job, Job) else None
        if self._own is None and not (isinstance(job, str) and job in job_names()):
            as_job(job)  # says what is wrong with it
        self.prediction = predict()
        offered = [k for k in KINDS.values() if k.opens and not k.on_request and k.name != "serial"]
        # A kernel has threads, so it must not fork.
        self._kinds = [k.name for k in offered if k.start_method != "fork" and k.lacking is None]
        self._make_controls(_OWN if self._own else job)

    # --- what the reader sees

    def _make_controls(self, job):
        jobs = [(name, name) for name in job_names()]
        if self._own is not None:
            jobs.append((self._own.name, _OWN))
        counts = ", ".join(map(str, default_worker_counts()))
        self.controls |= {
            "job": widgets.Dropdown(options=jobs, value=job, description="job", **LOOK),
            "size": widgets.Dropdown(description="size", **LOOK),
            "format": widgets.Dropdown(options=_FORMATS, description="file format", **LOOK),
            "workers": widgets.Text(counts, description="workers", **LOOK),
            "rounds": widgets.IntSlider(5, 1, 30, description="rounds", **LOOK),
            "sublists": widgets.Dropdown(options=_SUBLISTS, description="sublists", **LOOK),
            "save": widgets.Button(description="Save", icon="save", disabled=True),
        }
        for kind in self._kinds:
            ticked = kind in ("threads", "processes")
            self.controls[kind] = widgets.Checkbox(ticked, description=kind, indent=False)
        self.controls["job"].observe(lambda _: self._change_job(), "value")
        self.controls["save"].on_click(lambda _: self.save())
        self._offer_sizes()
        self.box = widgets.VBox([
            *self._named("job", "size", "format"),
            widgets.HBox(self._named(*self._kinds), layout=WRAP),
            *self._named("workers", "rounds", "sublists"),
            self.prediction.box,
            widgets.HBox([*self._named("run", "stop", "save"), self._note], layout=WRAP),
        ])  # fmt: skip

    def _named(self, *names):
        return [self.controls[name] for name in names]

    def _change_job(self):
        self._offer_sizes()
        self.prediction.renew()  # what was expected of one job says nothing of another

    def _offer_sizes(self):
        job = self.controls["job"].value
        offered = {"as it is": None} if job == _OWN else job_sizes(job)
        sizes = [(label, _UNSET if n is None else n) for label, n in offered.items()]
        self.controls["size"].options = sizes
        self.controls["size"].value = sizes[len(sizes) // 2][1]
        self.controls["format"].layout.display = None if self._takes_format() else "none"

    def _takes_format(self):
        job = self.controls["job"].value
        return job != _OWN and "format" in job_options(job)

    def _set_running(self, running):
        super()._set_running(running)
        self.controls["save"].disabled = running or self.result is None

    # --- what the reader does

    def experiment(self) -> Experiment:
        """Return the ``Experiment`` that the controls describe.

        Raises:
            LabError: a control holds what cannot be run.
        """
        kinds = tuple(kind for kind in self._kinds if self.controls[kind].value)
        if not kinds:
            raise LabError("one kind of worker or more is compared with the loop: tick threads")
        return Experiment(
            self._chosen_job(),
            kinds=kinds,
            worker_counts=parse_counts(self.controls["workers"].value),
            rounds=self.controls["rounds"].value,
            n_sublists=self._value("sublists"),
        )

    def _chosen_job(self):
        name = self.controls["job"].value
        if name == _OWN:
            return self._own
        options = {"format": self._value("format")} if self._takes_format() else {}
        return load_job(name, self._value("size"), **options)

    def _value(self, name):
        """Return what is chosen, None where that is to be left out."""
        value = self.controls[name].value
        return None if value == _UNSET else value

    def save(self) -> None:
        """Write the last result to ``data/results``."""
        if self.result is None:
            self._say("Nothing is measured yet: press Run first.")
            return
        try:
            path = store.save(self.result)
            self._say(f"Saved as {path.name} in {path.parent}.")
        except LabError as error:
            self._say(str(error))

    # --- what runs beside the kernel

    def _begin(self):
        self._curve = Curve(self.experiment(), self.prediction)
        return self._steps(), self._curve.draw, self._curve.explain, self._curve.count

    def _steps(self):
        self._say("starting the workers")
        for result in self._curve.steps(self._stop):
            if result.timed_runs:
                self.result = result
            yield result

    def _ended(self, result):
        done, planned = self._curve.count(result)
        stopped = f"stopped after {done} of {planned} runs"
        return stopped if self._stop.is_set() else f"done: {done} runs"
