"""What threads do to data that they share, in one Python: money lost, steps torn apart, locks met.

Other Pythons run this file too, as it stands: it imports the standard library only, and keeps
to what Python 3.9 understands. As a program it prints what ``races`` returns, as JSON.
"""

import collections
import json
import queue
import sys
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

N_THREADS = 4
OFTEN_S = 0.0001  # so often may threads take turns, which makes a rare loss a common one


class Plain:
    """An account with the line that everybody writes."""

    balance = 0

    def deposit(self) -> None:
        self.balance += 1


class Rounded(Plain):
    """The same with a call between reading and writing."""

    def deposit(self) -> None:
        self.balance = round(self.balance + 1, 2)


class Locked(Plain):
    """The same with a lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def deposit(self) -> None:
        with self.lock:
            self.balance += 1


class Noting(Locked):
    """The same, which counts how often a thread found the lock taken."""

    met = 0

    def deposit(self) -> None:
        met = not self.lock.acquire(False)
        if met:
            self.lock.acquire()
        self.balance += 1
        self.met += met
        self.lock.release()


class Posted(Plain):
    """Deposits go into a queue, and one thread, the owner, takes them out."""

    def __init__(self) -> None:
        self.inbox: queue.Queue[int | None] = queue.Queue()
        self.owner = threading.Thread(target=self.serve, daemon=True)
        self.owner.start()

    def deposit(self) -> None:
        self.inbox.put(1)

    def serve(self) -> None:
        while True:
            amount = self.inbox.get()
            if amount is None:
                return
            self.balance += amount

    def close(self) -> None:
        self.inbox.put(None)
        self.owner.join()


def in_threads(function: "Callable[[], Any]", n_threads: int = N_THREADS) -> "list[Any]":
    """Return what ``function`` returned in each of so many threads, which begin together."""
    answers: list[Any] = []
    together = threading.Barrier(n_threads)

    def run():
        together.wait()
        answers.append(function())

    threads = [threading.Thread(target=run, daemon=True) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def deposits_in(account: "Any", n_threads: int, n: int) -> None:
    """Let so many threads make ``n`` deposits each, and return when all are booked."""

    def deposits():
        for _ in range(n):
            account.deposit()

    in_threads(deposits, n_threads)
    getattr(account, "close", int)()


def lost(make_account: "Callable[[], Any]", n: int) -> int:
    """Return how many of four threads' ``n`` deposits each are missing in the end."""
    account = make_account()
    deposits_in(account, N_THREADS, n)
    return N_THREADS * n - account.balance


# --- Is it one step? Each returns how many results of four threads are wrong.


def append(n: int) -> int:
    """Return how many items are missing from one list."""
    items: list[int] = []

    def work():
        for i in range(n):
            items.append(i)

    in_threads(work)
    return N_THREADS * n - len(items)


def add_to_entry(n: int) -> int:
    """Return how many counts are missing from one entry of a dict."""
    counts = {"all": 0}

    def work():
        for _ in range(n):
            counts["all"] += 1

    in_threads(work)
    return N_THREADS * n - counts["all"]


def set_default(n: int) -> int:
    """Return how many seats were sold more than once."""
    seats: dict[int, object] = {}

    def work():
        sold = 0
        for seat in range(n):
            mine = object()
            sold += seats.setdefault(seat, mine) is mine
        return sold

    return sum(in_threads(work)) - n


def check_then_act(n: int) -> int:
    """Return the same, where a thread first looks whether the seat is free."""
    seats: dict[int, object] = {}

    def work():
        sold = 0
        for seat in range(n):
            if seat not in seats:
                seats[seat] = object()
                sold += 1
        return sold

    return sum(in_threads(work)) - n


def _handed_out_again(numbers):
    """Return how many numbers an iterator, shared by all threads, gave out more than once."""
    lists = in_threads(lambda: list(numbers))
    given = collections.Counter(number for answer in lists for number in answer)
    return sum(times > 1 for times in given.values())


def list_iterator(n: int) -> int:
    """Return how many items of one list were handed out more than once."""
    return _handed_out_again(iter(list(range(N_THREADS * n))))


def serialized(n: int) -> int:
    """Return the same of a generator in the wrapper that came with 3.15."""
    wrap = getattr(threading, "serialize_iterator")  # noqa: B009 (type checkers may not know it)
    return _handed_out_again(wrap(i for i in range(N_THREADS * n)))


STEPS = {
    "items.append(x)": append,
    "seats.setdefault(n, me)": set_default,
    'counts["all"] += 1': add_to_entry,
    "if n not in seats: seats[n] = me()": check_then_act,
    "next(one_list_iterator)": list_iterator,
}
SERIALIZED = "next(serialize_iterator(generator))"
if hasattr(threading, "serialize_iterator"):
    STEPS[SERIALIZED] = serialized


def races(n: int = 50_000, rounds: int = 5) -> "dict[str, Any]":
    """Return what went wrong in each round, with ``n`` steps in each of four threads."""
    tries = dict(STEPS)
    tries["plain"] = lambda n: lost(Plain, n)
    tries["rounded"] = lambda n: lost(Rounded, n)
    wrong: dict[str, list[int]] = {name: [] for name in tries}
    usual_s = sys.getswitchinterval()
    try:
        sys.setswitchinterval(OFTEN_S)
        for _ in range(rounds):
            for name, attempt in tries.items():
                wrong[name].append(attempt(n))
    finally:
        sys.setswitchinterval(usual_s)
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return {"gil": gil, "n_steps": N_THREADS * n, "wrong": wrong}


def price_ns(make_account: "Callable[[], Any]", n_threads: int, n: int) -> float:
    """Return the nanoseconds of a deposit, of so many threads with ``n`` deposits each."""
    account = make_account()
    began_s = time.perf_counter()
    deposits_in(account, n_threads, n)
    return 1e9 * (time.perf_counter() - began_s) / (n_threads * n)


def n_met(n: int) -> int:
    """Return how many of four threads' ``n`` deposits each found the lock taken."""
    account = Noting()
    deposits_in(account, N_THREADS, n)
    return account.met


if __name__ == "__main__":
    print(json.dumps(races()))
