"""Several ways of doing one job: their chart grows in its cell while they are timed."""

import math
from collections.abc import Callable
from typing import Any

from ..core.variants import Comparison, Table
from ..draw.variants import plot_variants
from ..errors import check_text
from .predict import Prediction, answer_of
from .watch import watch

Way = tuple[str, Callable[[Any], Any]]


def race(
    ways: dict[str, Way],
    guess: Prediction | None = None,
    *,
    rounds: int = 5,
    budget_s: float = math.inf,
    workers: int = 2,
    floors: dict[str, Way] | None = None,
    title: str = "One job",
    from_zero: bool = False,
) -> Table:
    """Time several ways of doing one job, in turns, show them, and return the ``Table``.

    Answers are compared with those of the first way before a time counts.

    Args:
        ways: a dict from a name to (one of ``kinds()``, function). The function gets a pool of
            that kind and returns the whole answer, as a list or an array.
        guess: what ``predict_which`` made of the names; the chart marks what was ticked.
        rounds: how often each is timed, 1 to 1000.
        budget_s: no round but the first is begun that would probably end after so many seconds.
        workers: workers in every pool but the serial one.
        floors: a dict like ``ways`` of what no way can do without; answers are not compared.
        title: what is done in all these ways.
        from_zero: bars are speed-ups from 0, where they are otherwise seconds on a log axis.

    Raises:
        Stopped: the kernel was interrupted. No worker is left; the chart keeps the tries.
        LabError: a value is out of its range, an answer differs, or a way raises.
    """
    check_text("a title", title)
    chosen = answer_of(guess, "predict_which") or ()
    floors = {} if floors is None else floors
    comparison = Comparison(ways, workers, rounds, budget_s=budget_s, floors=floors)
    return watch(
        comparison.run(),
        lambda table: plot_variants(table, from_zero, len(ways), chosen=chosen, job=title),
        lambda table: [_verdict(table)],
    )


def _verdict(table):
    first, best = table.timings[0], table.fastest
    if best is first:
        return f"Nothing was faster than {first.name}."
    times = f"{best.speed_up:.2g}" if best.speed_up < 100 else f"{best.speed_up:.0f}"
    return f"Fastest: {best.name}, {times} times as fast as {first.name}."
