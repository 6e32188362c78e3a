"""Functions that no process can import: sent by value, or refused with the name of the cause."""

import collections
import dataclasses
import datetime
import enum
import functools
import importlib.util
import io
import os
import pathlib
import pickle
import re
import subprocess
import sys
import threading
import time
import types

import ipywidgets
import numpy as np
import pytest

from helpers.core import executors, pools, worker
from helpers.core.attempt import check_it_can_travel
from helpers.core.by_value import goes_by_value, heaviest, pack, reached
from helpers.core.job import Job
from helpers.errors import LabError, TooLong
from helpers.jobs.own import each, in_silence
from helpers.jobs.places import load_spellings
from tests.kernels import CHECKOUT, Kernel
from tests.unit import sample_jobs as jobs
from tests.unit.refusals import refusal

PROCESSES = [k for k, why in pools.kinds().items() if why is None and k.startswith("processes")]
# What this process forks here has nothing to do with its threads.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


@pytest.fixture(scope="module")
def kernel():
    with Kernel() as started:
        answer = started.run(
            "from helpers.core.pools import open_pool\n"
            "from helpers.core.job import Job\n"
            "from helpers.core.scaling import Experiment\n"
            "from helpers.processes.split import measure_splits\n"
            "from dataclasses import dataclass"
        )
        assert answer.error == ()
        yield started


# -- which go by value -----------------------------------------------------------------


class Adder:
    def __init__(self, n=1):
        self.n = n

    def add(self, number):
        return number + self.n


@pytest.mark.parametrize(
    "part",
    [len, str.upper, "text".upper, None, 3, [], [1, 2], ("a", 2), {"a": 1}, jobs.doubles, Adder,
     Adder(), Adder().add, [Adder()], functools.partial(jobs.doubles, [1]), io.StringIO],
    ids=lambda part: re.sub(r" at 0x\w+", "", repr(part)),  # the same in every process
)  # fmt: skip
def test_what_a_process_can_import_goes_by_name(part):
    assert not goes_by_value(part)


def test_what_stands_in_no_module_goes_by_value():
    class Local:
        def method(self):
            return 1

    def local():
        return 1

    for part in (lambda: 1, local, Local, Local(), Local().method, [Local()], [(local,)]):
        assert goes_by_value(part)
        assert goes_by_value(functools.partial(jobs.doubles, part))
    assert goes_by_value(functools.partial(local))


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held):
        self.held = held


class Reduced:
    def __init__(self, given):
        self.given = given

    def __reduce__(self):
        return Reduced, (self.given,)


def of_a_cell(function_or_class):
    """Return a function or class that claims to stand in the notebook or script itself."""
    function_or_class.__module__ = "__main__"
    return function_or_class


@of_a_cell
@dataclasses.dataclass
class Shot:
    n: int = 1


@of_a_cell
class Colour(enum.Enum):
    RED = 1


@of_a_cell
class Odd(Exception):
    pass


RING: list = []
RING[:] = [RING, RING, None]
HIDING = {
    "tuple": ("a", Shot()),
    "dict": {"shot": Shot()},
    "key": {Colour.RED: 1},
    "set": {Colour.RED},
    "after None": [None, Shot()],
    "at the end": [0] * 100_000 + [Shot()],
    "deque": collections.deque([1, Shot()]),
    "namedtuple": collections.namedtuple("Pair", "a b")(1, Shot()),
    "defaultdict": collections.defaultdict(Shot),
    "class": [Shot],
    "attribute": Adder(Shot()),
    "slot": Slotted(Shot()),
    "reduce": Reduced(Shot()),
    "partial": functools.partial(len, Shot()),
    "method": Adder(Shot()).add,
    "callable": [of_a_cell(type("Call", (), {"__call__": len}))()],
    "error": Odd(1),
    "argument of an error": ValueError(Shot()),
    "iterator": iter([Shot()]),
    "map": map(abs, [Shot()]),
    "array": np.array([Shot(), 1], dtype=object),
    "ring": [RING, Shot()],
    "namespace": types.SimpleNamespace(shot=Shot()),
}


