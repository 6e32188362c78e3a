"""Workers that may be on other machines: the kind ``distributed``, through the library Dask.

Without an address a scheduler is started in this process, and worker processes beside it. With one
in the environment variable ``DASK_SCHEDULER_ADDRESS``, which is Dask's own name for it, such as
``tcp://node7:8786``, the workers of that scheduler are used. They need Dask and the same version
of Python; the code of ``helpers`` is sent along.
"""

import asyncio
import contextlib
import functools
import hashlib
import importlib.metadata
import importlib.util
import io
import logging
import os
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..core import worker
from ..core.by_value import pack
from ..errors import LabError, shown

ADDRESS = "DASK_SCHEDULER_ADDRESS"
_OLDEST_YEAR = 2025
INSTALL = 'python -m pip install --editable ".[beyond]"'
LIMIT_S = 10.0  # to reach a scheduler, for its workers to be there, and to do without any of them
_LOOK_MS = 500
_SAME_CLOCK_S = 0.1
_ROOT = Path(__file__).resolve().parents[2]
_one_call = threading.Lock()  # in a worker that has several threads: one call at a time


def lacking() -> str | None:
    """Return None, or why there is no distributed pool here."""
    if importlib.util.find_spec("distributed") is None:
        return f"it needs Dask; in the project's folder run {INSTALL}"
    version = importlib.metadata.version("distributed")
    if int(version.partition(".")[0]) < _OLDEST_YEAR:  # Dask's versions begin with the year
        return f"it needs Dask of {_OLDEST_YEAR} or newer, not {version}; run {INSTALL}"
    return None


