"""What the simulator says, alone and below what was measured: always named as simulated."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..draw import style
from ..units import counted, ms
from .chart import plot_timeline
from .words import cut

_LANE_IN = 0.65
_AROUND_IN = 1.75  # title, ticks and key of a timeline


def draw_real_and_simulated(timeline, simulation):
    """Return a Figure with a measured timeline and, below it on the same axis, a simulated one.

    Args:
        timeline: a ``helpers.turns.record.Timeline``.
        simulation: a ``Simulation`` of the same workers; its part that is as long is drawn.
    """
    height_in = 2 * (_AROUND_IN + _LANE_IN * timeline.n_workers)
    figure = Figure(figsize=(7.6, height_in), facecolor="white")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True)
    plot_timeline(timeline, ax=above, title=f"Measured: {_setting(timeline)}")
    spans = cut(simulation.spans, timeline.wall_s)
    plot_timeline(spans, ax=below, kind=timeline.kind, title=f"Simulated: {_model(simulation)}")
    above.tick_params(labelbottom=True)
    style.set_alt_text(above, f"Measured: {above.get_label()}")
    style.set_alt_text(below, f"Simulated: {below.get_label()}")
    figure.subplots_adjust(
        left=0.02, right=0.97, top=1 - 0.45 / height_in, bottom=0.95 / height_in,
        hspace=1.5 / (height_in / 2 - 1.2),
    )  # fmt: skip
    return figure


def draw_simulation(simulation, speed_ups, shown_s):
    """Return a Figure with a simulated timeline, and beside it the simulated speed-ups.

    Args:
        simulation: a ``Simulation``.
        speed_ups: a dict from number of threads to simulated speed-up.
        shown_s: how many seconds of the timeline are drawn.
    """
    height_in = max(3.3, _AROUND_IN + 0.55 * min(simulation.n_threads, 8))
    figure = Figure(figsize=(9.6, height_in), facecolor="white")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=[2.6, 1])
    spans = cut(simulation.spans, shown_s)
    plot_timeline(spans, ax=left, title=f"Simulated: {_model(simulation)}")
    style.set_alt_text(left, f"Simulated: {left.get_label()}")
    plot_speed_ups(speed_ups, simulation, ax=right)
    figure.subplots_adjust(
        left=0.02 if simulation.n_threads <= 8 else 0.08,
        right=0.98,
        bottom=0.95 / height_in,
        top=1 - 0.5 / height_in,
        wspace=0.22,
    )
    style.set_break(figure, right)
    return figure


def plot_speed_ups(speed_ups, simulation, *, ax=None):
    """Draw simulated speed-ups against the number of threads; dotted, as every model's curve.

    Args:
        speed_ups: a dict from number of threads to speed-up.
        simulation: the ``Simulation`` that is looked at; its point is filled, and its cores
            give the line of what could be at best.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes; threads across, speed-up up.
    """
    ax = style.new_axes(ax, width_in=4.0, height_in=3.3, label_in=0.3)
    counts, heights = list(speed_ups), list(speed_ups.values())
    colour, marker = style.colour("threads"), style.marker("threads")
    ideal = [min(n, simulation.n_cores) for n in counts]
    ax.plot(counts, ideal, "--", color=style.QUIET, lw=1.1, zorder=1)
    ax.plot(counts, heights, marker + ":", color=colour, mfc="white", lw=1.6, zorder=3)
    n, height = simulation.n_threads, simulation.speed_up
    ax.plot([n], [height], marker, color=colour, ms=9, mec="white", zorder=4)
    ax.text(
        counts[-1], ideal[-1], "the cores' best", ha="right", va="bottom", color=style.QUIET,
        fontsize=style.FONT - 1.5,
    )  # fmt: skip
    ax.set_xticks(counts)
    ax.set_xlim(0.5, max(counts) + 0.5)
    ax.set_ylim(0, 1.15 * max(2.0, *ideal))
    ax.set_xlabel("threads", fontsize=style.FONT, color=style.INK)
    style.title(ax, f"Simulated speed-up: {height:.2f}×")
    said = ", ".join(f"{height:.2f} with {n}" for n, height in speed_ups.items())
    style.set_alt_text(ax, f"Simulated speed-up by number of threads: {said}.")
    return ax


def _setting(timeline):
    noun = timeline.workers[0].split()[0] if timeline.n_workers == 1 else timeline.kind
    return f"{timeline.n_workers} {noun} on this machine"


def _model(simulation):
    lock = f", switch interval {ms(simulation.switch_interval_s)}" if simulation.gil else ""
    return f"{counted(simulation.n_threads, 'thread')}, {counted(simulation.n_cores, 'core')}{lock}"
