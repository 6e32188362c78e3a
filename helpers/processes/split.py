"""Where the time of a pool goes: starting, sending, computing, sending back, waiting.

The items are packed and unpacked here by hand, with stamps on the clock that all workers of a
machine share, so that every moment of every worker belongs to one named part. The pool then
only carries bytes.
"""

import pickle
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from ..core import pools, worker
from ..core.attempt import Attempt
from ..core.job import Job
from ..core.turns import take_turns
from ..errors import whole
from ..jobs.registry import as_job
from ..kind import kind as kind_of

PARTS = (
    "starting",
    "sending",
    "computing",
    "waiting for the GIL or a core",
    "sending back",
    "waiting for the slowest",
)


_TOGETHER = PARTS[:3] + PARTS[4:]  # older recordings count that waiting as computing


@dataclass(frozen=True)
class Split:
    """The parts of one way of running a job; each in seconds, shape (rounds,).

    They are averages over the workers, so in each round their sum is ``wall_s``, start-up
    included: every round starts a new pool. ``caller_s`` is what the caller packs and unpacks,
    ``worker_copy_s`` what all workers do.
    """

    job: str
    kind: str
    n_workers: int
    n_items: int
    n_sublists: int
    bytes_out: int
    bytes_back: int
    parts_s: tuple[tuple[float, ...], ...]
    wall_s: tuple[float, ...]
    caller_s: tuple[float, ...]
    worker_copy_s: tuple[float, ...]

    @property
    def median_s(self) -> float:
        """The wall time in seconds of the median round."""
        return statistics.median_low(self.wall_s)

    def part_s(self, name: str) -> float:
        """Return the seconds that one of ``PARTS`` took in the median round, or 0."""
        names = PARTS if len(self.parts_s) == len(PARTS) else _TOGETHER
        parts = dict(zip(names, self.parts_s))
        return parts[name][self.wall_s.index(self.median_s)] if name in parts else 0.0

    @property
    def working_s(self) -> float:
        """Seconds in the function in the median round, for the GIL or a core waited or not."""
        return self.part_s("computing") + self.part_s("waiting for the GIL or a core")

    @property
    def core_shares(self) -> tuple[float, ...]:
        """How much of a core a worker got while it computed, 0 to 1, shape (rounds,).

        Empty for kinds whose workers wait for the GIL as well, as those of a cluster do beside
        its own threads, and in recordings that do not tell.
        """
        waits_for_cores = kind_of(self.kind).family in ("serial", "processes")
        if not waits_for_cores or len(self.parts_s) != len(PARTS):
            return ()
        _, _, computing_s, waiting_s, *_ = self.parts_s
        pairs_s = zip(computing_s, waiting_s, strict=True)
        return tuple(computed_s / (computed_s + waited_s) for computed_s, waited_s in pairs_s)

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {self.part_s(name):.3f} s" for name in PARTS)
        return (
            f"{self.kind} with {self.n_workers} workers and {self.n_sublists} sublists, "
            f"{self.median_s:.3f} s: {parts}"
        )


def measure_splits(
    job: Job | str, ways: Sequence[tuple[str, int]], *, rounds: int = 5, stop: Event | None = None
) -> list[Split]:
    """Return a ``Split`` of a job for each way: a new pool for it, ``rounds`` times.

    The ways take turns, so that a change of the machine's speed meets all of them. Threads
    share the caller's memory: nothing is packed for them, and sending takes no time worth the
    name. All results are compared with the serial ones.

    Args:
        job: the job, or its name.
        ways: a list of (kind of pool, number of workers).
        rounds: how often each pool is started, used and ended.
        stop: a ``threading.Event`` that ends the measurement once it is set.

    Raises:
        LabError: the job raised, gave another result than serially, lost a worker or took
            too long; or a number is out of its range.
        Stopped: ``stop`` was set.

    >>> measure_splits("strings", [("serial", 1), ("threads", 2)], rounds=1)[1].n_sublists
    16
    """
    rounds = whole("rounds", rounds, 1, 1000, "try 5")
    job = as_job(job)
    sublists, expected = job.split(job.n_sublists), job.function(job.items)
    tries: dict[tuple[str, int], list] = {way: [] for way in ways}
    for _, way, _ in take_turns(ways, rounds, stop=stop):
        kind, n_workers = way
        pool = pools.open_pool(kind, n_workers)
        ended_well = False
        try:
            starting_s = pools.start(pool, n_workers, stop=stop)
            attempt = Attempt(job, kind, n_workers)
            tries[way].append(_pass(attempt, pool, sublists, stop, expected, starting_s))
            ended_well = True
        finally:
            pools.end(pool, now=not ended_well)
    return [_split(job, *way, len(sublists), tries[way]) for way in ways]


