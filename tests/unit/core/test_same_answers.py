"""What counts as the same answer, what differs, and what cannot be compared."""

import array
import collections
import contextlib
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import io
import itertools
import math
import re
import socket
import sqlite3
import sys
import threading
import time
import types
import uuid
from collections import Counter, OrderedDict, defaultdict, deque

import pytest

from helpers.core.job import Job
from helpers.core.parts import parts_of
from helpers.core.same_answers import compare, difference
from tests.unit.refusals import refusal

ticks = itertools.count()


def nan():
    """Return a NaN that is no other one."""
    return float("nan")


class Holder:
    def __init__(self, value):
        self.value = value


class Slots:
    __slots__ = ("unset", "value")

    def __init__(self, value):
        self.value = value


class Equal(Holder):
    """Equal by its value; the number in it is another one each time."""

    def __init__(self, value):
        super().__init__(value)
        self.number = next(ticks)

    def __eq__(self, other):
        return self.value == other.value

    __hash__ = None


class Plain(Holder):
    def __eq__(self, other):
        return self.value == other.value

    __hash__ = None


class Says(Holder):
    """== says whatever it was told to, or raises it."""

    word: object = NotImplemented

    def __eq__(self, other):
        if isinstance(self.word, type):
            raise self.word("no")
        return self.word

    __hash__ = None

    @classmethod
    def like(cls, word):
        return type(f"Says{word}", (cls,), {"word": word, "__hash__": None})


class Panic(BaseException):
    pass


