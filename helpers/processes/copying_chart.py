"""What happens to a job in processes: when its sublists are worked on, and what the cores do."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..core.runs import Result
from ..draw import marks, style
from ..errors import LabError
from .copying import Account

_COPYING = style.colour("distributed")
_LABELLED = 0.12  # cores: a narrower part has no room for its figure
_LANE_IN = 0.34


def plot_sublists(results: Mapping[str, Result], *, ax: Axes | None = None) -> Axes:
    """Draw when each of two processes was at each sublist, for several ways of splitting one job.

    Args:
        results: by a name for the reader. The run of median speed-up is drawn.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: time across, the serial run of the same round being 1; a lane for
        each worker, in the order in which they began. A line ends each run, where the caller
        held all results.

    Raises:
        LabError: two processes were not measured.
    """
    runs = {name: _middle(result) for name, result in results.items()}
    tops = [1.6 + 2.6 * i for i in range(len(runs))]
    places = [0, *(top + 0.5 for top in tops)]
    ax = marks.rows(["the plain loop", *runs], ax, at=places, row_in=_LANE_IN)
    ax.set_ylim(places[-1] + 1.2, -0.6)
    ax.barh(0, 1, marks.BAR, color=style.colour("serial"))
    for top, (run, serial_s) in zip(tops, runs.values(), strict=True):
        _draw_run(ax, top, run, serial_s)
    ax.set_xlim(0, 1.12 * max([1.0, *(run.wall_s / serial_s for run, serial_s in runs.values())]))
    handles = [
        Patch(color=style.colour("processes"), label="a worker computes"),
        Line2D([], [], color=style.QUIET, lw=1.2, label="it waits, packs or unpacks"),
        Line2D([], [], color=style.INK, lw=1.6, label="all results are there"),
    ]
    marks.key(ax, handles)
    alt = " ".join(_said(name, *run) for name, run in runs.items())
    title = "When the sublists were worked on"
    return style.label(ax, title, x="time (1 = the plain loop)", alt=alt)


def plot_accounts(accounts: Mapping[str, Account], *, ax: Axes | None = None) -> Axes:
    """Draw a bar for each way of splitting a job: the cores that the machine gave, by use.

    Args:
        accounts: what the cores did, by a name for the reader.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: cores across, the first account on top. A rest below 0 (measured
        apart, the copying took longer than the run had time for) is not drawn.
    """
    ax = marks.rows(accounts, ax)
    kind = next((one.kind for one in accounts.values()), "processes")
    colours = {"the job": style.colour(kind), "copying": _COPYING, "neither": style.FAINT}
    looks: dict[str, style.Look] = {words: {"fc": colour} for words, colour in colours.items()}
    for y, one in enumerate(accounts.values()):
        parts = zip((one.speed_up, one.copying, one.rest), looks.values(), strict=True)
        marks.stack(ax, y, parts, least=_LABELLED)
        ax.plot([one.capacity] * 2, [y - 0.42, y + 0.42], "--", color=style.INK, lw=1.1)
    ends = [max(one.capacity, one.speed_up + one.copying) for one in accounts.values()]
    ax.set_xlim(0, 1.05 * max([1.0, *ends]))
    key: list = [Patch(label=words, **look) for words, look in looks.items()]
    key.append(Line2D([], [], ls="--", color=style.INK, lw=1.1, label="what the cores can do"))
    marks.key(ax, key)
    alt = " ".join(
        f"{name}: of {one.capacity:.2f} cores {one.speed_up:.2f} did the job and "
        f"{one.copying:.2f} copied."
        for name, one in accounts.items()
    )
    return style.label(ax, "What the cores did", x="cores, on average", alt=alt)


def _middle(result):
    """Return the run of median speed-up, and the seconds of the serial run of its round."""
    serial_s = {run.round: run.wall_s for run in result.timed_runs if run.kind == "serial"}
    runs = [
        run
        for run in result.timed_runs
        if (run.kind, run.n_workers) == ("processes", 2) and run.round in serial_s
    ]
    if not runs:
        there = ", ".join(f"{p.kind} with {p.n_workers}" for p in result.points())
        raise LabError(
            f"two processes must have been measured, and there is {there or 'nothing'}: "
            'measure with kinds=["processes"], workers=[2]'
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


def _draw_run(ax, top, run, serial_s):
    """Draw a lane for each worker, the bar of each sublist in it, and the end of the run."""
    end, look = run.wall_s / serial_s, {"color": style.colour(run.kind), "ec": "white", "lw": 0.8}
    lanes = dict.fromkeys(span.worker for span in sorted(run.spans, key=lambda s: s.start_s))
    for y, worker in enumerate(lanes, 0):
        ax.plot([0, end], [top + y] * 2, color=style.QUIET, lw=1.2, zorder=1)
        own = [span for span in run.spans if span.worker == worker]
        widths = [span.duration_s / serial_s for span in own]
        starts = [span.start_s / serial_s for span in own]
        ax.barh([top + y] * len(own), widths, marks.BAR, starts, zorder=2, **look)
    bottom = top + len(lanes) - 1
    ax.plot([end, end], [top - 0.45, bottom + 0.45], color=style.INK, lw=1.6)
    marks.write(ax, end, (top + bottom) / 2, f"{1 / end:.2f}×", dx=6)
