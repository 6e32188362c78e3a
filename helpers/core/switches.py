"""How often a thread gave its core away, and how often it was taken: who waits, and who is stopped.

A thread that waits for something gives its core away. A thread that computes keeps it, until the
system gives it to another program. Linux counts both.
"""

import sys
from typing import NamedTuple

if sys.platform == "linux":
    from resource import RUSAGE_THREAD, getrusage


class Switches(NamedTuple):
    """So often a thread gave its core away itself, and so often it was taken off it."""

    own: int
    forced: int


def switches() -> Switches | None:
    """Return the ``Switches`` of the thread that asks since it began; None where nobody counts."""
    if sys.platform != "linux":
        return None
    used = getrusage(RUSAGE_THREAD)
    return Switches(used.ru_nvcsw, used.ru_nivcsw)


def since(before: Switches | None) -> Switches | None:
    """Return the ``Switches`` of the thread that asks since ``before``; None where it is."""
    after = switches()
    if before is None or after is None:
        return None
    return Switches(after.own - before.own, after.forced - before.forced)


def gave_way(counted: Switches | None) -> float | None:
    """Return the share of the switches that were the thread's own, 0.0 if there were none, or None.

    >>> gave_way(Switches(own=3, forced=1))
    0.75
    """
    if counted is None:
        return None
    own, forced = counted
    return own / (own + forced) if own + forced else 0.0
