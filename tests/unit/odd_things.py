"""Objects and functions that are odd in one way each, for whatever takes those of readers.

Workers import this module, so it imports nothing but the standard library.
"""

import asyncio
import contextvars
import decimal
import functools
import itertools
import logging
import math
import multiprocessing
import operator
import os
import random
import sys
import threading
import time
from collections import OrderedDict, UserList, defaultdict, deque
from dataclasses import dataclass, field
from types import SimpleNamespace

__all__ = ["asyncio", "decimal", "functools", "itertools", "math", "operator"]

GLOBAL = [0]
TOTAL = 0
SETTING = contextvars.ContextVar("SETTING", default=0)
METHODS = [
    f"__{name}__"
    for name in """
    eq ne lt hash bool len getitem iter next contains repr str format reduce reduce_ex getstate
    getattr getattribute dir sizeof call class add float index int copy deepcopy array name doc
    module wrapped self dict code defaults closure signature length_hint
    """.split()
]
BEHAVIOURS = {}


# -- errors ----------------------------------------------------------------------------


class TwoArguments(Exception):
    """Pickling it back fails, because ``args`` has one."""

    def __init__(self, what, where):
        super().__init__(f"{what} at {where}")


class Silent(Exception):
    """It cannot be shown."""

    def __str__(self):
        raise LookupError("no text")

    __repr__ = __str__


class NoText(Exception):
    def __str__(self):
        return None


class Panic(BaseException):
    """As extensions raise it."""


class Keeps(Exception):
    """It keeps what cannot be sent."""

    def __init__(self):
        super().__init__("kept")
        self.lock = threading.Lock()


ERRORS = [
    "ValueError('no')", "KeyError(('a', 1))", "TwoArguments('lost', 'the end')", "Silent()",
    "NoText()", "Panic('rust')", "Keeps()", "StopIteration()", "StopIteration(1)",
    "GeneratorExit()", "SystemExit(3)", "SystemExit('bye')", "asyncio.CancelledError()",
    "MemoryError()", "RecursionError('deep')", "AssertionError()", "OSError(28, 'full', 'a\\n b')",
    "UnicodeDecodeError('utf-8', b'\\xff', 0, 1, 'odd')", "ValueError('x' * 10**6)",
    "ValueError('\\n' * 500 + 'a')", "ValueError('\\ud800')",
    "ExceptionGroup('g', [ValueError(1)])",
    "BaseExceptionGroup('g', [Panic(1)])", "ImportError(name='x')", "TimeoutError()",
    "BrokenPipeError()", "EOFError()", "AttributeError()",
    "TypeError('missing 1 positional argument')",
    "NotImplementedError()", "Warning('w')", "SyntaxError('bad', ('f', 1, 2, 'text'))",
]  # fmt: skip


# -- objects ---------------------------------------------------------------------------


def _behaviour(function):
    BEHAVIOURS[function.__name__] = function
    return function


@_behaviour
def raises(self, *arguments):
    raise ValueError("odd")


@_behaviour
def raises_two(self, *arguments):
    raise TwoArguments("odd", "here")


@_behaviour
def panics(self, *arguments):
    raise Panic("odd")


@_behaviour
def stops(self, *arguments):
    raise StopIteration


@_behaviour
def exits(self, *arguments):
    raise SystemExit(2)


@_behaviour
def recurses(self, *arguments):
    return recurses(self, *arguments)


@_behaviour
def gives_none(self, *arguments):
    return None


@_behaviour
def gives_itself(self, *arguments):
    return self


@_behaviour
def gives_text(self, *arguments):
    return "odd\nodd \ud800"


@_behaviour
def gives_long_text(self, *arguments):
    return "odd " * 100_000


@_behaviour
def gives_negative(self, *arguments):
    return -1


@_behaviour
def gives_three(self, *arguments):
    return 3


@_behaviour
def gives_huge(self, *arguments):
    return 10**25


@_behaviour
def gives_nan(self, *arguments):
    return math.nan


@_behaviour
def gives_an_object(self, *arguments):
    return object()


@_behaviour
def gives_a_tuple(self, *arguments):
    return (len, ([],))


@_behaviour
def gives_chance(self, *arguments):
    return random.random()


@_behaviour
def gives_true_or_false(self, *arguments):
    return random.random() < 0.5


@_behaviour
def goes_on(self, *arguments):
    return itertools.count()


@_behaviour
def dawdles(self, *arguments):
    time.sleep(0.002)
    return NotImplemented


@_behaviour
def gives_a_list(self, *arguments):
    return [self, self]


@functools.cache
def _class(method, behaviour):
    body = {method: BEHAVIOURS[behaviour], "__slots__": ()}
    if method in ("__class__", "__dict__", "__name__", "__self__", "__wrapped__", "__code__"):
        body[method] = property(BEHAVIOURS[behaviour])
    if method not in ("__reduce__", "__reduce_ex__", "__class__"):
        body["__reduce__"] = lambda self: (odd, (method, behaviour))
    return type("Odd", (), body)


def odd(method, behaviour):
    """Return an object with one method that misbehaves."""
    return _class(method, behaviour)()


def odd_function(method, behaviour):
    """Return one that can be called as well."""
    body = {} if method == "__call__" else {"__call__": lambda self, *arguments: 3}
    return type("OddFunction", (type(odd(method, behaviour)),), body)()


class Meta(type):
    def __repr__(cls):
        raise ValueError("no name")

    __name__ = property(__repr__)

    def __eq__(cls, other):
        raise ValueError("not that")

    __hash__ = type.__hash__


class OddClass(metaclass=Meta):
    pass


