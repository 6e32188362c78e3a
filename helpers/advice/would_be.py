"""What a function would gain on a machine with more free cores: a model, never a measurement.

It starts from what a busy machine, a quota or a single CPU cannot spoil: CPU seconds, the share of
a call that holds the GIL, how long it waits, what copying and starting take. The formulas are those
of ``helpers.judge.theory``, and who chooses is the judge.
"""

import math
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..core.machine import Capacity
from ..judge import facts as limits
from ..judge import theory
from ..judge.choose import SERIAL, Choice, Way, choose
from ..judge.facts import Facts
from ..kind import kind as kind_of
from .evidence import Evidence

N_CORES = (2, 4, 8)
_N_SUBLISTS = 16  # for each worker
_ROUNDS = limits.FEW_ROUNDS  # a model is told as often as the judge asks for


@dataclass(frozen=True)
class WouldBe:
    """The kind to use with ``n_cores`` free cores, and the speed-up that a model gives it.

    ``low`` and ``high`` bound it: nothing overlaps with what one worker does at a time, or all of
    it does.
    """

    n_cores: int
    kind: str
    n_workers: int
    speed_up: float
    low: float
    high: float


def would_be(e: Evidence, choice: Choice, n_cores: Iterable[int] = N_CORES) -> dict[int, WouldBe]:
    """Return a ``WouldBe`` by number of free cores; empty where too little was measured.

    For as many cores as a quiet machine has it is what was measured there.
    """
    if e.first_s is None or e.unsteady is not None or e.keeps_answers:
        return {}
    found = {n: _on(e, n) for n in n_cores}
    if choice.tried and not e.facts.is_limited and e.n_workers in found:
        way = choice.way
        found[e.n_workers] = WouldBe(
            e.n_workers, way.kind, way.n_workers, way.speed_up, *way.quartiles
        )
    return {n: one for n, one in found.items() if one is not None}


def _on(e, n):
    models = {way: model for way, model in _models(e, n) if model is not None}
    possible = [kind for kind in e.kinds if kind not in e.refused]
    if len(models) < len(possible) and not (models and e.facts.waits):
        return None  # nothing is known of a way that may be the best
    machine = replace(e.machine, usable_cpus=float(n), n_cpus=n, quota_cpus=None)
    capacity = Capacity((1, n), ((1.0,), (float(n),)))
    held, busy = _held_share(e), e.busy_share / min(1.0, e.facts.core_share)
    facts = Facts(machine, capacity, busy, n, e.gave_way, held)
    way = choose([SERIAL, *models], facts).way
    low, high = models.get(way, (1.0, 1.0))
    return WouldBe(n, way.kind, way.n_workers, way.speed_up, low, high)


def _models(e, n) -> Iterator[tuple[Way, tuple[float, float] | None]]:
    """Yield a modelled ``Way`` for each kind that can do the job, with its bounds; or None."""
    for kind in e.kinds:
        if kind in e.refused:
            continue
        n_workers, start_s = n, statistics.median(e.starts_s.get(kind) or (0.0,))
        measured = [way for way in e.ways if way.kind == kind and way.speed_ups]
        if e.facts.waits and kind_of(kind).shares_memory and measured:
            # What waits needs no more cores: what was reached here is reached there.
            best = max(measured, key=lambda way: way.speed_up)
            yield replace(best, speed_ups=(best.speed_up,) * _ROUNDS), best.quartiles
            continue
        curve = _curve(e, kind, n_workers, n)
        if curve is None:
            yield Way(kind, n_workers), None
            continue
        least, more = 1 / min(n, _most(e, n_workers)), _shortfall(e, kind)
        low, speed_up, high = (1 / max(least, 1 / value + more) for value in curve)
        told = (speed_up,) * _ROUNDS
        yield Way(kind, n_workers, told, told, start_s), (low, high)


def _curve(e, kind, n_workers, n_cores):
    """Return (low, estimate, high) of the speed-up of a kind; None where too little is known."""
    if kind_of(kind).family == "threads":
        return _threads(e, n_workers, n_cores)
    start_s = statistics.median(e.starts_s.get(kind) or (0.0,))
    return _apart(e, kind, n_workers, n_cores, start_s / e.n_workers)


