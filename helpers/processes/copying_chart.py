"""What happens to a job in processes: when its sublists are worked on, and what the cores do."""

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..draw import style
from ..errors import LabError

_COPYING = style.colour("distributed")
_LABELLED = 0.12  # cores: a narrower part has no room for its figure
_LANE_IN, _BELOW_IN, _ABOVE_IN = 0.34, 1.05, 0.5


def plot_sublists(results, kind="processes", n_workers=2, *, ax=None):
    """Draw when each worker was at each sublist, for several ways of splitting one job.

    Args:
        results: a dict from a name for the reader to a ``Result`` in which ``kind`` was
            measured with ``n_workers``. The run of median speed-up is drawn.
        kind: the kind of pool.
        n_workers: how many workers.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: time across, the serial run of the same round being 1; a lane for
        each worker, in the order in which they began. A line ends each run, where the caller
        held all results.
    """
    runs = {name: _middle(result, kind, n_workers) for name, result in results.items()}
    n_lanes = 1 + n_workers * len(runs) + 0.6 * len(runs)
    ax = _axes(ax, n_lanes * _LANE_IN)
    ax.grid(False)
    ax.barh(0, 1, 0.62, color=style.colour("serial"))
    ticks, y = [0.0], 1.6
    for run, serial_s in runs.values():
        workers = dict.fromkeys(s.worker for s in sorted(run.spans, key=lambda s: s.start_s))
        for i, worker in enumerate(workers):
            _draw_lane(ax, y + i, run, worker, serial_s)
        _draw_end(ax, y, y + len(workers) - 1, run.wall_s / serial_s)
        ticks.append(y + (len(workers) - 1) / 2)
        y += len(workers) + 0.6
    ax.set_yticks(ticks, ["the plain loop", *runs])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(y - 0.9, -0.6)
    ax.set_xlim(0, 1.12 * max([1.0, *(run.wall_s / serial_s for run, serial_s in runs.values())]))
    ax.set_xlabel("time (1 = the plain loop)", fontsize=style.FONT, color=style.INK, loc="left")
    style.draw_key(ax, [
        Patch(color=style.colour(kind), label="a worker computes"),
        Line2D([], [], color=style.QUIET, lw=1.2, label="it waits, packs or unpacks"),
        Line2D([], [], color=style.INK, lw=1.6, label="all results are there"),
    ])  # fmt: skip
    style.title(ax, "When the sublists were worked on")
    style.set_alt_text(ax, " ".join(_said(name, *runs[name]) for name in runs))
    return ax


def plot_accounts(accounts, *, ax=None):
    """Draw a bar for each way of splitting a job: the cores that the machine gave, by use.

    Args:
        accounts: a dict from a name for the reader to a ``helpers.processes.copying.Account``.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: cores across, the first account on top. A rest below 0 (measured
        apart, the copying took longer than the run had time for) is not drawn.
    """
    ax = _axes(ax, len(accounts) * 1.7 * _LANE_IN)
    ax.grid(False)
    colours = _colours(accounts)
    for y, one in enumerate(accounts.values()):
        _draw_bar(ax, y, one, colours)
    ax.set_yticks(range(len(accounts)), list(accounts))
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(accounts) - 0.45, -0.55)
    ends = [max(one.capacity, one.speed_up + one.copying) for one in accounts.values()]
    ax.set_xlim(0, 1.05 * max([1.0, *ends]))
    ax.set_xlabel("cores, on average", fontsize=style.FONT, color=style.INK, loc="left")
    key = [Patch(color=colour, label=words) for words, colour in colours.items()]
    key.append(Line2D([], [], ls="--", color=style.INK, lw=1.1, label="what the cores can do"))
    style.draw_key(ax, key)
    style.title(ax, "What the cores did")
    style.set_alt_text(ax, describe_accounts(accounts))
    return ax


