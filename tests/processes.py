"""Other processes as a test looks at them: each may end between two looks."""

import contextlib
import itertools

import psutil


def started_as(process: psutil.Process) -> str:
    """Return the command line of a process; nothing where it has ended, reaped or not."""
    with contextlib.suppress(psutil.NoSuchProcess):  # a zombie counts as none
        return " ".join(process.cmdline())
    return ""


def has_ended(process: psutil.Process) -> bool:
    """Return whether a process has ended, even where nobody has reaped it yet."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    return True


def come_from(pid: int | None = None) -> set[psutil.Process]:
    """Return the processes that come from this one, or from the one of that number, and run."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return {*itertools.filterfalse(has_ended, psutil.Process(pid).children(recursive=True))}
    return set()
