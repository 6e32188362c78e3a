"""Notebook 11's self-checks: right, untouched, and wrong in the ways that come to mind."""

import pytest

from helpers.cells.check import check
from helpers.errors import LabError

lengths = {}


def keeps_and_returns(word):
    lengths[word] = len(word)
    return word, len(word)


def keeps(word):
    lengths[word] = len(word)
    return ...


def test_a_count_passes() -> None:
    assert check("11.returns_less", lambda text: len(text.split())).passed


def test_an_untouched_count_stays_open() -> None:
    assert not check("11.returns_less", lambda text: ...).passed


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda text: text.split(), "bytes go back"),
        (lambda text: len(text), "has 7 words, and 31 came back"),
        (lambda text: text.count(" ") + 1, "words, and 1 came back"),
        (lambda text: str(len(text.split())), "came back"),
    ],
)
def test_another_count_is_wrong(function, said: str) -> None:
    with pytest.raises(LabError, match=said):
        check("11.returns_less", function)


def into_a_default(word, found=[]):  # noqa: B006
    found.append(word)
    return word, len(word)


def by_a_helper(word):
    remember(word)
    return word, len(word)


def remember(word):
    lengths[word] = len(word)


@pytest.mark.parametrize(
    ("function", "name"), [(into_a_default, "found"), (by_a_helper, "lengths")]
)
def test_what_is_kept_elsewhere_is_noticed_each_time(function, name: str) -> None:
    for _ in "ab":  # the second time all words but one are there already
        with pytest.raises(LabError, match=f"still changes `{name}`"):
            check("11.no_side_effect", function)


def test_a_pair_passes() -> None:
    assert check("11.no_side_effect", lambda word: (word, len(word))).passed


def test_an_untouched_pair_stays_open() -> None:
    lengths.clear()
    assert not check("11.no_side_effect", keeps).passed


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (keeps_and_returns, "still changes `lengths`"),
        (lambda word: len(word), "is wanted for 'lock', and 4 came back"),
        (lambda word: (len(word), word), "is wanted"),
    ],
)
def test_another_pair_is_wrong(function, said: str) -> None:
    lengths.clear()
    with pytest.raises(LabError, match=said):
        check("11.no_side_effect", function)
