"""A cluster to watch: its dashboard, while it does the strings again and again."""

import contextlib
from html import escape

import ipywidgets as widgets

from ..cells.controls import WRAP
from ..cells.lab import BackgroundLab
from ..core import pools, worker
from ..core.turns import check_stop
from ..errors import Stopped
from ..jobs.registry import load_job

_LASTS_S = 60.0


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
