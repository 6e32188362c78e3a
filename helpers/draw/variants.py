"""Many ways of doing one job: a bar for each, with its figures and what it sends beside it."""

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
    from_zero: bool = False,
    n_variants: int | None = None,
    *,
    chosen: Collection[str] = (),
    job: str = "One count",
) -> Axes:
    """Draw the seconds of each way, on a log axis, so that a step to the left is a factor.

    With ``from_zero`` a bar is how many times as fast as the first way it is, from 0.
    Bars end at the median; the thin line spans the rounds. Beside it stand the median, how many
    times as fast as the first way it is, and the megabytes that it sends, where any way does.
    ``n_variants`` in all keep the height of a chart that grows; ``chosen`` were predicted to be
    faster than the first.
    """
    timings = table.timings
    names = [f"{_TICKED} {t.name}" if t.name in chosen else t.name for t in timings]
    names += [""] * ((n_variants or 0) - len(timings))
    margins: style.Look = {"left_in": 2.3, "right_in": 2.2, "top_in": 0.75, "bottom_in": 1.1}
    ax = marks.rows(names, row_in=0.29, **margins)
    ax.grid(True, axis="x")
    draw = _draw_speed_ups if from_zero else _draw_seconds
    draw(ax, table)
    columns = _columns(table)
    marks.columns(ax, -1, columns, columns.values(), color=style.QUIET)
    _draw_floors_and_key(ax, table, chosen, from_zero)
    across = f"times as fast as {table.timings[0].name}" if from_zero else "seconds"
    return style.label(ax, _title(table, job), 24, x=across, alt=_told(table))


def _columns(table):
    """Return the ``_COLUMNS`` that have something to say: where nothing is sent, no megabytes."""
    n = 3 if any(timing.sent_bytes for timing in table.timings) else 2
    return dict(list(_COLUMNS.items())[:n])


def _title(table, job):
    first, best = table.timings[0], table.fastest
    if best is first:
        return f"{job}: nothing is faster than {first.name}" if len(table.timings) > 1 else job
    rate = _cells(best)[1]
    return f"{job}: {best.name} is {rate} times as fast as {first.name}"


def _told(table):
    first, told = table.timings[0].name, [(t.name, *_cells(t)) for t in table.timings]
    sends = len(_columns(table)) == len(_COLUMNS)
    said = [
        f"{n}: {s} s, {x} times as fast as {first}" + (f", {mb} MB sent." if sends else ".")
        for n, s, x, mb in told
    ]
    said += [f"The floor, {t.name}, takes {_seconds(t.seconds)} s." for t in table.floors]
    return " ".join(said)


def _draw_seconds(ax, table):
    low = min(timing.seconds for timing in table.timings + table.floors) / 2
    high = 1.3 * max(max(timing.wall_s) for timing in table.timings)
    ticks = marks.log_ticks(low, high, (1,) if high > 50 * low else (1, 2, 5))
    marks.log_axis(ax, "x", low, high, ticks)
    for y, timing in enumerate(table.timings):
        _draw_bar(ax, y, table, timing.seconds, timing.wall_s, low)


def _draw_speed_ups(ax, table):
    for y, timing in enumerate(table.timings):
        _draw_bar(ax, y, table, timing.speed_up, timing.speed_ups)
    most = max(max(timing.speed_ups) for timing in table.timings + table.floors)
    ax.set_xlim(0, 1.05 * most)
    marks.rule(ax, x=1, color=style.INK, ls=":")


def _draw_bar(ax, y, table, end, rounds, left=0.0):
    """Draw a way's bar with its rounds, and write its figures beside it."""
    timing, columns = table.timings[y], _columns(table)
    ax.barh(y, end - left, 0.66, left, color=style.colour(timing.kind), lw=0)
    ax.plot([min(rounds), max(rounds)], [y, y], color=style.INK, lw=1.2)
    marks.columns(ax, y, _cells(timing)[: len(columns)], columns.values())


def _draw_floors_and_key(ax, table, chosen, from_zero):
    families = dict.fromkeys(kind_of(timing.kind).family for timing in table.timings)
    handles = [Patch(color=style.colour(kind), label=kind) for kind in families]
    for floor, dashes in zip(table.floors, _DASHES):
        look = {"ls": dashes, "color": style.INK, "lw": 1.1, "label": floor.name}
        handles.append(ax.axvline(floor.speed_up if from_zero else floor.seconds, **look))
    if chosen:
        handles.append(marks.entry("you said faster", marker=f"${_TICKED}$", color=style.INK))
    marks.key(ax, handles)


def _cells(timing):
    """Return the ``_COLUMNS`` of a way, as text."""
    rate, sent = timing.speed_up, f"{timing.sent_bytes / 1e6:.2f}"
    rate = f"{rate:.2f}" if rate < 10 else f"{rate:.0f}"
    return _seconds(timing.seconds), rate, sent if timing.sent_bytes else "0"


def _seconds(seconds):
    """Return seconds with two digits that count, without an exponent.

    >>> _seconds(0.00123), _seconds(0.356), _seconds(12.34)
    ('0.0012', '0.36', '12')
    """
    return f"{seconds:.2g}" if seconds >= 0.0001 else f"{seconds:.6f}"
