"""When an interface answered while a job ran, and how late a thread woke up."""

import math
from itertools import pairwise

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..draw import style
from ..units import ms

_ROW_IN = 0.62
_BINS_A_DECADE = 8
_LOW_MS = 0.01  # what is less is drawn there
_DEAF = "#E8A79B"
_MEDIAN = {"color": style.INK, "lw": 2.2}
_INTERVAL = {"color": style.INK, "lw": 1.4, "ls": (0, (2, 1.5))}  # seen on a bar as well
_GUESS = {"color": style.colour("processes"), "lw": 1.6, "ls": "-."}


def plot_beats(beats, *, chosen=None, title=None, ax=None):
    """Draw a tick whenever the interface answered, a row for each place where the job ran.

    Args:
        beats: a dict from the place to its ``helpers.responsive.beats.Beats``.
        chosen: the places of which the reader expects a freeze; None when nothing was
            committed, and "" for a chart that has no prediction.
        title: the chart's title.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: milliseconds across, the first place on top. The job is a grey
        bar, the longest freeze a red one when it is longer than 0.1 s.
    """
    ax = style.row_axes(list(beats), ax, row_in=_ROW_IN, label_in=0.3 if chosen == "" else 1.6)
    for y, one in enumerate(beats.values()):
        ax.barh(y, 1000 * one.wall_s, 0.62, 0, color=style.FAINT, lw=0, zorder=1)
        frozen = _longest(one)
        if one.freezes:
            start_s, stop_s = frozen
            ax.barh(y, 1000 * (stop_s - start_s), 0.62, 1000 * start_s, color=_DEAF, lw=0, zorder=2)
            ax.text(
                500 * (start_s + stop_s), y, f"deaf for {ms(one.freeze_s)}", ha="center",
                va="center", fontsize=style.FONT - 0.5, color=style.INK, weight="bold", zorder=5,
            )  # fmt: skip
        ax.vlines(
            [1000 * beat_s for beat_s in one.times_s], y - 0.31, y + 0.31,
            color=style.INK, lw=1.1, zorder=3,
        )  # fmt: skip
    last_s = max(max([one.wall_s, *one.times_s]) for one in beats.values())
    first_s = min(min([0.0, *one.times_s]) for one in beats.values())
    ax.set_xlim(1000 * first_s - 12, 1000 * last_s + 12)
    ax.set_xlabel("milliseconds", fontsize=style.FONT, color=style.INK, loc="left")
    handles = [
        Line2D([], [], lw=0, marker="|", ms=11, mew=1.3, color=style.INK, label="it answers"),
        Patch(color=style.FAINT, label="the job runs"),
        Patch(color=_DEAF, label="deaf for more than 0.1 s"),
    ]
    style.draw_key(ax, handles)
    if chosen != "":
        rows = {where: y for y, where in enumerate(beats)}
        style.write_choices(ax, rows, chosen, yes="deaf", no="answers")
    style.title(ax, title or "When the interface answers while a job runs")
    style.set_alt_text(ax, describe_beats(beats))
    return ax


def describe_beats(beats):
    """Return the chart in one sentence, for somebody who cannot see it."""
    said = ", ".join(f"{where} {ms(one.freeze_s)}" for where, one in beats.items())
    return f"The longest time in which the interface did not answer: {said}."


def plot_lateness(rows, *, guess_s=None, ax=None):
    """Draw a histogram of how late a thread woke up, a row for each condition.

    Args:
        rows: a dict from a row's name to its ``helpers.responsive.beats.Lateness``.
        guess_s: what the reader expects, in seconds; None when nothing was committed.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: milliseconds late across (log), the first row on top. Each
        histogram is as high as its row; a thick line is the median, a thin one the switch
        interval.
    """
    ax = style.row_axes(list(rows), ax, row_in=_ROW_IN, label_in=1.5)
    worst_ms = max(1000 * row.worst_s for row in rows.values())
    n_bins = math.ceil(_BINS_A_DECADE * math.log10(max(worst_ms, 1) / _LOW_MS)) + 1
    edges = [_LOW_MS * 10 ** (k / _BINS_A_DECADE) for k in range(n_bins + 1)]
    for y, row in enumerate(rows.values()):
        _draw_histogram(ax, y, row, edges)
        _mark_lateness(ax, y, row)
    ax.set_xscale("log")
    ax.set_xlim(_LOW_MS, edges[-1])
    ticks = [10**k for k in range(-2, 6) if 10**k <= edges[-1]]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel("milliseconds late", fontsize=style.FONT, color=style.INK, loc="left")
    handles = [Line2D([], [], **_MEDIAN, label="median")]
    if any(map(_waits_its_turn, rows.values())):
        handles.append(Line2D([], [], **_INTERVAL, label="switch interval"))
    if guess_s is not None:
        ax.axvline(1000 * guess_s, **_GUESS, zorder=6)
        handles.append(Line2D([], [], **_GUESS, label=f"you said {ms(guess_s)}"))
    else:
        handles.append(Line2D([], [], lw=0, label="no prediction made"))
    style.draw_key(ax, handles)
    style.title(ax, "How late a thread wakes up that sleeps for 1 ms")
    style.set_alt_text(ax, describe_lateness(rows))
    return ax


def describe_lateness(rows):
    """Return the chart in one sentence, for somebody who cannot see it."""
    said = "; ".join(
        f"{name} {ms(row.median_s)} (worst {ms(row.worst_s)})" for name, row in rows.items()
    )
    return f"The median lateness of a thread that sleeps for 1 ms: {said}."


def _draw_histogram(ax, y, row, edges):
    """Draw how many wakes were how late, upwards though the rows are counted downwards."""
    kind = "serial" if row.beside == "nothing" else "threads" if row.gil else "free-threaded"
    counts = [0] * (len(edges) - 1)
    for late_s in row.late_s:
        k = math.floor(_BINS_A_DECADE * math.log10(max(1000 * late_s, _LOW_MS) / _LOW_MS))
        counts[min(k, len(counts) - 1)] += 1
    heights = [-0.8 * count / max(counts) for count in counts]
    widths = [b - a for a, b in pairwise(edges)]
    ax.bar(
        edges[:-1], heights, widths, y + 0.4, align="edge", color=style.colour(kind), ec="white",
        lw=0.6, zorder=2,
    )  # fmt: skip
    ax.axhline(y + 0.4, color=style.QUIET, lw=0.6, zorder=3)


def _mark_lateness(ax, y, row):
    """Mark the median of a row, and write it beside; mark the interval where it is waited for."""
    median_ms = max(_LOW_MS, 1000 * row.median_s)
    ax.plot([median_ms] * 2, [y + 0.4, y - 0.45], **_MEDIAN, zorder=4)
    if _waits_its_turn(row):
        ax.plot([1000 * row.switch_interval_s] * 2, [y + 0.4, y - 0.45], **_INTERVAL, zorder=5)
    ax.text(
        1.02, y, ms(row.median_s), transform=ax.get_yaxis_transform(), va="center",
        fontsize=style.FONT - 0.5, color=style.INK, weight="bold",
    )  # fmt: skip


def _waits_its_turn(row):
    return row.gil and row.beside == "loop"


def _longest(one):
    """Return the begin and the end, in seconds, of the longest time without an answer."""
    marks = [min([0.0, *one.times_s[:1]]), *one.times_s]
    marks.append(max([one.wall_s, *one.times_s[-1:]]))
    return max(pairwise(marks), key=lambda pair: pair[1] - pair[0])
