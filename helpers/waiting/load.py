"""How many requests a second, and how long does each take? One at a time, in threads, in asyncio.

The measurement is a generator of what is found so far, as the scaling experiment is.
"""

import asyncio
import contextlib
import dataclasses
import statistics
import threading
import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial

from ..core import machine, pools, worker
from ..core.attempt import Attempt
from ..core.executors import SerialExecutor, ThreadExecutor
from ..core.machine import Capacity
from ..core.turns import quick_rounds, take_turns
from ..errors import LabError, Stopped, number, shown, whole
from ..jobs.places import load_places
from ..units import ms
from .web import described, fetch, fetch_async, open_async_client, open_client, web_job
from .web_server import WebServer

_STACK_BYTES = 1 << 20
AT_ONCE = ("threads", "asyncio")  # the kinds that have many requests on their way
KINDS = ("serial", *AT_ONCE)
MOST_AT_ONCE = 512
_EACH, _FEW_EACH, _ENOUGH = 12, 8, 480  # requests: of each at once, at least, and in all


@dataclass(frozen=True)
class LoadRun:
    """One stretch of requests with ``n_at_once`` of them on their way.

    ``latencies_s`` has the seconds from sending each request to having its answer, shape
    (requests,). ``cpu_s`` is the CPU time of the client's process, the server's is not in it.
    """

    kind: str
    n_at_once: int
    round: int
    wall_s: float
    cpu_s: float
    latencies_s: tuple[float, ...] = field(repr=False)

    @property
    def rate_per_s(self) -> float:
        """Requests answered each second."""
        return len(self.latencies_s) / self.wall_s


@dataclass(frozen=True)
class LoadPoint:
    """One point of the curve: all runs of a kind with so many requests at once."""

    kind: str
    n_at_once: int
    runs: tuple[LoadRun, ...] = field(repr=False)

    @property
    def rate_per_s(self) -> float:
        """Requests answered each second, the median over the rounds."""
        return statistics.median(run.rate_per_s for run in self.runs)

    @property
    def cores_used(self) -> float:
        """How many cores the client kept busy, the median over the rounds."""
        return statistics.median(run.cpu_s / run.wall_s for run in self.runs)

    @property
    def cpu_per_request_s(self) -> float:
        """CPU seconds that the client needed for a request, the mean over all rounds."""
        return sum(run.cpu_s for run in self.runs) / len(self.latencies_s)

    @property
    def latencies_s(self) -> list[float]:
        """Seconds of every request of all rounds, sorted."""
        return sorted(latency_s for run in self.runs for latency_s in run.latencies_s)

    @property
    def median_latency_s(self) -> float:
        """Seconds within which half of the requests were answered."""
        return statistics.median(self.latencies_s)

    @property
    def p95_latency_s(self) -> float:
        """Seconds within which 95 of 100 requests were answered."""
        return statistics.quantiles(self.latencies_s, n=20, method="inclusive")[-1]

    def __str__(self) -> str:
        half, most = ms(self.median_latency_s), ms(self.p95_latency_s)
        rate = f"{self.rate_per_s:.0f} requests a second"
        return f"{self.kind}, {self.n_at_once} at once: {rate}, half within {half}, 95 % in {most}"


@dataclass(frozen=True)
class Load:
    """What a load test found, whole or as far as it got.

    ``latency_s`` and ``spread_s`` are those that the server was told to keep. ``prediction``
    maps a kind to the speed-up that the reader expected of ``prediction_n_at_once`` requests.
    ``capacity`` is what the machine gave to two threads before the first round and after each.
    """

    latency_s: float
    spread_s: float
    machine: machine.Machine
    runs: tuple[LoadRun, ...] = field(repr=False, default=())
    prediction: dict[str, float] = field(default_factory=dict)
    prediction_n_at_once: int = 64
    capacity: Capacity | None = field(repr=False, default=None)

    @property
    def points(self) -> list[LoadPoint]:
        """All points, by kind and by how many requests at once."""
        groups: dict[tuple[str, int], list[LoadRun]] = {}
        for run in self.runs:
            groups.setdefault((run.kind, run.n_at_once), []).append(run)
        keys = sorted(groups, key=lambda key: (KINDS.index(key[0]), key[1]))
        return [LoadPoint(kind, n, tuple(groups[kind, n])) for kind, n in keys]

    def of(self, kind: str) -> list[LoadPoint]:
        """Return the points of one kind."""
        return [point for point in self.points if point.kind == kind]

    def at(self, kind: str, n_at_once: int) -> LoadPoint:
        """Return one point.

        Raises:
            LabError: it was not measured.
        """
        found = {(point.kind, point.n_at_once): point for point in self.points}
        if (kind, n_at_once) not in found:
            known = ", ".join(f"{name} {n}" for name, n in found) or "nothing"
            raise LabError(f"measured were {known}, not {shown(kind)} {shown(n_at_once)}")
        return found[kind, n_at_once]

    def __str__(self) -> str:
        return "\n".join(map(str, self.points))


