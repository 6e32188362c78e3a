"""Who ran when, as an ordinary cell and as a lab that goes on until Stop."""

import contextlib
import datetime
import os

import ipywidgets as widgets

from ..cells.controls import LOOK, WRAP
from ..cells.lab import BackgroundLab
from ..cells.picture import show
from ..cells.watch import watch
from ..core import machine, pools, worker
from ..core import store as records
from ..core.side_by_side import RecordedPairs, side_by_side
from ..draw.side_by_side import plot_overlaps
from ..errors import LabError, Stopped, shown
from ..units import counted
from .chart import draw_timeline
from .record import record
from .simulation_chart import draw_real_and_simulated
from .words import (
    compare,
    explain,
    explain_error,
    explain_overlaps,
    explain_recorded,
    idle_share,
    is_disturbed,
    needs_recording,
    simulate_alike,
)
from .works import WORKS

LIMIT_S = 30.0  # a lab that nobody stops ends by itself
_ATTEMPTS = 3
_PERIOD_S = 1.0  # between two pictures: time enough to read one
_PAIRS_S = 1.0  # how long each job is measured side by side
INTERVALS_MS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
_WINDOWS = [("20 ms", 0.02), ("100 ms", 0.1), ("300 ms", 0.3), ("1 s", 1.0)]


def record_live(kind, work="loop", n_workers=2, seconds=0.2, *, switch_interval_s=None):
    """Record a timeline in this cell, show it with what it says, and return the ``Timeline``.

    Where other programs kept the cores busy meanwhile, it is recorded up to three times, and the
    least disturbed recording is shown; the text below says so.

    The arguments and errors are those of ``helpers.turns.record.record``.

    Raises:
        Stopped: the kernel was interrupted. No worker is left.
    """
    recordings = []

    def steps():
        while len(recordings) < _ATTEMPTS and all(map(is_disturbed, recordings)):
            recordings.append(
                record(kind, work, n_workers, seconds, switch_interval_s=switch_interval_s)
            )
            yield min(recordings, key=idle_share)

    def said(timeline):
        n = len(recordings)
        return explain(timeline) + [f"This is the least disturbed of {n} recordings."] * (n > 1)

    return watch(steps(), draw_timeline, said)


def run_side_by_side(jobs, prediction=None, recorded=None):
    """Measure each job in one thread and in two, the chart growing below, and return the results.

    Args:
        jobs: a dict from a name to a function without arguments.
        prediction: a ``Choice`` between these names; what was committed is written beside them.
        recorded: the name of the project's recording of the same jobs. It is shown where this
            machine cannot tell whether one of them overlaps.

    Returns:
        A dict from name to ``SideBySide``.

    Raises:
        Stopped: the kernel was interrupted. No worker is left.
        Whatever a job raises.
    """
    if not isinstance(jobs, dict) or not jobs:
        raise LabError(
            f"jobs are a dict from a name to a function, not {shown(jobs)}: "
            'try {"sort": lambda: sorted(numbers)}'
        )
    chosen = prediction.chosen if prediction else None
    other = None

    def steps():
        nonlocal other
        measured = {}
        yield measured
        for job, function in jobs.items():
            measured[job] = side_by_side(function, seconds=_PAIRS_S)
            yield measured
        other = _recording(recorded, measured)

    def draw(measured):
        pairs = other and other.pairs
        return plot_overlaps(measured, jobs=jobs, chosen=chosen, recorded=pairs)

    def said(measured):
        return explain_overlaps(measured, chosen) + (
            explain_recorded(other, chosen) if other is not None else []
        )

    return watch(
        steps(), draw, said, count=lambda measured: (len(measured), len(jobs)), unit="calls"
    )


def _recording(name, measured):
    """Return the ``RecordedPairs`` to be shown beside what was measured; None where none is.

    Where the variable GIL_LAB_RECORD_PAIRS is set, as by ``python -m helpers author pairs``, what
    was measured becomes the recording.
    """
    if name is None:
        return None
    if os.environ.get("GIL_LAB_RECORD_PAIRS"):
        made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        records.save_pairs(name, RecordedPairs(made, machine.describe(), measured))
    if not needs_recording(measured):
        return None
    found = records.load_pairs(name)
    return found if found is not None and found.pairs.keys() <= measured.keys() else None


