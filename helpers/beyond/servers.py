"""A web server with several processes behind one port, and how many requests a second it answers.

The server is uvicorn, the client httpx with asyncio. Both are on this machine, so they share its
cores: the client takes part of one, and what it asks for takes the servers far longer.
"""

import asyncio
import contextlib
import importlib.util
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Self

from ..core import machine, worker
from ..core.turns import take_turns
from ..errors import LabError, shown, whole
from ..units import ms
from ..waiting.web import HOST, fetch_async, open_async_client
from .app import ENDPOINTS, THREADS
from .cluster import INSTALL

WAYS = ((1, 0), (2, 0), (4, 0), (1, 8))  # (processes, threads in each; 0: its loop answers)
N_AT_ONCE = 16  # requests on their way
_MOST = 64
_START_S = 60.0
_END_S = 10.0
_ROOT = Path(__file__).resolve().parents[2]
_PORT = re.compile(rf"running on http://{re.escape(HOST)}:(\d+)")


def lacking() -> str | None:
    """Return None, or why no server with several processes can be started here."""
    if importlib.util.find_spec("uvicorn") is None:
        return f"it needs uvicorn; in the project's folder run {INSTALL}"
    return None


class AppServer:
    """A uvicorn server with ``n_processes`` behind one port, for the length of a ``with``.

    ``n_threads`` of each process answer; with 0 its asyncio loop does. The system chooses the
    port. All its processes end with the ``with``, and also when this process is killed.
    """

    def __init__(self, n_processes: int = 1, n_threads: int = 0) -> None:
        self.n_processes = whole("n_processes", n_processes, 1, _MOST, "try 2")
        self.n_threads = whole("n_threads", n_threads, 0, _MOST, "try 2")
        self.port: int | None = None
        self._said: list[str] = []
        self._program: Any = None

    def __enter__(self) -> Self:
        if reason := lacking():
            raise LabError(f"this server cannot be started here: {reason}")
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        settings = {THREADS: str(self.n_threads), "PYTHONPATH": path}
        self._program = subprocess.Popen(
            [sys.executable, "-m", "helpers.beyond.app", str(self.n_processes)],
            env={**os.environ, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl+C in a terminal is for this process
        )
        self._reader = threading.Thread(target=self._read, name="log of a server", daemon=True)
        self._reader.start()
        try:
            self.port = self._port_once_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *what: Any) -> None:
        with contextlib.suppress(OSError):
            self._program.stdin.close()  # which ends it
        # Its processes hold the other end of the log. When that is closed, all of them are gone.
        self._reader.join(_END_S)
        if self._reader.is_alive():
            self._program.kill()
            self._reader.join(_END_S)
        self._program.wait()
        self._program.stderr.close()

    def _read(self):
        for line in self._program.stderr:
            self._said.append(line.strip())

    def _port_once_up(self):
        """Wait until every process has said that it is up, and return the port that was said."""
        give_up_s = worker.now() + _START_S
        while self._reader.is_alive() and worker.now() < give_up_s:
            said = " ".join(self._said)
            port = _PORT.search(said)
            if port and said.count("Started server process") >= self.n_processes:
                return int(port[1])
            time.sleep(0.05)
        rule = f"a server with {self.n_processes} processes must be up within {_START_S:g} s"
        said = f"this one said {' '.join(self._said)[-120:]!r}"
        raise LabError(f"{rule}: {said}; ask for fewer, or close what keeps the machine busy")

    def address(self, endpoint: str) -> str:
        """Return the address of one of ``helpers.beyond.app.ENDPOINTS``."""
        if endpoint not in ENDPOINTS:
            known = " or ".join(ENDPOINTS)
            raise LabError(f"an endpoint is one of {known}, not {shown(endpoint)}: choose one")
        if self.port is None:
            raise LabError("a server has an address in its with: write with AppServer() as server")
        return f"http://{HOST}:{self.port}/{endpoint}"


