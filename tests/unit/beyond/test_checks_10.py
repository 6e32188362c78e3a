"""The self-checks of notebook 10: untouched, wrong and right."""

import math

import pytest

from helpers.beyond.file_parts import count_parts, cut_file, read
from helpers.cells.check import check
from helpers.jobs.strings import count_changed
from tests.unit.refusals import hint


def solution(pool, path):
    parts = [[part] for part in cut_file(path, 8)]
    return sum(numbers[0] for numbers in pool.map(count_parts, parts))


def test_little_is_moved_by_the_solution():
    assert check("10.little_is_moved", solution).passed


def test_an_untouched_exercise_is_open():
    assert not check("10.little_is_moved", lambda pool, path: ...).passed
    assert not check("10.processes_needed", lambda rate, seconds: ...).passed


def sends_strings(pool, path):
    texts = [read(part) for part in cut_file(path, 8)]
    return sum(numbers[0] for numbers in pool.map(count_changed, texts))


def sends_one_part(pool, path):
    return sum(pool.submit(count_parts, cut_file(path, 8)).result())


def forgets_a_part(pool, path):
    return sum(pool.submit(count_parts, cut_file(path, 8)[1:]).result())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (sends_strings, "bytes were sent"),
        (sends_one_part, "several parts"),
        (forgets_a_part, "are changed"),
        (lambda pool, path: count_parts(cut_file(path, 8)), "a list of 8"),
    ],
)
def test_what_is_wrong_is_told(answer, said):
    assert said in hint(check, "10.little_is_moved", answer)


def test_processes_are_seconds_of_computing_rounded_up():
    assert check("10.processes_needed", lambda rate, s: math.ceil(rate * s)).passed


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda rate, s: rate * s, "whole"),
        (lambda rate, s: int(rate * s), "queue up"),
        (lambda rate, s: math.ceil(rate * s) + 1, "more than it takes"),
    ],
)
def test_wrong_numbers_of_processes_are_told(answer, said):
    assert said in hint(check, "10.processes_needed", answer)
