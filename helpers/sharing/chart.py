"""What shared accounts lose, what keeping the money costs, and who waits for which lock."""

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..draw import style
from .words import lost_share

_ROW_IN = 0.5
_LOCKS = ("#CA9161", "#4D4D4D", "#FBAFE4", "#D55E00")  # colours that no kind of worker has


def plot_losses(ledgers, *, chosen=None, title=None, ax=None):
    """Draw the share of the deposits that is missing, a row for each kind of account.

    Rounds are faint, their mean is filled.

    Args:
        ledgers: a dict from a row's name to its ``helpers.sharing.losses.Ledger``.
        chosen: the names that the reader expects to lose money; None when nothing was
            committed, and "" for a chart that has no prediction.
        title: the chart's title.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: per cent lost across, the first row on top.
    """
    builds = {ledger.gil for ledger in ledgers.values()}
    label_in = 0.3 if chosen == "" else 1.6
    bottom_in = 0.95 if len(builds) == 2 else 0.65  # two kinds of build need a key
    ax = style.row_axes(list(ledgers), ax, row_in=_ROW_IN, label_in=label_in, bottom_in=bottom_in)
    for y, ledger in enumerate(ledgers.values()):
        kind = "threads" if ledger.gil else "free-threaded"
        colour, marker = style.colour(kind), style.marker(kind)
        shares = [100 * share for share in ledger.lost_shares]
        mean = 100 * ledger.lost_share
        ax.plot(shares, [y] * len(shares), marker, color=colour, alpha=0.3, ms=5, mew=0, zorder=3)
        ax.plot([mean], [y], marker, color=colour, ms=10, mec="white", mew=0.8, zorder=4)
        ax.annotate(
            lost_share(ledger.lost_share), (mean, y), xytext=(0, 8), ha="center",
            textcoords="offset points", color=style.ink(kind), weight="bold",
            fontsize=style.FONT - 0.5, bbox={"facecolor": "white", "linewidth": 0, "pad": 1},
        )  # fmt: skip
    ax.set_xlim(-3, 100)
    ax.set_xticks([0, 25, 50, 75, 100])
    ax.set_xlabel(
        "share of the deposits lost (%)", fontsize=style.FONT, color=style.INK, loc="left"
    )
    ax.axvline(0, color=style.colour("serial"), lw=1.1, zorder=1)
    if chosen != "":
        rows = {name: y for y, name in enumerate(ledgers)}
        style.write_choices(ax, rows, chosen, yes="loses", no="keeps all")
    if len(builds) == 2:
        style.draw_key(ax, [
            _dot("threads", "with the lock"), _dot("free-threaded", "without the lock")
        ])  # fmt: skip
    style.title(ax, title or "How much of the money is gone")
    style.set_alt_text(ax, describe_losses(ledgers))
    return ax


def describe_losses(ledgers):
    """Return the chart in one sentence, for somebody who cannot see it."""
    said = ", ".join(f"{name} {lost_share(one.lost_share)}" for name, one in ledgers.items())
    return f"Share of the deposits that is lost: {said}."


