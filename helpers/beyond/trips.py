"""The strings, sent to a cluster behind a network or read there: what each way takes.

``python -m helpers.beyond.trips FILE`` measures the networks of notebook 10 and writes them.
"""

import datetime
import statistics
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from pathlib import Path

from ..core import machine, pools, worker
from ..core.store import RECORDINGS, load_as, save
from ..core.turns import Stop, check_stop, take_turns
from ..errors import LabError, shown, whole
from ..units import bytes_, seconds
from .cluster import ClusterExecutor
from .file_parts import moving_jobs, spellings_file
from .network import Network

RECORDING = RECORDINGS / "beyond" / "network-2cpu-cpython3.11.json"
MEGABITS_PER_S, DELAY_MS = (5, 20, 100, 1_000), 5
_N_STRINGS, _N_PARTS, _N_WORKERS = 60_000, 4, 2
_LIMIT_S = 120.0  # for one trip
_MOST_NETWORKS = 10


@dataclass(frozen=True)
class Trip:
    """What one way of doing the strings takes with a cluster behind one network.

    ``wall_s`` are seconds, shape (rounds,), and ``n_bytes`` what went through the network, both
    ways, in the last of them.
    """

    way: str
    network: Network
    wall_s: tuple[float, ...]
    n_bytes: int

    @property
    def seconds(self) -> float:
        """The median of ``wall_s``."""
        return statistics.median(self.wall_s)

    def __str__(self) -> str:
        moved = f"{bytes_(self.n_bytes)} moved"
        return f"{self.way}, {self.network}: {seconds(self.seconds)}, {moved}"


@dataclass(frozen=True)
class Trips:
    """A list of ``Trip``, with the machine that made them and when."""

    made: str
    machine: str
    trips: list[Trip] = field(repr=False)


def networks_of(megabits_per_s: float | Sequence[float], delay_ms: float) -> list[Network]:
    """Return a ``Network`` for each of these bandwidths, or for the one.

    Raises:
        LabError: there are none or too many, or a value is out of its range.
    """
    if not isinstance(megabits_per_s, list | tuple):
        megabits_per_s = [megabits_per_s]  # type: ignore[list-item]
    if not 1 <= len(megabits_per_s) <= _MOST_NETWORKS:
        raise LabError(
            f"bandwidths are 1 to {_MOST_NETWORKS} numbers of megabits a second, not "
            f"{shown(megabits_per_s)}: try (10, 100)"
        )
    return [Network(one, delay_ms) for one in dict.fromkeys(megabits_per_s)]


def measure_trips(
    networks: Sequence[Network], rounds: int = 1, *, stop: Stop | None = None
) -> Iterator[list[Trip]]:
    """Yield a ``Trip`` for each network and way: the list so far, after each try.

    One cluster on this machine lies behind a relay that becomes one network after the other. The
    caller sends 60,000 strings and gets their keys, or has them read there, or only counted.
    Closing the generator, at any point, ends the cluster.

    Raises:
        LabError: a value is out of its range, there is no cluster, or a trip takes too long.
    """
    whole("rounds", rounds, 1, 100, "try 2")
    fastest = max(networks, key=lambda network: network.megabits_per_s)
    wall_s: dict[tuple[Network, str], list[float]] = {}
    n_bytes: dict[tuple[Network, str], int] = {}
    with (
        spellings_file(_N_STRINGS) as path,
        ClusterExecutor(_N_WORKERS, network=fastest) as pool,
    ):
        pools.start(pool, _N_WORKERS, stop=stop)
        jobs = moving_jobs(path, _N_PARTS)
        right = {way: job.function(list(job.items)) for way, job in jobs.items()}
        for way, job in jobs.items():  # a warm-up, for the workers and for Dask
            _pass(pool, job, right[way], stop)
        ways = [(network, way) for network in networks for way in jobs]
        for turn in take_turns(ways, rounds, stop=stop):
            pool.relay.network, way = turn.way
            before = pool.relay.n_bytes
            took_s = _pass(pool, jobs[way], right[way], stop)
            wall_s.setdefault(turn.way, []).append(took_s)
            n_bytes[turn.way] = pool.relay.n_bytes - before
            yield [
                Trip(way, network, tuple(wall_s[network, way]), n_bytes[network, way])
                for network, way in ways
                if (network, way) in wall_s
            ]


def _pass(pool, job, right, stop):
    """Return the seconds of one use of the cluster, from the first call to the last answer."""
    began_s = worker.now()
    calls = [pool.submit(job.function, part) for part in job.split(job.n_sublists)]
    while wait(calls, timeout=pools.LOOK_S).not_done:
        check_stop(stop)
        if worker.now() - began_s > _LIMIT_S:
            raise LabError(
                f"a trip must end within {_LIMIT_S:g} s, and this one did not: take a faster "
                "network, or close what keeps the machine busy"
            )
    answers = [answer for call in calls for answer in call.result()]
    took_s = worker.now() - began_s
    if answers != right:
        raise LabError(
            f"the cluster gave other answers for {job.title} than one loop: run it again"
        )
    return took_s


def load_trips(path: str | Path = RECORDING) -> Trips:
    """Return the ``Trips`` of a recording; a LabError tells that it is missing or another.

    >>> len(load_trips().trips)
    12
    """
    return load_as(Trips, path)


def _record(path: str) -> None:
    *_, trips = measure_trips(networks_of(MEGABITS_PER_S, DELAY_MS), 3)
    made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    save(Trips(made, str(machine.describe()), trips), path)


if __name__ == "__main__":
    _record(sys.argv[1])
