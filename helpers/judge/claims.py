"""What the notebooks teach, as claims that a measurement can show, deny, or be excused from.

A room lists its claims in ``findings.py``, each a function of the results that it is judged by:

    @claim("01.loops-take-turns", "Two threads that run Python loops take turns.")
    def _loops(recording: "Timeline") -> Outcome:
        share = recording.overlap_share
        figure = f"both were seen running in {share:.0%} of the time"
        return Outcome(share < 0.2, figure, excuses=(no_gil(), one_cpu(), crowded(recording)))

An excuse is the measured reason why this machine, or this Python, cannot show it: words to stand
behind "because", and None where it does not apply.
"""

import math
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from ..core import allowed, machine
from ..core.machine import ONE_CPU, QUIET, TWO_CORES, Capacity
from ..core.runs import Result, quartiles
from ..units import cpus, per_cent
from .facts import ALL_CORES, FEW_ROUNDS, SCATTER, SMALL


@dataclass(frozen=True)
class Outcome:
    """What a claim's rule says of some results.

    ``figure`` is what was measured, as a clause: "two threads took 1.02 times as long". It stands
    behind "Here" or becomes a sentence. ``excuses`` are reasons why this machine cannot show
    the claim, None for each that does not apply; they count only where it does not hold.
    ``recorded`` is what a recording from another machine shows, a clause as well. ``lacks`` is what
    this machine lacks that the claim needs, such as a second CPU: then nothing shows it here, not
    even a figure that looks so, which a quota allows for an instant.
    """

    holds: bool
    figure: str
    excuses: tuple[str | None, ...] = ()
    recorded: str = ""
    lacks: str | None = None

    @property
    def state(self) -> str:
        """Either "shown", "not shown" or "contradicted"."""
        if self.holds and not self.lacks:
            return "shown"
        return "not shown" if self.reason else "contradicted"

    @property
    def reason(self) -> str:
        """Why this machine cannot show it; "" where nothing was measured that excuses it."""
        if self.holds and self.lacks:
            return f"chance or a short burst made it so: {self.lacks}"
        return ", and ".join(dict.fromkeys(filter(None, (self.lacks, *self.excuses))))


Rule = Callable[..., Outcome]


@dataclass(frozen=True)
class Claim:
    """One statement of a notebook, and the rule by which results are judged.

    ``id`` is the notebook's number and a short name: "01.loops-take-turns".
    """

    id: str
    sentence: str
    rule: Rule


#: All claims of the rooms that are loaded, by id.
CLAIMS: dict[str, Claim] = {}


def claim(id: str, sentence: str) -> Callable[[Rule], Rule]:
    """Return a decorator that makes a function the rule of a claim, by its id.

    The function takes the results that the notebook passes, and returns an ``Outcome``.
    """

    def made(rule: Rule) -> Rule:
        CLAIMS[id] = Claim(id, sentence, rule)
        return rule

    return made


# --- Excuses --------------------------------------------------------------------------


def no_gil() -> str | None:
    """Return that this Python has no GIL, or None."""
    return None if machine.gil_enabled() else "this Python runs without a GIL"


def one_cpu(n_needed: int = 2) -> str | None:
    """Return that fewer CPUs can be used here than the claim needs, or None."""
    usable = allowed.usable_cpus()
    if usable >= n_needed - (2 - ONE_CPU):
        return None
    if allowed.quota() is not None:
        return f"workers are stopped by the quota, which allows the time of {cpus(usable)}"
    return f"only {cpus(usable)} can be used" if usable != 1 else "only one CPU can be used"


def crowded(*results: Any, gain: float = 0.0) -> str | None:
    """Return that other programs, or a quota, took the CPUs during these measurements, or None.

    It is read from what results know: the machine's capacity, the share of a core that a thread
    got, how often a quota stopped them, and how far their rounds differ. Lists and
    dicts of results are looked into. Where they know nothing, the machine is asked how busy it is
    now, which takes about 0.1 seconds.

    ``gain`` is the speed-up that the claim asks of two workers: where they had fewer cores than it
    takes, other programs had a part of the second one.
    """
    looks = [look for result in results for look in _looks(result)]
    if not any(look.tells_load for look in looks):
        looks.append(_Look.of_capacity(machine.capacity(2, rounds=3)))
    if (share := max(look.stopped for look in looks)) > SMALL:
        return f"the quota stopped the measurement in {per_cent(share)} of its periods"
    usable = allowed.usable_cpus()
    core, cores = min(look.core for look in looks), min(look.cores for look in looks)
    if core < QUIET * min(1.0, usable):
        got = f"a thread that never waits got {per_cent(core)} of a CPU"
        return f"other programs took the CPUs during the measurement: {got}"
    if usable >= ONE_CPU and cores < max(TWO_CORES, gain / ALL_CORES):
        got = f"two threads got the time of {cores:.1f} CPUs"
        return f"other programs took the CPUs during the measurement: {got}"
    low, high = max((look.rounds for look in looks), key=lambda rounds: rounds[1] / rounds[0])
    if high > (1 + SCATTER) * low:
        return f"the rounds differ by {per_cent(high / low - 1)}, as beside other programs"
    return None


