"""What the GIL meter saw of a call: raw values, and everything else derived from them."""

import itertools
import statistics
from dataclasses import dataclass, field
from typing import Any

from ..core.machine import Capacity
from ..core.runs import quartiles
from ..core.side_by_side import SideBySide
from ..draw.templates import render
from ..errors import whole
from ..judge import facts as limits
from ..judge import theory
from ..judge.words import Finding, told
from ..pythons.witness import Seen, Witness, Witnessed
from . import words


@dataclass(frozen=True)
class TickReading:
    """What the ticks beside a call tell of it, and nothing else.

    ``alone_s`` are the seconds of a call, ``late_shares`` the share of ticks that came late beside
    it, and ``control_shares`` the same beside work that is known to release the GIL. Shapes are
    (rounds,).
    """

    name: str
    gil: bool
    alone_s: tuple[float, ...]
    late_shares: tuple[float, ...]
    control_shares: tuple[float, ...]

    @property
    def call_s(self) -> float:
        """The median seconds of a call."""
        return statistics.median(self.alone_s)

    @property
    def held_share(self) -> float | None:
        """The share of the call that holds the GIL, 0 to 1; None on a machine that is too busy."""
        if not self.gil:
            return 0.0
        is_late = statistics.median(self.late_shares) > limits.RELEASED
        if is_late and statistics.median(self.control_shares) > limits.LATE:
            return None
        return statistics.median(_ticked(self.late_shares, self.control_shares))


