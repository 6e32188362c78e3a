"""One job in two threads, Python by Python; what crosses to interpreters; the sharing ladder."""

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from ..core.runs import Result
from ..draw import marks, style
from .crossing import Crossing, Interpreters
from .elsewhere import era_of
from .ladder import Ladder
from .price import DOCUMENTED, Price

LOCKED, FREE = "with a GIL", "without a GIL"
_HOLLOW: style.Look = {"fc": "white", "ec": style.colour("free-threaded"), "lw": 1.4}
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
    The seconds of a recorded row stay away: they come from another computer.
    """
    rows, prediction = _rows(results, recorded), prediction or {}
    names = [era_of(result) for result, _ in rows]
    ax = marks.rows(names, ax, row_in=0.36, left_in=1.0, right_in=1.95, top_in=0.75)
    ax.grid(True, axis="x")
    marks.rule(ax, x=1)
    points = [result.point("threads", 2) for result, _ in rows]
    for y, ((result, is_live), point) in enumerate(zip(rows, points)):
        _draw_row(ax, y, result, is_live, point)
    heads = [name for name in _COLUMNS if name == "speed-up" or any(live for _, live in rows)]
    marks.columns(ax, -0.85, heads, list(_COLUMNS.values())[: len(heads)], color=style.QUIET)
    n_locked = sum(result.machine.gil for result, _ in rows)
    if 0 < n_locked < len(rows):
        ax.axhline(n_locked - 0.5, color=style.QUIET, lw=0.8)
    _draw_prediction(ax, prediction, n_locked, len(rows))
    ax.set_ylim(max(1, len(rows)) - (0.1 if prediction else 0.4), -0.6)
    fastest = [max(point.speed_ups) for point in points]
    ax.set_xlim(0, 1.05 * max([2, *fastest, *prediction.values()]))
    ax.xaxis.set_major_locator(MultipleLocator(0.5))
    marks.key(ax, _key(rows))
    x = "speed-up of 2 threads over one (×)"
    alt = " ".join(map(_told, rows, points)) or "A chart of Pythons, still empty."
    return style.label(ax, _title_of_eras(rows), x=x, alt=alt)


def _title_of_eras(rows):
    """Return what was found, without and with a GIL: of the CPythons measured, or recorded."""
    told = []
    for gil, build in ((True, "with the GIL"), (False, "without it")):
        of_kind = [row for row in rows if row[0].machine.gil == gil and _is_cpython(row)]
        chosen = [row for row in of_kind if row[1]] or of_kind
        if chosen:
            gain = statistics.median(one.point("threads", 2).speed_up for one, _ in chosen)
            told.append(f"{gain:.1f}× {build}")
    job = f"The {rows[0][0].job} in 2 threads" if rows else "A job in 2 threads"
    return ": ".join([job, *filter(None, [", ".join(told)])])


def _is_cpython(row):
    return row[0].machine.implementation == "CPython"


def _told(row, point):
    result, is_live = row
    build = f"{era_of(result)} {LOCKED if result.machine.gil else FREE}"
    where = "" if is_live else f", recorded on {result.made[:10]}"
    return f"{build}: {point.speed_up:.2f} times as fast with 2 threads as with one{where}."


def _rows(results, recorded):
    """Return (result, whether it is live), those with a lock first, each era once."""
    live = {era_of(result): (result, True) for result in results}
    rows = {era_of(result): (result, False) for result in recorded} | live
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
    cells = f"{point.speed_up:.2f}×", f"{result.serial_s:.2f} s" if is_live else ""
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
        said = f"recorded elsewhere, {days[-1]}"
        handles.append(marks.entry(said, "threads", **marks.hollow("threads")))
    return handles


# --- Bars that start at 0


class Bar(NamedTuple):
    """One bar: its row's name, how long it is, the kind of worker, and the words at its end."""

    name: str
    length: float
    kind: str
    text: str
    rounds: Sequence[float] = ()


def _bars(bars, title, x, *, ax, **margins):
    """Draw bars that start at 0, a row each, with the rounds as faint dots."""
    ax = marks.rows([bar.name for bar in bars], ax, row_in=0.42, bottom_in=0.9, **margins)
    for y, bar in enumerate(bars):
        full = {"color": style.colour(bar.kind), "lw": 0} if bar.kind else _HOLLOW
        ax.barh(y, bar.length, marks.BAR, **full)
        marks.dots(ax, bar.kind, bar.rounds, y, mec=style.INK, mew=0.6, alpha=0.5)
        marks.beside(ax, y, bar.text)
    ax.set_xlim(0, 1.05 * max([0, *(max([bar.length, *bar.rounds]) for bar in bars)]) or 1)
    told = "; ".join(f"{bar.name}: {bar.text}" for bar in bars)
    return style.label(ax, title, x=x, alt=f"{title}. {told}.")


