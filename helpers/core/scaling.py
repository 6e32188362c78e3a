"""The scaling experiment: one job, several kinds of pool, several worker counts.

It is a generator of the result so far, so that a progress bar, a live chart, a Stop button, a
time budget and a test are all the same loop.
"""

import contextlib
import dataclasses
import datetime
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from ..errors import LabError, Stopped, TooLong, number, shown, whole
from ..kind import kind as kind_of
from . import allowed, machine, pools, worker
from .attempt import Attempt, RunRefused, check_it_can_travel
from .job import LEAST_S, Job
from .runs import Result, Run
from .spans import Span
from .turns import Stop, check_stop, quick_rounds, take_turns

ONE_PER_WORKER = "one per worker"
_SPARE_S, _SLOW = 15.0, 3  # beyond a budget, for the first run: workers may import much in it
_COMPARE_SHARE = 0.25  # of a budget, to compare the answers of all runs of a round
_LOOK_SHARE = 0.1  # of the time of the runs, at most, goes into looks at the capacity


def default_worker_counts() -> tuple[int, ...]:
    """Return the worker counts that show this machine's curve: (1, 2, 4, ...).

    They end at the usable CPUs, or at 4 where there are fewer, so that a curve also shows
    what happens past the last CPU.
    """
    top = max(4, allowed.n_usable_workers())
    return tuple(sorted({n for n in (1, 2, 4, 8, 16, 32, 64) if n < top} | {top}))


def parse_counts(text: str) -> tuple[int, ...]:
    """Return the worker counts in a text such as "1, 2, 4"."""
    try:
        return tuple(int(word) for word in text.replace(",", " ").split())
    except ValueError:
        raise LabError(
            f"worker counts are whole numbers with commas between, not {text!r:.60}: try 1, 2, 4"
        ) from None


