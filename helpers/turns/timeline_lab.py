"""Who ran when, as an ordinary cell and as a lab that goes on until Stop."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import ipywidgets as widgets

from ..cells.controls import LOOK, WRAP
from ..cells.lab import BackgroundLab
from ..cells.watch import watch
from ..core import pools, worker
from ..errors import LabError, Stopped, shown
from ..jobs.works import WORKS
from ..units import counted
from .chart import draw_timeline
from .record import Timeline, Work, record, record_witnessed
from .words import explain, idle_share, is_disturbed

LIMIT_S = 30.0  # a lab that nobody stops ends by itself
_ATTEMPTS = 3
_PERIOD_S = 1.0  # between two pictures: time enough to read one
INTERVALS_MS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
_WINDOWS = [("20 ms", 0.02), ("100 ms", 0.1), ("300 ms", 0.3), ("1 s", 1.0)]


def timeline(
    kind: str,
    works: Work | Sequence[Work] = "loop",
    *,
    seconds: float = 0.2,
    switch_interval_s: float | None = None,
    witness: bool = False,
) -> Timeline:
    """Record who ran when, show it with what it says, and return the ``Timeline``.

    Where other programs kept the cores busy meanwhile, it is recorded up to three times, and the
    least disturbed recording is shown; the text below says so.

    Args:
        kind: a kind of worker, such as "threads" or "processes".
        works: what each worker does again and again, a list of functions without arguments; or one
            for two. A function of Python code takes up to 1 ms; a call into C, as long as it likes:
            write it as ``partial(zlib.compress, data)``. A job is done a few items at a time.
        seconds: how long, from 0.01 to 10.
        switch_interval_s: after how many seconds a thread that waits for the GIL asks for it,
            from 0.0002 to 1; as it is set when None. It is always set back.
        witness: whether CPython's profiler (3.15) looks on; it is then recorded in that Python.

    Raises:
        LabError: a value is out of its range, or the workers could not begin together.
        Stopped: the kernel was interrupted. No worker is left.
    """
    recordings: list[Timeline] = []
    options = kind, works, witness, {"seconds": seconds, "switch_interval_s": switch_interval_s}

    def steps() -> Iterator[Timeline]:
        while len(recordings) < _ATTEMPTS and all(map(is_disturbed, recordings)):
            recordings.append(_recorded(*options))
            yield min(recordings, key=idle_share)

    def said(one: Timeline) -> list[str]:
        n = len(recordings)
        return explain(one) + [f"This is the least disturbed of {n} recordings."] * (n > 1)

    return watch(steps(), draw_timeline, said)


def _recorded(kind, works, witness, times):
    if not witness:
        return record(kind, works, **times)
    if kind != "threads":
        raise LabError(
            "a second witness sees the threads of one process, not workers of the kind "
            f"{shown(kind)}: take 'threads', or leave witness out"
        )
    seen = record_witnessed(works, **times)
    return (
        seen if isinstance(seen, Timeline) else replace(record(kind, works, **times), witness=seen)
    )


def interval_slider(intervals_ms: Sequence[float]) -> widgets.SelectionSlider:
    """Return a slider over switch intervals in ms that begins at CPython's own, 5 ms."""
    return widgets.SelectionSlider(
        options=[(f"{interval_ms:g} ms", interval_ms) for interval_ms in intervals_ms],
        value=5, description="switch interval", **LOOK,
    )  # fmt: skip


class TimelineLab(BackgroundLab):
    """Controls for a timeline that is recorded again and again until Stop.

    A control that is moved counts from the next recording on. After half a minute the lab
    stops by itself. ``timeline`` is the last ``Timeline``, also after a Stop.
    """

    def __init__(self) -> None:
        super().__init__()
        self.timeline: Timeline | None = None
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

    def _record(self):
        kind, n_workers, first, others, interval_ms, window_s = (
            control.value for name, control in self.controls.items() if name not in ("run", "stop")
        )
        works = [first] + [others] * (n_workers - 1)
        interval_s = interval_ms / 1000
        return record(kind, works, seconds=window_s, switch_interval_s=interval_s, stop=self._stop)

    def _begin(self):
        return self._steps(), draw_timeline, explain

    def _steps(self):
        end_s = worker.now() + LIMIT_S
        self._n_recordings = 0
        self._say("recording")
        with contextlib.suppress(Stopped):
            while not self._stop.is_set() and worker.now() < end_s:
                next_s = worker.now() + _PERIOD_S
                self.timeline = self._record()
                self._n_recordings += 1
                yield self.timeline
                self._say(f"recording {self._n_recordings}: move the controls, or stop to keep it")
                self._stop.wait(max(0.0, next_s - worker.now()))

    def _ended(self, _):
        after = f"after {counted(self._n_recordings, 'recording')}"
        stopped = self._stop.is_set()
        return f"stopped {after}" if stopped else f"ended by itself {after}: press Run to go on"
