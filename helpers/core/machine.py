"""What this computer can do for a parallel program, asked and measured, not guessed."""

import functools
import hashlib
import multiprocessing
import os
import platform
import statistics
import sys
import sysconfig
import threading
import time
from dataclasses import dataclass
from itertools import pairwise
from operator import add
from pathlib import Path

from ..errors import LabError, shown, whole
from ..units import counted, cpus
from . import allowed
from .allowed import in_whole, memory_limit_bytes, n_usable_workers, usable_cpus

ONE_CPU = 1.5  # fewer usable CPUs than this are one: nothing that needs a core can overlap
QUIET = 0.8  # of a core for a thread that never waits: below it other programs disturb
TWO_CORES = 1.4  # cores to several threads: with fewer, turns cannot be told from being busy

# --- The Python that runs ------------------------------------------------------------


def gil_enabled() -> bool:
    """Return whether a global interpreter lock is on now, at run time.

    A free-threaded build turns it on when it imports an extension that asks for it.
    """
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def free_threaded_build() -> bool:
    """Return whether this Python was built so that it can run without the lock."""
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


@functools.cache
def _cpu_name():
    for line in allowed.read(Path("/proc/cpuinfo")).splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


@dataclass(frozen=True)
class Machine:
    """What was true of the computer and its Python at the moment of asking."""

    system: str
    cpu: str
    n_cpus: int
    usable_cpus: float
    memory_bytes: int | None
    implementation: str
    python: str
    free_threaded: bool
    gil: bool
    start_methods: tuple[str, ...]
    default_start_method: str
    quota_cpus: float | None = None  # that stop it when it uses all its CPUs; None without a quota

    @property
    def n_usable_workers(self) -> int:
        """The largest number of workers that can have a CPU each, from 1."""
        return in_whole(self.usable_cpus)

    @property
    def has_one_cpu(self) -> bool:
        """Whether one CPU is usable, or a quota of one: no worker makes computing faster."""
        return self.usable_cpus < ONE_CPU

    @property
    def cpus(self) -> str:
        """What it may use of its CPUs, in words: a quota is a share of their time."""
        if self.quota_cpus is not None:
            return f"a quota of {cpus(self.quota_cpus)} of time on {cpus(self.n_cpus)}"
        return f"{self.usable_cpus:g} of {cpus(self.n_cpus)} usable"

    def __str__(self):
        build = " free-threaded" if self.free_threaded else ""
        gil = "GIL on" if self.gil else "no GIL"
        return (
            f"{self.implementation} {self.python}{build} ({gil}), "
            f"{self.cpus}, {self.cpu}, {self.system}"
        )


def describe() -> Machine:
    """Return the ``Machine`` that runs this call."""
    quota = allowed.quota()
    return Machine(
        system=f"{platform.system()} {platform.release()}".strip(),
        cpu=_cpu_name(),
        n_cpus=os.cpu_count() or 1,
        usable_cpus=usable_cpus(),
        memory_bytes=memory_limit_bytes(),
        implementation=platform.python_implementation(),
        python=platform.python_version(),
        free_threaded=free_threaded_build(),
        gil=gil_enabled(),
        start_methods=tuple(multiprocessing.get_all_start_methods()),
        default_start_method=default_start_method(),
        quota_cpus=None if quota is None else quota.cpus,
    )


def default_start_method() -> str:
    """Return how processes are started here when nobody says otherwise, without setting it.

    A Jupyter kernel has threads, and a forked copy of a process with threads can lock up; so
    where the platform's own default is fork (Linux before 3.14), this says forkserver.
    """
    method = multiprocessing.get_start_method(allow_none=True)
    method = method or multiprocessing.get_all_start_methods()[0]
    return "forkserver" if method == "fork" else method


# --- How many cores it gets at this moment -------------------------------------------

SLICE_S = 0.03  # for one look at one number of threads
# Threads that start together may share one core until the system spreads them, which Linux does at
# its ticks of 4 ms, one thread at a time: in their first 15 ms two often had 1.1 of two cores.
SPREAD_S = 0.02
_PERIODS = 2  # of a quota, which a look has to last: in a part of one it is not yet used up
_BLOCK = bytes(1 << 18)  # 256 KiB: hashlib releases the GIL, and it stays in a core's cache


