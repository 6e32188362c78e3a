"""Many ways of doing one job: a bar for each on a log axis, with what it sends beside it."""

from collections.abc import Collection

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from ..core.variants import Table
from ..kind import kind as kind_of
from . import marks, style

_TICKED = "☑"
_DASHES = "--", ":", "-."  # of the first floor, the second, the third
_COLUMNS = {"seconds": 0.63, "speed-up": 1.34, "MB sent": 2.0}  # where each ends, in inches


def plot_variants(
    table: Table,
    *,
    ax: Axes | None = None,
    n_variants: int | None = None,
    chosen: Collection[str] = (),
    job: str = "One count",
) -> Axes:
    """Draw the seconds of each way, on a log axis, so that a step to the left is a factor.

    Bars end at the median; the thin line spans the rounds. Beside it stand the median, how
    many times as fast as the first way it is, and the megabytes that it sends through pipes.

    Args:
        table: what was timed so far.
        ax: where to draw; a figure of its own when None.
        n_variants: how many there will be, so that the chart keeps its height while it grows.
        chosen: names that the reader predicted to be faster than the first.
        job: what is done in so many ways, for the title.

    Returns:
        The matplotlib Axes: seconds across (log), the first way on top.
    """
    timings = table.timings
    names = [f"{_TICKED} {t.name}" if t.name in chosen else t.name for t in timings]
    names += [""] * ((n_variants or 0) - len(timings))
    margins: style.Look = {"left_in": 2.3, "right_in": 2.2, "top_in": 0.75, "bottom_in": 1.1}
    ax = marks.rows(names, ax, row_in=0.29, **margins)
    ax.grid(True, axis="x")
    _draw_bars(ax, table)
    marks.columns(ax, -1, _COLUMNS, _COLUMNS.values(), color=style.QUIET)
    _draw_floors_and_key(ax, table, chosen)
    title = f"{job}, {len(timings)} ways" if len(timings) > 1 else job
    return style.label(ax, title, x="seconds", alt=_told(table))


def _told(table):
    said = [
        f"{t.name}: {_seconds(t.seconds)} s, {_times(t.speed_up)} times as fast as "
        f"{table.timings[0].name}, {_megabytes(t.sent_bytes)} MB sent."
        for t in table.timings
    ]
    said += [
        f"The floor, {floor.name}, takes {_seconds(floor.seconds)} s." for floor in table.floors
    ]
    return " ".join(said)


def _draw_bars(ax, table):
    low = min(timing.seconds for timing in table.timings + table.floors) / 2
    high = 1.3 * max(max(timing.wall_s) for timing in table.timings)
    ticks = marks.log_ticks(low, high, (1,) if high > 50 * low else (1, 2, 5))
    marks.log_axis(ax, "x", low, high, ticks)
    for y, timing in enumerate(table.timings):
        ax.barh(y, timing.seconds - low, 0.66, low, color=style.colour(timing.kind), lw=0)
        ax.plot([min(timing.wall_s), max(timing.wall_s)], [y, y], color=style.INK, lw=1.2)
        sent = _megabytes(timing.sent_bytes)
        cells = _seconds(timing.seconds), _times(timing.speed_up), sent
        marks.columns(ax, y, cells, _COLUMNS.values())


def _draw_floors_and_key(ax, table, chosen):
    families = dict.fromkeys(kind_of(timing.kind).family for timing in table.timings)
    handles = [Patch(color=style.colour(kind), label=kind) for kind in families]
    for floor, dashes in zip(table.floors, _DASHES):
        look = {"ls": dashes, "color": style.INK, "lw": 1.1, "label": floor.name}
        handles.append(ax.axvline(floor.seconds, **look))
    if chosen:
        handles.append(marks.entry("you said faster", marker=f"${_TICKED}$", color=style.INK))
    marks.key(ax, handles)


def _seconds(seconds):
    """Return seconds with two digits that count, without an exponent.

    >>> _seconds(0.00123), _seconds(0.356), _seconds(12.34)
    ('0.0012', '0.36', '12')
    """
    return f"{seconds:.2g}" if seconds >= 0.0001 else f"{seconds:.6f}"


def _times(speed_up):
    """Return a speed-up with two digits that count, or all of its whole part.

    >>> _times(0.0841), _times(1.0), _times(212.3)
    ('0.08', '1.00', '212')
    """
    return f"{speed_up:.2f}" if speed_up < 10 else f"{speed_up:.0f}"


def _megabytes(n_bytes):
    """Return bytes as megabytes, for a column.

    >>> _megabytes(0), _megabytes(20_500), _megabytes(12_040_000)
    ('0', '0.02', '12.04')
    """
    return f"{n_bytes / 1e6:.2f}" if n_bytes else "0"
