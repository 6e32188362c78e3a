"""What to use for a job, how much faster it will be, and why: a decision, and its words.

Evidence in, advice out. Nothing is measured here, and no figure is said that was not measured or
does not follow from measured ones: what is predicted for a whole job is its measured part at the
measured rate, with the measured start-up, and never more than was reached in a run.
"""

import math
import statistics
from dataclasses import dataclass, field
from functools import cached_property

from ..judge import facts as limits
from ..judge import theory
from ..judge.choose import SERIAL, Way, believed, choose, goes_beyond
from ..kind import kind as kind_of
from ..units import bytes_, counted, per_cent, seconds
from .probe import Evidence


@dataclass(frozen=True)
class Advice:
    """What to use for a job, with reasons.

    ``kind`` is a name that ``open_pool`` knows. ``speed_up`` is predicted for all items,
    start-up included (for the calls alone where there are no items), and None where no two ways
    could be compared. ``close`` names the kind that comes too close to be told apart.
    ``reasons`` are (name, sentence) pairs; ``limits`` are their names.
    """

    kind: str
    n_workers: int
    headline: str
    speed_up: float | None
    quartiles: tuple[float, float] | None
    pays_from_s: float | None
    close: str | None
    ways: tuple[Way, ...] = field(repr=False)
    reasons: tuple[tuple[str, str], ...] = field(repr=False)
    first_try: tuple[str, ...] = field(repr=False)
    evidence: Evidence = field(repr=False)

    @property
    def limits(self):
        """What limits the job, as short names such as "lock" or "copying": a tuple."""
        return tuple(name for name, _ in self.reasons)

    @property
    def sentences(self):
        """All that is to be said, a tuple: the headline, the reasons, what to try first."""
        tries = [f"Try first: {text}" for text in self.first_try]
        return (self.headline, *(sentence for _, sentence in self.reasons), *tries)

    @cached_property
    def figures(self):
        """The figures behind it, a dict of names with units; None is what was not measured."""
        e = self.evidence
        capacity, reading, copied = e.capacity, e.reading, e.copied
        n = e.n_workers
        return {
            "n_items": e.n_items,
            "call_s": e.call_s,
            "total_s": e.total_s,
            "longest_call_s": max(e.item_s, default=None),
            "busy_share": e.busy_share if e.first_s is not None else None,
            "held_share": reading and reading.held_share,
            "capacity": capacity and capacity.at(n),
            "core_share": capacity and capacity.core_share,
            "bytes_out_per_item": copied and copied.items_bytes / copied.n_items,
            "bytes_back_per_item": copied and copied.results_bytes / copied.n_items,
            "copying_share": e.copying_share,
            "start_s": {way.kind: way.start_s for way in self.ways if way.start_s},
            "speed_ups": {f"{w.kind} {w.n_workers}": w.speed_up for w in self.ways if w.speed_ups},
            "rates": {f"{w.kind} {w.n_workers}": w.rate for w in self.ways if w.rates},
            "n_rounds": max((len(way.speed_ups) for way in self.ways), default=0),
            "spent_s": e.spent_s,
        }

    def more_workers(self, n_workers=(1, 2, 4, 8, 16)):
        """Return a model's ``Prediction`` for other numbers of workers, each with a core; or None.

        For threads it follows from the share of a call that holds the lock, for processes from the
        copying and the start-up. Where one CPU leaves the plain loop only, it is that of threads
        if a call mostly lets the lock go, of processes if it mostly holds it, and None if unknown.
        """
        e = self.evidence
        held = e.reading and e.reading.held_share
        if held is None and e.first_s is not None and e.facts.waits:
            held = min(1.0, e.busy_share)  # all that is not waiting, at worst
        kind = self.kind
        if kind == "serial" and e.facts.has_one_core and held is not None:
            kinds = [way.kind for way in self.ways if way.rates]
            apart = [kind for kind in kinds if kind_of(kind).family == "processes"]
            kind = "threads" if held < 0.5 else next(iter(apart), kind)
        if kind == "threads" and held is not None:
            waiting = min(1 - held, max(0.0, 1 - e.busy_share))
            return theory.predict_threads(held, list(n_workers), waiting_share=waiting)
        if kind == "serial" or kind == "threads" or e.copied is None:
            return None
        way = next(way for way in self.ways if way.kind == kind and way.rates)
        work_s = sum(e.copied.work_s)
        grown = (e.total_s or 1.0) / work_s if work_s > 0 else 1.0
        copy_s = sum(map(statistics.median, e.copied.pack_items_s + e.copied.unpack_results_s))
        back_s = sum(map(statistics.median, e.copied.unpack_items_s + e.copied.pack_results_s))
        model = theory.ProcessModel(
            work_s=max(1e-9, work_s * grown),
            copy_s=copy_s * grown,
            worker_copy_s=back_s * grown,
            start_each_s=way.start_s / way.n_workers if e.n_items else 0.0,
            n_sublists=16 * max(n_workers),
        )
        return theory.predict_processes(model, list(n_workers))

    @property
    def code(self):
        """The lines that do the job in the recommended way, with the standard library."""
        name, e = self.evidence.name, self.evidence
        if e.n_items is None or self.kind == "serial":
            return "" if e.n_items is None else f"results = [{name}(item) for item in items]"
        pool = kind_of(self.kind).standard
        size = max(1, math.ceil(e.n_items / (8 * self.n_workers)))
        chunks = f", chunksize={size}" if size > 1 else ""
        body = f"    results = list(pool.map({name}, items{chunks}))"
        if self.kind == "threads" and e.call_s < 1e-3:  # a thread pool ignores chunksize
            body = (
                f"    parts = [items[i : i + {size}] for i in range(0, len(items), {size})]\n"
                f"    done = pool.map(lambda part: [{name}(item) for item in part], parts)\n"
                "    results = [result for part in done for result in part]"
            )
        elif self.kind == "threads":
            body = f"    results = list(pool.map({name}, items))"
        opened = f"with {pool}({self.n_workers}) as pool:"
        return f"from concurrent.futures import {pool}\n\n{opened}\n{body}"

    def as_dict(self):
        """Return the advice for JSON: only what JSON knows, no NaN."""
        return _plain(
            {
                "kind": self.kind,
                "n_workers": self.n_workers,
                "speed_up": self.speed_up,
                "quartiles": self.quartiles,
                "pays_from_s": self.pays_from_s,
                "close": self.close,
                "limits": self.limits,
                "first_try": self.first_try,
                "sentences": self.sentences,
                "refused": self.evidence.refused,
                "figures": self.figures,
                "function": self.evidence.name,
                "code": self.code,
            }
        )

    def __str__(self):
        return "\n".join([self.headline, *self.table(), *(f"- {s}" for s in self.sentences[1:])])

    def table(self):
        """Return the ways that were tried as lines of text."""
        rows = []
        for way in self.ways:
            name = f"{way.kind}, {way.n_workers}" if way.kind != "serial" else "serial"
            if way.refused is not None:
                rows.append(f"  {name:<18}not used: {way.refused}")
            elif way.speed_ups and way.kind != "serial":
                low, high = way.quartiles
                rows.append(f"  {name:<18}{way.speed_up:5.2f}x  ({low:.2f} to {high:.2f})")
            elif way.kind == "serial" and self.evidence.total_s is not None:
                rows.append(f"  {name:<18} 1.00x  {seconds(self.evidence.total_s)}")
        return rows


