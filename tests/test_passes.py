"""Tests run side by side, but for those that need the machine to themselves, which come last."""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from tests import passes

CHECKOUT = Path(__file__).parents[1]
NOTES_ITS_TIMES = """
import json, os, time
import pytest

def note(name):
    began_s = time.monotonic()
    time.sleep(0.1)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    with open("notes.jsonl", "a") as notes:
        print(json.dumps([name, worker, began_s, time.monotonic()]), file=notes)

@pytest.mark.alone
def test_first_in_the_file():
    note("alone")

@pytest.mark.parametrize("n", [1, 2])
def test_beside_others(n):
    note("beside")

@pytest.mark.alone
def test_fails_alone():
    note("alone")
    pytest.skip("no reason") if FILE else pytest.fail("meant")
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a function that runs three files of tests with options: what is said, and notes."""

    def with_options(*options, notebook=None, still=""):
        folder = tmp_path_factory.mktemp("checkout")
        (folder / "tests").mkdir()
        for name in ("conftest.py", "tests/__init__.py", "tests/passes.py", "tests/still.py"):
            shutil.copy(CHECKOUT / name, folder / name)
        (folder / "pytest.ini").write_text("[pytest]\nmarkers = alone\n")
        for number in range(3):
            source = NOTES_ITS_TIMES.replace("FILE", str(number))
            (folder / f"test_{number}.py").write_text(source)
        (folder / "test_still.py").write_text(still)
        if notebook:
            nbformat.write(notebook, folder / "n.ipynb")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "xdist", "-n", "2", *options],
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            cwd=folder, capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
        notes = folder / "notes.jsonl"
        lines = notes.read_text().splitlines() if notes.exists() else []
        return done, sorted(map(json.loads, lines), key=lambda note: note[2])

    return with_options


@pytest.fixture(scope="module")
def whole(run):
    return run()


def test_what_takes_longest_comes_first() -> None:
    order = [passes.BROWSER, passes.NOTEBOOKS, "tests/unit/core/test_a.py", "helpers/a.py"]
    order += [f"{order[2]}{passes.ALONE}", f"{order[3]}{passes.ALONE}"]
    assert sorted(order[3:] + order[:3], key=passes._place) == order


def test_one_notebook_is_measured_at_a_time() -> None:
    scheduler = object.__new__(passes.Passes)
    scheduler.alone = set()
    cells = ["notebooks/00_a.ipynb::Cell 0", "notebooks/01_b.ipynb::Cell 0", "helpers/a.py::a"]
    one, other, none = map(scheduler._split_scope, cells)
    assert one == other != none


def test_what_is_alone_comes_last_and_in_one_worker(whole) -> None:
    _, notes = whole
    assert [name for name, *_ in notes] == ["beside"] * 6 + ["alone"] * 6
    assert len({worker for name, worker, *_ in notes if name == "beside"}) == 2
    assert len({worker for name, worker, *_ in notes if name == "alone"}) == 1
    last_beside_s = max(ended_s for name, _, _, ended_s in notes if name == "beside")
    alone = [(last_beside_s, last_beside_s), *(note[2:] for note in notes if note[0] == "alone")]
    assert all(ended_s <= began_s for (_, ended_s), (began_s, _) in pairwise(alone))


def test_one_summary_counts_both_and_names_what_was_left_out(whole) -> None:
    done, _ = whole
    assert done.returncode == 1
    assert "1 failed, 9 passed, 2 skipped" in done.stdout.splitlines()[-1]
    assert "2 tests: no reason" in done.stdout
    assert "FAILED test_0.py::test_fails_alone - Failed: meant" in done.stdout


def test_a_part_may_be_chosen(run) -> None:
    done, notes = run("-m", "alone", "test_1.py")
    assert [name for name, *_ in notes] == ["alone"] * 2
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1] and done.returncode == 0


def test_what_the_end_of_a_run_leaves_out_is_told(run) -> None:
    done, _ = run("-n", "0", "-x", "-m", "alone", "test_0.py", "test_1.py")
    assert "2 tests: the run ended before them" in done.stdout
    assert "1 failed, 1 passed" in done.stdout.splitlines()[-1]


def test_nothing_chosen_is_told_by_the_exit_code(run) -> None:
    done, notes = run("-k", "none")
    assert (notes, done.returncode) == ([], pytest.ExitCode.NO_TESTS_COLLECTED)


@pytest.mark.parametrize("option", [[], ["--full"]])
def test_notebooks_run_quickly_unless_all_is_wanted(run, option) -> None:
    source = f"import os\nassert ('GIL_LAB_QUICK' in os.environ) == {not option}\n"
    source += "open(os.environ['GIL_LAB_FINDINGS'], 'a').close()  # what it finds is kept"
    cells = [nbformat.v4.new_code_cell(source)]
    done, _ = run("-p", "nbval.plugin", "--nbval-lax", "--nbval-current-env", "n.ipynb", *option,
                  notebook=nbformat.v4.new_notebook(cells=cells))  # fmt: skip
    assert "1 passed" in done.stdout.splitlines()[-1]


def test_what_runs_at_full_length_has_the_limit_that_it_is_marked_with(run) -> None:
    limits = (
        "-o",
        "faulthandler_timeout=1",
        "-o",
        "still_s=4",
        "-o",
        "faulthandler_exit_on_timeout=1",
    )
    source = "import time\ndef test_long():\n    time.sleep(6)\n"
    done, _ = run("--full", *limits, "test_still.py", still=source)
    assert "1 passed" in done.stdout.splitlines()[-1], done.stderr


STANDS_STILL = """
import os, signal, time
import pytest

@pytest.fixture
def never_cleared_up():
    yield
    time.sleep(3600)

def test_fails_and_is_not_cleared_up(never_cleared_up):
    assert "this" == "meant"

def test_is_stopped_from_outside():
    os.kill(os.getpid(), signal.SIGSTOP)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes that are stopped: not on Windows")
def test_runs_that_stand_still_end_and_say_where(run) -> None:
    def ended(name):
        for still_s in (12, 60):  # more where a run needs longer than that to begin
            options = ["--max-worker-restart", "0", "-o", f"still_s={still_s}", "test_still.py"]
            done, _ = run("-k", name, *options, still=STANDS_STILL)
            assert done.returncode != 0
            if "running: no test" not in done.stderr:
                break
        return done.stderr

    with ThreadPoolExecutor() as pool:  # both wait, most of the time
        failed, stopped = pool.map(ended, ["fails_and", "stopped"])
    assert "in never_cleared_up" in failed and "call failed: test_still.py::test_fails" in failed
    assert re.search("no news for (12|60) s; running: test_still.py::", stopped)
    assert "call failed" not in stopped
