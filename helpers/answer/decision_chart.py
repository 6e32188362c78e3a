"""The decision chart: a few questions, an end for each, and the way that each job takes."""

import math
import textwrap
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch

from ..draw import marks, style
from ..judge.choose import BRANCHES, OTHERWISE, Choice

# A line for each job, like those of an underground map; told apart without colour by their dashes.
_LINES = [("#7B3294", "-"), ("#00695C", (0, (5, 1.2))), ("#8C510A", (0, (1.2, 1.2)))]


def plot_decision(
    decisions: Sequence[Choice],
    *,
    predictions: Mapping[str, Sequence[str]] | None = None,
    width_in: float = 7.6,
) -> Axes:
    """Draw the questions of ``helpers.judge.choose`` and the way of each job through them.

    Args:
        decisions: up to three; an empty list gives the bare chart.
        predictions: the leaves that the reader expected, by the job's name; their boxes say so.
        width_in: of the figure, in inches; below 6 the chart is drawn for a phone.

    Returns:
        The matplotlib Axes, without scales.
    """
    lay = _Layout(width_in < 6)
    margins: style.Look = dict.fromkeys(("left_in", "right_in", "bottom_in", "top_in"), 0.0)
    ax = style.axes(width_in=width_in, height_in=lay.top - lay.bottom, **margins)
    ax.set_axis_off()
    ax.set(xlim=(0, lay.width), ylim=(lay.bottom, lay.top))
    ways = list(zip(decisions[: len(_LINES)], _LINES, strict=False))
    for index, branch in enumerate((*BRANCHES, OTHERWISE)):
        if branch is not OTHERWISE:
            _draw_question(ax, lay, index, branch)
        jobs = [
            choice.job for choice, _ in ways if choice.branch and choice.branch.key == branch.key
        ]
        said = [job for job, leaves in (predictions or {}).items() if branch.leaf in leaves]
        _draw_end(ax, lay, index, branch, jobs, f"you said: {', '.join(said)}" if said else "")
    for number, (choice, look) in enumerate(ways):
        _draw_way(ax, lay, choice, look, (number - (len(ways) - 1) / 2) * 0.11)
    return style.label(ax, "", alt=_told(decisions, predictions or {}))


def _told(decisions, predictions):
    asked = " ".join(f"{branch.question} If so: {branch.leaf}." for branch in BRANCHES)
    said = [f"A decision chart. {asked} Otherwise: {OTHERWISE.leaf}."]
    for decision in decisions:
        if decision.branch is None:
            said.append(f"The way of {decision.job} stays open: {decision.reason}")
        else:
            said.append(f"{decision.job.capitalize()} end at: {decision.branch.leaf}.")
        expected = predictions.get(decision.job)
        if expected:
            said.append(f"You expected: {' or '.join(expected)}.")
    return " ".join(said)


class _Layout:
    """Where things stand, in units of about an inch; y goes up, the first question is on top."""

    def __init__(self, narrow):
        self.left, self.width = 0.08, 4.1 if narrow else 7.6
        self.question_w, self.end_w = (1.86, 1.62) if narrow else (3.15, 3.1)
        self.end_left = self.width - self.end_w - self.left
        self.middle = self.left + self.question_w / 2  # of the questions
        self.step, self.box_h = (1.16, 0.96) if narrow else (0.9, 0.7)
        self.top = 0.95 if narrow else 0.8
        self.bottom = -len(BRANCHES) * self.step - self.box_h / 2 - 0.12
        self.font = style.FONT - (1.0 if narrow else 0)
        self.letter_w, self.line_h = (0.083, 0.175) if narrow else (0.079, 0.19)

    def y(self, index):
        return -index * self.step


