"""The instruments of the lock on a Python without one, where the machine has such a Python.

That notebooks run there, too, is tested with what they find: tests/notebooks/test_findings.py.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.authoring.found import equipped
from helpers.jobs.registry import load_job
from helpers.pythons.elsewhere import measure_elsewhere
from helpers.pythons.find import ask

CHECKOUT = Path(__file__).parents[2]
NAMES = ("python3.15t", "python3.14t", "python3.13t")
NO_PYTHON = (
    "no free-threaded Python was found, so the meter and the timeline were not tried on one; put "
    "python3.14t on the PATH (uv python install 3.14t) or name one by GIL_LAB_FREE_THREADED"
)


@pytest.fixture(scope="module")
def free_threaded():
    """A function that runs a program on the free-threaded Python and returns its JSON."""
    found = find()

    def run(program):
        done = subprocess.run(
            [found, "-X", "gil=0", "-c", BEGIN + program],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def find():
    """Return the path of a free-threaded Python, or skip the test."""
    named = os.environ.get("GIL_LAB_FREE_THREADED")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(NO_PYTHON)
    return found


@pytest.fixture(scope="module")
def kernel_python(run_folder):
    """The Python of an environment without the lock that has what the notebooks need."""
    found = ask(find())
    return equipped(found, run_folder / f"python-{found.era}")


BEGIN = """
import json, sys, threading, time
from helpers.core import machine
from helpers.errors import LabError
from helpers.lock.meter import gil_meter
from helpers.turns.record import record

def spin():
    return sum(range(20_000))

def fail():
    raise KeyError("mine")

def said(call, *arguments, **options):
    try:
        return str(call(*arguments, **options))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""


def test_the_machine_says_that_there_is_no_lock(free_threaded):
    assert free_threaded("print(json.dumps(machine.describe().gil))") is False


def test_the_meter_says_that_there_is_no_lock_to_hold(free_threaded):
    said = free_threaded("print(json.dumps(said(gil_meter, spin, seconds=0.3)))")
    assert "there is none to hold" in said


def test_a_failing_call_gives_its_own_error_and_restores_the_interval(free_threaded):
    said, same, threads = free_threaded(
        "before = sys.getswitchinterval()\n"
        "text = said(gil_meter, fail, seconds=0.3)\n"
        "print(json.dumps([text, sys.getswitchinterval() == before, threading.active_count()]))"
    )
    assert said.startswith("LabError: fail raised KeyError: 'mine'")
    assert [same, threads] == [True, 1]


@pytest.mark.parametrize(
    "call",
    [
        "gil_meter, 7",
        "gil_meter, time.sleep, 30, limit_s=0.5",
        "record, 'threads', 'loop', switch_interval_s=-1",
        "record, 'threads', 'no such work'",
    ],
)
def test_bad_input_is_one_line(free_threaded, call):
    said = free_threaded(f"print(json.dumps(said({call})))")
    assert said.startswith("LabError: ")
    assert "\n" not in said


def test_python_loops_in_threads_are_recorded(free_threaded):
    n_workers = free_threaded(
        "spans = record('threads', 'loop', seconds=0.5).spans\n"
        "print(json.dumps(len({span.worker for span in spans})))"
    )
    assert n_workers == 2


IMPORT = """
import sys, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    __import__(sys.argv[1])
print([str(one.message).split("'")[1] for one in caught if "has been enabled" in str(one.message)])
"""


def turn_the_lock_on(python, module):
    """Return the extensions for which a free-threaded Python turns its lock on, as printed."""
    command = [python, "-c", IMPORT, module]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def test_what_the_notebooks_import_leaves_the_lock_off(kernel_python):
    for module in ("numpy", "PIL.Image", "matplotlib.pyplot", "ipykernel", "zmq"):
        assert turn_the_lock_on(kernel_python, module) == "[]"


def test_both_jobs_run_there_and_the_result_says_that_the_lock_was_off(kernel_python):
    for job, size in (("strings", 500), ("pictures", 0.2)):
        result = measure_elsewhere(ask(kernel_python), load_job(job, size), rounds=1)
        assert result.machine.gil is False and result.machine.free_threaded
        assert "no GIL" in str(result.machine)


NO_DECLARATION = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "asks_for_it", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_asks_for_it(void) { return PyModule_Create(&module); }
"""


def test_a_module_that_turns_the_lock_on_again_is_named(free_threaded, tmp_path, monkeypatch):
    compiler = shutil.which("cc") or shutil.which("gcc")
    include = free_threaded("import sysconfig; print(json.dumps(sysconfig.get_path('include')))")
    if compiler is None or not (Path(include) / "Python.h").is_file():
        pytest.skip("no C compiler, or no headers of the free-threaded Python: no module was made")
    source = tmp_path / "asks_for_it.c"
    source.write_text(NO_DECLARATION)
    suffix = free_threaded(
        "import sysconfig as s; print(json.dumps(s.get_config_var('EXT_SUFFIX')))"
    )
    made = tmp_path / f"asks_for_it{suffix}"
    subprocess.run(
        [compiler, "-shared", "-fPIC", f"-I{include}", str(source), "-o", str(made)], check=True
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert turn_the_lock_on(find(), "asks_for_it") == "['asks_for_it']"
