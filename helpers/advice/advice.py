"""What to use for a job, how much faster it will be, and why.

Evidence in, a verdict out. Nothing is measured here, and no figure is said that was not measured or
does not follow from measured ones: what is predicted for a whole job is its measured part at the
measured rate, with the measured start-up, and never more than was reached in a run.
"""

import math
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from ..judge import facts as limits
from ..judge.choose import Choice, Way, choose
from ..judge.words import Finding, told
from ..units import seconds
from . import advised
from .evidence import Evidence
from .reasons import headline, reasons
from .tries import tries
from .which_python import WhichPython, which_python
from .words import HEADLINES, REASONS, TRIES, WITH_CORES
from .would_be import WouldBe, would_be

_N_CORES = 4  # free ones, in the headline of a machine that has too few


@dataclass(frozen=True)
class Verdict:
    """What to use for a job, with reasons; in a notebook it shows itself.

    ``findings`` are the reasons, the most important first, and ``to_try`` what may do more than
    workers do, both without words. ``choice`` has all the ways that were tried.
    """

    evidence: Evidence = field(repr=False)
    choice: Choice
    findings: tuple[Finding, ...] = field(repr=False)
    to_try: tuple[Finding, ...] = field(repr=False)

    @property
    def kind(self) -> str:
        """The kind to use: a name that ``helpers.pool`` knows."""
        return self.choice.kind

    @property
    def n_workers(self) -> int:
        """How many workers to use."""
        return self.choice.way.n_workers

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every way that was tried or refused, the plain loop first."""
        return self.choice.ways

    @property
    def speed_up(self) -> float | None:
        """Predicted for all items, start-up included; for the calls alone where there are none.

        None where no two ways could be compared.
        """
        return self.choice.way.speed_up if self.choice.way.speed_ups else None

    @property
    def quartiles(self) -> tuple[float, float] | None:
        """The lower and the upper quartile of the speed-up, or None."""
        return self.choice.way.quartiles if self.choice.way.speed_ups else None

    @property
    def pays_from_s(self) -> float | None:
        """The serial seconds from which starting the workers is paid back; None when it never is.

        Where the plain loop is advised it is that of the way that pays first.
        """
        if self.kind != "serial":
            return self.choice.way.pays_from_s
        if self.evidence.facts.has_one_core:
            return None
        paying = [way.pays_from_s for way in self.ways if way.rates and way.rate >= limits.WORTH_IT]
        return min((s for s in paying if s is not None), default=None)

    @property
    def close(self) -> str | None:
        """The kind that comes too close to be told apart, or None."""
        return None if self.choice.rival is None else self.choice.rival.kind

    # --- In words

    @property
    def headline(self) -> str:
        """What to do, in a sentence; one on other Pythons comes first, where they were asked."""
        if self.pythons is None:
            return self._here
        here = "Here: " if self.pythons.choice else ""
        return f"{self.pythons.advice} {here}{self._here}"

    @property
    def _here(self):
        found = headline(self.evidence, self.choice)
        said, one = told(found, HEADLINES), self.would_be.get(_N_CORES)
        if one is None or found.name not in ("limited", "disturbed"):
            return said
        case = "gains" if one.kind != "serial" else "nothing"
        return f"{said} {told(Finding(case, n=one.n_cores, way=one), WITH_CORES)}."

    @property
    def limits(self) -> tuple[str, ...]:
        """What limits the job, as short names such as "lock" or "copying"."""
        return tuple(finding.name for finding in self.findings if finding.name != "no lock")

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """A (name, sentence) for each finding."""
        return tuple((finding.name, told(finding, REASONS)) for finding in self.findings)

    @property
    def first_try(self) -> tuple[str, ...]:
        """What to try first, a sentence each."""
        return tuple(told(finding, TRIES) for finding in self.to_try)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is to be said: the headline, the reasons, what to try first."""
        tries = [f"Try first: {text}" for text in self.first_try]
        more = [self.elsewhere] * bool(self.elsewhere)
        notes = self.pythons.notes if self.pythons else ()
        reasons = (sentence for _, sentence in self.reasons)
        return (self.headline, *notes, *reasons, *more, *tries)

    def table(self) -> list[str]:
        """Return the ways that were tried as lines of text."""
        rows = []
        for way in self.ways:
            name = f"{way.kind}, {way.n_workers} " if way.kind != "serial" else "serial"
            if way.refused is not None:
                rows.append(f"  {name:<18}not used: {way.refused}")
            elif way.speed_ups and way.kind != "serial":
                low, high = way.quartiles
                rows.append(f"  {name:<18}{way.speed_up:5.2f}x  ({low:.2f} to {high:.2f})")
            elif way.kind == "serial" and self.evidence.total_s is not None:
                rows.append(f"  {name:<18} 1.00x  {seconds(self.evidence.total_s)}")
        return rows

    def __str__(self) -> str:
        pythons = self.pythons.table() if self.pythons else []
        others = ["Every Python, in times the speed of the plain loop here:", *pythons]
        rows = [*self.table(), *(others if pythons else [])]
        return "\n".join([self.headline, *rows, *(f"- {s}" for s in self.sentences[1:])])

    def _repr_html_(self):
        from .card import advice_html  # matplotlib would slow every spawned worker down

        return advice_html(self)

    def _repr_pretty_(self, printer, cycle):
        printer.text(str(self))

    # --- In figures

    @cached_property
    def figures(self) -> dict[str, Any]:
        """The figures behind it, by names with units; None is what was not measured."""
        e, tried, capacity = self.evidence, self.choice.tried, self.evidence.capacity
        out, back = e.bytes_per_item
        return {
            "n_items": e.n_items,
            "call_s": e.call_s,
            "total_s": e.total_s,
            "longest_call_s": max(e.item_s, default=None),
            "busy_share": e.busy_share if e.first_s is not None else None,
            "held_share": e.facts.held_share,
            "capacity": capacity and capacity.at(e.n_workers),
            "core_share": capacity and capacity.core_share,
            "bytes_out_per_item": out,
            "bytes_back_per_item": back,
            "copying_share": e.copying_share,
            "start_s": {way.kind: way.start_s for way in self.ways if way.start_s},
            "speed_ups": {f"{w.kind} {w.n_workers}": w.speed_up for w in self.ways if w.speed_ups},
            "rates": {f"{w.kind} {w.n_workers}": w.rate for w in self.ways if w.rates},
            "n_rounds": max((len(way.speed_ups) for way in tried), default=0),
            "spent_s": e.spent_s,
        }

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict for JSON: only what JSON knows, no NaN."""
        names = "kind n_workers speed_up quartiles pays_from_s close limits first_try sentences"
        return _plain(
            {
                **{name: getattr(self, name) for name in names.split()},
                "would_be": {n: asdict(one) for n, one in self.would_be.items()},
                "refused": self.evidence.refused,
                "figures": self.figures,
                "function": self.evidence.name,
                "code": self.code,
                "pythons": self.pythons and self.pythons.as_dict(),
            }
        )

    @property
    def code(self) -> str:
        """The lines that do the job in the recommended way."""
        return advised.code(self.evidence, self.kind, self.n_workers)

    @cached_property
    def pythons(self) -> WhichPython | None:
        """What other Pythons make of it; None where nobody asked for them."""
        return which_python(self.evidence, self.choice)

    # --- With more cores

    @cached_property
    def would_be(self) -> dict[int, WouldBe]:
        """What a model gives for 2, 4 and 8 free cores; empty where too little was measured."""
        return would_be(self.evidence, self.choice)

    @property
    def elsewhere(self) -> str:
        """What the model says for more cores than there are here, in a sentence, or ""."""
        here = self.evidence.facts
        others = [
            one
            for n, one in self.would_be.items()
            if here.is_limited or n > here.machine.usable_cpus
        ]
        in_vain = [str(one.n_cores) for one in others if one.kind == "serial"]
        found = [Finding("more", "nothing", n=" or ".join(in_vain))] * bool(in_vain)
        found += [
            Finding("more", "gains", n=one.n_cores, way=one)
            for one in others
            if one.kind != "serial"
        ]
        said = ", ".join(told(one, WITH_CORES) for one in found)
        return told(Finding("more", told=said), WITH_CORES) if found else ""


def _may_guess(e):
    """Return whether a way that was not measured may be advised: there is something to gain."""
    return e.n_items != 1 and (e.total_s is None or e.total_s >= limits.LONG_ENOUGH_S)


def advise(evidence: Evidence) -> Verdict:
    """Return the ``Verdict`` that follows from an ``Evidence``."""
    facts = None if evidence.first_s is None else evidence.facts
    choice = choose(evidence.ways, facts, may_guess=_may_guess(evidence))
    return Verdict(evidence, choice, reasons(evidence, choice), tries(evidence, choice))


def _plain(value):
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
