"""From which job length do processes pay? A straight line says it."""

from dataclasses import dataclass

from ..units import cpus

_PAYS = 0.9  # seconds without copying for a serial second: less, and copying is what is too much
ASKED_S = (10.0, 30.0)  # the lengths of job for which people fear the start-up of processes


@dataclass(frozen=True)
class BreakEven:
    """The time that a pool of processes takes for a job of any length: a model.

    T(L) = ``start_s`` + ``rate`` L, with L the serial time of the job: start-up costs the same
    for any job, and computing and copying grow with it. All in seconds. It is what
    ``theory.ProcessModel`` says when copying and computing never overlap, with the parts as
    they were measured: a model that has to tell them apart again would be longer than the line.
    ``copying`` is the part of ``rate`` that copying is, None where nobody told them apart.
    ``n_cores`` are the cores that computing was divided among, ``math.inf`` for a core each.
    """

    kind: str
    n_workers: int
    start_s: float
    rate: float
    copying: float | None = None
    n_cores: float | None = None

    @property
    def job_s(self) -> float | None:
        """Serial seconds from which the pool is faster: start_s / (1 - rate). None: never."""
        return self.start_s / (1 - self.rate) if self.rate < 1 else None

    def wall_s(self, job_s: float) -> float:
        """Return the predicted seconds, start-up included, for a job of ``job_s`` serially."""
        return self.start_s + self.rate * job_s

    def speed_up(self, job_s: float) -> float:
        """Return the predicted speed-up, start-up included."""
        return job_s / self.wall_s(job_s)

    @property
    def _on_cores(self):
        if self.n_cores is None:
            return ""
        if self.n_cores >= self.n_workers:
            return " and a core for each"
        return f" on {cpus(self.n_cores)}"

    @property
    def _why(self):
        """Why it never pays: whether it would without the copying."""
        if self.copying is None:
            return ""
        if self.rate - self.copying < _PAYS:
            return f". Copying takes {self.copying:.2f} s of that, more than it saves"
        computing = self.rate - self.copying
        return f". Computing takes {computing:.2f} s of that: there are no cores to divide it among"

    def __str__(self):
        name = f"{self.kind} with {self.n_workers} workers{self._on_cores}"
        if self.job_s is None:
            return (
                f"{name} never pay for this job: what takes 1 s serially takes {self.rate:.2f} s "
                f"there{self._why}."
            )
        return (
            f"{name} pay from a job of {self.job_s:.2g} s on; start-up takes {self.start_s:.2g} s, "
            f"and each serial second becomes {self.rate:.2f} s."
        )
