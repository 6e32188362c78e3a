"""Threads that want a CPU against the CPUs there are; a script's curve and the law through it."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from ..core.machine import ONE_CPU
from ..draw import marks, style
from ..judge.theory import amdahl
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


def plot_script(curve: ScriptCurve, profiled: float, *, ax: Axes | None = None) -> Axes:
    """Draw a script's speed-ups against its threads, and Amdahl's law as it fits them, from 0.

    Dashed is the law with the serial share that a profiler saw, ``profiled``. On one CPU no share
    fits the dots, so that is all there is.
    """
    ax = style.axes(ax, right_in=2.5)
    most = max(_FURTHEST, curve.n_threads[-1])
    for n, own in zip(curve.n_threads, curve.wall_s):
        marks.dots(ax, "threads", n, [a / b for a, b in zip(curve.wall_s[0], own)])
    marks.line(ax, "threads", curve.n_threads, curve.speed_ups, lw=0)
    fits = curve.usable_cpus >= ONE_CPU
    laws: dict[str, tuple[float, Any]] = {}
    if fits:
        laws["Amdahl's law"] = curve.serial_share, "-"
    laws["with the profiler's share"] = profiled, (0, (4, 3))
    ends = []
    for name, (share, dashes) in laws.items():
        counts = range(1, most + 1)
        law = [amdahl(share, n) for n in counts]
        colour = style.ink("threads") if dashes == "-" else style.QUIET
        ax.plot(counts, law, color=colour, lw=1.6, ls=dashes)
        ends.append(marks.End(law[-1], name, colour, dashes=dashes))
    share = next(iter(laws.values()))[0]
    highest = max(2.0, *(end.y for end in ends), *curve.speed_ups)
    if share > 1 / most:  # it is near enough to be seen
        marks.rule(ax, y=1 / share, ls=":", color=style.INK)
        ends.append(marks.End(1 / share, f"ceiling: {1 / share:.1f}", style.INK))
        highest = max(highest, 1 / share)
    ax.set(xlim=(0.5, most), ylim=(0, 1.2 * highest), xticks=[1, 2, *range(4, most + 1, 4)])
    marks.name_lines(ax, ends)
    if fits:
        title = f"A serial share of {per_cent(share)} runs through the curve"
    else:
        title = f"One CPU shows no curve; the law with {per_cent(share)} would be this"
    names = {"x": "threads (beyond the dots: a model)", "y": "times as fast as one"}
    return style.label(ax, title, **names, alt=f"{curve}. The profiler saw {per_cent(profiled)}.")


def _draw(ax, lengths, form):
    """Draw a bar with its number for each row."""
    for y, length in lengths.items():
        ax.barh(y, length, marks.BAR, color=style.colour("processes"), lw=0)
        marks.write(ax, length, y, form.format(length), dx=5)
    ax.set_xlim(0, 1.25 * (max(lengths.values()) or 1))