@dataclasses.dataclass
class Fit:
    slope: object
    took_s: float = dataclasses.field(default=0.0, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    value: object


Pair = collections.namedtuple("Pair", "left right")


class Day(datetime.date):
    pass


class Rows(list):
    def __init__(self, name):
        super().__init__([1])
        self.name = name


class Node:
    def __init__(self, name, parent=None):
        self.name, self.parent, self.children = name, parent, []
        if parent is not None:
            parent.children.append(self)


def outline(last="section"):
    top = Node("top")
    for chapter in [Node("chapter", top) for _ in range(3)]:
        sections = [Node("section", chapter) for _ in range(3)]
    sections[-1].name = last
    return top


def ring(end=0):
    made = []
    made[:] = [made, made, end]
    return made


def twice(end=0):
    made = {"end": end}
    made["self"] = made["also"] = made
    return made


def deep(end=0, levels=20_000, wrap=lambda part: [part]):
    """Return an answer of so many levels. It is taken apart again without a recursion."""
    made = end
    for _ in range(levels):
        made = wrap(made)
    return made


def shared(end=0, wrap=lambda part: [part, part]):
    """Return an answer to whose end 2 to the power of 60 ways lead."""
    return deep(end, 60, wrap)


def local_class(value):
    @dataclasses.dataclass
    class Local:
        value: object

    return Local(value)


def error(value):
    made = ValueError("wrong", value)
    made.more = nan()
    return made


SAME = {
    "NaN": nan,
    "a NaN in a list": lambda: [nan(), {"a": (nan(),)}],
    "complex": lambda: complex(nan(), 1),
    "Decimal": lambda: decimal.Decimal("NaN"),
    "a signalling Decimal": lambda: decimal.Decimal("sNaN"),
    "a dataclass": lambda: Fit(nan(), took_s=next(ticks)),
    "a frozen dataclass with slots": lambda: Frozen(nan()),
    "a class of a function": lambda: local_class(nan()),
    "a named tuple": lambda: Pair(nan(), Holder([nan()])),
    "attributes": lambda: Holder([nan()]),
    "slots": lambda: Slots(nan()),
    "its own ==": lambda: Equal(1),
    "its own == in a dict": lambda: {"a": [Equal(1)]},
    "== that raises": lambda: Says.like(ValueError)(nan()),
    "== that panics": lambda: Says.like(Panic)(1),
    "== without an opinion": lambda: Says.like(NotImplemented)(1),
    "== that says no": lambda: Says.like(False)(1),
    "== that says a list": lambda: Says.like([])(1),
    "a set": lambda: {nan(), 1},
    "a set of tuples": lambda: frozenset([("a", nan()), ("b", nan())]),
    "a set of objects": lambda: {Holder(1), Holder(2), Holder(3)},
    "a set of sets": lambda: {frozenset([frozenset([nan()])])},
    "keys": lambda: {nan(): 1, "a": 2},
    "keys that are objects": lambda: {Holder(1): "a", Holder(2): "b"},
    "a date": lambda: datetime.date(2026, 1, 1),
    "a time": lambda: datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    "a subclass of date": lambda: Day(2026, 1, 1),
    "a uuid": lambda: uuid.UUID(int=1),
    "a fraction": lambda: fractions.Fraction(1, 3),
    "a memoryview": lambda: memoryview(array.array("d", [1, nan()])),
    "an array of Python": lambda: array.array("d", [nan()]),
    "a deque": lambda: deque([nan()], 5),
    "an OrderedDict": lambda: OrderedDict(a=nan()),
    "a Counter": lambda: Counter("aab"),
    "a defaultdict": lambda: defaultdict(list, a=[nan()]),
    "a mapping proxy": lambda: types.MappingProxyType({"a": nan()}),
    "a namespace": lambda: types.SimpleNamespace(a=nan()),
    "views of a dict": lambda: [{"a": nan()}.values(), {nan(): 1}.keys(), {"a": nan()}.items()],
    "a list with attributes": lambda: Rows(nan()),
    "a range, a slice": lambda: [range(3), slice(1, nan())],
    "a pattern": lambda: re.compile("a+"),
    "an enum": lambda: enum.Enum("Colour", "red").red,
    "an exception": lambda: error(nan()),
    "a group of exceptions": lambda: ExceptionGroup("two", [error(1), error(2)]),
    "a function": lambda: lambda x: x + 1,
    "a partial": lambda: functools.partial(pow, 2, mod=nan()),
    "an iterator over a list": lambda: iter([nan()]),
    "bytes in a file": lambda: io.BytesIO(b"abc"),
    "an object with nothing in it": object,
    "a tree with links to parents": outline,
    "a list in itself": ring,
    "a dict twice in itself": twice,
    "20,000 levels": deep,
    "a list shared by two, 60 times": shared,
    "a dataclass shared by two, 60 times": lambda: shared(wrap=lambda part: Fit([part, part])),
    "its own ==, shared by two, 60 times": lambda: shared(wrap=lambda part: Plain([part, part])),
    "digits": lambda: 0.1 + 0.2,
}


@pytest.mark.parametrize("make", SAME.values(), ids=SAME)
def test_the_same_answers(make):
    assert compare([make()], [make()], limit_s=60).differs is None
    assert compare([make()], [make()], limit_s=60).unknown is None


def test_floats_may_differ_in_the_last_digits():
    assert difference([0.1 + 0.2, [0.1 + 0.2]], [0.3, [0.3]]) is None


DIFFER = [
    (1, 2, "item 0 is 2, serially it is 1"),
    (1, True, "item 0 is True (a bool), serially it is 1 (a int)"),
    ([1, [2]], [1, [3]], "item 0[1][0] is 3, serially it is 2"),
    ([1], [1, 2], "item 0 is of length 2, serially it is of length 1"),
    ({"a": 1}, {"b": 1}, "item 0 is keyed by ['b'], serially it is by ['a']"),
    ({math.nan: 1}, {nan(): 2}, "item 0[nan] is 2, serially it is 1"),
    (OrderedDict.fromkeys("ab"), OrderedDict.fromkeys("ba"), "item 0 is keyed by ['b', 'a']"),
    (Holder(1), Holder(2), "item 0.value is 2, serially it is 1"),
    (Slots(1), Slots(2), "item 0.value is 2, serially it is 1"),
    (Equal(1), Equal(2), "item 0.value is 2, serially it is 1"),
    (Says.like(ValueError)(1), Says.like(ValueError)(2), "item 0.value is 2, serially it is 1"),
    (Fit(1.0), Fit(2.0), "item 0.slope is 2.0, serially it is 1.0"),
    (Rows("a"), Rows("b"), "item 0.name is 'b', serially it is 'a'"),
    (1.0, 1.1, "item 0 is 1.1, serially it is 1.0"),
    (nan(), 1.0, "item 0 is 1.0, serially it is nan"),
    (1.0, 1, "item 0 is 1 (a int), serially it is 1.0 (a float)"),
    ("GIL", "Gil", "item 0 is 'Gil', serially it is 'GIL'"),
    ({1, 2}, {1, 3}, "item 0 is {1, 3}, serially it is {1, 2}"),
    ({(nan(), 1)}, {(nan(), 2)}, "item 0 is {(nan, 2)}, serially it is {(nan, 1)}"),
    (b"a", bytearray(b"a"), "item 0 is bytearray(b'a') (a bytearray)"),
    (datetime.date(2026, 1, 1), datetime.date(2026, 1, 2), "item 0 is datetime.date(2026, 1, 2)"),
    (Day(2026, 1, 1), Day(2026, 1, 2), "item 0 is Day(2026, 1, 2)"),
    (decimal.Decimal("NaN"), decimal.Decimal(1), "item 0 is Decimal('1')"),
    (ValueError(1), ValueError(2), "item 0 is 2, serially it is 1"),
    (array.array("d", [1]), array.array("d", [2]), "item 0 is array('d', [2.0])"),
    (iter([1]), iter([2]), "item 0 is <list_iterator"),
    (lambda: 1, lambda: 2, "item 0 is <function"),
    (Holder, Equal, "item 0 is <class"),
    (outline(), outline("end"), "item 0.children[2].children[2].name is 'end'"),
    (ring(0), ring(1), "item 0[2] is 1, serially it is 0"),
    (twice(0), twice(1), "item 0['end'] is 1, serially it is 0"),
    (deep(0), deep(1), "[0][0][0] is 1, serially it is 0"),
    (shared(0), shared(1), "[0][0][0] is 1, serially it is 0"),
    ([threading.Lock(), 1], [threading.Lock(), 2], "item 0[1] is 2, serially it is 1"),
]


@pytest.mark.parametrize(("one", "other", "said"), DIFFER, ids=range(len(DIFFER)))
def test_answers_that_differ_say_where_in_one_line(one, other, said):
    told = compare([one], [other], limit_s=60).differs
    assert said in told
    assert "\n" not in told and len(told) < 250


def test_what_its_own_equality_forgives_in_one_place_counts_in_another():
    one, other = Holder(1), Holder(2)
    first, second = Says.like(True)(one), Says.like(True)(other)
    assert difference([first], [second]) is None
    assert difference([first, one], [second, other]) == "item 1.value is 2, serially it is 1"


UNKNOWN = {
    "is a generator": lambda: (n for n in range(3)),
    "is a lock": threading.Lock,
    ".value is a lock": lambda: Holder(threading.Lock()),
    ".slope is a lock": lambda: Fit(threading.Lock()),
    "[1]['a'] is a generator": lambda: [1, {"a": (n for n in range(3))}],
    "has a generator": lambda: {(n for n in range(3))},
    "is a Match": lambda: re.match("a", "a"),
    "is a socket": lambda: closed(socket.socket()),
    "is a TextIOWrapper": lambda: io.TextIOWrapper(io.BytesIO()),
}


def closed(file):
    file.close()
    return file


@pytest.mark.parametrize(("said", "make"), UNKNOWN.items(), ids=UNKNOWN)
def test_what_cannot_be_compared_is_said_to_be_so_and_is_not_different(said, make):
    found = compare([0, make()], [0, make()])
    assert found.differs is None
    assert found.unknown.startswith("item 1")
    assert found.unknown.endswith(f"{said}, which cannot be compared")


def test_a_difference_is_found_behind_what_cannot_be_compared():
    assert difference([threading.Lock(), 1], [threading.Lock(), 2]).startswith("item 1 is 2")


def test_one_generator_is_the_same_as_itself():
    one = (n for n in range(3))
    assert compare([one], [one]).unknown is None


def test_comparing_ends_in_time_and_says_so():
    many = [[[n]] for n in range(1000)]
    found = compare(many, [[[n]] for n in range(1000)], limit_s=0)
    assert found.differs is None and "takes more than 0 s" in found.unknown


def test_an_equality_of_the_readers_that_takes_for_ever_is_given_up():
    one, other = (shared(wrap=lambda part: Equal([part, part])) for _ in range(2))
    found = compare([one], [other], limit_s=0.2)
    assert found.differs is None and "takes more than 0.2 s" in found.unknown
    assert sys.getprofile() is None


def test_the_equality_of_a_dataclass_is_not_asked():
    one, other = (Fit([shared(wrap=lambda part: Fit([part, part])), n]) for n in (1, 2))
    assert difference([one], [other]) == "item 0.slope[1] is 2, serially it is 1"


def test_another_number_of_answers_differs():
    assert difference([1], [1, 2]) == "2 answers came back, serially 1"


# -- a function of the reader's ---------------------------------------------------------


def test_same_says_which_answers_are_the_same():
    def close(one, other):
        return abs(one - other) < 0.5

    assert difference([1.0], [1.2], close) is None
    assert difference([1.0, 1.0], [1.2, 2.0], close) == "item 1 is 2.0, serially it is 1.0"


@pytest.mark.parametrize(
    ("same", "said"),
    [
        (lambda one: True, "and it raised TypeError"),
        (lambda one, other: 1 / 0, "and it raised ZeroDivisionError"),
        (lambda one, other: sys.exit(), "and it raised SystemExit"),
        (lambda one, other: None, "and it returned None"),
        (lambda one, other: NotImplemented, "and it returned NotImplemented"),
        (lambda one, other: Says.like(True)(one) and TruthLess(), "and it raised ValueError"),
        (lambda one, other: TruthLess(), "and it raised ValueError"),
    ],
)
def test_same_that_is_no_answer_is_refused_in_one_line(same, said):
    told = refusal(difference, [1], [1], same)
    assert said in told and told.startswith("same is a function of two answers")
    assert "\n" not in told and len(told) < 400


def test_same_that_never_returns_is_given_up_in_one_line():
    def loops(one, other):
        while True:
            time.sleep(0.001)

    told = refusal(compare, [1, 2], [1, 2], loops, limit_s=0.01)
    assert told.startswith("same is a function of two answers that returns True")
    assert told.endswith("and it was not over after 1 s; mend it, or leave it out")
    assert not any(thread.name.startswith("gil-lab") for thread in threading.enumerate())


def test_same_is_asked_again_where_it_was_made_when_it_is_not_satisfied_elsewhere():
    of_thread = threading.local()
    of_thread.off = 0.5
    with contextlib.closing(sqlite3.connect(":memory:")) as tables:  # raises in another thread

        def by_sqlite(one, other):
            return tables.execute("SELECT abs(? - ?) < 0.5", (one, other)).fetchone()[0]

        def in_a_try(one, other):
            try:
                return by_sqlite(one, other)
            except sqlite3.Error:
                return False

        def by_a_thread_s_own(one, other):
            return abs(one - other) < getattr(of_thread, "off", 0)

        for same in by_sqlite, in_a_try, by_a_thread_s_own:
            assert difference([1, 2, 3], [1.1, 2, 3.2], same) is None
            found = compare([1, 2, 3], [1.1, 2, 4], same)
            assert found.differs == "item 2 is 4, serially it is 3" and found.index == 2
        assert "raised OperationalError" in refusal(
            difference, [1], [1], lambda one, other: tables.execute("no SQL")
        )


class Unending:
    """``==`` of it does not come back, and makes no call that a profile would see."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        while True:
            pass

    __hash__ = None


def test_answers_whose_own_code_does_not_come_back_are_said_not_to_be_compared():
    job = Job("work", "Work", list, [1])
    found = job.compare([Unending(1)], [Unending(2)], 0.01)
    assert (found.differs, found.unknown) == (None, "comparing them was not over after 0.01 s")
    assert job.compare([Unending(1)], [Unending(1)], 60).unknown is None
    assert not any(thread.name.startswith("gil-lab") for thread in threading.enumerate())


def test_same_that_waits_for_ever_is_said_to_be_still_there():
    lock = threading.Lock()
    with lock:
        told = refusal(compare, [1], [1], lambda one, other: lock.acquire(), limit_s=0.01)
    assert "not over after 1 s" in told and told.endswith("restart the kernel to be rid of it)")


def test_a_slow_same_is_asked_of_answers_from_all_over_the_list_and_this_is_said():
    asked_of = []

    def slow(one, other):
        asked_of.append(one)
        time.sleep(0.05)
        return one == other

    answers = list(range(100))
    found = compare(answers, answers, slow, limit_s=0.12)
    assert found.differs is None and 1 <= len(asked_of) < 100
    assert f"same= compared {len(asked_of)} of 100 answers in " in found.unknown
    asked_of.clear()
    assert compare(answers, answers, slow, limit_s=0).unknown.startswith("same= compared 1 of 100")
    found = compare([1, 2, 3], [1, 2, 4], lambda one, other: one == other, limit_s=60)
    assert found.differs == "item 2 is 4, serially it is 3" and found.index == 2


def test_a_stop_ends_the_asking_of_same():
    stop = threading.Event()

    def waits(one, other):
        stop.set()
        while True:
            time.sleep(0.001)

    found = compare([1], [1], waits, 60, stop)
    assert found.differs is None and found.unknown.startswith("same= compared 0 of 1 answer in ")


def test_same_sees_the_context_of_who_compares():
    with decimal.localcontext(prec=3):
        assert difference([1], [1], lambda one, other: decimal.getcontext().prec == 3) is None


class TruthLess:
    def __bool__(self):
        raise ValueError("The truth value of an array is ambiguous")


# -- arrays -----------------------------------------------------------------------------


class Tensor:
    """== is element by element and has no truth, as in torch."""

    def __init__(self, values):
        import numpy as np

        self.values = np.asarray(values, float)

    def __eq__(self, other):
        return Tensor(self.values == other.values)

    def __bool__(self):
        raise RuntimeError("ambiguous")

    __hash__ = None


class OnDevice:
    """An array that has to be taken off a graph and a device first."""

    def __init__(self, values, is_here=False):
        self._values, self._is_here = values, is_here

    def detach(self):
        return OnDevice(self._values, self._is_here)

    def cpu(self):
        return OnDevice(self._values, True)

    def __array__(self, dtype=None, copy=None):
        assert self._is_here
        return self._values

    def __reduce__(self):
        raise TypeError("on another device")


def rows(np, value):
    return np.array([(1, math.nan, value)], dtype=[("a", "i4"), ("b", "f8"), ("c", "O")])


ARRAYS = {
    "NaN": lambda np: np.array([1.0, math.nan]),
    "no dimension": lambda np: np.array(math.nan),
    "nothing": lambda np: np.empty((0, 3)),
    "numbers": lambda np: [np.float32("nan"), np.complex64(math.nan), np.bool_(True), np.str_("a")],
    "dates": lambda np: np.array(["2026-01-01", "NaT"], "datetime64[D]"),
    "a date": lambda np: [np.datetime64("NaT"), np.timedelta64("NaT")],
    "masks": lambda np: np.ma.masked_all(3),
    "a mask over NaN": lambda np: np.ma.masked_array([1, math.nan, 3], mask=[0, 1, 0]),
    "fields": lambda np: rows(np, [math.nan]),
    "a record": lambda np: rows(np, 1).view(np.recarray)[0],
    "objects": lambda np: np.array([None, math.nan, [1]], dtype=object),
    "text": lambda np: np.array(["a", "b"]),
    "in a dataclass": lambda np: Fit(np.array([1.0, math.nan])),
    "in a frozen one": lambda np: Frozen(np.array([1.0, math.nan])),
    "in a named tuple": lambda np: Pair(np.arange(3), {"a": [np.arange(3)]}),
    "in an object": lambda np: Plain(np.arange(3)),
    "in an error": lambda np: error(np.arange(3)),
    "a tensor": lambda np: Tensor([1, 2]),
    "on a device": lambda np: OnDevice(np.array([math.nan])),
    "columns first": lambda np: np.asfortranarray(np.linspace(0, 1, 12).reshape(3, 4)),
}


@pytest.mark.parametrize("make", ARRAYS.values(), ids=ARRAYS)
def test_the_same_arrays(make):
    np = pytest.importorskip("numpy")
    found = compare([make(np)], [make(np)])
    assert found.differs is None and found.unknown is None


DIFFERENT_ARRAYS = {
    "shape": lambda np: (np.arange(3), np.arange(4)),
    "type": lambda np: (np.arange(3), np.arange(3.0)),
    "value": lambda np: (np.arange(3.0), np.array([0.0, 1.0, 2.1])),
    "NaN": lambda np: (np.array([1.0]), np.array([math.nan])),
    "date": lambda np: (np.datetime64("NaT"), np.datetime64("2026-01-01")),
    "mask": lambda np: (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
    "under a mask": lambda np: (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([3, 2], mask=[0, 1])),
    "field": lambda np: (rows(np, 1), rows(np, 2)),
    "objects": lambda np: (np.array([None, 1]), np.array([None, 2])),
    "tensor": lambda np: (Tensor([1, 2]), Tensor([1, 3])),
    "on a device": lambda np: (OnDevice(np.arange(2)), OnDevice(np.arange(3))),
    "dataclass": lambda np: (Fit(np.arange(3)), Fit(np.arange(1, 4))),
}


@pytest.mark.parametrize("make", DIFFERENT_ARRAYS.values(), ids=DIFFERENT_ARRAYS)
def test_different_arrays(make):
    one, other = make(pytest.importorskip("numpy"))
    assert difference([one], [other]).startswith("item 0")


def test_numbers_of_another_order_of_memory_are_the_same():
    np = pytest.importorskip("numpy")
    one = np.linspace(0, 1, 200_000).reshape(400, 500)
    other = np.asfortranarray(one) * (1 + 1e-12)
    assert difference([one], [other]) is None
    other[399, 499] += 1e-6
    assert difference([one], [other]) is not None


class Table:
    """A table says by ``equals`` whether it is the same; == is element by element."""

    def __init__(self, column):
        self.column = column

    def equals(self, other):
        return [*map(str, self.column)] == [*map(str, other.column)]

    def __eq__(self, other):
        return [a == b for a, b in zip(self.column, other.column)]

    __hash__ = None


def test_tables_say_it_by_equals():
    assert difference([Table([nan()])], [Table([nan()])]) is None
    assert difference([Table([0.1 + 0.2])], [Table([0.3])]) is None
    assert difference([Table([1])], [Table([2])]).startswith("item 0 is <")


def test_pictures_are_the_same():
    image = pytest.importorskip("PIL.Image")
    red, blue = (image.new("RGB", (4, 4), name) for name in ("red", "blue"))
    assert difference([red], [image.new("RGB", (4, 4), "red")]) is None
    assert difference([red], [blue]) is not None


def test_what_attrs_leaves_out_is_left_out():
    attrs = pytest.importorskip("attrs")

    @attrs.define
    class Reading:
        value: float
        number: int = attrs.field(eq=False, factory=lambda: next(ticks))

    assert difference([Reading(nan())], [Reading(nan())]) is None
    assert difference([Reading(1)], [Reading(2)]) == "item 0.value is 2, serially it is 1"


def test_nothing_is_known_of_what_pickle_refuses():
    assert parts_of(threading.Lock()) is None
    assert parts_of(object()) is not None


# -- whatever an object's own code does -------------------------------------------------


class Meta(type):
    def __eq__(cls, other):
        raise ValueError("of a class")

    __hash__ = None


def raising(*names, base=object, **others):
    """Return a class some of whose methods raise."""

    def method(self, *args):
        raise ValueError("of an object")

    return type("Raising", (base,), {**dict.fromkeys(names, method), **others})


ODD = {
    "a class that cannot be compared": Meta("Odd", (), {}),
    "no length": raising("__len__", base=list),
    "no items": raising("__iter__", base=list),
    "no values": raising("__getitem__", base=dict),
    "no attributes": raising("__getattr__"),
    "no array": raising("__array__"),
    "no equals": raising("equals"),
    "no hash": raising("__hash__", "__eq__"),
    "no pickle": raising("__reduce_ex__", "__eq__"),
    "no sense in pickle": raising(__reduce_ex__=lambda self, protocol: (1, 2)),
    "another class": raising(__class__=property(lambda self: dict)),
    "no dict": raising(__dict__=property(lambda self: 1 / 0)),
    "no repr": raising("__repr__", "__eq__"),
}


@pytest.mark.parametrize("kind", ODD.values(), ids=ODD)
def test_nothing_that_an_object_does_is_raised(kind):
    for answers in ([kind()], [[kind(), 1]], [{"a": kind()}], [Holder(kind())]):
        others = [kind()], [[kind(), 2]], [{"a": kind()}], [Holder(kind())]
        for other in others:
            found = compare(answers, other)
            for said in (found.differs, found.unknown):
                assert said is None or ("\n" not in said and len(said) < 300)


@pytest.mark.parametrize(
    "told",
    [
        itertools.count(),
        (list, itertools.count()),
        (list, (), None, itertools.count()),
        (dict, (), None, None, zip(itertools.count(), itertools.count())),
        (list,),
        5,
    ],
)
def test_an_object_that_gives_pickle_no_end_or_nonsense_cannot_be_looked_into(told):
    class Odd:
        def __reduce_ex__(self, protocol):
            return told

    assert parts_of(Odd()) is None
