"""Processes and the threads of their libraries, measured in a cell and drawn below it."""

from ..cells.watch import once, watch
from .chart import plot_crowds
from .oversubscription import measure_crowds


def show_crowds(ways, items, n_workers=2):
    """Run ``measure_crowds`` in this cell, draw its result, and return it.

    Raises:
        Stopped: the kernel was interrupted. No worker is left.
        LabError: as ``measure_crowds``.
    """
    return watch(once(measure_crowds, ways, items, n_workers), plot_crowds, list)
