"""The self-checks of notebook 04: they pass the solution, leave the stub open, refuse mistakes."""

import asyncio
import math

import pytest

from helpers.cells.check import check
from helpers.waiting import checks as waiting
from tests.unit.refusals import hint

# --- exercise 1: threads needed


def test_the_formula_of_the_solution_passes():
    assert check("04.threads_needed", lambda rate, latency_s: math.ceil(rate * latency_s)).passed


def test_the_untouched_formula_is_open():
    outcome = check("04.threads_needed", lambda rate, latency_s: ...)
    assert not outcome.passed and "Still open" in outcome.message


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (lambda rate, latency_s: rate * latency_s, "threads come whole, so round up"),
        (lambda rate, latency_s: rate / latency_s, "the longer each takes"),
        (lambda rate, latency_s: round(rate * latency_s), "need 3 threads, not 2"),
        (lambda rate, latency_s: rate, "need 50 threads, not 200"),
        (lambda rate, latency_s: "fifty", "a number is asked for"),
        (lambda rate, latency_s: 1 / 0, "divisor"),
    ],
)
def test_a_plausible_mistake_in_the_formula_is_told(formula, said):
    assert said in hint(check, "04.threads_needed", formula)


# --- exercise 2: at most so many at once


async def solution(fetch, addresses, n_at_once):
    bound = asyncio.Semaphore(n_at_once)

    async def one(address):
        async with bound:
            return await fetch(address)

    return await asyncio.gather(*map(one, addresses))


async def one_by_one(fetch, addresses, n_at_once):
    return [await fetch(address) for address in addresses]


async def without_a_bound(fetch, addresses, n_at_once):
    return await asyncio.gather(*map(fetch, addresses))


async def as_they_come(fetch, addresses, n_at_once):
    bound, answers = asyncio.Semaphore(n_at_once), []

    async def one(address):
        async with bound:
            answers.append(await fetch(address))

    await asyncio.gather(*map(one, addresses))
    return answers


async def forgets_to_return(fetch, addresses, n_at_once):
    await solution(fetch, addresses, n_at_once)


async def gives_no_place_back(fetch, addresses, n_at_once):
    bound = asyncio.Semaphore(n_at_once)

    async def one(address):
        await bound.acquire()
        return await fetch(address)

    return await asyncio.gather(*map(one, addresses))


async def slips(fetch, addresses, n_at_once):
    return await fetch(addresses[0], n_at_once)


async def stub(fetch, addresses, n_at_once):
    return ...


def test_the_solution_passes():
    assert check("04.at_most", solution).passed


def test_it_passes_where_a_loop_is_running_already_as_in_a_notebook():
    async def cell():
        return check("04.at_most", solution)

    assert asyncio.run(cell()).passed


def test_the_untouched_function_is_open():
    outcome = check("04.at_most", stub)
    assert not outcome.passed and "Still open" in outcome.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (one_by_one, "never more than 1 request"),
        (without_a_bound, "as many as 12 requests"),
        (as_they_come, "in the order of the addresses"),
        (forgets_to_return, "a list of answers must come back"),
        (slips, "it raised TypeError"),
        (lambda fetch, addresses, n_at_once: [], "async def"),
    ],
)
def test_a_plausible_mistake_is_told(answer, said):
    assert said in hint(check, "04.at_most", answer)


def test_one_that_waits_for_ever_is_ended(monkeypatch):
    monkeypatch.setattr(waiting, "_LIMIT_S", 0.5)
    assert "somebody waits for a place" in hint(check, "04.at_most", gives_no_place_back)