@dataclass(frozen=True)
class LoadTest:
    """A plan: which server is asked, and by how many at once, in threads and with asyncio alike.

    Args:
        server: a ``WebServer`` that has begun.
        at_once: how many threads, or asyncio tasks in one thread, send a request each, and the next
            when it is answered.
        kinds: "threads", "asyncio" or both.
        rounds: how often each is measured; they take turns.
        limit_s: a request that takes longer is given up, and the test with it.
        budget_s: no round is begun that would probably end after so many seconds. The first
            round is always made.

    Each thread, and each task, has a client with one connection, opened before the clock runs.

    Raises:
        LabError: a value is out of its range.
    """

    server: WebServer
    at_once: tuple[int, ...] = (4, 16, 64, 128)
    kinds: tuple[str, ...] = AT_ONCE
    rounds: int = 2
    limit_s: float = 10.0
    budget_s: float = 30.0

    def __post_init__(self):
        if not isinstance(self.server, WebServer):
            raise LabError(
                f"a load test asks a WebServer, not {shown(self.server)}: put it into "
                "with WebServer() as server"
            )
        if not isinstance(self.at_once, list | tuple | range):
            raise LabError(f"at_once is a tuple, not {shown(self.at_once)}: try (4, 16)")
        known = {whole("at_once", n, 1, MOST_AT_ONCE, "try 4") for n in self.at_once}
        object.__setattr__(self, "at_once", tuple(sorted(known)))
        if not isinstance(self.kinds, list | tuple) or not set(self.kinds) <= set(AT_ONCE):
            raise LabError(f"kinds are some of {AT_ONCE}, not {shown(self.kinds)}: try {AT_ONCE}")
        rounds = whole("rounds", self.rounds, 1, 1000, "try 2")
        object.__setattr__(self, "rounds", quick_rounds(rounds))
        number("limit_s", self.limit_s, 0.001, remedy="try 10")
        number("budget_s", self.budget_s, 0.001, remedy="try 30")

    @property
    def combinations(self) -> list[tuple[str, int]]:
        """The (kind, n_at_once) pairs of one round, serial first."""
        return [("serial", 1), *((kind, n) for n in self.at_once for kind in self.kinds)]

    @property
    def n_runs(self) -> int:
        """How many runs there are when nothing ends it early."""
        return len(self.combinations) * self.rounds

    def run(self, stop: threading.Event | None = None) -> Generator[Load, None, None]:
        """Yield the ``Load`` so far: without runs at first, then with each that is finished.

        Every answer is looked at before a time counts. Closing the generator, or setting ``stop``,
        ends all threads as soon as the request that each is at has been answered, or given up.

        Raises:
            LabError: an answer is wrong, or what ``helpers.waiting.web.fetch`` raises.
        """
        capacity = machine.capacity(2, rounds=1)
        of_server = self.server.latency_s, self.server.spread_s
        load = Load(*of_server, machine.describe(), capacity=capacity)
        yield load
        ways = self.combinations
        with contextlib.suppress(Stopped):
            for turn in take_turns(ways, self.rounds, budget_s=self.budget_s, stop=stop):
                kind, n_at_once = turn.way
                run = self._one(kind, n_at_once, turn.round, stop)
                if turn.ends_round:
                    capacity = capacity.joined(machine.capacity(2, rounds=1))
                load = dataclasses.replace(load, runs=(*load.runs, run), capacity=capacity)
                yield load

    def _one(self, kind, n_at_once, round_number, stop):
        n_requests = min(_EACH * n_at_once, max(_FEW_EACH * n_at_once, _ENOUGH))
        addresses = self.server.addresses(n_requests)
        attempt, over = Attempt(web_job(addresses), kind, n_at_once), threading.Event()
        is_async = kind == "asyncio"
        with contextlib.ExitStack() as endings:  # clients are closed once no thread has them
            clients = [open_client(self.limit_s) for _ in range(0 if is_async else n_at_once)]
            for client in clients:
                endings.enter_context(client)
            n_threads = max(1, len(clients))
            # Not by pools.open_pool, which allows 64 for a CPU: threads that wait need none.
            pool = SerialExecutor() if kind == "serial" else ThreadExecutor(n_threads)
            endings.callback(pools.end, pool, now=True)
            endings.callback(over.set)
            with _small_stacks():
                pools.start(pool, n_threads, stop=stop)

            def done(calls):
                return attempt.wait([pool.submit(*call) for call in calls], pool, stop)

            if is_async:
                # Not in this thread: in a notebook the kernel's own loop runs there.
                main = partial(_ask_with_tasks, addresses, n_at_once, self.limit_s, over)
                [(wall_s, cpu_s, parts)] = done([(lambda: asyncio.run(main()),)])
            else:
                done((fetch, client, addresses[0]) for client in clients)
                waiting = deque(enumerate(addresses))
                began_s, cpu_began_s = worker.now(), time.process_time()
                parts = done((_ask_on, client, waiting, over) for client in clients)
                wall_s, cpu_s = worker.now() - began_s, time.process_time() - cpu_began_s
            pools.end(pool)  # all is done: no thread needs to be asked
        answers = [answer for part in parts for answer in part]
        _check_answers(addresses, answers)
        latencies_s = tuple(latency_s for _, latency_s, _ in answers)
        return LoadRun(kind, n_at_once, round_number, wall_s, cpu_s, latencies_s)


