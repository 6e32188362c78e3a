"""A program in another Python: what it says, and where and when it was asked."""

import datetime
from typing import Any

from ..core import machine
from ..errors import LabError, shown
from .find import Python, output_of

_LIMIT_S = 60.0


def said_by(
    python: Python, arguments: list[str], *, limit_s: float = _LIMIT_S, isolated: bool = True
) -> str:
    """Return what a program prints in another Python: its arguments are those of ``python``.

    Raises:
        LabError: it does not start, or does not end well; the line names the Python.
    """
    if python.problem:
        raise LabError(python.problem)
    try:
        command = [python.path, *["-I"] * isolated, *arguments]
        status, said, complaint = output_of(command, limit_s)
    except LabError as error:
        raise LabError(f"{python.name} ({python.path}) {error}") from error
    if status != 0:
        last = (complaint.strip().splitlines() or ["no message"])[-1]
        raise LabError(f"{python.name} ({python.path}) ended with {shown(last, 200)}")
    return said


class Sourced:
    """What was seen in one Python; a dataclass has its version, the time, and ``recorded``."""

    _build = ""

    @property
    def source(self: Any) -> str:
        """Where it was seen, as it stands behind "on"."""
        made = f", recorded on {self.made[:10]}" if self.recorded else ""
        return f"CPython {self.python}{self._build}{made}"


def stamp(python: Python) -> dict[str, Any]:
    """Return what a recording says of a Python, this machine and the time, by its names."""
    here = machine.describe()
    return {
        "era": python.era,
        "python": python.version,
        "cpu": here.cpu,
        "usable_cpus": here.usable_cpus,
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
