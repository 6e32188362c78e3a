"""Notebook 08's self-checks: right, untouched, and wrong in the ways that come to mind."""

import numpy as np
import pytest

from helpers.cells.check import check
from helpers.errors import LabError


def edges(picture):
    wide = picture.astype(np.int16)
    return abs(wide[:, 1:] - wide[:, :-1])


def test_the_whole_script_passes() -> None:
    assert check("08.whole", lambda share, times: 1 / (1 - share + share / times)).passed


def test_an_untouched_formula_stays_open() -> None:
    assert not check("08.whole", lambda share, times: ...).passed


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda share, times: (1 - share) + share * times, "add up seconds, not speeds"),
        (lambda share, times: times, "gave 4"),
        (lambda share, times: 1.6, "gave 1.6"),
        (lambda share, times: "1.6", "a number is wanted"),
        (lambda share, times: float("nan"), "a number is wanted"),
    ],
)
def test_another_formula_is_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("08.whole", function)


def test_edges_pass() -> None:
    assert check("08.edges", edges).passed
    assert check("08.edges", lambda p: abs(np.diff(p.astype(int), axis=1))).passed
    assert check(
        "08.edges", lambda p: np.maximum(p[:, 1:], p[:, :-1]) - np.minimum(p[:, 1:], p[:, :-1])
    ).passed


def test_untouched_edges_stay_open() -> None:
    assert not check("08.edges", lambda picture: ...).passed


def by_a_loop(picture):
    return np.array([[abs(a - b) for a, b in zip(r, r[1:])] for r in picture.tolist()])  # noqa: RUF007


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda p: abs(p[:, 1:] - p[:, :-1]), "it wraps round"),
        (lambda p: abs(np.diff(p.astype(int), axis=0)), r"shape is \(40, 59\)"),
        (lambda p: edges(p).tolist(), "an array is wanted"),
        (by_a_loop, "let NumPy loop"),
    ],
)
def test_other_edges_are_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("08.edges", function)