@contextlib.contextmanager
def _small_stacks():
    """Give threads that begin meanwhile 1 MB each: 128 times the usual 8 MB is more than a limit on
    a process's memory may allow.
    """
    before = threading.stack_size(_STACK_BYTES)
    try:
        yield
    finally:
        threading.stack_size(before)


def _taken(waiting, over):
    """Yield, and take out, what is waiting, until there is nothing left or it is over."""
    with contextlib.suppress(IndexError):
        while not over.is_set():
            yield waiting.popleft()  # of a deque: safe in threads, GIL or no GIL


def _ask_on(client, waiting, over):
    """Return [(place, latency in s, answer), ...], asking until nothing is waiting any more."""
    answers = []
    for place, address in _taken(waiting, over):
        began_s = worker.now()
        answer = fetch(client, address)
        answers.append((place, worker.now() - began_s, answer))
    return answers


async def _task(client, waiting, over):
    """Return what ``_ask_on`` does: the same lines, with ``await``."""
    answers = []
    for place, address in _taken(waiting, over):
        began_s = worker.now()
        answer = await fetch_async(client, address)
        answers.append((place, worker.now() - began_s, answer))
    return answers


async def _ask_with_tasks(addresses, n_at_once, limit_s, over):
    """Return seconds, CPU seconds and the answers of each of ``n_at_once`` tasks."""
    async with contextlib.AsyncExitStack() as stack:
        clients = [open_async_client(limit_s) for _ in range(n_at_once)]
        for client in clients:
            await stack.enter_async_context(client)
        await asyncio.gather(*(fetch_async(client, addresses[0]) for client in clients))
        waiting = deque(enumerate(addresses))
        began_s, cpu_began_s = worker.now(), time.process_time()
        parts = await asyncio.gather(*(_task(client, waiting, over) for client in clients))
        return worker.now() - began_s, time.process_time() - cpu_began_s, parts


def _check_answers(addresses, answers):
    """Raise a LabError unless every address was answered with its own place."""
    places = load_places()
    right = {number for number, _, answer in answers if answer == described(places[number])}
    if len(answers) != len(addresses) or len(right) != len(addresses):
        raise LabError(
            f"{len(addresses)} requests must bring as many answers, each the right one, and "
            f"{len(right)} were right: the run is refused; look for state that requests share"
        )
