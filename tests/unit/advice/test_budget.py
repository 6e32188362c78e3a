"""Nothing hangs: what does not end is given up in time, and the other kinds get their turn.

No test looks at the clock. Where the old code hung, the guards of pytest would end the run.
"""

import functools
import multiprocessing
import re
import subprocess
import sys
import threading
import time

import pytest

from helpers.advice import probe
from helpers.advice.advice import advise
from helpers.advice.evidence import Evidence
from helpers.advice.probe import gather
from helpers.advice.spelling import spelling
from helpers.advice.subject import Sample, Subject, default_kinds
from helpers.advice.verdict import verdict
from helpers.core import machine
from helpers.core.same_answers import compare
from tests.unit.patience import compared, given_time
from tests.unit.refusals import refusal

MAIN = threading.main_thread


ITEMS = tuple(range(40))


def last(func, items=ITEMS, **options):
    """Return the last ``Evidence`` about a function."""
    *_, evidence = gather(func, items, **{"n_workers": 2, **options})
    return evidence


def in_a_process(number):
    while multiprocessing.parent_process() is not None:
        time.sleep(1)
    return number


def in_a_thread(number):
    while threading.current_thread() is not MAIN():
        time.sleep(0.01)
    return number


HELD = threading.Lock()


def in_a_lock(number):
    """Wait for what no other thread gives back: this cannot be ended from outside."""
    if threading.current_thread() is not MAIN():
        with HELD:
            pass
    return number


@pytest.fixture
def held():
    with HELD:
        yield
    while any(thread.name.startswith("gil-lab") for thread in threading.enumerate()):
        time.sleep(0.01)


@pytest.mark.usefixtures("held")
def test_threads_that_hang_are_refused_and_the_processes_were_tried():
    evidence = compared(in_a_lock, ITEMS, kinds=["threads", "processes"], n_workers=2, budget_s=10)
    assert "threads" in evidence.refused
    assert "processes" not in evidence.refused
    assert evidence.result.point("processes", 2) is not None
    assert "nothing else can do it" not in advise(evidence).headline


def test_processes_that_hang_are_refused_and_the_threads_were_tried():
    evidence = compared(
        in_a_process, ITEMS, kinds=["processes", "threads"], n_workers=2, budget_s=10
    )
    assert "is not over" in evidence.refused["processes"]
    assert evidence.result.point("threads", 2) is not None


@pytest.mark.usefixtures("held")
def test_a_thread_that_is_given_up_is_no_reason_for_python_to_go_on():
    evidence = compared(in_a_lock, ITEMS, kinds=["threads"], n_workers=2, budget_s=3)
    assert "threads" in evidence.refused
    left = [thread for thread in threading.enumerate() if thread.name.startswith("gil-lab")]
    assert left and all(thread.daemon for thread in left)


TWO_LOCKS = """
import threading, time
a, b = threading.Lock(), threading.Lock()
def transfer(n):
    first, second = (a, b) if n % 2 else (b, a)
    with first:
        while threading.current_thread() is not threading.main_thread() and not second.locked():
            time.sleep(0.001)  # until the other thread has the other lock
        with second:
            return n
items = list(range(400))
"""


