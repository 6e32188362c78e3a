"""What is measured of a function: real calls and pools, never a figure of time."""

import asyncio
import itertools
import math
import os
import random
import sys
import threading
import time
from typing import ClassVar

import pytest

from helpers.advice.advice import advise
from helpers.advice.probe import gather
from helpers.advice.subject import default_kinds
from helpers.advice.verdict import verdict
from helpers.core.cut import spread
from helpers.core.pools import kinds, open_pool
from helpers.errors import LabError
from helpers.jobs.own import each, in_silence
from helpers.judge.facts import Facts
from tests.unit.patience import compared, given_time
from tests.unit.refusals import refusal

QUICK = {"budget_s": 0.6, "kinds": ["threads"]}
ROOM = {"budget_s": 4}  # for what must be run side by side, on a busy machine as well
seen = []
ticks = itertools.count()


def last(func, items=None, **options):
    """Return the last ``Evidence`` about a function."""
    *_, evidence = gather(func, items, **{**QUICK, **options})
    return evidence


def double(number):
    return 2 * number


def remembers(number):
    seen.append(number)
    return number


# -- what comes out --------------------------------------------------------------------


def test_it_grows_and_ends_with_runs_of_every_kind():
    found = list(gather(double, list(range(100)), **{**QUICK, "budget_s": 2}))
    assert found[0].doing == "begin" and found[-1].share == 1.0
    assert [e.share for e in found] == sorted(e.share for e in found)
    assert found[-1].n_items == 100 and found[-1].n_sample <= 100
    assert {run.kind for run in found[-1].result.runs} == {"serial", "threads"}
    assert found[-1].refused == {} and found[-1].changed is None and found[-1].unsteady is None


def test_functions_that_stand_in_no_module_go_to_processes():
    evidence = compared(lambda n: n + 1, list(range(50)), kinds=["processes"], budget_s=20)
    assert evidence.refused == {}
    assert evidence.result.point("processes", 2) is not None
    assert evidence.copied.n_items == evidence.n_sample


def test_without_items_it_is_called_again_and_again():
    n_calls = []
    evidence = last(lambda: len(n_calls))
    assert evidence.n_items is None and evidence.total_s is None
    assert advise(evidence).code == ""


def test_a_hopeless_way_leaves_its_rounds_to_the_others():
    items, kinds = [bytes(500_000)] * 40, ["threads", "processes"]

    def measure(budget_s):
        found = last(lambda data: data[0], items, budget_s=budget_s, kinds=kinds)
        return {way.kind: len(way.rates) for way in found.ways}

    rounds = given_time(measure, lambda rounds: rounds["processes"] == 1 < rounds["threads"], 8)
    assert rounds["processes"] == 1 < rounds["threads"]


def test_calls_that_wait_are_tried_in_many_threads():
    def judge(budget_s):
        return advise(last(lambda n: time.sleep(0.005), list(range(64)), budget_s=budget_s))

    def most(said):
        return max(way.n_workers for way in said.ways)

    said = given_time(judge, lambda said: said.kind == "threads" and most(said) > 2, 3)
    assert said.kind == "threads" and "waiting" in said.limits and most(said) > 2


def test_calls_that_wait_for_a_part_of_their_time_are_tried_in_many_threads_too(monkeypatch):
    monkeypatch.setattr(Facts, "waits_in_part", True)
    evidence = compared(double, list(range(64)), kinds=["threads"], budget_s=3)
    assert {run.n_workers for run in evidence.result.runs} == {1, 2, 8, 32}
    few = compared(double, list(range(5)), kinds=["threads"], budget_s=3)
    assert {run.n_workers for run in few.result.runs} == {1, 2, 5}


def test_a_call_longer_than_the_budget_is_made_once():
    n_calls = []

    def long(number):
        n_calls.append(number)
        time.sleep(0.6)

    evidence = last(long, [1, 2, 3], budget_s=0.5)
    assert len(n_calls) == 1
    assert evidence.serial_runs == [] and evidence.total_s >= 1.8
    assert "long calls" in advise(evidence).limits


