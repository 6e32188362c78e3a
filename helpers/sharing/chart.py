"""What shared accounts lose, what keeping the money costs, and who waits for which lock."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from ..draw import marks, style
from . import words
from .bank import N_THREADS
from .locks import Jam
from .losses import Ledger, Prices
from .races import Races

_LOCKS = ("#CA9161", "#4D4D4D", "#FBAFE4", "#D55E00")  # colours that no kind of worker has
_WAITS: style.Look = {"fc": "white", "hatch": "/////", "lw": 1.2}
_LOST = "share of the deposits that is missing (%)"


def plot_losses(
    ledgers: Mapping[str, Ledger], *, chosen: marks.Chosen = "", ax: Axes | None = None
) -> Axes:
    """Draw the share of the deposits that is missing, a row for each kind of account.

    Rounds are faint, their mean is filled.

    Args:
        ledgers: what was lost, by the row's name.
        chosen: the names that the reader expects to lose money; None when nothing was
            committed, and "" for a chart that has no prediction.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: per cent missing across, the first row on top.
    """
    ax = marks.rows(ledgers, ax, spine=False, right_in=0.3 if chosen == "" else 1.6, bottom_in=0.65)
    for y, ledger in enumerate(ledgers.values()):
        _draw_ledger(ax, ledger, y)
    _share_axis(ax)
    if chosen != "":
        marks.choices(ax, ledgers, chosen, yes="loses", no="keeps all")
    told = [f"{name} {words.lost_share(one.lost_share)}" for name, one in ledgers.items()]
    alt = f"Share of the deposits that is missing: {', '.join(told)}."
    return style.label(ax, words.title_of_losses(dict(ledgers)), x=_LOST, alt=alt)


def plot_races(found: Sequence[Races], *, ax: Axes | None = None) -> Axes:
    """Draw the share of the deposits that is missing, a row for each Python.

    Returns:
        The matplotlib Axes: per cent missing across, this Python on top. Filled is the plain
        line, with its rounds; hollow is the line that rounds.
    """
    ax = marks.rows([races.name for races in found], ax, spine=False)
    told = []
    for y, races in enumerate(found):
        plain, rounded = races.ledger("plain"), races.ledger("rounded")
        look = marks.hollow(_kind(races.gil))
        marks.line(ax, _kind(races.gil), 100 * rounded.lost_share, y, ms=9, zorder=3, **look)
        _draw_ledger(ax, plain, y)
        told.append(
            f"{races.name} {words.lost_share(plain.lost_share)} and "
            f"{words.lost_share(rounded.lost_share)}"
        )
    _share_axis(ax)
    kinds = {"GIL": "threads", "no GIL": "free-threaded"}
    entries = [marks.entry(f"b += 1, {name}", kind) for name, kind in kinds.items()]
    hollow = marks.hollow("threads")
    marks.key(ax, [*entries, marks.entry("b = round(b + 1, 2)", "threads", **hollow)])
    alt = f"Missing deposits of the plain line and of the one that rounds: {'; '.join(told)}."
    return style.label(ax, words.title_of_races(list(found)), x=_LOST, alt=alt)


def _draw_ledger(ax, ledger, y):
    kind, mean = _kind(ledger.gil), 100 * ledger.lost_share
    marks.dots(ax, kind, [100 * share for share in ledger.lost_shares], y, ms=5)
    marks.line(ax, kind, mean, y, ms=10)
    marks.value(ax, kind, mean, y, words.lost_share(ledger.lost_share))


def _share_axis(ax):
    ax.set_xlim(-3, 100)
    ax.set_xticks([0, 25, 50, 75, 100])
    marks.rule(ax, x=0)


def plot_prices(prices: Prices, *, ax: Axes | None = None) -> Axes:
    """Draw the nanoseconds of a deposit, a row for each way.

    Returns:
        The matplotlib Axes: nanoseconds across (log), the first row on top. Hollow is one
        thread, filled is four, each the round that other programs disturbed least.
    """
    kind, told = _kind(prices.gil), []
    ax = marks.rows(prices.alone_ns, ax, spine=False, right_in=1.9)
    pairs_ns = {
        name: [min(ns) for ns in (prices.alone_ns[name], prices.together_ns[name])]
        for name in prices.alone_ns
    }
    for y, (name, pair_ns) in enumerate(pairs_ns.items()):
        marks.band(ax, kind, pair_ns, y, lw=3)
        marks.line(ax, kind, pair_ns[0], y, ms=12, zorder=3, **marks.hollow(kind))
        marks.line(ax, kind, pair_ns[1], y, ms=8, zorder=4)
        marks.beside(ax, y, f"{pair_ns[0]:,.0f} ns, {pair_ns[1]:,.0f} ns")
        told.append(f"{name} {pair_ns[0]:.0f} and {pair_ns[1]:.0f}")
    marks.beside(ax, -0.5, f"1 thread, {N_THREADS} threads", color=style.QUIET)
    times_ns = [ns for pair_ns in pairs_ns.values() for ns in pair_ns]
    low, high = min(times_ns) / 1.6, 1.6 * max(times_ns)
    marks.log_axis(ax, "x", low, high, marks.log_ticks(low, high, (1,)))
    one = marks.entry("1 thread", kind, ms=10, **marks.hollow(kind))
    many = f"{N_THREADS} threads at once: {prices.met}"
    marks.key(ax, [one, marks.entry(many, kind)])
    alt = f"Nanoseconds for a deposit with 1 thread and with {N_THREADS}: {'; '.join(told)}."
    return style.label(ax, words.title_of_prices(prices), x="nanoseconds for a deposit", alt=alt)


def plot_jam(jam: Jam, *, ax: Axes | None = None) -> Axes:
    """Draw which thread holds, and which waits for, which lock, as bars over time.

    Args:
        jam: what was watched.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: milliseconds across, a lane for each job, in it one for each lock.
    """
    locks = list(dict.fromkeys(use.lock for use in jam.uses))
    colours = {lock: _LOCKS[i % len(_LOCKS)] for i, lock in enumerate(locks)}
    ax = marks.rows(jam.jobs, ax, row_in=0.75 if len(locks) > 1 else 0.45, spine=False)
    thick = 0.8 / max(1, len(locks))
    whole_ms = 1000 * max([jam.wall_s, *(use.done_s for use in jam.uses)])
    instant_ms = 0.015 * whole_ms
    for use in jam.uses:
        y = jam.jobs.index(use.job) - 0.4 + thick * (locks.index(use.lock) + 0.5)
        got_s, colour = use.asked_s + use.waited_s, colours[use.lock]
        asked_ms, got_ms, done_ms = (1000 * s for s in (use.asked_s, got_s, use.done_s))
        ax.barh(y, got_ms - asked_ms, 0.8 * thick, asked_ms, ec=colour, **_WAITS)
        if use.got_s is not None:  # a lock that is held for an instant is seen, too
            ax.barh(y, max(done_ms - got_ms, instant_ms), 0.8 * thick, got_ms, color=colour, lw=0)
    ax.set_xlim(0, whole_ms + instant_ms)
    handles = [Patch(color=colour, label=f"holds {lock}") for lock, colour in colours.items()]
    marks.key(ax, [*handles, Patch(ec=style.QUIET, label="waits for it", **_WAITS)])
    alt = "; ".join(map(_told, jam.uses)) + "."
    return style.label(ax, words.title_of_jam(jam), x="milliseconds", alt=alt)


def _told(use):
    if use.got_s is None:
        return f"“{use.job}” waits for {use.lock} and gives up"
    return f"“{use.job}” gets {use.lock} after {1000 * use.waited_s:.0f} ms"


def _kind(gil):
    return "threads" if gil else "free-threaded"
