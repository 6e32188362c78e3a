"""Who ran when: a lane for each worker, and how many ran at once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from ..core.spans import WAITING, Span, concurrency_shares, summarise
from ..draw import style
from ..judge.facts import IDLE
from ..kind import kind as kind_of
from ..units import counted, ms, per_cent
from .record import Timeline

_BAR = 0.5  # of a lane's height
_BOTTOM_IN = 0.95  # below the axes: ticks, their unit, and the key
_KEY_IN = 0.62  # from the axes down to the key
_ROOMY = 8  # up to so many lanes, each has its words above it
_WIDE = 0.008  # of the window: a bar this wide has a white edge, so that calls can be counted
# How spans look, by label: how dark (1 is the kind's own colour), a hatch, the words of the key.
_LOOKS = {
    "work": (1.0, "", "runs"),
    "python": (1.0, "", "Python code"),
    "c-hold": (1.6, "", "in C, holds the lock"),
    "released": (0.45, "", "in C, lock let go"),
    "wait": (0.0, "/////", "waits, needs no core"),
}


def plot_timeline(spans, *, ax=None, kind="threads", title=None):
    """Draw a lane for each worker, filled where it ran.

    Args:
        spans: a ``Timeline``, or a list of ``Span``, as from the simulator.
        ax: where to draw; a figure of its own when None.
        kind: the kind of pool whose colour a list of spans gets; a Timeline knows its own.
        title: the chart's title; computed from the spans when None.

    Returns:
        The matplotlib Axes: milliseconds across, the first worker on top.
    """
    lanes = _Lanes.of(spans, kind)
    own = ax is None
    ax = style.new_axes(ax, height_in=lanes.height_in, label_in=0.25)
    if own:
        ax.figure.subplots_adjust(left=lanes.left, bottom=_BOTTOM_IN / lanes.height_in)
    ax.grid(False)
    begin_s, end_s = lanes.window_s
    n_lanes = len(lanes.workers)
    ax.hlines(range(n_lanes), 1e3 * begin_s, 1e3 * end_s, color=style.FAINT, lw=1.5, zorder=1)
    for label in lanes.labels:
        _draw_bars(ax, lanes, label)
    _name_lanes(ax, lanes)
    _mark_a_turn(ax, lanes)
    margin_s = 0.004 * (end_s - begin_s)
    ax.set_xlim(1e3 * (begin_s - margin_s), 1e3 * (end_s + margin_s))
    ax.set_ylim(-0.55, n_lanes - 0.25)
    ax.set_xlabel("time (ms)", fontsize=style.FONT, color=style.INK, loc="left")
    _draw_key(ax, lanes)
    style.title(ax, title or lanes.title)
    style.set_alt_text(ax, lanes.sentence)
    return ax


def plot_concurrency(spans, *, ax=None, kind="threads"):
    """Draw the share of time in which 0, 1, 2.. workers ran at once, and count the turns.

    Args:
        spans: a ``Timeline``, or a list of ``Span``.
        ax: where to draw; a figure of its own when None.
        kind: as for ``plot_timeline``.

    Returns:
        The matplotlib Axes: per cent of the time across, how many ran at once up.
    """
    lanes = _Lanes.of(spans, kind)
    own = ax is None
    ax = style.new_axes(ax, width_in=3.6, height_in=lanes.height_in, label_in=0.2)
    if own:
        ax.figure.subplots_adjust(left=0.25, bottom=_BOTTOM_IN / lanes.height_in)
    ax.grid(False)
    for count, share in lanes.shares.items():
        colour = style.colour(lanes.kind) if count else style.FAINT
        ax.barh(count, 100 * share, height=1.1 * _BAR, color=colour, zorder=2)
        ax.text(
            100 * share + 2, count, per_cent(share), va="center", color=style.INK,
            fontsize=style.FONT - 1,
        )  # fmt: skip
    step = 1 + len(lanes.shares) // 12
    ax.set_yticks(list(lanes.shares)[::step], [_count(n) for n in lanes.shares][::step])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.6, len(lanes.shares) - 0.4)
    ax.set_xlim(0, 125)
    ax.set_xticks([0, 50, 100])
    ax.set_xlabel("share of the time (%)", fontsize=style.FONT, color=style.INK, loc="left")
    style.title(ax, lanes.turns)
    style.set_alt_text(ax, f"{lanes.turns.capitalize()}. {lanes.said_shares}")
    return ax


def draw_timeline(spans, *, kind="threads", title=None):
    """Return a Figure with the timeline, and beside it how many workers ran at once."""
    lanes = _Lanes.of(spans, kind)
    figure = Figure(figsize=(10.6, lanes.height_in), facecolor="white")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=[3.1, 1])
    plot_timeline(lanes, ax=left, title=title)
    plot_concurrency(lanes, ax=right)
    figure.subplots_adjust(
        left=lanes.left,
        right=0.985,
        bottom=_BOTTOM_IN / lanes.height_in,
        top=1 - 0.5 / lanes.height_in,
        wspace=0.22,
    )
    style.set_alt_text(right, "Beside it, how many ran at once, in bars.")  # the rest is said
    style.set_break(figure, right)
    return figure


def describe_timeline(spans, *, kind="threads"):
    """Return the timeline in two sentences, for somebody who cannot see it.

    >>> describe_timeline([Span("a", 0, 0.005), Span("b", 0.005, 0.010)])
    ... # doctest: +NORMALIZE_WHITESPACE
    '2 workers over 10 ms, one at a time: 2 turns, median 5 ms.
     Share of the time in which nobody ran 0 %, 1 alone 100 %, 2 at once 0 %.'
    """
    return _Lanes.of(spans, kind).sentence


@dataclass(frozen=True)
class _Lanes:
    """What is drawn: the spans of a recording or a simulation, and the words about them."""

    kind: str
    noun: str
    workers: tuple[str, ...]
    works: tuple[str, ...]  # what each worker does; empty when nobody said so
    spans: tuple[Span, ...]
    setting: str = ""
    blank: str = "wants the lock or a core"  # what it means where no bar is

    @classmethod
    def of(cls, spans, kind):
        if isinstance(spans, cls):
            return spans
        if isinstance(spans, Timeline):
            setting = f", switch interval {ms(spans.switch_interval_s)}"
            if kind_of(spans.kind).own_lock:
                setting = ""  # each has a lock of its own, or waits for nobody
            elif not spans.gil:
                setting = ", no lock"
            noun = spans.kind if spans.n_workers > 1 else kind_of(spans.kind).noun
            return cls(
                kind=spans.kind,
                noun=noun,
                workers=spans.workers,
                works=spans.titles,
                spans=spans.spans,
                setting=setting,
                blank="not seen running: wants the lock or a core",
            )
        spans = tuple(spans)
        names = tuple(dict.fromkeys(span.worker for span in spans))
        return cls(kind, "worker" if len(names) == 1 else "workers", names, (), spans)

    @cached_property
    def summary(self):
        return summarise(self.spans)

    @cached_property
    def labels(self):
        return tuple(dict.fromkeys(span.label for span in self.spans))

    @cached_property
    def window_s(self):
        starts = [span.start_s for span in self.spans]
        return min([0.0, *starts]), max((span.stop_s for span in self.spans), default=1.0)

    @cached_property
    def shares(self):
        """The share of time with 0 to all workers running: a dict, 1 in sum."""
        begin_s, end_s = self.window_s
        found = concurrency_shares(self.summary.turns, start_s=begin_s, stop_s=end_s)
        return {count: found.get(count, 0.0) for count in range(len(self.workers) + 1)}

    @property
    def height_in(self):
        return 1.8 + min(0.65 * len(self.workers), 6.0)

    @property
    def left(self):
        """The part of a figure's width that is kept free at its left."""
        return 0.02 if len(self.workers) <= _ROOMY else 0.08

    @property
    def gist(self):
        several = sum(share for count, share in self.shares.items() if count > 1)
        if len(self.workers) < 2:
            return ""
        if not self.summary.n_turns:
            return "waiting side by side"
        if set(self.labels) & set(WAITING):
            return "one waits while another works"
        if self.shares[0] > IDLE:
            return f"nobody seen running {per_cent(self.shares[0])} of the time"
        if several > 0.8:
            return "side by side"
        if several < 0.1:
            return "one at a time"
        return f"several at once {per_cent(several)} of the time"

    @property
    def title(self):
        return f"{len(self.workers)} {self.noun}{self.setting}" + (self.gist and f": {self.gist}")

    @property
    def turns(self):
        n = self.summary.n_turns
        if not n:
            return "no turns: all wait" if self.spans else "no turns"
        return f"{counted(n, 'turn')}, median {ms(self.summary.median_turn_s)}"

    @property
    def said_shares(self):
        said = ", ".join(f"{_count(n)} {per_cent(share)}" for n, share in self.shares.items())
        return f"Share of the time in which {said.replace('nobody', 'nobody ran', 1)}."

    @property
    def sentence(self):
        if not self.spans:
            return "A timeline, still empty."
        begin_s, end_s = self.window_s
        works = "; ".join(dict.fromkeys(self.works))
        return (
            f"{len(self.workers)} {self.noun}{self.setting} over {ms(end_s - begin_s)}"
            + (self.gist and f", {self.gist}")
            + (works and f" ({works})")
            + f": {self.turns}. {self.said_shares}"
        )


