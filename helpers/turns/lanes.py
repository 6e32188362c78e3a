"""What a timeline shows: a lane for each worker, how many ran at once, and the words about them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ..core import allowed, machine
from ..core.spans import Span
from ..judge.facts import IDLE
from ..kind import kind as kind_of
from ..pythons.witness import Witness
from ..units import counted, ms, per_cent
from .record import Timeline
from .summary import WAITING, concurrency_shares, median_s, turns

FEW, MOST = 0.1, 0.8  # shares of the time: below and above they count as none and all


@dataclass(frozen=True)
class Lanes:
    """The spans of a recording or a simulation, and the words about them.

    ``works`` are what the workers do, empty when nobody said so; ``blank`` is what it means where
    no bar is drawn. ``stops`` are the times in which a quota had stopped all workers. ``found`` is
    what is to be seen beside how many ran at once, in a few words, and ``overlap`` names that.
    ``states`` are what a profiler saw of the same workers; none where it did not look.
    """

    kind: str
    noun: str
    workers: tuple[str, ...]
    works: tuple[str, ...]
    spans: tuple[Span, ...]
    setting: str = ""
    blank: str = "waits for the GIL or a core"
    stops: tuple[Span, ...] = ()
    found: str = ""
    overlap: str = "side by side"
    states: tuple[Span, ...] = ()

    @cached_property
    def taken(self) -> list[Span]:
        """The stretches in which the workers ran."""
        return turns(self.spans)

    @cached_property
    def held(self) -> list[Span]:
        """The turns from one hand-over to the next; none where workers do not take turns."""
        shares_a_gil = len(self.workers) > 1 and not kind_of(self.kind).own_lock
        in_turns = shares_a_gil and self._several < FEW
        return turns(self.spans, gap_s=math.inf) if in_turns else []

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels of the spans, each once."""
        return tuple(dict.fromkeys(span.label for span in self.spans))

    @cached_property
    def window_s(self) -> tuple[float, float]:
        """The begin and the end of what is drawn, in seconds."""
        starts = [span.start_s for span in self.spans]
        return min([0.0, *starts]), max((span.stop_s for span in self.spans), default=1.0)

    @cached_property
    def shares(self) -> dict[int, float]:
        """The share of time with 0 to all workers running, 1 in sum."""
        return concurrency_shares(self.taken, len(self.workers), *self.window_s)

    @property
    def _several(self):
        return sum(share for n, share in self.shares.items() if n > 1)

    @property
    def gist(self) -> str:
        """What is to be seen, in a few words."""
        several = self._several
        if len(self.workers) < 2:
            return ""
        if not self.taken:
            return "waiting side by side"
        if set(self.labels) & set(WAITING):
            return "one waits while another works"
        if self.stops:
            return "side by side, then all stopped" if several > FEW else "in turns, then stopped"
        if self.shares[0] > IDLE:
            return f"nobody seen running {per_cent(self.shares[0])} of the time"
        if several > MOST:
            return self.overlap
        if several < FEW:
            return f"one at a time{self.found and f', {self.found}'}"
        return f"side by side {per_cent(several)} of the time"

    @property
    def title(self) -> str:
        """Who works in which setting, and what is to be seen."""
        return f"{len(self.workers)} {self.noun}{self.setting}" + (self.gist and f": {self.gist}")

    @property
    def turns(self) -> str:
        """How many turns were taken, and how long they are; "" where workers do not take turns."""
        if len(self.held) < 2 * len(self.workers):
            return ""
        return f"{counted(len(self.held), 'turn')} of about {about(median_s(self.held))}"

    @property
    def said_shares(self) -> str:
        """The shares of time, in a sentence."""
        said = ", ".join(f"{at_once(n)} {per_cent(share)}" for n, share in self.shares.items())
        return f"Share of the time in which {said.replace('nobody', 'nobody ran', 1)}."

    @property
    def sentence(self) -> str:
        """All of it, for somebody who cannot see the chart."""
        if not self.spans:
            return "A timeline, still empty."
        begin_s, end_s = self.window_s
        said = f"{len(self.workers)} {self.noun}{self.setting} over {ms(end_s - begin_s)}"
        said += self.gist and f", {self.gist}"
        said += f" ({'; '.join(dict.fromkeys(self.works))})" if self.works else ""
        said += f"{self.turns and f': {self.turns}'}. {self.said_shares}"
        strips = " Below each, when a profiler saw it hold the GIL or wait for it."
        return said + strips * bool(self.states)


def lanes_of(spans: Timeline | Lanes | Iterable[Span], kind: str) -> Lanes:
    """Return the lanes of a recording, or of spans of such a kind of worker."""
    if isinstance(spans, Lanes):
        return spans
    if not isinstance(spans, Timeline):
        spans = tuple(spans)
        names = tuple(dict.fromkeys(span.worker for span in spans))
        return Lanes(kind, "worker" if len(names) == 1 else "workers", names, (), spans)
    has_one = allowed.bound_cpus() < machine.ONE_CPU or spans.n_taken
    shares_a_cpu = spans.labels - {"python"} and has_one
    worker, setting = kind_of(spans.kind), ", no GIL"
    if spans.gil:
        setting = f", switch interval {ms(spans.switch_interval_s)}"
    return Lanes(
        kind=spans.kind,
        noun=spans.kind if spans.n_workers > 1 else worker.noun,
        workers=spans.workers,
        works=spans.titles,
        spans=spans.spans,
        setting="" if worker.own_lock else setting,  # such a worker waits for nobody
        blank="not seen running: waits for the GIL or a core",
        stops=tuple(spans.stops),
        found=_found(spans),
        overlap="under way at once" if shares_a_cpu else "side by side",
        states=spans.witness.phases[0] if isinstance(spans.witness, Witness) else (),
    )


def _found(timeline):
    worker, pause_s = timeline.shut_out
    return f"{worker} shut out for {about(pause_s)}" if worker else ""


def at_once(n: int) -> str:
    """Return how many run at once, in words: "nobody", "1 alone", "2 at once"."""
    return {0: "nobody", 1: "1 alone"}.get(n, f"{n} at once")


def about(seconds: float) -> str:
    """Return seconds as milliseconds, with the two digits that matter.

    >>> about(0.0051938), about(0.1583)
    ('5.2 ms', '160 ms')
    """
    return f"{float(f'{1e3 * seconds:.2g}'):,.4g} ms"
