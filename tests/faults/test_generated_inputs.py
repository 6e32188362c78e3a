"""Whatever is passed, something comes back in time, in few words, and nothing stays behind.

The inputs are generated: some hundreds in every run of the tests, always the same ones. The
variable GIL_LAB_EXAMPLES says how many others are to be tried, as in

    GIL_LAB_EXAMPLES=20000 python -m pytest -rP --timeout=0 -o still_s=1e6 \\
        tests/faults/test_generated_inputs.py
"""

import copy
import decimal
import json
import multiprocessing
import os
import random
import sys
import time
import warnings
from collections import Counter
from contextlib import contextmanager
from functools import partial
from multiprocessing import shared_memory

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
    pytest.mark.usefixtures("fonts", "nothing_left", "no_blocks_left", "quick_capacity"),
    pytest.mark.filterwarnings("ignore"),  # coroutines that nobody awaits, and more
]


def try_all(share, check, *strategies):
    """Check a share of the examples."""

    @settings(
        max_examples=max(1, round(share * N_EXAMPLES)),
        deadline=None,
        derandomize="GIL_LAB_EXAMPLES" not in os.environ,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(*strategies))
    def one(drawn):
        check(*drawn)

    tally.clear()
    one()
    print(f"{tally['tried']} tried, {tally['refused']} refused, {tally['late']} late by a second")


@pytest.fixture(scope="module")
def fonts(tmp_path_factory):
    """Draw once: matplotlib keeps the files of its letters open."""
    make_report(tmp_path_factory.mktemp("none")).html()


@pytest.fixture
def no_blocks_left(monkeypatch):
    """Count what this process leaves in shared memory; others of this machine come and go."""
    mark = f"glab{os.getpid()}"
    monkeypatch.setitem(multiprocessing.current_process()._config, "semprefix", f"/{mark}")
    monkeypatch.setattr(shared_memory, "_SHM_NAME_PREFIX", f"/{mark}-")
    yield
    if SHARED.is_dir():
        assert eventually(lambda: not any(mark in name for name in os.listdir(SHARED)))


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


def tried(budget_s, call):
    """Return what a call gives, or None where it refuses in a line."""
    began_s = time.perf_counter()
    try:
        with short_budgets():
            found = call()
    except (LabError, UsageError) as refused:
        found, said = None, str(refused)
        assert said.count("\n") < 2 and len(said) <= 400, said
    took_s = time.perf_counter() - began_s
    tally.update(tried=1, refused=found is None, late=took_s > budget_s + 1)
    assert took_s < HANG_S
    if found is not None:
        assert isinstance(repr(found), str)
        assert isinstance(getattr(found, "_repr_html_", str)(), str | None)
    return found


# -- the verdict -------------------------------------------------------------------------


def judge(func, items, same, budget_s=BUDGET_S, **options):
    func, items, same = odd.value(func), odd.value(items), odd.value(same)
    options = {**QUIET, "same": same, "budget_s": budget_s, **options}
    return tried(budget_s, lambda: lab.verdict(func, items, **options))


def test_verdicts_in_threads():
    try_all(0.4, judge, odd.functions, odd.items, odd.sames)


def test_verdicts_in_processes():
    check = partial(judge, same="None", kinds=("processes",), budget_s=0.5)
    try_all(0.02, check, odd.functions, odd.items)


# -- the meter ---------------------------------------------------------------------------


def measure(func, arguments):
    func, arguments = odd.value(func), [odd.value(text) for text in arguments]
    call = lambda: lab.meter(func, *arguments, seconds=0.01, limit_s=1)  # noqa: E731
    return tried(1, call)


def test_meters():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("helpers.lock.meter.BATCH_S", 0.002)
        try_all(0.16, measure, odd.functions, st.lists(odd.values, max_size=2))


# -- the magics --------------------------------------------------------------------------


def in_shell(shell, call):
    shell.user_ns.update({n: v for n, v in vars(odd_things).items() if not n.startswith("__")})
    return tried(BUDGET_S, call)


def ask_of_cell(shell, line, cell):
    line = f"-b {BUDGET_S} -k threads -w 2 {line}"
    return in_shell(shell, lambda: shell.run_cell_magic("will_it_thread", line, cell))


def ask_of_line(shell, line):
    # Every item is read and compared, however many there are.
    line = line.replace("30000", "300").replace("1000000", "1000")
    line = f"-b {BUDGET_S} -k threads -w 2 -r 1 {line}"
    return in_shell(shell, lambda: shell.run_line_magic("scaling", line))


def test_cells(shell):
    try_all(0.2, partial(ask_of_cell, shell), odd.verdict_lines, odd.cells)


def test_lines(shell):
    try_all(0.12, partial(ask_of_line, shell), odd.scaling_lines)


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
            owner[key] = copy.deepcopy(value)
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


def load(folder, data, changes, cut):
    content = json.dumps(changed(data, changes)).encode()
    path = folder / "one.json"
    path.write_bytes(content[:cut] if cut < len(content) else content)
    found = tried(1, lambda: store.load_as(Result, path))
    if found is not None:
        assert all(isinstance(point.n_workers, int) for point in found.points())
        report = tried(5, lambda: make_report(folder))
        # To draw takes most of the time.
        if random.Random(content).random() < 0.05:
            assert isinstance(report.html(), str)


def test_results(temporary):  # noqa: F811
    cuts = st.just(10**9) | st.integers(0, 3000)
    try_all(0.1, partial(load, temporary), st.sampled_from(RESULTS), CHANGES, cuts)
    (temporary / "one.json").unlink()
