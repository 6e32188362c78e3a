"""One job in two threads, Python by Python: where the lock was, and where it is gone."""

from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from ..draw import style
from .find import era

LOCKED, FREE = "with the lock", "without the lock"
_ROW_IN, _TOP_IN, _BOTTOM_IN, _NAMES_IN = 0.36, 0.75, 0.95, 1.0
_COLUMNS = {"speed-up": 0.75, "one thread": 1.75}  # where each ends, in inches


def plot_eras(results, *, recorded=(), n_workers=2, prediction=None, ax=None):
    """Draw how many times as fast as serially ``n_workers`` threads were, a row for each Python.

    Args:
        results: ``helpers.core.runs.Result`` of this computer, one for each Python.
        recorded: the same from elsewhere; drawn hollow, for the Pythons that are not in
            ``results``.
        n_workers: the threads of which the speed-up is drawn.
        prediction: a dict from "with the lock" and "without the lock" to the speed-up that the
            reader expected.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: speed-up across, Pythons with a lock on top, those without below.
    """
    rows = _rows(results, recorded, n_workers)
    ax = _axes(len(rows)) if ax is None else style.new_axes(ax)
    ax.grid(False)
    ax.grid(axis="x", color=style.FAINT, linewidth=0.8)
    ax.axvline(1, color=style.colour("serial"), lw=1.1, zorder=1)
    points = [result.point("threads", n_workers) for result, _ in rows]
    for y, ((result, is_live), point) in enumerate(zip(rows, points)):
        _draw_row(ax, y, result, is_live, point)
    n_locked = sum(result.machine.gil for result, _ in rows)
    if 0 < n_locked < len(rows):
        ax.axhline(n_locked - 0.5, color=style.QUIET, lw=0.8)
    for kind, x in (prediction or {}).items():
        low, high = (-0.5, n_locked - 0.5) if kind == LOCKED else (n_locked - 0.5, len(rows) - 0.5)
        if low < high:
            ax.plot([x, x], [low, high], ":", color=style.INK, lw=1.6, zorder=6)
            ax.annotate(  # between two rows, or below the last one
                f"you said {x:.1f}", (x, high + 0.15 * (high > len(rows) - 1)), xytext=(3, 0),
                textcoords="offset points", va="center", fontsize=style.FONT - 1.5,
                color=style.INK, zorder=7,
                bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1},
            )  # fmt: skip
    style.write_columns(ax, -0.85, _COLUMNS, _COLUMNS.values(), style.QUIET)
    ax.set_yticks(range(len(rows)), [_name(result) for result, _ in rows])
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    ax.set_ylim(max(1, len(rows)) - (0.1 if prediction else 0.4), -0.6)
    fastest = [max(p.speed_ups) for p in points] + list((prediction or {}).values())
    ax.set_xlim(0, 1.05 * max([n_workers, *fastest]))
    ax.xaxis.set_major_locator(MultipleLocator(0.5))
    ax.set_xlabel(
        f"speed-up of {n_workers} threads over one (×)", fontsize=style.FONT, color=style.INK
    )
    _draw_key(ax, rows)
    style.title(ax, f"{n_workers} threads, one job, Python by Python")
    style.set_alt_text(ax, describe_eras(results, recorded=recorded, n_workers=n_workers))
    return ax


def describe_eras(results, *, recorded=(), n_workers=2):
    """Return the chart in a sentence for each Python, for somebody who cannot see it."""
    said = []
    for result, is_live in _rows(results, recorded, n_workers):
        point = result.point("threads", n_workers)
        where = "" if is_live else f", recorded on {result.made[:10]}"
        said.append(
            f"{_name(result)} {LOCKED if result.machine.gil else FREE}: {point.speed_up:.2f} times "
            f"as fast with {n_workers} threads as with one{where}."
        )
    return " ".join(said) or "A chart of Pythons, still empty."


def _name(result):
    machine = result.machine
    return era(machine.implementation, machine.python, machine.free_threaded)


def _rows(results, recorded, n_workers):
    """Return (result, whether it is live), those with a lock first, each era once."""
    live = {_name(result): (result, True) for result in results}
    rows = {_name(result): (result, False) for result in recorded} | live
    whole = [row for row in rows.values() if row[0].point("threads", n_workers) is not None]

    def place(row):
        machine = row[0].machine
        numbers = [int(n) for n in machine.python.split(".")[:2]]
        return not machine.gil, machine.implementation != "CPython", machine.implementation, numbers

    return sorted(whole, key=place)


def _kind(result):
    return "threads" if result.machine.gil else "free-threaded"


def _draw_row(ax, y, result, is_live, point):
    kind = _kind(result)
    colour, (low, high) = style.colour(kind), point.quartiles
    ax.plot([low, high], [y, y], color=colour, lw=7, alpha=0.3, solid_capstyle="butt", zorder=2)
    ax.plot(
        point.speed_ups, [y] * len(point.speed_ups), style.marker(kind), color=colour, alpha=0.3,
        ms=4, mew=0, zorder=3,
    )  # fmt: skip
    fill = {"mec": "white", "mew": 0.8} if is_live else {"mfc": "white", "mew": 1.8}
    ax.plot([point.speed_up], [y], style.marker(kind), color=colour, ms=9, zorder=5, **fill)
    cores = result.capacity.at(point.n_workers)
    ax.plot([cores, cores], [y - 0.32, y + 0.32], color=style.QUIET, lw=1.4, zorder=1)
    cells = f"{point.speed_up:.2f}×", f"{result.serial_s:.2f} s"
    style.write_columns(ax, y, cells, _COLUMNS.values())


def _axes(n_rows):
    height_in = _TOP_IN + _BOTTOM_IN + max(1, n_rows) * _ROW_IN
    ax = style.new_axes(height_in=height_in)
    width_in = ax.figure.get_figwidth()
    ax.figure.subplots_adjust(
        left=_NAMES_IN / width_in,
        right=1 - 1.95 / width_in,
        bottom=_BOTTOM_IN / height_in,
        top=1 - _TOP_IN / height_in,
    )
    return ax


def _draw_key(ax, rows):
    def mark(kind, text, **options):
        colour = style.colour(kind)
        return Line2D([], [], lw=0, marker=style.marker(kind), color=colour, label=text, **options)

    handles = []
    if any(result.machine.gil for result, _ in rows):
        handles.append(mark("threads", LOCKED, ms=8))
    if any(not result.machine.gil for result, _ in rows):
        handles.append(mark("free-threaded", FREE, ms=8))
    handles.append(
        Line2D(
            [], [], lw=0, marker="|", ms=11, mew=1.4, color=style.QUIET,
            label="what the cores can do",
        )
    )  # fmt: skip
    if days := sorted({result.made[:10] for result, is_live in rows if not is_live}):
        handles.append(mark("threads", f"recorded {days[-1]}", ms=8, mfc="white", mew=1.8))
    style.draw_key(ax, handles, left=-0.19)
