"""The second witness: what CPython's profiler saw is read right, and why it saw nothing is told."""

import functools
import json
import math
import os
import pickle
import subprocess
import sys
import threading
import time
import zlib

import pytest

from helpers.core import machine
from helpers.errors import LabError
from helpers.lock.meter import gil_meter
from helpers.pythons import send, witness
from helpers.pythons.find import Python, ask, has_profiler, this_one
from helpers.pythons.sent import unpacked
from helpers.pythons.states import HOLDS, WAITS, WITHOUT, Lane, shares_of, states_in
from helpers.pythons.witness import Witness, Witnessed, who_can_look, witness_call
from tests.unit.refusals import refusal
from tests.unit.shell_scripts import as_python, needs_sh

OTHER = Python("python3.15", "PATH", "CPython", "3.15.0")  # another version, for what is packed


# -- reading a profile ------------------------------------------------------------------


def profile(*threads):
    """Return a profile: of each thread its tid, its samples in ms, and (name, start, stop)."""
    names = ["Has GIL", "Waiting for GIL", "No GIL", "On CPU"]
    return {
        "shared": {"stringArray": names},
        "threads": [
            {
                "tid": tid,
                "name": f"Thread-{tid}",
                "samples": {"time": times},
                "markers": {
                    "name": [names.index(name) for name, *_ in markers],
                    "startTime": [start for _, start, _ in markers],
                    "endTime": [stop for _, _, stop in markers],
                },
            }
            for tid, times, markers in threads
        ],
    }


def lane(tid, *, ready_s=100.0, begin_s=100.01, end_s=100.11):
    return Lane(f"thread {tid}", tid, ready_s, begin_s, end_s)


TURNS = profile(
    (1, range(111), [("Has GIL", 0, 60), ("No GIL", 60, 111), ("Waiting for GIL", 60, 90)]),
    (2, range(111), [("Waiting for GIL", 0, 60), ("Has GIL", 60, 500), ("On CPU", 0, 500)]),
)


def test_states_are_read_in_the_time_of_the_call():
    ((*spans,),) = states_in(TURNS, [[lane(1), lane(2)]])
    told = [(s.worker, s.label, round(s.start_s, 3), round(s.stop_s, 3)) for s in spans]
    assert told == [
        ("thread 1", HOLDS, 0.0, 0.05),
        ("thread 1", WAITS, 0.05, 0.08),
        ("thread 1", WITHOUT, 0.08, 0.1),
        ("thread 2", WAITS, 0.0, 0.05),
        ("thread 2", HOLDS, 0.05, 0.1),
    ]
    assert shares_of(spans) == pytest.approx((0.5, 0.4, 0.1))


def test_each_phase_has_its_own_begin():
    later = lane(2, begin_s=100.06)
    first, second = states_in(TURNS, [[lane(1)], [later]])
    assert {span.worker for span in first} == {"thread 1"}
    assert [span.label for span in second] == [HOLDS]
    assert second[0].start_s == pytest.approx(0.0)


def test_who_has_the_gil_does_not_wait_for_it():
    both = profile((1, range(111), [("Has GIL", 0, 111), ("Waiting for GIL", 0, 111)]))
    assert shares_of(states_in(both, [[lane(1)]])[0]).holds == 1


def test_what_was_not_seen_counts_for_nothing():
    """A sampler that is late sees the first half of it not at all."""
    late = profile((1, range(60, 111), [("Has GIL", 60, 111)]), TURNS_OF_2)
    ((*spans,), _) = states_in(late, [[lane(1)], [lane(2)]])
    assert [span.label for span in spans] == [HOLDS]
    assert spans[0].start_s == pytest.approx(0.05, abs=0.001)


TURNS_OF_2 = (2, range(111), [("Has GIL", 0, 111)])


@pytest.mark.parametrize("threads", [[], [(1, range(5), [])]])
def test_a_thread_that_was_hardly_seen_tells_nothing(threads):
    said = refusal(states_in, profile(*threads), [[lane(1)]])
    assert "must be seen 20 times" in said and f"saw one {len(threads) * 5} times" in said


# -- sending a call ---------------------------------------------------------------------

FACTOR = 3


class Scale:
    """A class of the reader's own."""

    def __init__(self, factor):
        self.factor = factor

    def of(self, number):
        return floor(self.factor * number)


