"""The jobs of the series, recorded on this machine: what charts show where there is no curve."""

import platform
from collections.abc import Iterator
from pathlib import Path

from ..core import machine
from ..core.scaling import Experiment
from ..core.store import RECORDINGS
from ..errors import LabError
from ..jobs.registry import load_job
from ..pythons.find import this_one

#: How many strings, and the scales of the maps: as large as the recordings that are there.
SIZES = {"strings": 60_000, "pictures": 1.0, "finished": 0.5}
_SYSTEMS = {"darwin": "macos"}


def here() -> str:
    """Return this machine for the name of a file: "4cpu-linux"."""
    system = platform.system().lower()
    return f"{machine.describe().n_usable_workers}cpu-{_SYSTEMS.get(system, system)}"


def record_jobs(
    folder: Path = RECORDINGS, *, rounds: int = 5, share: float = 1.0
) -> Iterator[Path | LabError]:
    """Measure each job, save its result into a folder, and yield the Path, or why there is none.

    Args:
        folder: where to save.
        rounds: how often each kind of worker is timed.
        share: of the usual sizes, for a try.
    """
    for job, usual in SIZES.items():
        size = max(1, round(share * usual)) if job == "strings" else share * usual
        try:
            experiment = Experiment(load_job(job, size), rounds=rounds)
            *_, result = experiment.run()
        except LabError as error:
            yield LabError(f"{job}: {error}")
            continue
        python = this_one()
        name = f"{python.implementation.lower()}{python.era.rpartition(' ')[2]}"
        yield result.save(folder / f"{job}-{here()}-{name}.json")