def advise(evidence):
    """Return the ``Advice`` that follows from an ``Evidence``."""
    ways = _ways(evidence)
    is_known = evidence.first_s is not None and evidence.n_items != 1
    choice = choose(ways, evidence.facts if is_known else None)
    chosen, close = choice.way, choice.rival and choice.rival.kind
    return Advice(
        kind=chosen.kind,
        n_workers=chosen.n_workers,
        headline=_headline(evidence, ways, chosen, close),
        speed_up=chosen.speed_up,
        quartiles=chosen.quartiles,
        pays_from_s=_pays_from_s(evidence, chosen, ways),
        close=close,
        ways=ways,
        reasons=tuple(_reasons(evidence, ways, chosen, close)),
        first_try=tuple(_first_tries(evidence, ways, chosen)),
        evidence=evidence,
    )


# --- The decision -------------------------------------------------------------------------


def _ways(evidence):
    """Return every way that was tried or refused, serial first: a tuple of ``Way``."""
    measured = bool(evidence.serial_runs) and evidence.unsteady is None
    ways = [SERIAL if measured else Way("serial", 1)]
    points = evidence.result.points() if evidence.result is not None else []
    for kind in evidence.kinds:
        start_s = statistics.median(evidence.starts_s.get(kind) or (0.0,))
        if kind in evidence.refused:
            ways.append(Way(kind, evidence.n_workers, refused=evidence.refused[kind]))
            continue
        if evidence.unsteady is not None:
            reason = "its answers differ from call to call"
            ways.append(Way(kind, evidence.n_workers, refused=reason))
            continue
        mine = [point for point in points if point.kind == kind]
        for point in mine:
            speed_ups = _of_whole(evidence, point, start_s)
            ways.append(Way(kind, point.n_workers, point.speed_ups, speed_ups, start_s))
        if not mine:
            ways.append(Way(kind, evidence.n_workers, start_s=start_s))
    return tuple(ways)


