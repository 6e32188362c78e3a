"""What the labs that measure share: Run, Stop, and work that is done beside the kernel."""

import threading
from html import escape

import ipywidgets as widgets

from ..errors import LabError
from .live import Picture, display_widget, exclusive


class BackgroundLab:
    """Controls for a measurement that runs in a thread of its own, so that Stop works.

    A subclass puts ``_run``, ``_stop_button`` and ``_note`` into its ``box``, and measures in
    ``_measure``, which looks at ``_stop`` and shows what it finds in ``_picture``.

    ``error`` is the error that ended the last run, or None.
    """

    _draws = True  # a chart, below the controls
    _running = None  # of each class, the one lab of this kernel that measures now

    def __init__(self):
        self.error = None
        self._stop = threading.Event()
        self._thread = None
        self._picture = Picture()
        self._run = widgets.Button(description="Run", button_style="success", icon="play")
        self._stop_button = widgets.Button(description="Stop", icon="stop", disabled=True)
        self._note = widgets.HTML()
        self._run.on_click(lambda _: self.run())
        self._stop_button.on_click(lambda _: self.stop())

    def run(self):
        """Begin in a thread of its own; does nothing while a run is going on."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._stop.clear()
        self._thread = threading.Thread(target=self._work, name=type(self).__name__, daemon=True)
        self._thread.start()

    def stop(self):
        """Ask the run to end at once; what was measured is kept."""
        self._stop.set()

    def wait(self, limit_s=60):
        """Wait until the run is over and return whether it is."""
        if self._thread is not None:
            self._thread.join(limit_s)
        return self._thread is None or not self._thread.is_alive()

    def _measure(self):
        raise NotImplementedError

    def _set_running(self, running):
        """Show by the buttons whether a run is going on."""
        self._run.disabled, self._stop_button.disabled = running, not running

    def _work(self):
        kind = type(self)
        self._set_running(True)
        self.error = None
        try:
            with exclusive():
                kind._running = self
                try:
                    self._measure()
                finally:
                    kind._running = None
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
        self._note.value = f'<span role="status">{escape(text)}</span>'

    def _ipython_display_(self):
        old = type(self)._running
        if old is not None:  # its cell was run again: the old run has no Stop
            old.stop()
            old.wait()
        name = type(self).__name__
        display_widget(self.box, f"{name}: open this notebook in JupyterLab to use it")
        if self._draws:
            # Placed now: what a thread displays for the first time belongs to no cell.
            self._picture.place("The chart comes here.")
