"""A bank that loses money, or keeps it: measured and shown in a cell."""

import dis
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import Any

from ..cells.predict import Prediction, answer_of
from ..cells.watch import once, watch
from . import locks, losses, races
from .bank import N_THREADS
from .chart import plot_jam, plot_losses, plot_prices, plot_races
from .locks import Jam, WatchedLock
from .losses import Ledger, Prices
from .races import Races
from .words import explain_jam, explain_losses, explain_races


def audit(
    run: Callable[[Any], Any],
    accounts: Mapping[str, type],
    paid: int,
    guess: Prediction | str | None = "",
) -> dict[str, Ledger]:
    """Let ``run`` use each kind of account, show what is missing in the end, and return it.

    Threads take turns fifty times as often as usual meanwhile.

    Args:
        run: a function of a new account that returns the balance in the end.
        accounts: a dict from a name to a class with ``deposit()`` and ``balance``.
        paid: how much should be there.
        guess: what ``predict_which`` made of these names; it is written beside them.

    Raises:
        Stopped: the kernel was interrupted.
        LabError: as ``helpers.sharing.losses.audit``.
    """
    chosen = guess if isinstance(guess, str) else answer_of(guess, "predict_which")
    return watch(
        once(losses.audit, run, accounts, paid),
        lambda ledgers: plot_losses(ledgers, chosen=chosen),
        lambda ledgers: explain_losses(ledgers, chosen),
    )


def everywhere() -> list[Races]:
    """Run the bank in each Python of this computer, show what is missing, and return it.

    Pythons that the authors had and that are not here are shown as recorded.

    Raises:
        Stopped: the kernel was interrupted. No process is left.
        LabError: this Python could not be started once more.
    """
    return watch(races.everywhere(), plot_races, explain_races)


def price() -> Prices:
    """Time a deposit with one thread and with four, without and with a lock; show and return it.

    Raises:
        Stopped: the kernel was interrupted. No thread is left.
    """
    return watch(once(losses.price), plot_prices, lambda prices: [])


def show_locks(jobs: dict[str, Callable[[], Any]]) -> Jam:
    """Run each job in a thread, show who held and who waited for which lock, and return it.

    The arguments, the result and the errors are those of ``helpers.sharing.locks.watch``.

    Raises:
        Stopped: the kernel was interrupted. No thread is left that waits for a watched lock.
    """
    return watch(once(locks.watch, jobs), plot_jam, explain_jam)


def four_tellers(deposit: Callable[[Any], Any], account: Any) -> dict[str, Callable[[], Any]]:
    """Return four jobs for ``show_locks``: each deposits once; the account gets a watched lock."""
    account.lock = WatchedLock("the lock")
    return {f"teller {number}": partial(deposit, account) for number in (1, 2, 3, 4)}


def gap(function: Callable[..., Any]) -> list[str]:
    """Return the names of the bytecode steps between reading an attribute and writing one.

    >>> def deposit(account):
    ...     account.balance += 1
    >>> any("CALL" in step for step in gap(deposit))
    False
    """
    names = [step.opname for step in dis.get_instructions(function)]
    return names[names.index("LOAD_ATTR") + 1 : names.index("STORE_ATTR")]


class Steps:
    """A table of what went wrong in each kind of step, on this Python and without the GIL."""

    def __init__(self, found: list[Races]) -> None:
        self._columns = [found[0], *(races for races in found[1:] if not races.gil)]

    @property
    def rows(self) -> list[list[str]]:
        """The table, its header first."""
        head = [f"{one.name} ({'GIL' if one.gil else 'no GIL'})" for one in self._columns]
        steps = dict.fromkeys(step for one in self._columns for step in one.wrong)
        names = [step for step in steps if step not in ("plain", "rounded")]
        return [
            [f"step, by {N_THREADS} threads", *head],
            *([name, *(_went_wrong(one, name) for one in self._columns)] for name in names),
        ]

    def __repr__(self) -> str:
        return "\n".join("  |  ".join(row) for row in self.rows)

    def _repr_html_(self):
        head, *rows = ([escape(text) for text in row] for row in self.rows)
        lines = [f"<tr>{''.join(f'<th>{text}</th>' for text in head)}</tr>"]
        for name, *cells in rows:
            right = "".join(f'<td style="text-align:right">{text}</td>' for text in cells)
            lines.append(f'<tr><td style="text-align:left"><code>{name}</code></td>{right}</tr>')
        return f"<table>{''.join(lines)}</table>"


def _went_wrong(races: Races, step: str) -> str:
    if step not in races.wrong:
        return "from 3.15 on"
    wrong, n = sum(races.wrong[step]), races.n_steps * len(races.wrong[step])
    return f"{wrong:,} of {n:,} wrong"


def steps(found: list[Races]) -> Steps:
    """Return the table of what went wrong in each kind of step, of what ``everywhere`` found."""
    return Steps(found)
