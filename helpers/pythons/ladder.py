"""The sharing ladder: what threads share, and what holds them up, in one Python after another."""

import dataclasses
import json
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core import machine
from ..core.machine import Capacity
from ..core.store import RECORDINGS, load_as, most_cores
from ..core.typed import built
from ..errors import LabError
from . import find, rungs
from .find import Python
from .stamp import said_by, stamp

LADDERS = RECORDINGS / "ladders"  # one Python each: python -m helpers author eras --record
_AS_GOOD = 0.8  # of what threads get that share nothing: so near, nothing holds them up
_HELD_UP_BY = {
    "nothing": "the machine",
    "an immutable text": "its reference count",
    "a lock each": "the machine",
    "one dict, read": "reference count of its value",
    "one dict, written": "the lock of the dict",
    "one counter": "the lock of the object",
}


@dataclass(frozen=True)
class Ladder:
    """How fast two threads are in one Python when they share nothing, and when they share more.

    ``pairs_s`` has, by the name of what is shared, a pair for each round: the seconds of one thread
    and those of ``n_threads``, each of which does as many steps. ``gil`` is whether the GIL was on;
    ``made`` is a UTC time in ISO 8601.
    """

    era: str
    python: str
    gil: bool
    cpu: str
    usable_cpus: float
    made: str
    capacity: Capacity
    n_threads: int
    pairs_s: dict[str, tuple[tuple[float, float], ...]]
    recorded: bool = False

    @property
    def name(self) -> str:
        """A name for a chart, such as "3.13t, recorded"."""
        return f"{self.era}{', recorded' * self.recorded}"

    def gain(self, rung: str) -> float:
        """Return how many times the work of one thread all of them get done: the median."""
        return statistics.median(self.gains(rung))

    def gains(self, rung: str) -> tuple[float, ...]:
        """Return it for each pair, shape (pairs,)."""
        return tuple(self.n_threads * one / all_ for one, all_ in self.pairs_s[rung])

    def held_up_by(self, rung: str) -> str:
        """Return what holds the threads up, "" where they are as fast as with nothing shared."""
        if self.gil:
            return "the GIL"
        alone = min(self.gain("nothing"), float(self.n_threads))
        if rung == "nothing" or self.gain(rung) > _AS_GOOD * alone:
            return ""
        return _HELD_UP_BY[rung]


def climb(python: Python, budget_s: float = 3.0) -> Ladder:
    """Return the ``Ladder`` of one Python, measured in about ``budget_s`` seconds.

    Raises:
        LabError: that Python cannot do it; the line names it.
    """
    here = machine.capacity(rungs.N_THREADS)
    said = json.loads(said_by(python, [str(Path(rungs.__file__)), str(budget_s)]))
    # What two threads could get done at most, in between the rungs: hashing needs no GIL.
    can = tuple(rungs.N_THREADS * one / all_ for one, all_ in said.pop("hashing_s"))
    capacity = Capacity((1, rungs.N_THREADS), ((1.0,) * len(can), can), here.core_shares)
    known = stamp(python) | {"capacity": dataclasses.asdict(capacity)} | said
    return built(Ladder, known, python.name)


def load_ladders() -> list[Ladder]:
    """Return the ``Ladder`` of each Python that the authors recorded."""
    found = (load_as(Ladder, path) for path in sorted(LADDERS.glob("*.json")))
    return most_cores(found, lambda ladder: ladder.era)


def climb_all(found: Iterable[Python], budget_s: float = 6.0) -> Iterator[list[Ladder]]:
    """Yield the ladders so far: this Python's, and those of the Pythons without a GIL.

    Where none of these can do it, the recorded ones are there.

    Raises:
        LabError: this very Python cannot do it.
    """
    free = [p for p in find.one_of_each(found) if p.free_threaded]
    here = find.this_one()
    chosen = [here, *(p for p in free if p.era != here.era)]
    recorded, ladders = load_ladders(), []
    for python in chosen:
        try:
            ladders.append(climb(python, budget_s / len(chosen)))
        except LabError:
            if not ladders:
                raise
        yield ladders
    if all(ladder.gil for ladder in ladders):
        yield ladders + recorded
