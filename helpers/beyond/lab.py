"""What notebook 10 has to click: a network to set, a cluster on paper, and one to watch."""

import contextlib
from collections.abc import Mapping
from html import escape

import ipywidgets as widgets

from ..cells.controls import LOOK, WRAP, display_widget
from ..cells.lab import BackgroundLab
from ..cells.picture import Picture, caption
from ..core import pools, worker
from ..core.turns import check_stop
from ..errors import Stopped
from ..jobs.registry import load_job
from ..processes.split import Split
from .chart import plot_on_paper
from .model import in_words, on_paper
from .network import FASTEST
from .trips import Trip, measure_trips, networks_of
from .trips_chart import plot_trips

_LASTS_S = 60.0
_SPEEDS = (2, 5, 10, 20, 50, 100, 200, 500, FASTEST)
_MOST_DELAY_MS = 200
_LARGER = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


class NetworkLab(BackgroundLab):
    """Set a network, press Run, and see what it costs to do the strings on a cluster behind it.

    ``trips`` is the list of ``Trip`` of the last run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trips: list[Trip] = []
        self.controls |= {
            "megabits_per_s": widgets.SelectionSlider(
                options=_SPEEDS, value=10, description="megabits/s", **LOOK
            ),
            "delay_ms": widgets.IntSlider(
                20, 0, _MOST_DELAY_MS, 5, description="delay, ms", **LOOK
            ),
        }
        run, stop, *sliders = self.controls.values()
        buttons = widgets.HBox([run, stop, self._note], layout=WRAP)
        self.box = widgets.VBox([*sliders, buttons])

    def _begin(self):
        return self._steps(), plot_trips, lambda trips: []

    def _steps(self):
        self.trips = []
        self._say("A cluster starts behind this network ...")
        settings = [self.controls[name].value for name in ("megabits_per_s", "delay_ms")]
        for trips in measure_trips(networks_of(*settings), 1, stop=self._stop):
            self.trips = trips
            self._say(f"Measured: {trips[-1].way}")
            yield trips

    def _ended(self, _):
        return "Done. Nothing is left running."


class PaperLab:
    """A slider for how large the sublists are, and what the model of a cluster says of it.

    Nothing here is measured: ``moves`` is a dict from a name to a ``Split`` that was, ``prices``
    are the ``call_s`` and ``start_each_s`` of ``cluster_model``.
    """

    def __init__(self, moves: Mapping[str, Split], **prices: float) -> None:
        self._moves, self._prices = moves, prices
        self.larger = widgets.SelectionSlider(
            options=_LARGER, description="sublists ×", continuous_update=False, **LOOK
        )
        self.box = widgets.VBox([self.larger])
        self._picture: Picture | None = None  # there is none before the lab is displayed
        self.redraw()
        self.larger.observe(lambda _: self.redraw(), "value")

    def redraw(self) -> None:
        """Compute the models for the slider's value, and show them where the lab is."""
        self.jobs = on_paper(self._moves, self.larger.value, **self._prices)
        if self._picture is not None:
            self._picture.update(plot_on_paper(self.jobs), *caption(self.sentences()))

    def sentences(self) -> list[str]:
        """Return what the models say, one sentence for each job."""
        return [in_words(name, job) for name, job in self.jobs.items()]

    def _ipython_display_(self):
        display_widget(self.box, "PaperLab: open this notebook in JupyterLab to use it")
        self._picture = Picture()
        self.redraw()


class ClusterLab(BackgroundLab):
    """Run starts a cluster, says where its dashboard is, and keeps it busy; Stop ends it."""

    _chart = None  # the dashboard has charts enough

    def __init__(self) -> None:
        super().__init__()
        self._link = widgets.HTML()
        self.n_passes = 0
        buttons = widgets.HBox([self.controls["run"], self.controls["stop"]], layout=WRAP)
        self.box = widgets.VBox([buttons, self._link, self._note])

    def _set_running(self, running):
        super()._set_running(running)
        self._link.value = ""

    def _begin(self):
        return self._steps(), None, list

    def _steps(self):
        self.n_passes = 0
        self._say("The workers start ...")
        job = load_job("strings")
        with contextlib.suppress(Stopped), pools.started("distributed", 2, stop=self._stop) as pool:
            self._link.value = _linked(pool.dashboard)
            until_s = worker.now() + _LASTS_S
            while worker.now() < until_s:
                calls = [pool.submit(job.function, part) for part in job.split(job.n_sublists)]
                for call in calls:
                    check_stop(self._stop)
                    call.result()
                self.n_passes += 1
                self._say(f"{self.n_passes} times through {len(job.items):,} strings")
        yield from ()  # nothing is drawn

    def _ended(self, _):
        return f"Ended, after {self.n_passes} passes. Nothing is left running."


def _linked(address):
    """Return a link to a dashboard as HTML, or how to get one."""
    if address is None:
        install = 'python -m pip install --editable ".[dashboard]"'
        return f"<p>No dashboard here: it needs <code>{escape(install)}</code>.</p>"
    look = "text-decoration:underline;color:inherit"
    link = f'<a href="{escape(address)}" target="_blank" style="{look}">Dask\'s dashboard</a>'
    return f"<p>{link}</p>"
