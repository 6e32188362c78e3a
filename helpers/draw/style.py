"""What all charts share: a colour and a marker for each kind of pool, and how axes look."""

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..kind import kind as kind_of

INK = "#262626"
QUIET = "#767676"  # labels that must stay readable on white (contrast 4.5 to 1)
FAINT = "#E3E3E3"
FONT = 10.5  # points
_CHARACTER_IN = 0.078  # of a row's name
_TICK_LABELS_IN = 0.76  # wide are those of a chart at the right of another


def colour(kind):
    """Return the colour of a kind of pool, the same in every chart."""
    return kind_of(kind).colour


def ink(kind):
    """Return the colour in which the name and the figures of a kind of pool are written."""
    return kind_of(kind).ink


def marker(kind):
    """Return the marker of a kind of pool, the same in every chart."""
    return kind_of(kind).marker


def new_axes(ax=None, *, width_in=7.6, height_in=4.0, label_in=2.0):
    """Return ``ax``, or the axes of a new figure of its own, with the frame of all charts.

    ``label_in`` inches are kept free at the right, where lines are labelled. Margins are
    fixed: a chart that grows does not jump, and matplotlib's layout engines take as long as
    the drawing itself.
    """
    if ax is None:
        figure = Figure(figsize=(width_in, height_in), facecolor="white")
        FigureCanvasAgg(figure)
        ax = figure.add_subplot()
        figure.subplots_adjust(
            left=0.72 / width_in,
            right=1 - label_in / width_in,
            bottom=0.7 / height_in,
            top=1 - 0.5 / height_in,
        )
    ax.set_facecolor("white")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(QUIET)
    ax.tick_params(colors=INK, labelsize=FONT - 1, color=QUIET)
    ax.grid(axis="y", color=FAINT, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def names_in(names):
    """Return how many inches rows with these names need at their left."""
    return 0.3 + _CHARACTER_IN * max(map(len, names))


def row_axes(names, ax=None, *, row_in, label_in, bottom_in=0.95):
    """Return ``ax``, or new axes, with a row for each name, the first on top.

    New ones are as high as their rows, ``row_in`` inches each, and as wide at the left as the
    names need. ``bottom_in`` inches hold the label below the axes, and the key.
    """
    if ax is None:
        height_in = 0.6 + bottom_in + row_in * len(names)
        ax = new_axes(height_in=height_in, label_in=label_in)
        ax.figure.subplots_adjust(
            left=names_in(names) / ax.figure.get_figwidth(),
            bottom=bottom_in / height_in,
            top=1 - 0.5 / height_in,
        )
    ax.grid(False)
    ax.spines["left"].set_visible(False)
    ax.set_yticks(range(len(names)), names, fontsize=FONT, color=INK)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(names) - 0.5, -0.65)
    return ax


def draw_key(ax, handles, *, left=0.0):
    """Draw the key in one line below the axes and their label, from ``left`` of their width on."""
    height_in = ax.get_position().height * ax.figure.get_figheight()
    ax.legend(
        handles=handles, ncols=len(handles), loc="upper left", frameon=False,
        bbox_to_anchor=(left, -0.55 / height_in), borderaxespad=0, borderpad=0,
        fontsize=FONT - 1, handlelength=1.4, columnspacing=1.4, handletextpad=0.5,
    )  # fmt: skip


def write_choices(ax, rows, chosen, *, yes, no):
    """Write what the reader expected at the right of each row.

    Args:
        ax: the Axes.
        rows: a dict from a row's name to where it is, the top one first.
        chosen: the names of which the reader said ``yes``; None when nothing was committed.
        yes: what choosing a row says, in a word or a few.
        no: what leaving it out says.
    """
    if chosen is None:
        said = {next(iter(rows.values())): "no prediction made"}
    else:
        said = {y: f"you: {yes if name in chosen else no}" for name, y in rows.items()}
    for y, text in said.items():
        ax.text(
            1.02, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize=FONT - 1,
            color=QUIET if chosen is None else INK,
        )  # fmt: skip


def write_columns(ax, y, texts, ends_in, colour=INK):
    """Write a row of texts at the right of the axes; each ends so many inches from them."""
    for text, end_in in zip(texts, ends_in, strict=True):
        ax.annotate(
            text, (1, y), xytext=(72 * end_in, 0), xycoords=ax.get_yaxis_transform(),
            textcoords="offset points", ha="right", va="center", annotation_clip=False,
            fontsize=FONT - 1, color=colour,
        )  # fmt: skip


