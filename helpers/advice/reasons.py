"""Why a verdict is what it is, as findings: what decides or limits the job, in order of weight."""

import math
import statistics
from collections.abc import Iterator

from ..judge import facts as limits
from ..judge.choose import Choice, Way, is_too_short
from ..judge.words import Finding
from ..kind import kind as kind_of
from ..kind import usual
from .evidence import Evidence

_LONG_CALL = 0.02  # of the budget: a few of them for each kind are all of it


def headline(e: Evidence, choice: Choice) -> Finding:
    """Return what to do, as the finding that comes first."""
    way, figures = choice.way, {"name": e.name, "budget_s": e.budget_s}
    if e.unsteady is not None:
        return Finding("unsteady", **figures)
    if way.kind == "serial":
        return _staying(e, choice, figures)
    if not choice.tried:
        return Finding("likely", way=way, **figures)
    low, high = way.quartiles
    is_told = len(way.speed_ups) >= limits.FEW_ROUNDS
    spread = f" ({low:.2f} to {high:.2f})" if is_told else ""
    if e.total_s is None:
        return Finding("calls", way=way, spread=spread)
    takes_s = e.total_s / way.speed_up
    return Finding("whole", way=way, spread=spread, takes_s=takes_s, total_s=e.total_s)


def _staying(e, choice, figures):
    """Return why the plain loop is the one to take."""
    if not choice.tried:
        return _untried(e, choice, figures)
    best, facts = max(choice.tried, key=lambda way: way.speed_up), e.facts
    if is_too_short(choice.ways, facts):
        return Finding("too short", total_s=e.total_s, best=best)
    if facts.limit and facts.computes:
        return Finding("limited", facts.limit, quota=e.machine.quota_cpus)
    has_few_cores = facts.is_limited and not facts.has_one_core
    if not facts.one_cpu and (facts.cannot_tell or has_few_cores):
        return Finding("disturbed", best=best)
    return Finding("little" if choice.rival and best.speed_up > 1 else "nothing", best=best)


def _untried(e, choice, figures):
    """Return why no way was measured beside the plain loop."""
    others = [way for way in choice.ways if way.kind != "serial"]
    if e.n_items == 1 or not others or e.doing != "done":
        return Finding("untried", **figures)
    if not all(way.refused for way in others):
        return Finding("untried", "too short", **figures)
    there = {kind for kind in usual() if kind_of(kind).lacking is None} - {"serial"}
    if there <= {kind_of(way.kind).family for way in others}:
        return Finding("alone", **figures)
    return Finding("alone", "of these", kinds=" and ".join(way.kind for way in others), **figures)


def reasons(e: Evidence, choice: Choice) -> tuple[Finding, ...]:
    """Return the findings behind a verdict, the most important first."""
    if e.unsteady is not None:
        said = e.unsteady.replace("serially it is", "and before it was")
        return (Finding("unsteady", said=said),)
    found = [*_about_rounds(e, choice), *_about_answers(e, choice)]
    if e.n_items != 1:
        found += [
            Finding("refused", kind=way.kind, reason=way.refused)
            for way in choice.ways
            if way.refused is not None
        ]
    found += _about_the_machine(e)
    if e.first_s is not None:
        found += _about_calls(e, choice)
    return (*found, *_about_items(e), *_about_costs(e, choice))


def _about_rounds(e, choice):
    if choice.rival is not None:
        yield Finding("close call", rival=choice.rival, way=choice.way)
    n_rounds = max((len(way.speed_ups) for way in choice.tried), default=0)
    if choice.tried and n_rounds < limits.FEW_ROUNDS:
        yield Finding("few rounds", budget_s=e.budget_s, n_rounds=n_rounds)
    for kind, reason in e.too_slow.items():
        yield Finding("too slow", kind=kind, reason=reason)
    untried = set(e.kinds).difference(e.refused, e.too_slow)
    if untried and not choice.tried and e.first_s is not None:
        is_long = e.call_s > _LONG_CALL * e.budget_s
        figures = {"call_s": e.call_s, "n_calls": len(e.item_s), "budget_s": e.budget_s}
        yield Finding("long calls" if is_long else "short budget", **figures)


def _about_answers(e, choice):
    if e.incomparable is not None:
        yield Finding("incomparable", said=e.incomparable)
    if e.too_large is not None:
        yield Finding("too large", said=e.too_large)
    if e.keeps_answers:
        first_s = statistics.fmean(e.item_s)
        yield Finding("cache", name=e.name, first_s=first_s, call_s=e.call_s)
    if e.changed is not None:
        in_threads = choice.kind != "serial" and kind_of(choice.kind).shares_memory
        case = "in threads" if in_threads else ""
        yield Finding("side effect", case, name=e.name, changed=e.changed)
    elif e.filled is not None:
        yield Finding("fills a cache", name=e.name, filled=e.filled)
    elif e.not_compared is not None:
        yield Finding("not compared", name=e.name, what=e.not_compared)
    elif e.answers == "none" and not kind_of(choice.kind).shares_memory:
        yield Finding("no answers", name=e.name)


def _about_the_machine(e):
    facts, usable, n = e.facts, e.machine.usable_cpus, e.n_workers
    if facts.limit == "quota" and not facts.waits:
        yield Finding("quota", usable=usable)
    elif facts.one_cpu and not facts.waits:
        yield Finding("one CPU", "and a part" if usable > 1 else "", usable=usable)
    if facts.one_cpu:
        return
    if facts.is_busy:
        yield Finding("busy machine", core_share=facts.core_share)
    elif facts.is_limited:
        yield Finding("busy machine", "narrow", cores=facts.cores(), n=n)