def show_simulated(timeline):
    """Show a recorded ``Timeline`` above a simulation of the same workers, with the error."""
    simulation = simulate_alike(timeline)
    ax = draw_real_and_simulated(timeline, simulation).axes[0]
    show(ax, *compare(timeline, simulation))


def show_overlaps(measured, simulated, prediction=None):
    """Show what ``run_side_by_side`` measured, the simulated speed-ups with it, and the error.

    Args:
        measured: a dict from a job's name to its ``SideBySide``.
        simulated: a dict from a job's name to a simulated speed-up.
        prediction: the ``Choice`` that was made.
    """
    chosen = prediction.chosen if prediction else None
    ax = plot_overlaps(measured, models=simulated, chosen=chosen)
    show(ax, *explain_error(measured, simulated))


def interval_slider(intervals_ms):
    """Return a slider over switch intervals in ms that begins at CPython's own, 5 ms."""
    return widgets.SelectionSlider(
        options=[(f"{interval_ms:g} ms", interval_ms) for interval_ms in intervals_ms],
        value=5, description="switch interval", **LOOK,
    )  # fmt: skip


class TimelineLab(BackgroundLab):
    """Controls for a timeline that is recorded again and again until Stop.

    A control that is moved counts from the next recording on. After half a minute the lab
    stops by itself.

    ``timeline`` is the last ``Timeline``, also after a Stop; ``error`` the error that ended the
    last run, or None.
    """

    def __init__(self):
        super().__init__()
        self.timeline = None
        works = [(work.title, name) for name, work in WORKS.items()]
        kinds = [kind for kind in ("threads", "processes") if pools.kinds()[kind] is None]
        self.controls |= {
            "kind": widgets.Dropdown(options=kinds, description="kind of worker", **LOOK),
            "n_workers": widgets.IntSlider(2, 1, 4, description="workers", **LOOK),
            "first": widgets.Dropdown(options=works, description="worker 1 does", **LOOK),
            "others": widgets.Dropdown(options=works, description="the others do", **LOOK),
            "interval_ms": interval_slider(INTERVALS_MS),
            "window_s": widgets.Dropdown(
                options=_WINDOWS, value=0.3, description="recorded", **LOOK
            ),
        }
        run, stop, *others = self.controls.values()
        buttons = widgets.HBox([run, stop, self._note], layout=WRAP)
        self.box = widgets.VBox([*others, buttons])

    def record(self):
        """Return the ``Timeline`` that the controls describe.

        Raises:
            Stopped: Stop was pressed.
            LabError: as ``helpers.turns.record.record``.
        """
        kind, n_workers, first, others, interval_ms, window_s = (
            control.value for name, control in self.controls.items() if name not in ("run", "stop")
        )
        return record(
            kind,
            [first] + [others] * (n_workers - 1),
            seconds=window_s,
            switch_interval_s=interval_ms / 1000,
            stop=self._stop,
        )

    def _steps(self):
        end_s = worker.now() + LIMIT_S
        self._n_recordings = 0
        self._say("recording")
        with contextlib.suppress(Stopped):
            while not self._stop.is_set() and worker.now() < end_s:
                next_s = worker.now() + _PERIOD_S
                self.timeline = self.record()
                self._n_recordings += 1
                yield self.timeline
                self._say(f"recording {self._n_recordings}: move the controls, or stop to keep it")
                self._stop.wait(max(0.0, next_s - worker.now()))

    def _draw(self, timeline):
        return draw_timeline(timeline)

    def _explain(self, timeline):
        return explain(timeline)

    def _ended(self, _):
        recordings = counted(self._n_recordings, "recording")
        if self._stop.is_set():
            return f"stopped after {recordings}"
        return f"ended by itself after {recordings}: press Run to go on"
