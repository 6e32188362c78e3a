"""Does the interface answer, and does Cancel cancel? Measured in a cell, and tried in a lab."""

from collections.abc import Iterator

import ipywidgets as widgets

from ..cells.controls import LOOK, WRAP
from ..cells.lab import BackgroundLab
from ..cells.picture import show
from ..cells.predict import Prediction, answer_of
from ..cells.watch import watch
from ..core import pools, worker
from ..jobs.works import piece
from ..units import ms
from .beats import Beats, Heart, Lateness, measure_lateness
from .chart import plot_beats, plot_lateness
from .words import explain_beats, explain_lateness

N_PIECES = 6000  # about a minute: nobody is too slow for Cancel
_PLACES = {"a thread": "threads", "a process": "processes"}


def show_beats(beats: dict[str, Beats], guess: Prediction | None = None) -> None:
    """Show when the interface answered, by where the job ran, and what ``guess`` expected of it."""
    chosen = answer_of(guess, "predict_which")
    show(plot_beats(beats, chosen=chosen), *explain_beats(beats, chosen))


def lateness(
    conditions: dict[str, str | tuple[str, float]], guess: Prediction | None = None
) -> dict[str, Lateness]:
    """Measure how late a waking thread is under each condition, show it, and return the rows.

    Args:
        conditions: a dict from a name to what the thread is beside, or to that and a switch
            interval in seconds (see ``helpers.responsive.beats.measure_lateness``).
        guess: what ``predict_time`` made; what was committed is drawn on the chart.

    Raises:
        Stopped: the kernel was interrupted. No thread is left, and the interval is set back.
        LabError: a condition is out of its range.
    """
    guess_s = answer_of(guess, "predict_time")

    def steps() -> Iterator[dict[str, Lateness]]:
        rows: dict[str, Lateness] = {}
        for name, condition in conditions.items():
            beside, interval_s = condition if isinstance(condition, tuple) else (condition, None)
            rows[name] = measure_lateness(beside, switch_interval_s=interval_s)
            yield rows

    return watch(
        steps(),
        lambda rows: plot_lateness(rows, guess_s=guess_s),
        lambda rows: explain_lateness(rows, guess_s),
        count=lambda rows: (len(rows), len(conditions)),
        unit="conditions",
    )


class CancelLab(BackgroundLab):
    """A long job with a progress bar and Cancel, in a thread or in a process.

    ``done`` is how many pieces of the last run were done, ``cancel_s`` how many seconds it took
    from Cancel to the end of the job, None when it was not cancelled, ``beats`` the ``Beats``
    of the event loop that serves the button meanwhile.
    """

    def __init__(self) -> None:
        super().__init__()
        self.done = 0
        self.cancel_s: float | None = None
        self.beats: Beats | None = None
        self.controls |= {
            "place": widgets.Dropdown(options=[*_PLACES], description="the job runs in", **LOOK),
            "bar": widgets.IntProgress(0, 0, N_PIECES, description="progress", **LOOK),
        }
        run, stop, place, bar = self.controls.values()
        stop.description, stop.icon = "Cancel", "times"
        self._cancelled_s: float | None = None
        self.box = widgets.VBox([place, bar, widgets.HBox([run, stop, self._note], layout=WRAP)])

    def run(self) -> None:
        """Begin the job where the control says; does nothing while one is going on."""
        if self.running:
            return
        self._heart = Heart()
        self._cancelled_s = None
        super().run()

    def stop(self) -> None:
        """Ask the job to end with the piece at hand."""
        self._cancelled_s = self._cancelled_s or worker.now()
        super().stop()

    def _set_running(self, running):
        super()._set_running(running)
        if not running:  # however the run ended, also when it was refused
            self._heart.stop()

    def _begin(self):
        title = "When the event loop answered"
        return (
            self._steps(),
            lambda beats: plot_beats(beats, chosen="", title=title),
            lambda beats: explain_beats(beats)[:1],
        )

    def _steps(self):
        place, bar = self.controls["place"].value, self.controls["bar"]
        self.done, self.cancel_s, bar.value = 0, None, 0
        self._say("running")
        with pools.open_pool(_PLACES[place], 1) as pool:
            pools.start(pool, 1)
            began_s = worker.now()
            while self.done < N_PIECES and not self._stop.is_set():
                pool.submit(piece).result()
                self.done += 1
                bar.value = self.done
            ended_s = worker.now()
        if self._cancelled_s is not None:
            self.cancel_s = max(0.0, ended_s - self._cancelled_s)
        self.beats = {place: self._heart.beats(began_s, ended_s)}
        yield self.beats

    def _ended(self, _):
        said = f"{self.done} of {N_PIECES} pieces done"
        if self.cancel_s is not None:
            said = f"cancelled: {said}; it ended {ms(self.cancel_s)} after Cancel"
        return said
