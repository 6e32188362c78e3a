"""Workers that may be on other machines: the kind ``distributed``, through the library Dask.

Without an address a scheduler is started in this process, and worker processes beside it. With one
in the environment variable ``DASK_SCHEDULER_ADDRESS``, which is Dask's own name for it, such as
``tcp://node7:8786``, the workers of that scheduler are used. They need Dask and the same version
of Python; the code of ``helpers`` is sent along where they lack it or have another version.
"""

import asyncio
import contextlib
import functools
import importlib.metadata
import importlib.util
import io
import logging
import os
import sys
import tempfile
import threading
import time
import types
import zipfile
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from pathlib import Path
from urllib.parse import urlsplit

from ..core import worker
from ..core.by_value import pack
from ..errors import LabError, shown

ADDRESS = "DASK_SCHEDULER_ADDRESS"
_OLDEST_YEAR = 2025
INSTALL = "python -m pip install --editable ."
LIMIT_S = 10.0  # to reach a scheduler, for its workers to be there, and to do without any of them
_LOOK_MS = 500
_SAME_CLOCK_S = 0.1
_PACKAGE = Path(__file__).resolve().parents[1]
_one_call = threading.Lock()  # in a worker that has several threads: one call at a time


def lacking():
    """Return None, or why there is no distributed pool here."""
    if importlib.util.find_spec("distributed") is None:
        return f"it needs Dask; in the project's folder run {INSTALL}"
    version = importlib.metadata.version("distributed")
    if int(version.partition(".")[0]) < _OLDEST_YEAR:  # Dask's versions begin with the year
        return f"it needs Dask of {_OLDEST_YEAR} or newer, not {version}; run {INSTALL}"
    return None


