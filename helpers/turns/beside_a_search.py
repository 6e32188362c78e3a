"""What a profiler saw of a loop beside a search, recorded for readers who have no such Python."""

import contextlib
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..core.store import RECORDINGS, load_as, save
from ..errors import LabError
from ..pythons.stamp import stamp
from ..pythons.states import Shares, shares_of
from ..pythons.witness import Witness, who_can_look
from ..units import per_cent
from .record import Timeline, record_witnessed

SEEN = RECORDINGS / "witness" / "search.json"
_SECONDS = 1.0


@dataclass(frozen=True)
class Recorded:
    """The shares of the loop's time, in which Python, on which machine, and when."""

    era: str
    python: str
    cpu: str
    usable_cpus: float
    made: str
    holds: float
    waits: float
    without: float

    @property
    def said(self) -> str:
        """What it shows, as a clause."""
        shares = said_of(Shares(self.holds, self.waits, self.without))
        return f"{shares} (CPython {self.python}, {self.made[:10]})"


def shares_of_loop(recording: Timeline) -> Shares | None:
    """Return the shares of the first thread's time that a profiler saw; None where none looked."""
    seen = recording.witness
    if not isinstance(seen, Witness):
        return None
    return shares_of(span for span in seen.phases[0] if span.worker == recording.workers[0])


def said_of(loop: Shares) -> str:
    """Return shares of the loop's time as a clause."""
    holds, waits, without = map(per_cent, loop)
    held = f"the loop held the GIL {holds} of the time, waited for it {waits}"
    return f"{held}, and was without it {without}"


def record() -> Path:
    """Record it anew where a profiler can look, and return the Path of the recording.

    Raises:
        LabError: none can.
    """
    text = "nothing in here ends in an exclamation mark\n" * 100_000
    search = partial(re.compile("[a-z]+!").findall, text)
    made = record_witnessed(["loop", search], seconds=_SECONDS)
    loop = None if isinstance(made, str) else shares_of_loop(made)
    if loop is None:
        raise LabError(str(made))
    return save(Recorded(**stamp(who_can_look()), **loop._asdict()), SEEN)


def recorded() -> str:
    """Return what the recording shows, as a clause; "" where it is lost."""
    with contextlib.suppress(LabError):  # a test holds that it is whole
        return load_as(Recorded, SEEN).said
    return ""
