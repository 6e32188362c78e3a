"""The object that holds threads up: copies that share what they should, the search, the words.

What a real free-threaded Python finds is counted by tests/benchmarks/culprits.py: no test asks for
figures.
"""

import functools
import random
import threading
from dataclasses import replace

import pytest

from helpers.core.machine import Capacity
from helpers.errors import LabError
from helpers.pythons import culprit, one_at_a_time, what_is_shared
from helpers.pythons.copies import Copier, Globals, owner
from helpers.pythons.culprit import NONE_FOUND, Contention, load_culprits, newest_free
from helpers.pythons.find import Python, find_pythons
from helpers.pythons.one_at_a_time import Trial, search
from helpers.pythons.reached import Reached, parts_of, start_of
from tests.benchmarks import culprits as planted

SHARED = {"n": 0}
NAMES: list[str] = []
n_calls = 0


class Base:
    made: list[int] = []  # noqa: RUF012

    def add(self):
        self.made.append(1)
        return len(self.made)


class Worker(Base):
    def __init__(self):
        self.log: list[int] = []

    def add(self):
        self.log.append(super().add())
        return len(self.log)


WORKER = Worker()


def counts(n):
    global n_calls
    n_calls += 1
    SHARED["n"] += n
    return n_calls, SHARED["n"], WORKER.add(), len(WORKER.made)


def copies(function, *, shared=(), items=None):
    make = Copier((function, items)).maker(shared)
    return [make()[0] for _ in range(2)]


# -- copies -----------------------------------------------------------------------------


def test_copies_share_nothing_and_leave_the_function_as_it_is() -> None:
    one, other = copies(counts)
    assert [one(1), one(1), other(1)] == [(1, 1, 1, 1), (2, 2, 2, 2), (1, 1, 1, 1)]
    assert (n_calls, SHARED, WORKER.log, Base.made) == (0, {"n": 0}, [], [])


@pytest.mark.parametrize(
    ("shared", "then"),
    [
        ([SHARED], (1, 2, 1, 1)),
        ([WORKER], (1, 1, 2, 2)),  # with its class
        ([Base.made], (1, 1, 1, 2)),
        ([Globals(globals())], (2, 2, 2, 2)),
    ],
)
def test_copies_share_what_they_are_to_share(shared, then) -> None:
    call, objects = Copier((counts, None)).fresh(shared)
    one, other = copies(call[0], shared=objects)
    one(1)
    assert other(1) == then
    assert SHARED == {"n": 0} and WORKER.log == []  # they share a copy


def test_what_functions_hold_is_copied_with_them() -> None:
    def outer():
        found, total = [], 0

        def inner(n, seen={}):  # noqa: B006
            nonlocal total
            total += n
            found.append(n)
            seen[n] = n
            return total, len(found), len(seen)

        return inner

    one, other = copies(outer())
    assert [one(1), one(2), other(1)] == [(1, 1, 1), (3, 2, 2), (1, 1, 1)]


@functools.lru_cache
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def test_caches_locks_methods_and_draws_are_copied() -> None:
    lock = threading.Lock()

    def draw():
        with lock:
            return fibonacci(20), random.random(), WORKER.add()

    random.seed(1)
    one, other = copies(draw)
    assert one() == other()  # each has a generator of its own, in the same state
    with lock:
        assert one()[2] == 2  # and a lock of its own
    assert fibonacci.cache_info().currsize == 0
    assert copies(WORKER.add)[0]() == 1 and WORKER.log == []
    assert copies(functools.partial(counts, 5))[0]()[1] == 5


def test_texts_and_numbers_are_copied_but_not_in_what_stands_for_the_program() -> None:
    text = " ".join(["a", "text"])
    call, (same,) = Copier((lambda: text, None)).fresh([text])
    assert call[0]() is text is same
    (copy, _) = Copier(call).maker()()
    assert copy() == text and copy() is not text


def test_what_cannot_be_copied_stays_shared(tmp_path) -> None:
    with (tmp_path / "file").open("w") as file:
        copier = Copier((lambda: (file, SHARED), None))
        (one, _), (other, _) = copier.maker()(), copier.maker()()
    assert one()[0] is other()[0] is file and one()[1] is not other()[1]
    assert copier.kept == [file]


def test_far_too_much_that_cannot_be_copied_is_refused() -> None:
    many = [(n for n in range(3)) for _ in range(30)]
    with pytest.raises(LabError, match="a generator cannot be copied"):
        Copier((lambda: many, None)).maker()


def test_the_object_behind_a_method() -> None:
    assert owner(random.random) is owner(random.randint) is not None
    assert owner(print) is owner(len) is owner(3) is None


# -- what is reached, and the search --------------------------------------------------


def shown(one):
    return {part.shown for part in parts_of(one)}


