"""What another Python is sent: it runs, gives the same, and what cannot travel is named."""

import functools
import io
import linecache
import math
import os.path
import pickle
import random
import subprocess
import sys
import threading
import types
from collections import Counter
from pathlib import Path

import pytest

from helpers.pythons import other_python
from helpers.pythons.find import this_one
from helpers.pythons.send import Sent, folders_for, keep_source
from helpers.pythons.sent import Arrived
from tests.unit.refusals import refusal

CHECKOUT = Path(__file__).parents[3]
LOAD = """
import pickle, sys
sys.path[:0] = sys.argv[2:]
from helpers.pythons.sent import load
work, items = load(sys.argv[1], [])
with open(sys.argv[1] + "/answers", "wb") as file:
    pickle.dump(work(items), file)
"""

SOURCE = '''
"""A notebook's cell, or a script."""
import math, os.path as paths, random, re, functools, contextlib
from collections import Counter
from dataclasses import dataclass

LINE = re.compile(r"(\\\\w+)=")
TABLE = {"a": 1, "b": [2, 3]}


@dataclass
class Point:
    x: float
    y: float = 0.0

    def norm(self):
        return math.hypot(self.x, self.y)

    @staticmethod
    def twice(n):
        return 2 * n


def root(n):
    return math.sqrt(n)


def needs_much(n):
    """Its text has lines
that begin further left."""
    return root(n) + TABLE["a"], LINE.findall("k=1"), Counter("aab"), paths.join("a", "b")


def makes_points(n):
    return Point(n, 1.0)


def takes_points(point):
    return point.norm()


def noted(function):
    @functools.wraps(function)
    def inner(n):
        return function(n), "noted"
    return inner


@noted
def decorated(n):
    return n + 1


@functools.lru_cache
def cached(n):
    return n * n


def calls_cached(n):
    return cached(n)


@contextlib.contextmanager
def doubled(n):
    yield 2 * n


def in_context(n):
    with doubled(n) as value:
        return value


def factory(step):
    def add(n):
        return n + step
    return add


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


def seeded(n, *, make=random.Random):
    return make(n).random()


square = lambda n: n * math.floor(n + 0.5)
pair = [lambda n: n + 1, lambda n: n + 2]
added = factory(3)
'''


@pytest.fixture
def cell():
    """Return the module that a cell makes: it cannot be imported, and its source is known."""
    name = "<a cell of a test>"
    linecache.cache[name] = (len(SOURCE), None, SOURCE.splitlines(keepends=True), name)
    module = types.ModuleType("a_cell")
    sys.modules["a_cell"] = module  # where dataclasses look
    exec(compile(SOURCE, name, "exec", dont_inherit=True), vars(module))
    yield module
    del sys.modules["a_cell"], linecache.cache[name]


