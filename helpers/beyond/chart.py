"""Many machines and many server processes: where the time goes, what a server answers, a model."""

import math

from ..draw import style
from ..processes.split_chart import plot_splits
from ..units import ms
from .model import WORKERS, in_words, speed_up, stops_paying
from .servers import ServerLoad

_JOB_LINES = ("-", (0, (6, 2)), (0, (2, 2)), "-.")  # one for each job, for eyes without colours
_JOB_COLOURS = ("#0173B2", "#007A58", "#B85C00", "#6A51A3")


def plot_moves(splits, names, *, ax=None, chosen=None):
    """Draw where the time of several jobs goes, and which of them the reader ticked.

    Args:
        splits: a ``Split`` for each job.
        names: of the jobs, for the reader.
        ax: where to draw; a figure of its own when None.
        chosen: the names that were ticked, or None.

    Returns:
        The matplotlib Axes.
    """
    ax = plot_splits(splits, ax=ax)
    ax.set_yticks(range(len(splits)), names)
    right = ax.get_xlim()[1]
    ax.set_xlim(0, 1.22 * right)
    for y, (split, name) in enumerate(zip(splits, names, strict=True)):
        if name in (chosen or ()):
            _write_ticked(ax, split.median_s + 0.04 * right, y)
    said = [f"{name}: {split}." for name, split in zip(names, splits, strict=True)]
    style.set_alt_text(ax, " ".join(said))
    return ax


def plot_servers(loads, endpoint, *, ax=None, chosen=None):
    """Draw how many requests a second each server answers at one endpoint.

    Args:
        loads: ``helpers.beyond.servers.ServerLoad`` list.
        endpoint: "compute" or "wait".
        ax: where to draw; a figure of its own when None.
        chosen: the servers that the reader ticked, in words, or None.

    Returns:
        The matplotlib Axes: requests a second across, a bar for each server. Beside it stands
        within how many milliseconds 95 of 100 requests were answered.
    """
    loads = [load for load in loads if load.endpoint == endpoint]
    if ax is None:
        height_in = 1.2 + 0.45 * len(loads)
        ax = style.new_axes(height_in=height_in, label_in=0.3)
        ax.figure.subplots_adjust(left=0.23, bottom=0.6 / height_in, top=1 - 0.45 / height_in)
    ax.grid(False)
    right = max(max(load.rates_per_s) for load in loads)
    for y, load in enumerate(loads):
        kind = "threads" if load.n_threads else "processes"
        ax.barh(y, load.rate_per_s, 0.6, color=style.colour(kind), alpha=0.85)
        ax.plot(load.rates_per_s, [y] * len(load.rates_per_s), "o", color=style.INK, ms=3)
        ax.annotate(
            _beside(load, chosen), (max(*load.rates_per_s, load.rate_per_s), y), xytext=(9, 0),
            textcoords="offset points", va="center", fontsize=style.FONT - 1.5, color=style.INK,
        )  # fmt: skip
    ax.set_yticks(range(len(loads)), [load.server for load in loads])
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.set_xlim(0, 2.0 * right)
    ax.set_xlabel("requests a second", fontsize=style.FONT, color=style.INK, loc="left")
    style.title(ax, f"/{endpoint}: {loads[0].n_at_once} requests at once")
    style.set_alt_text(ax, " ".join(f"{load}." for load in loads))
    return ax


def plot_on_paper(jobs, *, ax=None):
    """Draw the speed-up that a model gives for 1 to 1000 workers: nothing of it is measured.

    Args:
        jobs: a dict from a name for the reader to a ``ProcessModel``.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes, both logarithmic. A dot stands where adding workers stops paying.
    """
    ax = style.new_axes(ax, label_in=2.5)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.plot(WORKERS, WORKERS, "--", color=style.QUIET, lw=1.1, zorder=1)
    styles = zip(_JOB_COLOURS, _JOB_LINES)
    ends = [("one for each worker", 3.0, style.QUIET, "--")]
    for (name, model), (colour, dashes) in zip(jobs.items(), styles):
        counts = sorted({*WORKERS, stops_paying(model)})
        y = [speed_up(model, n) for n in counts]
        ax.plot(counts, y, ls=dashes, color=colour, lw=2, zorder=4)
        n = stops_paying(model)
        if n < WORKERS[-1]:
            ax.plot([n], [speed_up(model, n)], "o", color=colour, ms=8, mec="white", zorder=5)
            name = f"{name}: up to {n}"
        ends.append((name, math.log10(y[-1]), colour, dashes))
    _frame_paper(ax, ends)
    style.set_alt_text(ax, " ".join(in_words(name, model) for name, model in jobs.items()))
    return ax


def _frame_paper(ax, ends):
    style.title(ax, "A model, not a measurement: speed-up on paper")
    ax.set_xlim(1, WORKERS[-1])
    low = min(10 ** min(y for _, y, *_ in ends), 1)
    ax.set_ylim(min(0.7, 0.7 * low), 1.5 * WORKERS[-1])
    ticks = [1, 10, 100, 1000]
    ax.set_xticks(ticks, [f"{tick}" for tick in ticks])
    ax.set_yticks(ticks, [f"{tick}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel("workers", fontsize=style.FONT, color=style.INK)
    ax.set_ylabel("speed-up over serial (×)", fontsize=style.FONT, color=style.INK)
    places = style.spread_labels([y for _, y, *_ in ends], 0.2)
    for (name, _, colour, dashes), y in zip(ends, places, strict=True):
        style.name_line(ax, 10**y, name, colour, dashes)


def _beside(load: ServerLoad, chosen):
    said = f"{load.rate_per_s:.0f} a second, 95 of 100 within {ms(load.p95_s)}"
    return f"{said}\nyou ticked this" if load.server in (chosen or ()) else said


def _write_ticked(ax, x, y):
    ax.text(x, y, "you ticked this", va="center", fontsize=style.FONT - 1.5, color=style.INK)