def _of_whole(evidence, point, start_s):
    """Return the speed-ups of the whole job: the measured rate, and the start-up once."""
    rates = believed(point.kind, point.n_workers, point.speed_ups, evidence.facts)
    if evidence.n_items is None:
        return tuple(rates)
    total_s = evidence.total_s
    # No worker is done before the longest call is.
    shortest_s = min(total_s, _slowest_s(evidence))
    return tuple(min(rate, total_s / (start_s + max(total_s / rate, shortest_s))) for rate in rates)


def _slowest_s(evidence):
    """Return the seconds of the longest call, without what other programs made it longer."""
    if len(evidence.item_s) < 2 or evidence.keeps_answers:
        return 0.0
    return max(
        evidence.item_s if evidence.facts.waits else map(min, evidence.item_s, evidence.item_cpu_s)
    )


def _pays_from_s(evidence, chosen, ways):
    if chosen.kind != "serial":
        return chosen.pays_from_s
    if evidence.facts.has_one_core:
        return None
    paying = [way.pays_from_s for way in ways if way.rates and way.rate >= limits.WORTH_IT]
    return min((s for s in paying if s is not None), default=None)


# --- The words ----------------------------------------------------------------------------


def _headline(evidence, ways, chosen, close):
    name = evidence.name
    if evidence.unsteady is not None:
        return f"Refused: {name} does not give the same answers when it is called again."
    told = [way for way in ways if way.speed_ups and way.kind != "serial"]
    if not told and chosen.kind != "serial":
        return (
            f"Probably {chosen.kind}, but that is not measured: the budget of "
            f"{evidence.budget_s:g} s is too short to run {name} side by side."
        )
    if not told:
        refused = any(way.refused is not None for way in ways) and evidence.n_items != 1
        why = "nothing else can do it as it is" if refused else "no other way could be tried"
        return f"Stay with the plain loop for {name}: {why}."
    if chosen.kind == "serial":
        best = max(told, key=lambda way: way.speed_up)
        reached = f"{best.kind} with {best.n_workers} workers: {best.speed_up:.2f} times its speed"
        if evidence.facts.is_limited and not evidence.facts.has_one_core:
            return (
                "Stay with the plain loop for now: the machine is too busy for anything to beat it "
                f"clearly ({reached})."
            )
        if close is not None and best.speed_up > 1:
            return f"Do not bother: little is to be gained over the plain loop ({reached})."
        return f"Do not bother: nothing tried here beats the plain loop ({reached})."
    low, high = chosen.quartiles
    spread = f" ({low:.2f} to {high:.2f})" if len(chosen.speed_ups) >= limits.FEW_ROUNDS else ""
    if evidence.n_items is None:
        tail = ", once they are started"
    else:
        tail = f": {seconds(evidence.total_s / chosen.speed_up)} instead of "
        tail += f"{seconds(evidence.total_s)}, start-up included"
    return (
        f"Use {chosen.kind}: {chosen.n_workers} workers are {chosen.speed_up:.2f} times as fast as "
        f"the plain loop{spread} on this machine{tail}."
    )


