"""What this computer can do for a parallel program, asked and measured, not guessed."""

import contextlib
import functools
import hashlib
import math
import multiprocessing
import os
import platform
import re
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
from ..units import counted

ONE_CPU = 1.5  # fewer usable CPUs than this are one: nothing that needs a core can overlap
QUIET = 0.8  # of a core for a thread that never waits: below it other programs disturb
TWO_CORES = 1.4  # cores to several threads: with fewer, turns cannot be told from being busy
_MOST_BYTES = 65536  # of a file in which the system describes itself
_MOST_LETTERS = 4096  # of a path, for Linux

# --- CPUs and memory that this process may use ---------------------------------------


def usable_cpus(root: Path = Path("/")) -> float:
    """Return how many CPUs this process may use, such as 1.5, never below 0.01.

    It is the smaller of the CPUs that the process is bound to (its affinity) and the quota
    of its control group, in version 1 or 2 of Linux's cgroup file system below ``root``.
    ``os.cpu_count()`` sees neither, ``os.process_cpu_count()`` only the first.
    """
    return max(0.01, min(_affinity(), cpu_quota(root)))


def n_usable_workers() -> int:
    """Return the largest number of workers that can have a CPU each, from 1."""
    return _in_whole(usable_cpus())


def _in_whole(cpus):
    return max(1, math.ceil(cpus - 0.05))


def _affinity():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return getattr(os, "process_cpu_count", os.cpu_count)() or 1


def cpu_quota(root: Path = Path("/")) -> float:
    """Return the CPUs that the control group of this process allows, ``inf`` when unlimited.

    A limit on a parent group counts as well.
    """
    quotas = [math.inf]
    for folder in _cgroup_folders(root, "cpu"):
        # Version 2 says "150000 100000" or "max 100000"; version 1 has two files, and -1 for none.
        versions = ["cpu.max"], ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        for names in versions:
            words = [word for name in names for word in _read(folder / name).split()]
            match [_count(word) for word in words]:
                # LXC shows a period of 0, and the kernel takes 1 ms to 1 s.
                case [quota_us, period_us] if quota_us > 0 and 1000 <= period_us <= 1_000_000:
                    quotas.append(quota_us / period_us)
    return min(quotas)


def memory_limit_bytes(root: Path = Path("/")) -> int | None:
    """Return the memory that this process may use in bytes, or None when unknown.

    It is the smallest of the computer's memory, the control group's limit and the address
    space limit of the process.
    """
    limits = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    else:  # Windows
        import psutil  # only where it is needed: it is in no worker's way

        limits.append(psutil.virtual_memory().total)
    for folder in _cgroup_folders(root, "memory"):
        texts = [_read(folder / name) for name in ("memory.max", "memory.limit_in_bytes")]
        limits += [n_bytes for text in texts if (n_bytes := _count(text)) > 0]
    with contextlib.suppress(ImportError):  # Windows has no such limit
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        limits += [soft] if soft != resource.RLIM_INFINITY else []
    return min(limits, default=None)


def _cgroup_folders(root, controller):
    """Yield the folders, own group first, in which ``controller`` may have set a limit."""
    for line in _read(root / "proc/self/cgroup").split("\n"):
        _, controllers, group = (*line.split(":", 2), "", "")[:3]
        if not 0 < len(group) <= _MOST_LETTERS:
            continue
        if controllers and controller not in controllers.split(","):
            continue
        mount = root / "sys/fs/cgroup"
        if controllers:
            is_joint = os.path.exists(mount / controllers)
            mount = mount / (controllers if is_joint else controller)
        folder = mount / group.lstrip("/")
        while folder != mount.parent:
            yield folder
            folder = folder.parent


def _read(path):
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read(_MOST_BYTES)).strip()  # it may name a folder
    except (OSError, ValueError):  # not there in this system, not to be read, or no such name
        return ""


