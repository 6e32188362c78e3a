"""A comparison of the reader's own, ``same=``: it is asked in a thread, which can be given up."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..errors import LabError, Stopped, shown, told
from ..interrupts import is_interrupt
from ..units import counted
from . import worker
from .apart import NotOver, apart
from .cut import spread
from .turns import Stop
from .unfinished import check_finished

Same = Callable[[Any, Any], Any]
_MOST_PAIRS = 1_000_000
_ONE_CALL, _LEAST_S = 5, 1.0  # times the limit, and seconds, that a single call may take
_RULE = (
    "same is a function of two answers that returns True where they are the same and else False, "
    "and it {}; mend it, or leave it out{}"
)


def check_same(same: Any) -> None:
    """Raise a LabError for what is no function of two answers, and not None either."""
    if same is not None and not callable(same):
        raise LabError(f"same is a function of two answers, not {shown(same)}: leave it out")


def ask_same(
    same: Same, expected: list[Any], got: list[Any], limit_s: float, stop: Stop | None = None
) -> tuple[int | None, str | None]:
    """Return the index of two answers that differ by ``same``, and what is not known; or None.

    It is asked for ``limit_s`` seconds, and once at least, or until ``stop`` is set. Where that is
    before all answers are compared, those that were come from all over the list. Where it raises
    or says no in its thread, it is asked again in the one that calls: that counts.

    Raises:
        LabError: it raises, says neither yes nor no, or does not come back in five such limits.
    """
    began_s, order = worker.now(), spread(len(expected), _MOST_PAIRS)
    said: list[bool] = []

    def ask() -> None:
        for index in order[len(said) :]:
            said.append(_says(same, expected[index], got[index]))
            if not said[-1] or worker.now() - began_s > limit_s:
                return

    try:
        with suppress(Stopped):
            apart(ask, max(_LEAST_S, _ONE_CALL * limit_s), lambda: len(said), stop)
    except NotOver as error:
        left = f" ({error.left})" if error.left else ""
        raise LabError(_RULE.format(f"was {error}", left)) from None
    except LabError:  # that it raised counts no more than a no
        said.append(False)
    if not all(said):
        # What belongs to a thread, as a connection of SQLite does, is as it should be in this one.
        said.pop()
        ask()
    if not all(said):
        return order[len(said) - 1], None
    if len(said) == len(expected):
        return None, None
    took_s = worker.now() - began_s
    of = counted(len(expected), "answer")
    return None, f"same= compared {len(said):,} of {of} in {took_s:.2g} s"


def _says(same, one, other):
    """Return what the reader's own function says; raise a LabError for what is no answer."""
    try:
        said = same(one, other)
        check_finished(said, "same", "one, other")
        if said is not None and said is not NotImplemented:
            return bool(said)
        raised = f"returned {said}"
    except BaseException as error:  # whatever the reader's own function raises
        if isinstance(error, LabError) or is_interrupt(error):
            raise
        raise LabError(_RULE.format(f"raised {told(error, 120)}", "")) from error
    raise LabError(_RULE.format(raised, ""))