class ClusterExecutor(Executor):
    """Dask's own executor (``Client.get_executor``), whose cluster starts with the first call.

    A worker is a process that does one call at a time, however many threads it has. A call whose
    worker is lost is done again by another. Nothing stays when the ``with`` ends: what this object
    started is ended, and what it sent to the workers of a given scheduler is removed.

    Args:
        n_workers: how many workers.
        address: of a scheduler, such as "tcp://node7:8786"; that of the environment variable
            ``DASK_SCHEDULER_ADDRESS`` when None, and a cluster on this machine without one.

    Raises, from the first call on:
        LabError: the scheduler cannot be reached, or has fewer workers, within ``LIMIT_S`` seconds;
            they run another version of Python. Every call that is going on gets one when the
            scheduler is lost, or all workers are for ``LIMIT_S`` seconds.
    """

    def __init__(self, n_workers, address=None):
        self.n_workers = n_workers
        self.address = address or os.environ.get(ADDRESS) or None
        self._endings = contextlib.ExitStack()
        self._client = self._dask = self._lost = None
        self._chosen = None  # addresses of a given scheduler's workers; None: all of our own
        self._gone_s = None  # since when none of them is there
        self._ended = False
        self._calls = {}  # the future that a caller has -> (Dask's own, the packed call)
        self._lock = threading.Lock()

    @property
    def name(self):
        """Where the workers are: "this machine", or the scheduler's address."""
        return self.address or "this machine"

    @property
    def dashboard(self):
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

    def submit(self, fn, /, *args, **kwargs):
        """Return the future of a call.

        Raises:
            LabError: the call cannot be packed, or see the class.
        """
        message = pack((fn, args, kwargs))  # packed here, so that Dask need not look into lists
        self._begin()
        answer = Future()
        try:
            self._hand_over(answer, message)
        except Exception as error:  # whatever a client that is being closed raises
            raise self._lost or LabError(self._told_lost(error)) from error
        return answer

    def _hand_over(self, answer, message):
        call = self._dask.submit(_by_value(), message, _clock_s())
        with self._lock:
            self._calls[answer] = (call, message)
        call.add_done_callback(functools.partial(self._pass_on, answer))

    def shutdown(self, wait=True, *, cancel_futures=False):
        """End the cluster that was started, or leave the one that was there.

        With ``cancel_futures`` calls that are going on are given up too. Workers that were
        started here are killed; those of a given scheduler finish the call they are at.
        """
        if not wait:
            later = functools.partial(self.shutdown, cancel_futures=cancel_futures)
            threading.Thread(target=later, name="end of a cluster").start()
            return
        if cancel_futures:
            self._give_up(None)
        with self._lock:
            calls = list(self._calls)
        wait_for(calls)
        self._ended = True
        self._endings.close()

    def __exit__(self, error, *what):
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
        if self._dask is not None:
            return
        if reason := lacking():
            raise LabError(f"distributed cannot be used here: {reason}")
        with contextlib.ExitStack() as endings:
            endings.enter_context(_quiet())
            self._client = self._connected(endings)
            endings.callback(self._client.close)
            if self.address is not None:
                self._choose()
                endings.callback(self._take_code_back, _send_code(self._client))
            self._use_chosen()
            endings.enter_context(self._watched())
            self._endings = endings.pop_all()

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
            raise LabError(
                f"no Dask scheduler answers at {shown(self.address)} within {LIMIT_S:g} seconds "
                f"({type(error).__name__}: {shown(error, 80)}): give {ADDRESS} the address that "
                "'dask scheduler' prints, or take it away to use this machine"
            ) from error

    def _choose(self):
        """Choose as many of a given scheduler's workers as were asked for."""
        with contextlib.suppress(TimeoutError):  # told below, with the number that there is
            self._client.wait_for_workers(self.n_workers, timeout=LIMIT_S)
        there = sorted(self._client.nthreads())
        if len(there) < self.n_workers:
            raise LabError(
                f"the scheduler at {self.address} has {len(there)} workers after {LIMIT_S:g} "
                f"seconds, not {self.n_workers}: start more with 'dask worker {self.address}', or "
                "ask for fewer"
            )
        self._chosen = there[: self.n_workers]
        here = ".".join(map(str, sys.version_info[:2]))
        for address, versions in self._client.get_versions()["workers"].items():
            version = ".".join(versions["host"]["python"].split(".")[:2])
            if version != here:
                raise LabError(
                    f"workers run the same Python as the notebook, {here}, and the one at "
                    f"{address} runs {version}: start it in an environment with Python {here}"
                )

    def _use_chosen(self):
        self._dask = self._client.get_executor(pure=False, workers=self._chosen)

    def _take_code_back(self, name):
        if self._lost is not None:  # without a scheduler nobody can be told
            return
        with contextlib.suppress(OSError, TimeoutError):  # nor can a worker that has just gone
            forget = self._client.scheduler.unregister_worker_plugin
            self._client.sync(forget, name=name, callback_timeout=LIMIT_S)

    # --- While it runs

    @contextlib.contextmanager
    def _watched(self):
        """Look now and then whether any worker is left."""
        from tornado.ioloop import PeriodicCallback

        look = PeriodicCallback(self._look, _LOOK_MS)
        self._client.loop.add_callback(look.start)
        try:
            yield
        finally:
            self._client.loop.add_callback(look.stop)

    async def _look(self):
        try:
            there = set(await self._client.scheduler.ncores())
        except OSError:
            return  # the scheduler is gone, and Dask cancels all calls
        if there & set(self._chosen or there):
            self._gone_s = None
            return
        self._gone_s = self._gone_s or worker.now()
        # Not on Dask's loop, which cancels calls only for other threads.
        in_a_thread = asyncio.get_running_loop().run_in_executor
        if self._chosen is not None and len(there) >= self.n_workers:
            await in_a_thread(None, self._move, sorted(there)[: self.n_workers])
        elif worker.now() - self._gone_s > LIMIT_S:
            error = LabError(
                f"all workers of {self.name} are gone for {LIMIT_S:g} seconds: start some, and "
                "look into their log for what ended them"
            )
            await in_a_thread(None, self._give_up, error)

    def _move(self, there):
        """Hand all calls to other workers; one that was started again has another address."""
        self._chosen, self._gone_s = there, None
        self._use_chosen()
        with self._lock:
            calls = dict(self._calls)
        for answer, (call, message) in calls.items():
            self._hand_over(answer, message)
            call.cancel()

    def _give_up(self, error):
        """Cancel all calls; those who wait for them get ``error``, when it is one."""
        self._lost = self._lost or error
        with self._lock:
            calls = dict(self._calls)
        for answer, (call, _) in calls.items():
            if error is None:
                answer.cancel()
            call.cancel()

    def _pass_on(self, answer, call):
        """Give a caller's future what Dask's own has come to."""
        with self._lock:
            if self._calls.get(answer, (call,))[0] is not call:
                return  # it was handed to another worker
            self._calls.pop(answer, None)
        if not answer.set_running_or_notify_cancel():
            return
        if call.cancelled():
            self._lost = self._lost or LabError(self._told_lost())
            answer.set_exception(self._lost)
            return
        error = call.exception()
        if error is None:
            answer.set_result(call.result())
            return
        if type(error).__name__ == "KilledWorker":  # Dask's: one call has ended several workers
            error = BrokenExecutor(str(error))
        answer.set_exception(error)

    def _told_lost(self, error=None):
        cause = f" ({type(error).__name__}: {shown(error, 60)})" if error is not None else ""
        return (
            f"the scheduler of {self.name} is gone{cause}: start it again, with its workers, and "
            "run this once more"
        )


