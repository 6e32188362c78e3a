"""A cluster on paper: what the parts that were measured here say about many more workers."""

import dataclasses
import statistics
from collections.abc import Mapping

from ..errors import LabError, number, shown
from ..judge.theory import ProcessModel
from ..processes.split import Split

WORKERS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_STILL_PAYS = 1.05  # times as fast with twice the workers


def cluster_model(split: Split, *, call_s: float = 0.0, start_each_s: float = 0.0) -> ProcessModel:
    """Return the ``ProcessModel`` that follows from a measured ``Split``.

    The work is what the workers computed, added up. What the calling process does one after the
    other, its serial part, is packing and unpacking, and for each sublist the ``call_s`` seconds
    that a call takes with nothing in it. Each worker starts up for ``start_each_s``.
    """
    if not isinstance(split, Split):
        raise LabError(f"a model needs a Split, not {shown(split)}: call measure_splits_of first")
    return ProcessModel(
        work_s=split.working_s * split.n_workers,
        copy_s=statistics.median(split.caller_s) + split.n_sublists * call_s,
        worker_copy_s=statistics.median(split.worker_copy_s),
        start_each_s=start_each_s,
        n_sublists=split.n_sublists,
    )


def lasting(model: ProcessModel, work_s: float) -> ProcessModel:
    """Return the model of the same job with so many more items that it takes ``work_s`` serially.

    A sublist keeps its size, so there are more of them too.

    >>> longer = lasting(ProcessModel(work_s=2, copy_s=0.5, n_sublists=16), 3600)
    >>> longer.work_s, longer.copy_s, longer.n_sublists
    (3600.0, 900.0, 28800)
    """
    number("work_s", work_s, 1e-3, 1e7, "3600 is an hour")
    factor = work_s / model.work_s
    n_sublists = model.n_sublists and max(1, round(model.n_sublists * factor))
    return dataclasses.replace(model.scaled(factor), n_sublists=n_sublists)


def on_paper(
    moves: Mapping[str, Split], larger: float = 1, *, work_s: float = 3600, call_s: float = 0.0,
    start_each_s: float = 0.0,
) -> dict[str, ProcessModel]:  # fmt: skip
    """Return the model of each job, made so long that a plain loop needs ``work_s``: a dict.

    ``larger`` sublists are so many times as long as those that were measured, and so many times
    fewer. The other prices are those of ``cluster_model``.
    """
    number("larger", larger, 0.01, 10_000, "10 makes a tenth of the calls")
    prices = {"call_s": call_s / larger, "start_each_s": start_each_s}
    return {name: lasting(cluster_model(one, **prices), work_s) for name, one in moves.items()}


def stops_paying(model: ProcessModel) -> int:
    """Return from how many workers on twice as many are less than 5 % faster: at most 1000.

    >>> stops_paying(ProcessModel(work_s=100, copy_s=10, n_sublists=10_000))
    10
    >>> stops_paying(ProcessModel(work_s=100, n_sublists=10_000))
    1000
    """
    few = range(1, WORKERS[-1])
    too_many = (n for n in few if model.wall_s(n) < _STILL_PAYS * model.wall_s(2 * n))
    return next(too_many, WORKERS[-1])


def in_words(name: str, model: ProcessModel) -> str:
    """Return what the model says about a job in a sentence.

    >>> in_words("maps", ProcessModel(work_s=3600, n_sublists=10**6))[:50]
    'maps, model: 10 workers 10 times as fast, 100 work'
    """
    said = ", ".join(f"{n} workers {speed_up(model, n):.3g} times as fast" for n in (10, 100, 1000))
    n = stops_paying(model)
    end = f"up to {n} and beyond" if n == WORKERS[-1] else f"up to about {n}"
    return f"{name}, model: {said}; adding workers pays {end}."


def speed_up(model: ProcessModel, n_workers: int) -> float:
    """Return how many times as fast as serially the model says that ``n_workers`` are."""
    return model.work_s / model.wall_s(n_workers)