@dataclass(frozen=True)
class Capacity:
    """How many times one thread's work this process gets done, with ``n_threads`` threads.

    ``n_threads`` has shape (points,); ``ratios`` holds one tuple of shape (rounds,) for
    each: work done by all threads over work done by one, in the same round. ``core_shares``,
    shape (rounds,), is how much of a core one thread got that never waits: its CPU time over
    the wall time, about 1 unless other programs keep the machine busy.
    """

    n_threads: tuple[int, ...]
    ratios: tuple[tuple[float, ...], ...]
    core_shares: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        ascending = self.n_threads[:1] == (1,) and all(a < b for a, b in pairwise(self.n_threads))
        complete = len(self.n_threads) == len(self.ratios) and all(self.ratios)
        if not (ascending and complete and self.core_shares):
            rule = "a capacity has ratios for thread counts that ascend from 1"
            raise LabError(f"{rule}, not for {shown(self.n_threads)}: measure it again")

    def at(self, n: int) -> float:
        """Return the median capacity for ``n`` workers, in cores; past the last point, the last."""
        place = sum(m <= n for m in self.n_threads)
        return statistics.median(self.ratios[max(0, place - 1)])

    def joined(self, other: "Capacity") -> "Capacity":
        """Return this capacity with the rounds of another, of the same thread counts, added."""
        ratios = tuple(map(add, self.ratios, other.ratios))
        return Capacity(self.n_threads, ratios, self.core_shares + other.core_shares)

    @property
    def core_share(self) -> float:
        """The median of ``core_shares``."""
        return statistics.median(self.core_shares)

    def is_busy(self, usable_cpus: float = 1.0) -> bool:
        """Return whether other programs kept a thread that never waits from its core.

        Where less than one CPU may be used, as under a container's quota, that is all it can get.
        """
        return self.core_share < QUIET * min(1.0, usable_cpus)

    def is_narrow(self, n: int) -> bool:
        """Return whether ``n`` threads had too few cores to tell overlap from taking turns."""
        return self.at(n) < TWO_CORES

    def curve(self) -> tuple[list[int], list[float]]:
        """Return (n_threads, cores): two lists of shape (points,)."""
        return list(self.n_threads), [self.at(n) for n in self.n_threads]

    def __str__(self):
        points = ", ".join(f"{counted(n, 'thread')} {self.at(n):.2f}" for n in self.n_threads)
        return f"capacity in cores: {points}"


def capacity(
    n_threads: int | None = None, *, slice_s: float | None = None, rounds: int | None = None
) -> Capacity:
    """Return the measured ``Capacity`` of this machine for 1 to ``n_threads`` threads.

    Threads hash large buffers with SHA-256: C code that releases the GIL, so neither the
    GIL nor memory limits it, and what is missing to ``n_threads`` cores is the machine's
    own: a quota, two threads on one core, a lower clock speed, a busy neighbour. Every count up to
    4 is tried for ``slice_s`` seconds, then powers of two up to ``n_threads``: when None, one for
    every usable CPU, and at least 2. The counts take turns in each of the ``rounds``: 3 when None.
    When ``slice_s`` is None, what threads do before the system has spread them does not count.
    Under a quota, a slice is then two of its periods, after one that does not count, and 2 rounds
    are made: what is done before the quota is used up, no job can keep up. A slice that is asked
    for counts from its start: it tells what a burst as short as it can get.

    Raises:
        LabError: ``n_threads`` is not from 1 to 256, or more than the system allows.
    """
    if n_threads is None:
        n_threads = max(2, n_usable_workers())
    n_threads = whole("n_threads", n_threads, 1, 256, f"try {n_usable_workers()}")
    counts = sorted({n for n in (1, 2, 3, 4, 8, 16, 32, 64) if n < n_threads} | {n_threads})
    period_s = allowed.period_s() if slice_s is None else 0.0
    after_s = max(SPREAD_S, period_s) if slice_s is None else 0.0
    slice_s = slice_s or max(SLICE_S, _PERIODS * period_s)
    rounds = rounds or (2 if period_s else 3)
    tries = [[_hash_rate(n, slice_s, after_s) for n in counts] for _ in range(rounds)]
    ratios = [tuple(row[i][0] / row[0][0] for row in tries) for i in range(len(counts))]
    return Capacity(tuple(counts), tuple(ratios), tuple(row[0][1] for row in tries))


def look_s() -> float:
    """Return how many seconds ``capacity`` takes for one look at one number of threads."""
    return max(SPREAD_S + SLICE_S, (_PERIODS + 1) * allowed.period_s())


def _hash_rate(n_threads, slice_s, after_s=0.0):
    """Return blocks hashed per second by all threads, and the share of a core of the first.

    The first ``after_s`` seconds do not count.
    """
    start = threading.Barrier(n_threads)
    tries = [None] * n_threads  # of each thread: when it began and ended, its CPU time, its blocks

    def work(index):
        try:
            start.wait()
        except threading.BrokenBarrierError:  # not all of them could be started
            return
        ready_s = time.perf_counter() + after_s
        while time.perf_counter() < ready_s:
            hashlib.sha256(_BLOCK)
        began_s, cpu_began_s = time.perf_counter(), time.thread_time()
        n_blocks = 0
        while (now_s := time.perf_counter()) - began_s < slice_s or not n_blocks:
            hashlib.sha256(_BLOCK)
            n_blocks += 1
        tries[index] = began_s, now_s, time.thread_time() - cpu_began_s, n_blocks

    _run_all(
        [threading.Thread(target=work, args=(i,), daemon=True) for i in range(n_threads)], start
    )
    begun_s, ended_s, cpu_s, n_blocks = zip(*tries, strict=True)
    # On Windows the clock of CPU time ticks too slowly for one try.
    share = 1.0 if sys.platform == "win32" else cpu_s[0] / (ended_s[0] - begun_s[0])
    # Over the whole time of all: on one core the threads may come one after the other.
    return sum(n_blocks) / (max(ended_s) - min(begun_s)), share


def _run_all(threads, start):
    """Run threads that wait at one barrier to their end."""
    try:
        for thread in threads:
            thread.start()
    except BaseException as error:  # an interrupt, for one: those that were started may go
        start.abort()
        if not isinstance(error, RuntimeError):
            raise
        raise LabError(
            f"{len(threads)} threads were asked for, and the system starts no more "
            f"({shown(error)}): its memory or its number of threads is used up; ask for fewer"
        ) from error
    for thread in threads:
        thread.join()
