"""What the simulator says: always named as simulated."""

from collections.abc import Mapping
from dataclasses import replace

from matplotlib.axes import Axes

from ..draw import marks, style
from ..units import counted, ms
from .chart import lanes_axes, plot_timeline
from .simulator import Simulation


def draw_simulation(
    simulation: Simulation, speed_ups: Mapping[int, float], shown_s: float
) -> list[Axes]:
    """Return two charts: a simulated timeline, and the simulated speed-ups, to stand beside it.

    Args:
        simulation: what was simulated.
        speed_ups: the simulated speed-up by the number of threads.
        shown_s: how many seconds of the timeline are drawn.
    """
    height_in = max(3.3, 1.75 + 0.55 * min(simulation.n_threads, 8))
    left = lanes_axes(simulation.n_threads, width_in=6.4, height_in=height_in)
    right = style.axes(width_in=3.2, height_in=height_in, right_in=0.25, bottom_in=0.95)
    _plot_simulated(simulation, shown_s, left)
    return [left, plot_speed_ups(speed_ups, simulation, ax=right)]


def plot_speed_ups(
    speed_ups: Mapping[int, float], simulation: Simulation, *, ax: Axes | None = None
) -> Axes:
    """Draw simulated speed-ups against the number of threads; dotted, as every model's curve.

    Args:
        speed_ups: by the number of threads.
        simulation: the one that is looked at; its point is filled, and its cores give the line
            of what could be at best.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes; threads across, speed-up up.
    """
    ax = style.axes(ax, width_in=4.0, height_in=3.3, right_in=0.3)
    counts, best = list(speed_ups), [min(n, simulation.n_cores) for n in speed_ups]
    ax.plot(counts, best, "--", color=style.QUIET, lw=1.1, zorder=1)
    look = {"ls": ":", "lw": 1.6, "ms": 6, "zorder": 3} | marks.hollow("threads", 1)
    marks.line(ax, "threads", counts, list(speed_ups.values()), **look)
    marks.line(ax, "threads", simulation.n_threads, simulation.speed_up, ms=9)
    marks.write(ax, counts[-1], best[-1], "the cores' best", dy=3, ha="right", color=style.QUIET)
    ax.set_xticks(counts)
    ax.set_xlim(0.5, max(counts) + 0.5)
    ax.set_ylim(0, 1.15 * max(2.0, *best))
    said = ", ".join(f"{height:.2f} with {n}" for n, height in speed_ups.items())
    alt = f"Simulated speed-up by number of threads: {said}."
    return style.label(ax, f"Simulated speed-up: {simulation.speed_up:.2f}×", x="threads", alt=alt)


def _plot_simulated(simulation, shown_s, ax):
    lock = f", switch interval {ms(simulation.switch_interval_s)}" if simulation.gil else ""
    cores = counted(simulation.n_cores, "core")
    title = f"Simulated: {counted(simulation.n_threads, 'thread')}, {cores}{lock}"
    plot_timeline(_cut(simulation.spans, shown_s), ax=ax, title=title)
    ax.set_label(f"Simulated: {ax.get_label()}")


def _cut(spans, stop_s):
    """Return the part of ``spans`` that lies before ``stop_s`` seconds."""
    return [
        replace(span, stop_s=min(span.stop_s, stop_s)) for span in spans if span.start_s < stop_s
    ]
