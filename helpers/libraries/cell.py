"""Processes and the threads of their libraries, measured in a cell and drawn below it."""

from collections.abc import Callable, Iterable
from typing import Any

from ..cells.watch import once, watch
from .chart import plot_crowds
from .oversubscription import Crowd, measure_crowds


def crowds(
    ways: dict[str, Callable[[Any], Any]], items: Iterable[Any], workers: int = 2
) -> list[Crowd]:
    """Time ways of doing one job, each in a pool of processes, and show how crowded it was.

    Args:
        ways: a dict from a name to a function of one item. The first says what is right.
        items: what each of them is called with, in the workers.
        workers: processes in each pool.

    Raises:
        Stopped: the kernel was interrupted. No worker is left.
        LabError: a value is out of its range, or the answers of two ways differ.
    """
    return watch(
        once(measure_crowds, ways, items, workers), plot_crowds, lambda found: [*map(str, found)]
    )
