"""A comparison of the reader's own, ``same=``: it is asked in a thread, which can be given up.

Workers that import a job import this, so pools come with the first question.
"""

import contextvars
from collections.abc import Callable
from typing import Any

from ..errors import LabError, shown, told
from ..interrupts import is_interrupt
from ..units import counted
from . import worker
from .cut import spread
from .turns import Stop, is_set
from .unfinished import check_finished

Same = Callable[[Any, Any], Any]
_MOST_PAIRS = 1_000_000
_LOOK_S = 0.1  # how often a wait looks whether it has been stopped
_ONE_CALL, _LEAST_S = 5, 1.0  # times the limit, and seconds, that a single call may take
_RULE = (
    "same is a function of two answers that returns True where they are the same and else False, "
    "and it {}; mend it, or leave it out{}"
)
_LEFT = " (a thread cannot be ended from outside: restart the kernel to be rid of it)"


def check_same(same: Any) -> None:
    """Raise a LabError for what is no function of two answers, and not None either."""
    if same is not None and not callable(same):
        raise LabError(f"same is a function of two answers, not {shown(same)}: leave it out")


def ask_same(
    same: Same, expected: list[Any], got: list[Any], limit_s: float, stop: Stop | None = None
) -> tuple[int | None, str | None]:
    """Return the index of two answers that differ by ``same``, and what is not known; or None.

    It is asked for ``limit_s`` seconds, and once at least, or until ``stop`` is set. Where that is
    before all answers are compared, those that were come from all over the list.

    Raises:
        LabError: it raises, says neither yes nor no, or does not come back in five such limits.
    """
    from . import pools

    began_s = worker.now()
    said: list[tuple[int, bool]] = []

    def ask():
        for index in spread(len(expected), _MOST_PAIRS):
            said.append((index, _says(same, expected[index], got[index])))
            if not said[-1][1] or worker.now() - began_s > limit_s:
                return

    pool, is_over = pools.open_pool("threads"), False
    one_call_s = max(_LEAST_S, _ONE_CALL * limit_s)
    try:
        call = pool.submit(contextvars.copy_context().run, ask)
        is_over = _is_over(call, said, one_call_s, stop)
    finally:
        pools.end(pool, now=not is_over)
    if is_over:
        call.result()  # raises what the asking raised
    elif not is_set(stop):
        raise LabError(_RULE.format(f"was not over after {one_call_s:.2g} s", _left(pool)))
    if said and not said[-1][1]:
        return said[-1][0], None
    if len(said) == len(expected):
        return None, None
    took_s = worker.now() - began_s
    of = counted(len(expected), "answer")
    return None, f"same= compared {len(said):,} of {of} in {took_s:.2g} s"


def _is_over(call, said, limit_s, stop):
    """Wait for a call, unless ``said`` does not grow for too long or ``stop`` is set."""
    from concurrent.futures import wait

    n_said, since_s = 0, worker.now()
    while wait([call], timeout=_LOOK_S).not_done:
        if len(said) > n_said:
            n_said, since_s = len(said), worker.now()
        if is_set(stop) or worker.now() - since_s > limit_s:
            return False
    return True


def _left(pool):
    """Return what is left of a pool that was ended, in words."""
    return _LEFT if any(thread.is_alive() for thread in pool._threads) else ""


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
