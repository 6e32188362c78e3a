"""What theory says about n workers: closed forms, for threads under the lock and for processes.

Both have the same shape. A job consists of a part that only one worker at a time can be in, and
of a rest that workers do side by side. For threads the first part is what holds the lock, for
processes it is what the calling process does itself: packing the items, unpacking the results.
How much that costs depends on how well the two parts overlap:

- not at all, as when everybody else always has to be waited for: Amdahl's law, the lower bound;
- perfectly, as with calls of equal length that fall into step: the upper bound;
- as chance will have it, which lies between: for threads the mean of a queue.

All of these are models, and a ``Curve`` says so. They take for granted that handing over the lock
costs nothing and that sublists take equally long. Whatever is out of its range is refused with a
LabError: shares are from 0 to 1, numbers of workers from 1, fractions allowed.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ..errors import LabError, number, shown, whole

_MOST_WORKERS = 10_000
_MOST_S = 1e9
_HALF = "0.5 is half of the time"


# --- One part at a time, the rest side by side ------------------------------------------


def amdahl(serial_share: float, n_workers: float) -> float:
    """Return the speed-up of a job with a serial share, if nothing overlaps with that share.

    1 / (s + (1 - s) / n), after Gene Amdahl, "Validity of the single processor approach to
    achieving large scale computing capabilities", AFIPS 1967. For n threads that make calls of
    their own, s of each under the lock, it is the lower bound of queueing theory: every call waits
    for all the others, n / (1 - s + n s) (Lazowska et al., "Quantitative System Performance", 1984,
    chapter 5).

    >>> amdahl(0.5, 2), amdahl(0, 8), amdahl(1, 8)
    (1.3333333333333333, 8.0, 1.0)
    """
    _check(serial_share=serial_share, n_workers=n_workers)
    return 1 / (serial_share + (1 - serial_share) / n_workers)


def lock_bound(held_share: float, n_workers: float) -> float:
    """Return the largest speed-up of n threads that make calls under one lock.

    min(n, 1 / h): n calls at once, but never more than one in its held part. Calls of equal length
    reach it, since they fall into step after the first. (The asymptotic bound of queueing theory,
    Lazowska et al. 1984, chapter 5; Muntz and Wong 1974.)

    >>> lock_bound(0.25, 2), lock_bound(0.25, 8), lock_bound(0, 8)
    (2, 4.0, 8)
    """
    _check(held_share=held_share, n_workers=n_workers)
    return n_workers if held_share * n_workers <= 1 else 1 / held_share


def lock_queue(held_share: float, n_workers: float) -> float:
    """Return the mean speed-up of n threads that make calls of irregular length under one lock.

    In plain words: a thread that comes back for the lock finds the queue that the other n - 1
    threads would form without it, on average. So from one thread one gets to two, to three, and
    so on (mean value analysis: Reiser and Lavenberg, "Mean-value analysis of closed multichain
    queuing networks", Journal of the ACM 27, 1980). It is the old question of one repairman for n
    machines, and exact when the lengths of held and released parts are exponentially distributed.
    Calls of equal length do better, up to ``lock_bound``; a thread that takes and releases the lock
    thousands of times a second does worse. Between whole numbers it is interpolated.

    With 2 threads, half of the time under the lock, the second finds a queue of 0.5: its held part
    takes 0.5 * 1.5 = 0.75 instead of 0.5, a call 1.25 instead of 1, and 2 / 1.25 = 1.6:

    >>> [round(lock_queue(0.5, n), 3) for n in (1, 2, 4, 100)]
    [1.0, 1.6, 1.969, 2.0]
    """
    _check(held_share=held_share, n_workers=n_workers)
    n_most = math.ceil(n_workers)
    queue = speed_up = last = 0.0
    for n in range(1, n_most + 1):
        held = held_share * (1 + queue)  # waiting for the lock included
        last, speed_up = speed_up, n / (1 - held_share + held)
        queue = speed_up * held
    return speed_up - (n_most - n_workers) * (speed_up - last)


def held_by_two(speed_up: float) -> float:
    """Return the share of a call that holds the lock, 0 to 1, if two threads reach a speed-up.

    It is the inverse of ``lock_queue`` for two: 2 / (1 + h * h).

    >>> held_by_two(1.6), held_by_two(2.1), held_by_two(0.7)
    (0.5, 0.0, 1.0)
    """
    return math.sqrt(2 / min(2.0, max(1.0, speed_up)) - 1)


def workers_at_once(n_workers: float, n_cores: float, waiting_share: float = 0.0) -> float:
    """Return how many of n workers the cores can carry at once, on average: at most ``n_workers``.

    min(n, c / (1 - w)): a worker that waits for a share of the time needs no core meanwhile. Less
    than one core slows a worker down that is alone, too, and counts as one; ``math.inf`` is a core
    for each. The other formulas take the result in place of the number of workers.

    >>> workers_at_once(8, 2), workers_at_once(8, 2, 0.5), workers_at_once(2, 8)
    (2.0, 4.0, 2)
    """
    _check(n_workers=n_workers, waiting_share=waiting_share)
    number("n_cores", n_cores, 0.001, math.inf, "lab.machine() says how many are here")
    busy_share = 1 - waiting_share
    return n_workers if n_workers * busy_share <= max(1, n_cores) else max(1, n_cores) / busy_share


def _check(n_workers, **shares):
    number("n_workers", n_workers, 1, _MOST_WORKERS, "try 2")
    for name, share in shares.items():
        number(name, share, 0, 1, _HALF)


# --- Processes --------------------------------------------------------------------------


@dataclass(frozen=True)
class ProcessModel:
    """A job in a pool of processes: the seconds from asking for the pool to the last result.

    T_n = start-up + copying and work/n, where the two run one after the other for the first
    sublist of each worker and side by side after that:

        T_n = start_s + n start_each_s + max(C, W_n) + min(C, W_n) / r

    C is ``copy_s``, what the calling process does one after the other: packing items, unpacking
    results. W_n is ``work_s``, the job serially, and ``worker_copy_s``, the other ends of copying,
    divided among the workers that have a core. r is the number of sublists that a worker gets, of
    ``n_sublists`` in all (None: one for each): with r rounds through a line of two stations, the
    busier one works all the time and the other is waited for once. ``efficiency`` is the speed of a
    core when the others are busy too, at most 1: the measured capacity of n workers, divided by n.

    Two seconds of work that take half a second to copy:

    >>> ProcessModel(work_s=2, copy_s=0.5).wall_s(2)
    1.5
    >>> ProcessModel(work_s=2, copy_s=0.5, n_sublists=20).wall_s(2)
    1.05
    """

    work_s: float
    copy_s: float = 0.0
    worker_copy_s: float = 0.0
    start_s: float = 0.0
    start_each_s: float = 0.0
    n_sublists: int | None = None
    efficiency: float = 1.0

    def __post_init__(self) -> None:
        number("work_s", self.work_s, 1e-9, _MOST_S, "1.5 is one and a half seconds")
        for name in ("copy_s", "worker_copy_s", "start_s", "start_each_s"):
            number(name, getattr(self, name), 0, _MOST_S, "0.1 is 100 ms")
        if self.n_sublists is not None:
            whole("n_sublists", self.n_sublists, 1, 10**9, "None is one for each worker")
        _check_efficiency(self.efficiency)

    def wall_s(
        self, n_workers: int, *, n_cores: float = math.inf, n_rounds: float | None = None
    ) -> float:
        """Return T_n in seconds, with cores as for ``workers_at_once``.

        ``n_rounds`` sublists for each worker take the place of what ``n_sublists`` says: 1 is no
        overlap of copying and work at all, ``math.inf`` a perfect one.
        """
        whole("n_workers", n_workers, 1, _MOST_WORKERS, "try 2")
        n_sublists = n_workers if self.n_sublists is None else self.n_sublists
        n_rounds = max(1, n_sublists / n_workers) if n_rounds is None else n_rounds
        number("n_rounds", n_rounds, 1, math.inf, "1 is one sublist for each worker")
        # What the busiest core has to do, and what the worker with the most sublists has.
        most_sublists = math.ceil(n_sublists / n_workers) / n_sublists
        share = max(1 / workers_at_once(n_workers, n_cores), most_sublists)
        apart_s = (self.work_s + self.worker_copy_s) * share
        if n_workers > 1:
            apart_s /= self.efficiency
        longer_s, shorter_s = max(self.copy_s, apart_s), min(self.copy_s, apart_s)
        return self.start_s + n_workers * self.start_each_s + longer_s + shorter_s / n_rounds

    def scaled(self, factor: float) -> "ProcessModel":
        """Return the model of the same job with ``factor`` times the items; start-up stays.

        >>> ProcessModel(work_s=2, copy_s=0.5, start_s=0.1).scaled(10).work_s
        20
        """
        number("factor", factor, 1e-9, _MOST_S, "10 is ten times the items")
        work_s, copy_s = self.work_s * factor, self.copy_s * factor
        worker_copy_s = self.worker_copy_s * factor
        return replace(self, work_s=work_s, copy_s=copy_s, worker_copy_s=worker_copy_s)


def _check_efficiency(efficiency):
    number("efficiency", efficiency, 0.001, 1, "1 is a core that nobody slows down")


# --- Curves -----------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Curve:
    """A model's speed-up curve, for any number of workers: never a measurement.

    ``speed_ups``, ``lows`` and ``highs`` have the shape of ``n_workers``, (n,): the estimate and
    the bounds without any overlap and with a perfect one. ``model`` is always True.

    >>> model_threads(0.25, [1, 2, 4])
    model for threads: 1: 1.00x, 2: 1.88x, 4: 3.18x
    """

    kind: str
    n_workers: tuple[int, ...]
    speed_ups: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    model: bool = field(default=True, init=False)

    def speed_up(self, n_workers: int) -> float:
        """Return the estimate for one of the modelled numbers of workers.

        Raises LabError for any other number.
        """
        if n_workers not in self.n_workers:
            known = shown(list(self.n_workers))
            raise LabError(f"this model is for {known} workers: got {shown(n_workers)}; model that")
        return self.speed_ups[self.n_workers.index(n_workers)]

    def __repr__(self) -> str:
        points = zip(self.n_workers, self.speed_ups, strict=True)
        curve = ", ".join(f"{n}: {speed_up:.2f}x" for n, speed_up in points)
        return f"model for {self.kind}: {curve if len(curve) <= 80 else curve[:79] + '…'}"


def model_threads(
    held_share: float,
    n_workers: Sequence[int],
    *,
    n_cores: float = math.inf,
    waiting_share: float = 0.0,
    efficiency: float = 1.0,
) -> Curve:
    """Return the ``Curve`` of threads that make calls under one lock.

    The estimate is ``lock_queue``, the bounds are ``amdahl`` and ``lock_bound``, all of them for
    ``workers_at_once``. Released work takes 1 / efficiency times as long beside others.

    Args:
        held_share: share of a call that holds the lock, 0 to 1.
        n_workers: the numbers of threads, a list of whole numbers from 1.
        n_cores: cores, as for ``workers_at_once``.
        waiting_share: share of a call that waits, 0 to 1; together at most 1.
        efficiency: speed of a core when the others are busy too, as for ``ProcessModel``.

    >>> curve = model_threads(0.5, [2, 1000], n_cores=4)
    >>> curve.lows, curve.speed_ups, curve.highs
    ((1.3333333333333333, 1.6), (1.6, 1.9692307692307693), (2.0, 2.0))
    """
    counts = _checked_numbers(n_workers)
    _check(1, held_share=held_share, waiting_share=waiting_share)
    number("held_share + waiting_share", held_share + waiting_share, 0, 1 + 1e-9, "lower one")
    _check_efficiency(efficiency)
    released_share = max(0, 1 - held_share - waiting_share)

    def curve(formula: Callable[[float, float], float]) -> tuple[float, ...]:
        speed_ups = []
        for n in counts:
            # A call's length beside others, and its shares by that length.
            call = 1 + (released_share * (1 / efficiency - 1) if n > 1 else 0)
            n_at_once = workers_at_once(n, n_cores, waiting_share / call)
            speed_ups.append(formula(held_share / call, n_at_once) / call)
        return tuple(speed_ups)

    return Curve("threads", counts, curve(lock_queue), curve(amdahl), curve(lock_bound))


def model_processes(
    model: ProcessModel, n_workers: Sequence[int], *, n_cores: float = math.inf
) -> Curve:
    """Return the ``Curve`` of a ``ProcessModel``: its serial time over T_n.

    The bounds are copying that never overlaps with work, and copying that always does. One second
    of copying for ten of work: more than ten times as fast is out of reach.

    >>> job = ProcessModel(work_s=10, copy_s=1, start_s=0.1, start_each_s=0.01, n_sublists=1000)
    >>> model_processes(job, [1, 10, 100, 1000])
    model for processes: 1: 0.99x, 10: 8.26x, 100: 4.74x, 1000: 0.90x
    """
    if not isinstance(model, ProcessModel):
        raise LabError(
            f"a model is a ProcessModel: got {shown(model)}; try ProcessModel(work_s=10)"
        )
    counts = _checked_numbers(n_workers)

    def curve(n_rounds: float | None) -> tuple[float, ...]:
        times_s = [model.wall_s(n, n_cores=n_cores, n_rounds=n_rounds) for n in counts]
        return tuple(model.work_s / time_s for time_s in times_s)

    return Curve("processes", counts, curve(None), curve(1), curve(math.inf))


def _checked_numbers(numbers):
    if not isinstance(numbers, (list, tuple, range)) or not numbers:
        raise LabError(f"n_workers is a list of whole numbers: got {shown(numbers)}; try [1, 2, 4]")
    if len(numbers) > _MOST_WORKERS:
        raise LabError(f"a curve has at most {_MOST_WORKERS:,} points: got {len(numbers):,}")
    return tuple(sorted({whole("n_workers", n, 1, _MOST_WORKERS, "try 2") for n in numbers}))
