"""What shared accounts lose, what keeping the money costs, and who waits for which lock."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from ..draw import marks, style
from .locks import Jam
from .losses import Ledger
from .words import lost_share

_TITLE = "How much of the money is gone"
_LOCKS = ("#CA9161", "#4D4D4D", "#FBAFE4", "#D55E00")  # colours that no kind of worker has
_WAITS: style.Look = {"fc": "white", "hatch": "/////", "lw": 1.2}


def plot_losses(
    ledgers: Mapping[str, Ledger],
    *,
    chosen: marks.Chosen = None,
    title: str = _TITLE,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of the deposits that is missing, a row for each kind of account.

    Rounds are faint, their mean is filled.

    Args:
        ledgers: what was lost, by the row's name.
        chosen: the names that the reader expects to lose money; None when nothing was
            committed, and "" for a chart that has no prediction.
        title: the chart's title.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: per cent lost across, the first row on top.
    """
    two_builds = len({ledger.gil for ledger in ledgers.values()}) == 2  # they need a key
    right_in, bottom_in = 0.3 if chosen == "" else 1.6, 0.95 if two_builds else 0.65
    ax = marks.rows(ledgers, ax, spine=False, right_in=right_in, bottom_in=bottom_in)
    for y, ledger in enumerate(ledgers.values()):
        kind, mean = _kind(ledger), 100 * ledger.lost_share
        marks.dots(ax, kind, [100 * share for share in ledger.lost_shares], y, ms=5)
        marks.line(ax, kind, mean, y, ms=10)
        marks.value(ax, kind, mean, y, lost_share(ledger.lost_share))
    ax.set_xlim(-3, 100)
    ax.set_xticks([0, 25, 50, 75, 100])
    marks.rule(ax, x=0)
    if chosen != "":
        marks.choices(ax, ledgers, chosen, yes="loses", no="keeps all")
    if two_builds:
        builds = {"with the GIL": "threads", "without the GIL": "free-threaded"}
        marks.key(ax, [marks.entry(*build) for build in builds.items()])
    alt = ", ".join(f"{name} {lost_share(one.lost_share)}" for name, one in ledgers.items())
    alt = f"Share of the deposits that is lost: {alt}."
    return style.label(ax, title, x="share of the deposits lost (%)", alt=alt)


def plot_costs(
    alone: Mapping[str, Ledger], together: Mapping[str, Ledger], *, ax: Axes | None = None
) -> Axes:
    """Draw the nanoseconds of a deposit, a row for each kind of account.

    Args:
        alone: what one thread took, by the row's name.
        together: the same for several threads.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: nanoseconds across (log), the first row on top. Hollow is one
        thread, filled is several.
    """
    first, many = next(iter(alone.values())), next(iter(together.values()))
    kind = _kind(first)
    ax = marks.rows(alone, ax, spine=False, right_in=1.7)
    told = []
    for y, name in enumerate(alone):
        pair_ns = [1e9 * ledgers[name].deposit_s for ledgers in (alone, together)]
        marks.band(ax, kind, pair_ns, y, lw=3)
        marks.line(ax, kind, pair_ns[0], y, ms=12, zorder=3, **marks.hollow(kind))
        marks.line(ax, kind, pair_ns[1], y, ms=9, zorder=4)
        once, several = (ns / (1e9 * first.deposit_s) for ns in pair_ns)
        marks.beside(ax, y, f"{once:.1f}×  →  {several:.1f}×")
        told.append(f"{name} {pair_ns[0]:.0f} and {pair_ns[1]:.0f}")
    times_ns = [1e9 * ledger.deposit_s for ledger in [*alone.values(), *together.values()]]
    marks.log_axis(ax, "x", min(times_ns) / 1.6, 1.6 * max(times_ns))
    one = marks.entry("1 thread", kind, ms=10, **marks.hollow(kind))
    marks.key(ax, [one, marks.entry(f"{many.n_threads} threads at once", kind)])
    title, x = "What it costs to keep the money", "nanoseconds for each deposit"
    alt = f"Nanoseconds for a deposit with 1 thread and with {many.n_threads}: {'; '.join(told)}."
    return style.label(ax, title, x=x, alt=alt)


def plot_locks(jam: Jam, *, ax: Axes | None = None) -> Axes:
    """Draw which thread holds, and which waits for, which lock, as bars over time.

    Args:
        jam: what was watched.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: milliseconds across, a lane for each job, in it one for each lock.
    """
    locks = list(dict.fromkeys(use.lock for use in jam.uses))
    colours = {lock: _LOCKS[i % len(_LOCKS)] for i, lock in enumerate(locks)}
    ax = marks.rows(jam.jobs, ax, row_in=0.75, spine=False)
    thick = 0.8 / max(1, len(locks))
    for use in jam.uses:
        y = jam.jobs.index(use.job) - 0.4 + thick * (locks.index(use.lock) + 0.5)
        got_s, colour = use.done_s if use.got_s is None else use.got_s, colours[use.lock]
        asked_ms, got_ms, done_ms = (1000 * s for s in (use.asked_s, got_s, use.done_s))
        ax.barh(y, got_ms - asked_ms, 0.8 * thick, asked_ms, ec=colour, **_WAITS)
        ax.barh(y, done_ms - got_ms, 0.8 * thick, got_ms, color=colour, lw=0)
    ax.set_xlim(0, 1000 * max([jam.wall_s, *(use.done_s for use in jam.uses)]))
    handles = [Patch(color=colour, label=f"holds {lock}") for lock, colour in colours.items()]
    marks.key(ax, [*handles, Patch(ec=style.QUIET, label="waits for it", **_WAITS)])
    title = "A deadlock" if jam.deadlock else "No deadlock"
    return style.label(ax, title, x="milliseconds", alt="; ".join(map(_told, jam.uses)) + ".")


def _told(use):
    if use.got_s is None:
        return f"{use.job} waits for {use.lock} and never gets it"
    return f"{use.job} gets {use.lock} after {1000 * (use.got_s - use.asked_s):.0f} ms"


def _kind(ledger):
    return "threads" if ledger.gil else "free-threaded"
