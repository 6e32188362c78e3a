"""Does one call overlap with itself? It is made alone, and then in several threads at once."""

import contextlib
import statistics
from collections.abc import Callable, Mapping
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import Any

from .. import units
from ..errors import LabError, number, shown
from . import allowed, machine, pools, worker
from .job import name_of
from .own_code import errors_of
from .runs import SpeedUps
from .store import RECORDINGS, load_as, save
from .turns import calls_for, take_turns
from .unfinished import check_finished

_SLICE_S = 0.03  # a shorter call is repeated, so that starting a thread does not count
_PAIRS = 3  # made even when they take longer than they should
_LIMIT_S = 60.0
PAIRS = RECORDINGS / "pairs"  # python -m helpers author pairs


@dataclass(frozen=True, repr=False)
class SideBySide(SpeedUps):
    """How long a call takes alone, and how long several take that are made at once.

    ``alone_s`` has the seconds of one call, ``together_s`` the seconds until ``n_threads``
    calls, one in each thread, are all done; both of shape (pairs,), measured in turns.
    ``capacities`` is what the machine gave to that many threads at those moments, in cores, and
    ``core_shares`` how much of a core to one thread that never waits; both of shape (pairs,).
    """

    n_threads: int
    alone_s: tuple[float, ...]
    together_s: tuple[float, ...]
    capacities: tuple[float, ...] = field(repr=False)
    core_shares: tuple[float, ...] = field(repr=False, default=(1.0,))

    @property
    def call_s(self) -> float:
        """The median seconds of a call that is made alone."""
        return statistics.median(self.alone_s)

    @property
    def speed_ups(self) -> tuple[float, ...]:
        """``n_threads`` times the time alone over the time together, shape (pairs,)."""
        pairs = zip(self.alone_s, self.together_s, strict=True)
        return tuple(self.n_threads * alone_s / together_s for alone_s, together_s in pairs)

    @property
    def capacity(self) -> float:
        """What the machine gave to the threads, in cores: no speed-up can be much above it."""
        return statistics.median(self.capacities)

    @property
    def held_share(self) -> float | None:
        """The share of a call that does not overlap, 0 to 1; None on a machine that is too busy.

        It is the experimentally determined serial fraction of Alan Karp and Horace Flatt
        ("Measuring parallel processor performance", Communications of the ACM 33, 1990), which
        solves Amdahl's law for the serial share, with the measured capacity as the number of
        processors. Waiting for memory looks like waiting for the GIL.
        """
        too_busy = statistics.median(self.core_shares) < machine.QUIET
        if too_busy or self.capacity < machine.TWO_CORES:
            return None
        share = (self.capacity / self.speed_up - 1) / (self.capacity - 1)
        return min(1.0, max(0.0, share))

    def __repr__(self):
        low, high = self.quartiles
        return (
            f"{units.seconds(self.call_s)} alone; {self.n_threads} at once: {self.speed_up:.2f}x "
            f"({low:.2f} to {high:.2f}) of {self.capacity:.2f} cores"
        )


@dataclass(frozen=True)
class RecordedPairs:
    """What was measured side by side on another machine: ``pairs`` maps a job to its result.

    ``made`` is an ISO 8601 date and time.
    """

    made: str
    machine: machine.Machine
    pairs: dict[str, SideBySide]


def save_pairs(name: str, recorded: RecordedPairs) -> None:
    """Keep a ``RecordedPairs`` as the project's recording of that name."""
    save(recorded, PAIRS / f"{name}.json")


def load_pairs(name: str) -> RecordedPairs | None:
    """Return the project's ``RecordedPairs`` of that name; None when no whole one is there."""
    # No reason to measure nothing; a test holds that all are whole.
    with contextlib.suppress(LabError):
        return load_as(RecordedPairs, PAIRS / f"{name}.json")
    return None


def held_share(steps: Mapping[str, Any]) -> float | None:
    """Return the share of a job's time that does not overlap, 0 to 1, or None.

    It is the mean of its steps' shares, weighted by their seconds. Steps of which the share
    could not be told are left out; None when they take a fifth of the time or more.

    Args:
        steps: a dict from a step's name to its ``SideBySide``, or to anything that has its
            ``call_s`` and ``held_share``.
    """
    shares = [(step.call_s, step.held_share) for step in steps.values()]
    known = [(call_s, share) for call_s, share in shares if share is not None]
    known_s = sum(call_s for call_s, _ in known)
    if known_s <= 0.8 * sum(call_s for call_s, _ in shares):
        return None
    return sum(call_s * share for call_s, share in known) / known_s


def side_by_side(
    func: Callable[[], Any], n_threads: int = 2, *, seconds: float = 0.5, name: str | None = None
) -> SideBySide:
    """Return the measured ``SideBySide`` of ``func()`` in ``n_threads`` threads of this process.

    A pair is the call alone and the same call in every thread at once; which of them comes
    first alternates. A call that is too short to be timed is repeated. Pairs are made for so many
    ``seconds``, from 0.01 to 60, and three at least. A call must be over after a minute. A
    LabError tells what it raises, under ``name`` or the function's own.
    """
    if not callable(func):
        raise LabError(
            f"what runs side by side is a function without arguments, not {shown(func)}: pass the "
            "function itself, as in side_by_side(image.copy)"
        )
    n_threads = pools.check_n_workers(n_threads, least=2)
    number("seconds", seconds, 0.01, 60, "try 0.5")
    with pools.started("threads", n_threads) as pool, errors_of(name or name_of(func)):
        pairs = list(_pairs(func, pool, n_threads, seconds))
    return SideBySide(n_threads, *zip(*pairs, strict=True))


def _pairs(func, pool, n_threads, seconds):
    """Yield (seconds alone, seconds together, cores for all threads, cores for one)."""
    n_calls = calls_for(_SLICE_S, lambda n_calls: _once(func, pool, 1, n_calls))
    # More threads than CPUs would measure how much a neighbour gives way, not the cores.
    n_probed = max(2, min(n_threads, allowed.n_usable_workers()))
    times_s = {}
    for _, n, ends_round in take_turns((1, n_threads), budget_s=seconds, least=_PAIRS):
        times_s[n] = _once(func, pool, n, n_calls) / n_calls
        if ends_round:
            # As long as the calls: a busy machine lets short bursts pass and stops long ones.
            probe = machine.capacity(n_probed, slice_s=n_calls * times_s[1], rounds=1)
            yield times_s[1], times_s[n_threads], probe.at(n_threads), probe.core_share


def _once(func, pool, n_threads, n_calls):
    """Return the seconds until ``n_calls`` calls are done in each of ``n_threads`` threads."""
    began_s = worker.now()
    futures = [pool.submit(_repeat, func, n_calls) for _ in range(n_threads)]
    # Short waits, because on Windows a long one cannot be interrupted.
    while waiting := wait(futures, timeout=pools.LOOK_S).not_done:
        if worker.now() - began_s > _LIMIT_S:
            raise LabError(
                f"a call must be over within {_LIMIT_S:g} s, and {len(waiting)} are not: give it "
                "less to do (no thread can be ended from outside: restart the kernel to be rid of "
                "it)"
            )
    passed_s = worker.now() - began_s
    for future in futures:
        future.result()  # raises what the call raised
    return passed_s


def _repeat(func, n_calls):
    for _ in range(n_calls):
        answer = func()
    check_finished(answer, name_of(func), "")
