"""Many machines and many server processes: where the time goes, what a server answers, a model."""

from collections.abc import Iterable, Mapping, Sequence

from matplotlib.axes import Axes

from ..draw import marks, style
from ..judge.theory import ProcessModel
from ..processes.split import Split
from ..processes.split_chart import plot_splits
from ..units import ms
from .model import WORKERS, in_words, speed_up, stops_paying
from .servers import ServerLoad

_JOB_LINES = ("-", (0, (6, 2)), (0, (2, 2)), "-.")  # one for each job, for eyes without colours
_JOB_COLOURS = ("#0173B2", "#007A58", "#B85C00", "#6A51A3")


def plot_moves(
    splits: Sequence[Split],
    names: Sequence[str],
    *,
    chosen: marks.Chosen = None,
) -> Axes:
    """Draw where the time of several jobs goes, each with its name, and which were ticked."""
    ax = plot_splits(splits, names=names)
    ax.set_xlim(0, 1.22 * ax.get_xlim()[1])
    for y, (split, name) in enumerate(zip(splits, names, strict=True)):
        if name in (chosen or ()):
            marks.write(ax, split.median_s, y, "you ticked this", dx=8)
    ax.set_label(" ".join(f"{name}: {split}." for name, split in zip(names, splits, strict=True)))
    return ax


def plot_servers(
    loads: Iterable[ServerLoad],
    endpoint: str,
    *,
    chosen: marks.Chosen = None,
) -> Axes:
    """Draw how many requests a second each server answers at an endpoint, "compute" or "wait".

    Beside its bar stands within how many milliseconds 95 of 100 requests were answered, and
    whether the reader has ``chosen`` it, by its description.
    """
    loads = [load for load in loads if load.endpoint == endpoint]
    ax = marks.rows([load.server for load in loads], row_in=0.45, bottom_in=0.65)
    for y, load in enumerate(loads):
        colour = style.colour("threads" if load.n_threads else "processes")
        ax.barh(y, load.rate_per_s, marks.BAR, color=colour, alpha=0.85)
        ax.plot(load.rates_per_s, [y] * len(load.rates_per_s), "o", color=style.INK, ms=3)
        said = f"{load.rate_per_s:.0f} a second, 95 of 100 within {ms(load.p95_s)}"
        said += "\nyou ticked this" * (load.server in (chosen or ()))
        marks.write(ax, max(load.rates_per_s), y, said, dx=9)
    ax.set_xlim(0, 2.0 * max(max(load.rates_per_s) for load in loads))
    title = f"/{endpoint}: {loads[0].n_at_once} requests at once"
    alt = " ".join(f"{load}." for load in loads)
    return style.label(ax, title, x="requests a second", alt=alt)


def plot_on_paper(jobs: Mapping[str, ProcessModel]) -> Axes:
    """Draw the speed-up of jobs, by their models, with 1 to 1000 workers: nothing is measured.

    A dot stands where adding workers stops paying.
    """
    ax = style.axes(right_in=2.5)
    most = WORKERS[-1]
    ax.plot(WORKERS, WORKERS, "--", color=style.QUIET, lw=1.1, zorder=1)
    ends = [marks.End(most, "one for each worker", dashes="--")]
    for (name, model), *look in zip(jobs.items(), _JOB_COLOURS, _JOB_LINES):
        ends.append(_draw_model(ax, name, model, *look))
    low = min(1, *(end.y for end in ends))
    ticks = marks.log_ticks(1, most, [1])
    marks.log_axis(ax, "x", 1, most, ticks)
    marks.log_axis(ax, "y", 0.7 * low, 1.5 * most, ticks)
    marks.name_lines(ax, ends)
    names = {"x": "workers", "y": "speed-up over serial (×)"}
    alt = " ".join(in_words(name, model) for name, model in jobs.items())
    return style.label(ax, "A model, not a measurement: speed-up on paper", **names, alt=alt)


def _draw_model(ax, name, model, colour, dashes):
    n = stops_paying(model)
    counts = sorted({*WORKERS, n})
    speed_ups = [speed_up(model, count) for count in counts]
    ax.plot(counts, speed_ups, ls=dashes, color=colour, lw=2, zorder=4)
    if n < WORKERS[-1]:
        ax.plot([n], [speed_up(model, n)], "o", color=colour, ms=8, mec="white", zorder=5)
        name = f"{name}: up to {n}"
    return marks.End(speed_ups[-1], name, colour, dashes=dashes)
