"""Self-checks of notebook 11."""

import inspect
import math
import random
import re
from collections import Counter
from threading import Lock
from typing import Any

from ..cells.check import answered, exercise, wrong
from ..errors import shown
from .what_changes import Outside

_LINE = '10.0.0.{} - - [10/Oct/2026:13:55:36] "GET {}?id={} HTTP/1.1" 200\n'
_NEAR = 0.3  # of pi: with 1,000 throws hardly anybody is further off


@exercise("11.same_again")
def check_same_again(function: Any) -> str:
    """Check ``function(seed)``: an estimate of pi that depends on nothing but the seed."""
    before = random.getstate()
    first = [answered(function(seed), "an expression") for seed in range(6)]
    if (again := function(0)) != first[0]:
        wrong(
            f"estimate(0) is {shown(first[0])}, and the next time {shown(again)}: let the call "
            "make a generator of its own from the seed"
        )
    if random.getstate() != before:
        wrong(
            "it draws from the generator of the module, or seeds it. All threads share that one, "
            "and may draw in between: make one inside the function"
        )
    if len(set(first)) == 1:
        wrong("all seeds give the same estimate: begin the generator with the seed")
    if any(abs(one - math.pi) > _NEAR for one in first):
        wrong(f"pi is wanted, and {shown(first)} came back")
    return "The answer depends on the seed alone: any worker may make it, in any order."


@exercise("11.any_worker")
def check_any_worker(function: Any) -> str:
    """Check ``function(hour)``: the busiest page, with no lock and no list outside."""
    hours = [_hour(["/a", "/b", "/b"]), _hour(["/c"] * 5), _hour(["/a", "/b", "/b"])]
    outside, got = Outside(function), []
    for index, hour in enumerate(hours):
        outside.look_at(index)
        got.append(answered(function(hour), "what it returns"))
    if name := _lock_in(function):
        wrong(f"it still takes `{name}` along, and a lock cannot be sent to a process")
    if changed := outside.changed() or outside.filled:
        wrong(
            f"it still changes {changed}: a process would change a copy of it, and the copy is lost"
        )
    wanted = [Counter(re.findall(r"GET (\S+?)\?", hour)).most_common(1)[0] for hour in hours]
    if got != wanted:
        wrong(f"{wanted[0]} is the busiest page of the first hour, and {shown(got[0])} came back")
    return "It needs nothing but its hour, and returns what it finds: any worker can do it."


def _hour(pages):
    return "".join(_LINE.format(n, page, n) for n, page in enumerate(pages))


def _lock_in(function):
    """Return the name of a lock that the function uses, or None."""
    if not inspect.isfunction(function):
        return None
    there = inspect.getclosurevars(function)
    used = {**there.globals, **there.nonlocals}
    return next((name for name, value in used.items() if isinstance(value, type(Lock()))), None)