def _draw_bars(ax, lanes, label):
    face, hatch, _ = _look(lanes.kind, label)
    begin_s, end_s = lanes.window_s
    places = {worker: i for i, worker in enumerate(reversed(lanes.workers))}
    bars = [span for span in lanes.spans if span.label == label]
    left = np.array([1e3 * span.start_s for span in bars])
    right = np.array([1e3 * span.stop_s for span in bars])
    low = np.array([places[span.worker] - _BAR / 2 for span in bars])
    corners = [(left, low), (left, low + _BAR), (right, low + _BAR), (right, low)]
    wide = (right - left).min() > 1e3 * _WIDE * (end_s - begin_s)
    ax.add_collection(
        PolyCollection(
            np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1),
            facecolor=face, edgecolor=style.QUIET if hatch else "white",
            linewidth=0.8 if wide else 0, hatch=hatch, zorder=2, label=label,
        )
    )  # fmt: skip


def _name_lanes(ax, lanes):
    ax.spines["left"].set_visible(False)
    top = len(lanes.workers) - 1
    if len(lanes.workers) > _ROOMY:
        step = 1 + top // 20
        ax.set_yticks(range(top, -1, -step), lanes.workers[::step], fontsize=style.FONT - 3)
        ax.tick_params(axis="y", length=0)
        return
    ax.set_yticks([])
    words = lanes.workers
    if lanes.works:
        words = [f"{a}: {b}" for a, b in zip(lanes.workers, lanes.works, strict=True)]
    for i, text in enumerate(words):
        ax.text(
            0.004, top - i + _BAR / 2 + 0.06, text, transform=ax.get_yaxis_transform(),
            color=style.INK, fontsize=style.FONT - 1, va="bottom",
        )  # fmt: skip


