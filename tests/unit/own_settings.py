"""Functions whose answers hang on what belongs to one process or thread; workers import them."""

import contextvars
import json
import os
import threading
import time
from decimal import Decimal

FACTOR = 1
mode = contextvars.ContextVar("mode", default=1)
of_thread = threading.local()
turn: list[object] = [None]


class Scale:
    by = 1


scale = Scale()


def third(n):
    return Decimal(n) / 3


def with_mode(n):
    return mode.get() + n


def with_local(n):
    return of_thread.x + n


def quotient(n):
    import numpy as np

    try:
        return float((np.array([n]) / np.array([0.0]))[0])
    except FloatingPointError:
        return None


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


def times_factor(n):
    return n * FACTOR


def scaled(n):
    return n * scale.by


def dumped(n):
    return json.dumps(n)


def digits(n):
    return len(str(10**n))


def unordered(text):
    return list({*text.split()})


def hashed(text):
    return hash(text) % 1_000_003


def process(n):
    return os.getpid(), n


def thread(n):
    return threading.current_thread().name, n


def address(n):
    return repr(scale)


def race(n):
    me = turn[0] = object()
    time.sleep(0.05)  # so long that two are under way at once on any machine
    return turn[0] is me


def is_first(n):
    return threading.current_thread() is threading.main_thread()


def turns(n):
    return n * int(os.environ.get("NUMBER_OF_TURNS", "1"))
