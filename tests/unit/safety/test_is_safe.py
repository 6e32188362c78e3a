"""What is_safe says, what it refuses, and that it leaves everything as it was."""

import functools
import gc
import random
import subprocess
import sys
import threading
import time
from queue import Queue

import numpy as np
import pytest

from helpers.errors import LabError
from helpers.safety import run
from helpers.safety.frozen import Frozen
from helpers.safety.safe import is_safe
from tests.unit.patience import given_time


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Give an endless call up sooner than for a reader."""
    monkeypatch.setattr(run, "_LONG_S", 2.0)


total = 0
seen: list[int] = []
lock = threading.Lock()


def deposit(amount=1):
    global total
    before = total
    total = before + amount
    return total


class Account:
    __slots__ = ("balance", "lock")

    def __init__(self):
        self.balance, self.lock = 0, threading.RLock()

    def deposit(self, amount):
        self.balance += amount


def test_the_shortest_order_is_shown_with_the_state_at_each_switch():
    said = is_safe(deposit, [(1,), (2,)])
    assert said.breaks and said.kind == "differs" and said.switches == 1
    assert [(turn.call, turn.lines) for turn in said.turns] == [
        ("A", ("before = total",)),
        ("B", ("before = total", "total = before + amount", "return total")),
        ("A", ("total = before + amount", "return total")),
    ]
    assert said.before == (("total", "0"),)
    assert [turn.after for turn in said.turns] == [
        (("total", "0"),),
        (("total", "2"),),
        (("total", "1"),),
    ]
    assert "total is 1, not 3" in said.headline


def test_a_line_that_is_left_in_its_middle_says_where():
    account = Account()
    said = is_safe(account.deposit, [(1,), (2,)])
    assert said.turns[0].note.startswith("stopped before it")
    assert said.turns[2].lines[0].startswith("... self.balance += amount")
    assert account.balance == 0


def test_three_calls_can_break_what_two_do_not():
    steps = []

    def third():
        steps.append(len(steps))
        if len(steps) == 3 and sorted(set(steps)) != [0, 1, 2]:
            raise RuntimeError("a number is missing")

    assert is_safe(third, 3, switches=2).breaks is True
    assert steps == []


def test_a_deadlock_says_who_holds_what():
    one, other = Account(), Account()

    def both(first, second):
        with first.lock, second.lock:
            first.balance += 1

    said = is_safe(both, [(one, other), (other, one)])
    assert said.kind == "deadlock"
    assert "A waits for" in said.headline and "which B holds" in said.headline
    # The reader's own locks are back, and free.
    assert one.lock.acquire(blocking=False)
    one.lock.release()


def test_a_lock_that_is_asked_for_twice_is_a_deadlock_by_itself():
    def twice():
        with lock, lock:
            pass

    assert is_safe(twice).kind == "deadlock"
    assert not lock.locked()


def test_a_timeout_ends_the_waiting_without_time_going_by():
    box = Queue()

    def impatient():
        try:
            return box.get(timeout=3600)
        except Exception as error:
            return type(error).__name__

    assert is_safe(impatient).breaks is False  # and this comes to its end


def test_events_and_barriers_are_understood():
    def meet(gate, role):
        barrier, event = gate
        barrier.wait()
        if role == "opens":
            event.set()
        else:
            event.wait()
        return role

    said = is_safe(
        meet, ["opens", "waits"], setup=lambda: (threading.Barrier(2), threading.Event())
    )
    assert said.breaks is False


def test_check_says_what_must_hold():
    def check(results):
        assert sum(results) >= 3, "money is missing"

    said = is_safe(deposit, 2, check)
    assert said.kind == "check" and "money is missing" in said.headline
    assert is_safe(deposit, 2, lambda results: True).breaks is False


def test_state_is_set_back_in_each_order_and_afterwards():
    kept = {"a": [1], "set": {1}}
    random.seed(1)
    state = random.getstate()

    def change():
        kept["a"].append(2)
        kept["set"].add(random.random())
        kept.setdefault("b", 1)
        seen.append(len(kept["a"]))

    is_safe(change, budget_s=1)
    assert kept == {"a": [1], "set": {1}} and seen == []
    assert random.getstate() == state


def test_what_cannot_be_set_back_is_named():
    numbers = (n for n in range(1000))

    def take():
        return next(numbers)

    said = is_safe(take)
    assert said.breaks is None and "let setup make it" in said.headline
    assert "numbers (generator)" in said.caveat


def test_a_budget_that_ends_is_told():
    def many():
        for n in range(50):
            seen.append(n)

    def judge(budget_s):
        return is_safe(many, check=lambda results: True, budget_s=budget_s)

    said = given_time(judge, lambda said: said.breaks is False, 0.1)
    assert said.breaks is False and said.more and "larger budget" in said.headline


# --- One line for what cannot be


def fork():
    subprocess.run([sys.executable, "-c", ""], check=True)


def start():
    threading.Thread(target=deposit).start()


def endless():
    while True:
        pass


class Lazy:
    @functools.cached_property
    def value(self):
        return object()


def asks_lazily():
    return lazy.value is not None


lazy = Lazy()


def spins():
    global total
    total += 1
    while total < 2:
        pass


def test_what_a_call_makes_is_taken_away_again():
    assert is_safe(asks_lazily).breaks is False
    assert vars(lazy) == {}


def test_a_call_that_looks_again_and_again_lets_the_other_go_on():
    def judge(budget_s):
        return is_safe(spins, check=lambda results: True, switches=1, budget_s=budget_s)

    assert given_time(judge, lambda said: said.tried >= 3, 0.1).tried >= 3
    assert total == 0


def swallows():
    while True:
        try:
            seen.append(1)
            seen.clear()
        except:  # noqa: E722
            continue


def draws():
    return random.SystemRandom().random()


@pytest.mark.parametrize(
    ("func", "why"),
    [
        (fork, "starts processes"),
        (start, "starts threads"),
        (endless, "does not end"),
        (swallows, "does not end"),
        (draws, "called again (chance"),
    ],
    ids=["processes", "threads", "endless", "swallows", "chance"],
)
def test_what_cannot_be_told_is_told_in_one_line(func, why):
    said = is_safe(func)
    assert said.breaks is None and why in said.headline and "\n" not in said.headline
    assert said.as_dict()["breaks"] is None


def fails():
    raise ValueError("no money")


def asks():
    return input()


def unfinished():
    yield 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((len, [[1], [2]]), "not written in Python"),
        ((3,), "pass it without brackets"),
        ((deposit, 1), "calls must be a whole number from 2 to 3"),
        ((deposit, [1]), "two or three tuples"),
        ((deposit, [(1, 2), (3, 4)]), "cannot be called with"),
        ((fails,), "raised ValueError: no money"),
        ((asks,), "input"),
        ((unfinished,), "generator"),
        ((deposit, 2, 5), "check is a function"),
        ((deposit, 2, lambda results: None), "it returned None"),
        ((deposit, 2, lambda results: False), "one after the other"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_no_sense_is_refused_in_one_line(arguments, why):
    with pytest.raises(LabError) as refused:
        is_safe(*arguments)
    assert why in str(refused.value) and "\n" not in str(refused.value)


def test_nothing_is_left_traced_or_running():
    threads = set(threading.enumerate())
    before = threading.Lock, time.sleep, sys.gettrace(), list(sys.path)
    is_safe(deposit)
    with pytest.raises(LabError):
        is_safe(fails)
    is_safe(endless)
    stop = threading.Event()
    stop.set()
    said = is_safe(deposit, stop=stop)
    assert said.breaks is None and "larger budget" in said.headline
    assert before == (threading.Lock, time.sleep, sys.gettrace(), sys.path)
    assert set(threading.enumerate()) <= threads
    assert total == 0


def test_the_slider_of_a_notebook_goes_line_by_line(monkeypatch):
    monkeypatch.setattr("helpers.cells.progress.in_notebook", lambda: True)
    said = is_safe(deposit)
    controls, text = said.play().children
    slider = controls.children[1]
    assert slider.min == 1 and slider.max == sum(len(turn.lines) for turn in said.turns)
    assert text.value.count("<code") < said._repr_html_().count("<code")
    slider.value = slider.max
    assert text.value == said._repr_html_()


def test_it_plays_in_a_terminal_and_is_shown_in_a_notebook():
    said = is_safe(deposit)
    assert len(repr(said.play()).splitlines()) == sum(len(turn.lines) for turn in said.turns)
    html = said._repr_html_()
    assert "before = total" in html and "goes on" in html and "At the end" in html
    with pytest.raises(LabError, match="none is known"):
        is_safe(deposit, check=lambda results: True).play()


counts = np.zeros(3)


def count_in_an_array():
    counts[0] += 1


def test_arrays_are_compared_and_set_back():
    said = is_safe(count_in_an_array)
    assert said.kind == "differs" and not counts.any()


def test_an_endless_call_is_given_up_when_the_budget_is_over(monkeypatch):
    monkeypatch.setattr(run, "_LONG_S", 3600.0)
    assert "does not end in the time that there is" in is_safe(endless, budget_s=0.1).headline


def test_no_call_s_coroutine_is_left_open(recwarn):
    async def promise():
        pass

    with pytest.raises(LabError, match="returned a coroutine"):
        is_safe(promise)
    gc.collect()
    assert not [str(one.message) for one in recwarn if "never awaited" in str(one.message)]


def test_of_many_objects_some_are_kept_and_that_is_said():
    rows = [[n] for n in range(60_000)]
    frozen = Frozen()
    assert frozen.of(rows)[:2] == [[0], [1]] and frozen.is_cut
    said = is_safe(lambda: rows[0].append(1), budget_s=0.1)
    assert "too much shared data to set back all of it" in str(said)