def plot_crossing(crossing: Crossing, *, ax: Axes | None = None) -> Axes:
    """Draw how long the same strings need to an interpreter and back, in either form."""
    bars = [
        Bar(form, 1000 * crossing.seconds(form), "interpreters", _ms(crossing.seconds(form)))
        for form in crossing.form_s
    ]
    title = f"One string crosses {crossing.times:.0f} times as fast as a list"
    x = f"milliseconds for {crossing.n_strings:,} strings, there and back"
    return _bars(bars, title, x, ax=ax, right_in=1.2)


def _ms(seconds):
    return f"{1000 * seconds:.1f} ms" if seconds > 0.001 else f"{1000 * seconds:.2f} ms"


def plot_interpreters(found: Interpreters, *, ax: Axes | None = None) -> Axes:
    """Draw how many times as fast two threads and two interpreters are as the plain loop."""
    kinds = {name: name.partition(",")[0].split()[1] for name in found.gains}
    bars = [
        Bar(name, found.gain(name), kinds[name], f"{found.gain(name):.2f}×", rounds)
        for name, rounds in found.gains.items()
    ]
    best = list(found.gains)[-1]
    title = f"Two interpreters with one string each: {found.gain(best):.1f} times as fast"
    ax = _bars(bars, title, "speed-up over the plain loop (×)", ax=ax, right_in=0.9)
    ax.xaxis.set_major_locator(MultipleLocator(0.5))
    marks.rule(ax, x=1)
    return ax


def plot_price(price: Price, *, ax: Axes | None = None) -> Axes:
    """Draw what one thread takes in a build with the GIL, and without: measured, and documented.

    A documented figure is hollow, because others measured it, on other programs.
    """
    free, plain = (".".join(name.split()[1].split(".")[:2]) for name in (price.free, price.plain))
    where = "recorded" if price.recorded else "here"
    bars = [
        Bar(f"{plain}, strings, {where}", 1.0, "threads", "1"),
        Bar(f"{free}t, strings, {where}", price.slow_down, "free-threaded", _long(price.slow_down)),
        *(
            Bar(
                name,
                (low + high) / 2,
                "",
                _long(low) if low == high else f"{low:.2f} to {high:.2f}×",
            )
            for name, (low, high) in DOCUMENTED.items()
        ),
    ]
    title = f"One thread: {free}t takes {price.slow_down:.2f} times as long as {plain}"
    x = "time of one thread over that with the GIL (×)"
    ax = _bars(bars, title, x, ax=ax, right_in=1.3)
    marks.rule(ax, x=1)
    look: style.Look = {
        "marker": "s",
        "mfc": "white",
        "mec": style.colour("free-threaded"),
        "mew": 1.4,
    }
    marks.key(ax, [marks.entry("as the documentation says it", **look)])
    return ax


def _long(times):
    return f"{times:.2f}×"


def plot_ladders(ladders: Sequence[Ladder], *, ax: Axes | None = None) -> Axes:
    """Draw how much two threads get done, by what they share: a bar for each Python.

    At the right is what holds up those without a GIL.
    """
    rungs, n = list(ladders[0].pairs_s), len(ladders)
    ax = marks.rows(rungs, ax, row_in=0.2 + 0.2 * n, right_in=2.5, top_in=0.75)
    high, told = 0.8 / n, []
    for place, ladder in enumerate(ladders):
        kind = "threads" if ladder.gil else "free-threaded"
        for row, rung in enumerate(rungs):
            y = row + (place - (n - 1) / 2) * high
            look: style.Look = {
                "alpha": 1.0 if place < 2 else 0.6,
                "lw": 0,
                "color": style.colour(kind),
            }
            ax.barh(y, ladder.gain(rung), 0.9 * high, **look)
            cause = ladder.held_up_by(rung) if not ladder.gil else ""
            words = f"{ladder.gain(rung):.2f}×   {cause}"
            marks.beside(ax, y, words, fontsize=style.TINY, color=style.ink(kind))
            told.append(f"{ladder.name}, {rung}: {words.strip()}")
    marks.rule(ax, x=1)
    marks.beside(ax, -0.56, "work done; what holds them up", color=style.QUIET)
    gains = [ladder.gain(rung) for ladder in ladders for rung in rungs]
    ax.set_xlim(0, 1.05 * max([2, *gains]))
    marks.key(ax, [_key_of(ladder, place) for place, ladder in enumerate(ladders)])
    title, x = _title_of(ladders), "work of 2 threads over that of one (×)"
    return style.label(ax, title, x=x, alt=f"{title}. {'; '.join(told)}.")


def _key_of(ladder, place):
    kind = "threads" if ladder.gil else "free-threaded"
    build = "GIL" if ladder.gil else "no GIL"
    look = {"marker": "s", "alpha": 1.0 if place < 2 else 0.6}
    return marks.entry(f"{ladder.name}, {build}", kind, **look)


def _title_of(ladders):
    ladder = next((one for one in ladders if not one.gil), ladders[0])
    least = min(ladder.pairs_s, key=ladder.gain)
    gains = f"{ladder.gain('nothing'):.1f}× sharing nothing, {ladder.gain(least):.1f}× with {least}"
    return f"{ladder.era}: {gains}"
