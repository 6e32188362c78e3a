"""The same races in one Python after another: each is a process of its own, or a recording."""

import dataclasses
import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core import machine
from ..core.store import RECORDINGS, load_as, most_cores, save
from ..core.typed import built
from ..errors import LabError
from ..pythons import find as pythons
from ..pythons.find import Python
from ..pythons.stamp import Sourced, said_by, stamp
from . import bank
from .losses import Ledger

RACES = RECORDINGS / "races"  # one Python each: python -m helpers author races
_LIMIT_S = 60.0  # for another Python to answer


@dataclass(frozen=True)
class Races(Sourced):
    """What went wrong in one Python when four threads shared something.

    ``wrong`` has how many of the ``n_steps`` steps of all threads were wrong in each round, by the
    step's name; "plain" and "rounded" are the two accounts. ``made`` is a UTC time in ISO 8601.
    ``capacity`` is what the machine gave to two threads right after, where there was no GIL.
    """

    era: str
    python: str
    gil: bool
    cpu: str
    usable_cpus: float
    made: str
    n_steps: int
    wrong: dict[str, tuple[int, ...]]
    recorded: bool = False
    capacity: machine.Capacity | None = None

    def ledger(self, step: str) -> Ledger:
        """Return one step's ``Ledger``."""
        return Ledger(self.n_steps, self.wrong[step], self.gil)

    @property
    def name(self) -> str:
        """A name for a chart's row."""
        return f"{self.era}{', recorded' * self.recorded}"


def race(python: str) -> Races:
    """Return the ``Races`` of one Python, by the path of its program.

    Raises:
        LabError: that Python could not be started, or did not give an answer.
    """
    found = pythons.ask(python)
    if found.problem:
        raise LabError(f"another Python must run the bank, and {found.problem}: look at its path")
    try:
        said = said_by(found, [str(Path(bank.__file__))], limit_s=_LIMIT_S)
    except LabError as error:
        raise LabError(
            f"another Python must run the bank, and {error}: leave it out of {pythons.VARIABLE}"
        ) from error
    known = stamp(found)
    known["python"] += " free-threaded" * found.free_threaded
    known |= json.loads(said)
    if not known["gil"]:  # its threads lose nothing where they have one core
        known["capacity"] = dataclasses.asdict(machine.capacity(2, rounds=2))
    return built(Races, known, found.name)


def this_and_others() -> list[Python]:
    """Return this Python, and one other CPython of each version that is found here."""
    free = machine.free_threaded_build()
    here = pythons.ask(sys.executable, "this one")
    era = pythons.era("CPython", platform.python_version(), free)
    others = pythons.one_of_each(pythons.find_pythons())
    return [here, *(p for p in others if p.implementation == "CPython" and p.era != era)]


def load_races() -> list[Races]:
    """Return the ``Races`` that the authors recorded, by version."""
    found = (load_as(Races, path) for path in sorted(RACES.glob("*.json")))
    best = most_cores(found, lambda races: races.era)
    return sorted(best, key=lambda races: races.era.replace("t", ".t"))


def record() -> Iterator[Path]:
    """Measure each Python of this computer, save it as a recording, and yield its Path."""
    for python in this_and_others():
        races = dataclasses.replace(race(python.path), recorded=True)
        yield save(races, RACES / f"{races.era}.json")


def everywhere() -> Iterator[list[Races]]:
    """Yield the ``Races`` so far: this Python's, those found here, and the recorded others."""
    recorded = load_races()
    found: list[Races] = []
    for python in this_and_others():
        try:
            found.append(race(python.path))
        except LabError:
            if not found:  # this very Python
                raise
        eras = {races.era for races in found}
        yield found + [races for races in recorded if races.era not in eras]
