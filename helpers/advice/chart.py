"""Several verdicts in one chart: what each way of running reached, for job after job."""

from collections.abc import Mapping

from matplotlib.axes import Axes

from ..draw import marks, style
from .advice import Verdict

_NARROWEST = 0.01  # a bar that can still be seen


def plot_verdicts(
    verdicts: Mapping[str, Verdict], *, said: marks.Chosen = None, ax: Axes | None = None
) -> Axes:
    """Draw the predicted speed-ups of several jobs, each way of running a bar.

    Args:
        verdicts: by the job's name.
        said: the jobs for which the reader predicted threads; None for no prediction.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes; speed-up over the plain loop across (log), jobs down.
    """
    rows = [[way for way in v.ways if way.speed_ups] for v in verdicts.values()]
    tops = [sum(len(ways) + 1 for ways in rows[:i]) for i in range(len(rows))]
    places = [top + (len(ways) - 1) / 2 for top, ways in zip(tops, rows, strict=True)]
    names = [_told(name, verdict, said) for name, verdict in verdicts.items()]
    ax = marks.rows(names, ax, at=places, row_in=0.26, spine=False, bottom_in=0.65)
    ax.set_ylim(tops[-1] + len(rows[-1]) - 0.2, -0.8)
    ax.set_xscale("log")
    for top, ways, verdict in zip(tops, rows, verdicts.values(), strict=True):
        for y, way in enumerate(ways, top):
            _draw(ax, way, y, verdict)
    low, high = ax.get_xlim()
    low, high = min(0.4, 0.7 * low), max(2.0, high)
    ticks, right = marks.log_ticks(low, high), high * (high / low) ** 0.45  # room for labels
    marks.log_axis(ax, "x", low, right, ticks)
    marks.rule(ax, x=1, zorder=2)
    x = "times the speed of the plain loop, start-up included (×)"
    alt = " ".join(f"{name}: {verdict.headline}" for name, verdict in verdicts.items())
    alt = f"Predicted speed-up of each way of running. {alt}"
    title = "How fast each way of running makes these jobs"
    return style.label(ax, title, x=x, alt=alt)


def _draw(ax, way, y, verdict):
    left, right = sorted((1.0, max(way.speed_up, _NARROWEST)))
    ax.barh(y, right - left, 0.72, left, color=style.colour(way.kind), zorder=3)
    marks.line(ax, way.kind, max(way.speed_up, _NARROWEST), y)
    name = "plain loop" if way.kind == "serial" else f"{way.kind}, {way.n_workers}"
    chosen = (way.kind, way.n_workers) == (verdict.kind, verdict.n_workers)
    look = {"weight": "bold" if chosen else "normal", "bbox": marks.PLATE}
    said = f"{name}  {way.speed_up:.2f}×"
    marks.write(ax, max(1.0, way.speed_up), y, said, dx=8, **look)


def _told(name, verdict, said):
    if said is None:
        return name
    right = (name in said) == (verdict.kind == "threads")
    return f"{name}\nyou said {'' if name in said else 'not '}threads {'✓' if right else '✗'}"
