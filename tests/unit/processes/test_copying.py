"""What it costs to copy a job's items and results."""

import dataclasses
import pickle
import threading

import pytest

from helpers.core.job import Job
from helpers.jobs.registry import load_job
from helpers.jobs.strings import count_changed, normalise_all
from helpers.processes.copying import Copying, copying
from tests.unit.refusals import refusal


@pytest.fixture(scope="module")
def strings():
    return load_job("strings", 300)


def test_bytes_are_those_that_pickle_makes_of_each_sublist(strings):
    got = copying(strings, 4)
    assert got.n_sublists == 4
    assert got.n_items == 300
    assert got.items_bytes == sum(len(pickle.dumps(part)) for part in strings.split(4))
    keys = [normalise_all(part) for part in strings.split(4)]
    assert got.results_bytes == sum(len(pickle.dumps(part)) for part in keys)


def test_every_step_is_timed_for_each_sublist_and_round(strings):
    got = copying(strings, 3, rounds=2)
    steps = (got.pack_items_s, got.unpack_items_s, got.pack_results_s, got.unpack_results_s)
    assert [[len(rounds) for rounds in step] for step in steps] == [[2, 2, 2]] * 4
    assert all(seconds >= 0 for step in steps for rounds in step for seconds in rounds)
    assert len(got.work_s) == 3


def test_seconds_are_medians_over_rounds_and_sums_over_sublists():
    steps = dict.fromkeys(("unpack_items_s", "unpack_results_s"), ((0.0,) * 3,) * 2)
    got = Copying(
        "strings", 10, 1, 1, (1.0, 3.0),
        pack_items_s=((0.1, 0.2, 9.0), (0.3, 0.3, 0.3)),
        pack_results_s=((0.5, 0.5, 0.5), (0.0, 1.0, 2.0)),
        **steps,
    )  # fmt: skip
    assert got.out_s == pytest.approx(0.5)
    assert got.back_s == pytest.approx(1.5)
    assert got.share == pytest.approx(2.0 / 4.0)


def test_a_count_sends_back_less_than_every_string(strings):
    counting = dataclasses.replace(strings, function=count_changed)
    assert copying(counting).results_bytes < copying(strings).results_bytes / 5
    assert copying(counting).items_bytes == copying(strings).items_bytes


def test_counts_of_sublists_add_up(strings):
    whole = count_changed(strings.items)
    parts = [count_changed(part) for part in strings.split(7)]
    assert [sum(count for [count] in parts)] == whole
    assert whole == [sum(a != b for a, b in zip(strings.items, normalise_all(strings.items)))]


@pytest.mark.parametrize("n", [0, -1, 301, 2.0, "2", True, float("nan")])
def test_a_number_of_sublists_that_makes_no_sense_is_refused(strings, n):
    assert repr(n) in refusal(copying, strings, n)


@pytest.mark.parametrize("rounds", [0, -1, 1.5, None, 10**6])
def test_a_number_of_rounds_that_makes_no_sense_is_refused(strings, rounds):
    assert repr(rounds) in refusal(copying, strings, 2, rounds=rounds)


def test_what_pickle_cannot_pack_is_refused():
    sent = Job("demo", "Demo", len, [threading.Lock()], None, 1)
    assert "the items of demo" in refusal(copying, sent)
    returned = Job("demo", "Demo", lambda part: [threading.Lock()], [1], None, 1)
    assert "what demo returns" in refusal(copying, returned)


def test_an_error_of_the_job_itself_is_its_own():
    failing = Job("demo", "Demo", lambda part: [1 / 0], [1], None, 1)
    assert "demo raised ZeroDivisionError: division by zero" in refusal(copying, failing)


def test_what_a_function_takes_along_is_copied_with_each_sublist():
    table = list(range(100_000))
    job = Job("look", "Look up", lambda numbers: [table[n] for n in numbers], list(range(100)))
    got = copying(job, 4, rounds=1)
    assert got.function_bytes > 200_000 and got.function_s > 0
    assert got.share > got.n_sublists * got.function_s / sum(got.work_s)
    assert "4 sublists" in str(got) and "with each a function of" in str(got)
    light = copying("strings", 4, rounds=1)
    assert light.function_bytes < 1000 and "function" not in str(light)