def _reasons(evidence, ways, chosen, close):
    """Yield (name, sentence) for what decides or limits the job, the most important first."""
    if evidence.unsteady is not None:
        said = evidence.unsteady.replace("serially it is", "and before it was")
        yield "unsteady", f"Called again serially, with the same items: {said}."
        return
    yield from _cautions(evidence, chosen, close, ways)
    for way in ways:
        if way.refused is not None and evidence.n_items != 1:
            yield "refused", f"{way.kind.capitalize()} are out: {way.refused.rstrip('.')}."
    yield from _about_the_machine(evidence)
    yield from _about_calls(evidence, ways)
    yield from _about_costs(evidence, ways, chosen)


def _cautions(evidence, chosen, close, ways):
    n_rounds = max((len(way.speed_ups) for way in ways), default=0)
    if close is not None:
        rival = max((w for w in ways if w.kind == close and w.speed_ups), key=lambda w: w.speed_up)
        word = "The plain loop comes" if close == "serial" else f"{close.capitalize()} come"
        yield (
            "close call",
            f"{word} close: {rival.speed_up:.2f} against {chosen.speed_up:.2f}, and the rounds do "
            "not tell them apart safely.",
        )
    several = [way for way in ways if way.kind != "serial" and way.speed_ups]
    if several and n_rounds < limits.FEW_ROUNDS:
        yield (
            "few rounds",
            f"The budget of {evidence.budget_s:g} s was enough for {counted(n_rounds, 'round')} "
            "only: give it more for figures to rely on.",
        )
    untried = [way for way in ways if way.kind != "serial" and way.refused is None]
    if untried and not several and evidence.first_s is not None:
        yield (
            "long calls",
            f"One call takes {seconds(evidence.call_s)}: "
            f"{counted(len(evidence.item_s), 'call')} fitted into the budget, and no two ways were "
            "compared. Give it a larger budget, or smaller items.",
        )
    if evidence.keeps_answers:
        yield (
            "cache",
            f"{evidence.name} seems to keep its answers: at first a call took "
            f"{seconds(statistics.fmean(evidence.item_s))}, later "
            f"{seconds(evidence.call_s)}. What was compared are the later ones.",
        )
    if evidence.changed is not None:
        yield (
            "side effect",
            f"{evidence.name} changes {evidence.changed}. Threads all change the same thing, in "
            "any order; what a process changes is lost. Let it return what it finds.",
        )
    elif evidence.answers == "none" and not kind_of(chosen.kind).shares_memory:
        yield (
            "no answers",
            f"{evidence.name} returns None for every item: make sure that what it is for, such as "
            "a file it writes, can be done by another process.",
        )


def _about_the_machine(evidence):
    usable, capacity = evidence.machine.usable_cpus, evidence.capacity
    if evidence.facts.one_cpu and not evidence.facts.waits:
        most = f"more than {usable:.2g} times as fast as" if usable > 1 else "faster than"
        yield (
            "one CPU",
            f"Only {usable:g} CPU is usable here: no way of computing can be {most} one after the "
            "other.",
        )
    if capacity is None or evidence.facts.one_cpu:
        return
    n = evidence.n_workers
    if evidence.facts.is_busy:
        yield (
            "busy machine",
            "Other programs keep the machine busy: a thread that never waits got "
            f"{capacity.core_share:.2f} of a core. On a quiet machine it may look different.",
        )
    elif capacity.is_narrow(n):
        yield (
            "busy machine",
            f"The machine had only {capacity.at(n):.2f} cores to give to {n} threads that no lock "
            "holds up: more than that cannot be gained now.",
        )


