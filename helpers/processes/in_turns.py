"""Several ways of doing one job, timed in turns."""

from collections.abc import Callable
from typing import Any

from ..core.turns import take_turns
from ..core.worker import now
from ..errors import check_functions

Times = dict[str, list[float]]  # the seconds of each way's tries, by its name
_SLOW_S = 1.0


def time_in_turns(ways: dict[str, Callable[[], Any]], *, rounds: int = 5) -> Times:
    """Return the seconds that each way took: a dict from its name to a list.

    The ways take turns, so that a change of the machine's speed meets them all. One that takes
    longer than a second is timed once.

    Args:
        ways: functions that take nothing, by a name for the reader.
        rounds: how often each has its turn.

    Raises:
        LabError: there is no way, or one of them cannot be called.

    >>> list(time_in_turns({"the sum": lambda: sum(range(10))}, rounds=2))
    ['the sum']
    """
    check_functions("ways", ways, 'try {"the loop": lambda: normalise_all(names)}')
    took_s: Times = {name: [] for name in ways}
    for _, name, _ in take_turns(ways, rounds):
        if max(took_s[name], default=0.0) <= _SLOW_S:
            began_s = now()
            ways[name]()
            took_s[name].append(now() - began_s)
    return took_s
