"""What charts are made of: words, rows, dots, lines with their names, keys and log axes."""

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.ticker import FixedLocator, NullLocator

from ..core.host import nobody_asked
from . import style

Chosen = Collection[str] | None  # what a reader ticked; None when nothing was committed
NO_PREDICTION = "no prediction made"
PLATE = {"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1}  # below words on lines
_LETTER = 0.0076  # about how wide a letter is: inches for each point of its size
BAR = 0.6  # how high a bar is, as part of its row
_NAME_IN = 0.175  # from a line's name to the next, so that they do not touch


def width_in(text: str, size: float = style.FONT) -> float:
    """Return about how many inches wide the longest line of a text is, in points of ``size``."""
    return _LETTER * size * max(map(len, text.split("\n")))


# -- words -----------------------------------------------------------------------------------


def write(
    ax: Axes, x: float, y: float, text: str, *, dx: float = 0, dy: float = 0, **look: Any
) -> Annotation:
    """Write a text at a point of the axes, or ``dx`` and ``dy`` points (1/72 inch) beside it.

    At its right the text begins, at its left it ends; ``look`` is that of an annotation.
    """
    given: style.Look = {
        "ha": "left" if dx > 0 else "right" if dx < 0 else "center",
        "va": "center" if dx or not dy else "bottom" if dy > 0 else "top",
        "parse_math": False,  # a job's name is no formula, whatever signs it holds
    }
    given |= {"fontsize": style.SMALL, "color": style.INK, "xycoords": "data", "zorder": 6}
    return ax.annotate(text, (x, y), (dx, dy), textcoords="offset points", **(given | look))


def beside(ax: Axes, y: float, text: str, *, dx: float = 8.0, **look: Any) -> Annotation:
    """Write a text at the right of the axes, ``dx`` points from them; ``look`` as for ``write``."""
    return write(ax, 1, y, text, dx=dx, xycoords=ax.get_yaxis_transform(), **look)


def columns(
    ax: Axes, y: float, texts: Iterable[str], ends_in: Iterable[float], **look: Any
) -> None:
    """Write a row of texts at the right of the axes; each ends so many inches from them."""
    for text, end_in in zip(texts, ends_in, strict=True):
        beside(ax, y, text, dx=72 * end_in, ha="right", **look)


def choices(ax: Axes, names: Iterable[str], chosen: Chosen, *, yes: str, no: str) -> None:
    """Write ``yes`` or ``no`` at the right of each name's row: what choosing it says, or not."""
    if chosen is None:
        if not nobody_asked():
            beside(ax, 0, NO_PREDICTION, color=style.QUIET)
        return
    for y, name in enumerate(names):
        beside(ax, y, f"you: {yes if name in chosen else no}")


# -- rows ------------------------------------------------------------------------------------


def rows(
    names: Iterable[str],
    ax: Axes | None = None,
    *,
    row_in: float = 0.5,
    at: Sequence[float] | None = None,
    spine: bool = True,
    **margins: float,
) -> Axes:
    """Return axes with a row for each name, downwards from 0 or ``at`` these places.

    A figure of their own is as high as the rows, ``row_in`` inches each; its ``margins`` are those
    of ``style.axes``, with room for the names. ``spine`` is a line at the left, where bars begin.
    """
    names, size = list(names), style.FONT if row_in > 0.4 else style.SMALL
    at = range(len(names)) if at is None else at
    n_rows = 1 + max(at, default=0)
    if ax is None:
        left_in = 0.25 + max((width_in(name, size) for name in names), default=0.5)
        sides: style.Look = {"left_in": left_in, "right_in": 0.3, "bottom_in": 0.95}
        sides |= {"top_in": 0.5} | margins
        height_in = 0.1 + sides["top_in"] + sides["bottom_in"] + row_in * n_rows
        ax = style.axes(height_in=height_in, **sides)
    style.axes(ax).grid(False)
    ax.spines["left"].set_visible(spine)
    ax.set_yticks(at, names, fontsize=size, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(n_rows - 0.5, -0.65)
    return ax


def key(ax: Axes, handles: Sequence[Artist], *, below_in: float = 0.55) -> None:
    """Draw the key ``below_in`` inches below the axes, further left where it needs the room.

    It has one line, or two where that is too long.
    """
    left_in, figure_in = ax.get_position().x0, style.figure_of(ax).get_figwidth()
    left_in *= figure_in
    widths_in = [0.42 + width_in(str(handle.get_label()), style.SMALL) for handle in handles]
    n_lines = 1 + (sum(widths_in) > figure_in)
    overlap_in = min(left_in - 0.1, max(0.0, left_in + sum(widths_in) / n_lines - figure_in))
    ax.legend(
        handles=handles,
        ncols=-(-len(handles) // n_lines),
        loc="upper left",
        bbox_to_anchor=(-overlap_in / style.width_in(ax), -below_in / style.height_in(ax)),
        frameon=False,
        fontsize=style.SMALL,
        labelcolor=style.INK,
        handlelength=1.4,
        columnspacing=1.4,
        labelspacing=0.3,
        handletextpad=0.5,
        borderaxespad=0,
        borderpad=0,
    )


def entry(label: str, kind: str = "", **look: Any) -> Line2D:
    """Return a mark for a key, that of a kind of worker or as it is said, with words beside it."""
    of_kind = {"marker": style.marker(kind), "color": style.colour(kind)} if kind else {}
    return Line2D([], [], label=label, **({"lw": 0, "ms": 8} | of_kind | look))


# -- dots and lines ---------------------------------------------------------------------------


def dots(ax: Axes, kind: str, x: Any, y: Any, **look: Any) -> None:
    """Draw single rounds of a kind of worker, faint; one of ``x`` and ``y`` may be one number."""
    x, y = np.broadcast_arrays(x, y)
    given: style.Look = {"alpha": 0.25, "ms": 4, "mew": 0, "zorder": 3}
    ax.plot(x, y, style.marker(kind), color=style.colour(kind), **(given | look))


def line(ax: Axes, kind: str, x: Any, y: Any, **look: Any) -> None:
    """Draw medians of a kind of worker: points with a line through them, or one point."""
    given: style.Look = {"color": style.colour(kind), "marker": style.marker(kind), "zorder": 5}
    given |= {"lw": 2, "ms": 7, "mec": "white", "mew": 0.8}
    ax.plot(np.atleast_1d(x), np.atleast_1d(y), **(given | look))


def hollow(kind: str, mew: float = 1.8) -> style.Look:
    """Return what makes the marks of a kind of worker hollow, with edges of ``mew`` points."""
    return {"mfc": "white", "mec": style.colour(kind), "mew": mew}


def band(ax: Axes, kind: str, ends: Sequence[float], y: float, **look: Any) -> None:
    """Draw a broad bar across, in a row, between two ends such as the quartiles."""
    given: style.Look = {"alpha": 0.35, "lw": 8, "solid_capstyle": "butt", "zorder": 2}
    ax.plot(ends, [y, y], color=style.colour(kind), **(given | look))


def value(ax: Axes, kind: str, x: float, y: float, text: str) -> None:
    """Write a figure in a kind's colour above its mark in a row."""
    write(ax, x, y, text, dy=5, bbox=PLATE, zorder=4, color=style.ink(kind), weight="bold")


def stack(ax: Axes, y: float, parts: Iterable[tuple[float, style.Look]], least: float) -> None:
    """Draw bars end to end in a row, (length, look) each, with their figures from ``least`` on."""
    left, given = 0.0, style.Look(ec="white", lw=0.8)
    for length, look in parts:
        length = max(0.0, length)
        ax.barh(y, length, BAR, left, **(given | look))
        if length > least:
            dark = np.dot(to_rgb(look["fc"]), (0.3, 0.59, 0.11)) < 0.38
            ink = style.INK if "hatch" in look or not dark else "white"
            plate = PLATE if "hatch" in look else None
            write(ax, left + length / 2, y, f"{length:.2f}", color=ink, bbox=plate)
        left += length


class End(NamedTuple):
    """The right end of a line, where its name is written, in bold type or beside its dashes."""

    y: float
    text: str
    colour: str = style.QUIET
    bold: bool = False
    dashes: Any = None


def name_lines(ax: Axes, ends: Sequence[End]) -> None:
    """Write the names of lines at the right of axes that have their limits, so that none touch."""
    places = [ax.transData.transform((1, end.y))[1] for end in ends]
    heights = [(place - ax.bbox.y0) / ax.bbox.height for place in places]
    heights = spread_labels(heights, _NAME_IN / style.height_in(ax))
    for end, y in zip(ends, heights, strict=True):
        dx = 4.0
        if end.dashes is not None:
            look = {"color": end.colour, "lw": 2, "ls": end.dashes, "clip_on": False}
            ax.plot([1.015, 1.075], [y, y], transform=ax.transAxes, **look)
            dx = 72 * 0.092 * style.width_in(ax)
        weight = "bold" if end.bold else "normal"
        look = {"fontsize": style.FONT - 0.5, "weight": weight, "xycoords": "axes fraction"}
        write(ax, 1, y, end.text, dx=dx, color=end.colour, **look)


class Said(NamedTuple):
    """A point that the reader predicted for a kind of worker, and its words."""

    kind: str
    x: float
    y: float
    text: str


def predictions(ax: Axes, said: Sequence[Said], *, at_left: bool = False) -> None:
    """Draw rings where predictions were made, on axes that have their limits, with their words.

    These stand one above another where they would touch, ``at_left`` where there is more room.
    """
    heights_pt = [72 * ax.transData.transform(one[1:3])[1] / ax.figure.dpi for one in said]
    placed_pt = spread_labels(heights_pt, 1.15 * style.FONT)
    for (kind, x, y, text), height_pt, to_pt in zip(said, heights_pt, placed_pt, strict=True):
        line(ax, kind, x, y, ms=14, mfc="none", mec=style.colour(kind), mew=2, zorder=6)
        place = {"dx": -11 if at_left else 11, "dy": 6 + to_pt - height_pt, "va": "baseline"}
        write(ax, x, y, text, color=style.ink(kind), bbox=PLATE, **place)


def rule(ax: Axes, *, x: float | None = None, y: float | None = None, **look: Any) -> None:
    """Draw a thin line across the axes: grey, as for the plain loop, unless told otherwise."""
    given: style.Look = {"color": style.colour("serial"), "lw": 1.1, "zorder": 1}
    if x is not None:
        ax.axvline(x, **(given | look))
    if y is not None:
        ax.axhline(y, **(given | look))


# -- places -----------------------------------------------------------------------------------


def log_axis(
    ax: Axes, which: str, low: float, high: float, ticks: Iterable[float] | None = None
) -> None:
    """Make the axis "x" or "y" logarithmic, with plain numbers at ticks: those of ``log_ticks``."""
    ax.set(**{f"{which}scale": "log", f"{which}lim": (low, high)})
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(FixedLocator(list(ticks or log_ticks(low, high))))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter("{x:,.10g}")


def log_ticks(low: float, high: float, steps: Iterable[float] = (1, 2, 5)) -> list[float]:
    """Return the multiples by ``steps`` of powers of ten from ``low`` to ``high``.

    >>> log_ticks(0.3, 3)
    [0.5, 1.0, 2.0]
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    return [tick for tick in ticks if low <= tick <= high]


def spread_labels(positions: Sequence[float], gap: float) -> list[float]:
    """Return positions in their order, moved apart as little as it takes to be ``gap`` apart.

    >>> spread_labels([1.0, 1.05, 3.0], 0.2)
    [0.925, 1.125, 3.0]
    """

    def places(group):
        bottom = sum(group) / len(group) - gap * (len(group) - 1) / 2
        return [bottom + gap * k for k in range(len(group))]

    order = sorted(range(len(positions)), key=lambda i: positions[i])
    groups: list[list[float]] = []  # of labels that touch: their wanted positions
    for i in order:
        groups.append([positions[i]])
        while len(groups) > 1 and places(groups[-1])[0] - places(groups[-2])[-1] < gap:
            last = groups.pop()
            groups[-1] += last
    placed = [round(y, 6) for group in groups for y in places(group)]
    return [y for _, y in sorted(zip(order, placed, strict=True))]
