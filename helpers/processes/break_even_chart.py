"""Speed-up against the length of the job, with the point from which processes pay."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..draw import marks, style
from ..judge.break_even import ASKED_S, BreakEven
from ..units import counted

_SHORTEST_S, _LONGEST_S = 0.01, 60.0


def plot_break_even(
    line: BreakEven,
    *,
    measured: Sequence[tuple[str, float, float]] = (),
    guess_s: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the predicted speed-up of a new pool for jobs of 0.01 to 60 seconds.

    Args:
        line: the prediction; a broken line, since it is a model.
        measured: (kind, serial seconds, seconds in a new pool) of jobs that were run.
        guess_s: the crossing that the reader predicted, in serial seconds.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes; serial seconds across (log), speed-up up. The title says from which
        length the pool pays, and a mark what it does for the shortest job that was asked about.
    """
    ax = style.axes(ax, right_in=0.9)
    lengths_s = np.geomspace(_SHORTEST_S, _LONGEST_S, 201)
    look: style.Look = {"color": style.colour(line.kind), "lw": 2, "zorder": 4}
    ax.plot(lengths_s, [line.speed_up(length_s) for length_s in lengths_s], "--", **look)
    for kind, serial_s, pool_s in measured:
        mark = marks.hollow(kind) | {"ms": 8, "zorder": 7}
        marks.line(ax, kind, serial_s, serial_s / pool_s, **mark)
    tops = [2.0, line.speed_up(_LONGEST_S), *(s / p for _, s, p in measured)]
    _frame(ax, 1.12 * max(tops), guess_s)
    _mark_what_is_said(ax, line)
    handles = [
        marks.entry("measured", line.kind, **marks.hollow(line.kind)),
        marks.entry("start + rate × length", lw=2, ls="--", color=style.colour(line.kind)),
    ]
    marks.key(ax, handles[not measured :], below_in=0.5)
    names = {"x": "job length: seconds in a plain loop", "y": "speed-up, start-up included (×)"}
    return style.label(ax, _title(line), **names, alt=_told(line, measured))


def _mark_what_is_said(ax: Axes, line: BreakEven) -> None:
    """Mark from which length the line pays, and what it does for the shortest that was asked."""
    color, at_s = style.ink(line.kind), ASKED_S[0]
    marks.line(ax, line.kind, at_s, line.speed_up(at_s), ms=9)
    said = f"{line.speed_up(at_s):.2g}× at {at_s:.0f} s"
    marks.write(ax, at_s, line.speed_up(at_s), said, dx=-9, dy=9, color=color, weight="bold")
    if line.job_s is not None and _pays(line):
        marks.line(ax, line.kind, line.job_s, 1, ms=9)
        marks.write(ax, line.job_s, 1, f"{line.job_s:.2g} s", dx=9, dy=-9, color=color)


def _pays(line):
    return line.job_s is not None and line.job_s <= _LONGEST_S


def _title(line):
    workers = counted(line.n_workers, "new worker")
    if _pays(line):
        return f"{workers} pay from a job of {line.job_s:.2g} s on"
    return f"{workers} never pay for this job here"


def _told(line, measured):
    points = "; ".join(f"{s:.2f} s serially, {p:.2f} s in {kind}" for kind, s, p in measured)
    said = f"Predicted speed-up against job length. {line}"
    return f"{said} Measured: {points}." if points else said


def _frame(ax, top, guess_s):
    marks.log_axis(ax, "x", _SHORTEST_S, _LONGEST_S, ticks=[0.01, 0.1, 1, 10, 60])
    ax.set_ylim(0, top)
    marks.rule(ax, y=1)
    ax.axvspan(*ASKED_S, color=style.FAINT, lw=0, zorder=0)
    small = {"xycoords": ax.get_xaxis_transform(), "fontsize": style.TINY}
    said = f"{ASKED_S[0]:.0f} to\n{ASKED_S[1]:.0f} s"
    marks.write(ax, math.sqrt(ASKED_S[0] * ASKED_S[1]), 0, said, dy=4, **small)
    if guess_s is not None:
        ax.axvline(guess_s, color=style.INK, lw=1, zorder=1)
        marks.write(ax, guess_s, 0.97, f"you said {guess_s:.2g} s", dx=4, bbox=marks.PLATE, **small)
