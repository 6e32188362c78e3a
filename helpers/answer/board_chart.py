"""A class's curves side by side: each machine's, medians by cores, predictions and results."""

import textwrap

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..draw import style
from ..units import counted
from .board import FAMILIES, medians, outliers

_LABELLED = 6  # curves; more of them cannot be named
_LINE_IN = 0.16  # of a machine's name


def plot_board(found, *, job="", highlight=None):
    """Draw the whole board of one job and return its matplotlib Figure.

    Args:
        found: a list of ``helpers.answer.board.Entry`` of that job; an empty one gives empty axes.
        job: its name, for the title.
        highlight: the number of a machine whose curves stand out.
    """
    figure = Figure(figsize=(8.8, 7.0), facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2)
    figure.subplots_adjust(left=0.07, right=0.98, top=0.85, bottom=0.08, hspace=0.46, wspace=0.3)
    n_machines = counted(len({entry.number for entry in found}), "kind")
    # As wide as the left half, which a narrow window shows alone.
    title = f"{textwrap.shorten(job, 40, placeholder='…')}\n{counted(len(found), 'result')}"
    title += f" from {n_machines} of machine"
    figure.text(
        0.07, 0.975, title if found else "No results yet", fontsize=style.FONT + 2, va="top",
        color=style.INK, weight="bold", parse_math=False,
    )  # fmt: skip
    top = _top(found, FAMILIES)
    for ax, family in zip(axes[0], FAMILIES, strict=True):
        plot_curves(found, family, highlight=highlight, top=top, ax=ax)
    plot_medians(found, ax=axes[1][0])
    plot_predictions(found, ax=axes[1][1])
    style.set_break(figure, axes[0][1])
    return figure


def plot_curves(found, family, *, highlight=None, top=None, ax=None):
    """Draw one family's speed-up by workers for every result, a thin line each; return the Axes.

    Machines are named where they are few, and where one is far from its like. ``top`` is the
    highest speed-up with room; None leaves room for what is drawn.
    """
    ax = style.new_axes(ax)
    top = top or _top(found, [family])
    colour = style.colour(family)
    curves = [(entry, *entry.curves[family]) for entry in found if family in entry.curves]
    lines = [list(zip(x, y, strict=True)) for _, x, y in curves]
    named = {entry.number for entry, of, *_ in outliers(found)[:_LABELLED] if of == family}
    named |= {highlight} if len(curves) > _LABELLED else {entry.number for entry, *_ in curves}
    faint = 0.9 if len(lines) <= _LABELLED else max(0.12, min(0.6, 12 / len(lines)))
    faint = faint if highlight is None else faint / 3
    ax.add_collection(LineCollection(lines, colors=colour, alpha=faint, linewidths=1.3))
    dots = [dot for line in lines for dot in line]
    if dots:
        ax.plot(*zip(*dots, strict=True), style.marker(family), ls="", color=colour, ms=3.5,
                alpha=faint, mew=0)  # fmt: skip
    for entry, x, y in curves:
        if entry.number == highlight:
            ax.plot(x, y, style.marker(family) + "-", color=style.INK, lw=2, ms=6, zorder=5)
    right = max([2, *(x for x, _ in dots)])
    ax.axhline(1, color=style.colour("serial"), lw=1.1, zorder=1)
    ax.set_xlim(1 - 0.05 * right, 1.05 * right)
    ax.set_ylim(0, top)
    _write_numbers(ax, [(x[-1], y[-1], entry.number) for entry, x, y in curves
                        if entry.number in named])  # fmt: skip
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    _name(ax, f"Every curve: {family}", "workers", "speed-up over serial (×)")
    style.set_alt_text(ax, f"{family.capitalize()}: {counted(len(curves), 'curve')}.")
    return ax


def _top(found, families):
    """Return the height of axes with room for all curves of these families."""
    curves = [entry.curves[family] for entry in found for family in families
              if family in entry.curves]  # fmt: skip
    return 1.15 * max([2.0, *(y for _, ys in curves for y in ys)])


