"""Which Python to take for a function: stay, or move to one that was found here, and its way."""

import statistics
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..judge.choose import SERIAL, Choice, Way
from ..judge.move import Offer, can_compare, choose_python, comparable
from ..judge.words import Finding, told
from ..kind import kind as kind_of
from ..pythons.find import era
from .evidence import Evidence, There
from .words import PYTHONS

_ALONE = 0.02  # of a loop's time: less is no difference
_COLUMNS = ("alone", "threads", "processes", "interpreters")


@dataclass(frozen=True)
class WhichPython:
    """What was found of a function in other Pythons, and what follows; figures are times the speed
    of the plain loop of this Python.

    ``here`` is the choice for this Python.
    """

    evidence: Evidence = field(repr=False)
    here: Choice = field(repr=False)

    @property
    def others(self) -> tuple[There, ...]:
        """The other Pythons, in the order in which they were asked."""
        return self.evidence.others or ()

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        """Every way in another Python that was measured."""
        return tuple(offer for there in self.others for offer in _offers(there))

    @property
    def best_here(self) -> float:
        """The speed-up of the way that is chosen here."""
        return self.here.way.speed_up if self.here.way.speed_ups else 1.0

    @cached_property
    def choice(self) -> Offer | None:
        """The Python and the way to take; None to stay with this one."""
        if self.evidence.first_s is None:
            return None
        return choose_python(self.best_here, self.offers, self.evidence.facts)

    @property
    def gain(self) -> float:
        """How many times as fast the choice is as the way that is chosen here."""
        return self.choice.speed_up / self.best_here if self.choice else 1.0

    # --- In words

    @cached_property
    def finding(self) -> Finding:
        """What to do, without words."""
        e, chosen = self.evidence, self.choice
        if e.not_sent is not None:
            return Finding("not sent", reason=e.not_sent)
        if not self.others:
            return Finding("none")
        if not self.offers:
            return Finding("refused")
        if chosen is None:
            return self._staying()
        ratio = self._alone(chosen.python)
        case = "faster" if ratio > 1 + _ALONE else "costs" if ratio < 1 - _ALONE else "as fast"
        case = "loop" if chosen.way.kind == "serial" else case
        return Finding(
            "move",
            case,
            python=chosen.python,
            way=chosen.way,
            gain=self.gain,
            alone=ratio,
            cost=1 / ratio - 1,
        )

    def _staying(self):
        facts, n = self.evidence.facts, len({offer.python for offer in self.offers})
        if facts.cannot_tell:
            return Finding("busy")
        if not can_compare(facts):
            return Finding("stay", "too short")
        told_of = comparable(self.offers, facts)
        if not told_of:
            return Finding("busy")
        best = max(told_of, key=lambda offer: offer.speed_up)
        case = "one core" if facts.has_one_core else ""
        gain = best.speed_up / self.best_here
        return Finding("stay", case, n=n, python=best.python, way=best.way, gain=gain)

    def _alone(self, python):
        loops = next(there.loops for there in self.others if there.name == python)
        return statistics.median(loops)

    @property
    def advice(self) -> str:
        """The advice, in a sentence."""
        return told(self.finding, PYTHONS)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of single Pythons, a line each: above all, why one is left out."""
        found = []
        for there in self.others:
            if there.refused is not None:
                found.append(Finding("left out", reason=there.refused))
                continue
            if there.jit and self.choice is not None and self.choice.python == there.name:
                found.append(Finding("jit", python=there.name))
            if there.turned_on:
                modules = " and ".join(there.turned_on)
                found.append(Finding("turned on", python=there.name, modules=modules))
            if there.unknown is not None:
                found.append(Finding("not known", python=there.name, said=there.unknown))
            refused = there.evidence.refused if there.evidence else {}
            found += [
                Finding("kind left out", python=there.name, kind=kind, reason=reason)
                for kind, reason in refused.items()
            ]
        return tuple(told(one, PYTHONS) for one in found)

    # --- In figures

    @property
    def this(self) -> str:
        """The name of this Python, as those of the others."""
        machine = self.evidence.machine
        return era(machine.implementation, machine.python, machine.free_threaded)

    @cached_property
    def rows(self) -> tuple[tuple[str, dict[str, float]], ...]:
        """The name of each Python that was measured, this one first, and its figures by column."""
        ours: dict[str, float] = {"alone": 1.0}
        for way in self.here.ways:
            if way.speed_ups and way.kind != "serial":
                _keep_best(ours, way, way.speed_up)
        rows = [(f"{self.this} (this one)", ours)]
        for there in self.others:
            figures: dict[str, float] = {}
            for offer in self.offers:
                if offer.python == there.name:
                    _keep_best(figures, offer.way, offer.speed_up)
            if figures:
                rows.append((there.name, figures))
        return tuple(rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in which there is a figure."""
        return tuple(c for c in _COLUMNS if any(c in figures for _, figures in self.rows))

    def table(self) -> list[str]:
        """Return the rows as lines of text; none where only this Python was measured."""
        if len(self.rows) < 2:
            return []
        columns = self.columns
        lines = [f"  {'':<22}" + "".join(f"{column:>14}" for column in columns)]
        for name, figures in self.rows:
            cells = (f"{figures[c]:.2f}x" if c in figures else "-" for c in columns)
            lines.append(f"  {name:<22}" + "".join(f"{cell:>14}" for cell in cells))
        return lines

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        chosen, there = self.choice, {one.name: one for one in self.others}
        way = self.here.way if chosen is None else chosen.way
        return {
            "advice": self.advice,
            "python": self.this if chosen is None else chosen.python,
            "path": None if chosen is None else there[chosen.python].python.path,
            "kind": way.kind,
            "n_workers": way.n_workers,
            "gain": self.gain,
            "speed_ups": dict(self.rows),
            "notes": self.notes,
            "others": [_told(one) for one in self.others],
        }


def which_python(evidence: Evidence, here: Choice) -> WhichPython | None:
    """Return what follows for the choice of a Python; None where nobody asked for others."""
    return None if evidence.others is None else WhichPython(evidence, here)


def _offers(there):
    """Yield an ``Offer`` for each way that was measured in another Python."""
    e, loops = there.evidence, there.loops
    if e is None:
        return
    usual = there.python.implementation == "CPython"
    oddity = (not usual) + there.jit + there.python.free_threaded
    facts = e.facts
    yield Offer(there.name, SERIAL, loops, facts, oddity)
    for way in e.ways:
        if way.kind != "serial" and way.speed_ups:
            # Of the same rounds, so that a change of the machine's speed meets both.
            totals = tuple(a * b for a, b in zip(loops, way.speed_ups))
            yield Offer(there.name, way, totals, facts, oddity)


def _keep_best(figures, way: Way, speed_up):
    column = "alone" if way.kind == "serial" else kind_of(way.kind).family
    figures[column] = max(speed_up, figures.get(column, 0.0))


def _told(there):
    e = there.evidence
    return {
        "name": there.name,
        "path": there.python.path,
        "version": there.python.version,
        "jit": there.jit,
        "gil": None if e is None else e.machine.gil,
        "turned_on": there.turned_on,
        "n_rounds": len(there.loops),
        "refused": there.refused,
    }
