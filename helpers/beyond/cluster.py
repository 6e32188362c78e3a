"""Workers that may be on other machines: the kind ``distributed``, through the library Dask.

Without an address a scheduler is started in this process, and worker processes beside it, which
answer nobody else. With one in the environment variable ``DASK_SCHEDULER_ADDRESS``, which is
Dask's own name for it, such as ``tcp://node7:8786``, the workers of that scheduler are used. They
need Dask and the same version of Python; the code of ``helpers`` is sent along.
"""

import asyncio
import atexit
import contextlib
import functools
import importlib.metadata
import importlib.util
import logging
import os
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    InvalidStateError,
    ThreadPoolExecutor,
)
from typing import Any
from urllib.parse import urlsplit

from ..core import worker
from ..core.by_value import pack
from ..errors import LabError, told
from . import given_cluster
from .calls import clock_s, unpacked
from .given_cluster import ADDRESS
from .network import HOST, Network, Relay
from .own_cluster import own_cluster

_OLDEST_YEAR = 2025
INSTALL = "python -m pip install --editable ."
LIMIT_S = 10.0  # to reach a scheduler, for its workers to be there, and to do without any of them
RESTART_S = 60.0  # for a worker on this machine to be started again, however busy that is
_LOOK_S = 0.5
_WAIT_S = 0.1  # how long a wait is at most: on Windows a long one cannot be interrupted


def lacking() -> str | None:
    """Return None, or why there is no distributed pool here."""
    if importlib.util.find_spec("distributed") is None:
        return f"it needs Dask; in the project's folder run {INSTALL}"
    version = importlib.metadata.version("distributed")
    if int(version.partition(".")[0]) < _OLDEST_YEAR:  # Dask's versions begin with the year
        return f"it needs Dask of {_OLDEST_YEAR} or newer, not {version}; run {INSTALL}"
    if importlib.util.find_spec("cryptography") is None:
        return f"it needs cryptography, to keep others out; in the project's folder run {INSTALL}"
    return None


class ClusterExecutor(Executor):
    """A Dask client as an executor, whose cluster starts with the first call.

    A worker is a process that does one call at a time, however many threads it has. As in a
    ``ProcessPoolExecutor``, one call more than there are workers is on its way, and counts as
    running; those after it wait here, and can be cancelled. A call whose worker is lost is done
    again by another. Whatever this object started is ended with the ``with``; a given scheduler
    and its workers stay, and the workers keep the code they were sent.

    The first call raises a LabError when the scheduler cannot be reached, or has fewer workers,
    within ``LIMIT_S`` seconds, or when these run another version of Python. A call that is going
    on gets one when the scheduler is lost, or when all workers are for ``LIMIT_S`` seconds; on
    this machine, where Dask starts lost workers again, for ``RESTART_S``.

    With a ``network`` the cluster is one of its own on this machine, and all of it lies behind
    that network: ``relay`` counts what goes through, and may change its speed.
    """

    def __init__(
        self, n_workers: int, address: str | None = None, network: Network | None = None
    ) -> None:
        self.n_workers = n_workers
        self.address = None if network else address or os.environ.get(ADDRESS) or None
        self.network = network
        self._lines = ThreadPoolExecutor(n_workers + 1, thread_name_prefix="gil-lab cluster")
        self._beginning = threading.Lock()
        self._connection: _Connection | None = None
        self._ended = False

    @property
    def relay(self) -> Relay:
        """The relay that is the ``network``; an AttributeError tells that there is none."""
        return self._begin().relay

    @property
    def dashboard(self) -> str | None:
        """The address of the cluster's dashboard; None where the scheduler has none.

        On a JupyterHub, as on Binder, it leads through jupyter-server-proxy. Whoever knows the
        address can look at the dashboard.
        """
        connection = self._begin()
        prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
        parts = urlsplit(connection.dashboard or "")
        if prefix and parts.hostname in ("127.0.0.1", "localhost"):
            return f"{prefix.rstrip('/')}/proxy/{parts.port}{parts.path}"
        return connection.dashboard

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return the future of a call."""
        message = pack((fn, args, kwargs))  # packed here, so that Dask need not look into lists
        connection = self._begin()
        with self._beginning:  # so that no call comes in after the last one is counted
            if self._ended:
                raise RuntimeError("cannot schedule new futures after shutdown")
            answer = self._lines.submit(connection.carry, message)
            connection.calls.add(answer)
        answer.add_done_callback(connection.done)
        return answer

    def map(
        self, fn: Callable[..., Any], *iterables: Any, timeout: float | None = None, **options: Any
    ) -> Iterator[Any]:
        """Return an iterator of the results; a ``timeout`` counts once the workers are there."""
        self._begin()
        return super().map(fn, *iterables, timeout=timeout, **options)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the cluster that was started, or leave the one that was there, after the last call.

        With ``cancel_futures`` the calls that still wait are cancelled.
        """
        self._end(cancel_futures)
        if wait and self._connection is not None:
            self._connection.close()
            self._connection.wait_for_end()
            self._lines.shutdown()
        elif self._connection is not None:
            self._connection.close()

    def kill_workers(self) -> None:
        """End the same without waiting for calls: those that are going on get a BrokenExecutor.

        Workers that were started here are killed; those of a given scheduler finish the call
        they are at.
        """
        self._end(cancel_futures=True)
        if self._connection is not None:
            self._connection.close(now=True)
            self._connection.wait_for_end()

    def __exit__(self, error: Any, *what: Any) -> None:
        try:
            if error is None:
                self.shutdown()
                return
        except BaseException:  # an interrupt
            self.kill_workers()
            raise
        self.kill_workers()

    def _end(self, cancel_futures):
        with self._beginning:
            self._ended = True
        self._lines.shutdown(wait=False, cancel_futures=cancel_futures)

    def _begin(self):
        """Return the connection to the cluster, once it is there: one, whoever asks first."""
        with self._beginning:
            if self._ended:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if self._connection is None or self._connection.failed:
                if reason := lacking():
                    raise LabError(f"distributed cannot be used here: {reason}")
                self._connection = _Connection(self.n_workers, self.address, self.network)
                # A pool that nobody has any more ends, after its last call.
                weakref.finalize(self, self._connection.close).atexit = False
            connection = self._connection
        connection.wait_until_there()
        return connection


