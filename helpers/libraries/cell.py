"""The threads of libraries, and those of a whole script, measured in a cell and drawn below it."""

from collections.abc import Callable, Iterable
from typing import Any

from ..cells.watch import once, watch
from ..errors import number
from .chart import plot_crowds, plot_script
from .curve import ScriptCurve, measure_script
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


def script_curve(profiled: float) -> ScriptCurve:
    """Time the script of two parts with 1 thread, 2, ... and show the law that fits its curve.

    Args:
        profiled: the serial share that a profiler saw, 0 to 1, for a second line.

    Raises:
        Stopped: the kernel was interrupted. No thread is left.
        LabError: the share is out of its range.
    """
    number("profiled", profiled, 0, 1, "0.4 is 40 % of the time")
    return watch(measure_script(), lambda curve: plot_script(curve, profiled), lambda curve: [])
