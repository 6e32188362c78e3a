"""When a cluster does not pay: one job, here and there, on paper."""

from dataclasses import dataclass

from ..core import allowed
from ..errors import number, whole
from ..judge.facts import WORTH_IT
from ..units import counted, seconds
from .network import Network


@dataclass(frozen=True)
class Errand:
    """A job that could be done by the cores here, or by a cluster behind a network: a model.

    Args:
        work_s: seconds that one loop needs for all of it.
        megabytes: what has to be moved for it, there and back.
        megabits_per_s: what the network moves each second.
        n_workers: workers of the cluster, each as fast as a core here.
        start_s: seconds until they are there; 0 where they always are.
        n_here: cores of this machine; 0 is all that may be used.

    Raises:
        LabError: a number is out of its range.

    >>> print(Errand(60, 100, 100, 10, start_s=3, n_here=2))
    Here, on 2 cores: 30 s. There, with 10 workers: 8 s to move 100 MB, 3 s to start, 6 s to \
compute, 17 s in all. The cluster is 1.8 times as fast. It begins to pay at 27.5 s of work.
    """

    work_s: float
    megabytes: float
    megabits_per_s: float
    n_workers: int
    start_s: float = 0.0
    n_here: int = 0

    def __post_init__(self) -> None:
        number("work_s", self.work_s, 1e-3, 1e7, "60 is a minute of one loop")
        number("megabytes", self.megabytes, 0, 1e9, "100 is as much as 30 photographs")
        number("start_s", self.start_s, 0, 1e5, "5 is five seconds")
        whole("n_workers", self.n_workers, 1, 10_000, "try 10")
        whole("n_here", self.n_here, 0, 10_000, "0 is all that this machine has")
        Network(self.megabits_per_s)
        if not self.n_here:
            object.__setattr__(self, "n_here", allowed.n_usable_workers())

    @property
    def here_s(self) -> float:
        """Seconds with all cores here."""
        return self.work_s / self.n_here

    @property
    def moving_s(self) -> float:
        """Seconds that the bytes are on their way."""
        return Network(self.megabits_per_s).seconds_for(1e6 * self.megabytes)

    @property
    def there_s(self) -> float:
        """Seconds with the cluster: moving, starting and computing, one after the other."""
        return self.moving_s + self.start_s + self.work_s / self.n_workers

    @property
    def pays_from_s(self) -> float | None:
        """From how many seconds of work on the cluster is sooner, or None: never."""
        if self.n_workers <= self.n_here:
            return None
        return (self.moving_s + self.start_s) / (1 / self.n_here - 1 / self.n_workers)

    def __str__(self) -> str:
        computing = seconds(self.work_s / self.n_workers)
        said = (
            f"Here, on {counted(self.n_here, 'core')}: {seconds(self.here_s)}. There, with "
            f"{counted(self.n_workers, 'worker')}: {seconds(self.moving_s)} to move "
            f"{self.megabytes:g} MB, {seconds(self.start_s)} to start, {computing} to compute, "
            f"{seconds(self.there_s)} in all."
        )
        times = self.here_s / self.there_s
        worth = f"The cluster is {times:.2g} times as fast." if times > WORTH_IT else "Stay here."
        if self.pays_from_s is None:
            return f"{said} {worth} It has no more cores than you have, so it never pays."
        return f"{said} {worth} It begins to pay at {seconds(self.pays_from_s)} of work."