def floor(number):
    return math.floor(number)


def scaled(number, by: "Scale | None" = None, add=FACTOR):
    return (by or Scale(FACTOR)).of(number) + add


@pytest.fixture
def _as_in_a_notebook(monkeypatch):
    """Let the functions above stand in no module that another Python could import."""
    here = (scaled, floor, Scale, Scale.of, Scale.__init__)
    stands = send.by_value.stands_in_a_module
    monkeypatch.setattr(
        send.by_value, "stands_in_a_module", lambda thing: thing not in here and stands(thing)
    )


@pytest.mark.usefixtures("_as_in_a_notebook")
def test_a_function_goes_as_its_text_with_all_that_it_uses():
    packed = send.packed_for(OTHER, functools.partial(scaled, 2.5), "scaled")
    text = pickle.loads(packed)["text"]
    assert all(f"def {name}(" in text for name in ("scaled", "of", "floor"))
    assert all(f"\n{name} = " in text for name in ("FACTOR", "math"))
    call = unpacked(packed)
    assert call() == 10
    assert call.func is not scaled


def test_what_stands_in_a_module_goes_by_its_name():
    parcel = pickle.loads(send.packed_for(OTHER, functools.partial(zlib.compress, b"x"), "it"))
    assert parcel["values"] == [] and "def " not in parcel["text"]
    assert pickle.loads(parcel["call"])() == zlib.compress(b"x")


def closed_in():
    inner = FACTOR
    return lambda: inner, functools.partial(threading.Lock().acquire)


@pytest.mark.usefixtures("_as_in_a_notebook")
@pytest.mark.parametrize(
    ("call", "said"),
    [
        (closed_in()[0], "needs names of the function that it stands in: write it as a def"),
        (eval("lambda: 3"), "cannot be told from its source"),
        (
            closed_in()[1],
            "it cannot be sent to another Python (TypeError: cannot pickle '_th",
        ),
    ],
    ids=["closure", "no text", "a lock"],
)
def test_what_cannot_travel_is_named_in_one_line(call, said):
    assert said in refusal(send.packed_for, OTHER, call, "it")


def test_another_version_finds_the_modules_of_the_reader_and_none_of_this_one(monkeypatch):
    own = os.path.abspath("my-modules")
    packages = os.path.join(sys.prefix, "lib", "site-packages")
    monkeypatch.setattr(sys, "path", [own, packages])
    assert send.folders_for(OTHER) == [own]
    assert send.folders_for(this_one()) == [own, packages]


# -- who can look -----------------------------------------------------------------------


def test_only_a_new_cpython_with_a_gil_can_look():
    def can(implementation, version, free=False):
        return has_profiler(Python("a", "PATH", implementation, version, free))

    assert can("CPython", "3.15.0") and can("CPython", "3.16.1")
    assert not any(
        [can("CPython", "3.14.9"), can("CPython", "3.15.0", free=True), can("PyPy", "3.15.0")]
    )


def test_the_newest_is_asked_and_one_line_says_when_there_is_none(monkeypatch):
    versions = ["3.14.1", "3.15.1", "3.16.0"]
    found = [Python(version, "PATH", "CPython", version) for version in versions]
    monkeypatch.setattr(witness, "this_one", lambda: found[0])
    monkeypatch.setattr(witness, "find_pythons", lambda: found)
    assert who_can_look().version == "3.16.0"
    monkeypatch.setattr(witness, "find_pythons", lambda: found[:1])
    said = refusal(who_can_look)
    assert "the newest here is CPython 3.14.1: put one on the PATH" in said
    seen = gil_meter(sum, [1, 2], seconds=0.01, witness=True)
    assert seen.witness == (said if seen.gil else "this Python runs without a GIL")
    assert said in repr(seen) or not seen.gil
    assert said in refusal(seen.save_gecko, "nowhere.json") or not seen.gil


# -- when it goes wrong -----------------------------------------------------------------

LAST = 'for folder; do :; done; echo "'
PERMIT = "Tachyon was unable to access process memory. This could be because"