@dataclass(frozen=True)
class Experiment:
    """A plan: which job, in which kinds of pool, with how many workers, how often.

    ``kinds`` of pool are tried beside the serial run, each with all ``worker_counts``. The
    combinations take turns, for so many ``rounds``, and each is compared with the serial run of its
    own round. The items are split into ``n_sublists``: the job's own number when None, and
    ``ONE_PER_WORKER`` gives every worker one. No round but the first is begun that would probably
    end after ``budget_s``. A run of more than ``run_limit_s`` seconds, and workers that take more
    than ``start_limit_s`` to start, are given up; with a budget also a run that takes longer than
    that, 15 seconds and three serial runs. The answers of a run are compared for
    ``compare_limit_s``, and with a budget for a share of that.
    """

    job: Job
    kinds: tuple[str, ...] = ("threads", "processes")
    worker_counts: tuple[int, ...] | None = None
    rounds: int = 5
    n_sublists: int | str | None = None
    budget_s: float | None = None
    run_limit_s: float = 300.0
    start_limit_s: float = 60.0
    compare_limit_s: float = 10.0

    def __post_init__(self) -> None:
        if not isinstance(self.job, Job):
            raise LabError(
                f"an experiment is made with a Job, not {shown(self.job)}: take strings(), "
                "pictures() or job(function, items)"
            )
        given = default_worker_counts() if self.worker_counts is None else self.worker_counts
        counts = {pools.check_n_workers(n) for n in _listed("worker counts", given, "(1, 2)")}
        kinds = _listed("kinds of pool", self.kinds, "('threads',), or ('serial',) for the loop")
        kinds = tuple(dict.fromkeys(k for k in map(pools.check_kind, kinds) if k != "serial"))
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "worker_counts", tuple(sorted(counts)))
        rounds = quick_rounds(whole("rounds", self.rounds, 1, 1000, "try 5"))
        object.__setattr__(self, "rounds", rounds)
        named = isinstance(self.n_sublists, str) and self.n_sublists == ONE_PER_WORKER
        if self.n_sublists is not None and not named:
            whole("sublists", self.n_sublists, 1, 100_000, "try 16")
        for name in ("budget_s", "run_limit_s", "start_limit_s", "compare_limit_s"):
            if (seconds := getattr(self, name)) is not None:
                number(name, seconds, LEAST_S, remedy="try 60")

    @property
    def combinations(self) -> list[tuple[str, int]]:
        """The (kind, n_workers) pairs of one round, serial first."""
        return [("serial", 1), *product(self.kinds, self.worker_counts or ())]

    @property
    def n_runs(self) -> int:
        """How many runs are made when nothing ends it early, warm-up included."""
        return len(self.combinations) * (self.rounds + 1)

    def run(self, stop: Stop | None = None) -> Iterator[Result]:
        """Yield the ``Result`` so far: without runs at first, then with each that is finished.

        First comes a warm-up of every combination, then the rounds. Every answer is compared with
        the job's, or the first serial one, before its time counts, and dropped. At the ends of
        rounds the capacity is measured once more. Closing the generator, at any point, ends all
        workers; once ``stop`` is set, the run that is going on is given up and the generator ends.

        Raises:
            LabError: the job raised an error, gave another result than it gives serially,
                lost a worker or took longer than ``run_limit_s``.
        """
        self._check_it_can_travel()
        # More threads than CPUs would measure how much a busy neighbour gives way, not the cores.
        n_threads = max(2, min(allowed.n_usable_workers(), self.combinations[-1][1]))
        made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        here, capacity = machine.describe(), machine.capacity(n_threads)
        result = Result(self.job.name, self.job.title, made, here, capacity, runs=())
        yield result
        began_s, expected = worker.now(), self.job.answers
        with contextlib.suppress(Stopped), contextlib.ExitStack() as stack:
            ways = {
                key: stack.enter_context(_Way(self, *key).started(stop))
                for key in self.combinations
            }
            left_s = self.budget_s and self.budget_s - (worker.now() - began_s)
            for turn in take_turns(ways, self.rounds, budget_s=left_s, warm_up_s=0, stop=stop):
                way = ways[turn.way].within(self._limit_s(result.runs))
                run, answers = way.run(turn.round, stop)
                expected = answers if expected is None else expected
                unknown = way.attempt().check(expected, answers, self._compare_s, stop)
                del answers  # before the next ones come: they may be large
                unknown = result.incomparable or unknown
                runs = (*result.runs, run)
                result = dataclasses.replace(result, runs=runs, incomparable=unknown)
                if turn.ends_round:
                    result = _looked_again(result, turn.round, len(ways))
                yield result

    def _check_it_can_travel(self):
        """Raise a RunRefused of the first kind of processes that cannot be sent the job in time."""
        kinds = [kind for kind in self.kinds if kind_of(kind).family == "processes"]
        try:
            if kinds:
                longest_s = math.inf if self.budget_s is None else self.budget_s + _SPARE_S
                check_it_can_travel(self.job, min(self.run_limit_s, longest_s))
        except TooLong as error:
            raise RunRefused(str(error), kinds[0], too_long=True) from error

    @property
    def _compare_s(self):
        """How long the answers of a run are compared: that may take longer than to make them."""
        if self.budget_s is None:
            return self.compare_limit_s
        return min(self.compare_limit_s, _COMPARE_SHARE * self.budget_s / len(self.combinations))

    def _limit_s(self, runs):
        """Return how many seconds the next run may take after these."""
        if self.budget_s is None or not runs:
            return self.run_limit_s
        return min(self.run_limit_s, round(self.budget_s + _SPARE_S + _SLOW * runs[0].wall_s, 1))


