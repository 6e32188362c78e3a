"""Self-checks of notebook 12."""

from typing import Any

from ..cells.check import answered, exercise, wrong
from ..core import store as records
from ..core.runs import Result
from ..errors import shown
from ..judge.curve import representative
from ..judge.facts import CLOSE, Facts

KINDS = ("serial", "threads", "processes")
_CASES = [  # speed-ups of threads and of processes, and what to choose
    ((1.0, 1.6), "processes", "processes are far ahead of both others"),
    ((1.8, 0.6), "threads", "threads are far ahead of both others"),
    ((0.9, 0.7), "serial", "both are slower than the loop"),
    ((1.8, 1.85), "threads", "processes are ahead by less than 10 %, and threads copy nothing"),
    ((1.4, 1.9), "processes", "threads help, and processes help far more"),
    ((0.8, 1.05), "serial", "a gain of less than 10 % is none"),
]


@exercise("12.choices")
def check_choices(measured: dict[str, Result], choices: Any) -> str:
    """Check a kind of worker for each job against what was measured; close calls are right."""
    answered(choices if isinstance(choices, dict) else ..., "a kind of worker for each job")
    left = ", ".join(name for name, kind in choices.items() if kind in (..., None))
    answered(... if left else choices, f"a kind of worker for {left}")
    told = [_judged(name, kind, measured.get(name)) for name, kind in choices.items()]
    missed = [said for right, said in told if not right]
    if missed:
        n_right = len(told) - len(missed)
        wrong(f"{n_right} of {len(told)} fit what was measured here. {' '.join(missed)}")
    return " ".join(said for _, said in told)


def _judged(name, kind, result):
    """Return whether a choice is right, and one sentence with the figures."""
    if kind not in KINDS:
        wrong(f"{name}: a kind is one of {', '.join(KINDS)}, not {shown(kind, 40)}")
    if result is None:
        wrong(f"{name} is not measured yet: run the cell above once more")
    points = {k: representative(result, k) for k in KINDS}
    if None in points.values():
        wrong(f"{name}: the measurement is not complete, so run the cell above once more")
    best = max(points.values(), key=lambda point: point.speed_up)
    given = points[kind]
    here = f"{name}: {kind} {given.speed_up:.2f}×"
    if given is best:
        return True, f"{here}, the fastest."
    if given.speed_up > best.speed_up * (1 - CLOSE) or given.quartiles[1] >= best.quartiles[0]:
        return True, f"{here}, too close to {best.kind} ({best.speed_up:.2f}×) to tell apart."
    if result.is_busy:
        return False, f"{name}: other programs kept the machine busy, so measure it once more."
    if Facts.of(result).has_one_core:
        recorded = records.recorded(result.job)
        if recorded is not None and _fits(kind, recorded):
            return True, f"{here}: a recording shows it right where there are two cores; not here."
        return False, f"{here}, {best.kind} {best.speed_up:.2f}×: there is no second core to use."
    ahead = f"{best.kind} {best.speed_up:.2f}×"
    return False, f"{here}, but {ahead}: what is copied, and what holds the GIL?"


def _fits(kind, result):
    speed_ups = {k: representative(result, k).speed_up for k in KINDS}
    return speed_ups[kind] > max(speed_ups.values()) * (1 - CLOSE)


@exercise("12.rule")
def check_rule(function: Any) -> str:
    """Check ``function(threads, processes)``: which kind two measured speed-ups speak for."""
    for (threads, processes), right, why in _CASES:
        got = answered(function(threads, processes), "your lines")
        if got not in KINDS:
            wrong(f"the answer is one of {', '.join(KINDS)}, not {shown(got, 40)}")
        if got != right:
            wrong(f"threads {threads}, processes {processes}: {right}, not {got}, because {why}")
    return "These are the last two questions of the decision chart, as code."
