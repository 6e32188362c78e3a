"""The simulator under the reader's hands: every control redraws at once."""

import ipywidgets as widgets

from ..cells.controls import LOOK, display_widget
from ..cells.picture import Picture, caption
from ..units import counted, per_cent
from .simulation_chart import draw_simulation
from .simulator import TIME_SLICE_S, calls, simulate
from .timeline_lab import INTERVALS_MS, interval_slider

_CALL_S = 0.02
_SHOWN_S = 0.1
_MOST_THREADS = 8
_N_CALLS = (3, 20)  # of each thread: enough to fall into step, few enough to redraw at once
_MOST_EVENTS = 800  # of the largest simulation of a curve


class SimulatorLab:
    """Controls for threads that make the same call again and again, in a model.

    ``simulation`` is the ``Simulation`` that is shown, ``speed_ups`` a dict from number of threads
    to simulated speed-up; ``controls`` is a dict from a name to a widget. Nothing here is
    measured.
    """

    def __init__(self) -> None:
        share = {"min": 0.0, "max": 1.0, "step": 0.05, "readout_format": ".0%", **LOOK}
        self.controls = {
            "cores": widgets.IntSlider(4, 1, 16, description="cores", **LOOK),
            "threads": widgets.IntSlider(4, 1, _MOST_THREADS, description="threads", **LOOK),
            "held": widgets.FloatSlider(0.5, description="holds the GIL", **share),
            "waiting": widgets.FloatSlider(0.0, description="waits", **share),
            "in_c": widgets.Checkbox(False, description="one call into C holds it", **LOOK),
            "interval_ms": interval_slider(INTERVALS_MS[2:]),
        }
        self.box = widgets.VBox([*self.controls.values()])
        self._picture: Picture | None = None  # there is none before the lab is displayed
        held, waiting = self.controls["held"], self.controls["waiting"]
        held.observe(lambda _: self._make_room(waiting, held), "value")
        waiting.observe(lambda _: self._make_room(held, waiting), "value")
        self._settings: dict[str, float] = {}
        self.redraw()
        for control in self.controls.values():
            control.observe(lambda _: self.redraw(), "value")

    def _make_room(self, other, moved):
        """Keep the two shares at 1 or less together: the one that is not moved gives way."""
        other.value = min(other.value, round(1 - moved.value, 2))

    def _simulate(self, cores, threads, held, waiting, in_c, interval_ms):
        interval_s = interval_ms / 1000
        # Hand-overs, slices of a core and ends of segments that one call may come to.
        events = held * _CALL_S / interval_s + _CALL_S / TIME_SLICE_S + 3
        n_calls = round(_MOST_EVENTS / (_MOST_THREADS * events))
        n_calls = min(max(_N_CALLS[0], n_calls), _N_CALLS[1])
        one = calls(n_calls, _CALL_S, held, waiting, in_c=in_c)
        runs = {
            n: simulate([one] * n, n_cores=cores, switch_interval_s=interval_s)
            for n in range(1, _MOST_THREADS + 1)
        }
        self.simulation = runs[threads]
        self.speed_ups = {n: run.speed_up for n, run in runs.items()}

    def redraw(self) -> None:
        """Simulate what the controls say, unless it is known, and show it where the lab is."""
        settings = {name: control.value for name, control in self.controls.items()}
        if settings != self._settings:
            self._settings = settings
            self._simulate(**settings)
            self._show()

    def _show(self):
        if self._picture is not None:
            charts = draw_simulation(self.simulation, self.speed_ups, _SHOWN_S)
            self._picture.update(charts, *caption(self.sentences()))

    def sentences(self) -> list[str]:
        """Return what the simulation says."""
        model, best = self.simulation, max(self.speed_ups.values())
        enough = next(n for n, speed_up in self.speed_ups.items() if speed_up > 0.95 * best)
        return [
            f"Simulated: {counted(model.n_threads, 'thread')} on {counted(model.n_cores, 'core')} "
            f"{'does' if model.n_threads == 1 else 'do'} the work {model.speed_up:.2f} times as "
            f"fast as one after the other.",
            f"The GIL is held for {per_cent(model.held_share)} of the time and changes hands "
            f"{counted(model.n_hand_overs, 'time')}. From {counted(enough, 'thread')} on, more "
            "threads bring less than 5 %.",
        ]

    def _ipython_display_(self):
        display_widget(self.box, "SimulatorLab: open this notebook in JupyterLab to use it")
        self._picture = Picture()
        self._show()
