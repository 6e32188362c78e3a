"""Is it safe? Looks for an order of two or three calls in threads that breaks a function.

In a notebook::

    import helpers as lab
    lab.is_safe(deposit, [(account, 10), (account, 20)])

and in a terminal ``python -m helpers safe MODULE:FUNCTION``. For example:

>>> account = {"balance": 0}
>>> def deposit(amount):
...     account["balance"] += amount
>>> is_safe(deposit, [(10,), (20,)]).breaks
True
"""

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event
from typing import Any

from ..cells.last import last
from ..core.inside import PLAIN, is_a
from ..core.job import name_of
from ..core.own_code import errors_of
from ..core.turns import is_set
from ..core.unfinished import check_it_lasts
from ..errors import LabError, Stopped, number, shown, whole
from . import standins
from .answer import Safety, told
from .search import Search, Subject
from .state import State

_BAR_AFTER_S = 0.25  # most are found at once
_MOST_CALLS = 3


def is_safe(
    func: Callable[..., Any],
    calls: Sequence[Any] | int = 2,
    check: Callable[..., Any] | None = None,
    *,
    setup: Callable[[], Any] | None = None,
    switches: int = 2,
    budget_s: float = 10.0,
    stop: Event | None = None,
) -> Safety:
    """Return the ``Safety`` of a function: the shortest order of its calls that breaks it, or none.

    Its calls run in threads that take turns, in one order after the other: a thread is stopped
    before a line, or within one, and another goes on. What the function can reach is the same at
    the beginning of each, and is set back in the end. What it prints is not shown.

    Args:
        func: the function; one of a notebook's cell or a lambda will do.
        calls: two or three tuples of arguments, such as ``[(ann, bob, 10), (bob, ann, 30)]``; or
            how many calls without arguments.
        check: what must hold afterwards: a function of the list of results that returns True or
            False, or asserts. Without it, results and shared state must be those of the same calls
            one after the other, in any order.
        setup: a function that makes anew what the calls share: the first argument of each, and of
            ``check``.
        switches: how often a thread that could go on is stopped, at most: 1 to 4.
        budget_s: how long it may take, 0.1 to 3600 seconds.
        stop: a ``threading.Event`` that ends the search; the answer is on what was tried.

    Raises:
        LabError: an argument is not what it should be, or the function cannot be looked into.
        Stopped: it was interrupted. Nothing is left running.
    """
    return _answer(_search(func, calls, check, setup, switches, budget_s, stop))


def _answer(search):
    """Return what a search finds; the reader's own objects are as they were afterwards."""
    try:
        with standins.installed():
            try:
                found = last(search.steps(), _far, bar_after_s=_BAR_AFTER_S)
                return told(search, found)
            finally:
                search.subject.state.give_back()
    except KeyboardInterrupt:
        raise Stopped(
            f"Stopped after {search.found.tried:,} orders: nothing is left running. Run it again "
            "when you like."
        ) from None


def _far(found):
    return found.share, 1, f"{found.tried:,} orders tried"


def _search(func, calls, check, setup, switches, budget_s, stop):
    """Return the ``Search`` for what the reader asks; raise a LabError for what is no question."""
    if not callable(func):
        raise LabError(
            f"is_safe looks into a function, not {shown(func)}: pass it without brackets"
        )
    for name, one in (("check", check), ("setup", setup)):
        if one is not None and not callable(one):
            raise LabError(f"{name} is a function, not {shown(one)}: pass it without brackets")
    if stop is not None and not isinstance(stop, Event):
        raise LabError(f"stop is a threading.Event, not {shown(stop)}: leave it out")
    whole("switches", switches, 1, 4, "try 2")
    number("budget_s", budget_s, 0.1, 3600, "try 10")
    given = _calls(calls)
    code = _code_of(func)
    name = name_of(func)
    if code is None:
        raise LabError(
            f"is_safe follows the lines of Python functions, and {name} is not written in Python: "
            "pass a function that calls it"
        )
    _check_arguments(func, given, name, setup)
    with errors_of(f"what {name} can reach"):  # objects that raise where they are looked at
        state = State(_roots(func, given, check, setup))
    subject = Subject(name, func, given, check, setup, code.co_filename, state)
    return Search(subject, switches, float(budget_s), partial(is_set, stop))


def _calls(calls):
    """Return the arguments of each call as tuples."""
    if isinstance(calls, int) and not isinstance(calls, bool):
        return [()] * whole("calls", calls, 2, _MOST_CALLS, "try 2")
    if not isinstance(calls, list | tuple) or not 2 <= len(calls) <= _MOST_CALLS:
        raise LabError(
            f"calls are a list of two or three tuples of arguments, not {shown(calls)}: "
            "try [(1,), (2,)]"
        )
    return [call if isinstance(call, tuple) else (call,) for call in calls]


def _code_of(func):
    """Return the code of a function, or of the one behind a method, a partial or a wrapper."""
    for _ in range(20):
        if is_a(func, partial):
            func = func.func
        elif inspect.ismethod(func):
            func = func.__func__
        elif inspect.isfunction(func):
            return inspect.unwrap(func).__code__
        elif hasattr(func, "__wrapped__"):
            func = func.__wrapped__
        else:
            made = type(func).__call__ if not isinstance(func, type) else func.__init__
            if not inspect.isfunction(made):
                return None
            func = made
    return None


def _check_arguments(func, calls, name, setup):
    first = () if setup is None else (None,)
    try:
        wanted = inspect.signature(func)
    except (TypeError, ValueError):
        return
    for call in calls:
        try:
            wanted.bind(*first, *call)
        except TypeError as error:
            raise LabError(
                f"{name} cannot be called with {shown((*first, *call))} ({error}): give calls a "
                "tuple of arguments for each"
            ) from None
    check_it_lasts([part for call in calls for part in call if not hasattr(part, "__next__")],
                   "an argument")  # fmt: skip


def _roots(func, calls, check, setup):
    """Return what is shared, by names: what is not an argument has its own."""
    roots = {"the function": func}
    try:
        wanted = list(inspect.signature(func).parameters)[setup is not None :]
    except (TypeError, ValueError):
        wanted = []
    for name, call in zip("ABC", calls):
        for parameter, value in _with_names(wanted, call):
            is_shared = all(any(value is part for part in other) for other in calls)
            shown = parameter if is_shared else f"{name}'s {parameter}"
            roots.setdefault(_global_name(func, value) or shown, value)
    roots |= {"check": check} if check is not None else {}
    return roots


def _global_name(func, value):
    """Return the name that an object has in the reader's notebook or module, or None."""
    if type(value) in PLAIN:
        return None
    names = getattr(inspect.unwrap(func), "__globals__", {})
    return next((n for n, one in names.items() if one is value and n[:1] != "_"), None)


def _with_names(wanted, call):
    """Pair names with values; those without a name get a number."""
    names = [*wanted, *(f"argument {i + 1}" for i in range(len(wanted), len(call)))]
    return zip(names, call)
