"""Self-checks of notebook 09."""

import pickle
from collections import Counter
from types import SimpleNamespace
from typing import Any

from ..cells.check import answered, exercise, wrong
from ..core.by_value import goes_by_value, pack
from ..core.executors import SerialExecutor
from ..errors import shown

_LISTS = [["the", "lock"], ["the", "lock", "is", "gone"], ["gone", "is", "gone"], ["the"]]


@exercise("09.lock_is_on")
def check_lock_is_on(function: Any) -> str:
    """Check ``function(sys)``: whether one thread at a time runs Python code, asked of ``sys``."""
    answered(function(_system(True)), "your expression")
    for gil in (True, False):
        if (got := function(_system(gil))) is not gil:
            given = f"where sys._is_gil_enabled() gives {gil} your function gives {shown(got)}"
            wrong(f"{given}: is it called, with its brackets, and not negated?")
    try:
        got = function(SimpleNamespace(version="3.11.7"))
    except AttributeError as error:
        said = f"Python 3.11 has no such function, and yours ends there ({error})"
        wrong(f"{said}: getattr takes a third argument, for when there is none")
    if got is not True:
        wrong(f"a Python that has no such function has the GIL, and yours gives {shown(got)}")
    return "It asks at run time, and knows that a Python too old to be asked has the GIL."


def _system(gil):
    # The version says "free-threading" either way: it is the build's, not the moment's.
    version = "3.14.2 free-threading build"
    return SimpleNamespace(_is_gil_enabled=lambda: gil, version=version)


@exercise("09.share_nothing")
def check_share_nothing(function: Any) -> str:
    """Check ``function(pool, lists)``: one Counter of all words, with no object shared by calls."""
    expected = Counter(word for words in _LISTS for word in words)
    with SerialExecutor() as pool:
        got = answered(function(pool, _LISTS), "your lines")
    if got != expected:
        wrong(f"{_LISTS} hold {dict(expected)}, and {shown(got, 80)} came back")
    with _Copies() as pool:
        got = function(pool, _LISTS)
    if pool.n_calls < 2:
        wrong("the counts are right, but the pool got fewer than 2 calls: who counted?")
    if got != expected:
        said = "the counts are right only as long as the calls share an object: let each make"
        wrong(f"{said} a Counter of its own and return it, and add them up at the end")
    return f"{pool.n_calls} calls, each with a Counter of its own, added up at the end."


class _Copies(SerialExecutor):
    """Gives every call its own copy of all that it gets, so that nothing can be shared."""

    n_calls = 0

    def submit(self, fn, /, *args, **kwargs):
        self.n_calls += 1
        args = [_copy(arg) for arg in args]
        return super().submit(_copy(fn), *args, **{k: _copy(v) for k, v in kwargs.items()})


def _copy(part):
    return pickle.loads(pack(part) if goes_by_value(part) else pickle.dumps(part))