@dataclass(frozen=True)
class ServerLoad:
    """How one server answered at one endpoint, ``n_at_once`` requests being on their way.

    ``rates_per_s`` has the requests answered each second, shape (rounds,), ``latencies_s`` the
    seconds that each answer took, of all rounds, sorted, and ``answered`` how many of them came
    from each process, shape (processes,), most first. ``capacity`` is what the machine gave to two
    threads before the first round and after each.
    """

    endpoint: str
    n_processes: int
    n_threads: int
    n_at_once: int
    rates_per_s: tuple[float, ...]
    answered: tuple[int, ...]
    latencies_s: tuple[float, ...] = field(repr=False)
    capacity: machine.Capacity | None = field(repr=False, default=None)

    @property
    def rate_per_s(self) -> float:
        """Requests answered each second: the median round."""
        return statistics.median(self.rates_per_s)

    @property
    def p95_s(self) -> float:
        """Seconds within which 95 of 100 requests were answered."""
        return statistics.quantiles(self.latencies_s, n=20, method="inclusive")[-1]

    @property
    def server(self) -> str:
        """The server in words, such as "1 process, 8 threads" or "2 processes"."""
        processes = f"{self.n_processes} process{'es' * (self.n_processes > 1)}"
        return f"{processes}, {self.n_threads} threads" if self.n_threads else processes

    def __str__(self) -> str:
        rate = f"{self.rate_per_s:.0f} requests a second, 95 of 100 within {ms(self.p95_s)}"
        return f"/{self.endpoint}, {self.server}: {rate}"


def measure_servers(
    ways: Sequence[tuple[int, int]] = WAYS, *, n_requests: int = 40, rounds: int = 3
) -> list[ServerLoad]:
    """Return a ``ServerLoad`` for each endpoint and each way of serving it.

    All servers are up at the same time and are asked in turns. 16 requests are on their way at any
    time, on connections of their own.

    Args:
        ways: a list of (processes, threads in each).
        n_requests: how many each server gets at each endpoint in a round.
        rounds: how often.

    Raises:
        LabError: a number is out of its range, a server does not begin or answer.
    """
    n_requests = whole("n_requests", n_requests, 1, 100_000, "try 100")
    rounds = whole("rounds", rounds, 1, 100, "try 3")
    found: dict[tuple, list] = {(endpoint, way): [] for endpoint in ENDPOINTS for way in ways}
    with contextlib.ExitStack() as stack:
        servers = {way: stack.enter_context(AppServer(*way)) for way in ways}
        capacity = machine.capacity(2, rounds=1)
        for _, (endpoint, way), ends_round in take_turns(found, rounds):
            found[endpoint, way].append(_ask(servers[way].address(endpoint), n_requests))
            if ends_round:
                capacity = capacity.joined(machine.capacity(2, rounds=1))
    return [_load(endpoint, way, runs, capacity) for (endpoint, way), runs in found.items()]


def _ask(address, n_requests):
    """Return (requests a second, [latency in s], [process]) of one turn."""
    over = threading.Event()
    # In a thread, because a notebook's kernel has a loop of its own in this one.
    with ThreadPoolExecutor(1) as pool:
        try:
            return pool.submit(asyncio.run, _send_all(address, n_requests, over)).result()
        finally:
            over.set()


async def _send_all(address, n_requests, over):
    """Return what ``_ask`` does, each request on a connection of its own, as from many browsers.

    A process that is busy accepts none, so another one does; one that is kept would stay with it.
    """
    left = iter(range(n_requests))
    answers = []

    async def ask(client):
        for _ in left:
            if over.is_set():
                return
            began_s = worker.now()
            answer = await fetch_async(client, address)
            answers.append((worker.now() - began_s, answer["process"]))

    async with open_async_client(n_connections=N_AT_ONCE) as client:
        client.headers["Connection"] = "close"
        await fetch_async(client, address)  # whatever comes but once
        began_s = worker.now()
        await asyncio.gather(*(ask(client) for _ in range(N_AT_ONCE)))
        return n_requests / (worker.now() - began_s), *zip(*answers)


def _load(endpoint, way, runs, capacity):
    rates_per_s, latencies_s, processes = zip(*runs)
    answered = Counter(chain.from_iterable(processes)).most_common()
    return ServerLoad(
        endpoint=endpoint,
        n_processes=way[0],
        n_threads=way[1],
        n_at_once=N_AT_ONCE,
        rates_per_s=rates_per_s,
        answered=tuple(n for _, n in answered),
        latencies_s=tuple(sorted(chain.from_iterable(latencies_s))),
        capacity=capacity,
    )
