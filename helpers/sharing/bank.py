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
    make_account: "Callable[[], Any]", n_threads: int, n_deposits: int
) -> "tuple[int, float]":
    """Return the balance after so many threads made so many deposits of 1 each, and the seconds.

    What ``make_account`` returns has ``deposit()``, a ``balance``, and ``close()`` when it must be
    told that the last deposit was made. What a deposit raises is passed on.
    """
    account = make_account()
    go, over, errors = threading.Event(), threading.Event(), []

    def teller():
        go.wait()
        try:
            _make(account.deposit, n_deposits, over)
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
    finally:
        over.set()
        go.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
        if hasattr(account, "close"):
            account.close()
    if errors:
        raise errors[0]
    return account.balance, time.perf_counter() - began_s


def _make(deposit, n_deposits, over):
    for begin in range(0, n_deposits, _BATCH):
        if over.is_set():
            break
        for _ in range(min(_BATCH, n_deposits - begin)):
            deposit()
