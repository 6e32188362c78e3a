"""What copying costs, the account of what processes lack, and the two charts of them."""

import dataclasses
import math
import pickle
import threading

import pytest

from helpers.core.job import Job
from helpers.core.machine import Capacity, describe
from helpers.core.runs import Result, Run
from helpers.core.scaling import ONE_PER_WORKER, Experiment
from helpers.core.spans import Span
from helpers.draw.style import alt_text
from helpers.jobs.registry import load_job
from helpers.jobs.strings import count_changed, normalise_all
from helpers.processes.copying import Account, Copying, account, copying
from helpers.processes.copying_chart import plot_accounts, plot_sublists
from tests.unit.refusals import refusal


@pytest.fixture(scope="module")
def strings():
    return load_job("strings", 300)


def copied_by_hand(share=0.25, n_sublists=2, n_items=300, job="strings"):
    """Return a Copying whose steps take ``share`` seconds for each second of the job."""
    step = ((share / 4,) * 3,) * n_sublists
    return Copying(job, n_items, 1, 1, (1.0,) * n_sublists, step, step, step, step)


def run_by_hand(kind, n_workers, round_number, wall_s, n_sublists=2):
    spans = tuple(
        Span(f"{kind} {i % n_workers}", wall_s * i / n_sublists, wall_s * (i + 1) / n_sublists)
        for i in range(n_sublists)
    )
    return Run(kind, n_workers, round_number, 300, n_sublists, 0.1, wall_s, wall_s, 0.0, spans)


def result_by_hand(parallel_s=(1.0, 1.0, 1.0), cores=2.0, n_sublists=2):
    """Return a Result: serially 1.5 s in each round, 2 processes ``parallel_s``."""
    runs = [run_by_hand("serial", 1, 0, 1.5, n_sublists)]
    for number, wall_s in enumerate(parallel_s, 1):
        runs.append(run_by_hand("serial", 1, number, 1.5, n_sublists))
        runs.append(run_by_hand("processes", 2, number, wall_s, n_sublists))
    capacity = Capacity((1, 2), ((1.0,), (cores,)))
    return Result("strings", "Strings", "2026-11-01T00:00:00+00:00", describe(), capacity, (*runs,))


# --- copying


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


# --- account


def test_the_parts_add_up_to_the_capacity():
    got = account(result_by_hand(), "processes", 2, copied_by_hand(0.25))
    assert got.capacity == 2.0
    assert got.speed_up == pytest.approx(1.5)
    assert got.copying == pytest.approx(1.5 * 0.25)
    assert got.rest == pytest.approx(0.125)
    assert got.speed_up + got.copying + got.rest == pytest.approx(got.capacity)
    assert got.verdict == "copying explains 75 % of what is missing."


def test_the_speed_up_is_the_median_of_the_rounds():
    got = account(result_by_hand((1.0, 0.5, 3.0)), "processes", 2, copied_by_hand())
    assert got.speed_up == pytest.approx(1.5)


def test_two_workers_have_no_more_than_two_cores():
    got = account(result_by_hand(cores=2.6), "processes", 2, copied_by_hand())
    assert got.capacity == 2


def test_it_says_so_when_nothing_is_missing():
    got = account(result_by_hand(cores=1.4), "processes", 2, copied_by_hand())
    assert "nothing is missing" in got.verdict


def test_it_says_so_when_copying_is_more_than_what_is_missing():
    got = account(result_by_hand(cores=1.6), "processes", 2, copied_by_hand())
    assert got.rest < 0
    assert "copying explains all that is missing" in got.verdict


@pytest.mark.parametrize("kind", ["serial", "threads"])
def test_what_copies_nothing_has_no_account(kind):
    assert "copy nothing" in refusal(account, result_by_hand(), kind, 2, copied_by_hand())


@pytest.mark.parametrize("at", [("processes", 3), ("processes-spawn", 2), ("nonsense", 2)])
def test_a_point_that_was_not_measured_is_refused(at):
    message = refusal(account, result_by_hand(), *at, copied_by_hand())
    assert at[0] in message and "processes with 2" in message


