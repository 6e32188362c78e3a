"""Processes that workers started, such as a pool of their own: they end with the workers.

Those that a worker forks end by themselves, as ``worker.begin_process`` has it. All others bear the
mark of their pool in their environment, in whatever session they are. So they are found when the
worker that started them is gone; while it is there, they are also found as its children.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from .worker import MARK

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_ROUNDS = 20  # of looking for more, while some are found
_PAUSE_S = 0.01


def kill(mark: str, workers: Sequence[Any] = ()) -> None:
    """Kill workers of a pool, and then all that they and earlier workers of it have started.

    A worker is a ``multiprocessing.Process`` or a ``subprocess.Popen``.
    """
    import psutil

    found = descendants(mark, [one.pid for one in workers if one.pid is not None])
    for one in workers:
        with contextlib.suppress(ValueError):  # it is closed already
            one.kill()
    for _ in range(_ROUNDS):
        if not found and not workers:
            return
        workers = ()
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        if found:
            time.sleep(_PAUSE_S)
        found = descendants(mark)


def kill_children(mark: str = "") -> None:
    """Kill what descends from this process, and what bears a mark."""
    for process in descendants(mark, [os.getpid()]):
        with contextlib.suppress(Exception):  # it may have ended, or be another user's
            process.kill()


def kill_from_inside(mark: str) -> None:
    """Kill what this worker has started, and other workers of its pool, before it ends itself.

    Until it has ended, a thread of it may start more. So another process looks again afterwards.
    """
    kill_children(mark)
    if mark:
        environ = {name: value for name, value in os.environ.items() if name != MARK}
        environ["PYTHONPATH"] = os.pathsep.join([_PACKAGE, environ.get("PYTHONPATH", "")])
        subprocess.Popen(
            [sys.executable, "-m", __name__, str(os.getpid()), mark, _folder_of_parent()],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def descendants(mark: str, pids: Sequence[int] = ()) -> list[Any]:
    """Return the ``psutil.Process`` of all that bear a mark or descend from ``pids``."""
    import psutil

    parents, marked = {}, set()
    for pid in psutil.pids():
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            parents[process] = process.ppid()
            if mark and mark in process.environ().get(MARK, ""):
                marked.add(pid)
    known = {*pids, *marked}
    while more := {p.pid for p, parent in parents.items() if parent in known} - known:
        known |= more
    return [p for p in parents if p.pid in known - {*pids, os.getpid()}]


def _folder_of_parent():
    """Return the temporary folder that this worker's parent made, or an empty text.

    The socket of the fork server is in it. Whoever was started by multiprocessing has that of its
    own parent, who may still use it.
    """
    from multiprocessing import current_process, parent_process

    parent = parent_process()
    is_first = parent is not None and parent.name == "MainProcess"
    return (current_process()._config.get("tempdir") or "") if is_first else ""


def _kill_after(pid, mark, folder):
    """Kill what bears the mark once a worker is gone, and remove what its parent left."""
    import psutil

    with contextlib.suppress(psutil.Error):
        psutil.Process(pid).wait(60)
    kill(mark)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _kill_after(int(sys.argv[1]), *sys.argv[2:])
