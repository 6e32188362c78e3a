"""Several ways of doing one job, timed in turns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..core.turns import take_turns
from ..core.worker import core_share, now
from ..errors import check_functions

_SLOW_S = 1.0


@dataclass(frozen=True)
class Times:
    """The seconds of each way's tries, by its name: ``times["the loop"]`` is a list.

    ``core_shares`` is how much of a core the first way got at each of its tries. It is a plain
    loop that never waits, so what is missing to 1 was taken by other programs.
    """

    took_s: dict[str, list[float]]
    core_shares: tuple[float, ...] = ()

    def __getitem__(self, name: str) -> list[float]:
        """Return the seconds of one way's tries."""
        return self.took_s[name]


def time_in_turns(ways: dict[str, Callable[[], Any]], *, rounds: int = 5) -> Times:
    """Return the seconds that each way took, as ``Times``. The first is the plain loop.

    The ways take turns, so that a change of the machine's speed meets them all. One that takes
    longer than a second is timed once.

    Args:
        ways: functions that take nothing, by a name for the reader.
        rounds: how often each has its turn.

    Raises:
        LabError: there is no way, or one of them cannot be called.

    >>> len(time_in_turns({"the sum": lambda: sum(range(10))}, rounds=1)["the sum"])
    1
    """
    check_functions("ways", ways, 'try {"the loop": lambda: normalise_all(names)}')
    took_s: dict[str, list[float]] = {name: [] for name in ways}
    shares = []
    for _, name, _ in take_turns(ways, rounds):
        if max(took_s[name], default=0.0) <= _SLOW_S:
            began_s = now()
            share = core_share(ways[name])
            took_s[name].append(now() - began_s)
            if name == next(iter(ways)):
                shares.append(share)
    return Times(took_s, tuple(shares))