@pytest.mark.parametrize("name", HIDING)
def test_an_object_of_a_cell_s_class_is_found_wherever_it_is(name):
    assert goes_by_value(HIDING[name])


PLAIN = {
    "ring": RING,
    "array": np.zeros(10_000_000),
    "datetime": datetime.date(2026, 1, 1),
    "path": pathlib.Path(),
    "None's class": [type(None), type(...)],
    "error": ValueError(1),
    "what no process can be sent": [threading.Lock()],
    "numpy": [np.mean, np.add, np.float32],
    "by another name": os.path.join,
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_holds_nothing_of_a_cell_goes_by_name(name):
    assert not goes_by_value(PLAIN[name])


def test_the_code_of_a_library_is_not_what_the_reader_is_to_change():
    function = of_a_cell(functools.singledispatch(lambda n: n))
    with pytest.raises(LabError) as caught:
        pack(function)
    assert str(caught.value).startswith("the function <lambda> cannot be sent to a process")
    assert str(caught.value).endswith("put it in a module, or let threads do the work")


def test_a_list_is_not_packed_whole_to_find_out():
    seen = []

    class Counted:
        __module__, __qualname__ = Adder.__module__, "Adder"

        def __reduce__(self):
            seen.append(self)
            return str, (f"{len(seen):0100}",)

    assert goes_by_value([Counted() for _ in range(100_000)])
    assert len(seen) < 20_000


def test_a_module_that_only_this_process_has_goes_by_value(tmp_path, monkeypatch):
    # One is loaded by its path, one has the name of another, and one was made by hand.
    (tmp_path / "plug_in.py").write_text("K = 3\ndef slow(n):\n    return helper(n)\n"
                                         "def helper(n):\n    return n * K\n")  # fmt: skip
    functions = []
    for name in ("plug_in_by_path", "colorsys"):
        spec = importlib.util.spec_from_file_location(name, tmp_path / "plug_in.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        functions.append(module.slow)
    made = types.ModuleType("made_by_hand")
    monkeypatch.setitem(sys.modules, "made_by_hand", made)
    exec("def slow(n):\n    return 3 * n", made.__dict__)
    functions.append(made.slow)
    assert all(map(goes_by_value, functions))
    call = "import pickle, sys; print([f(2) for f in pickle.load(sys.stdin.buffer)])"
    done = subprocess.run([sys.executable, "-c", call], input=pack(functions), capture_output=True)
    assert (done.stdout.split(b"]")[0], done.stderr) == (b"[6, 6, 6", b"")


def test_a_function_of_a_module_is_sent_as_its_name(monkeypatch):
    monkeypatch.setattr(executors, "pack", lambda part: pytest.fail("it was packed"))
    sent = []
    monkeypatch.setattr(
        executors.ProcessExecutor,
        "_submit",
        lambda pool, *args, **named: sent.append((args, named)),
    )
    pool = pools.open_pool("processes", 1)
    items = [1, 2]
    pool.submit(worker.timed, jobs.doubles, items)
    pool.submit(Adder().add, items, key=abs)
    (call, timed, doubles, same), _ = sent[0]
    assert call is worker.call_named and same is items
    assert [pickle.loads(one.data) for one in (timed, doubles)] == [worker.timed, jobs.doubles]
    # Whatever is no name is left to the pool, which packs it when its turn comes.
    assert isinstance(sent[1][0][1], types.MethodType) and sent[1][1] == {"key": abs}


def test_threads_and_the_serial_pool_take_anything():
    lock = threading.Lock()
    for kind in ("serial", "threads"):
        with pools.open_pool(kind, 1) as pool:
            assert pool.submit(lambda: lock).result() is lock


# -- how often they are packed ---------------------------------------------------------


@pytest.fixture
def packed(monkeypatch):
    """Count what is packed, in a pool whose calls are not made."""
    counted = []
    monkeypatch.setattr(executors, "pack", lambda part: counted.append(part) or pack(part))
    pool = pools.open_pool("processes", 1)
    monkeypatch.setattr(
        executors.ProcessExecutor, "_submit", lambda pool, function, *args: (function, args)
    )
    return pool, counted


def value_of(sent):
    """Return what a worker would answer to a call."""
    function, args = sent
    packed = function(*args)
    return packed.value


def test_a_function_is_packed_once_for_many_calls(packed):
    pool, counted = packed

    def double(number):
        return 2 * number

    calls = [pool.submit(worker.timed, double, number) for number in range(100)]
    assert counted == [double]
    assert [value_of(call)[-1] for call in calls] == [2 * number for number in range(100)]


def test_a_name_that_stands_for_something_else_is_seen_at_once(packed):
    pool, counted = packed
    factor = 2

    def inner(number):
        return factor * number

    def outer(number):
        return inner(number)

    first = pool.submit(outer, 10)
    factor = 3
    assert [value_of(first), value_of(pool.submit(outer, 10))] == [20, 30]
    assert counted == [outer, outer]


class Total:
    def __init__(self, of):
        self.of = of

    def __call__(self):
        return sum(self.of)


def totals_of(table):
    """Return functions of several sorts that refer to a list which will grow."""

    def total():
        return sum(table)

    def by_default(table=table):
        return sum(table)

    def outer():
        return total()

    return [total, by_default, outer, functools.partial(total), Total(table), Total(table).__call__]


@pytest.mark.parametrize("sort", range(6))
def test_what_a_function_refers_to_is_sent_as_it_is_at_the_call(packed, sort):
    pool, _ = packed
    Total.__module__ = "__main__"
    table = [1]
    total = totals_of(table)[sort]
    first = pool.submit(total)
    table.append(10)
    assert [value_of(first), value_of(pool.submit(total))] == [1, 11]


@pytest.mark.parametrize("kind", ["threads", "interpreters", *PROCESSES])
def test_all_kinds_see_what_has_changed_between_two_calls(kind):
    if pools.kinds()[kind] is not None:
        pytest.skip(f"{kind}: {pools.kinds()[kind]}")
    seen = []
    with pools.open_pool(kind, 1) as pool:
        results = []
        for n in range(3):
            seen.append(n)
            results.append(pool.submit(lambda: list(seen)).result(timeout=60))
    assert results == [[0], [0, 1], [0, 1, 2]]


def test_few_packed_functions_are_kept_however_busy_a_pool_is(packed):
    pool, counted = packed
    for n in range(50):
        pool.submit(lambda data=bytes([n]) * 1000: len(data))
    assert len(counted) == 50 and len(pool._packed) <= 4
    pool.shutdown()
    assert not pool._packed


def test_one_map_packs_its_function_once(monkeypatch):
    counted, table = [], [1, 2]
    monkeypatch.setattr(executors, "pack", lambda part: counted.append(part) or pack(part))

    class Point:
        def __init__(self, x):
            self.x = x

    def point(n):
        return Point(n + len(table))

    with pools.open_pool("processes-spawn", 2) as pool:
        points = list(pool.map(point, range(7), chunksize=3))
    assert [type(p) is Point and p.x for p in points] == [n + 2 for n in range(7)]
    assert counted == [point]


def test_what_a_function_refers_to_is_found_through_others():
    table = [object()]

    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n, names=table):
        return n != 0 and even(n - 1)

    found = reached(even)
    assert any(value is odd for value in found) and any(value is table for value in found)
    assert pickle.loads(pack(lambda text: load_spellings and text))("GIL") == "GIL"


# -- what is refused -------------------------------------------------------------------


log = io.TextIOWrapper(io.BytesIO(b"text"))
a_slider = ipywidgets.IntSlider()


def closing_over(it):
    def work():
        return it

    return work


def of_a_global(name):
    """Return a function that looks up a global of this module."""
    return eval(f"lambda text: {name}")


class WithLock:
    __module__ = "__main__"

    def __init__(self):
        self.lock = threading.RLock()

    def work(self):
        return self.lock


class Rude:
    def __reduce__(self):
        raise ValueError("never\nat all")


def fibonacci():
    @functools.cache
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return fib


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (closing_over(log), "the function work refers to `it`, an open file (TextIOWrapper), which "
         "cannot be sent to a process: open it inside work"),
        (of_a_global("log"), "refers to `log`, an open file"),
        (of_a_global("[log for i in range(3)]"), "refers to `log`, an open file"),
        (of_a_global("a_slider.value"), "`a_slider`, a live widget (IntSlider), which cannot be "
         "sent to a process: give <lambda> its value instead"),
        (closing_over(threading.Lock()), "`it`, a lock,"),
        (closing_over(threading.Condition()), "`it`, a lock (Condition)"),
        (closing_over(n for n in range(3)), "`it`, a generator, which cannot be sent to a process: "
         "give work a list of what it yields"),
        (closing_over(threading.Event()), "`it`, an object of type Event (TypeError: cannot "
         "pickle '_thread.lock' object)"),
        (closing_over(Rude()), "`it`, an object of type Rude (ValueError: never at all)"),
        (closing_over({"out": [0, log]}), "refers to `it['out'][1]`, an open file"),
        (closing_over(fibonacci()), "`it`, a function with a cache, which cannot be sent to a "
         "process: leave the cache out, or put the function in a module"),
        (lambda text, out=log: text, "refers to `out`, an open file"),
        (lambda text, *, out=log: text, "refers to `out`, an open file"),
        (lambda: of_a_global and closing_over_log(),
         "the function work, which <lambda> needs, refers to `it`, an open file"),
        (WithLock().work, "the function work refers to `self.lock`, a lock (RLock)"),
        (functools.partial(closing_over(1), log), "refers to `args[0]`, an open file"),
        ([WithLock()], "refers to `[0].lock`, a lock (RLock)"),
        (fibonacci(), "the function fib cannot be sent to a process"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_named(part, said):
    assert said in refusal(pack, part)


closing_over_log = closing_over(log)
closing_over_log.__module__ = "__main__"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (threading.Lock(), "is a lock, and it cannot be sent to a process"),
        (("a", threading.Lock()), "the item ('a', <unlocked"),
        (("a", threading.Lock()), "has `[1]`, a lock, and"),
        (Slotted(log), "is an object of type Slotted (PicklingError: a TextIOWrapper cannot be"),
        (of_a_cell(type("Mine", (Slotted,), {}))(log), "has `held`, an open file (TextIOWrapper), "
         "and it cannot be sent to a process: open it inside work"),
        ((n for n in range(3)), "is a generator, and it cannot be sent to a process: give work a "
         "list of what it yields"),
        ({threading.Lock(): 1}, "has a lock, and"),
        ({threading.Lock()}, "has `{…}`, a lock, and"),
        ([*RING, threading.Lock()], "has `[3]`, a lock, and"),
    ],
)  # fmt: skip
def test_an_item_that_cannot_be_sent_is_named_and_not_the_function(item, said):
    job = Job("work", "Work", sorted, [1, 2, item])
    assert said in refusal(check_it_can_travel, job)


