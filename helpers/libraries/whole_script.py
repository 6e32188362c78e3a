"""When to stop: what a faster part does for the whole script."""

from dataclasses import dataclass

from ..errors import number
from ..judge.facts import WORTH_IT
from ..units import per_cent


@dataclass(frozen=True)
class WholeScript:
    """A script of which one part, ``share`` of its time, becomes ``times`` times as fast: a model.

    It is the law of ``theory.amdahl``, for any gain instead of a number of workers.

    Raises:
        LabError: one of the numbers is out of its range.

    >>> print(WholeScript(0.5, 100))
    A part that takes 50 % of the time is 100 times as fast: the script is 1.98 times as fast, of \
2.00 at the very most. The part takes 1 % of what is left: now look at the rest.
    """

    share: float
    times: float

    def __post_init__(self):
        number("share", self.share, 0, 0.999999, "0.3 is 30 % of the script's time")
        number("times", self.times, 1, 1e9, "20 is twenty times as fast")

    @property
    def speed_up(self) -> float:
        """How many times as fast the whole script becomes."""
        return 1 / (1 - self.share + self.share / self.times)

    @property
    def ceiling(self) -> float:
        """The speed-up of the script if the part took no time at all."""
        return 1 / (1 - self.share)

    def __str__(self) -> str:
        left = per_cent(self.share / self.times * self.speed_up)
        worth = self.ceiling / self.speed_up > WORTH_IT
        advice = "it can still pay to make it faster." if worth else "now look at the rest."
        return (
            f"A part that takes {per_cent(self.share)} of the time is {self.times:.3g} times as "
            f"fast: the script is {self.speed_up:.2f} times as fast, of {self.ceiling:.2f} at the "
            f"very most. The part takes {left} of what is left: {advice}"
        )
