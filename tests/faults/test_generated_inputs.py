"""Whatever is passed, something comes back in time, in few words, and nothing stays behind.

The inputs are generated: some hundreds in every run of the tests, always the same ones. The
variable GIL_LAB_EXAMPLES says how many others are to be tried, as in

    GIL_LAB_EXAMPLES=20000 python -m pytest -rP --timeout=0 tests/faults/test_generated_inputs.py
"""

import copy
import decimal
import json
import os
import random
import sys
import time
import warnings
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import helpers as lab
from helpers.advice import subject
from helpers.answer.report import make_report
from helpers.core import store
from helpers.core.runs import Result
from helpers.errors import LabError
from tests.faults.test_nothing_left import nothing_left, servants, temporary  # noqa: F401
from tests.kernels import SHARED, eventually
from tests.unit import odd, odd_things
from tests.unit.results import curves, whole

N_EXAMPLES = int(os.environ.get("GIL_LAB_EXAMPLES") or 500)
BUDGET_S = 0.1
HANG_S = 60.0  # nothing here should take even a few seconds, on a quiet machine
QUIET = {"kinds": ("threads",), "n_workers": 2}
tally = Counter()

pytestmark = [
    pytest.mark.usefixtures("nothing_left", "no_blocks_left"),
    pytest.mark.filterwarnings("ignore"),  # coroutines that nobody awaits, and more
]


def examples(share):
    """Return the settings for a share of the examples."""
    return settings(
        max_examples=max(1, round(share * N_EXAMPLES)),
        deadline=None,
        derandomize="GIL_LAB_EXAMPLES" not in os.environ,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
def no_blocks_left():
    before = blocks()
    yield
    assert eventually(lambda: blocks() <= before, 15)


def blocks():
    """Return the names of the blocks of shared memory, where the system lists them."""
    return set(os.listdir(SHARED)) if SHARED.is_dir() else set()


@pytest.fixture(scope="module")
def shell():
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "helpers")
    yield shell
    shell.run_line_magic("unload_ext", "helpers")
    InteractiveShell.clear_instance()


@contextmanager
def short_budgets():
    """Let a budget be as short as it may be only here, and put back what functions change."""
    limit, context, path = sys.getrecursionlimit(), decimal.getcontext().copy(), os.getcwd()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(subject, "_LIMITS_S", (0.01, 3600.0))
        patch.setattr(os, "environ", os.environ)
        try:
            yield
        finally:
            sys.setrecursionlimit(limit)
            decimal.setcontext(context)
            os.chdir(path)
            os.environ.pop("GIL_LAB_ODD", None)
            del odd_things.GLOBAL[:]


def tried(what, budget_s, call):
    """Return what a call gives, or None where it refuses in a line."""
    began_s = time.perf_counter()
    try:
        with short_budgets():
            found = call()
    except (LabError, UsageError) as refused:
        found, said = None, str(refused)
        assert said.count("\n") < 2 and len(said) <= 400, said
        said.encode(errors="surrogatepass")
    took_s = time.perf_counter() - began_s
    tally[what, "tried"] += 1
    tally[what, "done"] += found is not None
    tally[what, "over"] += took_s > budget_s + 1
    assert took_s < HANG_S
    if found is not None:
        assert isinstance(repr(found), str)
        html = getattr(found, "_repr_html_", str)()
        assert html is None or isinstance(html, str)
    return found


def told(what):
    n_tried, n_done, n_over = (tally[what, word] for word in ("tried", "done", "over"))
    print(f"{what}: {n_tried} tried, {n_tried - n_done} refused, {n_over} a second over the budget")


# -- the verdict -------------------------------------------------------------------------


def judge(func, items, same="None", budget_s=BUDGET_S, **options):
    func, items, same = odd.value(func), odd.value(items), odd.value(same)
    options = {**QUIET, "same": same, "budget_s": budget_s, **options}
    return tried("verdict", budget_s, lambda: lab.verdict(func, items, **options))


def test_verdicts_in_threads():
    examples(0.4)(given(odd.functions, odd.items, odd.sames)(judge))()
    told("verdict")


