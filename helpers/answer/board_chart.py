"""A class's curves side by side: each machine's, medians by cores, predictions and results."""

import textwrap
from collections import Counter

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..draw import marks, style
from ..kind import kind as kind_of
from ..units import counted
from .board import FAMILIES, Entry, medians, outliers

_LABELLED = 6  # curves; more of them cannot be named
_LINE_IN = 0.16  # of a machine's name
_HEIGHT_IN, _LOWER_IN = 7.0, 2.8  # of a figure; from its bottom to the top of the lower chart


def plot_board(found: list[Entry], *, job: str = "", highlight: int | None = None) -> list[Figure]:
    """Draw the whole board of one job: two figures of two charts, the left one with the title.

    The curves of the machine with the number ``highlight`` stand out.
    """
    figures = [style.figure(4.4, _HEIGHT_IN) for _ in FAMILIES]
    left, right = figures
    margins: style.Look = {"left_in": 0.7, "right_in": 0.2}
    top = _top(found, FAMILIES)
    for figure, family in zip(figures, FAMILIES, strict=True):
        ax = style.axes(on=figure, bottom_in=_LOWER_IN + 0.95, top_in=1.05, **margins)
        plot_curves(found, family, highlight=highlight, top=top, ax=ax)
    margins |= {"bottom_in": 0.58, "top_in": _HEIGHT_IN - _LOWER_IN}
    plot_medians(found, ax=style.axes(on=left, **margins))
    plot_predictions(found, ax=style.axes(on=right, **margins))
    look: style.Look = {"va": "top", "weight": "bold", "parse_math": False}
    look |= {"fontsize": style.FONT + 2, "color": style.INK}
    left.text(0.16, 0.975, _title(found, job), **look)
    return figures