def test_a_reader_knows_the_names_of_what_is_reached() -> None:
    assert shown(start_of(counts, None)) == {"SHARED", "WORKER", "n_calls"}
    (worker,) = [one for one in parts_of(start_of(counts, None)) if one.shown == "WORKER"]
    assert shown(worker) == {"WORKER.log", "Worker"}
    both = [[1], SHARED], [[2], SHARED]
    assert "the dict that items share" in shown(start_of(len, both))


def leads_to(value, wanted, seen):
    """Return whether one object is reached from another, or is the same."""
    if id(value) in seen or not wanted:
        return False
    seen.add(id(value))
    if value is wanted[0]:
        return True
    parts = parts_of(Reached("it", "", value, (value,)))
    return any(leads_to(one, wanted, seen) for part in parts for one in part.objects)


class MadeUp:
    """A ``Trial`` whose threads take three times as long where they share one object."""

    def __init__(self, function, held_up_by=None):
        self.function, self.items = function, None
        self.wanted = [] if held_up_by is None else [held_up_by]

    def times(self, ways, budget_s):
        return {way.name: [self._seconds(way)] * 3 for way in ways}

    def _seconds(self, way):
        shared = [self.function] if way.shares_all else way.shared
        is_held = any(leads_to(one, self.wanted, set()) for one in shared)
        return 2.0 if way.n_threads == 1 else 3.0 if is_held else 1.0


def test_of_each_planted_culprit_the_narrowest_object_is_named() -> None:
    objects = {name: getattr(planted, name, None) for name in planted.CULPRITS.values()}
    objects |= {
        "found": planted.a_closure.__closure__[0].cell_contents,
        "table": planted.a_default.__defaults__[0],
        "Board.scores": planted.Board.scores,
        "random.random": random.random.__self__,
    }
    for function, name in planted.CULPRITS.items():
        answer = search(MadeUp(function, objects[name]), 1.0)
        assert [one["shown"] for one in answer["culprits"]] == [name], function


def test_two_culprits_are_both_named_and_a_function_itself_can_be_one() -> None:
    class Either(MadeUp):
        def _seconds(self, way):
            self.wanted = [SHARED]
            first = super()._seconds(way)
            self.wanted = [WORKER.log]
            return max(first, super()._seconds(way))

    said = search(Either(counts), 1.0)
    assert {one["shown"] for one in said["culprits"]} == {"SHARED", "WORKER.log"}

    def plain():
        return None

    assert search(MadeUp(plain, plain), 1.0)["culprits"] == [{"shown": "plain", "what": "function"}]


@pytest.mark.parametrize("function", planted.NONE)
def test_where_nothing_is_shared_nothing_is_named(function) -> None:
    assert search(MadeUp(function), 1.0).keys() == {"times_s"}


def test_a_trial_runs_copies_in_threads_and_never_the_function() -> None:
    trial = Trial(counts, [1, 2, 3])
    ways = [one_at_a_time.ALONE, one_at_a_time.AS_IS, one_at_a_time.OWN]
    times_s = trial.times([*ways, one_at_a_time.Way("one", (SHARED,))], 0.0)
    assert times_s.keys() == {"alone", "as it is", "own", "one"}
    assert all(seconds > 0 for each in times_s.values() for seconds in each)
    assert (n_calls, SHARED, WORKER.log) == (0, {"n": 0}, [])


def test_what_a_function_raises_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        Trial(lambda n: 1 / n, [1, 0]).times([one_at_a_time.OWN], 0.0)
    with pytest.raises(LabError, match=r"one takes [\d.,]+ s: pass smaller items"):
        Trial(lambda: threading.Event().wait(0.6), None)


# -- words -------------------------------------------------------------------------------


def made_up(*, gain=0.5, own=1.9, apart=None, named=("letters",), **about):
    times_s = {"alone": (1.0,) * 3, "as it is": (1 / gain,) * 3}
    times_s |= {"own": (1 / own,) * 3, "own, again": (1.01 / own,) * 3}
    facts = {
        "era": "3.14t", "python": "3.14.2", "cpu": "a CPU", "usable_cpus": 2.0,
        "made": "2026-11-28T00:00:00+00:00", "capacity": Capacity((1, 2), ((1.0,), (2.0,))),
        "times_s": times_s,
    }  # fmt: skip
    if apart:
        facts["apart_s"] = {"alone": (1.0,) * 3, "as it is": (2.0,) * 3, "apart": (1 / apart,) * 3}
        facts["culprits"] = tuple(culprit.Named(name, "Counter") for name in named)
    return Contention("count", **(facts | about))


