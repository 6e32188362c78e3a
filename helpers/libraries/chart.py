"""Threads that want a CPU against the CPUs there are; a script's curve and the law through it."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from ..draw import marks, style
from ..units import per_cent
from .curve import ScriptCurve
from .oversubscription import Crowd

_ROW_IN, _BESIDE_IN = 0.55, 3.0  # of the figure's width, the second panel
_FURTHEST = 16  # threads to which the law is drawn


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


def plot_script(curve: ScriptCurve, *, ax: Axes | None = None) -> Axes:
    """Draw a script's speed-ups against its threads, and Amdahl's law as it fits them, from 0."""
    ax = style.axes(ax, right_in=2.3)
    most = max(_FURTHEST, curve.n_threads[-1])
    for n, own in zip(curve.n_threads, curve.wall_s):
        ratios = [one / other for one, other in zip(curve.wall_s[0], own)]
        marks.dots(ax, "threads", n, ratios)
    marks.line(ax, "threads", curve.n_threads, curve.speed_ups, lw=0)
    counts = range(1, most + 1)
    ax.plot(counts, [curve.by_law(n) for n in counts], color=style.ink("threads"), lw=1.6)
    ax.plot([1, most], [1, most], "--", color=style.QUIET, lw=1.1)
    ends = [marks.End(curve.by_law(most), "Amdahl's law", style.ink("threads"))]
    high = 1.15 * max(3.0, curve.by_law(most), *curve.speed_ups)
    if curve.serial_share > 1 / most:
        ceiling = 1 / curve.serial_share
        high = max(high, 1.15 * ceiling)
        marks.rule(ax, y=ceiling, ls=":", color=style.INK)
        ends.append(marks.End(ceiling, f"ceiling: {ceiling:.1f}", style.INK))
    ax.set_xlim(0.5, most)
    ax.set_ylim(0, high)
    ax.set_xticks([n for n in (1, 2, 4, 8, 12, 16) if n <= most])
    marks.name_lines(ax, ends)
    marks.rule(ax, x=curve.usable_cpus, ls=":")
    title = f"A serial share of {per_cent(curve.serial_share)} runs through the curve"
    names = {"x": "threads (beyond the dots: a model)", "y": "times as fast as one"}
    return style.label(ax, title, **names, alt=f"{curve}.")


def _draw(ax, lengths, form):
    """Draw a bar with its number for each row."""
    for y, length in lengths.items():
        ax.barh(y, length, marks.BAR, color=style.colour("processes"), lw=0)
        marks.write(ax, length, y, form.format(length), dx=5)
    ax.set_xlim(0, 1.25 * (max(lengths.values()) or 1))