def plot_curves(
    found: list[Entry],
    family: str,
    *,
    highlight: int | None = None,
    top: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one family's speed-up by workers for every result, a thin line each.

    Machines are named where they are few, and where one is far from its like. ``top`` is the
    highest speed-up with room.
    """
    ax = style.axes(ax)
    curves = [(entry, *entry.curves[family]) for entry in found if family in entry.curves]
    _draw_curves(ax, family, curves, highlight)
    right = max([2, *(n for _, x, _ in curves for n in x)])
    marks.rule(ax, y=1)
    ax.set(xlim=(1 - 0.05 * right, 1.05 * right), ylim=(0, top or _top(found, [family])))
    _write_numbers(ax, _named(found, family, curves, highlight))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    names = {"x": "workers", "y": "speed-up over serial (×)"}
    alt = f"{family.capitalize()}: {counted(len(curves), 'curve')}."
    return style.label(ax, f"Every curve: {family}", **names, alt=alt)


def plot_medians(found: list[Entry], *, ax: Axes | None = None) -> Axes:
    """Draw the median speed-up of each family by the workers that had a CPU each."""
    ax = style.axes(ax)
    counts = sorted({n for entry in found for n in entry.n_cores.values()}) or [1, 2, 4]
    marks.log_axis(ax, "x", 0.8 * counts[0], 1.25 * counts[-1], ticks=counts)
    marks.rule(ax, y=1)
    said, tops = [], [2.0]
    for shift, family in zip((0.96, 1.04), FAMILIES, strict=True):
        rows = medians(found, family)
        if not rows:
            continue
        n_cores, middle, low, high, _ = zip(*rows, strict=True)
        across = [n * shift for n in n_cores]  # on a log axis both stand side by side
        ax.vlines(across, low, high, color=style.colour(family), lw=5, alpha=0.3)
        marks.line(ax, family, across, middle, lw=1.6, label=family)
        tops += high
        said += [
            f"{family} on {counted(n, 'core')} {m:.2f} ({counted(k, 'result')})"
            for n, m, _, _, k in rows
        ]
    ax.set_ylim(0, 1.15 * max(tops))
    if said:
        ax.legend(frameon=False, fontsize=style.SMALL, loc="upper left", ncols=2)
    names = {"x": "workers that have a CPU each", "y": "speed-up (×)"}
    alt = f"Medians: {'; '.join(said) or 'none yet'}."
    return style.label(ax, "Medians by cores", **names, alt=alt)


def plot_predictions(found: list[Entry], *, ax: Axes | None = None) -> Axes:
    """Draw what was predicted against what was measured, a mark each."""
    ax = style.axes(ax)
    every = [one for entry in found for one in entry.predictions]
    top = 1.1 * max([2.0, *(value for one in every for value in (one.predicted, one.measured))])
    ax.plot([0, top], [0, top], "--", color=style.QUIET, lw=1.1, zorder=1)
    quiet: style.Look = {"fontsize": style.TINY, "color": style.QUIET, "va": "top"}
    marks.write(ax, 0.84 * top, 0.9 * top, "as predicted", dx=-1, **quiet)
    for family in FAMILIES:
        of = [one for one in every if kind_of(one.kind).family == family]
        x, y = [one.predicted for one in of], [one.measured for one in of]
        marks.dots(ax, family, x, y, ms=7, alpha=0.75 if len(every) < 50 else 0.4)
    ax.set(xlim=(0, top), ylim=(0, top))
    for axis in (ax.xaxis, ax.yaxis):  # the same scale, so the same ticks
        axis.set_major_locator(MaxNLocator(nbins=6))
    names = {"x": "predicted speed-up (×)", "y": "measured (×)"}
    return style.label(ax, "Predictions and results", **names, alt=_told(every))


def _told(predictions):
    said = Counter(one.verdict.partition(" ")[0] for one in predictions)
    n, high, low = counted(len(predictions), "prediction"), said["slower"], said["faster"]
    return f"{n}: {high} too high and {low} too low by a quarter or more."


def _title(found, job):
    """Return a title as wide as the left half, which a narrow window shows alone."""
    if not found:
        return "No results yet"
    n_machines = counted(len({entry.number for entry in found}), "kind")
    results = f"{counted(len(found), 'result')} from {n_machines} of machine"
    return f"{textwrap.shorten(job, 36, placeholder='…')}\n{results}"


def _top(found, families):
    """Return the height of axes with room for all curves of these families."""
    curves = [entry.curves[of] for entry in found for of in families if of in entry.curves]
    return 1.15 * max([2.0, *(y for _, ys in curves for y in ys)])


def _draw_curves(ax, family, curves, highlight):
    """Draw all curves as two artists, so that a redraw stays quick, and the chosen one on top."""
    alpha = 0.9 if len(curves) <= _LABELLED else max(0.12, min(0.6, 12 / len(curves)))
    look = {"alpha": alpha if highlight is None else alpha / 3}
    lines = [list(zip(x, y, strict=True)) for _, x, y in curves]
    ax.add_collection(LineCollection(lines, colors=style.colour(family), linewidths=1.3, **look))
    x, y = ([n for curve in curves for n in curve[i]] for i in (1, 2))
    marks.dots(ax, family, x, y, ms=3.5, **look)
    for entry, x, y in curves:
        if entry.number == highlight:
            marks.line(ax, family, x, y, color=style.INK, ms=6)


def _named(found, family, curves, highlight):
    """Return the curves that are named: all where they are few, else those that stand out."""
    if len(curves) <= _LABELLED:
        return curves
    far = [entry.number for entry, of, *_ in outliers(found)[:_LABELLED] if of == family]
    return [curve for curve in curves if curve[0].number in (highlight, *far)]


def _write_numbers(ax, curves):
    """Name machines at the ends of their curves, moved apart where they would touch."""
    ends = [(x[-1], y[-1], entry.number) for entry, x, y in curves]
    gap = _LINE_IN * ax.get_ylim()[1] / style.height_in(ax)
    for x in {x for x, _, _ in ends}:
        there = sorted((y, number) for at, y, number in ends if at == x)
        places = marks.spread_labels([y + gap / 2 for y, _ in there], gap)
        for (_, number), y in zip(there, places, strict=True):
            marks.write(ax, x, y, f"machine {number}", dx=-2, fontsize=style.TINY, bbox=marks.PLATE)
