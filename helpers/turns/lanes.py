"""What a timeline shows: a lane for each worker, how many ran at once, and the words about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ..core.spans import Span
from ..judge.facts import IDLE
from ..kind import kind as kind_of
from ..units import counted, ms, per_cent
from .record import Timeline
from .summary import WAITING, TurnSummary, concurrency_shares, summarise


@dataclass(frozen=True)
class Lanes:
    """What is drawn: the spans of a recording or a simulation, and the words about them."""

    kind: str
    noun: str
    workers: tuple[str, ...]
    works: tuple[str, ...]  # what each worker does; empty when nobody said so
    spans: tuple[Span, ...]
    setting: str = ""
    blank: str = "waits for the GIL or a core"  # what it means where no bar is

    @classmethod
    def of(cls, spans: "Timeline | Lanes | Iterable[Span]", kind: str) -> "Lanes":
        """Return the lanes of a recording, or of spans that are drawn as of that kind."""
        if isinstance(spans, Lanes):
            return spans
        if not isinstance(spans, Timeline):
            spans = tuple(spans)
            names = tuple(dict.fromkeys(span.worker for span in spans))
            return cls(kind, "worker" if len(names) == 1 else "workers", names, (), spans)
        worker = kind_of(spans.kind)
        noun = spans.kind if spans.n_workers > 1 else worker.noun
        setting = f", switch interval {ms(spans.switch_interval_s)}" if spans.gil else ", no GIL"
        return cls(
            kind=spans.kind,
            noun=noun,
            workers=spans.workers,
            works=spans.titles,
            spans=spans.spans,
            setting="" if worker.own_lock else setting,  # such a worker waits for nobody
            blank="not seen running: waits for the GIL or a core",
        )

    @cached_property
    def summary(self) -> TurnSummary:
        return summarise(self.spans)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(span.label for span in self.spans))

    @cached_property
    def window_s(self) -> tuple[float, float]:
        """When the first span begins, 0 s at the latest, and when the last one ends."""
        starts_s = [span.start_s for span in self.spans]
        return min([0.0, *starts_s]), max((span.stop_s for span in self.spans), default=1.0)

    @cached_property
    def shares(self) -> dict[int, float]:
        """The share of time with 0 to all workers running: 1 in sum."""
        begin_s, end_s = self.window_s
        found = concurrency_shares(self.summary.turns, start_s=begin_s, stop_s=end_s)
        return {count: found.get(count, 0.0) for count in range(len(self.workers) + 1)}

    @property
    def gist(self) -> str:
        """What is to be seen, in some words; empty for one worker."""
        several = sum(share for count, share in self.shares.items() if count > 1)
        if len(self.workers) < 2:
            return ""
        if not self.summary.n_turns:
            return "waiting side by side"
        if set(self.labels) & set(WAITING):
            return "one waits while another works"
        if self.shares[0] > IDLE:
            return f"nobody seen running {per_cent(self.shares[0])} of the time"
        if several > 0.8:
            return "side by side"
        if several < 0.1:
            return "one at a time"
        return f"several at once {per_cent(several)} of the time"

    @property
    def title(self) -> str:
        return f"{len(self.workers)} {self.noun}{self.setting}" + (self.gist and f": {self.gist}")

    @property
    def turns(self) -> str:
        n = self.summary.n_turns
        if not n:
            return "no turns: all wait" if self.spans else "no turns"
        return f"{counted(n, 'turn')}, median {ms(self.summary.median_turn_s)}"

    @property
    def said_shares(self) -> str:
        """The ``shares``, as a sentence."""
        said = ", ".join(f"{count(n)} {per_cent(share)}" for n, share in self.shares.items())
        return f"Share of the time in which {said.replace('nobody', 'nobody ran', 1)}."

    @property
    def sentence(self) -> str:
        """The alternative text of the chart."""
        if not self.spans:
            return "A timeline, still empty."
        begin_s, end_s = self.window_s
        works = "; ".join(dict.fromkeys(self.works))
        return (
            f"{len(self.workers)} {self.noun}{self.setting} over {ms(end_s - begin_s)}"
            + (self.gist and f", {self.gist}")
            + (works and f" ({works})")
            + f": {self.turns}. {self.said_shares}"
        )


def count(n: int) -> str:
    """Return how many run at once, in words: "nobody", "1 alone", "2 at once"."""
    return {0: "nobody", 1: "1 alone"}.get(n, f"{n} at once")