def there(func, items, folder, *, n_calls=None, python=sys.executable):
    """Return the answers of a function that was sent to another program."""
    sent = Sent(func, items, n_calls or len(items))
    sent.write(folder)
    command = [python, "-c", LOAD, str(folder), str(CHECKOUT), *folders_for(this_one())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return sent.read(folder / "answers")


@pytest.mark.parametrize(
    "name",
    [
        "needs_much", "makes_points", "decorated", "cached", "calls_cached", "in_context",
        "even", "seeded", "square", "added", "root",
    ],
)  # fmt: skip
def test_a_function_of_a_cell_gives_the_same_there(cell, name, tmp_path):
    func, items = getattr(cell, name), [1, 2, 3]
    assert there(func, items, tmp_path) == [func(item) for item in items]


def test_objects_of_a_cell_s_own_class_go_there_and_come_back(cell, tmp_path):
    points = [cell.Point(3, 4), cell.Point(0)]
    assert there(cell.takes_points, points, tmp_path) == [5.0, 0.0]
    folder = tmp_path / "second"
    folder.mkdir()
    (one,) = there(cell.makes_points, [2], folder)
    assert type(one) is cell.Point


@pytest.mark.parametrize("which", [0, 1])
def test_of_two_lambdas_in_a_line_the_right_one_is_sent(cell, which, tmp_path):
    assert there(cell.pair[which], [5], tmp_path) == [6 + which]


def test_methods_partials_and_functions_of_modules_are_sent(cell, tmp_path):
    ways = [
        (cell.Point.norm, [cell.Point(3, 4)], 5.0),
        (cell.Point.twice, [4], 8),
        (cell.Point(3, 4).__eq__, [cell.Point(3, 4)], True),
        (functools.partial(pow, 2), [5], 32),
        (functools.partial(cell.root), [9], 3.0),
        (str.upper, ["a"], "A"),
        (math.sqrt, [4.0], 2.0),
        (os.path.basename, ["a/b"], "b"),
    ]
    for number, (func, items, expected) in enumerate(ways):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert there(func, items, folder) == [expected], func


def test_without_items_it_is_called_again_and_again(cell, tmp_path):
    assert there(dict, None, tmp_path, n_calls=3) == [{}] * 3


def test_a_function_without_a_file_is_sent_by_the_source_that_was_kept(tmp_path):
    here = {"step": 4}
    exec("def cell(n): return n + step", here)
    keep_source(here["cell"], "def cell(n):\n    return n + step")
    assert there(here["cell"], [1], tmp_path) == [5]


def test_a_longer_name_of_a_module_is_found_under_a_shorter_one():
    packed = pickle.dumps(Counter, 2).replace(b"ccollections", b"ccollections._local")
    assert b"_local" in packed
    assert Arrived(io.BytesIO(packed)).load() is Counter


# -- what cannot travel ----------------------------------------------------------------

GUARD = threading.Lock()


def test_what_lives_here_only_is_named_in_one_line(tmp_path):
    here = {"guard": GUARD}
    exec("def note(n):\n    with guard:\n        return n", here)
    keep_source(here["note"], "def note(n):\n    with guard:\n        return n")
    said = refusal(Sent, here["note"], [1], 1)
    assert said.startswith("note refers to `guard`, a lock, which cannot be sent to another Python")


def test_items_that_live_here_only_are_named(cell):
    with open(__file__) as file:
        said = refusal(Sent, cell.root, [file], 1)
    assert said.startswith("the items cannot be sent to another Python (TypeError: ")


def test_a_function_without_source_is_named():
    here = {}
    exec("def made(n): return n", here)
    said = refusal(Sent, here["made"], [1], 1)
    assert said.startswith("the source of made is not found")


def test_a_source_that_has_changed_since_is_no_source(cell):
    name = "<a cell of a test>"
    text = SOURCE.replace("math.sqrt(n)", "math.cbrt(n)")
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    assert "not what it was when it was loaded" in refusal(Sent, cell.root, [1], 1)


def test_two_things_of_one_name_are_named(cell):
    one, other = cell.factory(1), cell.factory(2)
    here = {"one": one, "other": other}
    text = "def both(n):\n    return one(n), other(n)"
    exec(text, here)
    keep_source(here["both"], text)
    assert "two different things that are called" in refusal(Sent, here["both"], [1], 1)


def test_a_lambda_that_needs_a_name_of_where_it_stands_is_refused():
    step = random.random()
    assert "write it as a def" in refusal(Sent, lambda n: n + step, [1], 1)


# -- what turns the lock on ------------------------------------------------------------


def test_who_turned_the_lock_on_is_read_from_the_warning():
    text = (
        "The global interpreter lock (GIL) has been enabled to load module 'numpy._core', which "
        "has not declared that it can run safely without the GIL."
    )

    class Caught:
        def __init__(self, message):
            self.message = message

    assert other_python.turning_on([Caught(RuntimeWarning(text)), Caught("else")]) == [
        "numpy._core"
    ]


def test_what_takes_too_long_to_pack_is_given_up_in_one_line():
    said = refusal(Sent, len, [list(range(1_000_000))], 1, limit_s=0.001)
    assert said.startswith("the items cannot be sent to another Python in time (more than ")
    assert Sent(len, [[1]], 1, limit_s=60)
