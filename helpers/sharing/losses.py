"""How much money a bank loses when threads share its accounts, and what each deposit costs."""

import inspect
import json
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core import machine, pools
from ..core.switch_interval import switch_interval
from ..core.turns import take_turns
from ..errors import LabError, shown, whole
from ..pythons import find as pythons
from . import bank

Accounts = Mapping[str, Callable[[], Any]]  # a name and a class
N_DEPOSITS = 50_000  # of each thread, where nobody says how many
_OFTEN_S = 0.0001  # so often may threads take turns, which makes a rare loss a common one
_MOST = 10_000_000  # deposits of one thread
_LIMIT_S = 60.0  # for another Python to answer


@dataclass(frozen=True)
class Ledger:
    """What was deposited and what was there afterwards, round by round.

    ``lost`` counts the deposits that are missing, ``wall_s`` has the seconds until the last
    was made; both of shape (rounds,).
    """

    n_threads: int
    n_deposits: int
    lost: tuple[int, ...]
    wall_s: tuple[float, ...] = field(repr=False)
    gil: bool = True

    @property
    def paid(self) -> int:
        """How many deposits all threads make in one round."""
        return self.n_threads * self.n_deposits

    @property
    def lost_shares(self) -> tuple[float, ...]:
        """The share of the deposits that is missing, 0 to 1, shape (rounds,)."""
        return tuple(lost / self.paid for lost in self.lost)

    @property
    def lost_share(self) -> float:
        """The share that is missing of all rounds' deposits, 0 to 1."""
        return statistics.mean(self.lost_shares)

    @property
    def loses(self) -> bool:
        """Whether a deposit is missing in any round."""
        return any(self.lost)

    @property
    def deposit_s(self) -> float:
        """The median seconds for one deposit: of the bank, not of a thread."""
        return statistics.median(self.wall_s) / self.paid


def audit(
    accounts: Accounts, n_threads: int = 4, n_deposits: int = N_DEPOSITS, *, rounds: int = 5
) -> dict[str, Ledger]:
    """Return what each kind of account lost: a dict from its name to its ``Ledger``.

    The kinds take turns in every round, and the threads much more often than usual.

    Args:
        accounts: a dict from a name to a class (see ``bank.balance_after``).
        n_threads: how many threads deposit at once.
        n_deposits: how often each of them does.
        rounds: how often it all is repeated.

    Raises:
        LabError: a value is out of its range, or a deposit raised an error.
    """
    with switch_interval(_OFTEN_S):
        return audit_in_turns(accounts, (n_threads,), n_deposits, rounds)[0]


def audit_in_turns(
    accounts: Accounts, thread_counts: Sequence[int], n_deposits: int, rounds: int = 5
) -> list[dict[str, Ledger]]:
    """Return what ``audit`` does for each count of threads, in turns, at the usual interval."""
    _check_accounts(accounts)
    for n_threads in thread_counts:
        pools.check_n_workers(n_threads)
    n_deposits = whole("n_deposits", n_deposits, 1, _MOST, "try 50000")
    rounds = whole("rounds", rounds, 1, 1000, "try 3")
    rows: dict[tuple[int, str], list[tuple[int, float]]]
    rows = {(n, name): [] for n in thread_counts for name in accounts}
    for _, (n_threads, name), _ in take_turns(rows, rounds):
        try:
            found = bank.balance_after(accounts[name], n_threads, n_deposits)
        except Exception as error:
            raise LabError(
                f"{name} must take deposits, and raised {type(error).__name__}: "
                f"{shown(error, 200)}; mend its class, then run again"
            ) from error
        rows[n_threads, name].append(found)
    gil = machine.gil_enabled()
    return [
        {name: _ledger(n, n_deposits, rows[n, name], gil) for name in accounts}
        for n in thread_counts
    ]


def _ledger(n_threads, n_deposits, rounds, gil):
    balances, wall_s = zip(*rounds, strict=True)
    lost = tuple(n_threads * n_deposits - balance for balance in balances)
    return Ledger(n_threads, n_deposits, lost, wall_s, gil)


