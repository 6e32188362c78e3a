"""What may do more for a job than workers do, as findings."""

import math
from collections.abc import Iterator

from ..judge import facts as limits
from ..judge.choose import Choice
from ..judge.words import Finding
from ..kind import kind as kind_of
from .chance import CLOCKS, GENERATORS
from .evidence import Evidence
from .reasons import has_slow_item, is_long_start, sending, takes_much_along

_SHORT_S = 1e-3  # a message to another worker costs about as much as a shorter call


def tries(e: Evidence, choice: Choice) -> tuple[Finding, ...]:
    """Return what to try first."""
    if e.unsteady is not None:
        return (*_about_chance(e), Finding("same"))
    if e.first_s is None:
        return ()
    if e.total_s is not None and e.total_s < limits.LONG_ENOUGH_S:
        return (Finding("nothing", total_s=e.total_s),)
    if e.facts.waits:
        return tuple(_about_waiting(e, choice))
    about_data = *_about_messages(e, choice), *_about_sharing(e, choice)
    return (*_about_calls(e), *about_data, *_about_workers(e, choice))


def _about_chance(e):
    generator = GENERATORS.get(e.chance)
    case = "clock" if e.chance in CLOCKS else "no seed"
    if e.chance is not None:
        case = "" if generator else case
        yield Finding("chance", case, name=e.name, chance=e.chance, generator=generator)


def _about_waiting(e, choice) -> Iterator[Finding]:
    more = e.n_items is None or e.n_items > choice.way.n_workers
    if more and "threads" not in e.refused:
        has_many = choice.way.n_workers > e.n_workers
        yield Finding("asyncio", "" if has_many else "more threads")


def _about_calls(e):
    held = e.facts.held_share
    works_on_numbers = e.numbers_in and e.answers == "numbers"
    if works_on_numbers and held is not None and held > limits.HELD:
        yield Finding("vectorise")
    if e.keeps_answers:
        yield Finding("cache")


def _stays_with_memory(choice):
    """Return whether a way was chosen to which nothing is sent: what helps the others is idle."""
    return choice.kind != "serial" and kind_of(choice.kind).shares_memory


def _about_messages(e, choice):
    if e.copied is not None and sending(choice.ways) and not _stays_with_memory(choice):
        small_s = limits.SMALL * e.copied.n_items * e.call_s
        if takes_much_along(e):
            yield Finding("carry less", name=e.name)
        if e.copied.back_s > small_s:
            yield Finding("return less")
        if e.copied.out_s > small_s:
            yield Finding("send less")
    if not kind_of(choice.kind).shares_memory and e.n_items and e.call_s < _SHORT_S:
        size = math.ceil(e.n_items / (8 * choice.way.n_workers))
        if size > 1:
            yield Finding("larger chunks", size=size)


def _about_sharing(e, choice):
    """Yield who tells what threads share, where without a GIL they gain less than they should."""
    facts = e.facts
    if e.machine.gil or facts.is_limited or facts.waits_in_part or facts.uses_own_threads:
        return
    threads = [way for way in choice.ways if way.kind == "threads" and way.rates]
    if any(way.rate < limits.ALL_CORES * facts.cores(way.n_workers) for way in threads):
        yield Finding("what is shared", name=e.name, items="" if e.n_items is None else ", items")


def _about_workers(e, choice):
    if has_slow_item(e):
        yield Finding("cut the slow item")
    apart = sending(choice.ways)
    is_long = any(is_long_start(way, e) for way in apart)
    pays = any(way.start_s and way.rate >= limits.WORTH_IT for way in apart)
    if is_long and pays and not e.facts.has_one_core and not _stays_with_memory(choice):
        yield Finding("start once")
    if e.facts.uses_own_threads:
        yield Finding("own threads")