def _count(word):
    """Return the whole number that a word spells, or -1."""
    return int(word) if re.fullmatch("[0-9]{1,20}", word) else -1


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
    for line in _read(Path("/proc/cpuinfo")).splitlines():
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

    @property
    def n_usable_workers(self) -> int:
        """The largest number of workers that can have a CPU each, from 1."""
        return _in_whole(self.usable_cpus)

    @property
    def has_one_cpu(self) -> bool:
        """Whether one CPU is usable: nothing that needs a core can overlap."""
        return self.usable_cpus < ONE_CPU

    def __str__(self):
        build = " free-threaded" if self.free_threaded else ""
        gil = "GIL on" if self.gil else "no GIL"
        return (
            f"{self.implementation} {self.python}{build} ({gil}), "
            f"{self.usable_cpus:g} of {self.n_cpus} CPUs usable, {self.cpu}, {self.system}"
        )


def describe() -> Machine:
    """Return the ``Machine`` that runs this call."""
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

SLICE_S = 0.015  # for one look at one number of threads
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
    n_threads: int | None = None, *, slice_s: float = SLICE_S, rounds: int = 5
) -> Capacity:
    """Return the measured ``Capacity`` of this machine for 1 to ``n_threads`` threads.

    Threads hash large buffers with SHA-256: C code that releases the GIL, so neither the
    GIL nor memory limits it, and what is missing to ``n_threads`` cores is the machine's
    own: a quota, two threads on one core, a lower clock speed, a busy neighbour. Every count up to
    4 is tried for ``slice_s`` seconds, then powers of two up to ``n_threads``: when None, one for
    every usable CPU, and at least 2. The counts take turns in each of the ``rounds``.

    Raises:
        LabError: ``n_threads`` is not from 1 to 256, or more than the system allows.
    """
    if n_threads is None:
        n_threads = max(2, n_usable_workers())
    n_threads = whole("n_threads", n_threads, 1, 256, f"try {n_usable_workers()}")
    counts = sorted({n for n in (1, 2, 3, 4, 8, 16, 32, 64) if n < n_threads} | {n_threads})
    tries = [[_hash_rate(n, slice_s) for n in counts] for _ in range(rounds)]
    ratios = [tuple(row[i][0] / row[0][0] for row in tries) for i in range(len(counts))]
    return Capacity(tuple(counts), tuple(ratios), tuple(row[0][1] for row in tries))


def _hash_rate(n_threads, slice_s):
    """Return blocks hashed per second by all threads, and the share of a core of the first."""
    start = threading.Barrier(n_threads)
    tries = [None] * n_threads  # of each thread: when it began and ended, its CPU time, its blocks

    def work(index):
        try:
            start.wait()
        except threading.BrokenBarrierError:  # not all of them could be started
            return
        began_s, cpu_began_s = time.perf_counter(), time.thread_time()
        n_blocks = 0
        while (now_s := time.perf_counter()) - began_s < slice_s or not n_blocks:
            hashlib.sha256(_BLOCK)
            n_blocks += 1
        tries[index] = began_s, now_s, time.thread_time() - cpu_began_s, n_blocks

    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(n_threads)]
    try:
        for thread in threads:
            thread.start()
    except BaseException as error:  # an interrupt, for one: those that were started may go
        start.abort()
        if not isinstance(error, RuntimeError):
            raise
        raise LabError(
            f"{n_threads} threads were asked for, and the system starts no more ({shown(error)}): "
            "its memory or its number of threads is used up; ask for fewer"
        ) from error
    for thread in threads:
        thread.join()
    begun_s, ended_s, cpu_s, n_blocks = zip(*tries, strict=True)
    # On Windows the clock of CPU time ticks too slowly for one try.
    share = 1.0 if sys.platform == "win32" else cpu_s[0] / (ended_s[0] - begun_s[0])
    # Over the whole time of all: on one core the threads may come one after the other.
    return sum(n_blocks) / (max(ended_s) - min(begun_s)), share
