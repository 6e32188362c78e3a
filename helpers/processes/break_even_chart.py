"""Speed-up against the length of the job, with the point from which processes pay."""

import itertools
import math

from ..draw import style
from ..judge.break_even import ASKED_S

_SHORTEST_S, _LONGEST_S = 0.01, 60.0
_LINES = (":", (0, (4, 1.5)), (0, (4, 1.5, 1, 1.5)), (0, (1, 2.5)))  # one for each prediction


def plot_break_even(lines, *, ax=None, measured=(), guess_s=None):
    """Draw the predicted speed-up of new pools for jobs of 0.01 to 60 seconds.

    Args:
        lines: ``helpers.judge.break_even.BreakEven`` list; broken lines, since they are models.
        ax: where to draw; a figure of its own when None.
        measured: (kind, serial seconds, seconds in a new pool) of jobs that were run.
        guess_s: the crossing that the reader predicted, in serial seconds.

    Returns:
        The matplotlib Axes; serial seconds across (log), speed-up up.
    """
    ax = style.new_axes(ax, label_in=2.75)
    steps = [_SHORTEST_S * (_LONGEST_S / _SHORTEST_S) ** (i / 200) for i in range(201)]
    ends = []
    for line, dashes in zip(lines, itertools.cycle(_LINES), strict=False):
        colour = style.colour(line.kind)
        ax.plot(steps, [line.speed_up(s) for s in steps], ls=dashes, color=colour, lw=2, zorder=4)
        ends.append(line.speed_up(_LONGEST_S))
        if line.job_s is not None and line.job_s <= _LONGEST_S:
            ax.plot([line.job_s], [1], style.marker(line.kind), color=colour, ms=9, zorder=5)
            ax.annotate(
                f"{line.job_s:.2g} s", (line.job_s, 1), xytext=(4, -14), zorder=6,
                textcoords="offset points", fontsize=style.FONT - 1, color=style.ink(line.kind),
            )  # fmt: skip
    for kind, serial_s, pool_s in measured:
        ax.plot(
            [serial_s], [serial_s / pool_s], style.marker(kind), mfc="white", ms=8, mew=1.8,
            color=style.INK, zorder=7,
        )  # fmt: skip
    if guess_s is not None:
        ax.axvline(guess_s, color=style.INK, lw=1, zorder=1)
        ax.text(guess_s, 0.03, f" you said {guess_s:.2g} s", fontsize=style.FONT - 1.5)
    _frame(ax, max([2.0, *ends, *(s / p for _, s, p in measured)]))
    _label(ax, lines, ends)
    style.set_alt_text(ax, describe_break_even(lines, measured))
    return ax


def describe_break_even(lines, measured=()):
    """Return the chart in sentences, for somebody who cannot see it."""
    points = "; ".join(f"{s:.2f} s serially, {p:.2f} s in {kind}" for kind, s, p in measured)
    said = " ".join(["Predicted speed-up against job length.", *map(str, lines)])
    return f"{said} Measured: {points}." if points else said


def _frame(ax, top):
    style.title(ax, "From which job length do new processes pay?")
    ax.axhline(1, color=style.colour("serial"), lw=1.1, zorder=1)
    ax.axvspan(*ASKED_S, color=style.FAINT, lw=0, zorder=0)
    middle_s = math.sqrt(ASKED_S[0] * ASKED_S[1])
    ax.text(
        middle_s, 0.03, f"{ASKED_S[0]:.0f} to\n{ASKED_S[1]:.0f} s", ha="center",
        fontsize=style.FONT - 2, color=style.INK,
    )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlim(_SHORTEST_S, _LONGEST_S)
    ticks = [0.01, 0.1, 1, 10, 60]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_ylim(0, 1.1 * top)
    ax.set_xlabel("job length: serial seconds", fontsize=style.FONT, color=style.INK)
    ax.set_ylabel("speed-up, start-up included (×)", fontsize=style.FONT, color=style.INK)


def _label(ax, lines, ends):
    gap = 0.06 * ax.get_ylim()[1]
    places = style.spread_labels(ends, gap)
    for line, dashes, y in zip(lines, itertools.cycle(_LINES), places, strict=False):
        name = f"{line.kind}, {line.n_workers}, model"
        style.name_line(ax, y, name, style.ink(line.kind), dashes)
