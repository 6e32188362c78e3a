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
    ax: Axes | None = None,
    width_in: float = 7.6,
) -> Axes:
    """Draw the questions of ``helpers.judge.choose`` and the way of each job through them.

    Args:
        decisions: up to three; an empty list gives the bare chart.
        predictions: the leaves that the reader expected, by the job's name; their boxes say so.
        ax: where to draw; a figure of its own when None.
        width_in: of that figure, in inches; below 6 the chart is drawn for a phone.

    Returns:
        The matplotlib Axes, without scales.
    """
    narrow = ax is None and width_in < 6
    lay = _Layout(narrow)
    if ax is None:
        margins: style.Look = dict.fromkeys(("left_in", "right_in", "bottom_in", "top_in"), 0.0)
        ax = style.axes(width_in=width_in, height_in=lay.height_in, **margins)
    ax.set_axis_off()
    ax.set_xlim(0, lay.width)
    ax.set_ylim(lay.bottom, lay.top)
    ways = list(zip(decisions[: len(_LINES)], _LINES, strict=False))
    for index, branch in enumerate(BRANCHES):
        _draw_question(ax, lay, index, branch)
        _draw_end(ax, lay, index, branch, *_said_of(branch, ways, predictions))
    _draw_end(ax, lay, len(BRANCHES), OTHERWISE, *_said_of(OTHERWISE, ways, predictions))
    for number, (decision, look) in enumerate(ways):
        _draw_way(ax, lay, decision, look, lay.lane(number, len(ways)))
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
        self.narrow = narrow
        self.width = 4.1 if narrow else 7.6
        self.question_w = 1.86 if narrow else 3.15
        self.end_w = 1.62 if narrow else 3.1
        self.left = 0.08
        self.end_left = self.width - self.end_w - 0.08
        self.step = 1.3 if narrow else 1.18
        self.box_h = 1.0 if narrow else 0.84
        self.font = style.FONT - (1.0 if narrow else 0)
        n = len(BRANCHES)
        self.top = 0.95 if narrow else 0.88
        self.bottom = -n * self.step - self.box_h / 2 - 0.12
        self.height_in = self.top - self.bottom

    def y(self, index):
        return -index * self.step

    def lane(self, number, n_lanes):
        return (number - (n_lanes - 1) / 2) * 0.11


def _draw_question(ax, lay, index, branch):
    y = lay.y(index)
    _box(ax, lay.left, y, lay.question_w, lay.box_h, face="#F4F4F1", edge="#D5D5CF")
    _write(ax, lay, lay.left + 0.14, y, lay.question_w, branch.question, branch.hint)
    _draw_edges(ax, lay, y, index)


def _draw_edges(ax, lay, y, index):
    """Draw the thin lines from a question to its yes and its no."""
    begin, end = lay.left + lay.question_w, lay.end_left
    middle = lay.left + lay.question_w / 2
    below = lay.y(index + 1) + lay.box_h / 2
    is_last = index == len(BRANCHES) - 1
    look = {"color": "#C9C9C4", "lw": 1.3, "zorder": 1, "solid_capstyle": "butt"}
    ax.plot([begin, end], [y, y], **look)
    if is_last:
        last = lay.y(index + 1)
        ax.plot([middle, middle, end], [y - lay.box_h / 2, last, last], **look)
    else:
        ax.plot([middle, middle], [y - lay.box_h / 2, below], **look)
    quiet = {"fontsize": lay.font - 1, "color": style.QUIET}
    marks.write(ax, begin, y + 0.2, "yes", dx=5, **quiet)
    marks.write(ax, middle, y - lay.box_h / 2 - 0.14, "no", dx=24, **quiet)


def _draw_end(ax, lay, index, branch, jobs, expected):
    colour = style.colour(branch.kind)
    face = [1 - 0.14 * (1 - part) for part in to_rgb(colour)] if jobs else "white"
    y = lay.y(index)
    _box(ax, lay.end_left, y, lay.end_w, lay.box_h, face=face, edge=colour, lw=2.2 if jobs else 1)
    text = branch.leaf[0].upper() + branch.leaf[1:]
    look = {"color": style.INK, "weight": "bold"} if jobs else {"color": "#6B6B6B"}
    first_y = _write(ax, lay, lay.end_left + 0.34, y, lay.end_w - 0.2, text, expected, **look)
    marks.line(ax, branch.kind, lay.end_left + 0.18, first_y, mew=0)


def _said_of(branch, ways, predictions):
    jobs = [d.job for d, _ in ways if d.branch is not None and d.branch.key == branch.key]
    said = [job for job, leaves in (predictions or {}).items() if branch.leaf in leaves]
    return jobs, f"you said: {', '.join(said)}" if said else ""


def _write(ax, lay, x, y, width, head, note, **look):
    """Write a head and a note below it, both wrapped, and return the y of the first line."""
    letters = int((width - 0.2) / (0.083 if lay.narrow else 0.079))
    lines = textwrap.wrap(head, letters)
    notes = textwrap.wrap(note, int(letters * 1.12))
    line_h = 0.175 if lay.narrow else 0.19
    top = y + line_h * (len(lines) + len(notes) - 1) / 2
    for number, line in enumerate(lines):
        marks.write(ax, x, top - number * line_h, line, ha="left", fontsize=lay.font, **look)
    quiet = {"fontsize": lay.font - 1.5, "color": style.QUIET}
    for number, line in enumerate(notes, len(lines)):
        marks.write(ax, x, top - number * line_h - 0.02, line, ha="left", **quiet)
    return top


def _box(ax, left, y, width, height, *, face, edge, lw=1.0):
    look = {"boxstyle": "round,pad=0,rounding_size=0.1", "linewidth": lw, "zorder": 4}
    corner = left, y - height / 2
    ax.add_patch(FancyBboxPatch(corner, width, height, facecolor=face, edgecolor=edge, **look))


def _draw_way(ax, lay, decision, look, offset):
    """Draw a job's line from the top through the questions that were asked, to its end."""
    colour, dashes = look
    x = lay.left + lay.question_w / 2 + offset * 2
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
