"""Whether another Python is worth it: figures made by hand go in, and nothing is measured."""

import dataclasses

import pytest

from helpers.core.machine import Capacity
from helpers.judge.choose import SERIAL, Way
from helpers.judge.facts import Facts
from helpers.judge.move import Offer, choose_python
from tests.unit.results import MACHINE

TWO = Capacity((1, 2), ((1.0,) * 3, (1.9,) * 3), (1.0,) * 3)
ONE = Capacity((1, 2), ((1.0,) * 3, (1.0,) * 3), (1.0,) * 3)
BUSY = Capacity((1, 2), ((1.0,) * 3, (1.9,) * 3), (0.5,) * 3)


def facts(capacity=TWO, busy_share=1.0, **others):
    machine = dataclasses.replace(MACHINE, usable_cpus=2.0)
    return Facts(machine, capacity, busy_share, total_s=10.0, **others)


def offer(python, kind, *speed_ups, oddity=0, of=None):
    way = SERIAL if kind == "serial" else Way(kind, 2)
    rounds = speed_ups if len(speed_ups) > 1 else speed_ups * 5
    return Offer(python, way, rounds, of or facts(), oddity)


def chosen(best_here, *offers, here=None):
    found = choose_python(best_here, offers, here or facts())
    return found and (found.python, found.way.kind)


def test_a_python_has_to_be_a_tenth_faster_than_the_best_here():
    assert chosen(1.8, offer("3.14", "processes", 1.9)) is None
    assert chosen(1.8, offer("3.14", "processes", 2.1)) == ("3.14", "processes")
    assert chosen(1.0, offer("3.14", "serial", 1.2)) == ("3.14", "serial")


def test_rounds_that_are_not_sure_need_a_quarter():
    assert chosen(1.0, offer("3.14", "serial", 0.9, 1.2, 0.95, 1.2, 1.2)) is None
    assert chosen(1.0, offer("3.14", "serial", 1.2, 1.2)) is None  # two rounds only
    assert chosen(1.0, offer("3.14", "serial", 1.3, 1.3)) == ("3.14", "serial")


def test_of_those_as_good_the_simplest_kind_and_the_most_usual_python_is_taken():
    free, usual = offer("3.14t", "threads", 1.85, oddity=1), offer("3.14", "processes", 1.95)
    assert chosen(1.0, usual, free) == ("3.14t", "threads")
    jit = offer("3.15 with its JIT", "serial", 1.35, oddity=1)
    assert chosen(1.0, jit, offer("3.15", "serial", 1.3)) == ("3.15", "serial")
    assert chosen(1.0, usual, offer("3.14t", "threads", 1.6, oddity=1)) == ("3.14", "processes")


@pytest.mark.parametrize("kind", ["serial", "threads"])
def test_on_a_busy_machine_nothing_moves(kind):
    moving = offer("3.14t", kind, 3.0)
    assert chosen(1.0, moving, here=facts(BUSY)) is None
    assert chosen(1.0, offer("3.14t", kind, 3.0, of=facts(BUSY))) is None


def test_with_one_core_only_plain_loops_are_compared():
    one = facts(ONE)
    offers = offer("3.14t", "threads", 1.9, of=one), offer("3.15", "serial", 1.4, of=one)
    assert chosen(1.0, *offers, here=one) == ("3.15", "serial")
    assert chosen(1.0, offers[0], here=one) is None


def test_what_is_over_in_a_moment_stays():
    here = dataclasses.replace(facts(), total_s=0.01)
    assert chosen(1.0, offer("3.14", "serial", 3.0), here=here) is None
