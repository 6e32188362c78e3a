"""Where the time of a pool goes: starting, sending, computing, sending back, waiting.

The items are packed and unpacked here by hand, with stamps on the clock that all workers of a
machine share, so that every moment of every worker belongs to one named part. The pool then
only carries bytes.
"""

import pickle
import statistics
from dataclasses import dataclass

from ..core import pools, worker
from ..core.attempt import Attempt
from ..core.turns import take_turns
from ..errors import whole
from ..jobs.registry import as_job
from ..kind import kind as kind_of

PARTS = ("starting", "sending", "computing", "sending back", "waiting for the slowest")


@dataclass(frozen=True)
class Split:
    """The parts of one way of running a job; each in seconds, shape (rounds,).

    They are averages over the workers, so in each round their sum is ``wall_s``, start-up
    included: every round starts a new pool.
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
    def median_s(self):
        """The wall time in seconds of the median round."""
        return self.wall_s[self._median_round]

    @property
    def _median_round(self):
        return self.wall_s.index(statistics.median_low(self.wall_s))

    def part_s(self, name):
        """Return the seconds that one of ``PARTS`` took in the median round."""
        return self.parts_s[PARTS.index(name)][self._median_round]

    @property
    def unaccounted(self):
        """Share of the wall time that the parts do not add up to, in the median round."""
        return abs(self.median_s - sum(map(self.part_s, PARTS))) / self.median_s

    def __str__(self):
        parts = ", ".join(f"{name} {self.part_s(name):.3f} s" for name in PARTS)
        return (
            f"{self.kind} with {self.n_workers} workers and {self.n_sublists} sublists, "
            f"{self.median_s:.3f} s: {parts}"
        )


def measure_splits(job, ways, *, n_sublists=None, rounds=5, limit_s=120.0, stop=None):
    """Return a ``Split`` of a job for each way: a new pool for it, ``rounds`` times.

    The ways take turns, so that a change of the machine's speed meets all of them. Threads
    share the caller's memory: nothing is packed for them, and sending takes no time worth the
    name. All results are compared with the serial ones.

    Args:
        job: the job, or its name.
        ways: a list of (kind of pool, number of workers).
        n_sublists: into how many sublists the items are split; the job's own number if None.
        rounds: how often each pool is started, used and ended.
        limit_s: a pool that takes longer is given up.
        stop: a ``threading.Event`` that ends the measurement once it is set.

    Raises:
        LabError: the job raised, gave another result than serially, lost a worker or took
            too long; or a number is out of its range.
        Stopped: ``stop`` was set.

    >>> from helpers.jobs.registry import load_job
    >>> measure_splits(load_job("strings", 100), [("serial", 1), ("threads", 2)])[1].n_sublists
    16
    """
    rounds = whole("rounds", rounds, 1, 1000, "try 5")
    job = as_job(job)
    sublists = job.split(n_sublists or job.n_sublists)
    expected = job.function(job.items)
    tries = {way: [] for way in ways}
    for _, way, _ in take_turns(ways, rounds, stop=stop):
        tries[way].append(_try(job, *way, sublists, limit_s, stop, expected))
    return [_split(job, *way, len(sublists), tries[way]) for way in ways]


def measure_splits_of(jobs, kind, n_workers=2, *, rounds=5, limit_s=120.0, stop=None):
    """Return a ``Split`` of each job in one pool that all of them share, in turns.

    The pool is started before, so ``starting`` takes no time. Options and errors are those of
    ``measure_splits``.

    >>> from helpers.jobs.registry import load_job
    >>> [split.job for split in measure_splits_of([load_job("strings", 100)], "threads")]
    ['strings']
    """
    rounds = whole("rounds", rounds, 1, 1000, "try 5")
    jobs = list(map(as_job, jobs))
    plans = [(job, job.split(job.n_sublists), job.function(job.items), []) for job in jobs]
    with pools.started(kind, n_workers, stop=stop) as pool:
        for _, (job, sublists, expected, found), _ in take_turns(plans, rounds, stop=stop):
            attempt = Attempt(job, kind, n_workers, limit_s)
            found.append(_pass(attempt, pool, sublists, stop, expected))
    return [_split(job, kind, n_workers, len(sublists), found) for job, sublists, _, found in plans]


def _split(job, kind, n_workers, n_sublists, tries):
    """Return the ``Split`` that several passes add up to."""
    return Split(
        job=job.name,
        kind=kind,
        n_workers=n_workers,
        n_items=len(job.items),
        n_sublists=n_sublists,
        bytes_out=tries[0]["bytes_out"],
        bytes_back=tries[0]["bytes_back"],
        parts_s=tuple(zip(*(one["parts"] for one in tries), strict=True)),
        wall_s=tuple(one["wall_s"] for one in tries),
        caller_s=tuple(one["caller_s"] for one in tries),
        worker_copy_s=tuple(one["worker_copy_s"] for one in tries),
    )


def measure_split(job, kind, n_workers=2, **options):
    """Return the ``Split`` of one way; options and errors are those of ``measure_splits``."""
    return measure_splits(job, [(kind, n_workers)], **options)[0]


def measure_job(job, kind, n_workers=2, **options):
    """Return (serial seconds, seconds in a new pool, start-up included): medians of rounds.

    Options and errors are those of ``measure_splits``.

    >>> from helpers.jobs.registry import load_job
    >>> len(measure_job(load_job("strings", 100), "threads", rounds=1))
    2
    """
    serial, pool = measure_splits(job, [("serial", 1), (kind, n_workers)], **options)
    return serial.median_s, pool.median_s


def _try(job, kind, n_workers, sublists, limit_s, stop, expected):
    """Return the parts of one start, use and end of a pool, as a dict."""
    pool = pools.open_pool(kind, n_workers)
    ended_well = False
    try:
        starting_s = pools.start(pool, n_workers, stop=stop)
        attempt = Attempt(job, kind, n_workers, limit_s)
        found = _pass(attempt, pool, sublists, stop, expected, starting_s)
        ended_well = True
    finally:
        pools.end(pool, now=not ended_well)
    return found


def _pass(attempt, pool, sublists, stop, expected, starting_s=0.0):
    """Return the parts of one use of a pool that was started in ``starting_s``, as a dict."""
    shared = kind_of(attempt.kind).shares_memory
    began_s = worker.now()
    caller_s = 0.0
    bytes_out = 0
    futures = []
    with attempt.named_errors():
        for sublist in sublists:
            packing_s = worker.now()
            packed = sublist if shared else pickle.dumps(sublist)
            caller_s += 0.0 if shared else worker.now() - packing_s
            bytes_out += 0 if shared else len(packed)
            work = worker.on_shared if shared else worker.on_packed
            futures.append(pool.submit(work, attempt.job.function, packed))
        answers = attempt.wait(futures, pool, stop)
    bytes_back = 0 if shared else sum(len(packed) for packed, _, _ in answers)
    unpacking_s = worker.now()
    results = [part if shared else pickle.loads(part) for part, _, _ in answers]
    ended_s = worker.now()
    caller_s += 0.0 if shared else ended_s - unpacking_s
    attempt.check(expected, attempt.joined(results))
    stamps = {}
    for _, who, moments in answers:
        stamps.setdefault(who, []).append(moments)
    return {
        "parts": (starting_s, *_parts(stamps, began_s, ended_s, attempt.n_workers)),
        "wall_s": starting_s + ended_s - began_s,
        "caller_s": caller_s,
        "worker_copy_s": sum(
            (b - a) + (d - c) for lane in stamps.values() for a, b, c, d in lane if not shared
        ),
        "bytes_out": bytes_out,
        "bytes_back": bytes_back,
    }


def _parts(stamps, began_s, ended_s, n_workers):
    """Return seconds of sending, computing, sending back and waiting, averaged over workers.

    Each worker's time from ``began_s`` to ``ended_s`` is cut without gaps. Until its first
    sublist and between two of them a worker waits for items: that is sending. From its last
    stamp to the last stamp of all it waits for the slowest; what the caller does after that is
    sending back.
    """
    last_s = max(lane[-1][3] for lane in map(sorted, stamps.values()))
    totals = [0.0] * 4
    for lane in map(sorted, stamps.values()):
        free_s = began_s
        for _, unpacked_s, computed_s, done_s in lane:
            totals[0] += unpacked_s - free_s
            totals[1] += computed_s - unpacked_s
            totals[2] += done_s - computed_s
            free_s = done_s
        totals[2] += ended_s - last_s
        totals[3] += last_s - free_s
    idle = n_workers - len(stamps)  # a worker that got no sublist waited all the time
    totals[2] += idle * (ended_s - last_s)
    totals[3] += idle * (last_s - began_s)
    return [total / n_workers for total in totals]
