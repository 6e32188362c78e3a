"""What notebook 08 teaches, as claims: each says whether an experiment shows it."""

from collections.abc import Mapping, Sequence

from ..core import allowed
from ..core.side_by_side import SideBySide
from ..core.variants import Table
from ..judge.claims import Outcome, claim, crowded, one_cpu
from ..judge.theory import amdahl
from ..units import counted, cpus, per_cent
from .compiled import COMPILED
from .curve import ScriptCurve
from .oversubscription import Crowd

_NEAR = 0.2  # a speed-up to that of the law
_SMALLER = 1.3  # times as long with the larger numbers: their bytes count, 2 and 4 times as many
_GAINS = 1.4  # times as fast: two threads overlap
_NO_BLAS = "threadpoolctl finds no library here whose threads it can limit"


@claim("08.slow-pool", "A pool that gets one row a message is slower than the plain loop.")
def _slow_pool(table: Table) -> Outcome:
    speed_up = _named(table, "pool, a row each").speed_up
    figure = f"it takes {1 / speed_up:.1f} times as long, with two workers"
    return Outcome(speed_up < 0.9, figure, excuses=(crowded(table),))


@claim("08.form", "One change of form gains more than all cores of this computer could.")
def _form(table: Table) -> Outcome:
    alone = [t for t in table.timings if t.kind == "serial" and t.name not in COMPILED]
    best, usable = max(alone, key=lambda way: way.speed_up), allowed.usable_cpus()
    figure = f"{best.name} is {best.speed_up:.0f} times as fast as the loop, on one core"
    many = f"this computer has {cpus(usable)}" if usable >= best.speed_up else None
    return Outcome(best.speed_up > max(5.0, usable), figure, excuses=(many, crowded(table)))


@claim("08.compiled", "A loop that is compiled for all cores is several times as fast as Python's.")
def _compiled(table: Table) -> Outcome:
    ways = [way for way in table.timings if way.name in COMPILED]
    if not ways:
        missing = f"neither {' nor '.join(COMPILED.values())} is installed"
        return Outcome(False, "nothing of the kind was timed", excuses=(missing,))
    said = ", ".join(f"{way.name} {way.speed_up:.0f} times" for way in ways)
    holds = all(way.speed_up > 2 for way in ways)
    return Outcome(holds, f"as fast as the loop: {said}", excuses=(crowded(table),))


@claim("08.array-loop", "A Python loop over an array is slower than one over lists.")
def _array_loop(table: Table) -> Outcome:
    speed_up = _named(table, "the loop, on an array").speed_up
    figure = f"it takes {1 / speed_up:.1f} times as long"
    return Outcome(speed_up < 0.9, figure, excuses=(crowded(table),))


@claim("08.one-call", "A call that does the whole job is many times as fast as a loop.")
def _one_call(table: Table) -> Outcome:
    said = ", ".join(f"{way.name} {way.speed_up:.0f} times" for way in table.timings[1:])
    holds = all(way.speed_up > 5 for way in table.timings[1:])
    return Outcome(holds, f"as fast as the loop: {said}", excuses=(crowded(table),))


@claim("08.blas-uses-cores", "A library of linear algebra uses two cores by itself.")
def _blas(table: Table) -> Outcome:
    two = table.timings[-1]
    times = two.speed_up
    figure = f"with two threads of its own, the product is {times:.1f} times as fast as with one"
    short = one_cpu()  # a quota of one CPU lets two threads run at once, but for an instant only
    excuses = _no_blas(), short, crowded(table, two, gain=_GAINS)
    return Outcome(times > _GAINS and not short, figure, excuses)


@claim("08.too-late", "The variable counts only if it is set before NumPy is imported.")
def _too_late(too_late: Mapping[str, int], in_time: str) -> Outcome:
    now, then = max(too_late.values(), default=0), in_time.strip()
    figure = (
        f"set too late it left {counted(now, 'thread')}, set in time {then or 'an unknown number'}"
    )
    return Outcome(now > 1 and then == "1", figure, excuses=(_no_blas(), one_cpu()))