def test_stop_ends_it_and_what_is_known_is_kept():
    stop = threading.Event()
    steps = gather(double, list(range(100)), stop=stop, **QUICK)
    next(steps)
    next(steps)
    stop.set()
    rest = list(steps)
    assert len(rest) <= 1
    assert not [t for t in threading.enumerate() if t.name.startswith("gil-lab")]


def test_the_kinds_are_those_that_are_usable_but_for_those_on_request():
    assert {"threads", "processes"} <= set(default_kinds())
    assert "serial" not in default_kinds() and "distributed" not in default_kinds()
    assert all(kinds()[kind] is None for kind in default_kinds())


def test_the_sample_comes_from_all_over_the_list():
    for n in (1, 2, 7, 10, 100, 101):
        assert sorted(spread(n)) == list(range(n))
    assert max(spread(1000)[:10]) > 800 and min(spread(1000)[:10]) < 200


# -- what is refused -------------------------------------------------------------------


def test_a_function_that_counts_is_unsteady():
    served = []

    def ticket(name):
        served.append(name)
        return len(served)

    evidence = last(ticket, ["a", "b", "c", "d"], **ROOM)
    assert "serially it is 1" in evidence.unsteady
    assert advise(evidence).headline.startswith("Refused: ticket")


def test_a_function_that_is_not_safe_in_threads_is_refused_with_the_difference():
    def who(number):
        return threading.current_thread() is threading.main_thread()

    evidence = last(who, list(range(20)), **ROOM)
    assert "item 0 is False, serially it is True" in evidence.refused["threads"]
    said = advise(evidence)
    assert said.kind == "serial" and said.headline.endswith("who: threads cannot do it as it is.")
    assert "long calls" not in said.limits


def test_a_function_that_only_fails_in_threads_is_refused():
    def choosy(number):
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("not here")
        return number

    assert "RuntimeError: not here" in last(choosy, list(range(20)), **ROOM).refused["threads"]


def test_what_a_kind_of_pool_cannot_do_is_refused_for_that_kind_only():
    def choosy(number):  # as a pool of interpreters tells that a module does not load there
        if threading.current_thread() is not threading.main_thread():
            raise LabError("interpreters load only modules made for it: use threads")
        return number

    evidence = last(choosy, list(range(20)), kinds=["threads", "processes"], **ROOM)
    assert evidence.refused == {
        "threads": "interpreters load only modules made for it: use threads"
    }
    assert evidence.result.point("processes", 2) is not None


def test_a_call_that_fails_when_it_is_made_again_is_unsteady():
    seen.clear()

    def once(number):
        seen.append(number)
        if seen.count(number) > 1:
            raise RuntimeError("only once")
        return number

    assert "RuntimeError: only once" in last(once, [1, 2, 3, 4], **ROOM).unsteady


def test_a_change_of_something_outside_is_named_and_keeps_processes_out():
    seen.clear()
    evidence = last(remembers, list(range(20)), kinds=["threads", "processes"])
    assert evidence.changed == "`seen`"
    assert "changes `seen`" in evidence.refused["processes"]
    assert "threads" not in evidence.refused


def test_items_that_are_changed_are_noticed():
    evidence = last(lambda numbers: numbers.sort(), [[3, 1, 2] for _ in range(20)])
    assert evidence.changed == "its items: item 0 is no longer what it was"


def test_what_cannot_be_sent_is_named_and_the_rest_goes_on():
    lock = threading.Lock()

    def guarded(number):
        with lock:
            return number

    evidence = last(guarded, list(range(20)), kinds=["threads", "processes"], **ROOM)
    assert "`lock`, a lock" in evidence.refused["processes"]
    assert evidence.result.point("threads", 2) is not None


def test_answers_that_cannot_be_sent_keep_processes_out():
    made = compared(lambda n: threading.Lock(), [1, 2, 3, 4], kinds=["processes"], budget_s=20)
    assert "processes" in made.refused


