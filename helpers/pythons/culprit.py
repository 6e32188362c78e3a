"""What two threads of a function share that holds them up, where there is no GIL."""

import json
import pickle
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..core.job import name_of
from ..core.machine import Capacity
from ..core.store import RECORDINGS, load_as, most_cores
from ..core.typed import built
from ..errors import LabError, one_line
from ..units import counted, per_cent
from . import find, one_at_a_time
from .find import Python
from .one_at_a_time import ALONE, AS_IS, OWN, is_held_up, noise_of, times_as_long
from .send import folders_for, packed_for
from .stamp import Sourced, said_by, stamp

CULPRITS = RECORDINGS / "culprits"  # one Python each: python -m helpers author eras --record
NONE_FOUND = (
    "No Python without the GIL was found here: put python3.14t on the PATH "
    "(uv python install 3.14t), or name one in GIL_LAB_PYTHONS."
)
_CHECKOUT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from helpers.pythons import one_at_a_time"
_SPARE_S = 60.0  # beyond the budget, for rounds that must be made
Times = dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class Named:
    """An object as a reader writes it, and its type."""

    shown: str
    what: str

    def __str__(self):
        return f"`{self.shown}` ({self.what})"


@dataclass(frozen=True)
class Tried(Named):
    """One that was all that two threads shared, with the seconds of each round, and of without."""

    own_s: tuple[float, ...] = ()
    shared_s: tuple[float, ...] = ()

    @property
    def times(self) -> float:
        """How many times as long the threads took as with nothing shared."""
        return times_as_long(self.shared_s, self.own_s)


@dataclass(frozen=True, repr=False)
class Contention(Sourced):
    """What holds two threads of a function up in a Python without the GIL, if anything does.

    ``times_s`` has, by the name of the way, the seconds of each round: one thread with all the
    work, two as the program is, and two with copies of their own. ``tried`` is what was shared one
    at a time, ``culprits`` those that hold the threads up, ``apart_s`` the seconds with copies of
    these alone. ``kept`` are the types of what cannot be copied. ``problem`` is one line on why
    nothing was measured, else "".
    """

    function: str
    era: str = ""
    python: str = ""
    cpu: str = ""
    usable_cpus: float = 0.0
    made: str = ""
    gil: bool = False
    capacity: Capacity | None = None
    times_s: Times = field(default_factory=dict)
    tried: tuple[Tried, ...] = ()
    n_left: int = 0
    culprits: tuple[Named, ...] = ()
    apart_s: Times = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    turned_on: tuple[str, ...] = ()
    recorded: bool = False
    problem: str = ""
    _build = " free-threaded"

    def gain(self, way: str = AS_IS.name) -> float:
        """Return how many times as fast as one thread two are: "as it is", "own" or "apart"."""
        times_s = self.apart_s if way == "apart" else self.times_s
        return times_as_long(times_s[ALONE.name], times_s[way])

    @property
    def noise(self) -> float:
        """By how many times the same differed from itself: what differs by less is none."""
        return noise_of(self.times_s)

    @property
    def is_held_up(self) -> bool:
        """Whether two threads are clearly faster with copies of everything."""
        return is_held_up(self.times_s[AS_IS.name], self.times_s[OWN.name], self.noise)

    @property
    def lines(self) -> list[str]:
        """What was found, in sentences."""
        return [self.problem] if self.problem else list(_told(self))

    def __repr__(self) -> str:
        return self.lines[0]


def measure(
    python: Python, func: Callable[..., Any], items: Sequence[Any] | None, budget_s: float
) -> Contention:
    """Return the ``Contention`` of a function of the reader's in a free-threaded Python.

    Raises:
        LabError: it cannot be sent there, or that Python cannot do it; the line names it.
    """
    name = name_of(func)
    call = packed_for(python, (func, items), name)
    asked = {"call": call, "folders": folders_for(python), "budget_s": budget_s}
    with tempfile.TemporaryDirectory(prefix="gil-lab-", ignore_cleanup_errors=True) as folder:
        Path(folder, one_at_a_time.ASKED).write_bytes(pickle.dumps(asked, 4))
        command = ["-c", f"{_START}; one_at_a_time.main(sys.argv[2])", str(_CHECKOUT), folder]
        said_by(python, command, limit_s=3 * budget_s + _SPARE_S)
        said = json.loads(Path(folder, one_at_a_time.TOLD).read_text("utf-8"))
    if error := said.pop("error", None):
        raise LabError(f"{python.name} ({python.path}) cannot do it: {one_line(error, 240)}")
    known = stamp(python) | {"function": name} | said
    return _with_problem(built(Contention, known, python.name))


def newest_free(found: list[Python]) -> Python | None:
    """Return the newest usable ``Python`` without a GIL, this one rather than its like; or None."""
    free = [python for python in find.one_of_each(found) if python.free_threaded]
    return max(free, key=lambda python: python.numbers, default=None)


def load_culprits() -> list[Contention]:
    """Return the ``Contention`` of notebook 09's example in each Python that the authors had."""
    found = (load_as(Contention, path) for path in sorted(CULPRITS.glob("*.json")))
    return most_cores(found, lambda one: one.era)


# --- Words


def _with_problem(found: Contention) -> Contention:
    if found.times_s or found.capacity is None:
        return found
    if found.gil:
        by = f": importing {found.turned_on[0]} switched it on" if found.turned_on else ""
        why = f"The GIL is on in {found.source}{by}, so threads take turns there."
        return replace(found, problem=why)
    got = f"two threads got the time of {found.capacity.at(2):.1f} CPUs"
    share = f"and each {per_cent(found.capacity.core_share)} of one"
    why = f"No second core was free ({got}, {share})"
    return replace(found, problem=f"{why}, so nothing was measured: try again on a quiet machine.")


def _told(found):
    threads = f"two threads of {found.function} up: {found.gain():.2f} times as fast as one"
    own = f"with copies of all that they reach {found.gain(OWN.name):.2f} times"
    if not found.is_held_up:
        yield f"Nothing that they share holds {threads}, and {own}."
    elif found.culprits:
        names = " and ".join(map(str, found.culprits))
        verb = "hold" if len(found.culprits) > 1 else "holds"
        apart = f"with one for each thread {found.gain('apart'):.2f} times"
        yield f"{names} {verb} {threads}, and {apart}."
    else:
        yield f"No object alone holds {threads}, and {own}."
    yield f"Measured on {found.source}."
    if found.tried:
        yield from _shared_alone(found)
    if found.kept:
        kept = ", ".join(dict.fromkeys(found.kept))
        yield f"Not copied, and so shared by all: {kept}."
    if found.n_left:
        yield f"Not tried: {counted(found.n_left, 'more object')}."


def _shared_alone(found):
    """Tell what each object costs when it is all that threads share, and what is noise."""
    told, quiet = [], []
    for one in found.tried:
        if is_held_up(one.shared_s, one.own_s, found.noise):
            told.append(f"`{one.shown}` {one.times:.1f} times")
        else:
            quiet.append(f"`{one.shown}`")
    if told:
        yield f"Shared alone, they make the threads take longer: {', '.join(told)}."
    if quiet:
        yield f"Within the noise: {', '.join(quiet)}."
