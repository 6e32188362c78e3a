"""A function in other Pythons: what is asked of them, what goes wrong there, and the advice."""

import dataclasses
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from helpers.advice.advice import advise
from helpers.advice.card import advice_html
from helpers.advice.evidence import There
from helpers.advice.verdict import verdict
from helpers.core.machine import Capacity
from helpers.pythons.find import Python, ask, find_pythons
from tests.kernels import eventually
from tests.processes import come_from, has_ended, started_as
from tests.unit.advice.test_advice import TWO, evidence
from tests.unit.patience import given_time
from tests.unit.refusals import refusal
from tests.unit.sample_jobs import squares
from tests.unit.shell_scripts import AS_HERE, as_python, needs_sh

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def program(program):
    """A function that writes a program which calls itself Python 3.99, and returns its path."""
    return lambda script, *name: program(as_python("3.99.5", script), *name)


def asked(func, pythons, items=(2_000,) * 60, **options):
    """Return the verdict; where no budget is asked for, there is time for an answer of each."""
    given = {"kinds": ["threads"], "n_workers": 2, **options}

    def judge(budget_s):
        return verdict(func, list(items), pythons=pythons, **{"budget_s": budget_s, **given})

    def is_enough(said):
        others = said.pythons.others if said.pythons is not None else ()
        return "budget_s" in given or not any("within" in (one.refused or "") for one in others)

    return given_time(judge, is_enough, 20)


# -- what is measured ------------------------------------------------------------------


@needs_sh
@pytest.mark.usefixtures("nothing_stays")
def test_a_function_is_measured_in_another_python(program):
    said = asked(squares, [program(AS_HERE)], kinds=["threads", "processes"], budget_s=60)
    (there,) = said.pythons.others
    assert there.refused is None and there.unknown is None
    assert there.evidence.result.kinds == ("serial", "threads", "processes")
    assert len(there.loops) == len(there.evidence.serial_runs) >= 1
    assert set(there.evidence.starts_s) <= {"threads", "processes"}
    names = [name for name, _ in said.pythons.rows]
    assert names[0].endswith("(this one)") and names[1] == "3.99"
    assert set(said.pythons.rows[1][1]) == {"alone", "threads", "processes"}


def test_nobody_is_asked_unless_it_is_said():
    said = asked(squares, None, budget_s=1)
    assert said.pythons is None and said.as_dict()["pythons"] is None


@needs_sh
def test_what_it_prints_and_reads_there_disturbs_nobody(program):
    def loud(n):
        print("loud", n)
        os.write(1, b"loud\n")
        return n

    (there,) = asked(loud, [program(AS_HERE)]).pythons.others
    assert there.refused is None


def test_a_python_of_another_version_does_it_too():
    others = [p for p in find_pythons() if p.problem is None and p.numbers[:2] >= (3, 11)]
    others = [p for p in others if p.numbers[:2] != sys.version_info[:2]]
    if not others:
        pytest.skip("no Python of another version was found; put one on the PATH")
    said = asked(squares, others[:1], budget_s=10)
    there = said.pythons.others[0]
    assert there.refused is None and there.evidence.machine.python == others[0].version
    if there.has_idle_jit:
        with_it = said.pythons.others[1]
        assert with_it.jit and with_it.name.endswith("with its JIT")


def test_this_one_counts_as_another_where_its_own_compiler_is_off(monkeypatch):
    monkeypatch.setattr("helpers.pythons.find.find_pythons", list)
    for jit in ("none", "on"):
        monkeypatch.setattr("helpers.advice.subject.has_a_jit", lambda jit=jit: jit)
        assert asked(squares, True, budget_s=1).pythons.others == ()
    monkeypatch.setattr("helpers.advice.subject.has_a_jit", lambda: "off")
    (there,) = asked(squares, True).pythons.others
    assert there.refused is None and there.evidence.serial_runs
    assert there.jit and there.name.endswith(" with its JIT")
    assert there.python.path == sys.executable


# -- what goes wrong -------------------------------------------------------------------


@needs_sh
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo oops >&2; exit 3", "ended with status 3 in the middle of the job: 'oops'"),
        ("kill -11 $$", "ended by signal 11"),
        ("echo 'Welcome to Python!'", "said 'Welcome to Python!\\n', not an answer"),
        ("echo '{}'; cat", "not as this lab's program"),
        ("sleep 60", "gave no answer within"),
        ("setsid sleep 60 & sleep 60", "gave no answer within"),
        ("""read q; echo '{"protocol": 1}'; echo '{"wall_s": 1}'; cat""", "without its parts"),
        ("""read q; echo '{"protocol": 1}'; read q""", "in the middle of the job"),
    ],
)
@pytest.mark.usefixtures("nothing_stays")
def test_what_goes_wrong_there_is_one_line_and_the_others_go_on(program, script, said):
    bad, good = program(script), program(AS_HERE, "python")

    def judge(budget_s):
        return asked(squares, [bad, good], budget_s=budget_s)

    def is_enough(result):
        return result.pythons.others[1].refused is None

    result = given_time(judge, is_enough, 4 if "sleep" in script else 20)
    first, second = result.pythons.others
    assert said in first.refused and first.refused.startswith(f"CPython 3.99.5 ({bad}) ")
    assert "\n" not in first.refused and len(first.refused) < 400
    assert first.refused.rstrip(".") in str(result)
    assert second.refused is None and second.evidence is not None


