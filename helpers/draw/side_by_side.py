"""How much more two threads get done than one, job by job, beside what was expected."""

from collections.abc import Iterable, Mapping

from matplotlib.axes import Axes

from ..core.side_by_side import SideBySide
from . import marks, style

_FARTHEST = 5  # what is beyond is counted and not drawn: one odd pair would squeeze the rest


def plot_overlaps(
    measured: Mapping[str, SideBySide],
    *,
    jobs: Iterable[str] | None = None,
    chosen: marks.Chosen = None,
    recorded: Mapping[str, SideBySide] | None = None,
) -> Axes:
    """Draw the speed-up of two threads for several jobs, a row for each, also for those to come.

    Raw pairs are faint, their median is a square with the quartiles as a bar: a small hollow one
    where it was recorded on another machine. At the right stands what the reader has chosen.
    """
    jobs, recorded = list(jobs or measured), recorded or {}
    ax = marks.rows(jobs, row_in=0.62, spine=False, right_in=1.6, bottom_in=1.1)
    _frame(ax, measured, recorded)
    for job, found in measured.items():
        _draw_row(ax, jobs.index(job), found)
    for job, found in recorded.items():
        _draw_recorded(ax, jobs.index(job) + 0.27, found)
    marks.choices(ax, jobs, chosen, yes="side by side", no="in turns")
    title, x = "What two threads get done in the time of one", "times one thread's work"
    return style.label(ax, title, x=x, alt=_told(measured, recorded))


def _told(measured, recorded):
    if not measured:
        return "A chart of what two threads get done, still empty."
    here = _by_job(measured)
    said = f"How many times the work of one thread two threads get done: {here}."
    return said + f" Recorded on another machine: {_by_job(recorded)}." * bool(recorded)


def _by_job(measured):
    return "; ".join(f"{job} {found.speed_up:.2f}" for job, found in measured.items())


def _draw_row(ax, y, found):
    marks.dots(ax, "threads", found.speed_ups, y)
    marks.band(ax, "threads", found.quartiles, y)
    marks.line(ax, "threads", found.speed_up, y, ms=9)
    marks.value(ax, "threads", found.speed_up, y, f"{found.speed_up:.2f}×")
    n_beyond = sum(speed_up > ax.get_xlim()[1] for speed_up in found.speed_ups)
    if n_beyond:
        where = {"xycoords": ax.get_yaxis_transform(), "ha": "right"}
        marks.write(ax, 1, y, f"{n_beyond} beyond →", dy=6, color=style.QUIET, **where)


def _draw_recorded(ax, y, found):
    colour = style.colour("threads")
    ax.plot(found.quartiles, [y, y], color=colour, lw=1)
    marks.line(ax, "threads", found.speed_up, y, ms=6, **marks.hollow("threads", 1))
    text, where = f"recorded {found.speed_up:.2f}×", max(found.quartiles)
    look = {"color": style.ink("threads"), "bbox": marks.PLATE}
    marks.write(ax, where, y, text, dx=8, **look)


def _frame(ax, measured, recorded):
    drawn = [n for one in (*measured.values(), *recorded.values()) for n in one.speed_ups]
    right = min(max([2.2, *drawn]), _FARTHEST)
    ax.set_xlim(0, 1.04 * right)
    marks.rule(ax, x=1)
    marks.rule(ax, x=2, color=style.QUIET, ls="--")
    step = 0.5 if right <= 3.5 else 1.0  # no room for the halves
    names = {1: "1\nin turns", 2: "2\nside by side"}
    ticks = [step * n for n in range(int(right / step) + 1)]
    ax.set_xticks(ticks, [names.get(tick, f"{tick:g}") for tick in ticks])