def test_an_item_that_does_not_unpickle_is_told():
    class TwoArguments(Exception):
        def __init__(self, address, status):
            super().__init__(f"{address} gave {status}")

    job = Job("work", "Work", sorted, [TwoArguments("/page", 404)])
    assert "cannot be unpacked (TypeError: " in refusal(check_it_can_travel, job)


def test_a_class_with_a_cached_property_is_sent_with_it():
    class Cached:
        @functools.cached_property
        def seven(self):
            return 7

    Cached.__module__ = "__main__"
    ask = "import pickle, sys; one = pickle.load(sys.stdin.buffer); print(one.seven, vars(one))"
    done = subprocess.run([sys.executable, "-c", ask], input=pack(Cached()), capture_output=True)
    assert (done.stdout.split(b"}")[0], done.stderr) == (b"7 {'seven': 7", b"")


def test_what_the_class_of_an_item_holds_is_named():
    class Guarded:
        lock = threading.Lock()

    item = of_a_cell(Guarded)()
    job = Job("work", "Work", sorted, [item])
    assert "has `__class__.lock`, a lock, and" in refusal(check_it_can_travel, job)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="newer Pythons nest as deep as memory goes")
def test_what_is_nested_too_deeply_is_refused_in_one_line():
    nested, chain = [], None
    for _ in range(20_000):
        nested, node = [nested], Shot()
        node.next, chain = chain, node
    for deep in (nested, chain):
        assert "recursion" in refusal(pack, closing_over(deep))
    # What is taken apart piece by piece needs no stack.
    while nested:
        nested = nested[0]


