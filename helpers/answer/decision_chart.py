"""The decision chart: a few questions, an end for each, and the way that each job takes."""

import textwrap

from matplotlib.patches import FancyBboxPatch

from ..draw import style
from ..judge.choose import BRANCHES, OTHERWISE

# A line for each job, like those of an underground map; told apart without colour by their dashes.
_LINES = [("#7B3294", "-"), ("#00695C", (0, (5, 1.2))), ("#8C510A", (0, (1.2, 1.2)))]


def plot_decision(decisions, *, predictions=None, ax=None, width_in=7.6):
    """Draw the questions of ``helpers.judge.choose`` and the way of each job through them.

    Args:
        decisions: up to three ``Decision``; an empty list gives the bare chart.
        predictions: a dict from a job's name to the leaves that the reader expected; their
            boxes say so.
        ax: where to draw; a figure of its own when None.
        width_in: of that figure, in inches; below 6 the chart is drawn for a phone.

    Returns:
        The matplotlib Axes, without scales.
    """
    narrow = ax is None and width_in < 6
    lay = _Layout(narrow)
    if ax is None:
        ax = style.new_axes(width_in=width_in, height_in=lay.height_in, label_in=0.0)
        ax.figure.subplots_adjust(left=0, right=1, bottom=0, top=1)
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
    style.set_alt_text(ax, describe_decision(decisions, predictions))
    return ax


def describe_decision(decisions, predictions=None):
    """Return the chart in sentences, for somebody who cannot see it."""
    asked = " ".join(f"{branch.question} If so: {branch.leaf}." for branch in BRANCHES)
    said = [f"A decision chart. {asked} Otherwise: {OTHERWISE.leaf}."]
    for decision in decisions:
        if decision.branch is None:
            said.append(f"The way of {decision.job} stays open: {decision.lacking}")
        else:
            said.append(f"{decision.job.capitalize()} end at: {decision.branch.leaf}.")
        expected = (predictions or {}).get(decision.job)
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
        self.top = 0.85
        self.bottom = -n * self.step - self.box_h / 2 - 0.12
        self.height_in = self.top - self.bottom

    def y(self, index):
        return -index * self.step

    def lane(self, number, n_lanes):
        return (number - (n_lanes - 1) / 2) * 0.11


def _draw_question(ax, lay, index, branch):
    y = lay.y(index)
    _box(ax, lay.left, y, lay.question_w, lay.box_h, face="#F4F4F1", edge="#D5D5CF")
    _write(ax, lay, lay.left + 0.14, y, lay.question_w, branch.question, branch.hint, style.INK)
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
        ax.plot([middle, middle, end], [y - lay.box_h / 2, lay.y(index + 1), lay.y(index + 1)],
                **look)  # fmt: skip
    else:
        ax.plot([middle, middle], [y - lay.box_h / 2, below], **look)
    text = {"fontsize": lay.font - 1, "color": style.QUIET, "zorder": 6}
    ax.text(begin + 0.07, y + 0.2, "yes", va="center", **text)
    ax.text(middle + 0.2, y - lay.box_h / 2 - 0.14, "no", va="center", **text)


def _draw_end(ax, lay, index, branch, jobs, expected):
    colour = style.colour(branch.kind)
    face = _mixed(colour, 0.14) if jobs else "white"
    y = lay.y(index)
    _box(ax, lay.end_left, y, lay.end_w, lay.box_h, face=face, edge=colour, lw=2.2 if jobs else 1)
    text = branch.leaf[0].upper() + branch.leaf[1:]
    ink = style.INK if jobs else "#6B6B6B"
    first_y = _write(ax, lay, lay.end_left + 0.34, y, lay.end_w - 0.2, text, expected, ink,
                     weight="bold" if jobs else "normal")  # fmt: skip
    ax.plot([lay.end_left + 0.18], [first_y], style.marker(branch.kind), color=colour, ms=7,
            zorder=5)  # fmt: skip


def _said_of(branch, ways, predictions):
    jobs = [d.job for d, _ in ways if d.branch is not None and d.branch.key == branch.key]
    said = [job for job, leaves in (predictions or {}).items() if branch.leaf in leaves]
    return jobs, f"you said: {', '.join(said)}" if said else ""


def _write(ax, lay, x, y, width, head, note, colour, weight="normal"):
    """Write a head and a note below it, both wrapped, and return the y of the first line."""
    letters = int((width - 0.2) / (0.083 if lay.narrow else 0.079))
    lines = textwrap.wrap(head, letters)
    notes = textwrap.wrap(note, int(letters * 1.12))
    line_h = 0.175 if lay.narrow else 0.19
    top = y + line_h * (len(lines) + len(notes) - 1) / 2
    for number, line in enumerate(lines):
        ax.text(x, top - number * line_h, line, va="center", color=colour, weight=weight,
                fontsize=lay.font, zorder=6, parse_math=False)  # fmt: skip
    for number, line in enumerate(notes, len(lines)):
        ax.text(x, top - number * line_h - 0.02, line, va="center", color=style.QUIET,
                fontsize=lay.font - 1.5, zorder=6, parse_math=False)  # fmt: skip
    return top


def _box(ax, left, y, width, height, *, face, edge, lw=1.0):
    ax.add_patch(
        FancyBboxPatch(
            (left, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.1",
            facecolor=face, edgecolor=edge, linewidth=lw, zorder=4,
        )
    )  # fmt: skip


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
    side = -1 if offset < 0 else 1
    ax.text(x + 0.12 * side, start + 0.02, decision.job, ha="right" if side < 0 else "left",
            va="center", fontsize=lay.font, color=colour, weight="bold", zorder=7,
            parse_math=False)  # fmt: skip


def _mixed(colour, share):
    """Return a colour mixed with white, ``share`` of it left."""
    rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - share * (255 - c)):02x}" for c in rgb)
