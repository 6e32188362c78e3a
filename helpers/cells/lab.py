"""What the labs that measure share: Run, Stop, and work that is done beside the kernel."""

import threading
from html import escape
from typing import Any

import ipywidgets as widgets

from ..errors import LabError, Stopped
from .controls import display_widget
from .picture import Picture
from .watch import View


class BackgroundLab:
    """Controls for a measurement that runs in a thread of its own, so that Stop works.

    A subclass makes its widgets in ``controls`` (a dict from a name to a widget; "run" and "stop"
    are there already) and lays them out in ``box``, with ``_note`` beside the buttons. Its
    ``_begin()`` returns what a ``View`` follows, a generator that looks at ``_stop``, and then how
    that is drawn, explained and, if at all, counted; its ``_ended(found)`` the last line.

    ``said`` is the line beside the buttons, ``error`` the error that ended the last run, or None.
    """

    _chart: str | None = "The chart comes here."  # at first; None where there is no chart
    _running = None  # of each class, the one lab of this kernel that measures now

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.said = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._picture = Picture()
        self._note = widgets.HTML()
        self.controls: dict[str, Any] = {
            "run": widgets.Button(description="Run", button_style="success", icon="play"),
            "stop": widgets.Button(description="Stop", icon="stop", disabled=True),
        }
        self.controls["run"].on_click(lambda _: self.run())
        self.controls["stop"].on_click(lambda _: self.stop())

    @property
    def running(self) -> bool:
        """Whether a run is going on."""
        return self._thread is not None and self._thread.is_alive()

    def run(self) -> None:
        """Begin in a thread of its own; does nothing while a run is going on."""
        if self.running:
            return
        self._stop.clear()
        self._thread = threading.Thread(target=self._work, name=type(self).__name__, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the run to end at once; what was measured is kept."""
        self._stop.set()

    def wait(self, limit_s: float = 60) -> bool:
        """Wait until the run is over and return whether it is."""
        if self._thread is not None:
            self._thread.join(limit_s)
        return not self.running

    def _set_running(self, running):
        self.controls["run"].disabled, self.controls["stop"].disabled = running, not running

    def _noted(self, steps):
        """Yield what ``steps`` do; meanwhile this is the lab that runs."""
        type(self)._running = self
        try:
            yield from steps
        finally:
            type(self)._running = None

    def _work(self):
        self._set_running(True)
        self.error = None
        try:
            steps, *how = self._begin()
            view = View(*how, picture=self._picture, tell=self._tell)
            self._say(self._ended(view.follow(self._noted(steps), self._stop)))
        except Stopped:
            self._say("stopped; nothing is left running")
        except LabError as error:
            self.error = error
            self._say(str(error))
        except Exception as error:
            self.error = error
            self._say(f"{type(error).__name__}: {error}")
            raise
        finally:
            self._set_running(False)

    def _say(self, text):
        self.said = text
        self._tell(escape(text))

    def _tell(self, html):
        self._note.value = f'<span role="status">{html}</span>'

    def _ipython_display_(self):
        old = type(self)._running
        if old is not None:  # its cell was run again: the old run has no Stop
            old.stop()
            old.wait()
        name = type(self).__name__
        display_widget(self.box, f"{name}: open this notebook in JupyterLab to use it")
        if self._chart is not None:
            # Placed now: what a thread displays for the first time belongs to no cell.
            self._picture.place(self._chart)
