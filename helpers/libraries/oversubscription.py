"""How many threads want a CPU at once? Libraries have threads of their own, in every process."""

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Iterable
from concurrent.futures import wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core import allowed, machine, pools, worker
from ..core.turns import take_turns
from ..errors import LabError, check_functions, shown
from ..units import counted, cpus

_ROUNDS, _BUDGET_S = 3, 12.0  # how often each way is timed, and about how long all may take
_LOOK_S = 0.005  # between two looks at the workers' threads
_SPIN_S = 0.25  # the threads of a BLAS spin after a product; those of MKL for 0.2 s (KMP_BLOCKTIME)
_TASKS = Path("/proc/self/task")  # where Linux tells the state of each thread


@dataclass(frozen=True)
class Crowd:
    """What a pool of processes took, and how many of its threads wanted a CPU meanwhile.

    ``wall_s`` are seconds, shape (rounds,). ``runnable`` are counts, shape (looks,): threads of
    all workers that ran or could have run. It is empty where the system does not tell. ``capacity``
    is what the machine gave between the rounds.
    """

    name: str
    n_workers: int
    usable_cpus: float
    wall_s: tuple[float, ...]
    runnable: tuple[int, ...]
    capacity: machine.Capacity = field(repr=False)

    @property
    def seconds(self) -> float:
        """The median of ``wall_s``."""
        return statistics.median(self.wall_s)

    @property
    def n_runnable(self) -> float | None:
        """The median number of threads that wanted a CPU, or None where it is not known."""
        return statistics.median(self.runnable) if self.runnable else None

    def __str__(self) -> str:
        many = "an unknown number of" if self.n_runnable is None else f"{self.n_runnable:g}"
        threads = f"{many} threads at once for {cpus(self.usable_cpus)}"
        return f"{self.name}: {self.seconds:.3g} s, {threads}"


def blas_threads() -> dict[str, int]:
    """Return the threads of each library of linear algebra that NumPy has loaded: {name: n}.

    It is empty where threadpoolctl finds none that it can limit, as with Apple's Accelerate.
    """
    import numpy  # noqa: F401  its import loads the library
    from threadpoolctl import threadpool_info

    found = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return {library["internal_api"]: library["num_threads"] for library in found}


def in_words(found: dict[str, int]) -> str:
    """Return the sentence that says what ``blas_threads`` found.

    >>> in_words({"openblas": 4})
    'NumPy leaves its matrix products to openblas, which uses up to 4 threads by itself.'
    """
    if not found:
        return (
            "threadpoolctl finds no library here whose threads it can limit (Apple's Accelerate "
            "is such a one): the limits below change nothing."
        )
    said = "NumPy leaves its matrix products to {}, which uses up to {} by itself."
    return " ".join(said.format(name, counted(n, "thread")) for name, n in found.items())


def measure_crowds(
    ways: dict[str, Callable[[Any], Any]], items: Iterable[Any], n_workers: int = 2
) -> list[Crowd]:
    """Return a ``Crowd`` for each way, each in a pool of processes of its own.

    Each way is run once before the clock. Then the ways take turns. Arguments and errors are
    those of ``helpers.libraries.crowds``.
    """
    check_functions("ways", ways, "try {'abs': abs}")
    items = list(items)
    if not items:
        raise LabError("there is nothing to do: give at least one item")
    first = next(iter(ways))
    times_s: dict[str, list[float]] = {name: [] for name in ways}
    runnable: dict[str, list[int]] = {name: [] for name in ways}
    capacity = machine.capacity(2, rounds=1)
    with contextlib.ExitStack() as stack:
        # A pool for each way: a BLAS keeps its threads spinning for a while after its last product.
        opened = {name: stack.enter_context(pools.started("processes", n_workers)) for name in ways}
        for name, pool in opened.items():
            _run(pool, ways[name], items[:n_workers])  # a warm-up: workers import what they need
        expected = None
        for _, name, ends_round in take_turns(ways, _ROUNDS, budget_s=_BUDGET_S):
            answer, seconds, looks = _run(opened[name], ways[name], items)
            expected = answer if expected is None else expected
            if answer != expected:
                raise LabError(
                    f"{shown(name)} does not give what {shown(first)} gives: a time counts only "
                    "if the answer does"
                )
            times_s[name].append(seconds)
            runnable[name] += looks
            if ends_round:
                time.sleep(_SPIN_S)
                capacity = capacity.joined(machine.capacity(2, rounds=1))
    usable = allowed.usable_cpus()
    return [
        Crowd(name, n_workers, usable, tuple(times_s[name]), tuple(runnable[name]), capacity)
        for name in ways
    ]


def _run(pool, function, items):
    """Return the results, the seconds, and the numbers of runnable threads that were seen."""
    looks = []
    began_s = worker.now()
    futures = [pool.submit(function, item) for item in items]
    while wait(futures, timeout=_LOOK_S).not_done:
        if _TASKS.is_dir():
            looks.append(_n_runnable(pool))
    seconds = worker.now() - began_s
    return [future.result() for future in futures], seconds, looks


def _n_runnable(pool):
    """Return how many threads of a pool's workers run, or wait for nothing but a CPU."""
    n = 0
    for pid in list(pool._processes):
        with contextlib.suppress(OSError):  # it has ended since
            for thread in os.listdir(f"/proc/{pid}/task"):
                stat = Path(f"/proc/{pid}/task/{thread}/stat").read_text()
                n += stat.rpartition(")")[2].split()[0] == "R"
    return n
