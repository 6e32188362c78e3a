"""The self-checks of notebook 12, and the three jobs of its capstone."""

import inspect
import subprocess
import sys

import pytest

from helpers.answer import capstone
from helpers.answer.capstone import unknown_jobs
from helpers.cells.check import check
from helpers.core import pools
from helpers.core import store as records
from helpers.core.machine import Capacity
from tests.unit.refusals import hint
from tests.unit.results import curves, result

PLENTY = Capacity((1, 2), ((1.0,), (1.9,)))
ALONE = Capacity((1, 2), ((1.0,), (1.0,)))
SOLUTION = {"log": "processes", "backup": "threads", "sensors": "serial"}


def measured(capacity=PLENTY):
    speed_ups = {"log": (0.4, 1.8), "backup": (1.9, 0.8), "sensors": (0.85, 0.6)}
    return {
        name: curves({"threads": {2: a}, "processes": {2: b}}, capacity=capacity, job=name)
        for name, (a, b) in speed_ups.items()
    }


# --- exercise 1: three unknown jobs


def test_the_fastest_kinds_pass_with_their_figures():
    outcome = check("12.choices", measured(), SOLUTION)
    assert outcome.passed and "log: processes 1.80×, the fastest." in outcome.message


@pytest.mark.parametrize("choices", [dict.fromkeys(SOLUTION, ...), {**SOLUTION, "log": ...}, ...])
def test_the_untouched_stub_is_open(choices):
    assert not check("12.choices", {}, choices).passed


def test_a_wrong_choice_is_told_with_both_figures():
    said = hint(check, "12.choices", measured(), {**SOLUTION, "backup": "processes"})
    assert "2 of 3 fit" in said and "backup: processes 0.80×, but threads 1.90×" in said


def test_on_a_busy_machine_no_choice_is_called_wrong_for_its_figures():
    busy = measured(Capacity((1, 2), ((1.0,), (1.9,)), core_shares=(0.4,)))
    said = hint(check, "12.choices", busy, {**SOLUTION, "backup": "processes"})
    assert "backup: other programs kept the machine busy, so measure it once more." in said
    assert check("12.choices", busy, SOLUTION).passed


def test_a_close_call_counts_as_right():
    close = {"log": curves({"threads": {2: 1.75}, "processes": {2: 1.8}})}
    for kind in ("threads", "processes"):
        assert check("12.choices", close, {"log": kind}).passed
    hint(check, "12.choices", close, {"log": "serial"})


@pytest.mark.parametrize("kind", ["thread", "", 3, None, ["threads"], "interpreters"])
def test_what_is_no_kind_is_refused_or_open(kind):
    choices = {**SOLUTION, "log": kind}
    if kind is None:
        assert not check("12.choices", measured(), choices).passed
    else:
        assert "log: a kind is one of serial, threads, processes" in hint(
            check, "12.choices", measured(), choices
        )


def test_a_job_that_is_not_measured_is_named():
    assert "log is not measured yet" in hint(check, "12.choices", {}, {"log": "serial"})
    assert "not complete" in hint(check, "12.choices", {"log": result()}, {"log": "serial"})


def test_on_one_cpu_the_loop_is_right_and_so_is_what_a_recording_says(monkeypatch):
    here = {"log": curves({"threads": {2: 0.8}, "processes": {2: 0.7}}, capacity=ALONE)}
    assert check("12.choices", here, {"log": "serial"}).passed
    monkeypatch.setattr(records, "recorded", lambda job: measured()["log"])
    outcome = check("12.choices", here, {"log": "processes"})
    assert outcome.passed and "a recording shows" in outcome.message
    assert "no second core" in hint(check, "12.choices", here, {"log": "threads"})
    monkeypatch.setattr(records, "recorded", lambda job: None)
    assert "no second core" in hint(check, "12.choices", here, {"log": "processes"})


# --- exercise 2: the rule


def rule(threads, processes):
    if max(threads, processes) < 1.1:
        return "serial"
    return "processes" if processes > 1.1 * threads else "threads"


def test_the_rule_of_the_solution_passes():
    assert check("12.rule", rule).passed


def test_the_rule_that_is_still_dots_is_open():
    assert not check("12.rule", lambda threads, processes: ...).passed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda t, p: max({"threads": t, "processes": p, "serial": 1.0}.items(),
                          key=lambda item: item[1])[0], "threads, not processes, because"),
        (lambda t, p: "threads" if t > 1.1 else rule(t, p), "processes, not threads"),
        (lambda t, p: "loop", "one of serial, threads, processes"),
    ],
)  # fmt: skip
def test_a_plausible_wrong_rule_is_refused(wrong, said):
    assert said in hint(check, "12.rule", wrong)


# --- the jobs


@pytest.fixture(scope="module")
def jobs():
    return unknown_jobs()


def test_there_are_three_jobs_whose_code_can_be_read(jobs):
    assert list(jobs) == ["access log", "backup", "sensors"]
    for job in jobs.values():
        assert "return" in inspect.getsource(job.function)


def test_the_items_are_the_same_every_time(jobs):
    assert {name: job.items for name, job in unknown_jobs().items()} == {
        name: job.items for name, job in jobs.items()
    }


@pytest.mark.parametrize("name", ["access log", "backup", "sensors"])
def test_sublists_give_what_the_whole_gives(jobs, name):
    job = jobs[name]
    some = job.items[:300]
    expected = job.function(some)
    parts = [job.function(some[at : at + 100]) for at in range(0, len(some), 100)]
    joined = [item for part in parts for item in part]
    assert job.compare(expected, joined, 60).differs is None
    assert job.compare(expected, joined[:-1], 60).differs is not None


def test_the_log_has_errors_and_lines_without_a_size_but_none_unreadable(jobs):
    [table] = capstone.summarise_access_log(jobs["access log"].items[:2000])
    assert "unreadable" not in table
    assert any(row[1] for row in table.values())
    assert sum(row[0] for row in table.values()) == 2000


def test_the_jobs_run_in_spawned_processes(jobs):
    with pools.open_pool("processes", 1) as pool:
        for job in jobs.values():
            some = job.items[:10]
            answer = pool.submit(job.function, some).result(60)
            assert job.compare(job.function(some), answer, 60).differs is None


def test_a_worker_imports_little():
    code = (
        "import sys, helpers.answer.capstone\n"
        "print([m for m in ('numpy', 'PIL', 'matplotlib', 'IPython') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("job", ["access-log", "backup", "sensors"])
def test_each_job_has_a_recording(job):
    assert records.recorded(job).point("processes", 2) is not None
