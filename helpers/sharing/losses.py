"""How much money a bank loses when threads share its accounts, and what a safe deposit costs."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..core import machine
from ..core.machine import Capacity
from ..core.switch_interval import switch_interval
from ..core.turns import take_turns
from ..errors import LabError, shown, whole
from . import bank

_MOST = 1_000_000_000  # deposits of one run


@dataclass(frozen=True)
class Ledger:
    """What was paid into one kind of account, and what is missing, shape (rounds,)."""

    paid: int
    missing: tuple[int, ...]
    gil: bool = True

    @property
    def lost_shares(self) -> tuple[float, ...]:
        """The share of the deposits that is missing, 0 to 1, shape (rounds,)."""
        return tuple(missing / self.paid for missing in self.missing)

    @property
    def lost_share(self) -> float:
        """The share that is missing of all rounds' deposits, 0 to 1."""
        return statistics.mean(self.lost_shares)

    @property
    def loses(self) -> bool:
        """Whether a deposit is missing in any round."""
        return any(self.missing)


def audit(
    run: Callable[[Any], Any], accounts: Mapping[str, type], paid: int, *, rounds: int = 5
) -> dict[str, Ledger]:
    """Return what each kind of account lost: a dict from its name to its ``Ledger``.

    The kinds take turns in every round, and threads fifty times as often as usual.

    Args:
        run: a function of a new account that returns the balance in the end.
        accounts: a dict from a name to a class.
        paid: how much should be there.
        rounds: how often it all is repeated.

    Raises:
        LabError: a value is out of its range, or ``run`` raises an error, or returns no number.
    """
    if not callable(run):
        raise LabError(f"the first is a function of an account, not {shown(run)}: try four_threads")
    if not isinstance(accounts, dict) or not all(isinstance(a, type) for a in accounts.values()):
        raise LabError(
            "accounts are a dict from a name to a class with deposit() and balance, not "
            f'{shown(accounts)}: try {{"plain": Account}}'
        )
    paid = whole("paid", paid, 1, _MOST, "try 200000")
    missing: dict[str, list[int]] = {name: [] for name in accounts}
    with switch_interval(bank.OFTEN_S):
        for _ in range(whole("rounds", rounds, 1, 1000, "try 5")):  # in a quick run, too
            for name, account in accounts.items():
                missing[name].append(paid - _balance(run, name, account))
    gil = machine.gil_enabled()
    return {name: Ledger(paid, tuple(gone), gil) for name, gone in missing.items()}


def _balance(run, name, account):
    try:
        balance = run(account())
    except Exception as error:
        raise LabError(
            f"{name} must take deposits, and raised {type(error).__name__}: "
            f"{shown(error, 200)}; mend its class, then run again"
        ) from error
    if not isinstance(balance, int | float):
        raise LabError(f"the balance is a number, not {shown(balance)}: return it at the end")
    return round(balance)


@dataclass(frozen=True)
class Prices:
    """What a deposit costs: nanoseconds for one thread and for four, shape (rounds,).

    ``n_met`` of four threads' ``n_deposits`` found the lock taken, in all rounds together.
    """

    alone_ns: dict[str, tuple[float, ...]]
    together_ns: dict[str, tuple[float, ...]]
    n_met: int
    n_deposits: int
    capacity: Capacity
    gil: bool = True

    @property
    def met(self) -> str:
        """How many deposits found the lock taken, in words."""
        return f"{self.n_met:,} of {self.n_deposits:,} found the lock taken"

    @property
    def lock_ns(self) -> float:
        """What a lock adds to a deposit of one thread, in nanoseconds: the least disturbed."""
        return min(self.alone_ns["Lock"]) - min(self.alone_ns["no lock"])


_PRICED = {"no lock": bank.Plain, "Lock": bank.Locked, "Queue": bank.Posted}


def price(rounds: int = 5, n_each: int = 10_000) -> Prices:
    """Return the ``Prices`` of a deposit: without a lock, with one, and through a queue."""
    ways = [(name, n) for name in _PRICED for n in (1, bank.N_THREADS)]
    ns: dict[tuple[str, int], list[float]] = {way: [] for way in ways}
    met: list[int] = []
    for turn in take_turns(ways, rounds):
        name, n_threads = turn.way
        ns[turn.way].append(bank.price_ns(_PRICED[name], n_threads, n_each))
        if turn.ends_round:
            met.append(bank.n_met(n_each))
    alone, together = ({name: tuple(ns[name, n]) for name in _PRICED} for n in (1, bank.N_THREADS))
    n_deposits = len(met) * bank.N_THREADS * n_each
    capacity = machine.capacity(2, rounds=3)
    return Prices(alone, together, sum(met), n_deposits, capacity, machine.gil_enabled())
