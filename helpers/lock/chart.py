"""Where the time of a job goes, step by step, and which part of it holds the lock."""

from textwrap import wrap

from matplotlib.colors import to_rgb
from matplotlib.patches import Patch

from ..core.side_by_side import held_share
from ..draw import style
from ..units import ms, per_cent

_BAR = 0.62  # of a row's height
_ROW_IN = 0.72
_BOTTOM_IN = 1.05
_CHARACTER_IN = 0.068  # the width of a letter of a label
_HELD = style.colour("threads")
_RELEASED = tuple(1 - 0.45 * (1 - part) for part in to_rgb(_HELD))  # as a timeline shows it


def plot_steps(jobs, *, ax=None):
    """Draw a bar for each job, its steps one after another, as wide as their share of its time.

    Args:
        jobs: a dict from a job's name to a dict from a step's label to what was measured of
            it: an object with ``call_s``, seconds, and ``held_share``, 0 to 1 or None when
            that could not be told, such as ``helpers.core.side_by_side.SideBySide``.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: per cent of the job's time across, the first job on top. In each
        step the part that holds the lock is dark, the part that can overlap is light.
    """
    if ax is None:
        height_in = _BOTTOM_IN + 0.5 + _ROW_IN * len(jobs)
        ax = style.new_axes(height_in=height_in, label_in=1.3)
        ax.figure.subplots_adjust(left=0.1, bottom=_BOTTOM_IN / height_in)
    ax.grid(False)
    ax.spines["left"].set_visible(False)
    width_in = ax.get_position().width * ax.figure.get_figwidth()
    for row, steps in enumerate(jobs.values()):
        total_s = sum(step.call_s for step in steps.values())
        left = 0.0
        for label, step in steps.items():
            width = 100 * step.call_s / total_s
            _draw_step(ax, row, left, width, step.held_share)
            _write_label(ax, row, left + width / 2, label, width * width_in / 100)
            left += width
        ax.text(
            101.5, row, f"{_said_total(steps)}\n{_said_share(held_share(steps))}",
            va="center", fontsize=style.FONT - 1, color=style.INK, linespacing=1.4,
        )  # fmt: skip
    ax.set_xlim(0, 100)
    ax.set_ylim(len(jobs) - 0.45, -0.55)
    ax.set_yticks(range(len(jobs)), list(jobs))
    ax.tick_params(axis="y", length=0, labelsize=style.FONT)
    ax.set_xlabel("share of the time (%)", fontsize=style.FONT, color=style.INK, loc="left")
    _draw_key(ax, jobs)
    style.title(ax, "Where the time goes, and which part of it holds the lock")
    style.set_alt_text(ax, describe_steps(jobs))
    return ax


def describe_steps(jobs):
    """Return the chart in a sentence for each job, for somebody who cannot see it.

    >>> describe_steps({})
    ''
    """
    return " ".join(
        f"{name}, {_said_total(steps)}: " + ", ".join(_said_steps(steps)) + "."
        for name, steps in jobs.items()
    )


def _draw_step(ax, row, left, width, share):
    if share is None:
        ax.barh(row, width, _BAR, left, color=style.FAINT, hatch="////", ec="white", lw=0)
    else:
        ax.barh(row, width * share, _BAR, left, color=_HELD, lw=0)
        ax.barh(row, width * (1 - share), _BAR, left + width * share, color=_RELEASED, lw=0)
    ax.barh(row, width, _BAR, left, fill=False, ec="white", lw=1.5)


def _write_label(ax, row, middle, label, width_in):
    """Write the step's name into its bar, in as many lines as it needs; or not at all."""
    lines = wrap(label, max(1, int(width_in / _CHARACTER_IN)), break_long_words=False)
    if max(map(len, lines)) * _CHARACTER_IN <= width_in:
        ax.text(
            middle, row, "\n".join(lines), ha="center", va="center", color=style.INK,
            fontsize=style.FONT - 2, linespacing=1.1,
        )  # fmt: skip


def _draw_key(ax, jobs):
    words = {_HELD: "holds the lock", _RELEASED: "lets the lock go: can overlap"}
    handles = [Patch(facecolor=colour, label=text) for colour, text in words.items()]
    if any(step.held_share is None for steps in jobs.values() for step in steps.values()):
        text = "could not be told here"
        handles.append(Patch(facecolor=style.FAINT, hatch="////", ec="white", label=text))
    style.draw_key(ax, handles)


def _said_total(steps):
    return f"{ms(sum(step.call_s for step in steps.values()))}"


def _said_steps(steps):
    total_s = sum(step.call_s for step in steps.values())
    for label, step in steps.items():
        yield f"{label} {per_cent(step.call_s / total_s)} ({_said_share(step.held_share)})"


def _said_share(share):
    return "lock: unclear" if share is None else f"lock held {per_cent(share)}"
