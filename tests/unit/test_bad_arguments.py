"""Whatever is given to the functions of the front door, what is refused is refused in one line."""

import asyncio
import itertools
import math
import multiprocessing
import sys
import threading
import time

import numpy as np
import pytest

import helpers as lab
from helpers.cells import overlap
from helpers.errors import LabError


class Unprintable:
    def __repr__(self):
        raise LookupError("the session is closed")


class NoText:
    def __repr__(self):
        return 3


class Proxy:
    """It stands for something that is not there yet."""

    def __getattr__(self, name):
        raise RuntimeError("outside of a context")


class Incomparable:
    __hash__ = None

    def __eq__(self, other):
        raise ValueError("ambiguous")

    __bool__ = __ne__ = __eq__


class NoLength:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        raise OSError("the disk is gone")


class Meta(type):
    def __repr__(cls):
        raise TypeError("a class that cannot be shown")


class Unnamed(metaclass=Meta):
    pass


class Panic(BaseException):
    """As an extension written in Rust raises it."""


VALUES = [
    *(-3, 0, math.nan, 10**5000, 1j, True, "text", "", "two\nlines" * 300, b"bytes", ...),
    *((), [None], {"a": 1}, {1: None}, set(), [[]], {"a": ("serial", 3)}, ["threads", 3]),
    *(list, np.array(3), np.array([]), np.zeros((2, 2)), iter([1]), map(str, [1]), sys),
    *(Unprintable(), [Unprintable()], {"a": Unprintable()}, NoText(), Proxy(), Incomparable()),
    *([Incomparable()], NoLength(-1), NoLength(9), NoLength(None), Unnamed, Unnamed()),
    *(threading.Lock(), object(), NotImplemented, itertools.count()),
]


def raising(error):
    def call(*_):
        raise error

    return call


async def waits(*_):
    return 1


def yields(*_):
    yield 1


async def streams(*_):
    yield 1


FUNCTIONS = [
    *map(raising, [Panic("two\nlines" * 300), KeyboardInterrupt(), SystemExit(3), GeneratorExit()]),
    *map(raising, [asyncio.CancelledError(), KeyError(Unprintable())]),
    *(waits, yields, streams, lambda *_: [yields()], lambda a, b, c: 1),
    type("two\nlines" * 90, (), {"__call__": raising(ValueError())})(),
]

QUICK = {"budget_s": 0.5, "kinds": ["threads"], "n_workers": 2}
JOB = lab.job(abs, [1, 2, 3])
WAY = {"a": ("serial", lambda pool: [1])}


def with_option(function, *given, **usual):
    """Return a call for each option, which is given one value."""

    def call(name):
        return lambda value: function(*given, **{**usual, name: value})

    return {f"{function.__name__} {name}": call(name) for name in usual}


ARGUMENTS = {
    "verdict func": lambda value: lab.verdict(value, [1, 2, 3], **QUICK),
    "verdict items": lambda value: lab.verdict(str, value, **QUICK),
    **with_option(lab.verdict, abs, [1, 2, 3], **QUICK, same=None, stop=None),
    "job function": lambda value: lab.job(value, [1]),
    "job items": lambda value: lab.job(str, value),
    **with_option(lab.job, str, [1], title=None, same=None),
    "compare job": lambda value: lab.compare(value, ["threads"], 1, rounds=1),
    **with_option(
        lab.compare, JOB, kinds="threads", workers=1, rounds=1, sublists=1, budget_s=0.1, guess=None
    ),
    "meter func": lambda value: lab.meter(value, seconds=0.01),
    **with_option(lab.meter, time.sleep, 0.01, seconds=0.01, limit_s=9),
    "race ways": lambda value: lab.race(value, rounds=1),
    "race way": lambda value: lab.race({"a": value}, rounds=1),
    "race kind": lambda value: lab.race({"a": (value, len)}, rounds=1),
    "race function": lambda value: lab.race({"a": ("serial", value)}, rounds=1),
    "race answer": lambda value: lab.race({"a": ("serial", lambda pool: value)}, rounds=1),
    **with_option(
        lab.race, WAY, guess=None, rounds=1, budget_s=1, workers=1, floors=None, title="One job"
    ),
    "finding id": lab.finding,
    "overlap calls": lab.overlap,
    "overlap call": lambda value: lab.overlap({"a": value}),
    "overlap guess": lambda value: lab.overlap({"a": time.time}, value),
    "overlap recorded": lambda value: lab.overlap({"a": time.time}, recorded=value),
    "timeline kind": lambda value: lab.timeline(value, seconds=0.01),
    "timeline works": lambda value: lab.timeline("threads", value, seconds=0.01),
    **with_option(lab.timeline, "threads", seconds=0.01, switch_interval_s=0.01),
}
CALLS = {
    "verdict": lambda function: lab.verdict(function, [1, 2, 3], **QUICK),
    "verdict without items": lambda function: lab.verdict(function, **QUICK),
    "verdict same": lambda function: lab.verdict(abs, [1, 2, 3], same=function, **QUICK),
    "compare": lambda function: lab.compare(lab.job(function, [1, 2]), "threads", 1, rounds=1),
    "compare same": lambda function: lab.compare(
        lab.job(abs, [1, 2], same=function), "threads", 1, rounds=1
    ),
    "meter": lambda function: lab.meter(function, seconds=0.01),
    "race": lambda function: lab.race({"a": ("serial", function)}, rounds=1),
    "overlap": lambda function: lab.overlap({"a": function}),
    "timeline": lambda function: lab.timeline("threads", lab.job(function, [1, 2]), seconds=0.01),
}


