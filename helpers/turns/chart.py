"""Who ran when: a lane for each worker, and how many ran at once."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..core.spans import Span
from ..draw import marks, style
from ..pythons.states import HOLDS, WAITS
from ..units import per_cent
from .lanes import Lanes, about, at_once, lanes_of
from .record import Timeline
from .summary import median_s

_BAR = 0.5  # of a lane's height
_ROOMY = 8  # up to so many lanes, each has its words above it
_WIDE = 0.008  # of the window: a bar this wide has a white edge, so that calls can be counted
# How spans look, by label: how dark (1 is the kind's own colour), a hatch, the words of the key.
_LOOKS = {
    "work": (1.0, "", "runs"),
    "python": (1.0, "", "runs Python code"),
    "call": (1.6, "", "in one call into C"),
    "c-hold": (1.6, "", "in C, holds the GIL"),
    "released": (0.45, "", "in C, GIL released"),
    "wait": (0.0, "/////", "waits, needs no core"),
}

# What a profiler saw, in a thin strip below the bars.
_STATES = {
    HOLDS: (style.INK, "profiler: holds the GIL"),
    WAITS: ("#A8A8A8", "profiler: waits for it"),
}
_STRIP = (-0.37, -0.28)  # of a lane's height, from its middle

_STOPPED: style.Look = {"facecolor": style.FAINT, "alpha": 0.55, "lw": 0, "zorder": 0}

Spans = Timeline | Lanes | Iterable[Span]


def plot_timeline(
    spans: Spans, *, ax: Axes | None = None, kind: str = "threads", title: str | None = None
) -> Axes:
    """Draw a lane for each worker, filled where it ran.

    Args:
        spans: a recording, or a list of spans, as from the simulator.
        ax: where to draw; a figure of its own when None.
        kind: the kind of pool whose colour a list of spans gets; a ``Timeline`` knows its own.
        title: the chart's title; computed from the spans when None.

    Returns:
        The matplotlib Axes: milliseconds across, the first worker on top.
    """
    lanes = lanes_of(spans, kind)
    ax = lanes_axes(len(lanes.workers)) if ax is None else style.axes(ax)
    ax.grid(False)
    begin_s, end_s = lanes.window_s
    n_lanes = len(lanes.workers)
    ax.hlines(range(n_lanes), 1e3 * begin_s, 1e3 * end_s, color=style.FAINT, lw=1.5, zorder=1)
    for stop in lanes.stops:
        ax.axvspan(1e3 * stop.start_s, 1e3 * stop.stop_s, **_STOPPED)
    for label in lanes.labels:
        _draw_bars(ax, lanes, label)
    if lanes.states:
        _draw_states(ax, lanes)
    _name_lanes(ax, lanes)
    _mark_a_turn(ax, lanes)
    margin_s = 0.004 * (end_s - begin_s)
    ax.set_xlim(1e3 * (begin_s - margin_s), 1e3 * (end_s + margin_s))
    ax.set_ylim(-0.55, n_lanes - 0.25)
    handles = [Patch(lw=0.8, **_look(lanes.kind, label)) for label in lanes.labels]
    handles += [Patch(label="all stopped by the quota", **_STOPPED)] * bool(lanes.stops)
    states = _STATES.values() if lanes.states else ()
    handles += [Patch(lw=0, facecolor=colour, label=words) for colour, words in states]
    marks.key(ax, [*handles, Line2D([], [], color=style.FAINT, lw=1.5, label=lanes.blank)])
    return style.label(ax, title or lanes.title, x="time (ms)", alt=lanes.sentence)


def plot_concurrency(spans: Spans, *, ax: Axes | None = None, kind: str = "threads") -> Axes:
    """Draw the share of time in which 0, 1, 2.. workers ran at once.

    The arguments are those of ``plot_timeline``.

    Returns:
        The matplotlib Axes: per cent of the time across, how many ran at once up.
    """
    lanes = lanes_of(spans, kind)
    height_in = lanes_height_in(len(lanes.workers))
    margins: style.Look = {"left_in": 0.8, "right_in": 0.15, "bottom_in": 0.95}
    ax = style.axes(ax, width_in=3.2, height_in=height_in, **margins)
    ax.grid(False)
    for n, share in lanes.shares.items():
        colour = style.colour(lanes.kind) if n else style.FAINT
        ax.barh(n, 100 * share, height=1.1 * _BAR, color=colour, zorder=2)
        marks.write(ax, 100 * share, n, per_cent(share), dx=3)
    step = 1 + len(lanes.shares) // 12
    ax.set_yticks(list(lanes.shares)[::step], [at_once(n) for n in lanes.shares][::step])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.6, len(lanes.shares) - 0.4)
    ax.set_xlim(0, 125)
    ax.set_xticks([0, 50, 100])
    title = "How many ran at once"
    return style.label(ax, title, x="share of the time (%)", alt=lanes.said_shares)


def draw_timeline(spans: Spans, *, kind: str = "threads", title: str | None = None) -> list[Axes]:
    """Return two charts: the timeline, and how many workers ran at once, to stand beside it."""
    lanes = lanes_of(spans, kind)
    beside = plot_concurrency(lanes)
    beside.set_label("Beside it, how many ran at once, in bars.")  # the rest is said
    return [plot_timeline(lanes, title=title), beside]


def lanes_height_in(n_lanes: int) -> float:
    """Return how many inches high a figure with so many lanes is."""
    return 1.8 + min(0.65 * n_lanes, 6.0)


def lanes_axes(n_lanes: int, **where: Any) -> Axes:
    """Return axes for so many lanes; ``where`` are options of ``style.axes``."""
    margins = {"left_in": 0.15 if n_lanes <= _ROOMY else 0.75, "right_in": 0.2, "bottom_in": 0.95}
    return style.axes(**({"height_in": lanes_height_in(n_lanes)} | margins | where))


def _draw_bars(ax, lanes, label):
    begin_s, end_s = lanes.window_s
    places = {worker: i for i, worker in enumerate(reversed(lanes.workers))}
    bars = [span for span in lanes.spans if span.label == label]
    left = np.array([1e3 * span.start_s for span in bars])
    right = np.array([1e3 * span.stop_s for span in bars])
    low = np.array([places[span.worker] - _BAR / 2 for span in bars])
    corners = [(left, low), (left, low + _BAR), (right, low + _BAR), (right, low)]
    boxes = np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)
    wide = (right - left).min() > 1e3 * _WIDE * (end_s - begin_s)
    look = _look(lanes.kind, label) | {"label": label, "lw": 0.8 if wide else 0, "zorder": 2}
    ax.add_collection(PolyCollection(boxes, **look))


def _draw_states(ax, lanes):
    places = {worker: i for i, worker in enumerate(reversed(lanes.workers))}
    low, high = _STRIP
    for state, (colour, _) in _STATES.items():
        boxes = [
            [(x, places[span.worker] + y) for x, y in _corners(span, low, high)]
            for span in lanes.states
            if span.label == state
        ]
        ax.add_collection(
            PolyCollection(boxes, facecolor=colour, lw=0, zorder=2, label=f"profiler: {state}")
        )


def _corners(span, low, high):
    start_ms, stop_ms = 1e3 * span.start_s, 1e3 * span.stop_s
    return [(start_ms, low), (start_ms, high), (stop_ms, high), (stop_ms, low)]


def _name_lanes(ax, lanes):
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    top = len(lanes.workers) - 1
    if top >= _ROOMY:
        step = 1 + top // 20
        ax.set_yticks(range(top, -1, -step), lanes.workers[::step], fontsize=style.FONT - 3)
        return
    ax.set_yticks([])
    place = {"xycoords": ax.get_yaxis_transform(), "ha": "left"}
    for y, worker, work in zip(range(top, -1, -1), lanes.workers, lanes.works or lanes.workers):
        said = f"{worker}: {work}" if lanes.works else worker
        marks.write(ax, 0.004, y + _BAR / 2, said, dy=2, **place)


def _mark_a_turn(ax, lanes):
    """Mark a turn of the first lane, and write how long turns are, where they are taken."""
    begin_s, end_s = lanes.window_s
    if len(lanes.workers) > _ROOMY or not lanes.turns:
        return
    first, last = (begin_s + part * (end_s - begin_s) for part in (0.55, 0.82))
    found = [
        turn
        for turn in lanes.held
        if turn.worker == lanes.workers[0] and first <= turn.start_s <= turn.stop_s <= last
    ]
    if not found:
        return
    usual_s = median_s(lanes.held)
    turn = min(found, key=lambda turn: abs(turn.duration_s - usual_s))
    y = len(lanes.workers) - 1 + _BAR / 2 + 0.14
    x = [1e3 * turn.start_s, 1e3 * turn.stop_s]
    ax.plot(x, [y, y], "|-", color=style.INK, lw=1, ms=6, mew=1, zorder=3)
    marks.write(ax, x[1], y, f"turns of about {about(usual_s)}", dx=5)


def _look(kind, label):
    """Return how spans of a label look, as options of matplotlib, with the words of the key."""
    darkness, hatch, words = _LOOKS.get(label, (1.0, "", label))
    colour = to_rgb(style.colour(kind))
    if darkness > 1:
        face = [part / darkness for part in colour]
    else:
        face = [1 - darkness * (1 - part) for part in colour]
    edge = style.QUIET if hatch else "white"
    return {"facecolor": face, "edgecolor": edge, "hatch": hatch, "label": words}