@needs_sh
@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        (f'echo "{PERMIT}" >&2; exit 1', "may not look into another process here: let the system"),
        ("echo oops >&2; exit 3", "ended before its profiler had seen anything (oops)"),
        ("exit 0", "ended before its profiler had seen anything (no message)"),
        ("sleep 600 & sleep 600", "gave no answer within 2 s when it was asked for sum, and was"),
        (
            LAST + '{\\"error\\": \\"ValueError: no\\"}" > $folder/told.json',
            "cannot do sum (ValueError: no)",
        ),
        (
            LAST + '{\\"phases\\": [" > $folder/told.json',
            "ended before its profiler had seen anything",
        ),
    ],
)
def test_what_goes_wrong_there_is_one_line_with_its_name(program, monkeypatch, script, said):
    path = program(as_python("3.15.0", script))
    monkeypatch.setattr(witness, "who_can_look", lambda: ask(path))
    monkeypatch.setattr(machine, "gil_enabled", lambda: True)
    limit_s = 2 if "sleep" in script else 60
    line = witness_call(functools.partial(sum, [1]), seconds=0.1, limit_s=limit_s)
    assert line.startswith(f"CPython 3.15.0 ({path}) ") and "\n" not in line
    assert said in line and len(line) < 400


# -- a real one -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def looks():
    """Return how a call looks to a real profiler: a function of the call."""
    try:
        python = who_can_look()
    except LabError as error:
        pytest.skip(f"the profiler did not look at a call: {error}")
    if not machine.gil_enabled():
        pytest.skip("the profiler did not look at a call: this Python runs without a GIL")

    def look(call, seconds=0.3):
        seen = witness_call(call, seconds=seconds, limit_s=60)
        if isinstance(seen, str) and "may not look into" in seen:
            pytest.skip(seen)
        return seen

    assert has_profiler(python)
    return look


@pytest.mark.alone
def test_a_real_profiler_tells_a_search_from_a_sleep(looks, tmp_path):
    text = "nothing ends in an exclamation mark here " * 50_000
    holds = looks(functools.partial(str.split, text))
    waits = looks(functools.partial(time.sleep, 0.01))
    assert isinstance(holds, Witness), holds
    assert isinstance(waits, Witness), waits
    assert holds.python.startswith("CPython 3.")
    assert holds.alone.holds > 0.5 > waits.alone.holds
    assert holds.together.waits > waits.together.waits
    assert sum(holds.together) == pytest.approx(1)
    assert {span.worker for span in holds.phases[1]} == {"thread 1", "thread 2"}
    measured = Witnessed()
    measured.witness = holds
    saved = json.loads(measured.save_gecko(tmp_path / "it.json").read_bytes())
    assert {"alone", "thread 1", "thread 2"} <= {thread["name"] for thread in saved["threads"]}
    assert saved["meta"]["product"] == "Python"


@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize(
    ("call", "said"),
    [
        (functools.partial(exec, "import os; os._exit(7)"), "ended before its profiler had seen"),
        (functools.partial(exec, "1 / 0"), "cannot do exec (ZeroDivisionError: division by zero)"),
        (functools.partial(exec, "input()"), "cannot do exec (InputRefused: it asks for input"),
        (functools.partial(exec, "import no_such"), "No module named 'no_such'"),
    ],
    ids=["it ends the process", "it raises", "it asks", "a package is missing"],
)
def test_what_a_call_does_there_is_told_in_one_line(looks, call, said):
    line = looks(call)
    assert said in line and "\n" not in line and len(line) < 400


def test_a_script_of_another_version_is_seen(looks, tmp_path):
    """Its function stands in no module: it goes by value, or as its text."""
    script = tmp_path / "mine.py"
    script.write_text(
        "import math\nimport helpers as lab\nfrom functools import partial\n"
        "def root(n):\n    return math.sqrt(n)\n"
        "def roots(n):\n    return [root(i) for i in range(n)]\n"
        "if __name__ == '__main__':\n"
        "    print(lab.meter(roots, 5000, seconds=0.05, witness=True).as_dict()['witness'])\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.getcwd()}
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, env=environ, timeout=120
    )
    assert "'alone': {'holds': " in done.stdout, done.stdout + done.stderr


def test_the_command_line_asks_it_and_keeps_the_profile(looks, tmp_path):
    kept = tmp_path / "kept.json"
    command = ["meter", "time:time", "--seconds", "0.05", "--gecko", str(kept)]
    done = subprocess.run(
        [sys.executable, "-m", "helpers", *command], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "The profiler of CPython" in done.stdout
    assert json.loads(kept.read_bytes())["threads"]
