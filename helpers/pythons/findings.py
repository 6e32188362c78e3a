"""What notebook 09 teaches, as claims: each says whether an experiment shows it."""

from collections.abc import Sequence

from ..core.runs import Result, quartiles
from ..judge.claims import Outcome, claim, crowded, one_cpu
from ..judge.facts import SCATTER
from .crossing import LIST, TEXT, Crossing, Interpreters, load_recorded
from .culprit import Contention, load_culprits
from .ladder import Ladder, load_ladders
from .price import Price
from .refusal import Refusal
from .switch import Switch

_FASTER = 1.3  # times: what two threads of one core never reach, and of two cores soon do
_AT_MOST = 0.75  # of what threads get that share nothing, where sharing holds them up
_CHEAPER = 3.0  # times: one string crosses at least so much faster; 20 to 50 were seen
_NOT_FASTER = 0.9  # of the time with a GIL: less would be a gain for one thread
_ELSEWHERE = "no CPython {} did the job"


@claim("09.with-the-gil", "Where CPython has a GIL, two threads are hardly faster than one.")
def _with_the_gil(results: Sequence[Result], recorded: Sequence[Result]) -> Outcome:
    here, there = _cpython(results, gil=True), _cpython(recorded, gil=True)
    excuse = crowded(here) if here else _ELSEWHERE.format("with a GIL")
    holds = bool(here) and all(_speed_up(result) < _FASTER for result in here)
    return Outcome(holds, _figure(here), (excuse,), _figure(there))


@claim("09.without-the-gil", "Where CPython has none, two threads are clearly faster than one.")
def _without_the_gil(results: Sequence[Result], recorded: Sequence[Result]) -> Outcome:
    here, there = _cpython(results, gil=False), _cpython(recorded, gil=False)
    excuse = crowded(here, gain=_FASTER) if here else _ELSEWHERE.format("without a GIL")
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


# --- Interpreters


@claim("09.one-string-crosses", "One string crosses to another interpreter faster than a list.")
def _crosses(crossing: Crossing) -> Outcome:
    if crossing.recorded:
        return _recorded(_crossed(crossing), "Python has a pool of interpreters from 3.14 on")
    return Outcome(crossing.times > _CHEAPER, _crossed(crossing), (crowded(crossing),))


def _crossed(crossing):
    took_ms = [1000 * crossing.seconds(form) for form in (LIST, TEXT)]
    figure = f"{crossing.n_strings:,} strings took {took_ms[0]:.1f} ms as a list"
    return f"{figure} and {took_ms[1]:.2f} ms as one string on {crossing.source}"


@claim("09.interpreters", "Two interpreters run Python code at the same time, if little crosses.")
def _interpreters(found: Interpreters) -> Outcome:
    best = list(found.gains)[-1]
    figure = f"they were {found.gain(best):.2f} times as fast as the plain loop on {found.source}"
    if found.recorded:
        return _recorded(figure, "Python has a pool of interpreters from 3.14 on")
    excuses = one_cpu(), crowded(found.lists, found.texts, gain=_FASTER)
    there = load_recorded(Interpreters)[-1]
    recorded = f"they were {there.gain(best):.2f} times as fast on {there.source}"
    return Outcome(found.gain(best) > _FASTER, figure, excuses, recorded)


@claim("09.refused", "An extension module that was not made for interpreters is refused.")
def _refused(refusal: Refusal) -> Outcome:
    seen = refusal.error or f"{refusal.module} was loaded"
    figure = f"`import {refusal.module}` gave {seen.partition(': ')[2] or seen} on {refusal.source}"
    if refusal.recorded:
        return _recorded(figure, "Python has interpreters from 3.14 on")
    excuse = None if refusal.error else f"this release of {refusal.module} was made for them"
    return Outcome("does not support loading" in refusal.error, figure, (excuse,))


def _recorded(figure, reason):
    return Outcome(False, "it was not tried", (f"{reason}, and none was found here",), figure)


# --- What it costs, and what brings the GIL back


