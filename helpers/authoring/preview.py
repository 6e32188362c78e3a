"""The picture that a link to a page shows where it is shared: what was measured, as bars."""

import textwrap
from pathlib import Path

from matplotlib.figure import Figure

from ..draw import style
from ..kind import kind
from .units import Unit

_SIZE_IN, _DPI = (12.0, 6.3), 100  # 1200 x 630, as OpenGraph's readers like it


def draw(path: Path, title: str, what: str, unit: Unit) -> None:
    """Write the picture of a unit to a PNG file; ``what`` says what its bars are."""
    figure = Figure(figsize=_SIZE_IN, dpi=_DPI, facecolor="white")
    figure.text(
        0.05, 0.84, "\n".join(textwrap.wrap(title, 44)), fontsize=30, weight="bold", va="center"
    )
    figure.text(0.05, 0.71, what, fontsize=15, color="#595f69")
    rows = [row for row in unit.rows if row.value is not None]
    ax = figure.add_axes((0.05, 0.13, 0.86, 0.54))
    most = max(row.value or 0.0 for row in rows)
    least = min(row.value or 0.0 for row in rows)
    if 0 < least < most / 100:
        ax.set_xscale("log")
    for n, row in enumerate(rows):
        ax.barh(n, row.value or 0.0, height=0.42, color=kind(row.kind).colour)
        ax.text(0, n - 0.36, row.label, fontsize=17, transform=ax.get_yaxis_transform())
        ax.annotate(
            row.text, (row.value or 0.0, n), xytext=(8, 0), textcoords="offset points",
            fontsize=19, weight="bold", va="center",
        )  # fmt: skip
    ax.set_ylim(len(rows) - 0.5, -0.75)
    ax.set_axis_off()
    where = f"GIL Lab · measured on {unit.made[:10]}: {unit.machine}"
    figure.text(0.05, 0.05, where, fontsize=13, color="#595f69")
    path.write_bytes(style.png(figure, dpi=_DPI))
