"""Self-checks of notebook 06."""

from threading import Lock
from typing import Any

from ..cells.check import exercise, still_open, wrong
from ..errors import shown
from ..safety.safe import is_safe
from .locks import WatchedLock, watch

_DEPOSITS, _LEAST = 3, 2


@exercise("06.order")
def check_order(order: Any) -> str:
    """Check an order of steps, such as "ABAB": three deposits of each thread, and two are left."""
    if order is ...:
        still_open("put a text of As and Bs in place of the dots, and run the cell")
    if not isinstance(order, str) or set(order) != {"A", "B"}:
        wrong(f"the order is a text of the letters A and B, not {shown(order)}")
    n_steps = 2 * _DEPOSITS
    for name in "AB":
        if (n := order.count(name)) != n_steps:
            wrong(f"three deposits of two steps for each, so {name} comes {n_steps} times, not {n}")
    balance = _play(order)
    if balance > _LEAST:
        wrong(
            f"this order leaves {balance}, and {_LEAST} is possible: how much of the other's work "
            "can a thread undo that has read early and writes late?"
        )
    return f"{n_steps} deposits, and {balance} on the account."


def _play(order):
    """Return the balance after the steps in ``order``: each thread reads, writes, reads, ..."""
    balance, read = 0, {}
    for name in order:
        if name in read:
            balance = read.pop(name) + 1
        else:
            read[name] = balance
    return balance


@exercise("06.repair")
def check_repair(n_rows: Any) -> str:
    """Check ``n_rows()``, which loads a table when it is first asked: no order may break it."""
    code = getattr(n_rows, "__code__", None)
    found = is_safe(n_rows, check=_both_rows)
    if found.breaks and code is not None and code.co_code == _unrepaired.__code__.co_code:
        still_open("let no order of two calls break n_rows, and run the cell again")
    if found.breaks is not False:
        wrong(f"{found.headline} Show it with lab.is_safe(n_rows)")
    return found.headline


def _both_rows(results):
    return all(result == 2 for result in results)


table, loading = {"ready": False, "rows": []}, Lock()


def _unrepaired():
    if not table["ready"]:
        with loading:
            if not table["ready"]:
                table["ready"] = True
                table["rows"] = ["Ann", "Bob"]
    return len(table["rows"])


_ASKED_S = 0.09  # the head office takes 0.1 s to answer


@exercise("06.short")
def check_short(deposit: Any) -> str:
    """Check ``deposit(account)``, which asks the head office without holding the lock."""
    account = _Account(1, "the account", pause_s=0.0)
    jam = watch({f"teller {i}": lambda: deposit(account) for i in (1, 2, 3)})
    held_s = [use.done_s - use.got_s for use in jam.uses if use.got_s is not None]
    if account.unsafe:
        wrong(
            "a thread used the balance and did not hold the lock: reading it, adding 1 and writing "
            "it back belong inside the with, all three"
        )
    if account._balance != 103:
        wrong(f"three deposits of 1 make 103 of 100, not {shown(account._balance)}")
    if len(held_s) == 3 and min(held_s) > _ASKED_S:
        still_open("move sleep(0.1) out of the with block, and run the cell again")
    if jam.wall_s < _ASKED_S:
        wrong("each teller still asks the head office: keep sleep(0.1), and move it")
    return "Three tellers asked at the same time, and no deposit was lost."


class _Account:
    """An account with a watched lock, which knows whether it was used without it."""

    def __init__(self, number, name, pause_s=0.05):
        self.number, self.name = number, name
        self.lock = WatchedLock(f"{name}'s lock", pause_s=pause_s)
        self.unsafe = False
        self._balance = 100

    @property
    def balance(self):
        self.unsafe |= not self.lock.is_mine
        return self._balance

    @balance.setter
    def balance(self, new):
        self.unsafe |= not self.lock.is_mine
        self._balance = new


@exercise("06.transfer")
def check_transfer(transfer: Any) -> str:
    """Check ``transfer(source, target, amount)``: safe, and never in a deadlock.

    Both accounts have a ``number``, a ``balance`` and a ``lock``.
    """
    ann, bob = _Account(1, "Ann"), _Account(2, "Bob")
    answers = []
    jam = watch({
        "Ann pays Bob": lambda: answers.append(transfer(ann, bob, 10)),
        "Bob pays Ann": lambda: answers.append(transfer(bob, ann, 30)),
    })  # fmt: skip
    touched = ann.unsafe or bob.unsafe or jam.uses
    if not touched and all(answer in (..., None) for answer in answers):
        still_open("put the transfer in place of the dots, and run the cell")
    if jam.deadlock:
        wrong(
            f"two transfers at once wait for each other for ever: {jam.told}. In which order do "
            "they take the locks?"
        )
    for account in (ann, bob):
        if account.unsafe:
            wrong(
                f"a thread used the balance of {account.name} and did not hold {account.name}'s "
                "lock: another thread could come in between"
            )
    left = ann._balance, bob._balance
    if left != (120, 80):
        wrong(
            "Ann pays 10 to Bob, and Bob pays 30 to Ann, both from 100: that leaves 120 and 80, "
            f"not {left[0]} and {left[1]}"
        )
    return "Both transfers ended, and no balance was used without its lock."