def _mark_a_turn(ax, lanes):
    """Write beside one turn of the first lane how long it is, where turns are taken."""
    begin_s, end_s = lanes.window_s
    if not 2 <= len(lanes.workers) <= _ROOMY or lanes.summary.n_turns <= 2 * len(lanes.workers):
        return
    first, last = (begin_s + part * (end_s - begin_s) for part in (0.55, 0.82))
    usual_s = lanes.summary.median_turn_s
    found = [
        turn
        for turn in lanes.summary.turns
        if turn.worker == lanes.workers[0] and first <= turn.start_s <= turn.stop_s <= last
    ]
    if not found:
        return
    turn = min(found, key=lambda turn: abs(turn.duration_s - usual_s))
    y = len(lanes.workers) - 1 + _BAR / 2 + 0.14
    x = [1e3 * turn.start_s, 1e3 * turn.stop_s]
    ax.plot(x, [y, y], "|-", color=style.INK, lw=1, ms=6, mew=1, zorder=3)
    ax.annotate(
        f"a turn: {ms(turn.duration_s)}", (x[1], y), xytext=(5, 0), textcoords="offset points",
        va="center", fontsize=style.FONT - 1, color=style.INK,
    )  # fmt: skip


def _draw_key(ax, lanes):
    handles = []
    for label in lanes.labels:
        face, hatch, words = _look(lanes.kind, label)
        edge = style.QUIET if hatch else "none"
        handles.append(Patch(facecolor=face, edgecolor=edge, hatch=hatch, label=words, lw=0.8))
    handles.append(Line2D([], [], color=style.FAINT, lw=1.5, label=lanes.blank))
    below = ScaledTranslation(0, -_KEY_IN, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles, ncols=len(handles), loc="upper left", bbox_to_anchor=(0, 0),
        bbox_transform=ax.transAxes + below, frameon=False, fontsize=style.FONT - 2,
        labelcolor=style.QUIET, handlelength=1.4, handletextpad=0.5,
        columnspacing=1.4, borderpad=0, borderaxespad=0,
    )  # fmt: skip


def _look(kind, label):
    """Return (colour, hatch, words) for spans of a label."""
    darkness, hatch, words = _LOOKS.get(label, (1.0, "", label))
    colour = to_rgb(style.colour(kind))
    if darkness > 1:
        return [part / darkness for part in colour], hatch, words
    return [1 - darkness * (1 - part) for part in colour], hatch, words


def _count(n):
    return {0: "nobody", 1: "1 alone"}.get(n, f"{n} at once")
