"""Many ways of doing one job: a bar for each on a log axis, with what it sends beside it."""

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ..kind import kind as kind_of
from . import style

_TICKED = "☑"
_DASHES = "--", ":", "-."  # of the first floor, the second, the third
_ROW_IN, _TOP_IN, _BOTTOM_IN = 0.29, 0.75, 0.95
_NAMES_IN, _COLUMNS_IN = 2.3, 2.1
_COLUMNS = {"seconds": 0.63, "speed-up": 1.34, "MB sent": 2.0}  # where each ends, in inches


def plot_variants(table, *, ax=None, n_variants=None, chosen=(), job="One count"):
    """Draw the seconds of each way, on a log axis, so that a step to the left is a factor.

    Bars end at the median; the thin line spans the rounds. Beside it stand the median, how
    many times as fast as the first way it is, and the megabytes that it sends through pipes.

    Args:
        table: a ``helpers.core.variants.Table``.
        ax: where to draw; a figure of its own when None.
        n_variants: how many there will be, so that the chart keeps its height while it grows.
        chosen: names that the reader predicted to be faster than the first.
        job: what is done in so many ways, for the title.

    Returns:
        The matplotlib Axes: seconds across (log), the first way on top.
    """
    timings = table.timings
    n_rows = max(len(timings), n_variants or 0)
    if ax is None:
        ax = _axes(n_rows)
    ax.grid(False)
    ax.grid(axis="x", color=style.FAINT, linewidth=0.8)
    ax.set_xscale("log")
    low = min(timing.seconds for timing in timings + table.floors) / 2
    high = 1.3 * max(max(timing.wall_s) for timing in timings)
    ax.set_xlim(low, high)
    for y, timing in enumerate(timings):
        colour = style.colour(timing.kind)
        ax.barh(y, timing.seconds - low, 0.66, low, color=colour, lw=0)
        ax.plot([min(timing.wall_s), max(timing.wall_s)], [y, y], color=style.INK, lw=1.2)
        style.write_columns(ax, y, _cells(timing), _COLUMNS.values())
    style.write_columns(ax, -1, _COLUMNS, _COLUMNS.values(), style.QUIET)
    for floor, dashes in zip(table.floors, _DASHES):
        ax.axvline(floor.seconds, ls=dashes, color=style.INK, lw=1.1)
    names = [f"{_TICKED} {t.name}" if t.name in chosen else t.name for t in timings]
    ax.set_yticks(range(len(timings)), names)
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    ax.set_ylim(n_rows - 0.4, -0.6)
    ax.xaxis.set_major_locator(LogLocator(10, subs=(1,) if high > 50 * low else (1, 2, 5)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: f"{seconds:g}"))
    ax.set_xlabel("seconds", fontsize=style.FONT, color=style.INK, loc="left")
    _draw_key(ax, table, chosen)
    style.title(ax, f"{job}, {len(timings)} ways" if len(timings) > 1 else job)
    style.set_alt_text(ax, describe_variants(table))
    return ax


def describe_variants(table):
    """Return the chart in one sentence for each bar, for somebody who cannot see it."""
    said = [
        f"{t.name}: {_seconds(t.seconds)} s, {_times(t.speed_up)} times as fast as "
        f"{table.timings[0].name}, {_megabytes(t.sent_bytes)} MB sent."
        for t in table.timings
    ]
    said += [
        f"The floor, {floor.name}, takes {_seconds(floor.seconds)} s." for floor in table.floors
    ]
    return " ".join(said)


def _axes(n_rows):
    height_in = _TOP_IN + _BOTTOM_IN + n_rows * _ROW_IN
    ax = style.new_axes(height_in=height_in)
    width_in = ax.figure.get_figwidth()
    ax.figure.subplots_adjust(
        left=_NAMES_IN / width_in,
        right=1 - _COLUMNS_IN / width_in - 0.01,
        bottom=_BOTTOM_IN / height_in,
        top=1 - _TOP_IN / height_in,
    )
    return ax


def _cells(timing):
    return _seconds(timing.seconds), _times(timing.speed_up), _megabytes(timing.sent_bytes)


def _draw_key(ax, table, chosen):
    families = dict.fromkeys(kind_of(timing.kind).family for timing in table.timings)
    handles = [Patch(color=style.colour(kind), label=kind) for kind in families]
    for floor, dashes in zip(table.floors, _DASHES):
        handles += ax.plot([], [], ls=dashes, color=style.INK, lw=1.1, label=floor.name)
    if chosen:
        handles.append(Line2D([], [], lw=0, marker=f"${_TICKED}$", ms=9, color=style.INK))
        handles[-1].set_label("you said faster")
    style.draw_key(ax, handles, left=-0.45)


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
