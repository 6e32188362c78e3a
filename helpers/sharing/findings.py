"""What notebook 06 teaches, as claims that its results show or deny."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..judge.claims import Outcome, before, claim, crowded, no_gil, one_cpu
from ..units import counted, ms
from .bank import SERIALIZED
from .locks import Jam
from .losses import Ledger, Prices
from .races import Races, load_races

_PLAIN, _ROUNDED = "b += 1", "b = round(b + 1, 2)"  # names in the notebook
_LITTLE_NS = 2000  # a lock takes 20 to 250 ns; a queue takes longer than this
_SELDOM = 0.02  # of the deposits found the lock taken: with the GIL it is 0.001 at most
_AT_LEAST = 0.9  # of the time that threads should take one after the other
_WAITED_S = 0.05  # for a lock: half of what each holds it


def _gone(ledger: Ledger) -> str:
    """Return what is missing, as a clause."""
    total = ledger.paid * len(ledger.missing)
    return f"{sum(ledger.missing):,} of {total:,} deposits are missing"


# --- Money


@claim("06.plain-keeps", "With the GIL, a plain += happens to lose nothing.")
def _plain_keeps(ledgers: Mapping[str, Ledger]) -> Outcome:
    ledger = ledgers[_PLAIN]
    return Outcome(not ledger.loses, _gone(ledger), (no_gil(),))


@claim("06.call-loses", "With a call between reading and writing, money is lost.")
def _call_loses(ledgers: Mapping[str, Ledger]) -> Outcome:
    ledger = ledgers[_ROUNDED]
    return Outcome(ledger.loses, _gone(ledger), (one_cpu(), crowded()) if no_gil() else ())


@claim("06.gap", "Only the line that rounds has a call between reading and writing.")
def _gap(gaps: Mapping[str, Sequence[str]]) -> Outcome:
    calls = {name: sum(step.startswith("CALL") for step in steps) for name, steps in gaps.items()}
    told = ", ".join(f"{counted(n, 'call')} in {name}" for name, n in calls.items())
    rounded = calls.pop(_ROUNDED)
    return Outcome(rounded > 0 and not any(calls.values()), f"there are {told}")


@claim("06.plain-loses-without-gil", "Without the GIL, the plain += loses money.")
def _plain_loses(found: Sequence[Races]) -> Outcome:
    return _without_gil(found, "plain", "deposits are missing")


def _without_gil(found, step, what):
    """Return the ``Outcome`` of what goes wrong without the GIL: live where it can be."""
    free = [races for races in found if not races.gil]
    live = [races for races in free if not races.recorded]
    recorded = "; ".join(_told(races, step, what) for races in free if races.recorded)
    if not live:
        reason = "no Python without the GIL was found on this computer"
        return Outcome(False, "it was not run without the GIL", (reason,), recorded)
    figure = "; ".join(_told(races, step, what) for races in live)
    if any(any(races.wrong[step]) for races in live):
        return Outcome(True, figure)
    return Outcome(False, figure, (one_cpu(), crowded(live)), recorded)


def _told(races, step, what):
    wrong = races.wrong[step]
    n = races.n_steps * len(wrong)
    return f"{sum(wrong):,} of {n:,} {what} on {races.source}"


@claim("06.lock-keeps", "With a lock around reading and writing, nothing is lost.")
def _lock_keeps(ledgers: Mapping[str, Ledger]) -> Outcome:
    ledger = ledgers["Lock"]
    return Outcome(not ledger.loses, _gone(ledger))


# --- The price of a lock


@claim("06.lock-cheap", "A lock that nobody else holds costs less than two millionths of a second.")
def _lock_cheap(prices: Prices) -> Outcome:
    figure = f"it adds {prices.lock_ns:.0f} ns (billionths of a second) to a deposit"
    return Outcome(prices.lock_ns < _LITTLE_NS, figure, (crowded(prices),))


@claim(
    "06.seldom-meet", "With the GIL, four threads hardly ever meet at a lock that is held briefly."
)
def _seldom_meet(prices: Prices) -> Outcome:
    seldom = prices.n_met < _SELDOM * prices.n_deposits
    return Outcome(seldom, prices.met, (no_gil(), crowded(prices)))


@claim("06.waiting-costs", "Threads that hold one lock while they wait for something take turns.")
def _waiting_costs(jam: Jam) -> Outcome:
    held_s = [use.done_s - use.got_s for use in jam.uses if use.got_s is not None]
    waited = any(use.waited_s > _WAITED_S for use in jam.uses)
    figure = (
        f"{len(jam.jobs)} deposits took {ms(jam.wall_s)}, and each held the lock for about "
        f"{ms(sum(held_s) / len(held_s))}"
    )
    in_turns = jam.wall_s > _AT_LEAST * sum(held_s)
    return Outcome(in_turns and waited, figure, (crowded(),))


# --- Other ways


@claim("06.one-owner", "With one owner and a Queue, nothing is lost.")
def _one_owner(books: Mapping[str, int], paid: int) -> Outcome:
    booked = books["balance"]
    return Outcome(booked == paid, f"{booked:,} of {paid:,} are in the books")


@claim("06.own-sums", "Threads that add up for themselves lose nothing.")
def _own_sums(total: int, paid: int) -> Outcome:
    return Outcome(total == paid, f"their sums make {total:,} of {paid:,}")


@claim("06.one-switch", "One switch between reading and writing is enough to lose a deposit.")
def _one_switch(found: Any) -> Outcome:
    return Outcome(found.breaks is True and found.switches == 1, _clause_of(found))


@claim("06.no-order", "With the lock, no order of two deposits with up to two switches breaks.")
def _no_order(found: Any) -> Outcome:
    return Outcome(found.breaks is False and not found.more, _clause_of(found))


@claim(
    "06.check-then-act", "Two calls that look first and act later can both find the key missing."
)
def _check_then_act(found: Any) -> Outcome:
    return Outcome(found.breaks is True, _clause_of(found))


@claim("06.setdefault", "With setdefault, no order gives two calls different objects.")
def _setdefault(found: Any) -> Outcome:
    return Outcome(found.breaks is False and not found.more, _clause_of(found))


@claim("06.four-break", "An order of two calls breaks each of the four.")
def _four_break(found: Sequence[Any]) -> Outcome:
    broken = [said.name for said in found if said.breaks]
    return Outcome(len(broken) == len(found) > 0, f"these break: {', '.join(broken) or 'none'}")


def _clause_of(found):
    """Return the headline of a ``Safety`` as a clause."""
    return found.headline.rstrip(".")


@claim("06.single-steps", "list.append and dict.setdefault lose nothing, on any build.")
def _single_steps(found: Sequence[Races]) -> Outcome:
    steps = ("items.append(x)", "seats.setdefault(n, me)")
    live = [races for races in found if not races.recorded]
    wrong = sum(sum(races.wrong[step]) for races in live for step in steps)
    n = sum(races.n_steps * len(races.wrong[step]) for races in live for step in steps)
    where = ", ".join(races.era for races in live)
    return Outcome(wrong == 0, f"{wrong:,} of {n:,} went wrong on {where}")


# --- Iterators


@claim("06.list-iterator", "Without the GIL, an iterator that threads share gives items out twice.")
def _list_iterator(found: Sequence[Races]) -> Outcome:
    return _without_gil(found, "next(one_list_iterator)", "items were given out again")


@claim("06.generator", "A generator that two threads share raises a ValueError.")
def _generator(taken: Sequence[Any]) -> Outcome:
    errors = [str(answer) for answer in taken if isinstance(answer, ValueError)]
    figure = f"one thread was told “{errors[0]}”" if errors else "no thread met the other in it"
    return Outcome(bool(errors), figure, (crowded(),))


def _each_once(taken):
    numbers = [number for answer in taken if isinstance(answer, list) for number in answer]
    n, lists = len(numbers), all(isinstance(answer, list) for answer in taken)
    figure = f"{counted(n, 'ticket')} went out, {len(set(numbers))} of them different"
    return lists and n > 0 and sorted(numbers) == list(range(n)), figure


@claim("06.one-at-a-time", "With a lock around next(), each item is given out once.")
def _one_at_a_time(taken: Sequence[Any]) -> Outcome:
    return Outcome(*_each_once(taken))


@claim("06.serialize-iterator", "threading.serialize_iterator does the same for you, from 3.15 on.")
def _serialize_iterator(taken: Sequence[Any]) -> Outcome:
    new = [races for races in load_races() if SERIALIZED in races.wrong][:1]
    recorded = "; ".join(_told(races, SERIALIZED, "items were given out again") for races in new)
    if old := before(3, 15):
        return Outcome(False, "there is no serialize_iterator", (old,), recorded)
    holds, figure = _each_once(taken)
    return Outcome(holds, figure, recorded=recorded)


# --- Two locks


@claim(
    "06.deadlock",
    "Two threads that take the same two locks in different orders can block for good.",
)
def _deadlock(jam: Jam) -> Outcome:
    figure = f"both ended, after {ms(jam.wall_s)}"
    if jam.deadlock:
        figure = f"{len(jam.circle)} threads waited for each other, and neither transfer ended"
    return Outcome(jam.deadlock, figure, (crowded(),))