def measure_splits_of(
    jobs: Sequence[Job], kind: str, n_workers: int = 2, *, rounds: int = 5
) -> list[Split]:
    """Return a ``Split`` of each job in one pool, started before, that they share in turns."""
    rounds = whole("rounds", rounds, 1, 1000, "try 5")
    plans: list[Any] = [
        (job, job.split(job.n_sublists), job.function(job.items), []) for job in jobs
    ]
    with pools.started(kind, n_workers) as pool:
        for _, (job, sublists, expected, found), _ in take_turns(plans, rounds):
            found.append(_pass(Attempt(job, kind, n_workers), pool, sublists, None, expected))
    return [_split(job, kind, n_workers, len(sublists), found) for job, sublists, _, found in plans]


def measure_job(
    job: Job | str, kind: str, n_workers: int = 2, *, rounds: int = 5, stop: Event | None = None
) -> tuple[float, float]:
    """Return (serial seconds, seconds in a new pool, start-up included): medians of rounds.

    Errors are those of ``measure_splits``.
    """
    ways = [("serial", 1), (kind, n_workers)]
    serial, pool = measure_splits(job, ways, rounds=rounds, stop=stop)
    return serial.median_s, pool.median_s


def _split(job, kind, n_workers, n_sublists, tries):
    """Return the ``Split`` that several passes add up to."""
    bytes_out, bytes_back, parts_s, *seconds = zip(*tries, strict=True)
    n_bytes, parts_s = (bytes_out[0], bytes_back[0]), tuple(zip(*parts_s, strict=True))
    return Split(job.name, kind, n_workers, len(job.items), n_sublists, *n_bytes, parts_s, *seconds)


def _pass(attempt, pool, sublists, stop, expected, starting_s=0.0):
    """Return what one use of a pool gives to a ``Split``: bytes, parts, and seconds."""
    shared = kind_of(attempt.kind).shares_memory
    work = worker.on_shared if shared else worker.on_packed
    began_s = worker.now()
    caller_s, bytes_out, futures = 0.0, 0, []
    with attempt.named_errors(pool):
        for sublist in sublists:
            packing_s = worker.now()
            packed = sublist if shared else pickle.dumps(sublist)
            caller_s += worker.now() - packing_s
            bytes_out += 0 if shared else len(packed)
            futures.append(pool.submit(work, attempt.job.function, packed))
        answers = attempt.wait(futures, pool, stop)
    unpacking_s = worker.now()
    results = [part if shared else pickle.loads(part) for part, _, _ in answers]
    ended_s = worker.now()
    caller_s += ended_s - unpacking_s
    attempt.check(expected, attempt.joined(results), attempt.limit_s)
    stamps = {}
    for _, who, moments in answers:
        stamps.setdefault(who, []).append(moments)
    parts_s = (starting_s, *_parts(stamps, began_s, ended_s, attempt.n_workers))
    wall_s = starting_s + ended_s - began_s
    if shared:
        return 0, 0, parts_s, wall_s, 0.0, 0.0
    bytes_back = sum(len(packed) for packed, _, _ in answers)
    worker_copy_s = sum(b - a + d - c for _, _, (a, b, c, d, _) in answers)
    return bytes_out, bytes_back, parts_s, wall_s, caller_s, worker_copy_s


def _parts(stamps, began_s, ended_s, n_workers):
    """Return the seconds of all ``PARTS`` but the first, averaged over workers.

    Each worker's time from ``began_s`` to ``ended_s`` is cut without gaps. Until its first
    sublist and between two of them a worker waits for items: that is sending. What a call takes
    longer than its CPU time, it waits for the GIL or, as in a process, for a core. From its last
    stamp to the last stamp of all it waits for the slowest; what the caller does after that is
    sending back.
    """
    lanes = [sorted(lane) for lane in stamps.values()]
    last_s = max(lane[-1][3] for lane in lanes)
    sending_s, computing_s, lacking_s, waiting_s = 0.0, 0.0, 0.0, 0.0
    back_s = n_workers * (ended_s - last_s)
    for lane in lanes:
        free_s = began_s
        for _, unpacked_s, computed_s, done_s, cpu_s in lane:
            sending_s += unpacked_s - free_s
            computing_s += min(cpu_s, computed_s - unpacked_s)
            lacking_s += max(0.0, computed_s - unpacked_s - cpu_s)
            back_s += done_s - computed_s
            free_s = done_s
        waiting_s += last_s - free_s
    waiting_s += (n_workers - len(lanes)) * (last_s - began_s)  # got no sublist: waited throughout
    totals_s = sending_s, computing_s, lacking_s, back_s, waiting_s
    return [total_s / n_workers for total_s in totals_s]
