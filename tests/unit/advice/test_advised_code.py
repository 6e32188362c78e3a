"""The code that a verdict advises is run, as a reader would, in a notebook and in a script."""

import collections
import dataclasses
import functools
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.advice.spelling import spelling
from helpers.advice.verdict import verdict
from helpers.core import pools
from helpers.errors import LabError
from helpers.safety.safe import is_safe
from tests.kernels import CHECKOUT, Kernel
from tests.unit.odd_things import OddClass

#: What a notebook or a script defines, and functions with the items they are for.
DEFINED = """
import dataclasses, functools, json, math, multiprocessing, operator, os, re, sys
from helpers.advice import advised
from helpers.advice.subject import Subject
from helpers.advice.verdict import verdict

def slow(n, k=1):
    return sum(i * i for i in range(200)) + n * k

@dataclasses.dataclass
class Scale:
    k: int = 2
    def work(self, n): return slow(n, self.k)
    def __call__(self, n): return slow(n, self.k)
    @classmethod
    def made(cls, n): return slow(n, 4)
    @staticmethod
    def plain(n): return slow(n, 5)

class Bare:
    def __call__(self, n): return slow(n, 6)

class Stateful:
    def __init__(self, k): self.k = k
    def __call__(self, n): return slow(n, self.k)

def decorated(function):
    @functools.wraps(function)
    def call(n): return function(n)
    return call

named, table = Stateful(3), dict.fromkeys(range(40), 8)
wrapped = decorated(slow)

def code_of(function, items, kind):
    evidence = Subject(function, items, kinds=["threads"]).evidence
    return advised.code(dataclasses.replace(evidence, first_s=1e-5), kind, 2)
"""
NUMBERS = "list(range(20))"
FUNCTIONS = {
    "slow": NUMBERS,
    "functools.partial(slow, k=3)": NUMBERS,
    "lambda n: slow(n)": NUMBERS,
    "Scale().work": NUMBERS,
    "Scale(3)": NUMBERS,
    "Scale.made": NUMBERS,
    "Scale.plain": NUMBERS,
    "Bare()": NUMBERS,
    "named": NUMBERS,
    "wrapped": NUMBERS,
    "table.get": NUMBERS,
    "math.sqrt": NUMBERS,
    "(2).__add__": NUMBERS,
    "str.upper": "['a', 'b']",
    "'abc'.count": "['a', 'b']",
    "operator.itemgetter(0)": "['ab', 'cd']",
    "operator.attrgetter('k')": "[None and 0, Scale(3)][1:]",
    "os.path.basename": "['/a/b']",
}
FEW = ["slow", "functools.partial(slow, k=3)", "lambda n: slow(n)", "Scale(3)", "math.sqrt"]
METHODS = ["spawn"] + ["forkserver"] * (os.name == "posix")


@pytest.fixture(scope="module", params=METHODS)
def kernel(request):
    with Kernel() as started:
        text = f"{DEFINED}\nmultiprocessing.set_start_method({request.param!r})"
        assert started.run(text).error == ()
        yield started, FUNCTIONS if request.param == "spawn" else FEW


def test_it_runs_in_a_notebook_and_gives_the_answers(kernel):
    kernel, functions = kernel
    for function in functions:
        items = FUNCTIONS[function]
        for kind in ("processes", "threads", "serial"):
            kernel.run(f"items = {items}\ncode = code_of({function}, items, {kind!r})")
            answer = kernel.run(f"exec(code)\nresults == [({function})(item) for item in items]")
            assert (function, kind, answer.text, answer.error) == (function, kind, "True", ())


def test_what_has_no_name_is_written_as_it_was_passed(kernel):
    kernel, _ = kernel
    kernel.run(f"items = {NUMBERS}")
    cell = "verdict(Stateful(\n    k=4), items, budget_s=0.5, kinds=['threads']).evidence.spelling"
    assert kernel.run(f"{cell}.text").text == "'Stateful(k=4)'"
    kernel.run("def tell(f):\n    return code_of(f, items, 'serial')")
    assert "# function: the Stateful that you passed" in kernel.run("tell(Stateful(4))").text


GUARDED = """
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")

    def below_the_guard(n):
        return slow(n, 9)

    def tell(functions):
        return {text: code_of(function, given, "processes") for text, function, given in functions}

    print(json.dumps(tell([{functions}])))
"""


def test_it_runs_in_a_script_and_gives_the_answers(tmp_path):
    functions = {name: FUNCTIONS[name] for name in FEW} | {"below_the_guard": NUMBERS}
    listed = ", ".join(f"({name!r}, {name}, {items})" for name, items in functions.items())
    script = DEFINED + GUARDED.replace("{functions}", listed)
    codes = json.loads(ran(tmp_path, script))
    for name, items in functions.items():
        assert 'if __name__ == "__main__":\n    with ' in codes[name]
        script += f"\nitems = {items}\n{codes[name]}\n    assert results == [*map({name}, items)]\n"
    standard = [name for name in functions if "ProcessPoolExecutor(2)" in codes[name]]
    # A lambda and what is made under the guard are in no other process.
    assert standard == ["slow", "functools.partial(slow, k=3)", "Scale(3)", "math.sqrt"]
    ran(tmp_path, script)


def ran(tmp_path, text):
    """Return what a script prints that must not fail."""
    script = tmp_path / "job.py"
    script.write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_function_of_a_module_comes_with_its_import():
    how = spelling(Path.exists, [Path()])
    assert (how.text, how.goes_by_value) == ("Path.exists", False)
    assert how.before == ("from pathlib import Path",)
    how = spelling(pools.open_pool, ["threads"])
    assert how.before == ("from helpers.core.pools import open_pool",)


def test_a_function_inside_another_keeps_its_name():
    def inner(n):
        return n

    assert spelling(inner, [1]).text == "inner" and spelling(inner, [1]).goes_by_value


def test_an_object_that_says_anything_of_itself_goes_by_another_name():
    class Odd:
        def __call__(self, n):
            return n

        def __getattr__(self, name):
            return -1

    assert spelling(Odd(), [1]).text == "function"


@dataclasses.dataclass
class Pair:
    left: object = None
    right: object = None

    def method(self, n):
        return n


@pytest.mark.parametrize(
    "double",
    [
        lambda part: [part, part],
        lambda part: {1: part, 2: part},
        lambda part: Pair(part, part),
        lambda part: functools.partial(print, part, part),
        lambda part: collections.deque([part, part]),
    ],
    ids=["lists", "dicts", "dataclasses", "partials", "deques"],
)
def test_what_holds_a_part_twice_sixty_times_over_is_not_written_out(double):
    part = []
    for _ in range(60):
        part = double(part)
    for func in (Pair(part).method, functools.partial(max, part), functools.partial(max, a=[part])):
        assert spelling(func, [1]).text in ("func", "function")
    assert spelling(functools.partial(max, 10**5000), [1]).text in ("func", "function")


@pytest.mark.parametrize("told", [itertools.count(), (map, itertools.count()), (list,), ("odd", 5)])
def test_what_pickle_would_not_take_is_not_written_out(told):
    class Odd:
        def __reduce_ex__(self, protocol):
            return told

        def method(self, n):
            return n

    assert spelling(Odd().method, [1]).text in ("method", "function")


def test_items_of_a_class_that_compares_oddly_are_judged_like_any_others():
    found = verdict(bool, [OddClass()] * 3, budget_s=0.5, kinds=["threads"])
    assert found.headline
    with pytest.raises(LabError) as refused:
        is_safe(lambda x: x, [OddClass(), OddClass()])
    assert "\n" not in str(refused.value)