def _draw_question(ax, lay, index, branch):
    """Draw a question, and the thin lines from it to its yes and its no."""
    y, next_y, end = lay.y(index), lay.y(index + 1), lay.end_left
    _box(ax, lay.left, y, lay.question_w, lay.box_h, face="#F4F4F1", edge="#D5D5CF")
    _write(ax, lay, lay.left + 0.14, y, lay.question_w, branch.question, branch.hint)
    right, below, x = lay.left + lay.question_w, y - lay.box_h / 2, lay.middle
    look = {"color": "#C9C9C4", "lw": 1.3, "zorder": 1, "solid_capstyle": "butt"}
    ax.plot([right, end], [y, y], **look)
    if branch is BRANCHES[-1]:
        ax.plot([x, x, end], [below, next_y, next_y], **look)
    else:
        ax.plot([x, x], [below, next_y + lay.box_h / 2], **look)
    quiet = {"fontsize": lay.font - 1, "color": style.QUIET}
    marks.write(ax, right, y + 0.2, "yes", dx=5, **quiet)
    marks.write(ax, x, below - 0.14, "no", dx=30, **quiet)


def _draw_end(ax, lay, index, branch, jobs, expected):
    colour = style.colour(branch.kind)
    face = [1 - 0.14 * (1 - part) for part in to_rgb(colour)] if jobs else "white"
    y = lay.y(index)
    _box(ax, lay.end_left, y, lay.end_w, lay.box_h, face=face, edge=colour, lw=2.2 if jobs else 1)
    text = branch.leaf[0].upper() + branch.leaf[1:]
    look = {"color": style.INK, "weight": "bold"} if jobs else {"color": "#6B6B6B"}
    first_y = _write(ax, lay, lay.end_left + 0.34, y, lay.end_w - 0.2, text, expected, **look)
    marks.line(ax, branch.kind, lay.end_left + 0.18, first_y, mew=0)


def _write(ax, lay, x, y, width, head, note, **look):
    """Write a head and a note below it, both wrapped, and return the y of the first line."""
    letters = int((width - 0.2) / lay.letter_w)
    lines = textwrap.wrap(head, letters)
    notes = textwrap.wrap(note, int(letters * 1.12))
    top = y + lay.line_h * (len(lines) + len(notes) - 1) / 2
    for number, line in enumerate(lines):
        marks.write(ax, x, top - number * lay.line_h, line, ha="left", fontsize=lay.font, **look)
    quiet = {"fontsize": lay.font - 1.5, "color": style.QUIET}
    for number, line in enumerate(notes, len(lines)):
        marks.write(ax, x, top - number * lay.line_h - 0.02, line, ha="left", **quiet)
    return top


def _box(ax, left, y, width, height, *, face, edge, lw=1.0):
    look = {"boxstyle": "round,pad=0,rounding_size=0.1", "linewidth": lw, "zorder": 4}
    corner = left, y - height / 2
    ax.add_patch(FancyBboxPatch(corner, width, height, facecolor=face, edgecolor=edge, **look))


def _draw_way(ax, lay, decision, look, offset):
    """Draw a job's line from the top through the questions that were asked, to its end."""
    colour, dashes = look
    x = lay.middle + offset * 2
    start = lay.y(0) + lay.box_h / 2 + 0.12
    where = decision.branch
    ax.plot([x], [start], "o", color=colour, ms=7, zorder=7)
    index = len(decision.answers) - (where is not None and where is not OTHERWISE)
    line = {"color": colour, "lw": 3, "ls": dashes, "zorder": 3, "solid_joinstyle": "round"}
    if where is None:
        end_y = lay.y(min(index, len(BRANCHES) - 1)) + lay.box_h / 2
        ax.plot([x, x], [start, end_y], **line)
        tip = (x, end_y)
    else:
        y = lay.y(index) + offset
        ax.plot([x, x, lay.end_left], [start, y, y], **line)
        tip = (lay.end_left - 0.04, y)
    ax.plot(*tip, ">" if where else "X", color=colour, ms=8, zorder=7)
    place = {"dx": math.copysign(8, offset)} if offset else {"dy": 6}  # so that no names touch
    look = {"fontsize": lay.font, "color": colour, "weight": "bold", "zorder": 7}
    marks.write(ax, x, start, decision.job, **place, **look)
