"""A cluster of Dask on this machine, for one pool, that lets nobody else in.

Whoever reaches a scheduler of Dask, or one of its workers, can have it run code. So all of them
listen on the loopback only, and answer only those who show a key that is made for this one
cluster and never leaves its processes. The dashboard is for a browser, which has no key:
its addresses begin with a secret instead.
"""

import asyncio
import contextlib
import importlib.util
import logging
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..core import family
from ..errors import LabError, told

_ROOT = Path(__file__).resolve().parents[2]
_HOST = "127.0.0.1"
_LOOK_S = 0.05
_END_S = 10.0  # for workers that were killed to be gone, and for Dask to close what it has


@contextlib.contextmanager
def own_cluster(n_workers: int, given_up: Callable[[], bool]) -> Iterator["OwnCluster"]:
    """Start a scheduler in this process and worker processes, and end them with the ``with``.

    A LabError tells that the workers cannot be started, or that nobody wants them any more.
    """
    mark = secrets.token_hex(16)
    with (
        tempfile.TemporaryDirectory(prefix="gil-lab-dask-", ignore_cleanup_errors=True) as folder,
        _caretaker(folder, mark) as caretaker,
    ):
        cluster = OwnCluster(n_workers, folder, mark, caretaker)
        try:
            cluster.wait_for_workers(given_up)
            yield cluster
        finally:
            cluster.end()


@contextlib.contextmanager
def _caretaker(folder, mark):
    """Start a process that clears up if this one is killed, and end it with the ``with``."""
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    caretaker = subprocess.Popen(
        [sys.executable, "-P", "-m", "helpers.beyond.caretaker", folder, mark],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl+C in a terminal is for this process
    )
    try:
        yield caretaker
    finally:
        with contextlib.suppress(OSError):  # somebody has killed it
            caretaker.stdin.close()
        caretaker.wait()


class OwnCluster:
    """Dask's cluster, and what Dask does not know of it."""

    def __init__(self, n_workers: int, folder: str, mark: str, caretaker: Any) -> None:
        self.n_workers = n_workers
        self.dashboard: str | None = None
        self._folder = folder
        self._mark = mark
        self._caretaker = caretaker
        self._told = b""
        self._nannies: list[Any] = []
        try:
            self.dask = self._scheduler(folder)
        except Exception as error:  # RuntimeError, OSError, or what Dask's own code raises
            raise LabError(
                f"a scheduler cannot be started ({told(error, 80)}): look at what the machine is "
                "short of, or choose processes"
            ) from error
        self._starts = self._start()

    def wait_for_workers(self, given_up: Callable[[], bool]) -> None:
        """Wait until all workers are there."""
        while not self._starts.done():
            self._tell_the_caretaker()
            if given_up():
                raise LabError("the pool was ended while its workers started: open another one")
            time.sleep(_LOOK_S)
        try:
            self._starts.result()
        except Exception as error:  # RuntimeError, OSError, or what a worker's start raised
            raise LabError(
                f"{self.n_workers} workers cannot be started ({told(error, 80)}): ask for fewer; "
                "in a script, let what starts them stand under if __name__ == '__main__'"
            ) from error

    def look(self) -> None:
        """Have workers replaced that are lost, or that Dask has given up."""
        self._tell_the_caretaker()
        nannies = list(self.dask.workers.values())
        if self._starts.done() and (len(nannies) < self.n_workers or any(map(_is_over, nannies))):
            self._starts = self._start()

    def end(self) -> None:
        """Kill the workers, and close the rest."""
        # A worker would first finish the call it is at, and may never. Dask makes its futures
        # on its own loop only.
        self.dask.sync(_kill, self._nannies)
        family.kill(self._mark)  # what they have started themselves
        with contextlib.suppress(TimeoutError):  # without its workers nothing of it does anything
            self.dask.close(timeout=_END_S)
        self._tell_the_caretaker()
        # Dask put its folder, which is gone now and so anybody's to make, where modules come from.
        sys.path[:] = [path for path in sys.path if not path.startswith(self._folder)]

    def _tell_the_caretaker(self):
        numbers = [str(pid) for nanny in list(self._nannies) if (pid := nanny.pid)]
        line = (" ".join(numbers) + "\n").encode()
        if line != self._told:
            self._told = line
            with contextlib.suppress(OSError):  # somebody has killed it
                self._caretaker.stdin.write(line)
                self._caretaker.stdin.flush()

    def _scheduler(self, folder):
        """Return a ``SpecCluster`` that runs, still without workers."""
        from distributed import Security, SpecCluster

        pages = importlib.util.find_spec("bokeh") is not None
        secret = secrets.token_hex(16)
        safe = {"host": _HOST, "protocol": "tls://", "security": Security.temporary()}
        scheduler = {"dashboard": pages, "dashboard_address": f"{_HOST}:0", "http_prefix": secret}
        workers = {
            "nthreads": 1,
            "memory_limit": 1 / self.n_workers,  # of what this machine or container has
            "silence_logs": logging.CRITICAL,
        }
        both = {"local_directory": folder, **safe}
        dask = SpecCluster(
            scheduler={"cls": _scheduler_class(pages, secret), "options": {**scheduler, **both}},
            worker={"cls": self._nanny, "options": {**workers, **both}},
            security=safe["security"],
            silence_logs=logging.CRITICAL,
        )
        if pages:
            port = dask.scheduler.http_server.port
            self.dashboard = f"http://{_HOST}:{port}/{secret}/status"
        return dask

    def _nanny(self, *where, **options):
        """Return what starts a worker, and starts it again when it is lost."""
        from distributed import Nanny

        from .own_worker import OwnWorker

        nanny = Nanny(*where, worker_class=OwnWorker, mark=self._mark, **options)
        # It would set these variables in this process, and so for all that it starts later. They
        # are set in the worker too, before that imports NumPy.
        nanny.pre_spawn_env = {}
        self._nannies.append(nanny)
        return nanny

    def _start(self):
        """Have all workers started that are not there; return a future of it."""
        starts = _started(self.dask, self.n_workers)
        return asyncio.run_coroutine_threadsafe(starts, self.dask.loop.asyncio_loop)