class ClusterExecutor(Executor):
    """A Dask client as an executor, whose cluster starts with the first call.

    A worker is a process that does one call at a time, however many threads it has. A call whose
    worker is lost is done again by another. Whatever this object started is ended with the
    ``with``; a given scheduler and its workers stay, and the workers keep the code they were sent.

    From the first call on a LabError tells that the scheduler cannot be reached, or has fewer
    workers, within ``LIMIT_S`` seconds, or that these run another version of Python. Every call
    that is going on gets one when the scheduler is lost, or all workers are for ``LIMIT_S``.
    """

    def __init__(self, n_workers: int, address: str | None = None) -> None:
        self.n_workers = n_workers
        self.address = address or os.environ.get(ADDRESS) or None
        self._place = self.address or "this machine"
        self._endings = contextlib.ExitStack()
        self._client: Any = None
        self._lost: LabError | None = None
        self._chosen: list[str] | None = None  # addresses, where the scheduler has more workers
        self._seen_s = 0.0  # when a worker was last there
        self._ended = False
        self._calls: dict[Future, Any] = {}  # the future that a caller has -> Dask's own

    @property
    def dashboard(self) -> str | None:
        """The address of the cluster's dashboard; None where the scheduler has none.

        On a JupyterHub, as on Binder, it leads through jupyter-server-proxy.
        """
        self._begin()
        if self.address is None and importlib.util.find_spec("bokeh") is None:
            return None
        link = self._client.dashboard_link
        prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
        parts = urlsplit(link or "")
        if prefix and parts.hostname in ("127.0.0.1", "localhost"):
            return f"{prefix.rstrip('/')}/proxy/{parts.port}/status"
        return link

    def submit(self, fn: Callable, /, *args: Any, **kwargs: Any) -> Future:
        """Return the future of a call."""
        message = pack((fn, args, kwargs))  # packed here, so that Dask need not look into lists
        self._begin()
        try:
            call = self._client.submit(
                _by_value(), message, _clock_s(), pure=False, workers=self._chosen
            )
        except Exception as error:  # whatever a client that is being closed raises
            raise self._lost or self._no_scheduler(error) from error
        answer: Future = Future()
        self._calls[answer] = call
        call.add_done_callback(functools.partial(self._pass_on, answer))
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the cluster that was started, or leave the one that was there.

        With ``cancel_futures`` calls that are going on are given up too. Workers that were
        started here are killed; those of a given scheduler finish the call they are at.
        """
        if not wait:
            later = functools.partial(self.shutdown, cancel_futures=cancel_futures)
            threading.Thread(target=later, name="end of a cluster").start()
            return
        if cancel_futures:
            self._give_up()
        wait_for(list(self._calls))
        self._ended = True
        self._endings.close()

    def __exit__(self, error: Any, *what: Any) -> None:
        try:
            self.shutdown(cancel_futures=error is not None)
        except BaseException:  # an interrupt
            self.shutdown(cancel_futures=True)
            raise

    # --- Beginning

    def _begin(self):
        if self._lost is not None:
            raise self._lost
        if self._ended:
            raise RuntimeError("cannot schedule new futures after shutdown")
        if self._client is not None:
            return
        if reason := lacking():
            raise LabError(f"distributed cannot be used here: {reason}")
        from distributed.utils import silence_logging_cmgr

        with contextlib.ExitStack() as endings:
            for logger in ("distributed", "distributed.client"):  # errors tell what matters in it
                endings.enter_context(silence_logging_cmgr(logging.CRITICAL, logger))
            client = self._connected(endings)
            endings.callback(client.close)
            if self.address is not None:
                self._choose(client)
                _send_code(client)
            self._watch(client, endings)
            self._endings, self._client = endings.pop_all(), client

    def _connected(self, endings):
        """Return a Dask client of the scheduler, which is started where no address is given."""
        from distributed import Client

        if self.address is None:
            return Client(endings.enter_context(_local_cluster(self.n_workers)), **_PRIVATE)
        try:
            # In a thread, because a notebook's kernel has a loop of its own in this one.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, _check_it_answers(self.address)).result()
            return Client(self.address, timeout=LIMIT_S, **_PRIVATE)
        except Exception as error:  # of an address there are many ways to be wrong
            where = f"{shown(self.address)} within {LIMIT_S:g} seconds ({_told(error)})"
            raise LabError(
                f"no Dask scheduler answers at {where}: give {ADDRESS} the address that 'dask "
                "scheduler' prints, or take it away to use this machine"
            ) from error

    def _choose(self, client):
        """Choose as many of a given scheduler's workers as were asked for."""
        with contextlib.suppress(TimeoutError):  # told below, with the number that there is
            client.wait_for_workers(self.n_workers, timeout=LIMIT_S)
        there = sorted(client.nthreads())
        if len(there) < self.n_workers:
            has = f"has {len(there)} workers after {LIMIT_S:g} seconds, not {self.n_workers}"
            more = f"start more with 'dask worker {self.address}', or ask for fewer"
            raise LabError(f"the scheduler at {self.address} {has}: {more}")
        self._choose_among(there)
        here = ".".join(map(str, sys.version_info[:2]))
        for address, versions in client.get_versions()["workers"].items():
            version = ".".join(versions["host"]["python"].split(".")[:2])
            if version != here:
                other = f"and the one at {address} runs {version}"
                raise LabError(
                    f"workers run the same Python as the notebook, {other}: start it with {here}"
                )

    def _choose_among(self, there):
        """Keep to the first workers of too many: one that is started again has another address."""
        if self._chosen is None and len(there) > self.n_workers:
            self._chosen = sorted(there)[: self.n_workers]

    # --- While it runs

    def _watch(self, client, endings):
        """Look now and then whether any worker is left, until the endings are closed."""
        from tornado.ioloop import PeriodicCallback

        self._seen_s = worker.now()
        look = PeriodicCallback(functools.partial(self._look, client), _LOOK_MS)
        client.loop.add_callback(look.start)
        endings.callback(client.loop.add_callback, look.stop)

    async def _look(self, client):
        try:
            there = set(await client.scheduler.ncores())
        except OSError:
            return  # the scheduler is gone, and Dask cancels all calls
        self._choose_among(there)  # somebody may have started more
        if there & set(self._chosen or there):
            self._seen_s = worker.now()
        elif worker.now() - self._seen_s > LIMIT_S:
            gone = f"all workers of {self._place} are gone for {LIMIT_S:g} seconds"
            self._lost = self._lost or LabError(
                f"{gone}: start some, run this once more, and see in their log what ended them"
            )
            await asyncio.to_thread(self._give_up)  # Dask's loop cancels for other threads only

    def _give_up(self):
        """Cancel all calls; those who wait for them get the error, where there is one."""
        for answer, call in list(self._calls.items()):
            if self._lost is None:
                answer.cancel()
            call.cancel()

    def _pass_on(self, answer, call):
        """Give a caller's future what Dask's own has come to."""
        try:
            if not answer.set_running_or_notify_cancel():
                return
            answer.set_result(call.result())
        except CancelledError:  # it may come at any moment, so nobody looks beforehand
            self._lost = self._lost or self._no_scheduler()
            answer.set_exception(self._lost)
        except BaseException as error:  # whatever the call raised
            # One call has ended several workers:
            killed = type(error).__name__ == "KilledWorker"
            answer.set_exception(BrokenExecutor(str(error)) if killed else error)
        finally:
            self._calls.pop(answer, None)

    def _no_scheduler(self, error=None):
        cause = "" if error is None else f" ({_told(error)})"
        gone = f"the scheduler of {self._place} is gone{cause}"
        return LabError(f"{gone}: start it again, with its workers, and run this once more")