def test_the_words_name_it_and_say_what_is_noise() -> None:
    tried = [("letters", 3.0), ("WIDTH", 1.02)]
    tried = tuple(culprit.Tried(name, "int", (1.0,) * 3, (s,) * 3) for name, s in tried)
    found = made_up(apart=1.8, tried=tried, kept=("TextIOWrapper",) * 2, n_left=1)
    assert found.lines == [
        "`letters` (Counter) holds two threads of count up: 0.50 times as fast as one, and "
        "with one for each thread 1.80 times.",
        "Measured on CPython 3.14.2 free-threaded.",
        "Shared alone, they make the threads take longer: `letters` 3.0 times.",
        "Within the noise: `WIDTH`.",
        "Not copied, and so shared by all: TextIOWrapper.",
        "Not tried: 1 more object.",
    ]
    assert repr(found) == found.lines[0]
    assert "`a` (Counter) and `b` (Counter) hold" in repr(made_up(apart=1.8, named="ab"))


def test_the_words_name_nothing_where_nothing_was_found() -> None:
    assert repr(made_up(gain=1.85)).startswith("Nothing that they share holds two threads")
    assert repr(made_up()).startswith("No object alone holds two threads of count up: 0.50 times")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"gil": True, "turned_on": ("old",)}, "importing old switched it on, so threads take"),
        ({"gil": False}, "No second core was free (two threads got the time of 1.1 CPUs"),
    ],
)
def test_why_nothing_was_measured_is_one_line(said, words) -> None:
    few = Capacity((1, 2), ((1.0,), (1.1,)))
    found = culprit._with_problem(made_up(times_s={}, capacity=few, **said))
    assert found.lines == [repr(found)] and words in repr(found)
    assert len(repr(found)) < 400


def test_the_recording_is_of_the_cell_in_the_notebook() -> None:
    found = load_culprits()
    assert [one.recorded for one in found] == [True] * len(found) and found
    assert all([named.shown for named in one.culprits] == ["letters"] for one in found)
    assert all("recorded on 2026-" in one.source for one in found)


# -- in another Python -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        ((3,), {}, "func is a function of one item, not 3: pass its name alone"),
        ((len, 3), {}, "items come in a list"),
        ((len, []), {}, "items are a list of one or more"),
        ((len,), {"budget_s": 0}, "budget_s must be a number from 1 to 600: got 0"),
        ((len,), {"python": "2.5"}, "choose one of"),
    ],
)
def test_bad_input_is_one_line(arguments, options, said) -> None:
    with pytest.raises(LabError) as refused:
        what_is_shared.what_is_shared(*arguments, **options)
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_without_a_free_threaded_python_it_says_so(monkeypatch, capsys) -> None:
    locked = Python("x", "PATH", "CPython", "3.14.2")
    monkeypatch.setattr(what_is_shared, "find_pythons", lambda: [locked])
    found = what_is_shared.what_is_shared(counts, [1])
    assert found.problem == NONE_FOUND and NONE_FOUND in capsys.readouterr().out
    with pytest.raises(LabError, match=r"3\.14 has a GIL"):
        what_is_shared.what_is_shared(counts, [1], python="3.14")


@pytest.fixture
def free():
    found = newest_free(find_pythons())
    if found is None:
        pytest.skip(
            "no free-threaded Python was found, so no shared object was looked for in one; put "
            "python3.14t on the PATH (uv python install 3.14t)"
        )
    return found


def test_a_free_threaded_python_is_asked(free, monkeypatch, capsys) -> None:
    found = what_is_shared.what_is_shared(planted.a_closure, [1, 2], budget_s=1)
    assert (found.function, found.era, found.gil) == ("a_closure", free.era, False)
    assert bool(found.times_s) is not bool(found.problem)  # a second core may be free, or not
    assert found.lines[0] in capsys.readouterr().out


def test_what_goes_wrong_there_is_one_line_that_names_it(free) -> None:
    def fails(n):
        raise KeyError("mine")

    for function, said in (
        (fails, "cannot do it: KeyError: 'mine'"),
        (lambda n: __import__("os")._exit(3), "ended with"),
    ):
        with pytest.raises(LabError) as refused:
            culprit.measure(free, function, [1], 1.0)
        assert said in str(refused.value) and free.path in str(refused.value)
        assert "\n" not in str(refused.value)


def test_what_cannot_be_sent_is_named(free, tmp_path) -> None:
    with (tmp_path / "file").open("w") as file:

        def writes(n):
            file.write(str(n))

        with pytest.raises(LabError, match="writes"):
            culprit.measure(free, writes, [1], 1.0)


def test_the_newest_without_a_gil_is_taken() -> None:
    known = [("3.13.5", True), ("3.14.2", True), ("3.15.0", False)]
    pythons = [Python(v, "PATH", "CPython", v, free_threaded=free) for v, free in known]
    assert newest_free(pythons).version == "3.14.2"
    assert newest_free([replace(one, free_threaded=False) for one in pythons]) is None
