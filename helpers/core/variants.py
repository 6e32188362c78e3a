"""Several ways of doing one job, timed side by side and held to one answer."""

import contextlib
import math
import pickle
import statistics
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from ..errors import LabError, Stopped, check_text, number, shown, whole
from ..kind import kind as kind_of
from ..units import bytes_
from . import allowed, executors, machine, pools, worker
from .by_value import goes_by_value, pack
from .own_code import errors_of
from .runs import SpeedUps
from .turns import take_turns
from .unfinished import check_finished

Way = tuple[str, Callable[[Executor], Any]]  # (kind, function of a pool of that kind)
_TRY_S = 0.02  # a shorter call is repeated until a try takes so long


@dataclass(frozen=True)
class Timing(SpeedUps):
    """What one way of doing a job took.

    ``wall_s`` are seconds for one call, shape (rounds,), with workers that are there already.
    ``speed_ups``, the same shape, are those of the first way over these, round by round.
    ``sent_bytes`` is what goes to the workers and comes back, pickled.
    """

    name: str
    kind: str
    wall_s: tuple[float, ...]
    speed_ups: tuple[float, ...]
    sent_bytes: int

    @property
    def seconds(self) -> float:
        """The median of ``wall_s``."""
        return statistics.median(self.wall_s)

    def __str__(self):
        low, high = self.quartiles
        return (
            f"{self.name}: {self.seconds:.4f} s, {self.speed_up:.2f}x ({low:.2f} to {high:.2f}), "
            f"{bytes_(self.sent_bytes)} sent"
        )


@dataclass(frozen=True)
class Table:
    """The ways of doing one job that have been timed so far, in the order of their plan.

    ``floors`` are the timings of what no way can do without.
    """

    timings: tuple[Timing, ...]
    floors: tuple[Timing, ...]
    n_workers: int
    capacity: machine.Capacity

    def __getitem__(self, name: str) -> Timing:
        """Return the ``Timing`` of that name, of a way or of a floor."""
        timed = {timing.name: timing for timing in self.timings + self.floors}
        if name in timed:
            return timed[name]
        raise LabError(f"{shown(name)} was not timed: choose one of {', '.join(timed)}")

    @property
    def fastest(self) -> Timing:
        """The ``Timing`` with the highest speed-up."""
        return max(self.timings, key=lambda timing: timing.speed_up)

    def times(self, name: str, floor: str) -> float:
        """Return how many times as long as ``floor`` a way takes: the median over the rounds."""
        pairs = zip(self[name].wall_s, self[floor].wall_s)  # a slow way has fewer rounds
        return statistics.median(way_s / floor_s for way_s, floor_s in pairs)

    def __str__(self):
        return "\n".join([*map(str, self.timings + self.floors), str(self.capacity)])


@dataclass(frozen=True)
class Comparison:
    """A plan: which ways of doing one job are timed, and how often.

    ``variants`` maps a name to (kind, function). The function gets a pool of that kind, with
    ``n_workers`` unless it is serial, and returns the whole answer, as a list or an array; the
    first one says what is right. ``floors`` are such ways too, of what none can do without, as
    reading the data is; their answers are not compared. All take turns, for so many ``rounds``, and
    no round but the first is begun that would probably end after ``budget_s``. A way that takes
    longer than ``slow_s`` in the first round is timed in no other.
    """

    variants: dict[str, Way] = field(repr=False)
    n_workers: int = 2
    rounds: int = 5
    slow_s: float = 1.0
    budget_s: float = math.inf
    floors: dict[str, Way] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for ways, least in ((self.variants, 1), (self.floors, 0)):
            if not isinstance(ways, dict) or len(ways) < least:
                rule = "variants and floors come in a dict from a name to (kind, function)"
                raise LabError(f"{rule}, not {shown(ways)}: try {{'sum': ('serial', function)}}")
        for name, pair in [*self.variants.items(), *self.floors.items()]:
            check_text("the name of a way", name)
            if not isinstance(pair, tuple) or len(pair) != 2 or not callable(pair[1]):
                rule = f"a variant is a kind and a function, and {shown(name)} is {shown(pair)}"
                raise LabError(f"{rule}: try ('processes', function)")
            pools.check_kind(pair[0])
        for name in self.variants.keys() & self.floors.keys():
            raise LabError(f"a name stands for one way, and {shown(name)} for two: rename one")
        pools.check_n_workers(self.n_workers)
        whole("rounds", self.rounds, 1, 1000, "try 5")
        number("budget_s", self.budget_s, 0, remedy="try 20")

    def run(self, stop: Event | None = None) -> Iterator[Table]:
        """Yield the ``Table`` so far after each try, until ``stop`` is set.

        In the first round each answer is compared with that of the first way, and the bytes
        that it sends are counted, both before its time counts. A LabError tells what one raises.
        Closing the generator ends all workers.
        """
        ways = {**self.floors, **self.variants}
        with contextlib.suppress(Stopped), contextlib.ExitStack() as stack:
            opened = {}
            for kind in dict.fromkeys(kind for kind, _ in ways.values()):
                n_workers = 1 if kind == "serial" else self.n_workers
                opened[kind] = stack.enter_context(pools.started(kind, n_workers, stop=stop))
            yield from self._rounds(ways, opened, stop)

    def _rounds(self, ways, opened, stop):
        first = next(iter(self.variants))
        n_probed = max(2, min(self.n_workers, allowed.n_usable_workers()))
        capacity = machine.capacity(n_probed)
        times_s = {name: [] for name in ways}
        sent_bytes, expected = dict.fromkeys(ways, 0), None
        turns = take_turns(ways, self.rounds, budget_s=self.budget_s, stop=stop)
        for round_, name, ends_round in turns:
            kind, function = ways[name]
            with errors_of(shown(name)):
                if round_ == 1 and name in self.variants:
                    # A warm-up as well: workers import what they need.
                    expected = _checked(name, function(opened[kind]), expected)
                    sent_bytes[name] = _sent_bytes(kind, function)
                if round_ == 1 or name == first or times_s[name][0] <= self.slow_s:
                    times_s[name].append(_seconds(function, opened[kind]))
            if ends_round:
                capacity = capacity.joined(machine.capacity(n_probed, rounds=1))
            if times_s[first]:
                timings = _timings(ways, times_s, times_s[first], sent_bytes)
                n = len(self.floors)
                yield Table(timings[n:], timings[:n], self.n_workers, capacity)