def _write_numbers(ax, ends):
    """Name machines at their curves' ends, (x, y, number), moved apart where they would touch."""
    height_in = ax.get_position().height * ax.figure.get_figheight()
    gap = _LINE_IN * ax.get_ylim()[1] / height_in
    for x in {x for x, _, _ in ends}:
        there = sorted((y, number) for at, y, number in ends if at == x)
        for (_, number), y in zip(
            there, style.spread_labels([y + gap / 2 for y, _ in there], gap), strict=True
        ):
            ax.annotate(
                f"machine {number}", (x, y), xytext=(-2, 0), ha="right", va="center",
                textcoords="offset points", fontsize=style.FONT - 2, color=style.INK, zorder=6,
                bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5},
            )  # fmt: skip


def plot_medians(found, *, ax=None):
    """Draw the median speed-up of each family by cores, with quartiles; return the Axes.

    Cores are workers that had a CPU each: where two workers were measured, two, of however many.
    """
    ax = style.new_axes(ax)
    said, tops = [], [2.0]
    for shift, family in zip((-0.04, 0.04), FAMILIES, strict=True):
        rows = medians(found, family)
        if not rows:
            continue
        n_cores, middle, low, high, _ = zip(*rows, strict=True)
        across = [n * (1 + shift) for n in n_cores]  # on a log axis both stand side by side
        colour = style.colour(family)
        ax.vlines(across, low, high, color=colour, lw=5, alpha=0.3)
        ax.plot(across, middle, style.marker(family) + "-", color=colour, lw=1.6, ms=7,
                label=family)  # fmt: skip
        tops += high
        said += [f"{family} on {counted(n, 'core')} {m:.2f} ({counted(k, 'result')})"
                 for n, m, _, _, k in rows]  # fmt: skip
    counts = sorted({n for entry in found for n in entry.n_cores.values()})
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:g}"))
    ax.set_xticks(counts or [1, 2, 4])
    ax.minorticks_off()
    ax.set_xlim(0.8 * min(counts, default=1), 1.25 * max(counts, default=4))
    ax.axhline(1, color=style.colour("serial"), lw=1.1, zorder=1)
    ax.set_ylim(0, 1.15 * max(tops))
    if said:
        ax.legend(frameon=False, fontsize=style.FONT - 1.5, loc="upper left", ncols=2)
    _name(ax, "Medians by cores", "workers that have a CPU each", "speed-up (×)")
    style.set_alt_text(ax, f"Medians: {'; '.join(said) or 'none yet'}.")
    return ax


def plot_predictions(found, *, ax=None):
    """Draw what was predicted against what was measured, a mark each; return the Axes."""
    ax = style.new_axes(ax)
    pairs = {family: [] for family in FAMILIES}
    for entry in found:
        for family, predicted, measured in entry.predictions:
            pairs[family].append((predicted, measured))
    every = [value for dots in pairs.values() for dot in dots for value in dot]
    top = 1.1 * max([2.0, *every])
    ax.plot([0, top], [0, top], "--", color=style.QUIET, lw=1.1, zorder=1)
    ax.annotate("as predicted", (0.84 * top, 0.9 * top), ha="right", va="top",
                fontsize=style.FONT - 2, color=style.QUIET)  # fmt: skip
    n = sum(map(len, pairs.values()))
    for family, dots in pairs.items():
        if dots:
            ax.plot(*zip(*dots, strict=True), style.marker(family), ls="", mew=0, ms=7,
                    color=style.colour(family), alpha=0.75 if n < 50 else 0.4)  # fmt: skip
    ax.set_xlim(0, top)
    ax.set_ylim(0, top)
    for axis in (ax.xaxis, ax.yaxis):  # the same scale, so the same ticks
        axis.set_major_locator(MaxNLocator(nbins=6))
    _name(ax, "Predictions and results", "predicted speed-up (×)", "measured (×)")
    high = sum(p > 1.25 * m for dots in pairs.values() for p, m in dots)
    low = sum(m > 1.25 * p for dots in pairs.values() for p, m in dots)
    style.set_alt_text(
        ax, f"{counted(n, 'prediction')}: {high} too high and {low} too low by a quarter or more."
    )
    return ax


def _name(ax, title, x, y):
    style.title(ax, title)
    ax.set_xlabel(x, fontsize=style.FONT - 0.5, color=style.INK)
    ax.set_ylabel(y, fontsize=style.FONT - 0.5, color=style.INK)
