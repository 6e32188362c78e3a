"""Notebook 05's self-checks: right, untouched, and wrong in the ways that come to mind."""

import pytest

from helpers.cells.check import check
from helpers.core.cut import cut
from helpers.errors import LabError
from helpers.processes.rows import count, count_block


def three_plans(n_jobs, job_s, start_s, rate):
    return n_jobs * job_s, n_jobs * (start_s + rate * job_s), start_s + n_jobs * rate * job_s


def test_the_three_plans_pass() -> None:
    assert check("05.three_plans", three_plans).passed


def test_untouched_plans_stay_open() -> None:
    assert not check("05.three_plans", lambda n_jobs, job_s, start_s, rate: ...).passed


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda n, job, start, rate: n * job, "three numbers"),
        (lambda n, job, start, rate: (job, 0, 0), "in the plain loop"),
        (lambda n, job, start, rate: (n * job, start + n * rate * job, 0), "a new pool for every"),
        (
            lambda n, job, start, rate: (n * job, *[n * (start + rate * job)] * 2),
            "one pool that is kept open: 21 s cannot be",
        ),
        (lambda n, job, start, rate: (10.0, 21.0, 6.3), "use all four"),
    ],
)
def test_other_plans_are_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("05.three_plans", function)


def full_in_block(block) -> int:
    return sum(n > 300 for n in count_block(block))


def test_a_number_back_for_each_block_passes() -> None:
    def full_rows(pool, matrix):
        return sum(pool.map(full_in_block, cut(matrix, 8)))

    def in_one_message(pool, matrix):
        return pool.submit(full_in_block, matrix).result()

    assert check("05.less_back", full_rows).passed
    assert check("05.less_back", in_one_message).passed


def test_untouched_rows_stay_open() -> None:
    assert not check("05.less_back", lambda pool, matrix: ...).passed


def all_counts_back(pool, matrix) -> int:
    return sum(n > 300 for part in pool.map(count_block, cut(matrix, 16)) for n in part)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (all_counts_back, "sent .* back: let the worker return one number"),
        (lambda pool, matrix: sum(n > 300 for n in pool.map(count, matrix)), "1600 messages"),
        (lambda pool, matrix: full_in_block(matrix), "nothing to do"),
        (lambda pool, matrix: list(pool.map(full_in_block, cut(matrix, 8))), "add up"),
        (lambda pool, matrix: pool.submit(full_in_block, matrix[1:]).result() - 1, "came back"),
    ],
)
def test_another_way_is_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("05.less_back", function)