def preempted(*results: Any) -> str | None:
    """Return that two processes were stopped while they computed, or None.

    Each has a GIL of its own, so only other programs can stop it. ``results`` are of the class
    ``Result``, or dicts of such.
    """
    of_each = [list(one.values()) if isinstance(one, Mapping) else [one] for one in results]
    shares = []
    for result in chain.from_iterable(of_each):
        runs = [run for run in result.timed_runs if (run.kind, run.n_workers) == ("processes", 2)]
        got = [run.cpu_s / sum(span.duration_s for span in run.spans) for run in runs if run.spans]
        shares += [statistics.median(got)] if got else []
    if not shares or (share := min(shares)) > QUIET:
        return None
    return (
        f"other programs took the CPUs: each process got {per_cent(share)} of a CPU while it "
        "computed"
    )


def slowed_loop(result: Any) -> str | None:
    """Return that the plain loop of a job that computes was kept from its core, or None.

    Several threads are then faster only because the system more often finds a free core for one
    of them. ``result`` is a ``Result``.
    """
    got = [run.cores_used for run in result.timed_runs if run.kind == "serial"]
    return slowed("the plain loop", statistics.median(got)) if got else None


def slowed(who: str, share: float) -> str | None:
    """Return that ``who`` never waits, and yet got only this share of a core, or None."""
    if share >= QUIET * min(1.0, allowed.usable_cpus()):
        return None
    return f"other programs took the CPUs: {who} got {per_cent(share)} of a CPU"


def before(major: int, minor: int) -> str | None:
    """Return that this Python is older than that version, or None."""
    here = sys.version_info
    is_older = here[:2] < (major, minor)
    return f"this is Python {here[0]}.{here[1]}, older than {major}.{minor}" if is_older else None


def since(major: int, minor: int) -> str | None:
    """Return that this Python is of that version or a newer one, or None."""
    here = sys.version_info
    if here[:2] < (major, minor):
        return None
    return f"this is Python {here[0]}.{here[1]}, and that changed in {major}.{minor}"


@dataclass(frozen=True)
class _Look:
    """What one result knows of the CPUs: for one thread, for two, and what a quota stopped.

    ``rounds`` is from where to where rates, or the speed-ups of two workers, went in the middle
    half of the rounds, or in all of them where these are few.
    """

    core: float = math.inf
    cores: float = math.inf
    stopped: float = 0.0
    rounds: tuple[float, float] = (1.0, 1.0)

    @classmethod
    def of_capacity(cls, capacity: Capacity) -> "_Look":
        cores = capacity.at(2) if capacity.n_threads[-1] > 1 else math.inf
        return cls(capacity.core_share, cores)

    @property
    def tells_load(self) -> bool:
        return self.core < math.inf


def _looks(result: Any) -> Iterator[_Look]:
    """Yield what a result of the lab knows, and what those inside it know."""
    if isinstance(result, Mapping):
        result = tuple(result.values())
    if isinstance(result, list | tuple):
        for one in result:
            yield from _looks(one)
        return
    capacity = getattr(result, "capacity", None)
    if isinstance(capacity, Capacity):
        yield _Look.of_capacity(capacity)
    elif shares := getattr(result, "core_shares", None):  # SideBySide
        yield _Look(statistics.median(shares), float(capacity or math.inf))
    runs = getattr(result, "timed_runs", ()) or (result,)
    stopped = [getattr(run, "stopped_share", None) or 0.0 for run in runs]
    yield _Look(stopped=statistics.median(stopped))
    for rates in filter(None, _rates(result)):
        few = len(rates) < FEW_ROUNDS
        yield _Look(rounds=(min(rates), max(rates)) if few else quartiles(rates))


def _rates(result):
    """Return what each round of a result came to: a list for each of its ways."""
    if isinstance(result, Result):
        return [point.speed_ups for point in result.points() if point.n_workers == 2]
    return [getattr(result, name, ()) for name in ("speed_ups", "rates_per_s", "ratios")]
