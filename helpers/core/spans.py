"""A stretch of time in which a worker ran: recorded in a run, or simulated."""

import math
from dataclasses import dataclass

from ..errors import LabError


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of time of one worker: ``start_s`` to ``stop_s`` on a clock that all share.

    Raises LabError for a stop before its start and for a time that is not finite.
    """

    worker: str
    start_s: float
    stop_s: float
    label: str = "work"

    def __post_init__(self) -> None:
        # One chained comparison says all of it: NaN fails it, and so does infinity.
        if not -math.inf < self.start_s <= self.stop_s < math.inf:
            raise LabError(
                f"a span stops at or after its start, both finite: got start_s={self.start_s!r}, "
                f"stop_s={self.stop_s!r} for {self.worker!r}; give the earlier time first"
            )

    @property
    def duration_s(self) -> float:
        """Seconds from start to stop."""
        return self.stop_s - self.start_s