def test_one_item_is_not_shared():
    evidence = last(double, [1])
    assert evidence.refused == {"threads": "one item cannot be shared among workers"}


def test_same_judges_answers_that_differ_by_chance():
    numbers = iter(range(10**9))
    evidence = last(lambda n: next(numbers), [1, 2, 3, 4], same=lambda one, other: True, **ROOM)
    assert evidence.unsteady is None
    numbers = iter(range(10**9))
    evidence = last(
        lambda n: next(numbers), [1, 2, 3, 4], same=lambda one, other: one == other, **ROOM
    )
    assert evidence.unsteady.startswith("item 0 is ")


def test_a_function_of_chance_is_told_where_it_comes_from():
    evidence = last(lambda n: random.random(), list(range(20)), **ROOM)
    assert evidence.unsteady is not None and evidence.chance == "random"
    assert evidence.result is None  # no worker was started for it


def test_answers_that_cannot_be_compared_are_measured():
    evidence = last(lambda n: {"lock": threading.Lock()}, list(range(20)), **ROOM)
    assert evidence.unsteady is None and evidence.refused == {}
    assert evidence.result.point("threads", 2) is not None
    assert evidence.incomparable == "item 0['lock'] is a lock, which cannot be compared"


class Large:
    """An answer that counts how many of them there are."""

    alive: ClassVar[set[int]] = set()
    most = 0

    def __init__(self, number):
        self.number, self.key = number, next(ticks)
        self.alive.add(self.key)
        type(self).most = max(self.most, len(self.alive))

    def __eq__(self, other):
        return self.number == other.number

    __hash__ = None

    def __del__(self):
        self.alive.discard(self.key)


def test_answers_are_compared_and_dropped():
    for evidence in gather(Large, list(range(8)), budget_s=20, kinds=["threads"]):
        if evidence.doing == "who holds the lock":  # several batches at once, of a few calls each
            break
        most = Large.most
    assert len(evidence.result.timed_runs) > 4
    assert most <= 2 * evidence.n_sample + 1


def test_many_answers_that_are_large_are_not_kept():
    class Huge:
        nbytes = 10**9

    few = last(lambda n: Huge(), list(range(100)), n_workers=2, **ROOM)
    assert few.n_sample <= 8
    assert max(run.n_items for run in few.result.runs) <= 8


@pytest.mark.parametrize(
    ("n_calls", "said"),
    [
        (3, "item 7 (7) made image raise MemoryError; pass smaller items, or return less"),
        (8, "item 0 (0) made image raise MemoryError; pass smaller items, or return less"),
        (12, "image in a serial run ran out of memory (MemoryError)"),
    ],
)
def test_a_limit_of_memory_is_named_and_is_no_other_answer(n_calls, said):
    calls = itertools.count()

    def image(n):
        if next(calls) >= n_calls:
            raise MemoryError
        return n

    assert refusal(last, image, list(range(8)), **ROOM).startswith(said)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ((n for n in range(3)), "where it has an end, list(items)"),
        (iter([1]), "where it has an end, list(items)"),
        ([], "a list of one or more, not an empty one"),
        ("text", "not a str"),
        ({"a": 1}, "not a dict"),
        (5, "not a int"),
    ],
)
def test_items_that_are_no_list_are_told_in_one_line(items, said):
    with pytest.raises(LabError) as told:
        list(gather(double, items))
    assert said in str(told.value) and "\n" not in str(told.value)


async def waits(number):
    return 1


def yields(number):
    yield number