@dataclass(frozen=True, repr=False)
class MeterReading(Witnessed):
    """What the meter saw.

    ``n_calls`` calls make a batch, because one may be too short. ``lateness_s`` has a tuple of
    seconds for each round, one for each tick beside the call, ``late_shares`` the share of ticks
    that were late, and ``control_shares`` the same beside work that is known to release the GIL.
    ``alone_s`` and ``together_s`` are seconds of a call, made alone, and until both are done when
    two are made at once; ``alone_cpu_s`` and ``together_cpu_s`` the CPU seconds of one call in
    either. ``capacity`` is what the machine gave at these moments. Shapes are (rounds,).
    ``witness`` is what CPython's own profiler saw of the same call, or why it saw nothing; None
    where it was not asked. Nothing else follows from it.
    """

    name: str
    gil: bool
    switch_interval_s: float
    n_calls: int
    lateness_s: tuple[tuple[float, ...], ...] = field(repr=False)
    late_shares: tuple[float, ...]
    control_shares: tuple[float, ...]
    alone_s: tuple[float, ...]
    together_s: tuple[float, ...]
    alone_cpu_s: tuple[float, ...]
    together_cpu_s: tuple[float, ...]
    capacity: Capacity
    witness: Seen = None

    @property
    def n_rounds(self) -> int:
        """How often each thing was measured."""
        return len(self.alone_s)

    @property
    def call_s(self) -> float:
        """The median seconds of a call that is made alone."""
        return statistics.median(self.alone_s)

    @property
    def longest_s(self) -> float:
        """The longest time in seconds that a tick came late."""
        return max(itertools.chain.from_iterable(self.lateness_s), default=0.0)

    @property
    def two_at_once(self) -> SideBySide:
        """The check by running two at once."""
        capacities = self.capacity.ratios[self.capacity.n_threads.index(2)]
        return SideBySide(2, self.alone_s, self.together_s, capacities, self.capacity.core_shares)

    @property
    def is_busy(self) -> bool:
        """Whether the machine gives too little to see two calls at once."""
        return self.two_at_once.held_share is None

    @property
    def ticked_shares(self) -> tuple[float, ...]:
        """The share held as the ticks tell it, less the machine's own late ticks: (rounds,)."""
        return _ticked(self.late_shares, self.control_shares)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The lower and the upper quartile of the share that the ticks tell."""
        return quartiles(self.ticked_shares)

    @property
    def cores_alone(self) -> float:
        """How many cores a call alone keeps busy on average: below 1 where it waits."""
        return _median_ratio(self.alone_cpu_s, self.alone_s)

    @property
    def more_cores(self) -> tuple[float, ...]:
        """How many times as many cores two calls at once keep busy, shape (rounds,).

        1 is taking turns. Where a call mostly waits, it is how many times as fast two are.
        """
        if self.cores_alone < limits.HALF_IDLE:
            return self.two_at_once.speed_ups
        alone = zip(self.alone_cpu_s, self.alone_s, strict=True)
        both = zip(self.together_cpu_s, self.together_s, strict=True)
        return tuple(
            2 * (both_cpu_s / both_s) / (max(cpu_s, 1e-12) / call_s)
            for (cpu_s, call_s), (both_cpu_s, both_s) in zip(alone, both, strict=True)
        )

    @property
    def longer(self) -> float:
        """How many times as long a call takes for what it computes longer beside another."""
        more = _median_ratio(self.together_cpu_s, self.alone_cpu_s)
        return 1 + min(1.0, self.cores_alone) * max(0.0, more - 1)

    @property
    def hands_over(self) -> bool:
        """Whether the GIL is released, and yet two calls at once keep waiting for one another.

        So it is where it is released for instants only, at every row of a query, say.
        """
        if not self.gil or self.is_busy:
            return False
        ticked = statistics.median(self.ticked_shares)
        is_missing = self._lacks_cores or self._is_slower
        return is_missing and self._share_from_two > ticked + limits.CONTRADICTS

    # Both in three rounds of four, because a neighbour that comes and goes looks the same.

    @property
    def _lacks_cores(self):
        _, upper = quartiles(self.more_cores)
        return upper < limits.ALL_CORES * self.two_at_once.capacity

    @property
    def _is_slower(self):
        """Whether two at once are slower than one after the other, however busy both cores are.

        Shared memory slows two down, but not to less than one: they are busy with passing it on.
        """
        _, upper = quartiles(self.two_at_once.speed_ups)
        return upper < 1 / limits.WORTH_IT

    @property
    def _share_from_two(self):
        return 1.0 if self._is_slower else theory.held_by_two(statistics.median(self.more_cores))

    @property
    def held_share(self) -> float | None:
        """The share of a call's time in which no other Python thread can run, 0 to 1, or None.

        It is what the ticks tell. Where two calls at once contradict them (``hands_over``), it is
        what these tell by ``theory.held_by_two``. It is None where the machine is too busy to
        tell, and 0 where there is no GIL. Ticks that come in time tell on any machine. Where only
        two at once need more cores than there are, and the control's ticks come in time, the
        call's ticks are believed alone.
        """
        if not self.gil:
            return 0.0
        ticked = statistics.median(self.ticked_shares)
        control = statistics.median(self.control_shares)
        is_late = statistics.median(self.late_shares) > limits.RELEASED  # in time, they all tell
        is_calm = control <= limits.CALM and not self.capacity.is_busy()
        is_told = control <= limits.RELEASED and (is_calm or not self.is_busy)
        in_part = limits.RELEASED < ticked < limits.HELD
        if is_late and (control > limits.LATE or (in_part and not is_told)):
            return None
        return self._share_from_two if self.hands_over else ticked

    @property
    def likely_share(self) -> float | None:
        """The share for a model: as the ticks alone tell it, on a busy machine as well.

        What two calls at once took is no part of it: they check what a model says. None where the
        ticks say nothing, because nearly all of the control's are late as well.
        """
        if not self.gil:
            return 0.0
        is_told = statistics.median(self.control_shares) < limits.ALL_LATE
        if self.held_share is None and not is_told:
            return None
        return statistics.median(self.ticked_shares)

    def predicted_speed_up(self, n_threads: int) -> float | None:
        """Return the speed-up of so many threads as the ticks alone predict it; None if not told.

        Nothing of what two calls at once took is in it, so that the two can be compared. It is
        ``theory.lock_queue``, for calls of irregular length.
        """
        return self._modelled(theory.lock_queue, n_threads)

    def speed_up_at_most(self, n_threads: int) -> float | None:
        """Return the largest speed-up of so many threads that the ticks leave room for, or None."""
        return self._modelled(theory.lock_bound, n_threads)

    def _modelled(self, formula, n_threads):
        whole("n_threads", n_threads, remedy="try 2")
        held = self.likely_share
        if self.held_share is None or held is None:
            return None
        n_cores = max(1.0, self.capacity.at(n_threads) / max(1.0, self.cores_alone))
        waiting_share = min(1.0 - held, max(0.0, 1 - self.cores_alone))
        return formula(held, theory.workers_at_once(n_threads, n_cores, waiting_share))

    # --- In words

    @property
    def finding(self) -> str:
        """What it comes to, in one sentence."""
        return told(self._found(), words.FINDINGS)

    def _found(self):
        two, held = self.two_at_once, self.held_share
        busy = {"cores": two.capacity, "own": statistics.median(self.control_shares)}
        if not self.gil:
            return Finding("no lock")
        if held is None:
            return Finding("too busy", **busy)
        if self.is_busy:
            in_part = "in part" if held > limits.RELEASED else "released"
            return Finding("one alone", "held" if held >= limits.HELD else in_part, **busy)
        if self.hands_over:
            return Finding("instants", speed_up=two.speed_up)
        if held > limits.RELEASED:
            return Finding("held" if held >= limits.HELD else "held in part")
        if self.cores_alone < limits.HALF_IDLE:
            return Finding("waits")
        if self.longer > limits.LONGER:
            return Finding("memory", longer=self.longer)
        return Finding("released")

    def __repr__(self) -> str:
        return words.in_a_line(self)

    def _repr_html_(self):
        return render(
            "draw/facts.html",
            title=self.name,
            text=self.finding,
            facts=words.facts(self),
            more=words.details(self),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the reading for JSON: what is derived, and the values of every round."""
        counts = self.capacity.n_threads
        rounds = "late_shares control_shares alone_s together_s alone_cpu_s together_cpu_s"
        return {
            "name": self.name,
            "held_share": self.held_share,
            "held_share_quartiles": list(self.quartiles),
            "predicted_speed_up": {str(n): self.predicted_speed_up(n) for n in counts},
            "speed_up_at_most": {str(n): self.speed_up_at_most(n) for n in counts},
            "formula": words.FORMULA,
            "two_at_once": self.two_at_once.speed_up,
            "finding": self.finding,
            "witness": self._witness_as_dict(),
            "gil": self.gil,
            "switch_interval_s": self.switch_interval_s,
            "call_s": self.call_s,
            "n_calls": self.n_calls,
            "capacity": self.two_at_once.capacity,
            "rounds": {name: getattr(self, name) for name in rounds.split()},
        }

    def _witness_as_dict(self):
        if not isinstance(self.witness, Witness):
            return self.witness and {"none": self.witness}
        seen = {"alone": self.witness.alone, "together": self.witness.together}
        shares = {when: share._asdict() for when, share in seen.items()}
        return {"python": self.witness.python, **shares}


def _ticked(late_shares, control_shares):
    pairs = zip(late_shares, control_shares, strict=True)
    return tuple(max(0.0, (late - own) / (1 - own)) if own < 1 else 0.0 for late, own in pairs)


def _median_ratio(above, below):
    return statistics.median(a / b if b > 0 else 1.0 for a, b in zip(above, below, strict=True))
