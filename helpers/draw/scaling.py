"""Speed-up against the number of workers: the picture that most questions come down to."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..core.runs import Result
from ..judge.theory import Curve
from . import marks, style
from .marks import End, Said


def plot_scaling(
    result: Result,
    *,
    ax: Axes | None = None,
    worker_counts: Iterable[int] = (),
    recorded: Result | None = None,
    models: Sequence[Curve] = (),
) -> Axes:
    """Draw how many times as fast as serially a job ran, for each kind and worker count.

    Raw rounds are faint points, the median is a line, the band is between the quartiles.
    The dashed line is the measured capacity of the machine, the best that could be seen.

    Args:
        result: one without runs gives the empty frame.
        ax: where to draw; a figure of its own when None.
        worker_counts: worker counts still to come, so that the axis has room for them.
        recorded: a result from another machine, drawn thin and named as recorded.
        models: curves, drawn dotted and named as models.

    Returns:
        The matplotlib Axes; workers across, speed-up T_serial / T_n up.
    """
    ax = style.axes(ax)
    n = result.prediction_n_workers
    said = [Said(kind, n, y, f"you said {y:.1f}") for kind, y in result.prediction.items()]
    counts = {1, 2, *worker_counts, *(run.n_workers for run in result.runs)}
    counts |= {n} if said else set()
    ends = [End(1.0, "serial 1×")]
    if recorded is not None:
        counts |= {point.n_workers for point in recorded.points()}
        ends += _draw_recorded(ax, recorded)
    ends += [_draw_kind(ax, points) for points in _by_kind(result)]
    ends += [_draw_model(ax, curve) for curve in models]
    right = max([*counts, *(n for curve in models for n in curve.n_workers)])
    ends.append(_draw_capacity(ax, result.capacity, right))
    _frame(ax, result, sorted(counts), right)
    marks.name_lines(ax, ends)
    marks.predictions(ax, said, at_left=n > 1 + 0.8 * (right - 1))
    return ax


def _told(result):
    said = "; ".join(
        f"{points[0].kind} " + ", ".join(f"{p.speed_up:.2f} with {p.n_workers}" for p in points)
        for points in _by_kind(result)
    )
    if not said:
        return f"{result.title}: a chart of speed-up against workers, still empty."
    n = result.capacity.n_threads[-1]
    return (
        f"{result.title}: median speed-up by number of workers: {said}. "
        f"The machine's measured capacity is {result.capacity.at(n):.2f} cores with {n} threads."
    )


def _by_kind(result):
    found = [result.points(kind) for kind in result.kinds if kind != "serial"]
    return [points for points in found if points]


def _draw_kind(ax, points):
    kind, colour = points[0].kind, style.colour(points[0].kind)
    x, y = [point.n_workers for point in points], [point.speed_up for point in points]
    low, high = zip(*(point.quartiles for point in points), strict=True)
    ax.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0, zorder=2)
    for point in points:
        marks.dots(ax, kind, point.n_workers, point.speed_ups)
    marks.line(ax, kind, x, y)
    return End(y[-1], f"{kind} {y[-1]:.2f}×", style.ink(kind), bold=True)


def _draw_recorded(ax, recorded):
    for points in _by_kind(recorded):
        kind, y = points[0].kind, [point.speed_up for point in points]
        look = {"lw": 1, "ms": 5, "alpha": 0.8, "zorder": 4} | marks.hollow(kind, 1)
        marks.line(ax, kind, [p.n_workers for p in points], y, **look)
        yield End(y[-1], f"{kind}, recorded {y[-1]:.2f}×", style.ink(kind))
    where = {"xycoords": "axes fraction", "ha": "left", "va": "top", "fontsize": style.TINY}
    text = f"recorded on {recorded.made[:10]}: {recorded.machine}"
    marks.write(ax, 0, -0.165, text, color=style.QUIET, **where)


def _draw_model(ax, curve):
    ax.plot(curve.n_workers, curve.speed_ups, ":", color=style.colour(curve.kind), lw=1.6, zorder=4)
    return End(curve.speed_ups[-1], f"{curve.kind}, model", style.ink(curve.kind))


def _draw_capacity(ax, capacity, right):
    x, y = capacity.curve()
    if right > x[-1]:
        x, y = [*x, right], [*y, y[-1]]
    ax.plot(x, y, "--", color=style.QUIET, lw=1.1, zorder=1)
    end = [cores for n, cores in zip(x, y, strict=True) if n <= right][-1]
    return End(end, "what the cores can do")


def _frame(ax, result, counts, right):
    names = {"x": "workers", "y": "speed-up over serial (×)"}
    style.label(ax, result.title, **names, alt=_told(result))
    marks.rule(ax, y=1)
    ax.set_xticks(_with_room(sorted({*counts, right})))
    ax.set_xlim(1 - max(0.15, 0.02 * right), right + 0.15 * max(1, right - 1))
    drawn = [2.0, result.capacity.at(right), *result.prediction.values()]
    drawn += [y for line in ax.get_lines() for y in line.get_ydata()]
    ax.set_ylim(0, 1.12 * max(drawn))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=10, steps=[1, 2, 5, 10]))
    usable = result.machine.usable_cpus
    if usable <= right:
        ax.axvline(usable, color=style.FAINT, lw=5, zorder=0)
        where = {"xycoords": ax.get_xaxis_transform(), "va": "bottom", "fontsize": style.TINY}
        where["ha"] = "right" if usable > 0.6 * right else "left"  # lines' names are at the right
        text = f" {usable:g} usable CPU{'s' * (usable != 1)} "
        marks.write(ax, usable, 0.02, text, color=style.QUIET, **where)


def _with_room(counts):
    """Return those of the ascending worker counts, which begin with 1, that can be told apart."""
    room = counts[-1] / 32
    kept = [counts[-1]]
    for n in counts[-2:0:-1]:
        if n - 1 >= room and kept[-1] - n >= room:
            kept.append(n)
    return [1, *reversed(kept)]
