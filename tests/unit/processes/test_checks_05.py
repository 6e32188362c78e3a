"""Notebook 05's self-checks: right, untouched, and wrong in the ways that come to mind."""

from itertools import chain

import pytest

from helpers.cells.check import check
from helpers.core.cut import cut
from helpers.errors import LabError
from helpers.processes.rows import count, count_block


def test_the_length_that_pays_passes() -> None:
    assert check("05.pays_from", lambda start_s, rate: start_s / (1 - rate)).passed


def test_an_untouched_length_stays_open() -> None:
    assert not check("05.pays_from", lambda start_s, rate: ...).passed


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda start_s, rate: start_s / rate, "saves 0.4 s"),
        (lambda start_s, rate: start_s + rate, "gave 0.8"),
        (lambda start_s, rate: 0.75, "gave 0.75"),
        (lambda start_s, rate: "0.75", "a number of seconds"),
        (lambda start_s, rate: float("nan"), "a number of seconds"),
    ],
)
def test_another_length_is_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("05.pays_from", function)


def test_few_messages_pass() -> None:
    def counts(pool, matrix):
        return list(chain.from_iterable(pool.map(count_block, cut(matrix, 8))))

    def with_chunks(pool, matrix):
        return list(pool.map(count, matrix.tolist(), chunksize=30))

    assert check("05.few_messages", counts).passed
    assert check("05.few_messages", with_chunks).passed


def test_untouched_messages_stay_open() -> None:
    assert not check("05.few_messages", lambda pool, matrix: ...).passed


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda pool, matrix: list(pool.map(count, matrix.tolist())), "240 messages were sent"),
        (lambda pool, matrix: list(pool.map(count_block, cut(matrix, 8))), "8 came back"),
        (lambda pool, matrix: pool.map(count_block, cut(matrix, 8)), "put list"),
        (lambda pool, matrix: count_block(matrix), "nothing to do"),
        (lambda pool, matrix: pool.submit(count_block, matrix[::-1]).result(), "in order"),
    ],
)
def test_another_way_is_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("05.few_messages", function)