def test_the_largest_thing_that_a_function_takes_along_is_named():
    table, few = list(range(10_000)), [1]
    assert heaviest(lambda n: table[n] + few[0]) == "table"
    assert heaviest(functools.partial(lambda t, n: t[n], table)) == "args[0]"
    assert heaviest(Adder(np.zeros(10_000)).add) == "self"
    assert heaviest(jobs.doubles) == heaviest(len) == ""


class Slow:
    """Says what it consists of, and takes its time over it."""

    n_asked = 0

    def __reduce__(self):
        Slow.n_asked += 1
        time.sleep(0.02)
        return Slow, ()


def test_packing_ends_in_time_and_says_how_far_it_came():
    numbers, few = list(range(1_000_000)), [1]

    def work(n):
        return numbers[n] + few[0]

    said = refusal(pack, work, 0.001)
    assert re.fullmatch(r"\S+ (kB|MB|bytes) were packed in 0\.001 s, and that was not all", said)
    assert len(pack(work, 60)) > 4_000_000
    assert heaviest(work, 60) == "numbers"
    Slow.n_asked = 0
    assert "that was not all" in refusal(pack, [Slow() for _ in range(500)], 0.1)
    assert 0 < Slow.n_asked < 500
    job = Job("work", "Work", functools.partial(in_silence, each, work), [1, 2])
    with pytest.raises(TooLong) as told:
        check_it_can_travel(job, 0.001)
    assert str(told.value).startswith("work takes `numbers` along to a process (")
    assert "\n" not in str(told.value) and len(str(told.value)) < 300
    slow = Job("work", "Work", len, [Slow() for _ in range(500)])
    with pytest.raises(TooLong, match="the items of work are large, or slow to pack"):
        check_it_can_travel(slow, 0.1)