def name_line(ax, y, text, colour, dashes="-", weight="normal"):
    """Write a line's name at the right of the axes, behind a piece of the line itself."""
    beside = ax.get_yaxis_transform()
    ax.hlines(
        [y], 1.015, 1.075, transform=beside, linestyles=[dashes], color=colour, lw=2, clip_on=False
    )
    ax.text(
        1.09, y, text, transform=beside, color=colour, weight=weight, fontsize=FONT - 0.5,
        va="center", clip_on=False, parse_math=False,
    )  # fmt: skip


def write_predictions(ax, said, *, at_left=False):
    """Write beside each predicted point what was said, one above another where they would touch.

    Args:
        ax: the Axes, with its final limits.
        said: a list of (x, y, text, kind).
        at_left: where there is no room at the right.
    """
    heights_pt = [72 * ax.transData.transform(one[:2])[1] / ax.figure.dpi for one in said]
    placed_pt = spread_labels(heights_pt, 1.15 * FONT)
    for (x, y, text, kind), height_pt, to_pt in zip(said, heights_pt, placed_pt, strict=True):
        ax.annotate(
            text, (x, y), xytext=(-11 if at_left else 11, 6 + to_pt - height_pt),
            textcoords="offset points", ha="right" if at_left else "left", color=ink(kind),
            fontsize=FONT - 1.5, zorder=6,
            bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1},
        )  # fmt: skip


def title(ax, text):
    """Write the chart's title at its left, in the style of all charts."""
    # A job's name is text and no formula, whatever signs it holds.
    ax.set_title(text, loc="left", fontsize=FONT + 1.5, color=INK, pad=12, parse_math=False)


def set_alt_text(ax, sentence):
    """Keep the sentence that tells the chart to somebody who cannot see it."""
    ax.set_label(sentence)


def alt_text(figure):
    """Return the sentences that tell a figure's charts to somebody who cannot see them.

    >>> ax = new_axes()
    >>> set_alt_text(ax, "Two lines cross.")
    >>> alt_text(ax.figure)
    'Two lines cross.'
    """
    return _told(figure.axes)


def _told(axes):
    labels = [ax.get_label() for ax in axes]
    return " ".join(label for label in labels if label and not label.startswith("<"))


def set_break(figure, ax):
    """Let a narrow window break the figure to the left of ``ax`` and of its ticks' labels."""
    figure.break_in = ax.get_position().x0 * figure.get_figwidth() - _TICK_LABELS_IN


def parts(figure, image):
    """Return a figure's image cut where it may be broken: (PNG, its width in inches, its words).

    Args:
        figure: the Figure; whole where ``set_break`` was not called.
        image: the bytes of its PNG file.
    """
    width_in, break_in = figure.get_figwidth(), getattr(figure, "break_in", None)
    if break_in is None:
        return [(image, width_in, alt_text(figure))]
    found = []
    with Image.open(io.BytesIO(image)) as whole:
        at = round(break_in / width_in * whole.width)
        for left, right in [(0, at), (at, whole.width)]:
            file = io.BytesIO()
            whole.crop((left, 0, right, whole.height)).save(file, "png")
            inches = (right - left) / whole.width * width_in
            here = [ax for ax in figure.axes if left <= ax.get_position().x0 * whole.width < right]
            found.append((file.getvalue(), inches, _told(here)))
    return found


def png(figure, dpi=144):
    """Return the figure as the bytes of a PNG file, ``dpi`` dots for each inch."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi, facecolor=figure.get_facecolor())
    return file.getvalue()


def spread_labels(positions, gap):
    """Return positions moved apart so that each is ``gap`` or more from its neighbours.

    The order stays, and the group moves as little as possible as a whole.

    >>> spread_labels([1.0, 1.05, 3.0], 0.2)
    [0.925, 1.125, 3.0]
    """
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    groups = []  # of labels that touch: (their wanted positions)
    for i in order:
        groups.append([positions[i]])
        while len(groups) > 1 and _bottom(groups[-1], gap) - _top(groups[-2], gap) < gap:
            last = groups.pop()
            groups[-1] += last
    placed = [_bottom(group, gap) + gap * k for group in groups for k in range(len(group))]
    result = [0.0] * len(positions)
    for i, y in zip(order, placed, strict=True):
        result[i] = round(y, 6)
    return result


def _bottom(group, gap):
    return sum(group) / len(group) - gap * (len(group) - 1) / 2


def _top(group, gap):
    return _bottom(group, gap) + gap * (len(group) - 1)