def describe_accounts(accounts):
    """Return the chart in a sentence for each bar, for somebody who cannot see it.

    >>> describe_accounts({})
    ''
    """
    return " ".join(
        f"{name}: of {one.capacity:.2f} cores {one.speed_up:.2f} did the job and "
        f"{one.copying:.2f} copied."
        for name, one in accounts.items()
    )


def _axes(ax, height_in):
    """Return ``ax``, or axes that are ``height_in`` inches high, with room for names and a key."""
    if ax is not None:
        return style.new_axes(ax)
    whole_in = height_in + _BELOW_IN + _ABOVE_IN
    ax = style.new_axes(height_in=whole_in, label_in=0.3)
    ax.figure.subplots_adjust(left=0.19, bottom=_BELOW_IN / whole_in, top=1 - _ABOVE_IN / whole_in)
    return ax


def _middle(result, kind, n_workers):
    """Return the run of median speed-up, and the seconds of the serial run of its round."""
    serial_s = {run.round: run.wall_s for run in result.timed_runs if run.kind == "serial"}
    runs = [
        run
        for run in result.timed_runs
        if (run.kind, run.n_workers) == (kind, n_workers) and run.round in serial_s
    ]
    if not runs:
        there = ", ".join(f"{p.kind} with {p.n_workers}" for p in result.points())
        raise LabError(
            f"{kind} with {n_workers!r} workers was not measured: choose from {there or 'nothing'}"
        )
    runs.sort(key=lambda run: run.wall_s / serial_s[run.round])
    middle = runs[(len(runs) - 1) // 2]
    return middle, serial_s[middle.round]


def _said(name, run, serial_s):
    """Return one run in a sentence, for somebody who cannot see it."""
    began_s = min(span.start_s for span in run.spans)
    ended_s = max(span.stop_s for span in run.spans)
    return (
        f"{name}, as parts of the plain loop's time: the first of {run.n_sublists} sublists was "
        f"begun at {began_s / serial_s:.2f}, the last ended at {ended_s / serial_s:.2f}, and all "
        f"results were there at {run.wall_s / serial_s:.2f}."
    )


def _draw_lane(ax, y, run, worker, serial_s):
    ax.plot([0, run.wall_s / serial_s], [y, y], color=style.QUIET, lw=1.2, zorder=1)
    own = [span for span in run.spans if span.worker == worker]
    ax.barh(
        [y] * len(own), [span.duration_s / serial_s for span in own], 0.62,
        [span.start_s / serial_s for span in own], color=style.colour(run.kind),
        ec="white", lw=0.8, zorder=2,
    )  # fmt: skip


def _draw_end(ax, top, bottom, x):
    ax.plot([x, x], [top - 0.45, bottom + 0.45], color=style.INK, lw=1.6)
    ax.text(x, (top + bottom) / 2, f"  {1 / x:.2f}×", va="center", color=style.INK,
            fontsize=style.FONT - 1)  # fmt: skip


def _colours(accounts):
    """Return the colour of each part, by the words of the key."""
    kind = next((one.kind for one in accounts.values()), "processes")
    return {"the job": style.colour(kind), "copying": _COPYING, "neither": style.FAINT}


def _draw_bar(ax, y, one, colours):
    left = 0.0
    parts = zip((one.speed_up, one.copying, one.rest), colours.values(), strict=True)
    for cores, colour in parts:
        cores = max(0.0, cores)
        ax.barh(y, cores, 0.6, left, color=colour, ec="white", lw=0.8)
        if cores > _LABELLED:
            ink = "white" if colour == style.colour("processes") else style.INK
            ax.text(
                left + cores / 2, y, f"{cores:.2f}", ha="center", va="center", color=ink,
                fontsize=style.FONT - 1, zorder=3,
                bbox={"facecolor": colour, "linewidth": 0, "pad": 1},
            )  # fmt: skip
        left += cores
    ax.plot([one.capacity] * 2, [y - 0.42, y + 0.42], "--", color=style.INK, lw=1.1)