class OfOneThread:
    def __reduce__(self):
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("it belongs to the main thread")
        return OfOneThread, ()


def test_what_belongs_to_a_thread_is_packed_in_time_all_the_same():
    assert isinstance(pickle.loads(pack(OfOneThread(), 60)), OfOneThread)
    assert "RuntimeError: never" in refusal(pack, Raises(), 60)


class Raises:
    def __reduce__(self):
        raise RuntimeError("never")


def test_functions_that_need_each_other_are_followed_to_the_cause():
    lock = threading.Lock()

    def ping(n):
        return n and pong(n - 1)

    def pong(n):
        with lock:
            return ping(n)

    said = "the function pong, which ping needs, refers to `lock`, a lock,"
    assert refusal(pack, ping).startswith(said)


def test_a_copy_of_the_rest_of_a_file_is_never_sent():
    # cloudpickle alone would do that.
    with open(__file__) as file:
        assert "an open file" in refusal(pack, closing_over(file))
    assert "an open file" in refusal(pack, closing_over(file))  # a closed one is none the better


def test_what_can_be_sent_is_not_refused():
    table = collections.defaultdict(list, {"a": [1]})
    for thing in (table, io.StringIO("text"), b"bytes", os.environ.copy(), jobs.doubles):
        assert pickle.loads(pack(closing_over(thing)))