# --- What the calls do ---------------------------------------------------------------------


def _about_calls(e, choice) -> Iterator[Finding]:
    """Yield whether they wait, hold the lock, use threads of their own or the memory."""
    facts, known = e.facts, {"name": e.name, "busy": e.busy_share}
    if facts.waits:
        yield Finding("waiting", "not in threads" if "threads" in e.refused else "", **known)
        return
    if facts.waits_in_part:
        yield Finding("waiting in part", **known)
    if facts.uses_own_threads:
        yield Finding("own threads", **known)
    for way in choice.ways:
        if facts.goes_beyond(way.n_workers, way.rates):
            yield Finding("more than the cores", way=way)
    yield from _about_the_lock(e, choice.ways)
    longer = _slowdown(e)
    if longer is not None and longer > limits.LONGER and not facts.uses_own_threads:
        yield Finding("memory bandwidth", longer=longer)


def _about_the_lock(e, ways):
    threads = next((way for way in ways if way.kind == "threads" and way.rates), None)
    if threads is None or not e.machine.gil or e.facts.is_limited:
        return
    case = _use_of_the_lock(e, threads)
    if case is not None:
        figures: dict[str, object] = {"name": e.name, "held": e.facts.held_share}
        name, case = ("no lock", "") if case == "released" else ("lock", case)
        yield Finding(name, case, n=threads.n_workers, rate=threads.rate, **figures)


def _use_of_the_lock(e, threads):
    """Return how the calls use the lock, as the case of a finding; None where that is not clear."""
    held, rate = e.facts.held_share, threads.rate
    if e.reading is not None and e.reading.hands_over:
        # Where the runs reach what the cores can give, a short reading was disturbed.
        is_slow = rate < limits.ALL_CORES * e.facts.cores(threads.n_workers)
        return "instants" if is_slow else None
    if held is not None and held > limits.HELD_IN_PART:
        return "held" if held > limits.HELD else "in part"
    if rate < limits.WORTH_IT:
        taken = "turns" if rate > 1 / limits.WORTH_IT else "slower"
        return None if e.facts.uses_own_threads else taken
    return "released" if held is not None and held < limits.RELEASED else None


def _slowdown(e):
    """Return how many times the CPU seconds a call takes in a worker beside others, or None.

    What the cores themselves lose when all are busy is left out.
    """
    serial = {run.round: run for run in e.serial_runs}
    if e.facts.is_limited or any(r.wall_s < limits.LONG_ENOUGH_S for r in serial.values()):
        return None
    ratios = [
        run.cpu_s / serial[run.round].cpu_s
        for run in (e.result.timed_runs if serial else ())
        if kind_of(run.kind).family == "processes"
        and run.n_workers == e.n_workers
        and run.round in serial
        and serial[run.round].cpu_s
    ]
    if len(ratios) < limits.FEW_ROUNDS:
        return None
    return statistics.median(ratios) * min(1.0, e.facts.cores() / e.n_workers)


# --- What sharing the work costs -----------------------------------------------------------


def _about_items(e):
    """Yield whether there are too few of them, or too uneven ones."""
    n_items, n = e.n_items, e.n_workers
    if n_items == 1:
        yield Finding("too few items", "one")
    elif n_items is not None and n_items < 2 * n:
        most = n_items / math.ceil(n_items / n)
        yield Finding("too few items", n_items=n_items, n=n, most=most)
    if has_slow_item(e):
        most = max(1.0, e.total_s / e.slowest_s)
        yield Finding("one slow item", slowest_s=e.slowest_s, total_s=e.total_s, most=most)


def has_slow_item(e: Evidence) -> bool:
    """Return whether one item takes longer than the share of a worker."""
    n_items, total_s = e.n_items or 0, e.total_s or 0.0
    is_known = len(e.item_s) + 1 >= n_items > e.n_workers and total_s > limits.LONG_ENOUGH_S
    return is_known and total_s / e.n_workers < e.slowest_s < total_s


def sending(ways: tuple[Way, ...]) -> list[Way]:
    """Return the ways that were measured and to which items have to be sent."""
    return [way for way in ways if not kind_of(way.kind).shares_memory and way.rates]


def is_long_start(way: Way, e: Evidence) -> bool:
    """Return whether starting takes a good part of the job's time."""
    return way.start_s > limits.SMALL * (e.total_s or math.inf)


def takes_much_along(e: Evidence) -> bool:
    """Return whether what the function refers to makes messages larger than they are anyway."""
    is_large = e.copied is not None and e.copied.function_bytes >= limits.MESSAGE_BYTES
    return is_large and e.carrying_share > limits.SMALL


def _about_costs(e, choice):
    apart, share = sending(choice.ways), e.copying_share
    # It may be what keeps processes from being over in time.
    if takes_much_along(e):
        yield Finding(
            "carrying",
            name=e.name,
            what=f"`{e.carried}`" if e.carried else "what it refers to",
            n_bytes=e.copied.function_bytes,
            n=e.n_messages,
            share=e.carrying_share,
        )
    items_share = (share or 0.0) - e.carrying_share
    if apart and items_share > limits.SMALL:
        out, back = e.bytes_per_item
        yield Finding("copying", out=out, back=back, share=items_share)
    for way in apart:
        if is_long_start(way, e) or way is choice.way:
            pays_s = None if e.facts.has_one_core else way.pays_from_s
            name = "start-up" if is_long_start(way, e) else "start"
            yield Finding(name, "pays" if pays_s else "", way=way, pays_s=pays_s)