class _Way:
    """One kind of pool with one worker count: its pool, and what its runs have in common."""

    def __init__(self, plan, kind, n_workers):
        self.plan, self.kind, self.n_workers = plan, kind, n_workers
        self._cpu_clocks_s = {}  # where each worker's clock stood at its last sublist

    @contextlib.contextmanager
    def started(self, stop):
        """Yield this way once all its workers are there; they end with the ``with``."""
        check_stop(stop)
        self.pool, finished = self._opened(), False
        try:
            self._startup_s = self._start(stop)
            yield self
            finished = True
        finally:
            pools.end(self.pool, now=not finished)

    def _opened(self):
        try:
            return pools.open_pool(self.kind, self.n_workers)
        except LabError as error:  # such as no semaphores: other kinds may do
            raise RunRefused(str(error), self.kind) from error

    def _start(self, stop):
        limit_s = self.plan.start_limit_s
        try:
            return pools.start(self.pool, self.n_workers, limit_s=limit_s, stop=stop)
        except Stopped:
            raise
        except LabError as error:
            raise RunRefused(str(error), self.kind, too_long=isinstance(error, TooLong)) from error

    def within(self, limit_s):
        """Return this way, whose next run may take ``limit_s`` seconds."""
        self.limit_s = limit_s
        return self

    def attempt(self):
        """Return an ``Attempt`` that begins now."""
        return Attempt(self.plan.job, self.kind, self.n_workers, self.limit_s)

    def run(self, number, stop):
        """Return the ``Run`` of one pass over all items, and its answers, a list."""
        job, n_sublists = self.plan.job, self.plan.n_sublists
        if n_sublists == ONE_PER_WORKER:
            n_sublists = self.n_workers
        sublists = job.split(n_sublists or job.n_sublists)
        attempt, futures = self.attempt(), []
        before, cpu_began_s, began_s = allowed.stops(), time.process_time(), worker.now()
        with attempt.named_errors(self.pool):
            for sublist in sublists:
                check_stop(stop)  # a serial pool works here, one sublist after the other
                attempt.check_limit()
                futures.append(self.pool.submit(worker.timed, job.function, sublist))
            timed = attempt.wait(futures, self.pool, stop)
        wall_s, process_cpu_s = worker.now() - began_s, time.process_time() - cpu_began_s
        cpu_s = sum(ended_s - begun_s for _, _, (begun_s, ended_s), _ in timed)
        run = Run(
            kind=self.kind,
            n_workers=self.n_workers,
            round=number,
            n_items=len(job.items),
            n_sublists=len(sublists),
            startup_s=self._startup_s,
            wall_s=wall_s,
            cpu_s=cpu_s,
            other_cpu_s=self._other_cpu_s(process_cpu_s, cpu_s, timed),
            spans=tuple(Span(who, a - began_s, b - began_s) for who, (a, b), _, _ in timed),
            stopped_share=allowed.stopped_share(before),
        )
        return run, attempt.joined([part for *_, part in timed])

    def _other_cpu_s(self, process_cpu_s, cpu_s, timed):
        """Return the CPU seconds beside the sublists.

        Worker processes use some between sublists, to unpack and to pack; what it takes to pack
        the last answer of a run shows in the next run.
        """
        if not kind_of(self.kind).own_process:
            return max(0.0, process_cpu_s - cpu_s)
        between_s = 0.0
        for who, _, (began_s, ended_s), _ in sorted(timed, key=lambda answer: answer[1]):
            between_s += began_s - self._cpu_clocks_s.get(who, began_s)
            self._cpu_clocks_s[who] = ended_s
        return process_cpu_s + between_s


def _listed(name, values, example):
    if not isinstance(values, list | tuple | range) or not values:
        raise LabError(f"{name} come in a list of one or more, not {shown(values)}: try {example}")
    return values


def _looked_again(result, number, per_round):
    """Return the result with one more look at the capacity: a neighbour may have come or gone.

    Where rounds are short it is not taken after each, so that looks take a small share of the time.
    """
    capacity = result.capacity
    look_s = machine.look_s() * len(capacity.n_threads)
    round_s = sum(run.wall_s for run in result.runs[-per_round:])
    if (number + 1) % math.ceil(look_s / (_LOOK_SHARE * round_s)):
        return result
    capacity = capacity.joined(machine.capacity(capacity.n_threads[-1], rounds=1))
    return dataclasses.replace(result, capacity=capacity)
