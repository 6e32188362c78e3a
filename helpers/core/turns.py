"""The one loop under every measurement that compares several ways: they take turns.

A machine changes its speed while it is measured. So nothing is timed ten times in a row: in each
round every way has its turn, and each round begins with another way, so that a change within a
round does not always meet the same one. Under a quota of CPU time each turn first waits until the
quota is whole again, so that none pays for what the one before it used.
"""

import math
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from ..errors import Stopped
from . import allowed
from .worker import now

#: Whether this process measures only quickly. The tests run every notebook in this way, because
#: they ask only whether a cell raises; a reader never sets it.
QUICK = os.environ.get("GIL_LAB_QUICK") == "1"


def quick_rounds(asked: float) -> float:
    """Return how many rounds are made: in a quick run one, where a number was asked for."""
    return 1 if QUICK and asked < math.inf else asked


def quick_seconds(asked: float | None) -> float | None:
    """Return how long a measurement may take, in seconds: in a quick run a quarter."""
    return asked / 4 if QUICK and asked is not None else asked


class Stop(Protocol):
    """What says that a measurement is to end, such as a ``threading.Event``."""

    def is_set(self) -> bool:
        """Return whether it is to end."""


class Turn(NamedTuple):
    """Whose turn it is: ``round`` counts from 1, 0 is a warm-up; ``ends_round`` in the last."""

    round: int
    way: Any
    ends_round: bool


def take_turns(
    ways: Iterable[Any],
    rounds: float = math.inf,
    *,
    budget_s: float | None = None,
    least: int = 1,
    warm_up_s: float | None = None,
    stop: Stop | None = None,
) -> Iterator[Turn]:
    """Yield a ``Turn`` for each try of each way; what is done with it is timed by whoever asks.

    Args:
        ways: what takes turns, whatever it is. The first round has their order, and each later
            one begins with the next of them.
        rounds: how often each way has its turn.
        budget_s: no round is begun that would probably end after so many seconds.
        least: so many rounds are made however long they take.
        warm_up_s: rounds of number 0 come first until so many seconds have passed, and one at
            least; none at all when None.
        stop: once it is set, Stopped is raised before the next try.
    """
    ways, rounds = list(ways), quick_rounds(rounds)
    budget_s, warm_up_s = quick_seconds(budget_s), quick_seconds(warm_up_s)
    began_s = now()
    number = 1 if warm_up_s is None else 0
    while number <= rounds:
        round_began_s = now()
        first = max(0, number - 1) % len(ways)
        for place, way in enumerate(ways[first:] + ways[:first], 1):
            allowed.rest(stop)
            check_stop(stop)
            yield Turn(number, way, place == len(ways))
        ended_s = now()
        if number == 0 and warm_up_s is not None and ended_s - began_s < warm_up_s:
            continue
        soon_s = ended_s - began_s + (ended_s - round_began_s)
        if number >= least and budget_s is not None and soon_s > budget_s:
            return
        number += 1


def is_set(stop: Stop | None) -> bool:
    """Return whether ``stop``, a ``threading.Event`` or None, is set."""
    return stop is not None and stop.is_set()


def check_stop(stop: Stop | None) -> None:
    """Raise Stopped when ``stop`` is set."""
    if is_set(stop):
        raise Stopped("stopped; nothing is left running")


def calls_for(try_s: float, seconds_of: Callable[[int], float]) -> int:
    """Return how many calls fill a try of ``try_s`` seconds: 1 where one takes longer.

    ``seconds_of`` makes so many calls and returns the seconds they took. A single call says
    nothing where it is short: what comes around it, such as handing it to a thread, takes longer
    than itself. So the number is doubled until that no longer counts, and of two tries the shorter
    one counts, because a neighbour on the machine may stop either.
    """
    n_calls = 1
    while True:
        took_s = min(seconds_of(n_calls) for _ in range(2))
        if took_s >= try_s / 2:
            return max(1, round(n_calls * try_s / took_s))
        n_calls *= 2
