"""What notebook 10 measures, and a recording of it for where Dask or uvicorn is missing.

``python -m helpers.beyond.moves FILE`` measures everything and writes the recording.
"""

import sys
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from ..core import worker
from ..core.pools import open_pool, start
from ..core.runs import Result
from ..core.scaling import Experiment
from ..core.store import RECORDINGS, load_as, save
from ..jobs.registry import load_job
from ..processes.split import Split, measure_splits_of
from . import cluster, servers
from .file_parts import moving_jobs, spellings_file
from .servers import ServerLoad, measure_servers

RECORDING = RECORDINGS / "beyond" / "2cpu-cpython3.13.json"
_N_STRINGS = 120_000
_N_CALLS = 300


@dataclass(frozen=True)
class Beyond:
    """All that notebook 10 measures. ``moves`` maps a name for the reader to a ``Split``."""

    made: str
    machine: str
    strings: Result = field(repr=False)
    pictures: Result = field(repr=False)
    call_s: float
    moves: dict[str, Split] = field(repr=False)
    loads: list[ServerLoad] = field(repr=False)

    def __str__(self) -> str:
        return f"recorded on {self.made[:10]}: {self.machine}"


def lacking() -> list[str]:
    """Return a list of lines: what notebook 10 cannot measure here, and how to get it."""
    reasons = {"a cluster": cluster.lacking(), "a server": servers.lacking()}
    return [f"{what}: {reason}" for what, reason in reasons.items() if reason is not None]


def measure_moves(rounds: int = 3) -> dict[str, Split]:
    """Return the ``Split`` of jobs that move less and less, on one cluster: a dict by name.

    The strings are sent, read where the worker is, and only counted there; the pictures need
    next to nothing sent.
    """
    with spellings_file(_N_STRINGS) as path:
        jobs = {**moving_jobs(path), "pictures": load_job("pictures", 0.5)}
        splits = measure_splits_of(list(jobs.values()), "distributed", 2, rounds=rounds)
    return dict(zip(jobs, splits, strict=True))


def seconds_for_a_call(pool: Executor) -> float:
    """Return the seconds that a pool takes for a call with nothing in it, of many on their way."""
    began_s = worker.now()
    list(pool.map(len, [""] * _N_CALLS))
    return (worker.now() - began_s) / _N_CALLS


def measure_beyond() -> Beyond:
    """Return a ``Beyond`` that is measured now, in about a minute."""
    jobs = load_job("strings", _N_STRINGS), load_job("pictures", 0.5)
    *_, strings = Experiment(jobs[0], ("processes", "distributed"), (1, 2), 3).run()
    *_, pictures = Experiment(jobs[1], ("distributed",), (2,), 1).run()
    with open_pool("distributed", 2) as pool:
        start(pool, 2)
        call_s = seconds_for_a_call(pool)
    return Beyond(
        made=strings.made,
        machine=str(strings.machine),
        strings=strings,
        pictures=pictures,
        call_s=call_s,
        moves=measure_moves(),
        loads=measure_servers(),
    )


def load_beyond(path: str | Path = RECORDING) -> Beyond:
    """Return the ``Beyond`` of a recording.

    Raises:
        LabError: the file is missing or is not such a recording.

    >>> len(load_beyond().loads)
    8
    """
    return load_as(Beyond, path)


if __name__ == "__main__":
    save(measure_beyond(), sys.argv[1])