def test_a_result_without_runs_is_refused():
    empty = dataclasses.replace(result_by_hand(), runs=())
    assert "was not measured" in refusal(account, empty, "processes", 2, copied_by_hand())


@pytest.mark.parametrize("other", [{"n_sublists": 16}, {"n_items": 7}, {"job": "pictures"}])
def test_the_copying_of_another_split_or_job_is_refused(other):
    message = refusal(account, result_by_hand(), "processes", 2, copied_by_hand(**other))
    assert "300 items of strings in 2 sublists" in message


def test_it_takes_a_real_experiment(strings):
    experiment = Experiment(strings, ("processes",), (2,), rounds=1, n_sublists=ONE_PER_WORKER)
    *_, result = experiment.run()
    got = account(result, "processes", 2, copying(strings, 2))
    assert got.n_sublists == 2
    assert math.isclose(got.speed_up + got.copying + got.rest, got.capacity)


# --- charts


def test_each_account_is_a_bar_whose_parts_end_at_the_capacity():
    accounts = {
        "few": Account("processes", 2, 2, 1.9, 1.3, 0.3),
        "many": Account("processes", 2, 16, 1.8, 1.6, 0.1),
    }
    ax = plot_accounts(accounts)
    bars = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    assert [width for _, width in bars] == pytest.approx([1.3, 0.3, 0.3, 1.6, 0.1, 0.1])
    assert [sum(bars[i]) for i in (2, 5)] == pytest.approx([1.9, 1.8])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["few", "many"]
    assert "few: of 1.90 cores 1.30 did the job and 0.30 copied." in alt_text(ax.figure)


def test_a_rest_below_nothing_is_not_drawn():
    ax = plot_accounts({"one": Account("processes", 2, 2, 1.5, 1.4, 0.3)})
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([1.4, 0.3, 0])


def test_accounts_are_drawn_into_axes_that_are_given():
    first = plot_accounts({"one": Account("processes", 2, 2, 1.5, 1.4, 0.3)})
    again = plot_accounts({"two": Account("processes", 2, 2, 1.5, 1.4, 0.3)}, ax=first)
    assert again is first


def test_each_worker_has_a_lane_with_a_bar_for_each_of_its_sublists():
    results = {"2": result_by_hand(), "4": result_by_hand((0.75, 0.5, 1.0), n_sublists=4)}
    ax = plot_sublists(results)
    lanes = [round(bar.get_y() + bar.get_height() / 2, 3) for bar in ax.patches]
    assert [lanes.count(lane) for lane in dict.fromkeys(lanes)] == [1, 1, 1, 2, 2]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["the plain loop", "2", "4"]
    assert "the first of 4 sublists was begun at 0.00" in alt_text(ax.figure)
    assert "all results were there at 0.50" in alt_text(ax.figure)  # the median, 0.75 s of 1.5
    assert [text.get_text().strip() for text in ax.texts] == ["1.50×", "2.00×"]


def test_sublists_of_what_was_not_measured_are_refused():
    result = result_by_hand()
    serial = tuple(run for run in result.runs if run.kind == "serial")
    said = refusal(plot_sublists, {"2": dataclasses.replace(result, runs=serial)})
    assert "two processes must have been measured" in said and 'kinds=["processes"]' in said


def test_what_a_function_takes_along_is_copied_with_each_sublist():
    table = list(range(100_000))
    job = Job("look", "Look up", lambda numbers: [table[n] for n in numbers], list(range(100)))
    got = copying(job, 4, rounds=1)
    assert got.function_bytes > 200_000 and got.function_s > 0
    assert got.share > got.n_sublists * got.function_s / sum(got.work_s)
    assert "4 sublists" in str(got) and "with each a function of" in str(got)
    light = copying("strings", 4, rounds=1)
    assert light.function_bytes < 1000 and "function" not in str(light)