def other_pythons() -> dict[str, str]:
    """Return the other CPythons of this computer: a dict from a version to a path, maybe empty.

    There is one for each version from 3.13 on, with the GIL and without it: before, nothing
    differs from 3.13. That of the Python that runs is left out.
    """
    here = pythons.era("CPython", platform.python_version(), machine.free_threaded_build())
    return {
        found.era: found.path
        for found in pythons.one_of_each(pythons.find_pythons())
        if found.implementation == "CPython" and found.numbers >= (3, 13) and found.era != here
    }


def audit_elsewhere(
    python: str, accounts: dict[str, type], n_threads: int = 4, n_deposits: int = N_DEPOSITS,
    *, rounds: int = 5,
) -> dict[str, Ledger]:  # fmt: skip
    """Return the same as ``audit``, measured by another Python in a process of its own.

    Args:
        python: the path of a Python, 3.9 or newer.
        accounts: as for ``audit``; of each class its methods are sent, as text. They may use
            ``add`` of the module operator, and nothing else.

    Raises:
        LabError: that Python could not be started, or did not give an answer.
    """
    _check_accounts(accounts)
    program = _PROGRAM.format(
        bank=Path(bank.__file__).read_text(encoding="utf-8"),
        classes="\n".join(_source(f"Account{i}", a) for i, a in enumerate(accounts.values())),
        names=", ".join(f"Account{i}" for i in range(len(accounts))),
        switch_interval_s=_OFTEN_S,
        each=f"{n_threads}, {n_deposits}",
        rounds=rounds,
    )
    gil, columns = _answer_of(python, program)
    pairs = zip(accounts, columns, strict=True)
    return {name: _ledger(n_threads, n_deposits, column, gil) for name, column in pairs}


def _answer_of(python, program):
    """Return what another Python prints, as JSON."""
    try:
        status, said, complaint = pythons.output_of([python, "-I", "-"], _LIMIT_S, program)
    except LabError as error:
        raise LabError(
            f"another Python must run the deposits, and {python} {error}: look at its path, or "
            "ask for fewer deposits"
        ) from error
    if status != 0:
        last = (complaint.strip().splitlines() or ["no message"])[-1]
        raise LabError(
            f"another Python must run the deposits, and {python} ended with {shown(last, 200)!r}: "
            "let the methods use nothing but their own account and add"
        )
    return json.loads(said)


# What another Python runs. Each round begins with another class.
_PROGRAM = """
{bank}
import json, sys
from operator import add
{classes}
sys.setswitchinterval({switch_interval_s})
classes = [{names}]
columns = [[] for _ in classes]
for turn in range({rounds} * len(classes)):
    number, place = divmod(turn, len(classes))
    which = (number + place) % len(classes)
    columns[which].append(balance_after(classes[which], {each}))
print(json.dumps([getattr(sys, "_is_gil_enabled", lambda: True)(), columns]))
"""


def _source(name, account):
    """Return the text of a class that has the methods of ``account``, and a balance of 0."""
    parts = {}
    for base in reversed(account.__mro__[:-1]):
        for key, value in vars(base).items():
            for function in (value.fget, value.fset) if isinstance(value, property) else (value,):
                if inspect.isfunction(function):
                    parts[key, function is getattr(value, "fset", None)] = function
    try:
        texts = [inspect.getsource(function) for function in parts.values()]
    except (OSError, TypeError) as error:
        raise LabError(
            f"another Python is sent the text of a class, and that of {account.__name__} cannot "
            "be read: define it in a cell or a module"
        ) from error
    # Methods stand indented in the text of their class, and stay so.
    return f"class {name}:\n    balance = _balance = 0\n" + "\n".join(texts)


def _check_accounts(accounts):
    classes = accounts.values() if isinstance(accounts, dict) else [None]
    if not classes or not all(isinstance(account, type) for account in classes):
        raise LabError(
            "accounts are a dict from a name to a class with deposit() and balance, not "
            f'{shown(accounts)}: try {{"plain": Account}}'
        )
