"""Benchmarks that take only seconds when made small still run, and print what they should.

What they measure is not looked at: a figure of a busy machine says nothing.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from conftest import QUICK
from tests.benchmarks import growth, which_python


def run(name, *options):
    """Run a benchmark as a reader would, with few rounds, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{name}", *options],
        cwd=Path(__file__).parents[2],
        env={**os.environ, QUICK: "1"},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def numbers(found):
    """Yield every number of what was read from JSON."""
    if isinstance(found, dict | list):
        for part in found.values() if isinstance(found, dict) else found:
            yield from numbers(part)
    elif not isinstance(found, str | bool | None):
        yield found


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("growth --rounds 1 --only redraw", {"redraw", "redraw by pyplot"}),
        ("harness_overhead --rounds 1 --size 500", {"serial", "threads"}),
        ("meters --rounds 1 --seconds 0.1 --only json", {"json.dumps"}),
        ("precision --repeats 1", {"experiment", "%scaling", "timeit"}),
    ],
)
def test_a_table_has_its_rows_and_times_above_nought(command, names):
    found = json.loads(run(*command.split(), "--json"))
    assert names <= set(found)
    assert all(number > 0 for name in names for number in numbers(found[name]))


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("startup 1", ["a worker of strings", "spawn, Pool"]),
        ("timeline_overhead --rounds 1", ["1 thread", "2 threads"]),
        ("strings_processes --rounds 1 --size 500", ["processes"]),
        ("three_jobs --rounds 1 --scale 0.1 --kinds threads", ["strings", "pictures", "finished"]),
        ("rows_table --rows 400 --rounds 1 --shared 400 --large 400", ["shared memory", "MB sent"]),
    ],
)
def test_what_is_printed_has_its_rows(command, said):
    printed = run(*command.split())
    assert [text for text in said if text not in printed] == []


def test_advice_is_compared_with_a_truth_that_is_measured_once(tmp_path):
    kept = [f"--truth={tmp_path / 'truth.json'}", "--only=waiting"]
    quick = [f"--pythons={sys.executable}", "--seconds=0", "--rounds=1"]
    assert re.match(r"waiting: \d ways, 1 rounds, ", run("which_python", *kept, *quick))
    assert run("which_python", *kept, *quick) == ""  # it is known
    kept.append(f"--save={tmp_path / 'advice.json'}")
    asked = run("which_python", *kept, "--budget=2")
    assert re.search(r"^on \S+: [01] of 1 right$", asked, re.MULTILINE)
    again = run("which_python", *kept, "--budget=2")
    assert asked.endswith(again) and again == run("which_python", *kept, "--report")


TRUTH = {
    "3.13|serial|1": [2.0, 2.2, 2.1],
    "3.13|threads|2": [1.0, 1.1, 1.1],
    "3.14|threads|2": [0.9, 1.0, 1.0],
    "3.14|interpreters|2": "ImportError: none here",
}


@pytest.mark.parametrize(
    ("advised", "n_right"),
    [
        ("3.14|threads|2", 1),
        ("3.13|threads|2", 1),  # within 15 % of it
        ("3.13|serial|1", 0),
        ("3.14|processes|2", 0),  # not measured
        ("3.14|interpreters|2", 0),
    ],
)
def test_advice_is_right_where_it_names_the_fastest_way_or_one_as_good(advised, n_right):
    row = {"name": "zlib", "this": "3.13", "advised": advised, "predicted": 2.0}
    said = which_python.report([{**row, "advice": "", "told": {}, "notes": []}], {"zlib": TRUTH})
    assert f"on 3.13: {n_right} of 1 right" in said
    assert "3.14|threads|2 2.20" in said  # the fastest, by the median of the rounds
    assert "zlib: 3.14|interpreters|2 could not: ImportError: none here" in said


def test_the_power_by_which_something_grows():
    assert growth.power({1: [1.0], 10: [2.0], 100: [200.0, 200.0, 7.0]}) == pytest.approx(2)
    assert growth.power({1: [3.0], 8: [3.0]}) == 0
    assert growth.power({8: [3.0]}) != growth.power({8: [3.0]})  # not a number: nothing to compare


def test_all_benchmarks_refuse_a_name_that_is_none_of_theirs():
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "nonsense"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "a benchmark is one of startup" in done.stderr
    assert "not nonsense" in done.stderr


@pytest.mark.skipif(
    not hasattr(psutil.Process, "cpu_affinity"), reason="this system binds nothing to a CPU"
)
def test_the_first_click_is_timed_to_the_first_finding_of_a_notebook():
    assert re.search(r"^06_sharing_safely( +\d+\.\d){5}$", run("first_click", "each", "06"), re.M)


def test_the_first_click_is_timed_and_weighed():
    said = run("first_click", "1")
    assert "in all" in said
    assert re.search(r"^numpy +[\d.]+ MB$", said, re.MULTILINE)