def _is_over(nanny):
    """Return whether a worker is lost for good.

    One whose connection to the scheduler breaks, as they do at times while many start, ends
    itself together with what would start it again. Dask then goes on without it.
    """
    return nanny.status.name == "closed"


async def _started(dask, n_workers):
    for name, nanny in list(dask.workers.items()):
        if _is_over(nanny):
            del dask.workers[name]
    dask.worker_spec.update(dict.fromkeys(range(n_workers), dask.new_spec))
    await dask


async def _kill(nannies):
    """Kill worker processes, also those that still start; none is started again."""
    until_s = time.monotonic() + _END_S
    for nanny in nannies:
        if nanny.status.name == "running":
            nanny.close_gracefully()  # its name for not starting the worker again
    while time.monotonic() < until_s:
        there = [nanny for nanny in nannies if nanny.is_alive()]
        if not there and not any(nanny.status.name in ("init", "starting") for nanny in nannies):
            return
        for nanny in there:
            with contextlib.suppress(AttributeError, ValueError):  # it has just ended
                await nanny.process.process.kill()
        await asyncio.sleep(_LOOK_S / 5)


def _scheduler_class(pages, secret):
    """Return Dask's class of schedulers with a server of web pages behind a secret, or with none.

    Dask itself would start one in any case, for everybody.
    """
    from distributed import Scheduler

    class OwnScheduler(Scheduler):
        def start_http_server(self, *what, **options):
            if pages:
                super().start_http_server(*what, **options)
                _hide(self.http_application, f"/{secret}/")

    return OwnScheduler


def _hide(application, prefix):
    """Have a server of web pages know only those whose address begins with a secret prefix.

    Dask's own pages stand there already, but others tell where that is.
    """
    from tornado.web import ErrorHandler

    find = application.find_handler

    def find_if_known(request, **options):
        begins = request.path[: len(prefix)].encode()
        if secrets.compare_digest(begins, prefix.encode()):
            return find(request, **options)
        return application.get_handler_delegate(request, ErrorHandler, {"status_code": 404})

    application.find_handler = find_if_known
