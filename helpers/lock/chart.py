"""Where the time of a job goes, step by step, and which part of it holds the GIL."""

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch

from ..core.side_by_side import held_share
from ..draw import marks, style
from ..units import ms, per_cent

_UNCLEAR = {"color": style.FAINT, "hatch": "////", "ec": "white"}
_HELD = style.colour("threads")
_RELEASED = tuple(1 - 0.45 * (1 - part) for part in to_rgb(_HELD))  # as a timeline shows it


def plot_steps(jobs: Mapping[str, Mapping[str, Any]], *, ax: Axes | None = None) -> Axes:
    """Draw a bar for each job, its steps one after another, as wide as their share of its time.

    Args:
        jobs: the steps by job and by label: objects with ``call_s``, seconds, and ``held_share``,
            0 to 1 or None when that could not be told, such as a ``MeterReport``.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: per cent of the job's time across, the first job on top. In each
        step the part that holds the GIL is dark, the part that can overlap is light.
    """
    ax = marks.rows(jobs, ax, row_in=0.72, spine=False, right_in=1.3)
    per_cent_in = style.width_in(ax) / 100
    for row, steps in enumerate(jobs.values()):
        total_s = sum(step.call_s for step in steps.values())
        left = 0.0
        for label, step in steps.items():
            width = 100 * step.call_s / total_s
            _draw_step(ax, row, left, width, step.held_share)
            _write_label(ax, row, left + width / 2, label, width * per_cent_in)
            left += width
        said = f"{_said_total(steps)}\n{_said_share(held_share(steps))}"
        marks.beside(ax, row, said, linespacing=1.4)
    ax.set_xlim(0, 100)
    _draw_key(ax, jobs)
    title = "Where the time goes, and which part of it holds the GIL"
    return style.label(
        ax, title, x="share of the time (%)", alt=" ".join(map(_told, jobs, jobs.values()))
    )


def _draw_step(ax, row, left, width, share):
    if share is None:
        ax.barh(row, width, marks.BAR, left, lw=0, **_UNCLEAR)
    else:
        held = width * share
        ax.barh(row, held, marks.BAR, left, color=_HELD, lw=0)
        ax.barh(row, width - held, marks.BAR, left + held, color=_RELEASED, lw=0)
    ax.barh(row, width, marks.BAR, left, fill=False, ec="white", lw=1.5)


def _write_label(ax, row, middle, label, width_in):
    """Write the step's name into its bar, in as many lines as it needs; or not at all."""
    size = style.TINY
    n_letters = int(width_in / marks.width_in("e", size))
    lines = wrap(label, max(1, n_letters), break_long_words=False)
    if max(map(len, lines)) <= n_letters:
        marks.write(ax, middle, row, "\n".join(lines), fontsize=size, linespacing=1.1)


def _draw_key(ax, jobs):
    words = {_HELD: "holds the GIL", _RELEASED: "releases the GIL: can overlap"}
    handles = [Patch(facecolor=colour, label=text) for colour, text in words.items()]
    if any(step.held_share is None for steps in jobs.values() for step in steps.values()):
        handles.append(Patch(label="could not be told here", **_UNCLEAR))
    marks.key(ax, handles)


def _told(name, steps):
    return f"{name}, {_said_total(steps)}: {', '.join(_said_steps(steps))}."


def _said_total(steps):
    return ms(sum(step.call_s for step in steps.values()))


def _said_steps(steps):
    total_s = sum(step.call_s for step in steps.values())
    for label, step in steps.items():
        yield f"{label} {per_cent(step.call_s / total_s)} ({_said_share(step.held_share)})"


def _said_share(share):
    return "GIL: unclear" if share is None else f"GIL held {per_cent(share)}"
