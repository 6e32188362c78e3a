"""A web server with several processes behind one port, and how many requests a second it answers.

The server is uvicorn, the client httpx with asyncio. Both are on this machine, so they share its
cores: the client takes part of one.
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
from dataclasses import dataclass, field
from pathlib import Path

from ..core import pools, worker
from ..core.turns import take_turns
from ..errors import LabError, shown, whole
from ..units import ms
from ..waiting.web import HOST, fetch_async
from .app import ENDPOINTS, THREADS
from .cluster import INSTALL

WAYS = ((1, 0), (2, 0), (4, 0), (1, 8))  # (processes, threads in each; 0: its loop answers)
_MOST = 64
_START_S = 60.0
_END_S = 10.0
_ROOT = Path(__file__).resolve().parents[2]


def lacking():
    """Return None, or why no server with several processes can be started here."""
    if importlib.util.find_spec("uvicorn") is None:
        return f"it needs uvicorn; in the project's folder run {INSTALL}"
    return None


class AppServer:
    """A uvicorn server with ``n_processes`` behind one port, for the length of a ``with``.

    The system chooses the port. All its processes end with the ``with``, and also when this
    process is killed.

    Args:
        n_processes: how many processes share the port, 1 to 64.
        n_threads: how many threads of each process answer; with 0 its asyncio loop does.

    Raises:
        LabError: a number is out of its range, uvicorn is missing, or the server does not begin.
    """

    def __init__(self, n_processes=1, n_threads=0):
        self.n_processes = whole("n_processes", n_processes, 1, _MOST, "try 2")
        self.n_threads = whole("n_threads", n_threads, 0, _MOST, "try 2")
        self.port = None
        self._program = None
        self._said = []
        self._changed = threading.Condition()

    def __enter__(self):
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
            self._wait_until_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *what):
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
            with self._changed:
                self._said.append(line.strip())
                self._changed.notify_all()
        with self._changed:
            self._said.append(None)
            self._changed.notify_all()

    def _wait_until_up(self):
        """Wait until every process has said that it is up, and keep the port that was said."""
        give_up_s = worker.now() + _START_S
        with self._changed:
            while True:
                said = " ".join(filter(None, self._said))
                port = re.search(rf"running on http://{re.escape(HOST)}:(\d+)", said)
                if port and said.count("Application startup complete") >= self.n_processes:
                    self.port = int(port[1])
                    return
                if None in self._said or worker.now() > give_up_s:
                    raise LabError(
                        f"a server with {self.n_processes} processes must be up within "
                        f"{_START_S:g} s, and this one is not (it said: {said[-120:]!r}): ask for "
                        "fewer, or look at what else keeps the machine busy"
                    )
                self._changed.wait(0.1)  # on Windows a long wait cannot be interrupted

    def address(self, endpoint):
        """Return the address of one of ``helpers.beyond.app.ENDPOINTS``."""
        if endpoint not in ENDPOINTS:
            raise LabError(
                f"an endpoint is one of {', '.join(ENDPOINTS)}, not {shown(endpoint)}: choose one"
            )
        if self.port is None:
            raise LabError("a server has an address in its with: write with AppServer() as server")
        return f"http://{HOST}:{self.port}/{endpoint}"

    def __repr__(self):
        return f"AppServer({described(self.n_processes, self.n_threads)})"


def described(n_processes, n_threads):
    """Return a server in words.

    >>> described(1, 8), described(2, 0)
    ('1 process, 8 threads', '2 processes')
    """
    processes = f"{n_processes} process{'es' * (n_processes > 1)}"
    return f"{processes}, {n_threads} threads" if n_threads else processes


@dataclass(frozen=True)
class ServerLoad:
    """How one server answered at one endpoint, ``n_at_once`` requests being on their way.

    ``rates_per_s`` has the requests answered each second, shape (rounds,), and ``latencies_s``
    the seconds from sending a request to having its answer, of all rounds, sorted.
    ``answered`` says how many of them each process answered, shape (processes,), most first.
    """

    endpoint: str
    n_processes: int
    n_threads: int
    n_at_once: int
    rates_per_s: tuple[float, ...]
    answered: tuple[int, ...]
    latencies_s: tuple[float, ...] = field(repr=False)

    @property
    def rate_per_s(self):
        """Requests answered each second: the median round."""
        return statistics.median(self.rates_per_s)

    @property
    def p95_s(self):
        """Seconds within which 95 of 100 requests were answered."""
        return statistics.quantiles(self.latencies_s, n=20, method="inclusive")[-1]

    @property
    def server(self):
        """The server in words."""
        return described(self.n_processes, self.n_threads)

    def __str__(self):
        return (
            f"/{self.endpoint}, {self.server}: {self.rate_per_s:.0f} requests a second, 95 of 100 "
            f"within {ms(self.p95_s)}"
        )


def measure_servers(
    ways=WAYS, *, endpoints=ENDPOINTS, n_at_once=16, n_requests=96, rounds=3, limit_s=10.0,
    stop=None,
):  # fmt: skip
    """Return a ``ServerLoad`` for each endpoint and each way of serving it: a list.

    All servers are up at the same time and are asked in turns, so that a change of the machine's
    speed meets all of them.

    Args:
        ways: a list of (processes, threads in each).
        endpoints: of the application, by name.
        n_at_once: how many requests are on their way at any time, on connections of their own.
        n_requests: how many each server gets at each endpoint in a round.
        rounds: how often.
        limit_s: a request that takes longer is given up, and the measurement with it.
        stop: a ``threading.Event`` that ends the measurement before the next turn once it is set.

    Raises:
        LabError: a number is out of its range, a server does not begin or answer.
        Stopped: ``stop`` was set.
    """
    n_at_once = whole("n_at_once", n_at_once, 1, 512, "try 8")
    n_requests = whole("n_requests", n_requests, 1, 100_000, "try 100")
    rounds = whole("rounds", rounds, 1, 100, "try 3")
    found = {(endpoint, way): [] for endpoint in endpoints for way in ways}
    with contextlib.ExitStack() as stack:
        servers = {way: stack.enter_context(AppServer(*way)) for way in ways}
        for _, (endpoint, way), _ in take_turns(found, rounds, stop=stop):
            address = servers[way].address(endpoint)
            found[endpoint, way].append(_ask(address, n_at_once, n_requests, limit_s))
    return [_load(endpoint, way, n_at_once, runs) for (endpoint, way), runs in found.items()]


def _ask(address, n_at_once, n_requests, limit_s):
    """Return (requests a second, [latency in s], [process]) of one turn."""
    # In a thread, because a notebook's kernel has a loop of its own in this one.
    with pools.open_pool("threads", 1) as pool:
        over = threading.Event()
        try:
            call = pool.submit(
                lambda: asyncio.run(_send_all(address, n_at_once, n_requests, limit_s, over))
            )
            wall_s, answers = call.result()
        finally:
            over.set()
    latencies_s, processes = zip(*answers)
    return n_requests / wall_s, latencies_s, processes


async def _send_all(address, n_at_once, n_requests, limit_s, over):
    """Return seconds, and (latency in s, process) of each request, ``n_at_once`` at any time.

    Each has a connection of its own, as from many browsers. A process that is busy accepts none,
    so another one does; a connection that is kept would stay with the process that has it.
    """
    import httpx

    limits = httpx.Limits(max_connections=n_at_once, max_keepalive_connections=0)
    left = iter(range(n_requests))
    answers = []

    async def ask(client):
        for _ in left:
            if over.is_set():
                return
            began_s = worker.now()
            answer = await fetch_async(client, address)
            answers.append((worker.now() - began_s, answer["process"]))

    async with httpx.AsyncClient(
        trust_env=False, verify=False, timeout=limit_s, limits=limits
    ) as client:
        await fetch_async(client, address)  # whatever comes but once
        began_s = worker.now()
        await asyncio.gather(*(ask(client) for _ in range(n_at_once)))
        return worker.now() - began_s, answers


def _load(endpoint, way, n_at_once, runs):
    rates_per_s, latencies_s, processes = zip(*runs)
    everybody = [process for some in processes for process in some]
    answered = sorted((everybody.count(process) for process in set(everybody)), reverse=True)
    return ServerLoad(
        endpoint=endpoint,
        n_processes=way[0],
        n_threads=way[1],
        n_at_once=n_at_once,
        rates_per_s=rates_per_s,
        answered=tuple(answered),
        latencies_s=tuple(sorted(latency_s for some in latencies_s for latency_s in some)),
    )