@claim("09.one-thread-pays", "A single thread gains nothing from a build without the GIL.")
def _one_thread(price: Price) -> Outcome:
    took = f"took {price.slow_down:.2f} times as long as one of {price.plain}"
    figure = f"one thread of {price.free} {took}"
    if price.recorded:
        why = "it needs a free-threaded Python and its like with the GIL"
        return Outcome(
            False, "it was not tried", (why,), f"{figure}, recorded on {price.made[:10]}"
        )
    more = f"the two builds differ in more than the GIL: {'; '.join(price.differences)}"
    excuses = more if price.differences else None, crowded(price)
    return Outcome(price.slow_down > _NOT_FASTER, figure, excuses)


@claim("09.import-switches", "One import can switch the GIL on, and the warning names the module.")
def _import_switches(switch: Switch) -> Outcome:
    on = {True: "on", False: "off"}
    figure = f"the GIL was {on[switch.before]} before the import and {on[switch.after]} after it"
    figure += f", on {switch.source}"
    if switch.recorded:
        why = "a free-threaded Python, its headers and a C compiler are needed for it"
        return Outcome(False, "it was not tried", (why,), figure)
    holds = not switch.before and switch.after and "not_ready" in switch.said
    return Outcome(holds, figure)


# --- Sharing


@claim("09.share-nothing", "Without the GIL, two threads that share nothing run side by side.")
def _share_nothing(ladders: Sequence[Ladder]) -> Outcome:
    return _without_gil(ladders, "nothing", lambda one: one.gain("nothing") > _FASTER)


@claim("09.share-one", "Without the GIL, two threads that change one counter hold each other up.")
def _share_one(ladders: Sequence[Ladder]) -> Outcome:
    rung = "one counter"
    return _without_gil(ladders, rung, lambda one: one.gain(rung) < _AT_MOST * one.gain("nothing"))


@claim(
    "09.own-copy",
    "Without the GIL, two threads that count in one Counter are faster with one each.",
)
def _own_copy(found: Contention) -> Outcome:
    recorded = _apart(load_culprits()[-1])
    if found.problem:
        why = found.problem.partition(":")[0]
        return Outcome(False, "it was not measured", (why[0].lower() + why[1:],), recorded)
    holds = bool(found.culprits) and found.gain("apart") > _FASTER * found.gain()
    return Outcome(holds, _apart(found), (one_cpu(), crowded(found, gain=_FASTER)), recorded)


def _apart(found):
    fast = f"two threads were {found.gain():.2f} times as fast as one"
    if not found.culprits:
        return f"{fast}, and no object was named, on {found.source}"
    names = " and ".join(f"`{one.shown}`" for one in found.culprits)
    return f"{fast}, and {found.gain('apart'):.2f} times with {names} for each, on {found.source}"


def _without_gil(ladders, rung, holds):
    free = [ladder for ladder in ladders if not ladder.gil]
    live = [ladder for ladder in free if not ladder.recorded]
    recorded = _did([ladder for ladder in free if ladder.recorded] or load_ladders(), rung)
    if not live:
        why = "no Python without the GIL could do it"
        return Outcome(False, "it was not run without the GIL", (why,), recorded)
    excuses = one_cpu(), crowded(live, gain=_FASTER), _disturbed(live, rung)
    return Outcome(all(map(holds, live)), _did(live, rung), excuses, recorded)


def _disturbed(live, rung):
    """Return that rounds with nothing shared, against which a rung is held, disagreed, or None.

    A rung that shares something is held against them: where they gain nothing, it says nothing.
    """
    for ladder in live:
        low, high = quartiles(ladder.gains("nothing"))
        if high - low > SCATTER:
            rounds = f"half of the rounds went from {low:.2f} to {high:.2f} times"
            return f"the rounds with nothing shared differ too much: {rounds}"
        if rung != "nothing" and ladder.gain("nothing") <= _FASTER:
            gain = f"two threads gained only {ladder.gain('nothing'):.2f} times"
            return f"even with nothing shared {gain}, so other programs took the second CPU"
    return None


def _did(ladders, rung):
    told = [f"{ladder.gain(rung):.2f} times on {ladder.name}" for ladder in ladders]
    return f"with {rung} shared they did the work of one thread {', '.join(told)}"
