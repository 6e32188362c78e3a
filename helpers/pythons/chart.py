"""One job in two threads, Python by Python: where the lock was, and where it is gone."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from ..core.runs import Result
from ..draw import marks, style
from .find import era

LOCKED, FREE = "with the lock", "without the lock"
_COLUMNS = {"speed-up": 0.75, "one thread": 1.75}  # where each ends, in inches


def plot_eras(
    results: Sequence[Result],
    *,
    recorded: Sequence[Result] = (),
    prediction: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many times as fast as serially two threads were, a row for each Python.

    ``recorded`` is drawn hollow, for the Pythons that are not in ``results``; ``prediction`` has
    the speed-ups that the reader expected ``LOCKED`` and ``FREE``. On top are those with a GIL.
    """
    rows, prediction = _rows(results, recorded), prediction or {}
    names = [_name(result) for result, _ in rows]
    ax = marks.rows(names, ax, row_in=0.36, left_in=1.0, right_in=1.95, top_in=0.75)
    ax.grid(True, axis="x")
    marks.rule(ax, x=1)
    points = [result.point("threads", 2) for result, _ in rows]
    for y, ((result, is_live), point) in enumerate(zip(rows, points)):
        _draw_row(ax, y, result, is_live, point)
    marks.columns(ax, -0.85, _COLUMNS, _COLUMNS.values(), color=style.QUIET)
    n_locked = sum(result.machine.gil for result, _ in rows)
    if 0 < n_locked < len(rows):
        ax.axhline(n_locked - 0.5, color=style.QUIET, lw=0.8)
    _draw_prediction(ax, prediction, n_locked, len(rows))
    ax.set_ylim(max(1, len(rows)) - (0.1 if prediction else 0.4), -0.6)
    fastest = [max(point.speed_ups) for point in points]
    ax.set_xlim(0, 1.05 * max([2, *fastest, *prediction.values()]))
    ax.xaxis.set_major_locator(MultipleLocator(0.5))
    marks.key(ax, _key(rows))
    title, x = "2 threads, one job, Python by Python", "speed-up of 2 threads over one (×)"
    alt = " ".join(map(_told, rows, points)) or "A chart of Pythons, still empty."
    return style.label(ax, title, x=x, alt=alt)


def _told(row, point):
    result, is_live = row
    build = f"{_name(result)} {LOCKED if result.machine.gil else FREE}"
    where = "" if is_live else f", recorded on {result.made[:10]}"
    return f"{build}: {point.speed_up:.2f} times as fast with 2 threads as with one{where}."


def _name(result):
    machine = result.machine
    return era(machine.implementation, machine.python, machine.free_threaded)


def _rows(results, recorded):
    """Return (result, whether it is live), those with a lock first, each era once."""
    live = {_name(result): (result, True) for result in results}
    rows = {_name(result): (result, False) for result in recorded} | live
    whole = [row for row in rows.values() if row[0].point("threads", 2) is not None]

    def place(row):
        machine = row[0].machine
        numbers = [int(n) for n in machine.python.split(".")[:2]]
        return not machine.gil, machine.implementation != "CPython", machine.implementation, numbers

    return sorted(whole, key=place)


def _draw_row(ax, y, result, is_live, point):
    kind = "threads" if result.machine.gil else "free-threaded"
    marks.band(ax, kind, point.quartiles, y, lw=7)
    marks.dots(ax, kind, point.speed_ups, y)
    marks.line(ax, kind, point.speed_up, y, ms=9, **({} if is_live else marks.hollow(kind)))
    cores = result.capacity.at(point.n_workers)
    ax.plot([cores, cores], [y - 0.32, y + 0.32], color=style.QUIET, lw=1.4, zorder=1)
    cells = f"{point.speed_up:.2f}×", f"{result.serial_s:.2f} s"
    marks.columns(ax, y, cells, _COLUMNS.values())


def _draw_prediction(ax, prediction, n_locked, n_rows):
    """Draw what was said as a dotted line along its rows, and write it below them."""
    for build, x in prediction.items():
        low, high = (0, n_locked) if build == LOCKED else (n_locked, n_rows)
        if low < high:
            ax.plot([x, x], [low - 0.5, high - 0.5], ":", color=style.INK, lw=1.6, zorder=6)
            y = high - 0.5 + 0.15 * (high == n_rows)  # between two rows, or below the last one
            marks.write(ax, x, y, f"you said {x:.1f}", dx=3, bbox=marks.PLATE)


def _key(rows):
    locks = {result.machine.gil for result, _ in rows}
    builds = {True: (LOCKED, "threads"), False: (FREE, "free-threaded")}
    handles = [marks.entry(*builds[gil]) for gil in builds if gil in locks]
    bar = {"marker": "|", "color": style.QUIET, "ms": 11, "mew": 1.4}
    handles.append(marks.entry("what the cores can do", **bar))
    if days := sorted(result.made[:10] for result, is_live in rows if not is_live):
        handles.append(marks.entry(f"recorded {days[-1]}", "threads", **marks.hollow("threads")))
    return handles
