"""Self-checks of notebook 07."""

import threading
from typing import Any

from ..cells.check import answered, exercise, wrong
from ..errors import shown

_N_PIECES = 5
_LONG_S = 1000.0


@exercise("07.job")
def check_job(function: Any) -> str:
    """Check ``function(pieces, stop, report, limit_s, now)``: it ends with the piece at hand.

    It ends when it is cancelled or its time is over. ``pieces`` are functions, ``stop`` is a
    ``threading.Event``, and ``report(n)`` is to be called with the number of pieces done, after
    each; the function returns that number.
    """
    answer, did, _ = _try(function, None, _LONG_S)
    if not did:
        answered(answer, "the loop")
    if did != _N_PIECES:
        wrong(f"nobody cancelled, and {did} of {_N_PIECES} pieces were done: do all of them")
    for at in (0, 2):
        when = f"Cancel during piece {at}" if at else "Cancel before the first piece"
        _must_end(function, at, _LONG_S, at, when, "look at stop.is_set() before every piece")
    when = "a limit of 2.5 s, with pieces of 1 s,"
    _must_end(function, None, 2.5, 3, when, "look at the clock before every piece")
    return "Cancelled before and in the middle, with and without time: it did what was asked."


def _must_end(function, cancel_at, limit_s, at, when, remedy):
    answer, did, reported = _try(function, cancel_at, limit_s)
    if did != at:
        wrong(f"{when} must leave {at} done, and {did} of {_N_PIECES} were: {remedy}")
    if reported != list(range(1, at + 1)):
        wrong(
            f"report is called with the number of pieces done, after each: after {at} pieces "
            f"it was called with {shown(reported)}"
        )
    if answer != at:
        wrong(f"{when}: the function returns how many were done, {at}, not {shown(answer)}")


def _try(function, cancel_at, limit_s):
    """Return the answer, the pieces done and the reports, when cancelled in piece ``cancel_at``."""
    stop, did, reported = threading.Event(), [], []

    def piece():
        did.append("one")
        if len(did) == cancel_at:
            stop.set()

    if cancel_at == 0:
        stop.set()

    def now():
        return 50.0 + len(did)  # a piece takes a second

    answer = function([piece] * _N_PIECES, stop, reported.append, limit_s, now)
    return answer, len(did), reported


@exercise("07.throttled")
def check_throttled(function: Any) -> str:
    """Check ``function(report, every_s, now)``: a report that is passed on now and then only."""
    passed_on: list[int] = []
    clock = [100.0]
    sometimes = answered(function(passed_on.append, 0.1, lambda: clock[0]), "the function")
    if not callable(sometimes):
        wrong(f"throttled returns a function that takes the number done, not {shown(sometimes)}")
    expected = []
    last_s = float("-inf")
    for done in range(1, 41):
        clock[0] += 0.03
        sometimes(done)
        if clock[0] - last_s >= 0.1:
            expected.append(done)
            last_s = clock[0]
    if passed_on[:1] != [1]:
        wrong("the first report is passed on at once: nothing was shown before it")
    if len(passed_on) == 40:
        wrong("all 40 reports were passed on, 0.03 s apart, and at most one in 0.1 s is wanted")
    if passed_on != expected:
        wrong(
            f"of 40 reports, 0.03 s apart, these are wanted: {shown(expected, 40)}, and these "
            f"came: {shown(passed_on, 40)}: keep the time of the last one that was passed on"
        )
    return f"Of 40 reports {len(passed_on)} were passed on, the first at once."