class Sequence:
    """It says that it has so many items, and has others."""

    def __init__(self, n, real, item=None, pause_s=0.0):
        self.n, self.real, self.item, self.pause_s = n, real, item, pause_s

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        if isinstance(index, int) and index >= self.real:
            raise IndexError(index)
        if self.pause_s:
            time.sleep(self.pause_s)
        return index if self.item is None else self.item


class Node:
    """One of a tree whose parts know each other."""

    def __init__(self, n=3, parent=None):
        self.parent, self.root = parent, parent.root if parent else self
        self.children = [Node(n - 1, self) for _ in range(min(n, 3))]


class Slots:
    __slots__ = ("a", "unset")

    def __init__(self, a=None):
        self.a = a


@dataclass
class Record:
    a: object = None
    b: list = field(default_factory=list)

    def method(self, x=None):
        return self.a

    def grows(self, x=None):
        self.b.append(x)
        return len(self.b)

    @classmethod
    def of_class(cls, x=None):
        return cls(x)

    @staticmethod
    def of_none(x=None):
        return x


class Local(threading.local):
    pass


def ring(n=1):
    """Return a list of n lists, the last of which has the first in it."""
    first = last = []
    for _ in range(n - 1):
        last.append([])
        last = last[0]
    last.append(first)
    return first


def crowd():
    """Return a list that has itself in it many times."""
    root = []
    root[:] = [root, root, None, None, {"root": root}]
    return root


def dict_ring():
    found = {}
    found["me"] = found["too"] = found
    return found


def record_ring():
    found = Record()
    found.a, found.b = found, [found]
    return found


def deep(n):
    """Return a list of one list of one list, and so on."""
    found = []
    for _ in range(n):
        found = [found]
    return found


def deep_dict(n):
    found = {}
    for _ in range(n):
        found = {"a": found}
    return found


def shared(n):
    """Return 2**n parts, in n lists."""
    found = [0]
    for _ in range(n):
        found = [found, found]
    return found


def local_class():
    class Inside:
        pass

    return Inside()


# -- functions -------------------------------------------------------------------------


def in_worker():
    return (
        multiprocessing.parent_process() is not None
        or threading.current_thread() is not threading.main_thread()
    )


def gives(value):
    """Return a function that gives this value."""
    return lambda x=None: value


def makes(make):
    """Return a function that calls another for each answer."""
    return lambda x=None: make()


def always(error):
    def fails(x=None):
        raise error

    return fails


def now_and_then(error, share=0.05):
    def fails(x=None):
        if random.random() < share:
            raise error
        return 1

    return fails


def in_workers(error):
    def fails(x=None):
        if in_worker():
            raise error
        return 1

    return fails


def counts(limit=3):
    """Return a function whose answers differ from one call on."""
    numbers = itertools.count()
    return lambda x=None: next(numbers) > limit


def same(x=None):
    return x


def prints(x=None):
    print("x" * 100, file=random.choice([sys.stdout, sys.stderr]))
    logging.getLogger("odd").warning("odd")
    return 1


def writes(x=None):
    os.write(1, b"\xff" * 100)
    return 1


def asks(x=None):
    return input("? ")


def adds_to_global(x=None):
    global TOTAL
    TOTAL += 1
    GLOBAL.append(1)
    if len(GLOBAL) > 100:
        GLOBAL.clear()


def adds_to_default(x=None, seen=[]):  # noqa: B006
    seen.append(1)
    return len(seen) % 2


def adds_to_itself(x=None):
    adds_to_itself.n = getattr(adds_to_itself, "n", 0) + 1


def draws(x=None):
    return random.random()


def draws_seeded(x=None):
    random.seed(3)
    return random.random()


def sets_decimal(x=None):
    decimal.getcontext().prec = 28
    return decimal.Decimal(1) / 7


def sets_context(x=None):
    before = SETTING.get()
    SETTING.set(1)
    return before


def sets_environment(x=None):
    os.environ["GIL_LAB_ODD"] = str(x)[:20] if isinstance(x, int | str) else "odd"
    return len(os.environ) > 0


def sleeps(x=None):
    time.sleep(0.002)


def spins(x=None):
    return sum(i * i for i in range(3000))


def generates(x=None):
    yield x


async def awaits(x=None):
    return x


async def generates_async(x=None):
    yield x


def runs_loop(x=None):
    return asyncio.run(awaits(1))


def ends_worker(x=None):
    if multiprocessing.parent_process() is not None:
        os._exit(3)
    return 1


def takes_two(x, y):
    return x


def takes_none():
    return 1


def takes_named(*, x):
    return x


def takes_what_goes(*x, **y):
    return len(x)


def lock_in_answer(x=None):
    return threading.Lock()


def changes_item(x=None):
    try:
        x.append(1)
        del x[3:]
    except (AttributeError, TypeError):
        return 0
    return len(x)


def deep_answer(x=None):
    return deep(3000)


def large_answer(x=None):
    return bytes(300_000)


def is_odd(answer, other):
    raise ValueError("not these")


def wrapped(function):
    def inside(*arguments, **named):
        return function(*arguments, **named)

    try:
        return functools.wraps(function)(inside)
    except BaseException:
        return inside


def endless(function=same):
    """Return a function that says it wraps itself."""
    found = wrapped(function)
    found.__wrapped__ = found
    return found


def with_odd_names(function=same):
    """Return a function whose name is no text that can be written."""
    found = wrapped(function)
    found.__name__, found.__qualname__ = "\ud800\n" * 300, "a" * 10_000
    found.__module__, found.__doc__ = 3, 7
    return found


def from_nowhere():
    """Return a function whose globals know nothing of a module."""
    space = {}
    exec("def nowhere(x=None):\n    return 1", space)
    return space["nowhere"]


CONTAINERS = (OrderedDict, UserList, defaultdict, deque, SimpleNamespace, Local, Slots)