def test_two_locks_in_two_orders_do_not_keep_the_command_line_from_its_end(tmp_path):
    (tmp_path / "deadlock.py").write_text(TWO_LOCKS, "utf-8")
    command = [sys.executable, "-m", "helpers", "verdict", "deadlock:transfer"]
    more = ["--items", "deadlock.py:items", "--kinds", "threads", "--budget"]

    def judge(budget_s):
        return subprocess.run(
            [*command, *more, str(budget_s)],
            cwd=tmp_path, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    done = given_time(judge, lambda done: "cannot do it" in done.stdout, 2)
    assert done.returncode == 0, done.stderr
    assert "threads cannot do it as it is" in done.stdout
    assert "side by side" not in done.stdout


# -- what takes long beside the calls --------------------------------------------------


class SlowToPack:
    def __init__(self, n):
        self.n = n

    def __reduce__(self):
        time.sleep(0.1)
        return SlowToPack, (self.n,)

    def __eq__(self, other):
        return self.n == other.n


def number_of(item):
    return item.n


def test_items_that_take_long_to_pack_are_few():
    evidence = last(number_of, [SlowToPack(n) for n in range(300)], budget_s=3)
    assert evidence.n_items == 300 and evidence.n_sample <= 16
    assert evidence.scale == pytest.approx(300 / evidence.n_sample)


def test_a_pool_that_does_not_start_in_time_is_left_out_and_not_refused(monkeypatch):
    def start(pool, n_workers, *, limit_s=60.0, stop=None):
        from helpers.errors import TooLong

        if not hasattr(pool, "_threads") and hasattr(pool, "_processes"):
            raise TooLong(f"all workers must begin within {limit_s:g} s, and not all did: wait")
        return 0.0

    monkeypatch.setattr("helpers.core.pools.start", start)

    def measure(budget_s):
        return last(abs, kinds=["threads", "processes"], budget_s=budget_s)

    def is_enough(evidence):
        return evidence.result is not None and evidence.result.point("threads", 2) is not None

    evidence = given_time(measure, is_enough, 6)
    assert "all workers must begin" in evidence.too_slow["processes"]
    assert evidence.refused == {} and evidence.result.point("threads", 2) is not None
    assert "Processes were not compared: all workers" in str(advise(evidence))


# -- what is said of what was not tried ------------------------------------------------


def found(kinds=("threads", "processes"), **facts):
    """Return the ``Evidence`` of a function of which nothing could be compared."""
    known = {"n_items": 20, "n_workers": 2, "budget_s": 3.0, "first_s": 1.5, "item_s": (1.5,)}
    known |= {"item_cpu_s": (1.5,), "machine": machine.describe(), "doing": "done"}
    return Evidence("slow", kinds=kinds, **{**known, **facts})


@pytest.mark.parametrize(
    ("kinds", "refused", "said"),
    [
        (default_kinds(), default_kinds(), "nothing else can do it as it is."),
        (("threads", "processes"), ("processes",), "could be compared in this budget of 3 s."),
        (("processes",), ("processes",), "slow: processes cannot do it as it is."),
        (("processes",), (), "could be compared in this budget of 3 s."),
    ],
)
def test_nothing_else_can_do_it_is_said_only_where_all_were_tried(
    monkeypatch, kinds, refused, said
):
    monkeypatch.setattr("helpers.judge.choose._likely", lambda ways, facts: ways[0])
    headline = advise(found(kinds, refused=dict.fromkeys(refused, "no"))).headline
    assert headline.startswith("Stay with the plain loop for slow") and headline.endswith(said)


def test_a_function_whose_threads_hang_is_not_told_to_wait_side_by_side():
    waits = {"item_cpu_s": (0.0,), "kinds": ("threads",)}
    assert "wait side by side" in str(advise(found(**waits)))
    assert "wait side by side" not in str(advise(found(**waits, refused={"threads": "no"})))


@pytest.mark.parametrize("budget_s", [0.5, 1, 2])
@pytest.mark.parametrize("func", [abs, in_a_thread, in_a_process])
def test_short_budgets_have_a_verdict(budget_s, func):
    assert verdict(func, list(range(400)), budget_s=budget_s).headline


def test_its_stop_is_the_readers_or_the_end_of_the_budget():
    stop = threading.Event()
    subject = Subject(abs, [1, 2], budget_s=60, kinds=["threads"], stop=stop)
    assert not subject.is_set()
    stop.set()
    assert subject.is_set()
    subject = Subject(abs, [1, 2], budget_s=0.5, kinds=["threads"])
    subject.began_s -= 0.5
    assert subject.is_set() and subject.left_s <= 0


class SlowToLookAt:
    """Its attributes take long to be asked for, as those of a remote object do."""

    looks = 0

    def __init__(self, n):
        self.n = n

    def __reduce__(self):
        SlowToLookAt.looks += 1
        time.sleep(0.05)
        return SlowToLookAt, (self.n,)


def test_answers_that_take_long_to_compare_are_compared_in_part():
    answers = [SlowToLookAt(n) for n in range(60)]
    found = compare(answers, [SlowToLookAt(n) for n in range(60)], limit_s=0.2)
    assert found.differs is None and "takes more than 0.2 s" in found.unknown
    assert SlowToLookAt.looks < 60


def test_a_slow_same_is_asked_of_some_answers_and_the_verdict_says_so():
    def slow(one, other):
        return time.sleep(0.2) or one == other

    evidence = last(abs, range(100), same=slow, budget_s=3, kinds=["threads"])
    assert evidence.result is not None
    assert re.fullmatch(r"same= compared [1-9] of 100 answers in \S+ s", evidence.incomparable)
    said = dict(advise(evidence).reasons)["incomparable"]
    assert evidence.incomparable in said and "by same=, a quick function of two answers" in said


def test_a_same_that_never_returns_ends_the_verdict_in_one_line():
    def loops(one, other):
        while True:
            time.sleep(0.001)

    said = refusal(verdict, abs, [-1, 2, 3], same=loops, budget_s=8)
    assert said.startswith("same is a function of two answers") and "was not over after" in said
    # Before that the budget may be over.
    evidence = last(abs, [-1, 2, 3], same=loops, budget_s=0.5)
    assert evidence.incomparable.startswith("same= compared 0 of 1 answer in ")


def test_a_function_that_takes_too_much_along_is_not_packed_to_the_end(monkeypatch):
    numbers, n_packed = list(range(1_000_000)), []
    monkeypatch.setattr(probe, "_FUNCTION_SHARE", 0.0)
    monkeypatch.setattr(probe, "_FUNCTION_S", 0.002)
    whole = probe.check_it_can_travel
    monkeypatch.setattr(probe, "check_it_can_travel", lambda *a: (n_packed.append(1), whole(*a)))
    kinds = ["threads", "processes-spawn", "processes"]
    evidence = last(lambda n: numbers[n], budget_s=4, kinds=kinds)
    assert set(evidence.too_slow) == {"processes-spawn", "processes"} and n_packed == [1]
    assert evidence.refused == {} and evidence.copied is None
    said = str(advise(evidence))
    assert "Processes were not compared: " in said and "takes `numbers` along to a process" in said


class SlowToUnpack:
    def __getstate__(self):
        return {"connected": True}

    def __setstate__(self, state):
        time.sleep(0.1)


def test_of_items_that_are_slow_to_unpack_a_few_are_sent():
    items = [SlowToUnpack() for _ in range(200)]
    subject = Subject(lambda item: 1, items, budget_s=2, kinds=["processes"])
    sample = Sample(list(range(200)), dict.fromkeys(range(200), 1))
    few, too_long = probe._packed_in_time(subject, sample)
    assert len(few.indices) <= 4 and too_long is None


class Endless:
    """Its own code does not come back where it is packed or unpacked."""

    def __init__(self, n, when="packed"):
        self.n, self.when = n, when

    def __getstate__(self):
        return endless() if self.when == "packed" else vars(self)

    def __setstate__(self, state):
        endless()


def endless(*of):
    while True:
        time.sleep(0.001)


@pytest.mark.parametrize(
    ("when", "said"), [("packed", "packing an Endless"), ("unpacked", "unpacking them")]
)
def test_items_that_are_packed_for_ever_leave_the_other_kinds_their_turn(when, said):
    items = [Endless(n, when) for n in range(8)]
    evidence = compared_but(["processes"], number_of, items)
    assert evidence.too_slow["processes"].startswith(
        f"the items of number_of are large, or slow to pack ({said} was not over after "
    )
    assert len(evidence.too_slow["processes"]) < 400 and "\n" not in evidence.too_slow["processes"]
    assert not any(thread.name.startswith("gil-lab") for thread in threading.enumerate())


def test_what_a_function_takes_along_is_not_packed_for_ever():
    held = Endless(1)
    evidence = compared_but(["processes"], lambda n: n + held.n, range(8))
    said = evidence.too_slow["processes"]
    assert "takes what it refers to along to a process (packing an Endless was not over" in said


def compared_but(left_out, func, items):
    """Return the ``Evidence`` where threads are compared, and other kinds are left out."""

    def measure(budget_s):
        return last(func, items, kinds=[*left_out, "threads"], budget_s=budget_s)

    def is_enough(evidence):
        return evidence.result is not None and evidence.result.point("threads", 2) is not None

    evidence = given_time(measure, is_enough, 6)
    assert set(evidence.too_slow) == {*left_out} and evidence.refused == {}
    assert is_enough(evidence)
    return evidence


def class_with(name):
    """Return a class one of whose methods, or properties, does not come back."""
    member = endless if name in ("__getattr__", "__sizeof__") else property(endless)
    return type("Endless", (), {name: member, "__call__": lambda self, n: n, "__slots__": ()})


@pytest.mark.parametrize("name", ["__getattr__", "__dict__", "__wrapped__", "__sizeof__", "nbytes"])
def test_an_object_that_is_asked_for_something_for_ever_does_not_keep_the_verdict(name):
    kind = class_with(name)
    for func, items in (kind(), ITEMS), (abs_of, [kind()] * 4), (lambda n: kind(), ITEMS):
        assert verdict(func, items, budget_s=0.5, kinds=["threads"]).headline


def abs_of(item):
    return 1


def gives_endless(n):
    return Endless(n)


def test_answers_whose_own_code_does_not_come_back_do_not_end_the_verdict():
    kinds = ["processes", "threads"]
    evidence = compared(gives_endless, ITEMS, kinds=kinds, n_workers=2, budget_s=8)
    assert "is not over" in evidence.refused["processes"]
    assert evidence.result.point("threads", 2) is not None
    assert "comparing them was not over after" in evidence.incomparable


def test_how_a_function_is_written_is_not_looked_for_for_ever():
    held = functools.partial(number_of, Endless(1))
    assert spelling(held, [Endless(2)], 0.1).text
    assert verdict(number_of, [Endless(n) for n in range(4)], budget_s=0.5).headline
