"""What this computer can do, on one card: the first thing that notebooks show."""

from dataclasses import asdict, dataclass
from typing import Any

from ..core import allowed, machine
from ..core.host import Host, host
from ..core.machine import Capacity, Machine
from ..draw.templates import render
from ..units import cpus, memory

_ROOM = 700_000_000  # bytes that the hungriest notebook may take


@dataclass(frozen=True)
class Card:
    """A machine and its capacity, for a reader: HTML in a notebook, text elsewhere.

    ``host`` and ``memory_left_bytes`` are None where they are not known, as for a saved result.
    """

    machine: Machine
    capacity: Capacity
    host: Host | None = None
    memory_left_bytes: int | None = None

    def facts(self) -> list[tuple[str, str]]:
        """Return the lines of the card: (name, value) each."""
        m = self.machine
        build = "free-threaded build" if m.free_threaded else "default build"
        n = self.capacity.n_threads[-1]
        where = [("You are on", self._where())] if self.host else []
        left = self.memory_left_bytes
        left_said = "" if left is None else f", of which {memory(left)} are left now"
        return [
            *where,
            ("Python", f"{m.implementation} {m.python}, {build}"),
            (
                "GIL",
                "on: one thread runs Python code at a time"
                if m.gil
                else "off: threads run Python code side by side",
            ),
            ("CPU", m.cpu),
            ("CPUs you may use", m.cpus.removesuffix(" usable")),
            ("Memory you may use", memory(m.memory_bytes) + left_said),
            ("Capacity now", self._capacity(n)),
            ("Python starts processes by", f"{m.start_methods[0]}, if you do not say otherwise"),
            ("This lab starts them by", f"{m.default_start_method}{_why_not_fork(m)}"),
            ("System", m.system),
        ]

    def _capacity(self, n):
        cores = self.capacity.at(n)
        if cores > 1.5 * n:  # the one thread that they are compared with got no core meanwhile
            return "cannot be told: other programs keep the cores busy"
        return f"{cores:.2f} cores for {n} threads"

    def _where(self):
        host = self.host
        return f"{host.name}: {host.lasts}" if host.lasts else host.name

    def sentence(self) -> str:
        """Return what experiments this machine can show, and where to see what it cannot."""
        said = [self._shows()]
        left = self.memory_left_bytes
        if left is not None and left < _ROOM:
            said.append(
                f"Only {memory(left)} of memory are left: choose Shut Down All Kernels in the menu "
                "Kernel, then run this notebook again."
            )
        return " ".join(said)

    def _shows(self):
        n = self.capacity.n_threads[-1]
        cores = self.capacity.at(n)
        live = f", and you see it live on {self.host.elsewhere}" if self.host else ""
        missing = (
            "What you cannot see here is computing that gets faster with workers: a recording "
            f"beside your own curve shows it{live}."
        )
        if self.machine.has_one_cpu and self.machine.quota_cpus is not None:
            return (
                f"A quota allows {cpus(self.machine.quota_cpus)} of time here. Workers run side by "
                "side for a part of each period, and then all of them are stopped. Waiting "
                f"overlaps here, too. {missing}"
            )
        if self.machine.has_one_cpu:
            return f"You may use one CPU here. Waiting overlaps here, too. {missing}"
        if self.capacity.is_busy():
            return (
                f"Other programs keep this machine busy: a thread that never waits gets only "
                f"{self.capacity.core_share:.2f} of a core now. Close them, or measure later."
            )
        if self.capacity.is_narrow(n):
            lent = self.host is not None and not self.host.is_own
            more = f" You see more on {self.host.elsewhere}." if lent else ""
            return (
                f"{n} threads get the work of only {cores:.2f} cores done now: the machine is "
                f"busy or limited, and computing cannot gain more than that.{more}"
            )
        return f"The best speed-up you can hope for with {n} workers is about {cores:.2f}."

    def __str__(self):
        lines = [f"{name:<28}{value}" for name, value in self.facts()]
        return "\n".join([*lines, self.sentence()])

    def _repr_html_(self):
        return render("draw/facts.html", facts=self.facts(), end=self.sentence())

    def as_dict(self) -> dict[str, Any]:
        """Return the card's facts for JSON: a dict with what the card holds, by name."""
        return asdict(self)

    __repr__ = __str__


def _why_not_fork(machine):
    is_other = machine.default_start_method != machine.start_methods[0]
    return ", since a kernel has threads, and forking it is not safe" * is_other


def card(n_threads: int | None = None) -> Card:
    """Return the ``Card`` of this machine, its capacity measured now (about 0.2 seconds).

    Args:
        n_threads: up to how many threads it is measured; one for each usable CPU when None.

    Raises:
        LabError: it is not a number from 1 to 256.
    """
    measured = machine.capacity(n_threads)
    return Card(machine.describe(), measured, host(), allowed.memory_left_bytes())