def _shortfall(e, kind):
    """Return how much longer than its model a run took here, for each second of the plain loop.

    So the model goes through the point that was measured. What it cannot explain, as the width of
    the memory, all workers share, and so it does not get less with more cores.
    """
    here = [way for way in e.ways if way.kind == kind and way.speed_ups]
    measured = next((way.speed_up for way in here if way.n_workers == e.n_workers), None)
    if measured is None or e.facts.is_limited:
        return 0.0
    curve = _curve(e, kind, e.n_workers, e.facts.cores(e.n_workers))
    return 1 / measured - 1 / min(curve[1], _most(e, e.n_workers)) if curve else 0.0


def _most(e, n_workers):
    """Return the speed-up that the items allow, however many cores there are."""
    if e.n_items is None:
        return math.inf
    most = e.n_items / math.ceil(e.n_items / n_workers)
    slowest_s, total_s = e.slowest_s, e.total_s or 0.0
    return min(most, max(1.0, total_s / slowest_s)) if slowest_s else most


# --- Each family of workers ------------------------------------------------------------------


def _waiting_share(e):
    """Return for what share of a call it waits, other programs left out; 0 where it computes."""
    if not e.facts.waits_in_part:
        return 0.0
    return max(0.0, 1 - e.busy_share / min(1.0, e.facts.core_share))


def _cores_for(e, n_cores):
    """Return how many calls so many cores can carry: fewer where a call has its own threads."""
    return n_cores / max(1.0, e.busy_share)


def _threads(e, n_workers, n_cores):
    """Return (low, estimate, high) of the speed-up in threads; None where the GIL is not known."""
    waiting, held = _waiting_share(e), _held_share(e)
    if held is None:
        return None
    curve = theory.model_threads(
        min(held, 1 - waiting), [n_workers], n_cores=_cores_for(e, n_cores), waiting_share=waiting
    )
    return curve.lows[0], curve.speed_ups[0], curve.highs[0]


def _held_share(e):
    """Return the share of a call that holds the GIL, as the ticks alone tell it; None if unknown.

    What two threads gained checks a model, and so it is no ground for one.
    """
    held = None if e.reading is None else e.reading.likely_share
    if held is not None or not e.machine.gil:
        return held or 0.0
    return min(1.0, e.busy_share) if e.facts.waits else None  # while it computes it may hold it


def _apart(e, kind, n_workers, n_cores, start_each_s):
    """Return (low, estimate, high) of the speed-up in workers that items have to be sent to."""
    if e.copied is None or not sum(e.copied.work_s) or (kind not in e.starts_s and e.n_items):
        return None
    model = _process_model(e, start_each_s, _N_SUBLISTS * n_workers)
    # Whoever waits needs no core meanwhile; workers that share theirs are n_cores at once.
    cores = _cores_for(e, n_cores) / max(1e-3, 1 - _waiting_share(e))
    curve = theory.model_processes(model, [n_workers], n_cores=cores)
    return curve.lows[0], curve.speed_ups[0], curve.highs[0]


def _process_model(e, start_each_s, n_sublists):
    """Return the ``ProcessModel`` of the whole job where nobody disturbs it."""
    copied, work_s = e.copied, sum(e.copied.work_s)
    total_s = (e.total_s or e.call_s * e.copied.n_items) * _undisturbed(e)
    grown = total_s * (1 - _waiting_share(e)) / work_s
    copy_s = sum(map(statistics.median, copied.pack_items_s + copied.unpack_results_s))
    back_s = sum(map(statistics.median, copied.unpack_items_s + copied.pack_results_s))
    function_s = n_sublists * copied.function_s / 2  # each side packs or unpacks it
    return theory.ProcessModel(
        work_s=max(1e-9, total_s),
        copy_s=copy_s * grown + function_s,
        worker_copy_s=back_s * grown + function_s,
        start_each_s=start_each_s if e.n_items else 0.0,
        n_sublists=n_sublists,
    )


def _undisturbed(e):
    """Return the share of the measured time that a job that computes would take by itself."""
    return 1.0 if e.facts.waits_in_part else min(1.0, e.facts.core_share)