@needs_sh
def test_one_that_vanishes_in_mid_run_is_told_in_one_line(program):
    def deadly(n):
        if os.environ.get("GIL_LAB_DEADLY") and n == 7:  # not the first item, which comes alone
            os.kill(os.getpid(), 9)
        return n

    said = asked(deadly, [program(f"export GIL_LAB_DEADLY=1\n{AS_HERE}")], items=range(60))
    assert "ended by signal 9 in the middle of the job" in said.pythons.others[0].refused


@needs_sh
def test_one_that_is_gone_when_it_is_started_is_told_in_one_line(program):
    path = program("exit")
    python = ask(path)
    os.remove(path)
    (there,) = asked(squares, [python], budget_s=1).pythons.others
    assert there.refused.startswith(f"CPython 3.99.5 ({path}) does not start")


def test_one_that_is_not_there_is_told_in_one_line(tmp_path):
    said = asked(squares, [str(tmp_path / "no-python")], budget_s=1)
    assert "there is no such program" in said.pythons.others[0].refused
    assert said.pythons.advice == "Stay with this Python: no other one that was tried can do it."


@needs_sh
def test_a_package_that_is_not_there_is_named(program):
    def cores(n):
        import numpy

        return float(numpy.ones(n).sum())

    bare = program(AS_HERE.replace('"$@"', '-S "$@"'))
    (there,) = asked(cores, [bare]).pythons.others
    assert "numpy" in there.refused and there.evidence is None


@needs_sh
def test_other_answers_do_not_count(program):
    def tells(n):
        return n, os.environ.get("GIL_LAB_TELLS")

    path = program(f"export GIL_LAB_TELLS=1\n{AS_HERE}")
    (there,) = asked(tells, [path], range(40)).pythons.others
    assert there.evidence is None
    assert (
        "gives other answers: item 0[1] is '1'" in there.refused and "here it is" in there.refused
    )


@needs_sh
def test_a_kind_that_gives_other_answers_is_left_out_alone(program):
    main = threading.main_thread

    def tells(n):
        return n, threading.current_thread() is main() or not os.environ.get("GIL_LAB_TELLS")

    path = program(f"export GIL_LAB_TELLS=1\n{AS_HERE}")
    (there,) = asked(tells, [path], range(40)).pythons.others
    assert there.refused is None and "other answers" in there.evidence.refused["threads"]
    assert there.evidence.serial_runs


@needs_sh
def test_answers_that_cannot_come_back_are_said_to_be_unknown(program):
    def makes(n):
        return lambda: n

    said = asked(makes, [program(AS_HERE)], range(40), same=lambda one, other: one() == other())
    (there,) = said.pythons.others
    assert there.unknown.startswith("they cannot be sent (")
    assert any("whether its answers are the same is not known" in s for s in said.sentences)


SCRIPT = """
import os, sys, time
import helpers as lab

def hangs(n):
    while os.environ.get("GIL_LAB_HANGS"):
        time.sleep(0.1)
    return n

if __name__ == "__main__":
    lab.verdict(hangs, list(range(40)), budget_s=600, kinds=["threads"], pythons=[sys.argv[1]])
"""


@needs_sh
def test_what_runs_there_ends_with_the_program_that_asked(program, tmp_path):
    (tmp_path / "asks.py").write_text(SCRIPT)
    path = program(f"export GIL_LAB_HANGS=1\n{AS_HERE}")
    environ = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    asks = subprocess.Popen([sys.executable, tmp_path / "asks.py", path], env=environ)

    def there():
        return [one for one in come_from(asks.pid) if "other_python.py" in started_as(one)]

    try:
        assert eventually(there, 120)
        asked = there()
    finally:
        asks.kill()
        asks.wait()
    assert eventually(lambda: all(map(has_ended, asked)))


# -- what cannot be asked --------------------------------------------------------------


@needs_sh
def test_a_function_that_cannot_travel_is_one_line(program):
    said = asked(_with_lock(), [program(AS_HERE)])
    assert said.pythons.others == ()
    assert said.pythons.advice.startswith("Other Pythons were not asked: ")
    assert "cannot be sent to another Python" in said.pythons.advice
    assert "\n" not in said.pythons.advice and len(said.pythons.advice) < 400


