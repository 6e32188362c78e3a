"""What is so of a measurement: is the machine busy, has it one core, does the job wait?

Every threshold by which something measured is judged stands here, once; the three that the
machine's own card needs stand in ``helpers.core.machine``. Where a figure was measured, or follows
from something, its comment says so. The others are chosen: another value would do as well, but all
readers of a measurement have to use the same.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.machine import ONE_CPU, TWO_CORES, Capacity, Machine
from ..core.runs import Result, quartiles
from ..core.side_by_side import SideBySide
from .theory import lock_bound

# Does the job wait? In cores kept busy by the serial run, of what one thread can get:
WAITS = 0.3  # below it waiting is most of the time
COMPUTES = 0.75  # from here on it computes, below it waits in part
HALF_IDLE = 0.5  # below it the time of two calls tells more than their CPU time
NEARLY_IDLE = 0.1  # who computes, and is only stopped by other programs, gets more than this
# Who waits gives its core away, who computes has it taken. The least share of own switches:
GAVE_WAY = 0.5
GAVE_WAY_IDLE = 0.25  # where nearly idle: a server on the same machine takes the core, too
OWN_THREADS = 1.3  # cores of one call: a library in it has threads of its own

# Is there a gain? In times the serial speed, or as a share of it:
CLOSE = 0.1  # a lead of less is none: what the exercise of notebook 12 asks for
WORTH_IT = 1 + CLOSE  # a smaller speed-up pays for no other way of writing a program
SURELY = 1.25  # asked for where rounds are few or denied by some, or cores are few
FEW_ROUNDS = 3  # fewer say nothing of how much they scatter
SCATTER = 0.3  # between the quartiles of a speed-up: more is a neighbour's doing
ONE_CORE = SURELY  # cores, or cores kept busy over the serial run's: no gain can be sure below it
ALL_CORES = 0.85  # of the cores: who reaches it uses about all of them
BEYOND = 1.1  # times the cores: more than that they cannot explain

# How much of the lock? Shares of a call's time. Of 24 calls whose speed-up in two threads was
# measured, 22 read above 0.97 or below 0.05; two that release it for instants read 0.03 and 0.13,
# and reached 1.2 and 0.6 times the speed of one.
HELD = 0.9  # a call that holds the lock for longer leaves no room for another
HELD_IN_PART = 0.3  # below it two threads hardly notice
RELEASED = 0.1  # a call that holds it for less leaves room for all
LATE = 0.25  # of the ticks late beside work without the GIL: more, and nothing late tells anything
ALL_LATE = 0.7  # of them: more, and not even a model can use the others
CALM = 0.02  # of the ticks late beside work without the GIL: fewer, and the ticks can be trusted
CONTRADICTS = 0.2  # by so much two calls at once must deny the ticks of the meter
TAKES_TURNS, OVERLAPS = 2 / 3, 1 / 3  # of a call beside itself: the thirds of the way
APART = 0.5  # quartiles of two at once further apart than halfway from turns to overlap

# What else takes time?
LONGER = 1.2  # times the CPU seconds beside others: they share memory and caches
MESSAGE_BYTES = 10_000  # a message with less costs as much as an empty one
SMALL = 0.1  # a smaller share of a job's time is not worth a sentence
LONG_ENOUGH_S = 0.02  # a shorter run says little about CPU times: Windows counts them by 16 ms
IDLE = 0.25  # of the time nobody seen running, though somebody wanted to: disturbed
RIGHT = 1.25  # a prediction within this factor of the result was about right


@dataclass(frozen=True)
class Facts:
    """What was measured of a job and of its machine meanwhile, and what follows from it.

    ``busy_share`` is how many cores the job keeps busy serially; ``gave_way`` the share of the
    switches to other threads that its calls made themselves, since they had to wait, None where
    the system does not tell; ``held_share`` the metered share of a call that holds the lock, or
    None. ``capacity`` is None before it was measured. Up to ``n_workers`` workers were tried.
    ``total_s`` is how long the plain loop takes for the whole job, None where that is not known.
    """

    machine: Machine
    capacity: Capacity | None
    busy_share: float
    n_workers: int = 2
    gave_way: float | None = None
    held_share: float | None = None
    total_s: float | None = None

    @classmethod
    def of(cls, result: Result) -> "Facts":
        """Return what a ``Result`` tells; without a serial run it counts as one that computes."""
        alone = [run.cores_used for run in result.timed_runs if run.kind == "serial"]
        n_workers = max([2, *(run.n_workers for run in result.runs)])
        busy_share = statistics.median(alone) if alone else 1.0
        total_s = result.serial_s
        return cls(result.machine, result.capacity, busy_share, n_workers, total_s=total_s)

    # --- the machine

    @property
    def one_cpu(self) -> bool:
        """Whether one CPU is usable, or a quota of one: no worker makes computing faster."""
        return self.machine.has_one_cpu

    @property
    def limit(self) -> str:
        """What limits the CPUs for good: "quota", "one CPU" or "" for nothing."""
        if self.machine.quota_cpus is not None:
            return "quota"
        return "one CPU" if self.one_cpu else ""

    @property
    def is_busy(self) -> bool:
        """Whether other programs keep a thread that never waits from the core it may use."""
        return self.capacity is not None and self.capacity.is_busy(self.machine.usable_cpus)

    @property
    def core_share(self) -> float:
        """How much of a core a thread got that never waits; 1.0 before it was measured."""
        return self.capacity.core_share if self.capacity is not None else 1.0

    def cores(self, n_workers: int | None = None) -> float:
        """Return the cores that the machine had for so many workers; infinite when unknown."""
        cores = math.inf if self.capacity is None else self.capacity.at(n_workers or self.n_workers)
        return min(cores, max(1.0, self.machine.usable_cpus)) if self.limit else cores

    @property
    def is_limited(self) -> bool:
        """Whether there is too little of the machine to tell overlap from taking turns safely."""
        few = self.capacity is not None and self.capacity.is_narrow(self.n_workers)
        return self.one_cpu or self.is_busy or few

    # --- the job

    @property
    def waits(self) -> bool:
        """Whether the job spends most of its time waiting, and not computing."""
        return self._is_idle(WAITS)

    @property
    def waits_in_part(self) -> bool:
        """Whether it waits for a good part of its time, or for most."""
        return self._is_idle(COMPUTES)

    @property
    def computes(self) -> bool:
        """Whether it computes nearly all the time, so that it needs a core for each worker."""
        return not self.waits_in_part

    def _is_idle(self, busy_share):
        share = min(1.0, self.core_share)
        # On a busy machine a call that computes is idle as well, but because it is stopped; hardly
        # ever for nearly all of the time, which waiting for a server on the same machine is.
        least = GAVE_WAY if self.busy_share > NEARLY_IDLE * share else GAVE_WAY_IDLE
        stopped = self.gave_way is not None and self.gave_way < least
        return self.busy_share < busy_share * share and not stopped

    @property
    def uses_own_threads(self) -> bool:
        """Whether one call alone keeps several cores busy."""
        return self.busy_share > OWN_THREADS

    # --- both together

    @property
    def has_one_core(self) -> bool:
        """Whether the job computes and has one core: then what workers gain is chance."""
        return self.computes and self.cores() < ONE_CORE

    @property
    def cannot_tell(self) -> bool:
        """Whether other programs hide what workers would gain: only waiting shows all the same."""
        return self.is_busy and not self.waits

    # --- speed-ups of some rounds, shape (rounds,)

    def is_worth_it(self, speed_ups: Sequence[float]) -> bool:
        """Return whether a gain pays for writing a program otherwise."""
        is_doubtful = self.is_limited and self.computes
        is_sure = len(speed_ups) >= FEW_ROUNDS and quartiles(speed_ups)[0] > 1 and not is_doubtful
        return statistics.median(speed_ups) >= (WORTH_IT if is_sure else SURELY)

    def gain(self, speed_ups: Sequence[float]) -> str:
        """Return "faster", "slower", "as fast" or "unclear".

        Faster and slower need three quarters of the rounds, too.
        """
        speed_up, (low, high) = statistics.median(speed_ups), quartiles(speed_ups)
        if low > 1 and self.is_worth_it(speed_ups):
            return "faster"
        if high < 1 and speed_up <= 1 / WORTH_IT:
            return "slower"
        return "as fast" if 1 / WORTH_IT < speed_up < WORTH_IT else "unclear"

    def believed(self, kind: str, n_workers: int, rates: Sequence[float]) -> tuple[float, ...]:
        """Return speed-ups as far as they can be believed.

        Rounds that a busy machine disturbs may show a gain that its cores did not have to give,
        and for threads one that the lock, metered apart, does not leave them.
        """
        low, high = quartiles(rates)
        most = math.inf if self.goes_beyond(n_workers, rates) else n_workers
        if self.is_limited and self.computes:
            most = min(most, max(1.0, self.cores(n_workers)))
        is_disturbed = self.is_limited or high - low > SCATTER or len(rates) < FEW_ROUNDS
        held = self.held_share
        if kind == "threads" and held is not None and is_disturbed:
            # On a busy machine the ticks come late beside waiting, too.
            held = min(held, self.busy_share) if self.waits_in_part else held
            most = min(most, lock_bound(held, n_workers))
        return tuple(min(rate, most) for rate in rates)

    def goes_beyond(self, n_workers: int, rates: Sequence[float]) -> bool:
        """Return whether undisturbed rounds agree on more than so many cores could do.

        It is possible where workers save something beside their cores.
        """
        is_told = len(rates) >= FEW_ROUNDS and not self.is_limited
        return is_told and quartiles(rates)[0] > BEYOND * n_workers


def overlap(pair: SideBySide, n_cpus: float) -> str:
    """Return "overlaps", "overlaps in part", "takes turns" or "cannot be told here".

    It is told of two calls at once as far as the pairs agree and the CPUs suffice; waiting
    overlaps on one core, too. A quota leaves short calls ``n_cpus`` to run on.
    """
    low, high = pair.quartiles
    if high - low > APART:
        return "cannot be told here"
    if n_cpus < ONE_CPU or pair.held_share is None:
        return "overlaps" if low > TWO_CORES else "cannot be told here"
    if pair.held_share > TAKES_TURNS:
        return "takes turns"
    return "overlaps" if pair.held_share < OVERLAPS else "overlaps in part"
