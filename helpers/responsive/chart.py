"""When an interface answered while a job ran, and how late a thread woke up."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..core.host import nobody_asked
from ..draw import marks, style
from ..units import ms
from .beats import Beats, Lateness

_TITLE = "When the interface answers while a job runs"
_ROW_IN = 0.62
_BINS_A_DECADE = 8
_LOW_MS = 0.01  # what is less is drawn there
_DEAF = "#E8A79B"
_MEDIAN: style.Look = {"color": style.INK, "lw": 2.2}
_INTERVAL: style.Look = {"color": style.INK, "lw": 1.4, "ls": (0, (2, 1.5))}  # seen on a bar too
_BUSY = ("serial", "threads", "processes")  # what is busy beside the round trips
_GUESS: style.Look = {"color": style.colour("processes"), "lw": 1.6, "ls": "-."}


def plot_beats(
    beats: Mapping[str, Beats],
    *,
    chosen: marks.Chosen = None,
    title: str = _TITLE,
    ax: Axes | None = None,
) -> Axes:
    """Draw a tick whenever the interface answered, a row for each place where the job ran.

    Args:
        beats: what was recorded, by the place where the job ran.
        chosen: the places of which the reader expects a freeze; None when nothing was
            committed, and "" for a chart that has no prediction.
        title: the chart's title.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: milliseconds across, the first place on top. The job is a grey
        bar, the longest freeze a red one when it is longer than 0.1 s.
    """
    right_in = 0.3 if chosen == "" else 1.6
    ax = marks.rows(beats, ax, row_in=_ROW_IN, spine=False, right_in=right_in)
    for y, one in enumerate(beats.values()):
        _draw_beats(ax, y, one)
    times_s = [time_s for one in beats.values() for time_s in (0.0, one.wall_s, *one.times_s)]
    ax.set_xlim(1000 * min(times_s) - 12, 1000 * max(times_s) + 12)
    handles = [
        marks.entry("it answers", marker="|", color=style.INK, ms=11, mew=1.3),
        Patch(color=style.FAINT, label="the job runs"),
        Patch(color=_DEAF, label="deaf for more than 0.1 s"),
    ]
    marks.key(ax, handles)
    if chosen != "":
        marks.choices(ax, beats, chosen, yes="deaf", no="answers")
    alt = ", ".join(f"{where} {ms(one.freeze_s)}" for where, one in beats.items())
    alt = f"The longest time in which the interface did not answer: {alt}."
    return style.label(ax, title, x="milliseconds", alt=alt)


def plot_lateness(
    rows: Mapping[str, Lateness], *, guess_s: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a histogram of how late a thread woke up, a row for each condition.

    Args:
        rows: what was measured, by the row's name.
        guess_s: what the reader expects, in seconds; None when nothing was committed.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: milliseconds late across (log), the first row on top. Each
        histogram is as high as its row; a thick line is the median, a thin one the switch
        interval.
    """
    ax = marks.rows(rows, ax, row_in=_ROW_IN, spine=False, right_in=1.5)
    worst_ms = max(1000 * row.worst_s for row in rows.values())
    n_bins = math.ceil(_BINS_A_DECADE * math.log10(max(worst_ms, 1) / _LOW_MS)) + 1
    edges = [_LOW_MS * 10 ** (k / _BINS_A_DECADE) for k in range(n_bins + 1)]
    for y, row in enumerate(rows.values()):
        _draw_histogram(ax, y, row, edges)
        _mark_lateness(ax, y, row)
    marks.log_axis(ax, "x", _LOW_MS, edges[-1], marks.log_ticks(_LOW_MS, edges[-1], [1]))
    handles = [Line2D([], [], **_MEDIAN, label="median")]
    if any(map(_waits_its_turn, rows.values())):
        handles.append(Line2D([], [], **_INTERVAL, label="switch interval"))
    if guess_s is not None:
        said = f"you said {ms(guess_s)}"
        handles.append(ax.axvline(1000 * guess_s, **_GUESS, zorder=6, label=said))
    elif not nobody_asked():
        handles.append(Line2D([], [], lw=0, label=marks.NO_PREDICTION))
    marks.key(ax, handles)
    title = "How late a thread wakes up that sleeps for 1 ms"
    alt = "; ".join(
        f"{name} {ms(row.median_s)} (worst {ms(row.worst_s)})" for name, row in rows.items()
    )
    alt = f"The median lateness of a thread that sleeps for 1 ms: {alt}."
    return style.label(ax, title, x="milliseconds late", alt=alt)


def plot_rates(rates: Mapping[str, float], *, ax: Axes | None = None) -> Axes:
    """Draw how many round trips a second were made: alone, beside a thread, beside a process.

    Args:
        rates: round trips a second, by the row's name, in that order.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: round trips a second across, from 0, the first row on top.
    """
    ax = marks.rows(rates, ax, row_in=_ROW_IN, spine=False, right_in=1.5)
    for y, (rate, kind) in enumerate(zip(rates.values(), _BUSY, strict=True)):
        ax.barh(y, rate, marks.BAR, color=style.colour(kind), lw=0)
        marks.beside(ax, y, f"{rate:,.0f} a second", weight="bold")
    ax.set_xlim(0, 1.05 * max(rates.values()))
    alone, beside, *_ = rates.values()
    title = f"One busy thread: {alone:,.0f} round trips a second become {beside:,.0f}"
    alt = "; ".join(f"{name} {rate:,.0f}" for name, rate in rates.items())
    return style.label(ax, title, x="round trips a second", alt=f"Round trips a second: {alt}.")


def _draw_beats(ax, y, one):
    ax.barh(y, 1000 * one.wall_s, marks.BAR, color=style.FAINT, lw=0, zorder=1)
    if one.freezes:
        start_ms, stop_ms = (1000 * time_s for time_s in one.longest_s)
        ax.barh(y, stop_ms - start_ms, marks.BAR, start_ms, color=_DEAF, lw=0, zorder=2)
        middle_ms, said = (start_ms + stop_ms) / 2, f"deaf for {ms(one.freeze_s)}"
        marks.write(ax, middle_ms, y, said, weight="bold")
    ends = y - marks.BAR / 2, y + marks.BAR / 2
    ax.vlines(1000 * np.array(one.times_s), *ends, color=style.INK, lw=1.1, zorder=3)


def _draw_histogram(ax, y, row, edges):
    """Draw how many wakes were how late, upwards though the rows are counted downwards."""
    kind = "serial" if row.beside == "nothing" else "threads" if row.gil else "free-threaded"
    late_ms = np.clip(1000 * np.array(row.late_s), edges[0], edges[-2])
    counts, _ = np.histogram(late_ms, edges)
    look = {"align": "edge", "color": style.colour(kind), "ec": "white", "lw": 0.6, "zorder": 2}
    ax.bar(edges[:-1], -0.8 * counts / counts.max(), np.diff(edges), y + 0.4, **look)
    ax.axhline(y + 0.4, color=style.QUIET, lw=0.6, zorder=3)


def _mark_lateness(ax, y, row):
    """Mark the median of a row, and write it beside; mark the interval where it is waited for."""
    ends = [y + 0.4, y - 0.45]
    ax.plot([max(_LOW_MS, 1000 * row.median_s)] * 2, ends, **_MEDIAN, zorder=4)
    if _waits_its_turn(row):
        ax.plot([1000 * row.switch_interval_s] * 2, ends, **_INTERVAL, zorder=5)
    marks.beside(ax, y, ms(row.median_s), weight="bold")


def _waits_its_turn(row):
    return row.gil and row.beside == "loop"
