"""Where random numbers and the time of a function come from."""

import datetime
import functools
import os
import random
import secrets
import time
import uuid
from datetime import datetime as moment
from random import choice

import pytest

from helpers.advice.chance import chance_in

own = random.Random(1)


def helper():
    return random.gauss(0, 1)


def by_a_helper(n):
    return helper()


def imported_inside(n):
    import random

    return random.random()


def in_a_comprehension(n):
    return sum([random.random() for _ in range(n)])


def in_a_lambda(n):
    return (lambda: random.random())()


def by_default(n, draw=random.random):
    return draw()


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


class Walk:
    def __init__(self):
        self.rng = random.Random()

    def step(self, n):
        return self.rng.random()

    def __call__(self, n):
        return self.step(n)


def sleeps(n):
    time.sleep(0)
    return time.strftime("%Y", time.gmtime(0))


FOUND = [
    (by_a_helper, "random"),
    (imported_inside, "random"),
    (in_a_comprehension, "random"),
    (in_a_lambda, "random"),
    (by_default, "random"),
    (decorated(by_a_helper), "random"),
    (Walk().step, "random"),
    (Walk(), "random"),
    (functools.partial(random.gauss, 0), "random"),
    (random.random, "random"),
    (lambda n: choice([1, 2]), "random"),
    (lambda n: own.random(), "random"),
    (lambda n: random.SystemRandom().random(), "secrets"),
    (lambda n: secrets.token_hex(), "secrets"),
    (lambda n: secrets.randbelow(3), "secrets"),
    (lambda n: uuid.uuid4(), "uuid"),
    (lambda n: os.urandom(3), "os.urandom"),
    (lambda n: time.perf_counter(), "time"),
    (lambda n: moment.now(), "datetime"),
    (lambda n: datetime.date.today(), "datetime"),
]
NOT_FOUND = [
    len,
    sleeps,
    lambda n: "random",
    lambda n: n.random(),
    lambda n: uuid.UUID(int=n),
    lambda n: datetime.date(2026, 1, 1),
]


@pytest.mark.parametrize(("function", "said"), FOUND, ids=range(len(FOUND)))
def test_chance_is_named(function, said):
    assert chance_in(function) == said


@pytest.mark.parametrize("function", NOT_FOUND, ids=range(len(NOT_FOUND)))
def test_what_is_no_chance_is_not_named(function):
    assert chance_in(function) is None


def test_the_chance_of_numpy_is_named():
    np = pytest.importorskip("numpy")
    rng = np.random.default_rng(1)
    for function in (lambda n: np.random.rand(), lambda n: rng.random(), np.random.rand):
        assert chance_in(function) == "numpy.random"
