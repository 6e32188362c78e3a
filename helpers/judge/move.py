"""Whether a job is worth another Python: the one place where that is decided.

1. What cannot be told on a busy machine stays where it is; with one free core only plain loops are
   compared, unless the job waits.
2. Another Python has to be worth it: a tenth faster than the way that was chosen here, and a
   quarter where the rounds are not sure.
3. Of all within a tenth of the fastest the simplest kind wins, then the most usual Python.
"""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..kind import kind as kind_of
from . import facts as limits
from .choose import Way
from .facts import Facts


@dataclass(frozen=True)
class Offer:
    """One way in another Python.

    ``speed_ups``, shape (rounds,), are times the speed of the plain loop of this Python. Of two
    Pythons the one of less ``oddity`` is the more usual. ``facts`` are those of the runs there.
    """

    python: str
    way: Way
    speed_ups: tuple[float, ...]
    facts: Facts = field(repr=False)
    oddity: int = 0

    @property
    def speed_up(self) -> float:
        """The median of ``speed_ups``."""
        return statistics.median(self.speed_ups)


def can_compare(here: Facts) -> bool:
    """Return whether it can be told at all whether another Python is faster."""
    too_short = here.total_s is not None and here.total_s < limits.LONG_ENOUGH_S
    return not here.cannot_tell and not too_short


def comparable(offers: Iterable[Offer], here: Facts) -> list[Offer]:
    """Return the offers whose figures say something on this machine."""
    if not can_compare(here):
        return []
    return [
        offer
        for offer in offers
        if not offer.facts.cannot_tell
        and (offer.way.kind == "serial" or not (here.has_one_core or offer.facts.has_one_core))
    ]


def choose_python(best_here: float, offers: Iterable[Offer], here: Facts) -> Offer | None:
    """Return the ``Offer`` to take, or None to stay; ``best_here`` is the speed-up chosen here."""
    worth_it = [
        offer
        for offer in comparable(offers, here)
        if offer.facts.is_worth_it([one / best_here for one in offer.speed_ups])
    ]
    if not worth_it:
        return None
    best = max(offer.speed_up for offer in worth_it)
    as_good = [offer for offer in worth_it if offer.speed_up >= best * (1 - limits.CLOSE)]
    return min(as_good, key=_rank)


def _rank(offer):
    way = offer.way
    return kind_of(way.kind).simplicity, way.n_workers, offer.oddity, -offer.speed_up