def _with_lock():
    guard = threading.Lock()

    def waits_its_turn(n):
        with guard:
            return n

    return waits_its_turn


@needs_sh
def test_a_function_whose_answers_change_is_not_sent(program):
    said = asked(_counting(), [program(AS_HERE)], budget_s=2)
    assert "does not give the same answers" in said.pythons.advice


def _counting():
    counted = iter(range(10**9))
    return lambda n: next(counted)


@pytest.mark.parametrize("pythons", [3, "3.14", {"3.14"}, [3], [None]])
def test_what_names_no_pythons_is_refused_in_one_line(pythons):
    refusal(asked, squares, pythons, budget_s=1)


# -- the advice ------------------------------------------------------------------------

FREE = Python("/p/python3.14t", "PATH", "CPython", "3.14.0", True)
NEWER = Python("/p/python3.15", "PATH", "CPython", "3.15.1")


def there(python, speed_ups, loop, capacity=TWO, **others):
    """Return what was found in another Python, whose plain loop is so many times as fast."""
    found = evidence(speed_ups, serial_s=10 / loop, capacity=capacity)
    return There(python, found, (loop,) * 5, **others)


def told(*others, here=None, capacity=TWO):
    here = here or evidence({"threads": 1.0, "processes": 1.05}, serial_s=10.0, capacity=capacity)
    return advise(dataclasses.replace(here, others=others))


def test_the_advice_names_the_python_the_way_the_gain_and_the_price():
    said = told(there(FREE, {"threads": 2.0}, 0.94), there(NEWER, {"processes": 1.1}, 1.02))
    assert said.pythons.advice == (
        "3.14t with 2 threads is 1.9 times as fast as anything here, and costs 6 % alone."
    )
    assert "Here: Stay with the plain loop" in said.headline
    assert said.sentences[0] == said.headline == str(said).splitlines()[0]
    assert said.kind == "serial"  # that is for this Python


def test_a_faster_loop_is_advised_without_a_price():
    said = told(there(NEWER, {"processes": 1.1}, 1.5))
    assert said.pythons.advice == (
        "3.15 with the plain loop is 1.5 times as fast as anything here."
    )


def test_staying_names_the_best_of_the_others():
    said = told(there(FREE, {"threads": 1.0}, 0.7), there(NEWER, {"processes": 1.0}, 1.02))
    assert said.pythons.advice.startswith("Stay with this Python: of 2 others, none is clearly")
    assert said.pythons.choice is None and "Here:" not in said.headline


def test_on_a_busy_machine_it_says_that_it_cannot_be_told():
    busy = Capacity((1, 2), ((1.0,) * 3, (1.9,) * 3), (0.4,) * 3)
    said = told(there(FREE, {"threads": 2.0}, 1.0, busy), capacity=busy)
    assert said.pythons.advice.endswith("cannot be told while the machine is so busy: stay.")


def test_with_one_core_only_loops_are_compared():
    one = Capacity((1, 2), ((1.0,) * 3, (1.0,) * 3), (1.0,) * 3)
    here = evidence({"threads": 1.0}, serial_s=10.0, capacity=one)
    said = told(there(FREE, {"threads": 1.0}, 0.9, one), here=here)
    assert said.pythons.advice.endswith("because one core is free.")


def test_who_turned_the_lock_on_is_said():
    said = told(there(FREE, {"threads": 1.0}, 0.9, turned_on=("numpy._core",)))
    assert any("importing numpy._core turned the GIL on" in note for note in said.pythons.notes)


def test_how_to_switch_a_jit_on_is_said_where_it_is_advised():
    switch = "3.15 with its JIT: set PYTHON_JIT=1 in the environment before Python starts."
    assert told(there(NEWER, {"processes": 1.1}, 1.5, jit=True)).pythons.notes == (switch,)
    assert told(there(NEWER, {"processes": 1.1}, 1.0, jit=True)).pythons.notes == ()


def test_it_is_plain_data_and_a_table_in_html():
    said = told(there(FREE, {"threads": 2.0}, 0.94), There(NEWER, refused="it is gone"))
    data = json.loads(json.dumps(said.as_dict(), allow_nan=False))["pythons"]
    assert (data["python"], data["kind"], data["path"]) == ("3.14t", "threads", FREE.path)
    assert data["gain"] == pytest.approx(1.9, abs=0.1)
    assert [one["refused"] for one in data["others"]] == [None, "it is gone"]
    html = advice_html(said)
    assert "3.14t" in html and "it is gone" in html and "alone" in html


def test_without_others_it_says_how_to_add_one():
    assert "GIL_LAB_PYTHONS" in told().pythons.advice