def _about_calls(evidence, ways):
    """Yield what the calls do: wait, hold the lock, use their own threads or the memory."""
    if evidence.first_s is None:
        return
    name, busy = evidence.name, evidence.busy_share
    if evidence.facts.waits:
        yield (
            "waiting",
            f"{name} keeps only {busy:.2f} of a core busy: it waits, and waiting needs no core, so "
            "many calls can wait side by side.",
        )
        return
    if evidence.facts.waits_in_part:
        yield (
            "waiting in part",
            f"{name} keeps {busy:.2f} of a core busy, and for the rest of the time it waits: other "
            "calls can run meanwhile.",
        )
    if busy > 1.3:
        yield (
            "own threads",
            f"{name} alone keeps {busy:.1f} cores busy: a library in it has threads of its own, "
            "and more workers would only share the same cores.",
        )
    for way in ways:
        if goes_beyond(way.n_workers, way.rates, evidence.facts):
            yield (
                "more than the cores",
                f"{way.n_workers} {way.kind} reached {way.rate:.2f} times the serial speed, more "
                "than their cores can explain. Often it is memory: what the main thread gives back "
                "to the system after each call, and takes anew, a worker keeps.",
            )
    threads = next((way for way in ways if way.kind == "threads" and way.rates), None)
    reading = evidence.reading
    held = reading and reading.held_share
    if evidence.machine.gil and threads is not None and not evidence.facts.is_limited:
        told = f"{threads.n_workers} threads reached {threads.rate:.2f} times the serial speed"
        if reading is not None and reading.hands_over:
            # Where the runs reach what the cores can give, a short reading was disturbed.
            if threads.rate < 0.85 * evidence.capacity.at(threads.n_workers):
                yield (
                    "lock",
                    f"{name} lets the lock go for instants only, and handing it over takes the "
                    f"time: {told}.",
                )
        elif held is not None and held > 0.9:
            yield "lock", f"{name} holds the lock for {per_cent(held)} of a call, so {told}."
        elif held is not None and held > 0.3:
            yield "lock", f"A part of each call, {per_cent(held)}, holds the lock: {told}."
        elif threads.rate < 1.15 and busy <= 1.3:
            yield "lock", f"Threads take turns: {told}."
        elif held is not None and held < 0.1 and threads.rate >= limits.WORTH_IT:
            yield "no lock", f"{name} lets the lock go, all but {per_cent(held)} of a call: {told}."
    yield from _about_memory(evidence)


def _about_memory(evidence):
    ratio = _slowdown(evidence)
    if ratio is not None and ratio > 1.2 and evidence.busy_share <= 1.3:
        yield (
            "memory bandwidth",
            f"A call computes {ratio:.2f} times as long beside others: they share the memory and "
            "its caches, and that limits any kind of worker.",
        )


def _slowdown(evidence):
    """Return how many times the CPU seconds a call takes in a worker beside others, or None.

    What the cores themselves lose when all are busy is left out.
    """
    runs = evidence.serial_runs
    if not runs or runs[0].wall_s < limits.LONG_ENOUGH_S or evidence.facts.is_limited:
        return None
    n = evidence.n_workers
    serial = {run.round: run.cpu_s for run in evidence.serial_runs}
    ratios = [
        run.cpu_s / serial[run.round]
        for run in evidence.result.timed_runs
        if kind_of(run.kind).family == "processes" and run.n_workers == n and serial.get(run.round)
    ]
    if len(ratios) < limits.FEW_ROUNDS:
        return None
    return statistics.median(ratios) * min(1.0, evidence.capacity.at(n) / n)


