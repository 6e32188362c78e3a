"""What this process may use of its computer: CPUs, memory, and a quota of CPU time.

A container seldom has cores of its own. It has a *quota*: so much CPU time in each period, on as
many cores as the computer has. Two workers then run side by side for the first part of a period,
and both are stopped for the rest of it. That is another thing than being bound to one core.
"""

import contextlib
import math
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .turns import Stop

_ROOT = Path("/")
_MOST_BYTES = 65536  # of a file in which the system describes itself
_MOST_LETTERS = 4096  # of a path, for Linux


@dataclass(frozen=True)
class Quota:
    """So many seconds of CPU time in each second, given anew in each period of ``period_s``."""

    cpus: float
    period_s: float


class Stops(NamedTuple):
    """Since the control group began: its periods with work in them, and in how many it was stopped.

    ``withheld_s`` are seconds of cores on which work was ready and was not allowed to run.
    """

    periods: int
    stopped: int
    withheld_s: float


# --- CPUs ---------------------------------------------------------------------------------


def usable_cpus(root: Path = _ROOT) -> float:
    """Return how many CPUs this process may use, such as 1.5, never below 0.01.

    It is the smaller of the CPUs that the process is bound to (its affinity) and the quota
    of its control group, in version 1 or 2 of Linux's cgroup file system below ``root``.
    ``os.cpu_count()`` sees neither, ``os.process_cpu_count()`` only the first.
    """
    return max(0.01, min(bound_cpus(), cpu_quota(root)))


def n_usable_workers() -> int:
    """Return the largest number of workers that can have a CPU each, from 1."""
    return in_whole(usable_cpus())


def in_whole(cpus: float) -> int:
    """Return how many workers can have one each of so many CPUs, from 1."""
    return max(1, math.ceil(cpus - 0.05))


def bound_cpus() -> int:
    """Return how many CPUs this process is bound to: under a quota it may use them in bursts."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return getattr(os, "process_cpu_count", os.cpu_count)() or 1


# --- A quota of CPU time ------------------------------------------------------------------


def cpu_quota(root: Path = _ROOT) -> float:
    """Return the CPUs that the control group of this process allows, ``inf`` when unlimited.

    A limit on a parent group counts as well.
    """
    return min((quota.cpus for quota, _ in _quotas(root)), default=math.inf)


def quota(root: Path = _ROOT) -> Quota | None:
    """Return the ``Quota`` that stops this process when it uses all of its CPUs, or None."""
    found = min((quota for quota, _ in _quotas(root)), key=lambda q: q.cpus, default=None)
    return found if found is not None and found.cpus < bound_cpus() else None


def period_s(root: Path = _ROOT) -> float:
    """Return the period of that quota in seconds, 0.0 without one."""
    found = quota(root)
    return found.period_s if found is not None else 0.0


def stops(root: Path = _ROOT) -> Stops | None:
    """Return how often the quota has stopped this process's group; None where nothing tells it."""
    groups = [(quota.cpus, folder) for quota, folder in _quotas(root)]
    if not groups:
        return None
    _, folder = min(groups)
    lines = (line.split() for line in read(folder / "cpu.stat").splitlines())
    told = {line[0]: _count(line[1]) for line in lines if len(line) == 2}
    withheld_s = told.get("throttled_usec", -1) / 1e6  # version 2
    if withheld_s < 0:
        withheld_s = told.get("throttled_time", -1) / 1e9  # version 1
    found = Stops(told.get("nr_periods", -1), told.get("nr_throttled", -1), withheld_s)
    return found if min(found) >= 0 else None


def stopped_share(before: Stops | None) -> float | None:
    """Return in how many of the quota's periods since ``before`` it stopped this process, 0 to 1.

    None where ``before`` is, or now, or where the quota leaves this process all of its CPUs.
    """
    after = stops() if before is not None and quota() is not None else None
    if before is None or after is None:
        return None
    return (after.stopped - before.stopped) / max(1, after.periods - before.periods)


def rest(stop: "Stop | None" = None) -> None:
    """Wait until the quota, if there is one, is whole again; at once over when ``stop`` is set.

    Whoever used up a period leaves the next one less, so runs that are compared rest in between.
    """
    seconds = period_s()
    if seconds and not (stop is not None and stop.is_set()):
        time.sleep(seconds)


def _quotas(root):
    """Yield each ``Quota`` that holds for this process, with the folder of its group."""
    for folder in _folders(root, "cpu"):
        # Version 2 says "150000 100000" or "max 100000"; version 1 has two files, and -1 for none.
        versions = ["cpu.max"], ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        for names in versions:
            words = [word for name in names for word in read(folder / name).split()]
            match [_count(word) for word in words]:
                # LXC shows a period of 0, and the kernel takes 1 ms to 1 s.
                case [quota_us, period_us] if quota_us > 0 and 1000 <= period_us <= 1_000_000:
                    yield Quota(quota_us / period_us, period_us / 1e6), folder


# --- Memory, and the files that tell all this ---------------------------------------------


def memory_limit_bytes(root: Path = _ROOT) -> int | None:
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
    for folder in _folders(root, "memory"):
        texts = [read(folder / name) for name in ("memory.max", "memory.limit_in_bytes")]
        limits += [n_bytes for text in texts if (n_bytes := _count(text)) > 0]
    with contextlib.suppress(ImportError):  # Windows has no such limit
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        limits += [soft] if soft != resource.RLIM_INFINITY else []
    return min(limits, default=None)


def memory_left_bytes(root: Path = _ROOT) -> int | None:
    """Return the memory that this process may still take in bytes, or None when unknown.

    It is the least of what the computer has free and what the limits of its control groups leave,
    versions 1 and 2. What a group keeps of files, and gives back when somebody needs it, is free.
    """
    lefts = [_free_bytes(root)]
    for folder in _folders(root, "memory"):
        for limit_name, used_name, cache_name in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            limit, used = (_count(read(folder / name)) for name in (limit_name, used_name))
            if limit > 0 <= used:
                kept = re.search(rf"^{cache_name} (\d+)$", read(folder / "memory.stat"), re.M)
                lefts.append(max(0, limit - used + min(used, int(kept[1]) if kept else 0)))
    return min((left for left in lefts if left is not None), default=None)


def _free_bytes(root):
    """Return the memory that the whole computer has free, or None when unknown."""
    told = re.search(r"^MemAvailable: +(\d+) kB$", read(root / "proc/meminfo"), re.M)
    if told:
        return 1024 * int(told[1])
    try:
        import psutil  # only where it is needed: it is in no worker's way

        return psutil.virtual_memory().available
    except (ImportError, OSError):
        return None


def _folders(root, controller):
    """Yield the folders, own group first, in which ``controller`` may have set a limit."""
    for line in read(root / "proc/self/cgroup").split("\n"):
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


def read(path: Path) -> str:
    """Return the text of a file in which the system describes itself, "" where there is none."""
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read(_MOST_BYTES)).strip()  # it may name a folder
    except (OSError, ValueError):  # not there in this system, not to be read, or no such name
        return ""


def _count(word):
    """Return the whole number that a word spells, or -1."""
    return int(word) if re.fullmatch("[0-9]{1,20}", word) else -1
