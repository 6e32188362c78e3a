"""What notebook 11 teaches, as claims: each says whether a verdict shows it."""

from ..core import allowed
from ..judge import facts as limits
from ..judge.claims import Outcome, claim, crowded, no_gil, one_cpu
from ..units import seconds
from .advice import Verdict

_OVER = "the budget was over before that"
_NO_FASTER = 1.15  # times the loop: less is chance
_SEEN = 0.01  # of a job's seconds: so little copying can still be measured


@claim("11.holds", "Threads do not speed up a function that holds the GIL.")
def _holds(verdict: Verdict) -> Outcome:
    rate, none = _rate(verdict, "threads")
    excuses = (no_gil(), none, crowded(verdict.evidence))
    return Outcome(0 < rate < _NO_FASTER, _times("threads", rate), excuses)


@claim("11.processes", "Processes do, because each has a GIL of its own.")
def _processes(verdict: Verdict) -> Outcome:
    rate, none = _rate(verdict, "processes")
    figure = f"{_times('processes', rate)}, once they were started"
    excuses = (none, one_cpu(), crowded(verdict.evidence))
    return Outcome(rate > limits.WORTH_IT, figure, excuses)


@claim("11.releases", "Threads speed up a function that releases the GIL.")
def _releases(verdict: Verdict) -> Outcome:
    rate, none = _rate(verdict, "threads")
    excuses = (none, one_cpu(), crowded(verdict.evidence))
    return Outcome(rate > limits.WORTH_IT, _times("threads", rate), excuses)


@claim("11.sending", "Processes must be sent their items, and large ones take time.")
def _sending(verdict: Verdict) -> Outcome:
    evidence = verdict.evidence
    n_bytes, _ = evidence.bytes_per_item
    share = evidence.copying_share
    if n_bytes is None or share is None:
        return Outcome(False, "nothing was sent", (_OVER,))
    figure = f"{n_bytes / 1e6:.1f} MB went out for an item: {share:.2f} s for each second of work"
    return Outcome(share > _SEEN, figure, (crowded(evidence),))


@claim("11.waits", "Where a function waits, more threads than CPUs are faster still.")
def _waits(verdict: Verdict) -> Outcome:
    threads = [way for way in verdict.ways if way.kind == "threads" and way.rates]
    if not threads:
        return Outcome(False, "no threads were timed", (_OVER,))
    best = max(threads, key=lambda way: way.rate)
    figure = f"{best.n_workers} threads reached {best.rate:.1f} times the speed of the loop"
    usable = allowed.usable_cpus()
    few = f"there were only {best.n_workers} threads" if best.n_workers <= usable else None
    return Outcome(best.rate > limits.SURELY * usable, figure, (few, crowded(verdict.evidence)))


@claim("11.short", "A job that is over at once stays in the plain loop.")
def _short(verdict: Verdict) -> Outcome:
    total_s = verdict.evidence.total_s or 0.0
    long = None if total_s < limits.LONG_ENOUGH_S else f"the loop takes {seconds(total_s)}"
    best = max((way.speed_up for way in verdict.choice.tried), default=0.0)
    figure = f"the loop took {seconds(total_s)}, and the best pool {_reached(best)}"
    return Outcome(verdict.kind == "serial", figure, (long,))


@claim("11.refused", "A function whose answers change from call to call is refused.")
def _refused(verdict: Verdict) -> Outcome:
    said = verdict.evidence.unsteady
    return Outcome(said is not None, said or "the answers were the same each time")


@claim("11.culprit", "The verdict names what keeps a function from processes.")
def _culprit(verdict: Verdict) -> Outcome:
    said = verdict.evidence.refused.get("processes")
    return Outcome(said is not None, f"it says: {said}" if said else "processes took it")


def _rate(verdict, kind):
    """Return the speed of a kind's workers, in times the loop's, and an excuse if untimed."""
    rates = [way.rate for way in verdict.ways if way.kind == kind and way.rates]
    return (max(rates), None) if rates else (0.0, _OVER)


def _times(kind, rate):
    return (
        f"{kind} made the calls {rate:.2f} times as fast as the loop"
        if rate
        else f"no {kind} were timed"
    )


def _reached(speed_up):
    return f"was {speed_up:.2f} times as fast" if speed_up else "was not even started"