# -- in a notebook ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", PROCESSES)
def test_a_cell_s_function_runs_in_processes(kernel, kind):
    kernel.run(
        "factor = 2\n"
        "@dataclass\n"
        "class Point:\n"
        "    x: int\n"
        "class Odd(ValueError):\n"
        "    pass\n"
        "def double(x):\n"
        "    return Point(factor * x)\n"
        "def refuse(x):\n"
        "    raise Odd(x)\n"
        "def is_point(it):\n"
        "    return isinstance(it, Point)"
    )
    answer = kernel.run(
        f"with open_pool({kind!r}, 2) as pool:\n"
        "    one = pool.submit(double, 5).result(60)\n"
        "    assert type(one) is Point and one == Point(10)\n"
        "    assert pool.submit(is_point, one).result(60)\n"
        "    assert pool.submit(repr, one).result(60) == 'Point(x=10)'\n"
        "    many = list(pool.map(double, range(9), chunksize=4))\n"
        "    assert many == [Point(2 * x) for x in range(9)]\n"
        "    error = pool.submit(refuse, 7).exception(60)\n"
        "    assert type(error) is Odd and error.args == (7,)\n"
        "    factor = 3\n"
        "    assert pool.submit(double, 5).result(60) == Point(15)\n"
        "    assert pool.submit(lambda: factor).result(60) == 3\n"
        "'as it should be'"
    )
    assert answer.error == () and answer.text == "'as it should be'"


@pytest.mark.parametrize("kind", PROCESSES)
def test_a_job_written_in_a_cell_is_measured(kernel, kind):
    answer = kernel.run(
        "def squares(numbers):\n"
        "    return [number ** 2 for number in numbers]\n"
        "def difference(expected, got):\n"
        "    return None if expected == got else 'they differ'\n"
        "job = Job('squares', 'Squares', squares, list(range(50)), difference, 4)\n"
        f"*_, last = Experiment(job, ({kind!r},), (2,), rounds=1).run()\n"
        f"[split] = measure_splits(job, [({kind!r}, 2)], rounds=1)\n"
        "sorted(run.kind for run in last.runs), split.n_items"
    )
    assert answer.error == ()
    assert answer.text == f"(['{kind}', '{kind}', 'serial', 'serial'], 50)"


@pytest.mark.parametrize("kind", PROCESSES)
def test_a_cell_s_function_that_cannot_be_sent_is_one_line(kernel, kind):
    answer = kernel.run(
        "log = open('README.md')\n"
        "def work(numbers):\n"
        "    return [log.name for number in numbers]\n"
        f"with open_pool({kind!r}, 1) as pool:\n"
        "    pool.submit(work, [1])"
    )
    line = (
        "the function work refers to `log`, an open file (TextIOWrapper), "
        "which cannot be sent to a process: open it inside work"
    )
    assert answer.error == (line,)
    answer = kernel.run(
        "job = Job('names', 'Names', work, [1, 2], None)\n"
        f"list(Experiment(job, ({kind!r},), (1,)).run())"
    )
    assert answer.error == (line,)


def test_a_script_s_functions_and_classes_are_sent_too(tmp_path):
    script = tmp_path / "job.py"
    script.write_text(
        "from helpers.core.pools import open_pool\n"
        "class Point:\n"
        "    pass\n"
        "def make(n):\n"
        "    return [Point() for _ in range(n)]\n"
        "if __name__ == '__main__':\n"
        "    def below_the_guard(n):\n"
        "        return make(n)\n"
        "    with open_pool('processes-spawn', 1) as pool:\n"
        "        for function in (make, below_the_guard):\n"
        "            for point in pool.submit(function, 3).result(60):\n"
        "                assert type(point) is Point\n"
        "    print('as it should be')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert (done.stdout, done.stderr) == ("as it should be\n", "")
