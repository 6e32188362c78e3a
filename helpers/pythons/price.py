"""The price of doing without the lock: what one thread pays for a Python that has none."""

import datetime
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..core import machine
from ..core.job import Job
from ..core.runs import quartiles
from ..core.store import RECORDINGS, load_as
from ..core.turns import take_turns
from ..jobs.registry import as_job
from ..units import bytes_
from .elsewhere import Elsewhere, answered
from .find import Python, price_pair

#: How many times as long one thread takes, at least and at most, as the documentation says it of
#: many programs: the howtos on free threading of 3.13 to 3.15, and the release notes of 3.14.
DOCUMENTED = {
    "3.13t: many programs": (1.40, 1.40),
    "3.14t, 3.15t: macOS, ARM": (1.01, 1.01),
    "3.14t, 3.15t: Linux, x86-64": (1.08, 1.08),
    "3.14t: release notes": (1.05, 1.10),
}
PRICE = RECORDINGS / "price" / "price.json"  # python -m helpers author eras --record
_LEAST = 3  # rounds


@dataclass(frozen=True)
class Price:
    """What one thread pays for a Python without the GIL.

    ``plain_s`` and ``free_s`` are the serial seconds of one job in either Python, of the same
    rounds, shape (rounds,); memory is the most that each program held, None where the system does
    not tell. ``differences`` names what else differs. ``made`` is a UTC time in ISO 8601.
    ``core_shares`` is how much of a core each run got.
    """

    made: str
    cpu: str
    plain: str
    free: str
    plain_s: tuple[float, ...]
    free_s: tuple[float, ...]
    plain_bytes: int | None
    free_bytes: int | None
    differences: tuple[str, ...]
    recorded: bool = False
    core_shares: tuple[float, ...] = ()

    @property
    def ratios(self) -> list[float]:
        """How many times as long each round took without the lock: 1.2 is a fifth longer."""
        return [free / plain for plain, free in zip(self.plain_s, self.free_s, strict=True)]

    @property
    def slow_down(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(self.ratios)

    def __str__(self) -> str:
        low, high = quartiles(self.ratios)
        memory = ""
        if self.plain_bytes and self.free_bytes:
            memory = f"memory {bytes_(self.plain_bytes)} and {bytes_(self.free_bytes)}; "
        other = "; ".join(self.differences) or "nothing but the lock"
        took = f"takes {self.slow_down:.2f} times as long as one of {self.plain}"
        spread = f"(quartiles {low:.2f} to {high:.2f})"
        where = f"Recorded on {self.made[:10]}, {self.cpu}: " if self.recorded else ""
        one = "one" if where else "One"
        told = f"{where}{one} thread of {self.free} {took} {spread}"
        return f"{told}\n{memory}what else differs: {other}"


def measure_price(
    plain: Python, free: Python, job: Job | str, rounds: int = 8, budget_s: float | None = None
) -> Price:
    """Return the ``Price``: the job in one thread of two Pythons, in turns.

    After three rounds, none is begun that would probably end after ``budget_s``.

    Raises:
        LabError: it cannot be done in one of them; the line names it.
    """
    job = answered(as_job(job))
    with Elsewhere(plain, job) as one, Elsewhere(free, job) as other:
        times_s: dict[Elsewhere, list[float]] = {one: [], other: []}
        shares = []
        options: Any = {"budget_s": budget_s, "least": _LEAST, "warm_up_s": 0}
        for number, there, _ in take_turns(times_s, rounds, **options):
            run = there.run("serial", 1, round=number)
            if number:
                times_s[there].append(run.wall_s)
                shares.append(run.cores_used)
        return Price(
            made=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            cpu=machine.describe().cpu,
            plain=plain.name,
            free=free.name,
            plain_s=tuple(times_s[one]),
            free_s=tuple(times_s[other]),
            plain_bytes=one.memory_bytes,
            free_bytes=other.memory_bytes,
            differences=tuple(_differences(one.identity, other.identity)),
            core_shares=tuple(shares),
        )


def price_of(pythons: Iterable[Python], job: Job | str, budget_s: float | None = None) -> Price:
    """Return the ``Price`` of the newest pair of Pythons, or the recorded one where there is none.

    The rounds may take about ``budget_s`` seconds.

    Raises:
        LabError: the job cannot be done in one of them; the line names it.
    """
    pair = price_pair(pythons)
    return measure_price(*pair, job, budget_s=budget_s) if pair else load_price()


def load_price() -> Price:
    """Return the recorded ``Price`` of doing without the GIL."""
    return load_as(Price, PRICE)


def _differences(plain, free):
    """Yield what differs between two builds beside the lock."""
    if plain["python"] != free["python"]:
        yield f"the version, {plain['python']} and {free['python']}"
    makers = [identity["build"].rpartition("[")[2].rstrip("]") for identity in (plain, free)]
    if makers[0] != makers[1]:
        yield f"the compiler, {makers[0]} and {makers[1]}"
    flags = [_speed_flags(identity["flags"]) for identity in (plain, free)]
    if flags[0] != flags[1]:
        yield "how it was optimised, " + " and ".join(", ".join(f) or "not at all" for f in flags)
    if not free["free_threaded"] or plain["free_threaded"]:
        yield "and these are no pair of a build with the lock and one without"


def _speed_flags(arguments):
    """Return those arguments of a build that bear on its speed, sorted.

    >>> _speed_flags("'--prefix=/usr' '--with-lto' '--enable-optimizations'")
    ['--enable-optimizations', '--with-lto']
    """
    words = ("optimiz", "lto", "jit", "tail-call", "pydebug", "computed-gotos")
    arguments = arguments.replace("'", "").split()
    return sorted(a for a in arguments if any(word in a for word in words))