def test_verdicts_in_processes():
    @examples(0.02)
    @given(odd.functions, odd.items)
    def check(func, items):
        judge(func, items, kinds=("processes",), budget_s=0.5)

    check()
    told("verdict")


# -- the meter ---------------------------------------------------------------------------


def measure(func, arguments):
    func, arguments = odd.value(func), [odd.value(text) for text in arguments]
    call = lambda: lab.meter(func, *arguments, seconds=0.01, limit_s=1)  # noqa: E731
    return tried("meter", 1, call)


def test_meters():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("helpers.lock.meter.BATCH_S", 0.002)
        examples(0.16)(given(odd.functions, st.lists(odd.values, max_size=2))(measure))()
    told("meter")


# -- the magics --------------------------------------------------------------------------


def in_shell(shell, call):
    shell.user_ns.update({n: v for n, v in vars(odd_things).items() if not n.startswith("__")})
    return tried("magics", 0.5, call)


def ask_of_cell(shell, line, cell):
    line = f"-b {BUDGET_S} -k threads -w 2 {line}"
    return in_shell(shell, lambda: shell.run_cell_magic("will_it_thread", line, cell))


def ask_of_line(shell, line):
    line = f"-b {BUDGET_S} -k threads -w 2 -r 1 {line}"
    return in_shell(shell, lambda: shell.run_line_magic("scaling", line))


def test_cells(shell):
    check = given(odd.verdict_lines, odd.cells)(lambda line, cell: ask_of_cell(shell, line, cell))
    examples(0.2)(check)()
    told("magics")


def test_lines(shell):
    examples(0.12)(given(odd.scaling_lines)(lambda line: ask_of_line(shell, line)))()
    told("magics")


# -- results from elsewhere --------------------------------------------------------------

RESULTS = [store.to_dict(found) for found in (whole(), curves({"threads": {1: 1.0, 2: 1.5}}))]
ODD_JSON = st.sampled_from(
    [None, True, -1, 0, 3, 0.5, -0.0, 1e-9, 1e300, 10**30, "", "a", "\ud800", "<script>",
     "a\nb" * 300,
     "processes", "2026-11-22", "9999-12-31T23:59:59+00:00", [], {}, [[]], [1, 2, 3], {"a": 1}]
)  # fmt: skip


def places(data, path=()):
    """Yield the way to each part of nested lists and dicts."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, part in pairs:
        yield (*path, key)
        if isinstance(part, dict | list):
            yield from places(part, (*path, key))


def changed(data, changes):
    """Return a copy of it in which parts are others, are missing, or are there many times."""
    data = json.loads(json.dumps(data))
    for where, what, value in changes:
        every = [*places(data)]
        if not every:
            break
        *path, key = every[where % len(every)]
        owner = data
        for step in path:
            owner = owner[step]
        if what == "other":
            owner[key] = value
        elif what == "missing":
            del owner[key]
        elif isinstance(owner[key], list) and len(every) < 100_000:
            owner[key] = [copy.deepcopy(part) for part in owner[key] * 30]
        else:
            owner[key] = [owner[key]] if what == "many" else {key: owner[key]}
    return data


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 10**6), st.sampled_from(["other", "missing", "many", "inside"]), ODD_JSON
    ),
    max_size=3,
)


def load(data, changes, cut, folder):
    content = json.dumps(changed(data, changes)).encode()
    path = folder / "one.json"
    path.write_bytes(content[:cut] if cut < len(content) else content)
    found = tried("results", 1, lambda: store.load_as(Result, path))
    if found is not None:
        assert all(isinstance(point.n_workers, int) for point in found.points())
        report = tried("results", 5, lambda: make_report(folder))
        # To draw takes most of the time.
        if random.Random(content).random() < 0.05:
            assert isinstance(report.html(), str)


def test_results(temporary):  # noqa: F811
    cuts = st.just(10**9) | st.integers(0, 3000)
    check = given(st.sampled_from(RESULTS), CHANGES, cuts, st.just(Path(temporary)))
    examples(0.1)(check(load))()
    for path in Path(temporary).iterdir():
        path.unlink()
    told("results")
