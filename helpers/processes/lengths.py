"""From which job length do two new processes pay, in the first pool of a program?"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..cells.predict import Prediction, answer_of
from ..cells.watch import watch
from ..core import allowed, machine
from ..core.turns import take_turns
from ..errors import LabError
from ..judge.break_even import BreakEven
from ..units import seconds
from .break_even_chart import plot_break_even
from .forked import fresh_python

Both = Callable[[list[Any]], tuple[float, float]]  # items -> seconds of a loop, and of a pool


@dataclass(frozen=True)
class Lengths:
    """Lists of several lengths: (seconds of the loop, seconds of a first pool) of every round.

    ``points`` are the medians, the shortest list first; ``capacity`` is that of the machine
    during the measurement.
    """

    capacity: machine.Capacity
    tries: dict[int, tuple[tuple[float, float], ...]] = field(default_factory=dict)

    @property
    def points(self) -> list[tuple[float, float]]:
        """Median seconds of the loop and of the pool, for each length of list."""
        columns = (zip(*self.tries[n], strict=True) for n in sorted(self.tries))
        return [(statistics.median(loop), statistics.median(pool)) for loop, pool in columns]

    @property
    def line(self) -> BreakEven:
        """The straight line through the shortest and the longest list.

        Raises:
            LabError: the longer one took no longer.
        """
        (short_s, its_s), *_, (long_s, all_s) = self.points
        if long_s <= short_s:
            raise LabError(
                f"a line needs a short and a long list, and they took {seconds(short_s)} and "
                f"{seconds(long_s)}: give lengths that lie further apart"
            )
        rate = (all_s - its_s) / (long_s - short_s)
        start_s = max(1e-6, its_s - rate * short_s)
        return BreakEven("processes", 2, start_s, rate, n_cores=allowed.usable_cpus())


def measure_lengths(
    both: Both,
    items: list[Any],
    lengths: Sequence[int],
    guess: Prediction | None = None,
    *,
    rounds: int = 3,
) -> Lengths:
    """Time lists of several lengths both ways in fresh Pythons, draw them, and return them.

    Args:
        both: a function of a list that returns (seconds of a loop, seconds of a pool of two that
            is opened for it).
        items: a list, of which the first so many are taken.
        lengths: how many.
        guess: what ``predict_time`` made: the seconds of loop from which the pool pays.
        rounds: how often each length is timed.

    Raises:
        Stopped: the kernel was interrupted. Nothing is left running.
        LabError: there are fewer than two lengths, or ``guess`` is something else.
    """
    if len(set(lengths)) < 2 or max(lengths) > len(items):
        raise LabError(
            f"lengths are two or more, up to the {len(items):,} items that there are, not "
            f"{list(lengths)}: try [{len(items) // 50}, {len(items)}]"
        )
    guess_s = answer_of(guess, "predict_time")
    return watch(
        _lengths(both, items, lengths, rounds),
        lambda it: _plot(it, guess_s),
        lambda it: _said(it, guess_s),
    )


def _lengths(both, items, lengths, rounds) -> Iterator[Lengths]:
    tries: dict[int, tuple[tuple[float, float], ...]] = {}
    capacity = machine.capacity(2, rounds=1)
    for _, n, ends_round in take_turns(sorted(set(lengths)), rounds):
        with fresh_python() as call:
            tries[n] = (*tries.get(n, ()), call(both, items[:n]))
        if ends_round:
            capacity = capacity.joined(machine.capacity(2, rounds=1))
            yield Lengths(capacity, dict(tries))


def _plot(lengths, guess_s):
    points = [("processes", *point) for point in lengths.points]
    return plot_break_even(lengths.line, measured=points, guess_s=guess_s)


def _said(lengths, guess_s):
    line = lengths.line
    said = (
        f"A first pool of two: {line.start_s:.2g} s to start, and then {line.rate:.2f} s for "
        "each second of the loop."
    )
    if guess_s is None:
        return [said]
    border = "there is none here" if line.job_s is None else f"it lies at {line.job_s:.2g} s"
    return [said, f"You put the border at {guess_s:.2g} s, and {border}."]
