"""How many threads want a CPU at once? Libraries have threads of their own, in every process."""

import multiprocessing
import os
import statistics
from collections.abc import Callable, Iterable
from concurrent.futures import wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core import machine, pools, worker
from ..core.turns import take_turns
from ..errors import LabError, shown, whole
from ..units import counted

_LOOK_S = 0.005  # between two looks at the workers' threads
_TASKS = Path("/proc/self/task")  # where Linux tells the state of each thread


@dataclass(frozen=True)
class Crowd:
    """What a pool of processes took, and how many of its threads wanted a CPU meanwhile.

    ``wall_s`` are seconds, shape (rounds,). ``runnable`` are counts, shape (looks,): threads of
    all workers that ran or could have run. It is empty where the system does not tell.
    """

    name: str
    n_workers: int
    usable_cpus: float
    wall_s: tuple[float, ...]
    runnable: tuple[int, ...]

    @property
    def seconds(self) -> float:
        """The median of ``wall_s``."""
        return statistics.median(self.wall_s)

    @property
    def n_runnable(self) -> float | None:
        """The median number of threads that wanted a CPU, or None where it is not known."""
        return statistics.median(self.runnable) if self.runnable else None

    def __str__(self):
        many = "an unknown number of" if self.n_runnable is None else f"{self.n_runnable:g}"
        return (
            f"{self.name}: {self.seconds:.3g} s, {many} threads at once for "
            f"{self.usable_cpus:g} CPUs"
        )


def blas_threads() -> dict[str, int]:
    """Return the threads of each library of linear algebra that NumPy has loaded: {name: n}.

    It is empty where threadpoolctl finds none that it can limit, as with Apple's Accelerate.

    >>> all(n >= 1 for n in blas_threads().values())
    True
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
    return " ".join(
        f"NumPy leaves its matrix products to {name}, which uses up to "
        f"{counted(n, 'thread')} by itself."
        for name, n in found.items()
    )


def measure_crowds(
    ways: dict[str, Callable[[Any], Any]],
    items: Iterable[Any],
    n_workers: int = 2,
    *,
    rounds: int = 3,
    budget_s: float = 12.0,
) -> list[Crowd]:
    """Return a list with a ``Crowd`` for each way, all of them in the same pool of processes.

    The last way is run once before the clock. Then the ways take turns.

    Args:
        ways: a dict from a name to a function of one item. The first says what is right.
        items: what each of them is called with, in the workers.
        n_workers: processes in the pool.
        rounds: how often each way is timed at most.
        budget_s: no round is begun that would probably end after so many seconds.

    Raises:
        LabError: a value is out of its range, or the answers of two ways differ.
    """
    items = _checked(ways, items)
    rounds = whole("rounds", rounds, 1, 1000, "try 3")
    times_s: dict[str, list[float]] = {name: [] for name in ways}
    runnable: dict[str, list[int]] = {name: [] for name in ways}
    with pools.started("processes", n_workers) as pool:
        _run(pool, list(ways.values())[-1], items)  # a warm-up: workers import what they need
        expected = None
        for _, name, _ in take_turns(ways, rounds, budget_s=budget_s):
            answer, seconds, looks = _run(pool, ways[name], items)
            expected = answer if expected is None else expected
            if answer != expected:
                raise _differs(name, next(iter(ways)))
            times_s[name].append(seconds)
            runnable[name] += looks
    cpus = machine.usable_cpus()
    return [
        Crowd(name, n_workers, cpus, tuple(times_s[name]), tuple(runnable[name])) for name in ways
    ]


def _checked(ways, items):
    """Return the items as a list."""
    if not isinstance(ways, dict) or not ways or not all(map(callable, ways.values())):
        raise LabError(
            f"ways come in a dict from a name to a function, not {shown(ways)}: try {{'abs': abs}}"
        )
    items = list(items)
    if not items:
        raise LabError("there is nothing to do: give at least one item")
    return items


def _differs(name, first):
    return LabError(
        f"{shown(name)} does not give what {shown(first)} gives: a time counts only if the answer "
        "does"
    )


def _run(pool, function, items):
    """Return the results, the seconds, and the numbers of runnable threads that were seen."""
    looks = []
    began_s = worker.now()
    futures = [pool.submit(function, item) for item in items]
    while wait(futures, timeout=_LOOK_S).not_done:
        if _TASKS.is_dir():
            looks.append(_n_runnable(child.pid for child in multiprocessing.active_children()))
    seconds = worker.now() - began_s
    return [future.result() for future in futures], seconds, looks


def _n_runnable(pids):
    """Return how many threads of these processes run, or wait for nothing but a CPU."""
    n = 0
    for pid in pids:
        for thread in _thread_ids(pid):
            try:
                stat = Path(f"/proc/{pid}/task/{thread}/stat").read_text()
            except OSError:  # it has ended since
                continue
            n += stat.rpartition(")")[2].split()[0] == "R"
    return n


def _thread_ids(pid):
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:  # it has ended since
        return []
