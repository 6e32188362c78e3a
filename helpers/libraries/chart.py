"""Threads that want a CPU against the CPUs there are, and what the job takes: two panels."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from ..draw import marks, style
from .oversubscription import Crowd

_ROW_IN, _BESIDE_IN = 0.55, 3.0  # of the figure's width, the second panel


def plot_crowds(crowds: Sequence[Crowd], *, ax: Axes | None = None) -> Axes:
    """Draw a row for each way: its seconds, and the threads that wanted a CPU meanwhile.

    Args:
        crowds: what was measured of each way.
        ax: the axes of the seconds; a new figure when None.

    Returns:
        The matplotlib Axes of the seconds; those of the threads stand at their right.
    """
    names, n_cpus = [crowd.name for crowd in crowds], crowds[0].usable_cpus
    ax = marks.rows(names, ax, row_in=_ROW_IN, bottom_in=0.65, right_in=_BESIDE_IN)
    _draw(ax, {y: crowd.seconds for y, crowd in enumerate(crowds)}, "{:.2g}")
    box = ax.get_position()
    beside = ax.figure.add_axes((box.x1 + 0.06, box.y0, 0.92 - box.x1, box.height))
    known = {y: one.n_runnable for y, one in enumerate(crowds) if one.n_runnable is not None}
    marks.rows([""] * len(crowds), beside)
    if known:
        _draw(beside, known, "{:g}")
        beside.set_xlim(0, 1.25 * max(n_cpus, *known.values()))
        beside.axvline(n_cpus, ls="--", color=style.INK, lw=1.1)
        marks.write(beside, n_cpus, -0.62, "CPUs", dx=4, va="bottom")
        style.label(beside, "", x="threads that want a CPU")
    else:
        beside.set_axis_off()
        marks.write(beside, 0, 0, "this system does not\ncount waiting threads", dx=1)
    alt = " ".join(f"{crowd}." for crowd in crowds)
    return style.label(ax, f"{crowds[0].n_workers} processes", x="seconds", alt=alt)


def _draw(ax, lengths, form):
    """Draw a bar with its number for each row."""
    for y, length in lengths.items():
        ax.barh(y, length, marks.BAR, color=style.colour("processes"), lw=0)
        marks.write(ax, length, y, form.format(length), dx=5)
    ax.set_xlim(0, 1.25 * (max(lengths.values()) or 1))
