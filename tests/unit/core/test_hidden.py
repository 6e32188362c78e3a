"""Whatever is hidden in a value, it is told in one line whether a process can be sent it."""

import io
import threading

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.advice.spelling import spelling
from helpers.core.by_value import check_item, goes_by_value, heaviest, is_only_here, pack, reached
from helpers.errors import LabError


class Cell:
    """An object of a notebook's cell."""


Cell.__module__ = "__main__"


class Odd:
    """An object whose own code raises wherever it is asked."""

    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        raise ValueError("eq")

    def __hash__(self):
        return 1

    def __repr__(self):
        raise ValueError("repr")

    def __len__(self):
        raise ValueError("len")

    def __getattr__(self, name):
        raise AttributeError(name) if name.startswith("__") else ValueError(name)

    def __reduce_ex__(self, protocol):
        ways = [(Odd, (1,)), "nowhere", (len,), object.__reduce_ex__(self, protocol)]
        if self.n == len(ways):
            raise ValueError("never")
        return ways[self.n]


def of_itself(value):
    if isinstance(value, list):
        value.append(value)
    return value


def in_a_cell(value):
    made = Cell()
    made.value, made.me = value, made
    return made


def closed_over(value):
    def function(item):
        return value, item

    return function


leaves = (
    st.none() | st.integers() | st.text() | st.builds(Cell) | st.builds(threading.Lock)
    | st.builds(Odd, st.integers(0, 4)) | st.builds(io.BytesIO) | st.sampled_from([len, Cell])
    | st.just(lambda: 1) | st.builds(ValueError, st.text())
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inside: (
        st.lists(inside, max_size=4).map(of_itself)
        | st.tuples(inside, inside)
        | st.dictionaries(st.text(max_size=3), inside, max_size=3)
        | inside.map(in_a_cell)
        | inside.map(closed_over)
        | st.lists(inside, max_size=3).map(lambda given: ValueError(*given))
    ),
    max_leaves=20,
)


@settings(deadline=None, max_examples=500, suppress_health_check=list(HealthCheck))
@given(values)
def test_any_value_is_sent_or_refused_in_one_line(value):
    goes_by_value(value), is_only_here(value), reached(value), heaviest(value)
    for send in (pack, lambda item: check_item(item, "work")):
        try:
            send(value)
        except LabError as error:
            assert "\n" not in str(error) and len(str(error)) < 400
    assert spelling(value if callable(value) else len, [value]).text
