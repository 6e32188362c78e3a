"""Threads that deposit into one account, and what is on it afterwards.

Other Pythons run this file too, as it stands: it imports the standard library only, and keeps
to what Python 3.9 understands.
"""

import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_BATCH = 1000  # deposits between two looks at whether all is over


def balance_after(
    make_account: "Callable[[], Any]",
    n_threads: int,
    n_deposits: int,
    over: "threading.Event | None" = None,
) -> "tuple[int, float]":
    """Return the balance after ``n_threads`` threads made ``n_deposits`` deposits of 1 each.

    Args:
        make_account: a function without arguments; what it returns has ``deposit()``, a
            ``balance``, and ``close()`` when it must be told that the last deposit was made.
        n_threads: how many threads deposit at once.
        n_deposits: how often each of them does.
        over: a ``threading.Event``; once it is set, no further batch of deposits is begun.

    Returns:
        The balance, and the seconds from the first deposit to the last. What a deposit raises
        is passed on.

    >>> class Account:
    ...     balance = 0
    ...     def deposit(self):
    ...         self.balance += 1
    >>> balance_after(Account, 1, 500)[0]
    500
    """
    account = make_account()
    try:
        began_s, errors = _deposit_at_once(
            account.deposit, n_threads, n_deposits, over or threading.Event()
        )
    finally:
        if hasattr(account, "close"):
            account.close()
    took_s = time.perf_counter() - began_s
    if errors:
        raise errors[0]
    return account.balance, took_s


def _deposit_at_once(deposit, n_threads, n_deposits, over):
    """Return when the first deposit of all threads was made, and what they raised: a list."""
    go = threading.Event()
    errors = []

    def teller():
        go.wait()
        try:
            _make(deposit, n_deposits, over)
        except BaseException as error:
            errors.append(error)
            over.set()

    threads = [threading.Thread(target=teller, daemon=True) for _ in range(n_threads)]
    try:
        for thread in threads:
            thread.start()
        began_s = time.perf_counter()
        go.set()
        for thread in threads:
            while thread.is_alive():  # short waits, because on Windows a long one cannot be stopped
                thread.join(0.1)
    except BaseException:
        over.set()
        go.set()
        raise
    finally:
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    return began_s, errors


def _make(deposit, n_deposits, over):
    for begin in range(0, n_deposits, _BATCH):
        if over.is_set():
            break
        for _ in range(min(_BATCH, n_deposits - begin)):
            deposit()