def _timings(ways, times_s, first_s, sent_bytes):
    """Return a ``Timing`` for each of the ways that have been timed, compared with the first."""
    found = []
    for name, (kind, _) in ways.items():
        speed_ups = tuple(first / own for first, own in zip(first_s, times_s[name]))
        found.append(Timing(name, kind, tuple(times_s[name]), speed_ups, sent_bytes[name]))
    return tuple(timing for timing in found if timing.wall_s)


def _seconds(function, pool):
    """Return the seconds of one call, the mean of as many as fill a try."""
    began_s = worker.now()
    n_calls = 0
    while (passed_s := worker.now() - began_s) < _TRY_S or not n_calls:
        function(pool)
        n_calls += 1
    return passed_s / n_calls


def _checked(name, answer, expected):
    """Return the answer as a list of int, if it is the expected one."""
    check_finished(answer, shown(name), "pool")
    if not hasattr(type(answer), "__len__"):
        got = f"{shown(name)} returned {shown(answer)}"
        raise LabError(f"a variant returns a list or an array, and {got}: put list(...) around it")
    answer = [int(number) for number in answer]
    if expected is not None and answer != expected:
        n_wrong = sum(a != b for a, b in zip(answer, expected))
        raise LabError(
            f"{shown(name)} does not give what the first way gives ({len(answer)} numbers instead "
            f"of {len(expected)}, {n_wrong} of them others): a time counts only if the answer does"
        )
    return answer


def _sent_bytes(kind, function):
    """Return the bytes that a variant sends through the pipes of its pool, both ways."""
    if kind_of(kind).shares_memory:  # its workers read the caller's memory
        return 0
    counter = Counter()
    function(counter)
    return counter.n_bytes


class Counter(executors.SerialExecutor):
    """A pool without workers that counts what a pool of processes would send.

    ``n_messages`` is the number of calls that it was sent, ``n_bytes`` what they and their
    results weigh when they are pickled.
    """

    def __init__(self) -> None:
        super().__init__()
        self.n_messages = 0
        self.n_bytes = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a finished future, after packing and unpacking like a pool of processes."""
        call = fn, args, kwargs
        packed = pack(call) if goes_by_value(call) else pickle.dumps(call)
        fn, args, kwargs = pickle.loads(packed)
        future = super().submit(fn, *args, **kwargs)
        self.n_messages += 1
        self.n_bytes += len(packed)
        if future.exception() is None:
            self.n_bytes += len(pickle.dumps(future.result()))
        return future

    def map(
        self,
        fn: Callable[..., Any],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[Any]:
        """Return an iterator of the results; the calls are packed ``chunksize`` at a time."""
        calls = list(zip(*iterables))
        chunks = [calls[at : at + chunksize] for at in range(0, len(calls), chunksize)]
        futures = [self.submit(_call_all, fn, chunk) for chunk in chunks]
        return iter([result for future in futures for result in future.result()])


def _call_all(fn, calls):
    return [fn(*call) for call in calls]