async def _check_it_answers(address):
    """Raise an error unless a Dask program answers: a client waits for ever for a silent one."""
    from distributed import Security
    from distributed.comm import connect

    arguments = Security().get_connection_args("client")
    comm = await asyncio.wait_for(connect(address, timeout=LIMIT_S, **arguments), LIMIT_S)
    await comm.close()


_PRIVATE = {"set_as_default": False}  # a client of the reader's own stays the default


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
                f"{n_workers} workers were asked for and cannot be started "
                f"({type(error).__name__}: {shown(error, 80)}): ask for fewer; in a script, let "
                "what starts them stand under if __name__ == '__main__'"
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


@contextlib.contextmanager
def _quiet():
    """Keep Dask's log out of the notebook: what matters in it is told as an error."""
    handlers = {
        handler for name in ("distributed", "distributed.client")
        for handler in logging.getLogger(name).handlers
    }  # fmt: skip

    def serious(record):
        return record.levelno >= logging.CRITICAL

    for handler in handlers:
        handler.addFilter(serious)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(serious)


# --- In the workers


@functools.cache
def _by_value():
    """Return ``answer_call`` for Dask to send by value: its scheduler loads what it passes on."""

    def call(message, clock_s):  # a function inside a function stands in no module
        from helpers.beyond.cluster import answer_call

        return answer_call(message, clock_s)

    return call


def answer_call(message, clock_s):
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


# --- The code that workers need


def _send_code(client):
    """Have this version of ``helpers`` on all workers, and return the name under which Dask has it.

    A worker that comes later gets it too.
    """
    files = _own_files()
    plugin = _make_plugin(f"gil-lab-{client.id}", _archive(files), fingerprint(_PACKAGE))
    client.register_plugin(plugin)
    return plugin.name


def _own_files():
    """Return the files that a worker may need: a dict from the name in the archive to the Path."""
    root = _PACKAGE.parent
    files = [*_PACKAGE.rglob("*.py"), *(root / "data").glob("*.csv.gz")]
    return {path.relative_to(root).as_posix(): path for path in files}


def _archive(files):
    """Return files as the bytes of a ZIP archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, path in files.items():
            archive.write(path, name)
    return packed.getvalue()


def fingerprint(folder):
    """Return what tells one version of the Python files in a folder from another: a string.

    >>> fingerprint(_PACKAGE) == fingerprint(str(_PACKAGE))
    True
    """
    # It is sent to workers that lack this module: it brings all that it needs.
    import hashlib
    from pathlib import Path

    found = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*.py")):
        found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def _make_plugin(name, archive, version):
    """Return what Dask sends to every worker: it unpacks the code there, and removes it later."""
    from distributed import WorkerPlugin

    compare = types.FunctionType(fingerprint.__code__, {"__builtins__": __builtins__})

    class Code(WorkerPlugin):  # a class inside a function travels by value, with its methods
        def __init__(self):
            self.name, self.archive, self.version = name, archive, version
            self.compare, self.folder = compare, None

        def setup(self, worker):
            import importlib.util
            import io
            import os
            import sys
            import zipfile

            spec = importlib.util.find_spec("helpers")
            if spec and spec.origin and self.compare(os.path.dirname(spec.origin)) == self.version:
                return
            self.folder = os.path.join(worker.local_directory, self.name)
            zipfile.ZipFile(io.BytesIO(self.archive)).extractall(self.folder)
            sys.path.insert(0, self.folder)
            self.forget()

        def teardown(self, worker):
            import shutil
            import sys

            if self.folder is not None:
                sys.path.remove(self.folder)
                self.forget()
                shutil.rmtree(self.folder, ignore_errors=True)

        def forget(self):
            import importlib
            import sys

            for name in [name for name in sys.modules if name.split(".")[0] == "helpers"]:
                del sys.modules[name]
            importlib.invalidate_caches()

    return Code()
