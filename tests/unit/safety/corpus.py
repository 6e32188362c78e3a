"""Functions that share something between calls: 12 that a race can break, and 12 that none can.

Each is a ``Case``: what is called, with which arguments. ``KNOWN`` are races that people reported
for well-known programs, rebuilt as small as they can be.
"""

import itertools
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Case:
    """A function, its calls, what must hold, and what each order begins with."""

    func: Callable[..., Any]
    calls: Any = 2
    check: Callable[..., Any] | None = None
    setup: Callable[[], Any] | None = None
    kind: str = "differs"

    @property
    def name(self) -> str:
        """The name of the function."""
        return getattr(self.func, "__name__", type(self.func).__name__)


class Account:
    def __init__(self, balance=100):
        self.balance, self.lock = balance, threading.Lock()


def two_accounts():
    return [Account(), Account()]


# --- Racy

total = 0


def counter():
    global total
    total += 1


def rounded(account):
    account.balance = round(account.balance + 1, 2)


def check_then_act(account, amount):
    if account.balance >= amount:
        account.balance -= amount
        return True
    return False


class Settings:
    _only = None

    def __init__(self):
        self.colour = "red"


def lazy_singleton():
    if Settings._only is None:
        Settings._only = Settings()
    return Settings._only


words: dict[str, int] = {}


def count_word(word):
    words[word] = words.get(word, 0) + 1


stock = {"tea": 5}


def item_plus_one():
    stock["tea"] += 1


def take_two(numbers):
    """Two threads share an iterator: neighbours belong together."""
    return [next(numbers), next(numbers)]


def pairs():
    return iter(range(6))


answers: dict[int, int] = {}
n_computed = 0


def cached(n):
    global n_computed
    if n not in answers:
        n_computed += 1
        answers[n] = n * n
    return answers[n]


class Table:
    ready = False
    rows: ClassVar[list[int]] = []
    lock = threading.Lock()

    @classmethod
    def look_up(cls):
        """The double-checked lock that says too early that all is ready."""
        if not cls.ready:
            with cls.lock:
                if not cls.ready:
                    cls.ready = True
                    cls.rows = [1, 2, 3]
        return len(cls.rows)


def transfer(accounts, source, target, amount):
    with accounts[source].lock, accounts[target].lock:
        accounts[source].balance -= amount
        accounts[target].balance += amount


def read_outside(account, amount):
    """It reads before it has the lock."""
    before = account.balance
    with account.lock:
        account.balance = before + amount


def free_seat():
    return {"free": [1, 2], "taken": {}}


def book(plane, name):
    seat = plane["free"][0]
    plane["taken"][name] = seat
    plane["free"] = [one for one in plane["free"] if one != seat]
    return seat


def different_seats(plane, results):
    return len(set(results)) == len(results)


one, other = Account(), Account()
RACY = [
    Case(counter),
    Case(rounded, [(one,), (one,)]),
    Case(check_then_act, [(one, 60), (one, 60)]),
    Case(lazy_singleton),
    Case(count_word, ["tea", "tea"]),
    Case(item_plus_one),
    Case(take_two, [(), ()], setup=pairs),
    Case(cached, [3, 3]),
    Case(Table.look_up),
    Case(transfer, [(0, 1, 10), (1, 0, 30)], setup=two_accounts, kind="deadlock"),
    Case(read_outside, [(one, 1), (one, 2)]),
    Case(book, ["Ann", "Bob"], different_seats, free_seat, "check"),
]


# --- Safe

lock = threading.Lock()


def locked_counter():
    global total
    with lock:
        total += 1


def locked_check(account, amount):
    with account.lock:
        if account.balance >= amount:
            account.balance -= amount
            return True
        return False


def locked_singleton():
    with lock:
        if Settings._only is None:
            Settings._only = Settings()
    return Settings._only


def right_double_check():
    if Table.ready:
        return len(Table.rows)
    with Table.lock:
        if not Table.ready:
            Table.rows = [1, 2, 3]
            Table.ready = True
    return len(Table.rows)


log: list[str] = []


def append(line):
    log.append(line)


accounts: dict[str, list[int]] = {}


def set_default(name):
    accounts.setdefault(name, [0])
    return accounts[name]


def in_order(accounts, source, target, amount):
    first, second = sorted((source, target))
    with accounts[first].lock, accounts[second].lock:
        accounts[source].balance -= amount
        accounts[target].balance += amount


mine = threading.local()


def own_counter():
    mine.n = getattr(mine, "n", 0) + 1
    return mine.n


numbers = itertools.count()


def take_number():
    return next(numbers)


def hand_over(box, role):
    """A producer and a consumer with a queue."""
    if role == "put":
        box.put("parcel")
        return None
    return box.get(timeout=5)


recursive = threading.RLock()


def twice():
    with recursive:
        once()
        once()


def once():
    global total
    with recursive:
        total = total + 1


def wait_for(box, role):
    """One waits for the condition that the other brings about."""
    ready, items = box
    with ready:
        if role == "give":
            items.append(1)
            ready.notify()
            return None
        while not items:
            ready.wait()
        return items.pop()


def condition_and_list():
    return threading.Condition(), []


SAFE = [
    Case(locked_counter, 3),
    Case(locked_check, [(one, 60), (one, 60)]),
    Case(locked_singleton),
    Case(right_double_check),
    Case(append, ["a", "b"]),
    Case(set_default, ["Ann", "Ann"]),
    Case(in_order, [(0, 1, 10), (1, 0, 30)], setup=two_accounts),
    Case(own_counter),
    Case(take_number),
    Case(hand_over, ["put", "get"], setup=queue.Queue),
    Case(twice),
    Case(wait_for, ["give", "take"], setup=condition_and_list),
]
