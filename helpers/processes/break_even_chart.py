"""Speed-up against the length of the job, with the point from which processes pay."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..draw import marks, style
from ..judge.break_even import ASKED_S, BreakEven

_SHORTEST_S, _LONGEST_S = 0.01, 60.0
_LABEL = 4.0  # times its place a label reaches to the right: the axis is logarithmic
_LINES = (":", (0, (4, 1.5)), (0, (4, 1.5, 1, 1.5)), (0, (1, 2.5)))  # one for each prediction


def plot_break_even(
    lines: Sequence[BreakEven],
    *,
    measured: Sequence[tuple[str, float, float]] = (),
    guess_s: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the predicted speed-up of new pools for jobs of 0.01 to 60 seconds.

    Args:
        lines: the predictions; broken lines, since they are models.
        measured: (kind, serial seconds, seconds in a new pool) of jobs that were run.
        guess_s: the crossing that the reader predicted, in serial seconds.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes; serial seconds across (log), speed-up up.
    """
    ax = style.axes(ax, right_in=2.75)
    ends = [_draw_line(ax, *pair) for pair in zip(lines, itertools.cycle(_LINES), strict=False)]
    _write_crossings(ax, lines)
    for kind, serial_s, pool_s in measured:
        look = {"mfc": "white", "mec": style.INK, "ms": 8, "mew": 1.8, "zorder": 7}
        marks.line(ax, kind, serial_s, serial_s / pool_s, **look)
    tops = [2.0, *(end.y for end in ends), *(s / p for _, s, p in measured)]
    _frame(ax, 1.1 * max(tops), guess_s)
    marks.name_lines(ax, ends)
    names = {"x": "job length: serial seconds", "y": "speed-up, start-up included (×)"}
    title = "From which job length do new processes pay?"
    return style.label(ax, title, **names, alt=_told(lines, measured))


def _told(lines, measured):
    points = "; ".join(f"{s:.2f} s serially, {p:.2f} s in {kind}" for kind, s, p in measured)
    said = " ".join(["Predicted speed-up against job length.", *map(str, lines)])
    return f"{said} Measured: {points}." if points else said


def _draw_line(ax, line, dashes):
    colour, ink = style.colour(line.kind), style.ink(line.kind)
    lengths_s = np.geomspace(_SHORTEST_S, _LONGEST_S, 201)
    y = [line.speed_up(length_s) for length_s in lengths_s]
    ax.plot(lengths_s, y, ls=dashes, color=colour, lw=2, zorder=4)
    if line.job_s is not None and line.job_s <= _LONGEST_S:
        marks.line(ax, line.kind, line.job_s, 1, ms=9)
    return marks.End(y[-1], f"{line.kind}, {line.n_workers}, model", ink, dashes=dashes)


def _write_crossings(ax, lines):
    """Write where each line pays, below its mark; one that would touch another comes lower."""
    paying = [line for line in lines if line.job_s is not None and line.job_s <= _LONGEST_S]
    before_s, dy = 0.0, -10
    for line in sorted(paying, key=lambda line: line.job_s):
        dy = dy - 12 if line.job_s < _LABEL * before_s else -10
        color = style.ink(line.kind)
        marks.write(ax, line.job_s, 1, f"{line.job_s:.2g} s", dx=4, dy=dy, color=color)
        before_s = line.job_s


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
