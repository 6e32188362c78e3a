"""Answers that are none yet: a coroutine, a generator, a future, and other promises of an answer.

What returns one has not done its work, so its time says nothing.
"""

import contextlib
import io
import sys
import traceback
from collections.abc import Iterable
from itertools import chain, islice
from types import CoroutineType
from typing import Any

from ..errors import LabError, one_of_class, told
from .inside import is_a

_N_LOOKS = 20  # at so many parts of an answer
_DONE = frozenset({type(None), bool, int, float, str, bytes, io.BytesIO, io.StringIO})
_LISTS = frozenset({list, tuple, set, frozenset})
#: The attribute that tells each kind, when the work is done, and what to do about it.
_PROMISES = (
    ("__dask_graph__", "it is computed", "return its .compute()"),
    ("add_done_callback", "its result is asked for", "return its .result()"),
    ("__await__", "it is awaited", "run it, as in {head}: {runs}"),
    ("__anext__", "it is gone through", "collect it, as in async def all_of({x}): return [y async "
     "for y in {call}], and pass {head}: {runs_all}"),
    ("__next__", "it is gone through", "wrap it in list(...), as in {head}: list({call})"),
)  # fmt: skip


class Unfinished(LabError):
    """An answer of the function ``name`` is none yet; ``what`` says what it is, and when it is."""

    def __init__(self, message: str, name: str, what: str) -> None:
        super().__init__(message)
        self.name, self.what = name, what


def check_finished(answer: Any, name: str, parameter: str = "x", given: str | None = None) -> None:
    """Raise ``Unfinished`` where an answer of the function ``name`` is, or holds, a mere promise.

    Coroutines are closed, so that nobody is told that they were never awaited. In the remedy, a
    lambda of ``parameter``, "" for none, calls the function with ``given``, the same when None.

    >>> check_finished([1, 2], "numbers")
    >>> check_finished(map(str, [1]), "names", "")
    Traceback (most recent call last):
    ...
    helpers.core.unfinished.Unfinished: names returned a map, which does its work when it is gone \
through: wrap it in list(...), as in lambda: list(names())
    """
    promise = next(_promises(answer, 2), None)
    if promise is None:
        return
    _close(answer, 2)
    called = name if name.replace(".", "").isidentifier() else "f"
    call = f"{called}({parameter if given is None else given})"
    head = f"lambda {parameter}".rstrip()
    runs, runs_all = run_by(call), run_by(f"all_of({parameter})")
    when, remedy = next(
        (when, remedy) for kind, when, remedy in _PROMISES if hasattr(type(promise), kind)
    )
    within = "" if promise is answer else f"{one_of_class(answer)} with "
    what = f"{within}{one_of_class(promise)}, which does its work when {when}"
    remedy = remedy.format(head=head, x=parameter, call=call, runs=runs, runs_all=runs_all)
    raise Unfinished(f"{name} returned {what}: {remedy}", name, what)


def check_parts(parts: list[Any], name: str, parameter: str = "x") -> None:
    """Raise ``Unfinished`` where an answer in one of the parts of a job is a mere promise."""
    try:
        for part in parts:
            for answer in islice(part, _N_LOOKS) if is_a(part, list) else [part]:
                check_finished(answer, name, parameter)
    except Unfinished:
        _close(parts, 3)
        raise


def check_it_lasts(values: Iterable[Any], what: str) -> None:
    """Raise a LabError where one of the first values can be used once only, and not in each call.

    So are coroutines and Python's own iterators. Coroutines are closed: they were handed over.

    >>> check_it_lasts([map(str, [1])], "an item")
    Traceback (most recent call last):
    ...
    helpers.errors.LabError: an item is used in every call, and a map is used up after one: \
pass what it is made of, and make it inside the function
    """
    values = list(islice(values, _N_LOOKS))
    for value in values:
        if type(value).__module__ in ("builtins", "itertools") and any(_promises(value, 0)):
            _close(values, 1)
            made = ""
            if is_a(value, CoroutineType):
                made = f", as in asyncio.run({value.__name__}(...))"
            raise LabError(
                f"{what} is used in every call, and {one_of_class(value)} is used up after one: "
                f"pass what it is made of, and make it inside the function{made}"
            )


def run_by(coroutine: str) -> str:
    """Return the code that runs a coroutine, given its code, from this thread.

    A notebook's own loop runs in its main thread, so asyncio.run needs another one there.
    """
    if loop_runs():
        return f"concurrent.futures.ThreadPoolExecutor(1).submit(asyncio.run, {coroutine}).result()"
    return f"asyncio.run({coroutine})"


def loop_runs() -> bool:
    """Return whether an event loop of asyncio runs in this thread, as in a notebook's cell."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


def no_second_loop(error: BaseException) -> str | None:
    """Return what to do about an error of a loop that cannot run in this thread; None for others.

    The coroutines that it left are closed.
    """
    if not (isinstance(error, RuntimeError) and loop_runs() and "running" in told(error, 200)):
        return None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        _close(list(frame.f_locals.values()), 1)
    return f"a loop runs here already, so let another thread run it: {run_by('...')}"


def _promises(answer, depth):
    """Yield the promises that an answer is, or holds among its first parts."""
    if type(answer) in _DONE:
        return
    if any(hasattr(type(answer), attribute) for attribute, *_ in _PROMISES):
        yield answer
    elif depth:
        yield from chain.from_iterable(
            _promises(part, depth - 1) for part in islice(_parts(answer), _N_LOOKS)
        )


def _parts(answer):
    if type(answer) is dict:
        return answer.values()
    return answer if type(answer) in _LISTS else ()


def _close(answer, depth):
    if is_a(answer, CoroutineType):
        with contextlib.suppress(Exception):  # what its own code does at its end
            answer.close()
    elif depth:
        for part in _parts(answer):
            _close(part, depth - 1)
