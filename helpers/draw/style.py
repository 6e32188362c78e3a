"""How every chart looks: its colours, its letters and its frame, and how it becomes an image.

All of it is given to the axes that are drawn on. ``matplotlib.rcParams`` stays as it is, even for
a moment: it belongs to the whole process, and a lab draws in a thread of its own while a reader's
cell may draw in another.
"""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..kind import kind as kind_of

INK = "#262626"
QUIET = "#767676"  # labels that must stay readable on white (contrast 4.5 to 1)
FAINT = "#E3E3E3"
FONT = 10.5  # points
SMALL, TINY = FONT - 1, FONT - 2

Look = dict[str, Any]  # options by their names, most of them matplotlib's


def colour(kind: str) -> str:
    """Return the colour of a kind of pool, the same in every chart."""
    return kind_of(kind).colour


def ink(kind: str) -> str:
    """Return the colour in which the name and the figures of a kind of pool are written."""
    return kind_of(kind).ink


def marker(kind: str) -> str:
    """Return the marker of a kind of pool, the same in every chart."""
    return kind_of(kind).marker


def figure(width_in: float = 7.6, height_in: float = 4.0) -> Figure:
    """Return an empty figure of that size in inches; no window belongs to it."""
    made = Figure(figsize=(width_in, height_in), facecolor="white")
    FigureCanvasAgg(made)
    return made


def axes(
    ax: Axes | None = None, *, on: Figure | None = None, width_in: float = 7.6,
    height_in: float = 4.0, left_in: float = 0.72, right_in: float = 2.0, bottom_in: float = 0.7,
    top_in: float = 0.5,
) -> Axes:  # fmt: skip
    """Return ``ax``, or new axes in a figure, with the frame of all charts.

    Margins are fixed: a chart that grows does not jump, and matplotlib's layout engines take as
    long as the drawing itself.
    """
    if ax is None:
        whole = on or figure(width_in, height_in)
        width, height = whole.get_size_inches()
        x, y = left_in / width, bottom_in / height
        ax = whole.add_axes((x, y, 1 - x - right_in / width, 1 - y - top_in / height))
    ax.set_facecolor("white")
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(QUIET)
    ticks: Look = {"color": QUIET, "labelcolor": INK, "labelsize": SMALL}
    ax.tick_params(**ticks, grid_color=FAINT, grid_linewidth=0.8)
    ax.grid(True, axis="y")
    ax.set_axisbelow(True)
    return ax


def width_in(ax: Axes) -> float:
    """Return how many inches wide axes are."""
    return ax.bbox.width / ax.figure.dpi


def height_in(ax: Axes) -> float:
    """Return how many inches high axes are."""
    return ax.bbox.height / ax.figure.dpi


def label(
    ax: Axes, title: str, pad: float = 12, /, *, x: str = "", y: str = "", alt: str = ""
) -> Axes:
    """Write a chart's title and the names of its axes, and return the axes.

    Without ``y`` the name of ``x`` stands at the left. ``alt`` tells the chart to somebody who
    cannot see it. The title stands ``pad`` points above the axes. A job's name in it is text and
    no formula, whatever signs it holds.
    """
    ax.set_title(title, loc="left", fontsize=FONT + 1.5, color=INK, pad=pad, parse_math=False)
    ax.set_xlabel(x, fontsize=FONT, color=INK, loc="center" if y else "left")
    ax.set_ylabel(y, fontsize=FONT, color=INK)
    ax.set_label(alt)
    return ax


class Part(NamedTuple):
    """One image of a picture: a PNG file's bytes, its width in inches, and what is to be seen."""

    image: bytes
    width_in: float
    alt: str


#: What can be shown: a chart, a figure with several, or some to stand side by side.
Chart = Axes | Figure | Sequence[Axes | Figure]


def parts(chart: Chart) -> list[Part]:
    """Return an image for each figure; several stand side by side where a window is wide."""
    return [Part(png(one), one.get_figwidth(), alt_text(one)) for one in _figures(chart)]


def alt_text(chart: Chart) -> str:
    """Return the sentences that tell charts to somebody who cannot see them."""
    labels = [str(ax.get_label()) for one in _figures(chart) for ax in one.axes]
    return " ".join(filter(None, labels))


def png(chart: Chart, dpi: int = 144) -> bytes:
    """Return a PNG file's bytes, ``dpi`` dots for each inch, with all figures side by side."""
    files = []
    for one in _figures(chart):
        files.append(io.BytesIO())
        one.savefig(files[-1], format="png", dpi=dpi, facecolor=one.get_facecolor())
    if len(files) == 1:
        return files[0].getvalue()
    images = [Image.open(file) for file in files]
    size = sum(image.width for image in images), max(image.height for image in images)
    whole, left = Image.new("RGB", size, "white"), 0
    for image in images:
        whole.paste(image, (left, 0))
        left += image.width
    file = io.BytesIO()
    whole.save(file, "png")
    return file.getvalue()


def figure_of(chart: Axes | Figure) -> Figure:
    """Return the whole figure that a chart stands on."""
    whole = chart if isinstance(chart, Figure) else chart.get_figure(root=True)
    assert whole is not None  # it would be for axes that were removed
    return whole


def _figures(chart: Chart) -> list[Figure]:
    return [figure_of(one) for one in (chart if isinstance(chart, Sequence) else [chart])]
