"""A bank that loses money, or keeps it: measured and shown in a cell."""

import sys
from collections.abc import Callable
from typing import Any

from ..cells.predict import Prediction, answer_of
from ..cells.watch import once, watch
from ..core.machine import free_threaded_build
from . import locks, losses
from .chart import plot_costs, plot_locks, plot_losses
from .locks import Jam
from .losses import Ledger
from .words import explain_costs, explain_elsewhere, explain_jam, explain_losses

_PRICED = 10_000  # deposits for a price: a queue takes its time for each


def audit(accounts: dict[str, type], guess: Prediction | None = None) -> dict[str, Ledger]:
    """Let four threads deposit into each kind of account, show what is gone, and return it.

    Threads take turns fifty times as often as usual meanwhile.

    Args:
        accounts: a dict from a name to a class with ``deposit()`` and ``balance``.
        guess: what ``predict_which`` made of these names; it is written beside them.

    Raises:
        Stopped: the kernel was interrupted. No thread is left.
        LabError: as ``helpers.sharing.losses.audit``.
    """
    chosen = answer_of(guess, "predict_which")
    return watch(
        once(losses.audit, accounts),
        lambda ledgers: plot_losses(ledgers, chosen=chosen),
        lambda ledgers: explain_losses(ledgers, chosen),
    )


def audit_elsewhere(accounts: dict[str, type]) -> dict[str, dict[str, Ledger]]:
    """Do the same on each other Python of this machine, show it, and return it.

    Args:
        accounts: a dict from a name to a class; its methods are sent as text. The sentence tells
            of the first.

    Returns:
        The ledgers by the Python's name, this one first, and by the account's name.

    Raises:
        Stopped: the kernel was interrupted. No process is left.
        LabError: as ``helpers.sharing.losses.audit_elsewhere``.
    """
    here = f"{sys.version_info.major}.{sys.version_info.minor}{'t' * free_threaded_build()}"

    def measure() -> dict[str, dict[str, Ledger]]:
        others = losses.other_pythons().items()
        found = {here: losses.audit(accounts)}
        return found | {name: losses.audit_elsewhere(path, accounts) for name, path in others}

    def draw(found: dict[str, dict[str, Ledger]]) -> Any:
        rows = {
            f"{version}: {name}": ledger
            for version, ledgers in found.items()
            for name, ledger in ledgers.items()
        }
        title = "The same deposits on other Pythons" if len(found) > 1 else "The same deposits"
        return plot_losses(rows, chosen="", title=title)

    return watch(once(measure), draw, explain_elsewhere)


def price(accounts: dict[str, type]) -> list[dict[str, Ledger]]:
    """Time a deposit into each kind of account with one thread and with four, and show it.

    Args:
        accounts: a dict from a name to a class; with the first, which has no safety, the others
            are compared.

    Returns:
        The ledgers by name: for one thread, and for four.

    Raises:
        Stopped: the kernel was interrupted. No thread is left.
        LabError: as ``helpers.sharing.losses.audit``.
    """
    return watch(
        once(losses.audit_in_turns, accounts, (1, 4), _PRICED),
        lambda found: plot_costs(*found),
        lambda found: explain_costs(*found),
    )


def show_locks(jobs: dict[str, Callable[[], Any]]) -> Jam:
    """Run each job in a thread, show who held and who waited for which lock, and return it.

    The arguments, the result and the errors are those of ``helpers.sharing.locks.watch``.

    Raises:
        Stopped: the kernel was interrupted. No thread is left that waits for a watched lock.
    """
    return watch(once(locks.watch, jobs), plot_locks, explain_jam)
