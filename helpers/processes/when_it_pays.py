"""From which job length do processes pay? The line through the measured parts of a pool's time."""

import math
import statistics
from collections.abc import Sequence

from ..core import allowed
from ..errors import LabError, number, shown, whole
from ..judge.break_even import BreakEven
from ..judge.theory import workers_at_once
from .split import Split


def break_even(
    split: Split, serial_s: float, *, n_workers: int | None = None, copying: float = 1.0,
    n_cores: float | None = None,
) -> BreakEven:  # fmt: skip
    """Return the ``BreakEven`` that follows from a measured ``Split``.

    Args:
        split: the parts of the job in a pool that was started for it.
        serial_s: the serial time of the same job, in seconds.
        n_workers: another number of workers than that of the split: computing is divided
            among those that have a core, start-up grows in proportion, copying stays as it is.
        copying: how many times the measured bytes an item has.
        n_cores: for how many there is a core; when None, for as many as CPUs may be used here.

    Raises:
        LabError: a value is out of its range.
    """
    if not isinstance(split, Split):
        raise LabError(f"break_even takes a Split, not {shown(split)}: call measure_splits first")
    number("serial_s", serial_s, 1e-9, 1e9, "give the seconds of the serial run")
    number("copying", copying, 0, 1e6, "1 is as many bytes as measured")
    n_workers = split.n_workers if n_workers is None else n_workers
    n_workers = whole("n_workers", n_workers, 1, 10_000, "try 2")
    here = allowed.usable_cpus()
    n_cores = number("n_cores", here if n_cores is None else n_cores, 0.001, math.inf, "try 4")
    more = n_workers / split.n_workers
    divided = workers_at_once(n_workers, n_cores) / workers_at_once(split.n_workers, here)
    copying_s = copying * (split.part_s("sending") + split.part_s("sending back"))
    rest_s = split.working_s / divided + split.part_s("waiting for the slowest")
    return BreakEven(
        kind=split.kind,
        n_workers=n_workers,
        start_s=split.part_s("starting") * more,
        rate=(rest_s + copying_s) / serial_s,
        copying=copying_s / serial_s,
        n_cores=n_cores,
    )


def crossing(serial_s: Sequence[float], pool_s: Sequence[float]) -> float | None:
    """Return the serial seconds at which measured jobs took the pool as long as serially.

    A straight line is laid through the points by least squares. None when it never crosses.

    Args:
        serial_s: serial seconds of jobs of several lengths, shape (jobs,).
        pool_s: seconds of the same jobs in a new pool, start-up included, shape (jobs,).

    Raises:
        LabError: fewer than two jobs, or all of the same length.
    """
    if len(serial_s) < 2 or len(serial_s) != len(pool_s) or len(set(serial_s)) < 2:
        raise LabError(
            f"a crossing needs two jobs of different lengths or more, not {len(serial_s)}: "
            "measure another size"
        )
    rate, start_s = statistics.linear_regression(serial_s, pool_s)
    return start_s / (1 - rate) if rate < 1 else None
