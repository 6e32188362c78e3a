"""What notebook 09 teaches, as claims: each says whether an experiment shows it."""

from collections.abc import Sequence

from ..core.runs import Result
from ..judge.claims import Outcome, claim, crowded, one_cpu

_FASTER = 1.3  # times: what two threads of one core never reach, and of two cores soon do


@claim("09.with-the-gil", "Where CPython has a GIL, two threads are hardly faster than one.")
def _with_the_gil(results: Sequence[Result], recorded: Sequence[Result]) -> Outcome:
    here, there = _cpython(results, gil=True), _cpython(recorded, gil=True)
    excuse = crowded(here) if here else "no CPython with a GIL could do the job"
    holds = bool(here) and all(_speed_up(result) < _FASTER for result in here)
    return Outcome(holds, _figure(here), (excuse,), _figure(there))


@claim("09.without-the-gil", "Where CPython has none, two threads are clearly faster than one.")
def _without_the_gil(results: Sequence[Result], recorded: Sequence[Result]) -> Outcome:
    here, there = _cpython(results, gil=False), _cpython(recorded, gil=False)
    excuse = crowded(here) if here else "no CPython without a GIL could do the job"
    holds = bool(here) and all(_speed_up(result) > _FASTER for result in here)
    return Outcome(holds, _figure(here), (excuse, one_cpu()), _figure(there))


def _cpython(results, *, gil):
    kept = [result for result in results if result.machine.implementation == "CPython"]
    return [result for result in kept if result.machine.gil == gil]


def _speed_up(result):
    return result.point("threads", 2).speed_up


def _figure(results):
    if not results:
        return "nothing was measured"
    told = (f"{_speed_up(one):.2f} times as fast on {one.machine.python}" for one in results)
    return "two threads were " + ", ".join(told)
