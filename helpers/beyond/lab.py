"""A cluster to watch: its dashboard, while it does the strings again and again."""

from html import escape

import ipywidgets as widgets

from ..cells.controls import WRAP
from ..cells.lab import BackgroundLab
from ..core import pools, worker
from ..errors import LabError
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

    def _steps(self):
        self.n_passes = 0
        self._link.value = ""
        self._say("The workers start ...")
        job = load_job("strings")
        pool = pools.open_pool("distributed", 2)
        try:
            pools.start(pool, 2, stop=self._stop)
            self._link.value = _linked(pool.dashboard)
            until_s = worker.now() + _LASTS_S
            while worker.now() < until_s and not self._stop.is_set():
                calls = [pool.submit(job.function, part) for part in job.split(job.n_sublists)]
                for call in calls:
                    if self._stop.is_set():
                        break
                    call.result()
                else:
                    self.n_passes += 1
                    self._say(f"{self.n_passes} times through {len(job.items):,} strings")
        except LabError:
            if not self._stop.is_set():
                raise
        finally:
            pools.end(pool, now=True)
            self._link.value = ""
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
