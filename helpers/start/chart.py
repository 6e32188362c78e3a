"""One chart for several jobs: how many times as fast the same workers make each of them."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..core.runs import Result
from ..draw import marks, style

_BAR = 0.34  # of a row, which has one for each kind
_FAINT = 0.5  # so that single rounds can be seen on a bar


def plot_jobs(
    results: Mapping[str, Result],
    jobs: Sequence[str],
    n_workers: int,
    *,
    recorded: Mapping[str, Result] | None = None,
) -> Axes:
    """Draw the speed-up of each job, a row for each, also for those to come.

    A bar is the median, faint points are single rounds. A hollow mark was recorded on another
    machine. The dashed line is the measured capacity. An open square is what the reader said of
    threads.
    """
    recorded = recorded or {}
    points = _points(results, n_workers)
    others = _points(recorded, n_workers)
    ax = marks.rows(jobs, row_in=0.85, right_in=1.4, bottom_in=1.1)
    ax.grid(True, axis="x")
    for (job, kind), point in points.items():
        y = jobs.index(job) + _beside(kind)
        ax.barh(y, point.speed_up, _BAR, color=style.colour(kind), alpha=_FAINT, lw=0, zorder=2)
        marks.dots(ax, kind, point.speed_ups, y, alpha=0.7)
        look: style.Look = {"color": style.ink(kind), "weight": "bold", "bbox": marks.PLATE}
        marks.write(ax, max(point.speed_ups), y, f"{point.speed_up:.2f}×", dx=7, **look)
    for (job, kind), point in others.items():
        y = jobs.index(job) + _beside(kind)
        marks.line(ax, kind, point.speed_up, y, ms=9, **marks.hollow(kind))
    _frame(ax, results, points, others)
    for job, result in results.items():
        for kind, said in result.prediction.items():
            y, ink = jobs.index(job) + _beside(kind), style.ink(kind)
            ring: style.Look = {"mfc": "none", "mec": ink, "mew": 2, "zorder": 6}
            marks.line(ax, kind, said, y, ms=14, **ring)
            marks.beside(ax, y, f"you said {said:.1f}×", color=ink)
    x = "times as fast as the plain loop"
    return style.label(ax, _title(points, n_workers), x=x, alt=_told(points, others))


def _points(results, n_workers):
    found = {
        (job, kind): result.point(kind, n_workers)
        for job, result in results.items()
        for kind in result.kinds
        if kind != "serial"
    }
    return {key: point for key, point in found.items() if point is not None}


def _beside(kind):
    """Return how far from the middle of its row a kind's bar is."""
    return -_BAR / 2 - 0.02 if kind == "threads" else _BAR / 2 + 0.02


def _frame(ax, results, points, others):
    drawn = [n for point in (*points.values(), *others.values()) for n in point.speed_ups]
    drawn += [said for result in results.values() for said in result.prediction.values()]
    ax.set_xlim(0, 1.15 * max([2.0, *drawn]))
    marks.rule(ax, x=1, color=style.INK)
    look: style.Look = {"alpha": _FAINT, "lw": 0}
    handles = [
        Patch(color=style.colour(kind), label=kind, **look) for kind in ("threads", "processes")
    ]
    if cores := [result.capacity.at(result.capacity.n_threads[-1]) for result in results.values()]:
        look = {"color": style.QUIET, "ls": "--", "lw": 1.1}
        marks.rule(ax, x=max(cores), **look)
        handles.append(Line2D([], [], label="what the cores can do", **look))
    if others:
        handles.append(marks.entry("recorded", color=style.QUIET, marker="o", mfc="white"))
    marks.key(ax, handles, below_in=0.75)


def _title(points, n_workers):
    speed_ups = [point.speed_up for (_, kind), point in points.items() if kind == "threads"]
    if len(speed_ups) < 2:
        return f"The same {n_workers} workers, job by job"
    low, high = min(speed_ups), max(speed_ups)
    return f"{n_workers} threads: {low:.2f} to {high:.2f} times as fast, depending on the job"


def _told(points, others):
    if not points:
        return "A chart of how many times as fast several workers are, job by job, still empty."
    said = f"How many times as fast as the plain loop: {_by_job(points)}."
    return said + f" Recorded on another machine: {_by_job(others)}." * bool(others)


def _by_job(points):
    return "; ".join(f"{job} with {kind} {p.speed_up:.2f}" for (job, kind), p in points.items())
