"""Requests a second, and how long each takes, against how many are on their way at once."""

from collections.abc import Iterable

from matplotlib.axes import Axes

from ..draw import marks, style
from ..draw.marks import End, Said
from .load import Load

_RIGHT_IN = 2.2


def draw_load(load: Load, *, counts: Iterable[int] = ()) -> Axes:
    """Draw ``plot_rates`` above ``plot_latencies`` in one figure, and return the upper Axes."""
    figure = style.figure(height_in=6.4)
    margins: style.Look = {"on": figure, "left_in": 0.85, "right_in": _RIGHT_IN}
    upper = style.axes(**margins, bottom_in=3.75)
    plot_rates(load, ax=upper, counts=counts)
    plot_latencies(load, ax=style.axes(**margins, top_in=3.75), counts=counts)
    return upper


def plot_rates(load: Load, *, ax: Axes | None = None, counts: Iterable[int] = ()) -> Axes:
    """Draw the requests answered each second. Both axes are logarithmic.

    Rounds are faint points, their median is a line. The dashed line is what Little's law
    expects of the stated latency, the rings are what the reader predicted.

    Args:
        load: what was measured.
        ax: where to draw; a figure of its own when None.
        counts: how many at once are still to come, so that the axis has room for them.

    Returns:
        The matplotlib Axes.
    """
    ax = style.axes(ax, left_in=0.85, right_in=_RIGHT_IN)
    counts, ends = _counts(load, counts), list[End]()
    # J. D. C. Little, "A proof for the queuing formula L = λW", Operations Research 9, 1961.
    drawn = [n / load.latency_s for n in counts] if load.latency_s else []
    if drawn:
        ax.plot(list(counts), drawn, "--", color=style.QUIET, lw=1.1, zorder=1)
        ends.append(End(drawn[-1], "if only waiting counted"))
    for kind, points in _by_kind(load):
        rates = [point.rate_per_s for point in points]
        for point in points:
            raw = [run.rate_per_s for run in point.runs]
            marks.dots(ax, kind, point.n_at_once, raw)
            drawn += raw
        marks.line(ax, kind, [point.n_at_once for point in points], rates)
        if kind != "serial":
            name = f"{kind}: {rates[-1]:,.0f} a second"
            ends.append(End(rates[-1], name, style.ink(kind), bold=True))
    said = _predicted(load)
    _frame(ax, counts, [*drawn, *(one.y for one in said)] or [10, 1000])
    marks.predictions(ax, said)
    marks.name_lines(ax, ends)
    alt = _told(load, "Requests a second by number at once", lambda p: f"{p.rate_per_s:.0f}")
    return style.label(ax, _title(load), y="answers a second", alt=alt)


def plot_latencies(load: Load, *, ax: Axes | None = None, counts: Iterable[int] = ()) -> Axes:
    """Draw how long a request takes: half are answered within the thick line, 95 % within the
    thin one. The grey band is what the server was told to take. Both axes are logarithmic.

    The arguments are those of ``plot_rates``.

    Returns:
        The matplotlib Axes.
    """
    ax = style.axes(ax, left_in=0.85, right_in=_RIGHT_IN)
    counts = _counts(load, counts)
    drawn = [1e3 * (load.latency_s - load.spread_s), 1e3 * (load.latency_s + load.spread_s)]
    ax.axhspan(*drawn, color=style.FAINT, lw=0, zorder=0)
    # Nothing has no place on a logarithmic axis.
    ends = [End(1e3 * load.latency_s, "the server's own wait")] if load.latency_s else []
    for kind, points in _by_kind(load):
        x = [point.n_at_once for point in points]
        medians = [1e3 * point.median_latency_s for point in points]
        late = [1e3 * point.p95_latency_s for point in points]
        marks.line(ax, kind, x, medians)
        if kind != "serial":
            ax.plot(x, late, "-", color=style.colour(kind), lw=0.9, zorder=4)
            ends.append(End(late[-1], f"{kind}: 95 % in {late[-1]:.0f} ms", style.ink(kind)))
            name = f"{kind}: half in {medians[-1]:.0f} ms"
            ends.append(End(medians[-1], name, style.ink(kind), bold=True))
        drawn += medians + late
    _frame(ax, counts, [value for value in drawn if value > 0] or [1, 100])
    marks.name_lines(ax, ends)
    names = {"x": "requests on their way at once", "y": "milliseconds"}
    alt = _told(
        load,
        "Milliseconds within which half of the answers came, and 95 %, by number at once",
        lambda p: f"{1e3 * p.median_latency_s:.0f} and {1e3 * p.p95_latency_s:.0f}",
    )
    title = "What one request takes: half within the thick line, 95 % within the thin"
    return style.label(ax, title, **names, alt=alt)


def _title(load):
    """Return what was found about the rate, or what is to be seen while that is not known."""
    others = [point for point in load.points if point.kind != "serial"]
    if not load.of("serial") or not others:
        return "How many answers come in a second"
    best = max(others, key=lambda point: point.rate_per_s)
    times = best.rate_per_s / load.of("serial")[0].rate_per_s
    return f"{best.n_at_once} at once: {times:.0f} times as many answers as one at a time"


def _told(load, what, tell):
    if not load.runs:
        return f"{what}: a chart that is still empty."
    said = "; ".join(
        f"{kind} " + ", ".join(f"{tell(point)} with {point.n_at_once}" for point in points)
        for kind, points in _by_kind(load)
    )
    return f"{what}: {said}."


def _by_kind(load):
    kinds = dict.fromkeys(point.kind for point in load.points)
    return [(kind, load.of(kind)) for kind in kinds]


def _counts(load, counts):
    known = {1, *counts, *(run.n_at_once for run in load.runs)}
    return sorted(known | ({load.prediction_n_at_once} if load.prediction else set()))


def _predicted(load):
    """Return what was predicted, as rates: before a serial run there is nothing."""
    serial, n = load.of("serial"), load.prediction_n_at_once
    if not serial:
        return []
    return [
        Said(kind, n, speed_up * serial[0].rate_per_s, f"you said {speed_up:.1f}×")
        for kind, speed_up in load.prediction.items()
        if speed_up > 0  # what is less has no place on a logarithmic axis
    ]


def _frame(ax, counts, drawn):
    marks.log_axis(ax, "x", 0.85, 1.25 * counts[-1], ticks=counts)
    marks.log_axis(ax, "y", 0.6 * min(drawn), 1.7 * max(drawn))
