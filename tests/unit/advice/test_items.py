"""Items that are no plain list: lazy or endless ones, or such as cannot be counted or read."""

import collections
import time

import pytest

import helpers as lab
from helpers.advice.probe import gather
from helpers.advice.subject import MOST_ITEMS, Subject
from helpers.core import job as jobs
from helpers.errors import LabError


class Lazy:
    """A list that makes its items when it is asked, as data sets do."""

    def __init__(self, n, make=lambda place: place):
        self.n, self.make = n, make

    def __len__(self):
        return self.n


class ByPlace(Lazy):
    """It never raises IndexError."""

    def __getitem__(self, place):
        return self.make(place)


class OneByOne(Lazy):
    """Its iterator never ends."""

    def __iter__(self):
        place = 0
        while True:
            yield self.make(place)
            place += 1


class Short(OneByOne):
    """Its iterator ends too early."""

    def __iter__(self):
        return iter([0, 1, 2])


class Both(ByPlace, OneByOne):
    """It gives other things by a place than one after the other, as a table does."""

    def __getitem__(self, place):
        raise KeyError(place)


def slow(place):
    time.sleep(0.2)
    return place


def broken(place):
    if place > 3:
        raise OSError("no disk")
    return place


class Odd(Lazy):
    def __len__(self):
        if isinstance(self.n, Exception):
            raise self.n
        return self.n


@pytest.mark.parametrize(
    ("items", "n_items", "n_read"),
    [
        ([1, 2], 2, 2),
        (range(10**9), 10**9, MOST_ITEMS),
        (ByPlace(10), 10, 10),
        (ByPlace(10**15), 10**15, None),
        (OneByOne(10), 10, 10),
        (OneByOne(10**15), 10**15, None),
        (Both(10), 10, 10),
        (Short(10), 3, 3),
        (set(range(10)), 10, 10),
        (collections.deque(range(10)), 10, 10),
    ],
)
def test_a_verdict_takes_a_sample_and_knows_how_many_there_are(items, n_items, n_read):
    subject = Subject(abs, items, kinds=["threads"])
    assert subject.evidence.n_items == n_items
    assert len(subject.items) == len(subject.places) <= MOST_ITEMS
    assert n_read is None or len(subject.items) == n_read


def test_the_sample_of_a_long_list_is_from_all_over_it():
    items = Subject(abs, range(10**9), kinds=["threads"]).items
    assert items == sorted(items)
    assert items[0] < 10**6 and items[-1] > 10**9 - 10**6
    with pytest.raises(LabError, match=r"item 617\d+ \(500000000\) made"):
        list(gather(lambda n: 1 / (n - 5 * 10**8), Half(10**9), kinds=["threads"]))


class Half(ByPlace):
    def __getitem__(self, place):
        return 5 * 10**8 if place else 0


@pytest.mark.parametrize("items", [ByPlace(1000, slow), OneByOne(1000, slow)])
def test_items_that_take_long_to_read_are_few(items):
    subject = Subject(abs, items, kinds=["threads"], budget_s=1, n_workers=2)
    assert len(subject.items) <= 3 and subject.evidence.n_items == 1000


def test_numbers_of_an_array_are_read_by_their_places():
    np = pytest.importorskip("numpy")
    items = Subject(abs, np.arange(10**6), kinds=["threads"]).items
    assert items[0] < 1000 and items[-1] > 10**6 - 1000


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (range(10**19), "raised OverflowError"),
        (Odd(RuntimeError("no database")), "raised RuntimeError: no database"),
        (Odd(-1), "raised ValueError"),
        (Odd(3), "TypeError"),
        (list, "not a type"),
        (iter([1]), "islice(items, 1000)"),
        (ByPlace(100, broken), "OSError: no disk"),
        (OneByOne(100, broken), "after 4 of"),
        (type("Empty", (Lazy,), {"__iter__": lambda self: iter(())})(3), "not an empty one"),
    ],
)
def test_items_that_cannot_be_counted_or_read_are_told_in_one_line(items, said):
    for use in (lambda: list(gather(abs, items)), lambda: lab.job(abs, items)):
        with pytest.raises(LabError) as told:
            use()
        assert said in str(told.value)
        assert "\n" not in str(told.value) and len(str(told.value)) <= 400


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (range(2), [0, 1]),
        ((1, 2), [1, 2]),
        (ByPlace(3), [0, 1, 2]),
        (OneByOne(3), [0, 1, 2]),
        (Short(10), [0, 1, 2]),
        (Both(3), [0, 1, 2]),
    ],
)
def test_a_job_has_all_its_items(items, expected):
    assert lab.job(abs, items).items == expected


def test_a_job_of_too_many_items_is_refused(monkeypatch):
    with pytest.raises(LabError, match="10,000,000 at most, not 1,000,000,000"):
        lab.job(abs, range(10**9))
    monkeypatch.setattr(jobs, "_READ_S", 0.3)
    with pytest.raises(LabError, match=r"all items must be read within 0\.3 s"):
        lab.job(abs, OneByOne(1000, slow))


@pytest.mark.parametrize("items", [ByPlace(1000, slow), OneByOne(1000, slow)])
def test_with_a_budget_the_items_that_are_read_by_then_are_the_job(items):
    read = jobs.read_within(items, budget_s=1)
    assert 1 <= len(read.items) <= 3 and read.n_items == 1000
    assert read.items == list(range(len(read.items)))
    assert str(read).startswith(f"the first {len(read.items)} of 1,000 items, read in 0.")
    assert 0 < read.left_of(1) < 1 and read.left_of(None) is None and read.left_of(0.1) > 0


@pytest.mark.parametrize("items", [[0, 1, 2], ByPlace(3), OneByOne(3), Short(10)])
def test_with_a_budget_that_suffices_all_items_are_read(items):
    read = jobs.read_within(items, budget_s=60)
    assert read.items == [0, 1, 2] and str(read) == "3 items"


def test_a_list_without_an_end_is_refused_at_once():
    with pytest.raises(LabError, match="10,000,000 at most, not 1,000,000,000,000"):
        jobs.read_within(OneByOne(10**12, slow), budget_s=60)