@pytest.mark.parametrize(
    ("func", "options", "said"),
    [
        (5, {}, "the verdict is on a function, not on 5"),
        (waits, {}, "waits returned a coroutine, which does its work when it is awaited: run it"),
        (yields, {}, "wrap it in list(...), as in lambda x: list(yields(x))"),
        (lambda n: yields(n), {}, "returned a generator"),
        (lambda n: [yields(n)], {}, "returned a list with a generator"),
        (double, {"budget_s": 0}, "budget_s must be a number from 0.5 to 3,600: got 0"),
        (double, {"budget_s": "long"}, "got 'long'"),
        (double, {"budget_s": math.nan}, "got nan"),
        (double, {"kinds": ["thread"]}, "a kind of pool is one of"),
        (double, {"kinds": "threads"}, "kinds of pool come in a list"),
        (double, {"n_workers": 1}, "what one worker does is serial"),
        (double, {"n_workers": 1.5}, "a whole number from"),
        (double, {"same": 1}, "same is a function of two answers"),
    ],
)
def test_bad_input_is_told_in_one_line(func, options, said):
    with pytest.raises(LabError) as told:
        verdict(func, [1, 2], **options)
    assert said in str(told.value) and "\n" not in str(told.value)


class Panic(BaseException):
    """As an extension written in Rust raises it."""


@pytest.mark.parametrize(
    "error",
    [Panic("deep"), asyncio.CancelledError(), GeneratorExit(), SystemExit(3), KeyboardInterrupt()],
)
def test_whatever_a_call_raises_names_the_item(error):
    def failing(number):
        if number == 3:
            raise error

    said = refusal(verdict, failing, [0, 1, 2, 3, 4], budget_s=1)
    assert said.startswith(f"item 3 (3) made failing raise {type(error).__name__}")


class Row:
    def __init__(self, number):
        self.number = number

    def __repr__(self):
        raise LookupError("the session is closed")

    def __call__(self, item):
        raise Mute


class Mute(Exception):
    def __str__(self):
        raise TypeError("cannot be said")


def test_an_error_is_not_lost_where_the_item_or_the_error_cannot_be_shown():
    def failing(row):
        raise ValueError("no such column")

    said = refusal(verdict, failing, [Row(0)] * 5, budget_s=1)
    assert said.startswith("item 0 (a Row that cannot be shown) made failing raise ValueError: no")
    said = refusal(verdict, Row(0), [1] * 5, budget_s=1)
    assert said.startswith("item 0 (1) made Row raise Mute: what it says cannot be shown")
    assert "not on a list that cannot be shown" in refusal(verdict, [Row(0)], [1])


def test_an_error_names_the_item():
    with pytest.raises(LabError) as told:
        verdict(lambda n: 1 / (n - 3), [0, 1, 2, 3, 4], budget_s=1)
    said = "item 3 (3) made <lambda> raise ZeroDivisionError: division by zero; mend it or leave"
    assert str(told.value).startswith(said)


def test_what_is_printed_is_not_shown(capsys):
    verdict(print, [1, 2, 3, 4], **QUICK)
    assert capsys.readouterr().out == ""


def leads_nowhere(_):
    return os.path.samestat(os.fstat(1), os.stat(os.devnull))


@pytest.mark.skipif(sys.platform == "win32", reason="a file is known by its number: not on Windows")
def test_what_a_process_prints_is_not_shown():
    with open_pool("processes", 1) as pool:
        assert pool.submit(in_silence, each, leads_nowhere, [0]).result() == [True]
    assert in_silence(each, leads_nowhere, [0]) == [leads_nowhere(0)]


def test_a_function_of_two_arguments_is_told_that_it_gets_one_item():
    with pytest.raises(LabError, match="it is called with one item"):
        verdict(lambda a, b: a + b, [(1, 2), (3, 4)], **QUICK)
    with pytest.raises(LabError, match="mend it or leave it out"):
        verdict(lambda a: a + 1, ["1", "2"], **QUICK)


# -- what a function refers to ---------------------------------------------------------


class Counter:
    def __init__(self):
        self.n = 0

    def count(self, number):
        self.n += 1
        return number


def test_a_method_that_changes_its_object_is_noticed():
    assert last(Counter().count, [1, 2, 3, 4]).changed == "`self.n`"