def plot_costs(alone, together, *, ax=None):
    """Draw the nanoseconds of a deposit, a row for each kind of account.

    Args:
        alone: a dict from a name to the ``Ledger`` of one thread.
        together: the same for several threads.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: nanoseconds across (log), the first row on top. Hollow is one
        thread, filled is several.
    """
    ax = style.row_axes(list(alone), ax, row_in=_ROW_IN, label_in=1.7)
    n_threads = next(iter(together.values())).n_threads
    base_s = next(iter(alone.values())).deposit_s
    kind = "threads" if next(iter(alone.values())).gil else "free-threaded"
    colour, marker = style.colour(kind), style.marker(kind)
    ax.set_xscale("log")
    beside = ax.get_yaxis_transform()
    for y, name in enumerate(alone):
        one, many = 1e9 * alone[name].deposit_s, 1e9 * together[name].deposit_s
        ax.plot([one, many], [y, y], color=colour, alpha=0.35, lw=3, zorder=2)
        ax.plot([one], [y], marker, color=colour, mfc="white", mew=1.8, ms=12, zorder=3)
        ax.plot([many], [y], marker, color=colour, mec="white", mew=0.8, ms=9, zorder=4)
        ax.text(
            1.02, y, f"{one / base_s / 1e9:.1f}×  →  {many / base_s / 1e9:.1f}×",
            transform=beside, va="center", color=style.INK, fontsize=style.FONT - 0.5,
        )  # fmt: skip
    figures = [1e9 * ledger.deposit_s for ledger in [*alone.values(), *together.values()]]
    ax.set_xlim(min(figures) / 1.6, max(figures) * 1.6)
    ticks = [n * 10**k for k in range(8) for n in (1, 2, 5)]
    ticks = [tick for tick in ticks if ax.get_xlim()[0] <= tick <= ax.get_xlim()[1]]
    ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel("nanoseconds for each deposit", fontsize=style.FONT, color=style.INK, loc="left")
    one = Line2D([], [], lw=0, marker=marker, color=colour, mfc="white", mew=1.8, ms=10)
    one.set_label("1 thread")
    style.draw_key(ax, [one, _dot(kind, f"{n_threads} threads at once")])
    style.title(ax, "What it costs to keep the money")
    style.set_alt_text(ax, describe_costs(alone, together))
    return ax


def describe_costs(alone, together):
    """Return the chart in one sentence, for somebody who cannot see it."""
    n_threads = next(iter(together.values())).n_threads
    said = "; ".join(
        f"{name} {1e9 * alone[name].deposit_s:.0f} and {1e9 * together[name].deposit_s:.0f}"
        for name in alone
    )
    return f"Nanoseconds for a deposit with 1 thread and with {n_threads}: {said}."


def plot_locks(jam, *, ax=None):
    """Draw which thread holds, and which waits for, which lock, as bars over time.

    Args:
        jam: a ``helpers.sharing.locks.Jam``.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: milliseconds across, a lane for each job, in it one for each lock.
    """
    locks = list(dict.fromkeys(use.lock for use in jam.uses))
    ax = style.row_axes(list(jam.jobs), ax, row_in=0.75, label_in=0.3)
    thick = 0.8 / max(1, len(locks))
    for use in jam.uses:
        y = jam.jobs.index(use.job) - 0.4 + thick * (locks.index(use.lock) + 0.5)
        colour = _LOCKS[locks.index(use.lock) % len(_LOCKS)]
        got_s = use.done_s if use.got_s is None else use.got_s
        ax.barh(
            y, 1000 * (got_s - use.asked_s), thick * 0.8, 1000 * use.asked_s, color="white",
            ec=colour, hatch="/////", lw=1.2,
        )  # fmt: skip
        if use.got_s is not None:
            ax.barh(
                y, 1000 * (use.done_s - use.got_s), thick * 0.8, 1000 * use.got_s, color=colour,
                lw=0,
            )  # fmt: skip
    ax.set_xlim(0, 1000 * max([jam.wall_s, *(use.done_s for use in jam.uses)]))
    ax.set_xlabel("milliseconds", fontsize=style.FONT, color=style.INK, loc="left")
    colours = dict(zip(locks, _LOCKS, strict=False))
    handles = [Patch(color=colour, label=f"holds {lock}") for lock, colour in colours.items()]
    handles.append(Patch(fc="white", ec=style.QUIET, hatch="/////", label="waits for it"))
    style.draw_key(ax, handles)
    style.title(ax, "A deadlock" if jam.deadlock else "No deadlock")
    style.set_alt_text(ax, describe_locks(jam))
    return ax


def describe_locks(jam):
    """Return the chart in a few sentences, for somebody who cannot see it."""
    said = []
    for use in jam.uses:
        if use.got_s is None:
            said.append(f"{use.job} waits for {use.lock} and never gets it")
        else:
            waits_ms = 1000 * (use.got_s - use.asked_s)
            said.append(f"{use.job} gets {use.lock} after {waits_ms:.0f} ms")
    return "; ".join(said) + "."


def _dot(kind, label):
    return Line2D(
        [], [], lw=0, marker=style.marker(kind), color=style.colour(kind), ms=8, label=label
    )