def short_refusal(call, value):
    """Return what a call is refused with, or None where it goes well; nothing else may come."""
    try:
        call(value)
    except LabError as error:
        said = str(error)
        assert len(said) <= 400 and said.count("\n") <= 1, said
        return said
    return None


@pytest.fixture(autouse=True)
def quickly(monkeypatch, quick_capacity):
    monkeypatch.setattr(overlap, "_SECONDS", 0.01)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_value_of_any_kind_is_taken_or_refused_in_one_line(name):
    values = VALUES[::4] if name == "race answer" else VALUES  # an empty one is measured
    refused = [short_refusal(ARGUMENTS[name], value) for value in values]
    assert any(refused) or name in ("race answer", "overlap recorded")


@pytest.mark.parametrize("name", CALLS)
def test_a_function_of_any_kind_is_refused_in_one_line(name, recwarn):
    for function in FUNCTIONS:
        said = short_refusal(CALLS[name], function)
        assert said or name.endswith("same"), function
    assert not [warning for warning in recwarn if "never awaited" in str(warning.message)]


class OnlyInWorkers:
    """It raises in other processes and threads only."""

    def __init__(self, error):
        self.error = error

    def __call__(self, item):
        if threading.current_thread() is not threading.main_thread():
            raise self.error
        if multiprocessing.parent_process() is not None:
            raise self.error
        return item


@pytest.mark.parametrize(
    ("kind", "error"),
    [("threads", SystemExit(3)), ("processes", KeyboardInterrupt()), ("processes", Panic("deep"))],
)
def test_what_only_workers_raise_is_told(kind, error):
    job = lab.job(OnlyInWorkers(error), list(range(20)))
    said = short_refusal(lambda job: lab.compare(job, kind, 2, rounds=1), job)
    assert f"OnlyInWorkers in {kind} with 2 workers raised {type(error).__name__}" in said


@pytest.mark.parametrize("error", [KeyboardInterrupt(), GeneratorExit(), Panic("deep")])
def test_a_verdict_tells_what_only_workers_raise(error):
    found = lab.verdict(OnlyInWorkers(error), list(range(20)), **{**QUICK, "budget_s": 4})
    [refused] = [way.refused for way in found.ways if way.refused]
    assert f"raised {type(error).__name__}" in refused


class Panics:
    """An item whose own code raises what derives from nothing but BaseException."""

    def _panic(self, *_):
        raise Panic("deep")

    __reduce_ex__ = __repr__ = __len__ = __getitem__ = _panic


def test_items_whose_own_code_panics_are_told_in_one_line():
    assert "raised Panic: deep" in short_refusal(lambda items: lab.job(id, items), Panics())
    assert lab.verdict(type, [Panics()] * 20, budget_s=2, kinds=["threads", "processes"])
    job = lab.job(type, [Panics()] * 20)
    said = short_refusal(lambda job: lab.compare(job, "processes", 1, rounds=1), job)
    assert "Panic" in said


@pytest.mark.parametrize(
    "call",
    [
        lab.Parsons,
        lab.ScalingLab,
        lab.card,
        lab.decide,
        lab.pool,
        lab.predict,
        lab.predict_time,
        lab.recorded,
        lambda value: lab.pictures(format=value),
        lambda value: lab.predict_which("Which?", value),
        lambda value: lab.predict_which(value, ["a"]),
    ],
)
def test_the_rest_of_the_front_door_takes_a_value_or_refuses_it_in_one_line(call):
    assert any(short_refusal(call, value) for value in VALUES)


class Panic(BaseException):
    """As extensions raise it."""


def panics(self, *arguments):
    raise Panic


@pytest.mark.parametrize("name", ["__class__", "__dict__", "__module__", "__getattribute__"])
def test_an_object_of_which_nothing_can_be_asked_is_called_all_the_same(name):
    says = panics if name == "__getattribute__" else property(panics)
    odd = type("Odd", (), {"__call__": lambda self, x: self, name: says, "__sizeof__": panics})()
    said = lab.verdict(odd, [1, 2, odd], budget_s=0.5, kinds=["threads"])
    assert said.evidence.name == "Odd" and said.evidence.refused == {}