def _told(error):
    return f"{type(error).__name__}: {shown(error, 80)}"


_PRIVATE = {"set_as_default": False}  # a client of the reader's own stays the default


async def _check_it_answers(address):
    """Raise an error unless a Dask program answers: a client waits for ever for a silent one."""
    from distributed import Security
    from distributed.comm import connect

    arguments = Security().get_connection_args("client")
    comm = await asyncio.wait_for(connect(address, timeout=LIMIT_S, **arguments), LIMIT_S)
    await comm.close()


@contextlib.contextmanager
def _local_cluster(n_workers):
    """Start a scheduler in this process with worker processes, all on the loopback, any ports."""
    from distributed import LocalCluster

    with tempfile.TemporaryDirectory(prefix="gil-lab-dask-", ignore_cleanup_errors=True) as folder:
        try:
            cluster = LocalCluster(
                n_workers=n_workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                local_directory=folder,
                silence_logs=logging.CRITICAL,
            )
        except Exception as error:  # RuntimeError, OSError, or what a worker's start raised
            raise LabError(
                f"{n_workers} workers cannot be started ({_told(error)}): ask for fewer; in a "
                "script, let what starts them stand under if __name__ == '__main__'"
            ) from error
        try:
            yield cluster
        finally:
            # A worker would first finish the call it is at, and may never. Dask makes its futures
            # on its own loop only: a script's main thread may have none.
            cluster.sync(_kill_workers, cluster)
            cluster.close()


async def _kill_workers(cluster):
    """Kill the worker processes of a local cluster; none is started again."""
    for nanny in cluster.workers.values():
        nanny.auto_restart = False
        started = nanny.process and nanny.process.process
        if started and started.is_alive():
            await started.kill()


# --- In the workers


@functools.cache
def _by_value():
    """Return ``answer_call`` for Dask to send by value: its scheduler loads what it passes on."""

    def call(message, clock_s):  # a function inside a function stands in no module
        from helpers.beyond.cluster import answer_call

        return answer_call(message, clock_s)

    return call


def answer_call(message: bytes, clock_s: float) -> Any:
    """Return the result of a packed call, in a worker that says who it is and tells our time."""
    import pickle
    import socket

    with _one_call:
        worker.identity = f"{os.getpid()}@{socket.gethostname()}"
        ahead_s = _clock_s() - clock_s
        if abs(ahead_s) > _SAME_CLOCK_S:  # another machine; as near as the two wall clocks agree
            worker.now = lambda: time.perf_counter() + ahead_s
        function, args, kwargs = pickle.loads(message)
        return function(*args, **kwargs)


def _clock_s():
    """Return what the wall clock shows when this machine's ``worker.now`` shows 0."""
    return time.time() - time.perf_counter()


def _send_code(client):
    """Have this version of ``helpers`` on all workers, also on those that come later.

    It is sent once, however many pools there are, and stays in the folder of a worker until that
    ends. Dask's own ``upload_file`` would leave it packed, and the places could not be read.
    """
    from distributed import WorkerPlugin

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for pattern in ("helpers/**/*.py", "data/*.csv.gz"):
            for path in _ROOT.glob(pattern):
                archive.write(path, path.relative_to(_ROOT))

    class Code(WorkerPlugin):  # a class inside a function travels by value, with its methods
        idempotent = True

        def __init__(self, archive):
            self.archive = archive
            self.name = f"gil-lab-{hashlib.sha256(archive).hexdigest()[:16]}"

        def setup(self, worker):
            import importlib
            import io
            import os
            import sys
            import zipfile

            folder = os.path.join(worker.local_directory, self.name)
            zipfile.ZipFile(io.BytesIO(self.archive)).extractall(folder)
            sys.path.insert(0, folder)
            for name in [name for name in sys.modules if name.split(".")[0] == "helpers"]:
                del sys.modules[name]  # of another version
            importlib.invalidate_caches()

    client.register_plugin(Code(packed.getvalue()))