@claim("08.crowd", "Processes times BLAS threads want more CPUs than one BLAS thread each.")
def _crowd(crowd: Crowd, cured: Crowd) -> Outcome:
    figure = (
        f"{_threads(crowd)} wanted a CPU at once, and {_threads(cured)} with the limit, which made "
        f"it {crowd.seconds / cured.seconds:.1f} times as fast"
    )
    many, few = crowd.n_runnable, cured.n_runnable
    unknown = "this system does not tell which threads wait for a CPU" if many is None else None
    # The count is a sample; where it misses the crowd, the time still shows it.
    is_slower = crowd.seconds > 1.5 * cured.seconds
    holds = many is not None and few is not None and (many > few or is_slower)
    return Outcome(holds, figure, excuses=(unknown, _no_blas(), one_cpu(), crowded(crowd, cured)))


@claim("08.joblib-limits", "In a worker of joblib, the BLAS gets its share of the cores.")
def _joblib(workers: Sequence[Mapping[str, int]]) -> Outcome:
    most = max((n for worker in workers for n in worker.values()), default=0)
    usable = allowed.usable_cpus()
    figure = f"{most} for each of 2 workers, of {cpus(usable)}"
    return Outcome(0 < most <= max(1, usable / 2), figure, excuses=(_no_blas(),))


@claim("08.sines", "Where a number takes much computing, a second thread helps.")
def _sines(pairs: Mapping[str, SideBySide]) -> Outcome:
    said = ", ".join(f"{name} {pair.speed_up:.1f} times" for name, pair in pairs.items())
    figure = f"two threads got as much done as one: {said}"
    short = one_cpu()
    holds = pairs["sines"].speed_up > _GAINS and not short
    return Outcome(holds, figure, (short, crowded(pairs, gain=_GAINS)))


@claim("08.smaller-numbers", "In a big array, numbers of fewer bytes are added faster.")
def _smaller(sweep: Mapping[int, Mapping[str, float]]) -> Outcome:
    few, *_, many = sorted(sweep)
    ns, tiny = sweep[many], sweep[few]
    said = ", ".join(f"{took:.2f} ns as {kind}" for kind, took in ns.items())
    figure = f"of {many:,} numbers, each took {said}; of {few}, each took {min(tiny.values()):.1f}"
    figure += f" to {max(tiny.values()):.1f} ns"
    holds = ns["float64"] > _SMALLER * ns["float32"] > _SMALLER**2 * ns["uint8"]
    return Outcome(holds, figure, excuses=(crowded(),))


@claim("08.amdahl", "A profiler's serial share says, by Amdahl's law, what more threads give.")
def _amdahl(curve: ScriptCurve, profiled: float) -> Outcome:
    most = max(2, curve.usable_cpus)
    *_, (n, measured) = ((n, s) for n, s in zip(curve.n_threads, curve.speed_ups) if n <= most)
    by_law = amdahl(profiled, n)
    figure = (
        f"with a serial share of {per_cent(profiled)}, {n} threads would be {by_law:.2f} times as "
        f"fast as one, and they were {measured:.2f} times"
    )
    short = one_cpu()
    holds = abs(measured / by_law - 1) < _NEAR and not short
    busy = crowded(curve, gain=(1 - _NEAR) * min(by_law, 2.0))  # what is known of two threads
    return Outcome(holds, figure, excuses=(short, busy))


def _named(table, name):
    [way] = [way for way in table.timings if way.name == name]
    return way


def _threads(crowd):
    return "an unknown number of threads" if crowd.n_runnable is None else f"{crowd.n_runnable:g}"


def _no_blas():
    from .oversubscription import blas_threads

    return None if blas_threads() else _NO_BLAS
