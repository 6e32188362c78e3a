"""What was measured of somebody's own function: the data that a verdict follows from."""

import statistics
from dataclasses import dataclass, field, replace

from ..core.machine import Capacity, Machine
from ..core.runs import Result, Run
from ..judge.choose import SERIAL, Way
from ..judge.facts import Facts
from ..lock.reading import MeterReading
from ..processes.copying import Copying
from ..pythons.find import Python
from .spelling import Spelling

_CLOCK_S = 20e-6  # to ask the clocks takes as long as a shorter call, and it cannot wait


@dataclass(frozen=True)
class Evidence:
    """What was measured of a function so far; times are in seconds.

    ``n_items`` is None for a function that is called without items, again and again.
    ``item_s`` and ``item_cpu_s`` are the wall and CPU times of calls made one by one,
    shape (calls,), without the first, which took ``first_s``. ``gave_way`` is the share of the
    switches to other threads that the calls made themselves, since they had to wait; the system
    made the others; None where it does not count them by thread. The runs in ``result``, with
    ``n_workers`` workers, do ``n_sample`` items; the whole job takes ``scale`` times as long.
    ``starts_s`` has the seconds of each start of a pool by kind, what workers import included;
    ``refused`` a reason by kind, ``too_slow`` why a kind could not be tried in time, ``too_large``
    which further runs the memory did not suffice for. ``capacity`` is what the machine gave
    meanwhile. ``changed`` names what the function changes outside itself, ``filled`` what it fills
    as a cache, and ``not_compared`` what is too large to tell; ``unsteady`` says how its answers
    differ when it is called again serially, ``chance`` names what makes them differ, such as
    "random", and ``incomparable`` what cannot be compared. ``answers`` are "none", "numbers" or
    "other". ``carried`` is the largest thing that the function takes along to a process.
    ``spelling`` is how code writes the function. ``others`` are other Pythons, None where nobody
    asked for them; ``not_sent`` says why the function cannot travel there. ``doing`` and ``share``
    are for a progress bar.
    """

    name: str
    n_items: int | None
    n_workers: int
    budget_s: float
    kinds: tuple[str, ...]
    machine: Machine
    spent_s: float = 0.0
    first_s: float | None = None
    item_s: tuple[float, ...] = field(default=(), repr=False)
    item_cpu_s: tuple[float, ...] = field(default=(), repr=False)
    gave_way: float | None = None
    n_sample: int = 0
    scale: float = 1.0
    capacity: Capacity | None = None
    result: Result | None = field(default=None, repr=False)
    starts_s: dict[str, tuple[float, ...]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    too_slow: dict[str, str] = field(default_factory=dict)
    copied: Copying | None = None
    carried: str = ""
    reading: MeterReading | None = field(default=None, repr=False)
    changed: str | None = None
    filled: str | None = None
    not_compared: str | None = None
    unsteady: str | None = None
    chance: str | None = None
    incomparable: str | None = None
    too_large: str | None = None
    answers: str = "other"
    numbers_in: bool = False
    spelling: Spelling | None = field(default=None, repr=False)
    others: "tuple[There, ...] | None" = field(default=None, repr=False)
    not_sent: str | None = None
    doing: str = "begin"
    share: float = 0.0

    @property
    def call_s(self) -> float | None:
        """The mean seconds of one call, one by one or in the serial runs; None before the first."""
        if self.first_s is None:
            return None
        runs = self.serial_runs
        if runs:
            return statistics.median(run.wall_s for run in runs) / self.n_sample
        times_s = self.item_s or (self.first_s,)
        return statistics.fmean(times_s)

    @property
    def serial_runs(self) -> list[Run]:
        """The timed serial runs, a list."""
        runs = self.result.timed_runs if self.result is not None else ()
        return [run for run in runs if run.kind == "serial"]

    @property
    def busy_share(self) -> float:
        """How many cores one call after the other keeps busy, on average."""
        runs = self.serial_runs
        if runs:
            return statistics.median(run.cores_used for run in runs)
        wall_s = sum(self.item_s)
        is_timed = wall_s > _CLOCK_S * len(self.item_s)
        return sum(self.item_cpu_s) / wall_s if is_timed else 1.0

    @property
    def total_s(self) -> float | None:
        """The serial seconds of the whole job; None where it has no end, or did not begin."""
        call_s = self.call_s
        if self.n_items is None or call_s is None:
            return None
        runs = self.serial_runs
        if runs:
            return self.scale * statistics.median(run.wall_s for run in runs)
        return self.n_items * call_s

    @property
    def keeps_answers(self) -> bool:
        """Whether later calls took so much less than the first ones that answers must be kept."""
        if not self.serial_runs or len(self.item_s) < 2:
            return False
        first_s = statistics.fmean(self.item_s)
        return first_s > max(_CLOCK_S, 5 * (self.call_s or 0.0))

    @property
    def copying_share(self) -> float | None:
        """Seconds of copying, in all processes, for each serial second of the job; or None."""
        if self.copied is None or not self.call_s:
            return None
        copied_s = self.copied.out_s + self.copied.back_s
        return self.carrying_share + copied_s / (self.copied.n_items * self.call_s)

    @property
    def n_messages(self) -> int:
        """In how many parts a pool is sent the job, a few for each worker."""
        return min(self.n_items or self.n_sample, 8 * self.n_workers)

    @property
    def carrying_share(self) -> float:
        """Seconds of copying the function itself for each serial second of the job."""
        if self.copied is None or not self.call_s:
            return 0.0
        total_s = (self.n_items or self.n_sample) * self.call_s
        return self.n_messages * self.copied.function_s / total_s if total_s else 0.0

    @property
    def bytes_per_item(self) -> tuple[float, float] | tuple[None, None]:
        """How much is sent for an item and comes back, in bytes; None where not measured."""
        if self.copied is None:
            return None, None
        n = self.copied.n_items
        return self.copied.items_bytes / n, self.copied.results_bytes / n

    @property
    def slowest_s(self) -> float:
        """The seconds of the longest call, without what other programs made it longer; or 0.0."""
        if len(self.item_s) < 2 or self.keeps_answers:
            return 0.0
        waits = self.facts.waits
        return max(self.item_s if waits else map(min, self.item_s, self.item_cpu_s))

    @property
    def facts(self) -> Facts:
        """What follows from it for the judge."""
        held_share = None if self.reading is None else self.reading.held_share
        job = self.busy_share, self.n_workers, self.gave_way, held_share
        return Facts(self.machine, self.capacity, *job, total_s=self.total_s)

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every way that was tried or refused, the plain loop first."""
        is_measured = bool(self.serial_runs) and self.unsteady is None
        ways = [SERIAL if is_measured else Way("serial", 1)]
        for kind in self.kinds:
            refused = self.refused.get(kind)
            if self.unsteady is not None and refused is None:
                refused = "its answers differ from call to call"
            if refused is not None:
                ways.append(Way(kind, self.n_workers, refused=refused))
            else:
                ways += self._ways_in(kind)
        return tuple(ways)

    def _ways_in(self, kind):
        start_s = statistics.median(self.starts_s.get(kind) or (0.0,))
        points = self.result.points(kind) if self.result is not None else []
        return [
            Way(kind, point.n_workers, point.speed_ups, self._of_whole(point, start_s), start_s)
            for point in points
        ] or [Way(kind, self.n_workers, start_s=start_s)]

    def _of_whole(self, point, start_s):
        """Return the speed-ups of the whole job: the measured rate, and the start-up once."""
        rates = self.facts.believed(point.kind, point.n_workers, point.speed_ups)
        if self.n_items is None:
            return rates
        total_s = self.total_s
        # No worker is done before the longest call is.
        least_s = min(total_s, self.slowest_s)
        return tuple(
            min(rate, total_s / (start_s + max(total_s / rate, least_s))) for rate in rates
        )


@dataclass(frozen=True)
class There:
    """The function in another Python: what was measured there, or in one line why nothing was.

    ``evidence`` compares the ways there with the plain loop there; ``loops``, shape (rounds,), says
    how many times as fast as the plain loop of this Python that loop was in the same rounds.
    ``jit`` is whether its own compiler was switched on for this, ``has_idle_jit`` whether it has
    one that was off. ``turned_on`` names modules whose
    import turned the GIL of a free-threaded build on, ``unknown`` which answers could not be
    compared.
    """

    python: Python
    evidence: Evidence | None = field(default=None, repr=False)
    loops: tuple[float, ...] = ()
    jit: bool = False
    has_idle_jit: bool = False
    turned_on: tuple[str, ...] = ()
    unknown: str | None = None
    refused: str | None = None

    @property
    def name(self) -> str:
        """A name for readers, such as "3.13t" or "3.15 with its JIT"."""
        era = self.python.era if self.python.problem is None else self.python.path
        return f"{era} with its JIT" if self.jit else era


def whole(result: Result) -> Result:
    """Return a result as it counts: of long calls the warm-up is all there is."""
    if result.timed_runs:
        return result
    runs = tuple(replace(run, round=1) for run in result.runs)
    return replace(result, runs=runs if len(runs) > 1 else ())


def starts(before: dict[str, tuple[float, ...]], result: Result) -> dict[str, tuple[float, ...]]:
    """Return the starts of pools by kind; what a first run took longer is part of it."""
    starts_s = dict(before)
    for kind in result.kinds:
        warm_up = [run for run in result.runs if run.kind == kind and run.is_warm_up]
        timed = [run.wall_s for run in result.timed_runs if run.kind == kind]
        if kind != "serial" and warm_up and timed:
            longer_s = max(0.0, warm_up[0].wall_s - max(timed))
            starts_s[kind] = (*starts_s.get(kind, ()), warm_up[0].startup_s + longer_s)
    return starts_s
