"""The self-checks of notebook 03: they pass the solution, leave the stub open, refuse mistakes."""

import pytest

from helpers.cells.check import check
from helpers.core.side_by_side import SideBySide
from helpers.judge.theory import amdahl, lock_bound
from tests.unit.refusals import hint


def measured(held_share, cores=2.0):
    """Return a SideBySide from which this share follows."""
    together_s = 2 * (held_share + (1 - held_share) / cores)
    return SideBySide(2, (1.0,), (together_s,), (cores,))


STEPS = {"project": measured(0.98), "draw": measured(0.5), "blur": measured(0.04)}


# --- exercise 1: which steps overlap


@pytest.mark.parametrize("answer", [["blur"], ("blur",), {"blur", "draw"}])
def test_the_measured_steps_pass_and_a_close_call_counts_either_way(answer):
    outcome = check("03.overlapping", STEPS, answer)
    assert outcome.passed and "draw" in outcome.message and "project" not in outcome.message


def test_the_solution_in_the_notebook_passes():
    answer = [label for label, step in STEPS.items() if step.held_share < 1 / 2]
    assert check("03.overlapping", STEPS, answer).passed


@pytest.mark.parametrize("stub", [..., [...]])
def test_the_untouched_list_is_open(stub):
    outcome = check("03.overlapping", STEPS, stub)
    assert not outcome.passed and "Still open" in outcome.message


def test_a_step_that_holds_the_lock_is_refused():
    assert "project held the GIL for 98 %" in hint(
        check, "03.overlapping", STEPS, ["blur", "project"]
    )


@pytest.mark.parametrize("answer", [[], ["draw"]])
def test_a_step_that_overlaps_is_missed(answer):
    assert "blur held the GIL for only 4 %" in hint(check, "03.overlapping", STEPS, answer)


def test_a_step_that_is_not_there_is_named():
    assert "project, draw, blur" in hint(check, "03.overlapping", STEPS, ["blurr"])


@pytest.mark.parametrize("answer", ["blur", 3, {"blur": True}])
def test_an_answer_that_is_no_list_is_refused(answer):
    assert "a list of names" in hint(check, "03.overlapping", STEPS, answer)


def test_without_a_lock_all_steps_overlap():
    free = {"project": measured(0.03), "blur": measured(0.0)}
    assert check("03.overlapping", free, ["project", "blur"]).passed
    assert "overlaps" in hint(check, "03.overlapping", free, ["blur"])


def test_nothing_is_claimed_where_nothing_could_be_measured():
    busy = {"project": measured(0.9, cores=1.1), "blur": measured(0.1, cores=1.0)}
    outcome = check("03.overlapping", busy, ["project"])
    assert outcome.passed and "busy" in outcome.message


# --- exercise 2: the limit


def test_the_solution_passes():
    def limit(held_share, n_workers):
        return min(n_workers, 1 / held_share) if held_share else n_workers

    assert check("03.limit", limit).passed
    assert check("03.limit", lock_bound).passed


def test_the_stub_is_open():
    outcome = check("03.limit", lambda held_share, n_workers: ...)
    assert not outcome.passed and "Still open" in outcome.message


def test_amdahls_law_is_told_apart():
    assert "Amdahl" in hint(check, "03.limit", amdahl)


@pytest.mark.parametrize(
    ("limit", "about"),
    [
        (lambda held_share, n_workers: min(n_workers, 1 / held_share), "share of 0"),
        (lambda held_share, n_workers: 1 / max(held_share, 0.001), "at most twice"),
        (lambda held_share, n_workers: n_workers, "once the GIL is held"),
        (lambda held_share, n_workers: n_workers * (1 - held_share), "the smaller of two"),
        (lambda held_share, n_workers: "2", "a number"),
    ],
)
def test_a_plausible_mistake_is_refused(limit, about):
    assert about in hint(check, "03.limit", limit)
