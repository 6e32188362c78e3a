"""Requests a second, and how long each takes, against how many are on their way at once."""

import math

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from ..draw import style
from .words import expected_rate

_WIDTH_IN, _HEIGHT_IN, _LABEL_IN = 7.6, 6.4, 1.75


def draw_load(load, *, counts=()):
    """Draw ``plot_rates`` above ``plot_latencies`` in one figure, and return the upper Axes."""
    figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), facecolor="white")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1)
    figure.subplots_adjust(
        left=0.85 / _WIDTH_IN, right=1 - _LABEL_IN / _WIDTH_IN, top=1 - 0.5 / _HEIGHT_IN,
        bottom=0.65 / _HEIGHT_IN, hspace=0.42,
    )  # fmt: skip
    plot_rates(load, ax=upper, counts=counts)
    plot_latencies(load, ax=lower, counts=counts)
    return upper


def plot_rates(load, *, ax=None, counts=()):
    """Draw the requests answered each second. Both axes are logarithmic.

    Rounds are faint points, their median is a line. The dashed line is what Little's law
    expects of the stated latency, the rings are what the reader predicted.

    Args:
        load: a ``helpers.waiting.load.Load``.
        ax: where to draw; a figure of its own when None.
        counts: how many at once are still to come, so that the axis has room for them.

    Returns:
        The matplotlib Axes.
    """
    ax = style.new_axes(ax, label_in=_LABEL_IN)
    counts = _counts(load, counts)
    line = [expected_rate(n, load.latency_s) for n in counts] if load.latency_s else []
    labels = []
    if line:
        ax.plot(counts, line, "--", color=style.QUIET, lw=1.1, zorder=1)
        labels.append((line[-1], "if nothing but\nwaiting counted", style.QUIET, None))
    drawn = [*line]
    for kind, points in _by_kind(load):
        rates = [point.rate_per_s for point in points]
        for point in points:
            raw = [run.rate_per_s for run in point.runs]
            _dots(ax, kind, point, raw)
            drawn += raw
        _line(ax, kind, points, rates)
        labels.append((rates[-1], f"{kind} {rates[-1]:,.0f}/s", style.ink(kind), "bold"))
    said = _draw_prediction(ax, load)
    drawn += [rate for _, rate, *_ in said]
    _frame(ax, counts, drawn or [10, 1000])
    style.write_predictions(ax, said)
    ax.set_ylabel("requests a second", fontsize=style.FONT, color=style.INK)
    style.title(ax, "How many requests get answered")
    _write_labels(ax, labels)
    style.set_alt_text(ax, describe_rates(load))
    return ax


def plot_latencies(load, *, ax=None, counts=()):
    """Draw how long a request takes: half are answered within the thick line, 95 % within the
    thin one. The grey band is what the server was told to take. Both axes are logarithmic.

    The arguments are those of ``plot_rates``.

    Returns:
        The matplotlib Axes.
    """
    ax = style.new_axes(ax, label_in=_LABEL_IN)
    counts = _counts(load, counts)
    low, high = load.latency_s - load.spread_s, load.latency_s + load.spread_s
    ax.axhspan(1e3 * low, 1e3 * high, color=style.FAINT, lw=0, zorder=0)
    labels, drawn = [], [1e3 * low, 1e3 * high]
    if load.latency_s:  # nothing has no place on a logarithmic axis
        labels.append((1e3 * load.latency_s, "the server's own", style.QUIET, None))
    for kind, points in _by_kind(load):
        medians = [1e3 * point.median_latency_s for point in points]
        late = [1e3 * point.p95_latency_s for point in points]
        _line(ax, kind, points, medians)
        if kind != "serial":
            x = [point.n_at_once for point in points]
            ax.plot(x, late, "-", color=style.colour(kind), lw=0.9, zorder=4)
            labels.append((late[-1], f"{kind}, 95 %", style.ink(kind), None))
            labels.append((medians[-1], f"{kind}, half", style.ink(kind), "bold"))
        drawn += medians + late
    _frame(ax, counts, [value for value in drawn if value > 0] or [1, 100])
    ax.set_xlabel("requests on their way at once", fontsize=style.FONT, color=style.INK)
    ax.set_ylabel("milliseconds", fontsize=style.FONT, color=style.INK)
    style.title(ax, "How long each of them takes")
    _write_labels(ax, labels)
    style.set_alt_text(ax, describe_latencies(load))
    return ax


def describe_rates(load):
    """Return the upper chart in a sentence, for somebody who cannot see it."""
    return _described(
        load, "Requests a second by number at once", lambda point: f"{point.rate_per_s:.0f}"
    )


def describe_latencies(load):
    """Return the lower chart in a sentence, for somebody who cannot see it."""
    return _described(
        load,
        "Median latency in ms, and that of 95 %, by number at once",
        lambda p: f"{1e3 * p.median_latency_s:.0f} and {1e3 * p.p95_latency_s:.0f}",
    )


def _described(load, what, tell):
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
    if load.prediction:
        known.add(load.prediction_n_at_once)
    return sorted(known)


def _dots(ax, kind, point, values):
    ax.plot(
        [point.n_at_once] * len(values), values, style.marker(kind), color=style.colour(kind),
        alpha=0.25, ms=4, mew=0, zorder=3,
    )  # fmt: skip


def _line(ax, kind, points, values):
    ax.plot(
        [point.n_at_once for point in points], values, style.marker(kind) + "-",
        color=style.colour(kind), lw=2, ms=7, mec="white", mew=0.8, zorder=5,
    )  # fmt: skip


def _draw_prediction(ax, load):
    """Draw what was predicted, as rates, and return (x, y, words, kind) for each.

    Before a serial run there is nothing.
    """
    serial, n = load.of("serial"), load.prediction_n_at_once
    if not serial:
        return []
    said = []
    for kind, speed_up in load.prediction.items():
        if speed_up <= 0:  # has no place on a logarithmic axis
            continue
        rate = speed_up * serial[0].rate_per_s
        said.append((n, rate, f"you said {speed_up:.1f}×", kind))
        ax.plot(
            [n], [rate], style.marker(kind), color=style.colour(kind),
            ms=14, mfc="none", mew=2, zorder=6,
        )  # fmt: skip
    return said


def _frame(ax, counts, drawn):
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlim(0.85, 1.25 * counts[-1])
    ax.set_ylim(0.6 * min(drawn), 1.7 * max(drawn))
    ax.xaxis.set_major_locator(FixedLocator(counts))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5)))
    ax.yaxis.set_minor_locator(NullLocator())
    plain = FuncFormatter(lambda value, _: f"{value:,.10g}")
    ax.xaxis.set_major_formatter(plain)
    ax.yaxis.set_major_formatter(plain)


def _write_labels(ax, labels):
    """Write each line's name beside its right end, moved apart where they would touch."""
    low, high = map(math.log, ax.get_ylim())
    places = [(math.log(value) - low) / (high - low) for value, *_ in labels]
    height_in = ax.get_position().height * ax.figure.get_size_inches()[1]
    for (_, text, colour, weight), y in zip(
        labels, style.spread_labels(places, 0.24 / height_in), strict=True
    ):
        n_more = text.count("\n")  # lines, which go up from the place
        ax.text(
            1.01, y + 0.09 * n_more / height_in, text, transform=ax.transAxes, color=colour,
            weight=weight or "normal", fontsize=style.FONT - 0.5, va="center", clip_on=False,
        )  # fmt: skip
