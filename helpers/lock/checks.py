"""Self-checks of notebook 03."""

import math
from typing import Any

from ..cells.check import answered, exercise, wrong
from ..errors import is_number, shown
from ..judge.facts import OVERLAPS, TAKES_TURNS
from ..units import per_cent


@exercise("03.overlapping")
def check_overlapping(steps: Any, answer: Any) -> str:
    """Check which of some measured calls can overlap in threads; close calls count as right.

    ``steps`` maps a call's name to something with its ``held_share``, ``answer`` is a list of
    names.
    """
    answer = answered(... if answer == [...] else answer, "the names of the calls")
    if isinstance(answer, str) or not isinstance(answer, list | tuple | set):
        wrong(f"the answer is a list of names, such as {list(steps)[:2]}, not {shown(answer)}")
    for name in answer:
        if name not in steps:
            wrong(f"the calls are {', '.join(steps)}: there is no {shown(name)}")
    told = {name: step.held_share for name, step in steps.items() if step.held_share is not None}
    for name, share in told.items():
        _check_step(name, share, name in answer)
    if not told:
        return "Your answer is kept: this machine is too busy, or too small, to check it."
    unclear = [name for name in steps if OVERLAPS <= told.get(name, OVERLAPS) <= TAKES_TURNS]
    rest = f" Either answer counts for {', '.join(unclear)}: not clear here." * bool(unclear)
    return f"That is what was measured here.{rest}"


def _check_step(name, share, chosen):
    if share > TAKES_TURNS and chosen:
        wrong(f"{name} held the GIL for {per_cent(share)} of its time: it takes turns")
    if share < OVERLAPS and not chosen:
        wrong(f"{name} held the GIL for only {per_cent(share)} of its time: it overlaps")


@exercise("03.limit")
def check_limit(function: Any) -> str:
    """Check ``function(held_share, n_workers)``: the largest speed-up under one GIL."""
    try:
        got = answered(function(0.5, 4), "the formula")
        free, few, all_held = function(0.0, 4), function(0.25, 2), function(1.0, 8)
    except ZeroDivisionError:
        wrong("a job that never holds the GIL has a share of 0: return the number of workers")
    if not all(map(is_number, (got, free, few, all_held))):
        wrong(f"the limit is a number, and half of the time held with 4 workers gave {shown(got)}")
    if math.isclose(got, 1 / (0.5 + 0.5 / 4)):
        wrong(
            "this is Amdahl's law, in which nobody else works while one thread holds the GIL; but "
            "the others can run the parts that release it meanwhile"
        )
    if not math.isclose(got, 2.0):
        wrong(
            f"half of the time held, 4 workers: got {shown(got)}; how much is done once the GIL is "
            "held all the time?"
        )
    if few > 2 or free > 4:
        wrong(f"2 workers are at most twice as fast, and a share of 0.25 gave {shown(few)}")
    if not (math.isclose(few, 2) and math.isclose(free, 4) and math.isclose(all_held, 1)):
        wrong(
            f"shares of 0, 0.25 and 1 with 4, 2 and 8 workers gave {shown(free)}, {shown(few)} and "
            f"{shown(all_held)}: the smaller of two limits counts"
        )
    return "The smaller of two limits: so many workers, and one thread that holds the GIL."