class _Connection:
    """A Dask client, and a cluster of its own where no address is given.

    It lives in a thread of its own. So no interrupt comes between what it starts and ends, and a
    notebook's kernel, which has a loop in its main thread, keeps that for itself.
    """

    def __init__(self, n_workers, address, network):
        self.calls: set[Future] = set()  # those that a caller still waits for
        self.dashboard: str | None = None
        self._n_workers = n_workers
        self._address = address
        self._network = network
        self._client: Any = None
        self._chosen: list[str] | None = None  # addresses, where the scheduler has more workers
        self._going: dict[Future, list[str] | None] = {}  # a reply -> the workers it may be from
        self._seen_s: dict[str | None, float] = {}  # when each worker, and any, was last there
        self._lost: BaseException | None = None  # why no call can be done now
        self._over: BaseException | None = None  # why no call will be done any more
        self._there: Future[None] = Future()
        self._closing = self._now = False
        self._changed = threading.Event()
        self._thread = threading.Thread(target=self._live, name="gil-lab cluster", daemon=True)
        self._thread.start()

    # --- Called by other threads

    @property
    def failed(self):
        """Whether it never came about, so that it is worth another try."""
        return self._there.done() and self._there.exception() is not None

    def wait_until_there(self):
        while not self._there.done():
            with contextlib.suppress(TimeoutError):
                self._there.exception(_WAIT_S)
        self._there.result()
        if self._over is not None:
            raise self._over

    def close(self, now=False):
        """End after the last call, or ``now``."""
        self._closing, self._now = True, now or self._now
        self._changed.set()

    def wait_for_end(self):
        while self._thread.is_alive():
            self._thread.join(_WAIT_S)

    def done(self, answer):
        self.calls.discard(answer)
        if self._closing:
            self._changed.set()

    def carry(self, message):
        """Return the result of a call, or raise its error, when it is back."""
        reply: Future[Any] = Future()
        self._going[reply] = self._chosen
        try:
            if why := self._over or self._lost:
                raise why
            self._client.loop.add_callback(self._ask, message, self._chosen, reply)
            return unpacked(*reply.result())
        finally:
            del self._going[reply]

    # --- In its own thread

    def _live(self):
        _hold_interrupts()
        try:
            with contextlib.ExitStack() as endings:
                self._connect(endings)
                end = functools.partial(_end_with_python, self)
                atexit.register(end)  # later than Dask's own, so it comes before that
                endings.callback(atexit.unregister, end)
                self._there.set_result(None)
                while not self._wanted_no_more():
                    if not self._changed.wait(_LOOK_S):
                        self._look()
                    self._changed.clear()
                said = "the pool was ended while this call was going on: give it to another one"
                self._give_up(BrokenExecutor(said))
        except BaseException as error:
            if self._there.done():
                self._give_up(error)
                raise
            self._there.set_exception(error)

    def _wanted_no_more(self):
        return self._closing and (self._now or not self.calls)

    def _connect(self, endings):
        from distributed import Client
        from distributed.utils import silence_logging_cmgr

        for logger in ("distributed", "distributed.client"):  # errors tell what matters in it
            endings.enter_context(silence_logging_cmgr(logging.CRITICAL, logger))
        if self._address is None:
            self._own = endings.enter_context(own_cluster(self._n_workers, self._wanted_no_more))
            self._client = Client(**self._reached(endings), set_as_default=False)
            self.dashboard = self._own.dashboard
        else:
            self._own = None
            self._client = given_cluster.client_of(self._address, LIMIT_S)
            self.dashboard = self._client.dashboard_link
        endings.callback(self._client.close)
        if self._address is not None:
            self._choose()
            given_cluster.check_python(self._client)
            given_cluster.send_code(self._client)
        self._seen_s[None] = worker.now()

    def _reached(self, endings):
        """Return how a client reaches the cluster that was started: at once, or by a network."""
        dask = self._own.dask
        if self._network is None:
            return {"address": dask}
        relay = Relay(urlsplit(dask.scheduler_address).port, self._network)
        self.relay = endings.enter_context(relay.up())
        address = f"tls://{HOST}:{relay.port}"
        # Results come from the scheduler, and so through the relay as well.
        return {"address": address, "security": dask.security, "direct_to_workers": False}

    def _choose(self):
        """Choose as many of a given scheduler's workers as were asked for."""
        until_s = worker.now() + LIMIT_S
        while len(there := self._client.nthreads()) < self._n_workers and worker.now() < until_s:
            if self._wanted_no_more():
                break
            time.sleep(_WAIT_S)
        if len(there) < self._n_workers:
            has = f"has {len(there)} workers after {LIMIT_S:g} seconds, not {self._n_workers}"
            more = f"start more with 'dask worker {self._address}', or ask for fewer"
            raise LabError(f"the scheduler at {self._address} {has}: {more}")
        self._choose_among(sorted(there))

    def _choose_among(self, there):
        """Keep to some workers of too many: one that is started again has another address."""
        kept = [address for address in self._chosen or there if address in there]
        others = [address for address in there if address not in kept]
        chosen = (kept + others)[: self._n_workers]
        self._chosen = chosen if len(there) > self._n_workers else None

    def _look(self):
        """See which workers are there, and give up the calls that none of them will do."""
        if self._own is not None:
            self._own.look()
        try:
            there = self._client.sync(self._client.scheduler.ncores, callback_timeout=LIMIT_S)
        except (OSError, TimeoutError):
            return  # the scheduler is gone, and Dask cancels all calls; or it is very busy
        if self._own is None:
            self._choose_among(sorted(there))  # somebody may have started more
        now_s = worker.now()
        self._seen_s |= dict.fromkeys([*there, *([None] if there else [])], now_s)
        limit_s = LIMIT_S if self._own is None else RESTART_S
        place = self._address or "this machine"
        gone = LabError(
            f"all workers of {place} are gone for {limit_s:g} seconds: start some, run this once "
            "more, and see in their log what ended them"
        )
        self._lost = gone if now_s - self._seen_s[None] > limit_s else None
        for reply, chosen in list(self._going.items()):
            seen_s = max(self._seen_s.get(address, 0.0) for address in chosen or [None])
            if now_s - seen_s > limit_s:
                _settle(reply, error=gone)

    def _give_up(self, error):
        """Tell all who wait, or come later, that no call will be done any more."""
        self._over = self._over or error
        for reply in list(self._going):
            _settle(reply, error=self._over)

    # --- On Dask's loop

    async def _ask(self, message, chosen, reply):
        """Give a call to Dask, and settle its reply with what it comes to."""
        from dask import config

        their_s = None if self._own is not None else clock_s()
        try:
            with config.set({"distributed.admin.large-graph-warning-threshold": "1 PB"}):
                call = self._client.submit(
                    _by_value(), message, their_s, pure=False, workers=chosen
                )
            reply.add_done_callback(functools.partial(self._forget, call))
            _settle(reply, await self._client.gather(call, asynchronous=True))
        except (asyncio.CancelledError, CancelledError, RuntimeError) as error:
            if not reply.done():
                self._over = self._over or _no_scheduler(self._address, error)
                _settle(reply, error=self._over)
        except Exception as error:
            # One call has ended several workers:
            killed = type(error).__name__ == "KilledWorker"
            _settle(reply, error=BrokenExecutor(str(error)) if killed else error)

    def _forget(self, call, reply):
        """Have Dask not do a call that was given up before it was done."""
        if reply.exception() is not None and not call.done():
            forget = functools.partial(self._client.cancel, [call], asynchronous=True, force=True)
            self._client.loop.add_callback(forget)


def _settle(reply, result=None, error=None):
    with contextlib.suppress(InvalidStateError):  # somebody has given it up
        if error is None:
            reply.set_result(result)
        else:
            reply.set_exception(error)


def _end_with_python(connection):
    """End a pool that nobody has ended: its thread is not waited for otherwise."""
    connection.close(now=True)
    connection.wait_for_end()


def _hold_interrupts():
    """Have no worker that this thread starts see an interrupt: it is for this process alone."""
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # its start, otherwise later, would let them in again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _no_scheduler(address, error):
    cancelled = isinstance(error, asyncio.CancelledError | CancelledError)
    cause = "" if cancelled else f" ({told(error, 80)})"
    gone = f"the scheduler of {address or 'this machine'} is gone{cause}"
    return LabError(f"{gone}: start it again, with its workers, and run this once more")


@functools.cache
def _by_value():
    """Return ``answer_call`` for Dask to send by value: its scheduler loads what it passes on."""

    def call(message, clock_s):  # a function inside a function stands in no module
        from helpers.beyond.calls import answer_call

        return answer_call(message, clock_s)

    return call
