"""What a scaling experiment measures: raw runs, and what is derived from them."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..errors import number, whole
from .machine import Capacity, Machine
from .spans import Span


@dataclass(frozen=True)
class Run:
    """One timed pass over all items of a job, by one kind of pool with one worker count.

    ``wall_s`` is from handing over the first sublist to holding the last result; the pool
    was started before, in ``startup_s``. ``cpu_s`` is the CPU time of the workers inside
    the sublists, ``other_cpu_s`` what the calling process used besides, and worker processes
    between two sublists: copying, mostly.
    ``spans`` has one entry for each sublist, in seconds from the run's beginning. Round 0
    is the warm-up. All times are in seconds. ``stopped_share`` is in how many of its periods a
    quota of CPU time stopped the run, 0 to 1; None without one, or where the system does not tell.
    """

    kind: str
    n_workers: int
    round: int
    n_items: int
    n_sublists: int
    startup_s: float
    wall_s: float
    cpu_s: float
    other_cpu_s: float
    spans: tuple[Span, ...] = field(repr=False, default=())
    stopped_share: float | None = None

    def __post_init__(self) -> None:
        number("wall_s", self.wall_s, 1e-9, remedy="measure it again")
        whole("n_workers", self.n_workers, remedy="measure it again")

    @property
    def is_warm_up(self) -> bool:
        """Whether this run only brought the workers up to speed."""
        return self.round == 0

    @property
    def workers(self) -> tuple[str, ...]:
        """The distinct workers that did the work, sorted by name."""
        return tuple(sorted({span.worker for span in self.spans}))

    @property
    def cores_used(self) -> float:
        """How many cores were kept busy on average, all CPU time included."""
        return (self.cpu_s + self.other_cpu_s) / self.wall_s


class _Sampled(Protocol):
    @property
    def speed_ups(self) -> tuple[float, ...]: ...


class SpeedUps:
    """What is said of ``speed_ups``, shape (rounds,), whatever has them."""

    @property
    def speed_up(self: _Sampled) -> float:
        """The median speed-up."""
        return statistics.median(self.speed_ups)

    @property
    def quartiles(self: _Sampled) -> tuple[float, float]:
        """The lower and the upper quartile of the speed-up."""
        return quartiles(self.speed_ups)


def quartiles(values: Iterable[float]) -> tuple[float, float]:
    """Return the lower and upper quartile of one number or more."""
    values = list(values)
    if len(values) == 1:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


@dataclass(frozen=True)
class Point(SpeedUps):
    """One point of a scaling curve.

    ``speed_ups`` has shape (rounds,): the serial time of a round over the time of this kind
    in the same round, T_serial / T_n. The other fields are medians over the rounds.
    ``cpu_ratio`` is NaN where the serial runs took less CPU time than the system's clock shows
    (Windows counts in steps of 16 ms). ``stopped_share`` is 0 where nobody told of a quota.
    """

    kind: str
    n_workers: int
    speed_ups: tuple[float, ...]
    wall_s: float
    cores_used: float
    cpu_ratio: float
    stopped_share: float = 0.0

    @property
    def efficiency(self) -> float:
        """Speed-up for each worker: 1 when every worker counts in full."""
        return self.speed_up / self.n_workers

    def __str__(self):
        low, high = self.quartiles
        return (
            f"{self.kind}, {self.n_workers} workers: {self.speed_up:.2f}x "
            f"(quartiles {low:.2f} to {high:.2f}), {self.wall_s:.3f} s"
        )


@dataclass(frozen=True)
class Result:
    """A job's runs on one machine, whole or as far as they got.

    ``made`` is the date and time in UTC, in ISO 8601. ``prediction`` maps a kind to the
    speed-up the reader expected with ``prediction_n_workers`` workers; it is empty when none
    was made. ``incomparable`` says which answers could not be compared with the serial ones.
    """

    job: str
    title: str
    made: str
    machine: Machine
    capacity: Capacity
    runs: tuple[Run, ...] = field(repr=False)
    prediction: dict[str, float] = field(default_factory=dict)
    prediction_n_workers: int = 2
    incomparable: str | None = None

    def save(self, path: str | Path | None = None) -> Path:
        """Write this to a JSON file, one in ``data/results`` when None, and return its Path.

        Raises:
            LabError: the folder cannot be written to.
        """
        from .store import save

        return save(self, path)

    @property
    def timed_runs(self) -> tuple[Run, ...]:
        """The runs that count: all but the warm-up."""
        return tuple(run for run in self.runs if not run.is_warm_up)

    @property
    def is_busy(self) -> bool:
        """Whether other programs kept the machine busy meanwhile."""
        return self.capacity.is_busy(self.machine.usable_cpus)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of pool in the order in which they first ran, serial first."""
        return tuple(dict.fromkeys(run.kind for run in self.runs))

    @property
    def serial_s(self) -> float | None:
        """The median serial time in seconds, None when no serial run is in yet."""
        times = [run.wall_s for run in self.timed_runs if run.kind == "serial"]
        return statistics.median(times) if times else None

    def points(self, kind: str | None = None) -> list[Point]:
        """Return the ``Point`` of each worker count of one kind, or of all kinds."""
        serial = {run.round: run for run in self.timed_runs if run.kind == "serial"}
        place = self.kinds.index
        groups: dict[tuple[int, int], list[Run]] = {}
        for run in self.timed_runs:
            if run.round in serial and kind in (None, run.kind):
                groups.setdefault((place(run.kind), run.n_workers), []).append(run)
        return [_point(groups[key], serial) for key in sorted(groups)]

    def point(self, kind: str, n_workers: int) -> Point | None:
        """Return one ``Point``, or None when it was not measured."""
        return next((p for p in self.points(kind) if p.n_workers == n_workers), None)

    def startup_s(self, kind: str, n_workers: int) -> float | None:
        """Return the seconds it took until all workers of that pool were there, or None."""
        pool = kind, n_workers
        return next((run.startup_s for run in self.runs if (run.kind, run.n_workers) == pool), None)

    def __str__(self):
        lines = [f"{self.title}: {len(self.timed_runs)} runs on {self.machine}"]
        return "\n  ".join([*lines, *map(str, self.points())])


def _point(runs, serial):
    def cpu(run):
        return run.cpu_s + run.other_cpu_s

    ratios = [cpu(run) / cpu(serial[run.round]) for run in runs if cpu(serial[run.round]) > 0]
    return Point(
        kind=runs[0].kind,
        n_workers=runs[0].n_workers,
        speed_ups=tuple(serial[run.round].wall_s / run.wall_s for run in runs),
        wall_s=statistics.median(run.wall_s for run in runs),
        cores_used=statistics.median(run.cores_used for run in runs),
        cpu_ratio=statistics.median(ratios) if ratios else math.nan,
        stopped_share=statistics.median(run.stopped_share or 0.0 for run in runs),
    )
