"""The instruments of the lock on a Python without one, where the machine has such a Python."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
NAMES = ("python3.15t", "python3.14t", "python3.13t")
NO_PYTHON = (
    "no free-threaded Python was found, so the meter and the timeline were not tried on one; put "
    "python3.14t on the PATH (uv python install 3.14t) or name one by GIL_LAB_FREE_THREADED"
)


@pytest.fixture(scope="module")
def free_threaded():
    """A function that runs a program on the free-threaded Python and returns its JSON."""
    named = os.environ.get("GIL_LAB_FREE_THREADED")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(NO_PYTHON)

    def run(program):
        done = subprocess.run(
            [found, "-X", "gil=0", "-c", BEGIN + program],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


BEGIN = """
import json, sys, threading, time
from helpers import machine
from helpers.errors import LabError
from helpers.measure.meter import gil_meter
from helpers.measure.timeline import record

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
    assert [said, same, threads] == ["KeyError: 'mine'", True, 1]


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
        "spans = record('threads', 'loop', seconds=0.1).spans\n"
        "print(json.dumps(len({span.worker for span in spans})))"
    )
    assert n_workers == 2
