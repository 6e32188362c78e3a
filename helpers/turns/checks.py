"""Self-checks of notebook 01."""

import re
from collections.abc import Callable, Sequence
from threading import Event, current_thread, main_thread
from typing import Any

from ..cells.check import answered, exercise, wrong
from ..errors import shown

_LINES = ["stop! wait!", "nothing here", "go!"]
_MEASURED = 1.25
_PATIENCE_S = 5.0  # a thread that nobody stops ends by itself


class _Pattern:
    """A pattern that notes what it was asked to search."""

    def __init__(self):
        self.searched = []

    def findall(self, text):
        self.searched.append(text)
        return re.findall("[a-z]+!", text)


@exercise("01.short_calls")
def check_short_calls(function: Callable[[Any, Sequence[str]], Any]) -> str:
    """Check ``function(pattern, lines)``: one call of ``findall`` a line, and one flat list."""
    pattern = _Pattern()
    found = answered(function(pattern, list(_LINES)), "the matches of all lines")
    if not isinstance(found, list):
        wrong(f"the matches come in a list, not {shown(found)}")
    if len(pattern.searched) < len(_LINES):
        wrong(
            f"findall was called {len(pattern.searched)} times for {len(_LINES)} lines: call it "
            "once for each line, so that no call is long"
        )
    expected = ["stop!", "wait!", "go!"]
    if found != expected:
        wrong(f"the lines {_LINES} hold {expected}, not {shown(found)}: make one flat list")
    return "Many short calls find the same. Between two of them the thread can hand over the GIL."


@exercise("01.beside")
def check_beside(function: Callable[..., Any]) -> str:
    """Check ``function(work, measure)``: it measures while a thread works, and then ends it."""
    begun, ended, seen, given = Event(), Event(), [], []

    def work(stop):
        given.append(stop)
        seen.append(current_thread() is not main_thread())
        begun.set()
        stop.wait(_PATIENCE_S)
        ended.set()

    def measure():
        # A thread that was started just now may not have begun.
        seen.append(begun.wait(_PATIENCE_S / 10) and not ended.is_set())
        return _MEASURED

    try:
        result = answered(function(work, measure), "the four steps")
        has_ended = ended.is_set()
    finally:
        for stop in given:
            stop.set()
    if not seen or not given:
        wrong("work was never called: start a Thread with target=work and args=(stop,)")
    if not seen[0]:
        wrong("work ran in this thread, before the measurement: give the function to a Thread")
    if len(seen) < 2:
        wrong("measure was never called: call it between start() and stop.set()")
    if not seen[1]:
        wrong("measure ran while nobody worked: start the thread first, and stop it afterwards")
    if not has_ended:
        wrong("the thread still works after the return: stop.set(), then thread.join()")
    if result != _MEASURED:
        wrong(f"return what measure() returned, not {shown(result)}")
    return "The thread works while you measure, and ends when you are done."
