"""Processes and the threads of their libraries, measured in a cell and drawn below it."""

from ..cells.live import Picture, exclusive, one_line_when_interrupted, paragraphs
from .chart import plot_crowds
from .oversubscription import measure_crowds


def show_crowds(ways, items, n_workers=2):
    """Run ``measure_crowds`` in this cell, draw its result, and return it.

    Raises:
        Stopped: the kernel was interrupted. No worker is left.
        LabError: as ``measure_crowds``.
    """
    with exclusive(), one_line_when_interrupted():
        picture = Picture()
        picture.place("measuring")
        crowds = measure_crowds(ways, items, n_workers)
        text = "\n".join(map(str, crowds))
        picture.update(plot_crowds(crowds).figure, paragraphs(crowds), text)
    return crowds