def _about_costs(evidence, ways, chosen):
    """Yield what sharing the work costs: start-up, copying, too few or too uneven items."""
    n_items, n, total_s = evidence.n_items, evidence.n_workers, evidence.total_s
    if n_items == 1:
        yield "too few items", "There is one item: nothing can be shared among workers."
    elif n_items is not None and n_items < 2 * n:
        share = n_items / math.ceil(n_items / n)
        yield (
            "too few items",
            f"There are {n_items} items for {n} workers: equal ones give "
            f"{share:.2f} times the serial speed at most.",
        )
    slowest_s = _slowest_s(evidence)
    known_all = n_items is not None and len(evidence.item_s) + 1 >= n_items > n
    if known_all and total_s > limits.LONG_ENOUGH_S and total_s / n < slowest_s < total_s:
        most = max(1.0, total_s / slowest_s)
        yield (
            "one slow item",
            f"One item takes {seconds(slowest_s)} of {seconds(total_s)}: however many workers "
            f"there are, {most:.2f} times is the end.",
        )
    sending = [way for way in ways if not kind_of(way.kind).shares_memory and way.rates]
    copied, share = evidence.copied, evidence.copying_share
    if sending and share is not None and share > limits.SMALL:
        yield (
            "copying",
            f"For each item {bytes_(copied.items_bytes / copied.n_items)} are sent and "
            f"{bytes_(copied.results_bytes / copied.n_items)} come back: {share:.2f} s of copying "
            "for each second of the job.",
        )
    for way in sending:
        pays_s = None if evidence.facts.has_one_core else way.pays_from_s
        if way.start_s > limits.SMALL * (total_s or math.inf) or way is chosen:
            until = f", so they pay from a job of {seconds(pays_s)} on" if pays_s else ""
            yield (
                "start-up" if way.start_s > limits.SMALL * (total_s or math.inf) else "start",
                f"Starting {way.n_workers} {way.kind} takes {seconds(way.start_s)}{until}.",
            )


def _first_tries(evidence, ways, chosen):
    """Yield what may do more than workers do."""
    if evidence.first_s is None or evidence.unsteady is not None:
        return
    held = evidence.reading and evidence.reading.held_share
    copied, n_items = evidence.copied, evidence.n_items
    if evidence.total_s is not None and evidence.total_s < limits.LONG_ENOUGH_S:
        yield f"nothing at all: the plain loop is over in {seconds(evidence.total_s)}."
        return
    if evidence.facts.waits:
        usable = "threads" not in evidence.refused
        if usable and (n_items is None or n_items > chosen.n_workers):
            more = "" if chosen.n_workers > evidence.n_workers else "more threads than CPUs; "
            yield f"{more}for hundreds of waits at once, asyncio."
        return
    if held is not None and held > 0.9 and evidence.numbers_in and evidence.answers == "numbers":
        yield (
            "one NumPy expression over all items (vectorise): a loop in C may do more for numbers "
            "than any number of workers."
        )
    if evidence.keeps_answers:
        yield "nothing but the cache: what is known already costs nothing."
    if copied is not None and any(w.rates for w in ways if not kind_of(w.kind).shares_memory):
        sample_s = copied.n_items * evidence.call_s
        if copied.back_s > limits.SMALL * sample_s:
            yield "return less from each call: a count, a summary, or the name of a file."
        if copied.out_s > limits.SMALL * sample_s:
            yield "send less with each item: a file name or a range instead of the data itself."
    if not kind_of(chosen.kind).shares_memory and n_items and evidence.call_s < 1e-3:
        size = math.ceil(n_items / (8 * chosen.n_workers))
        if size > 1:
            yield f"larger chunks: chunksize={size}, since a message costs more than such a call."
    named = {name for name, _ in _about_costs(evidence, ways, chosen)}
    if "one slow item" in named:
        yield "cut the slow item into smaller ones."
    paying = [w for w in ways if w.rates and w.start_s and w.rate >= limits.WORTH_IT]
    if "start-up" in named and paying and not evidence.facts.has_one_core:
        yield "start the workers once, and use them for several jobs."
    if evidence.busy_share > 1.3:
        yield "let the library use its own threads, and keep the plain loop."


# --- Small things -------------------------------------------------------------------------


def _plain(value):
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
