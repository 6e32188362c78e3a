"""Self-checks of notebook 04."""

import asyncio
import inspect
import threading
from typing import Any

from ..cells.check import answered, exercise, wrong
from ..errors import is_number, shown

_LIMIT_S = 10.0
_N_ADDRESSES, _BOUND = 12, 3


@exercise("04.threads_needed")
def check_threads_needed(function: Any) -> str:
    """Check ``function(rate_per_s, latency_s)``: how many threads must wait at once."""
    try:
        answered(function(200, 0.25), "the formula")
    except ZeroDivisionError:
        wrong("neither the rate nor the latency is a divisor here")
    for rate_per_s, latency_s, needed in [(200, 0.25, 50), (10, 0.25, 3), (2, 0.25, 1)]:
        got = function(rate_per_s, latency_s)
        case = f"{rate_per_s} requests a second of {latency_s} s each need {needed} threads"
        if not is_number(got):
            wrong(f"{case}: a number is asked for, not {shown(got)}")
        if got == rate_per_s * latency_s != needed:
            wrong(f"{case}, not {got:g}: threads come whole, so round up")
        if got == rate_per_s / latency_s:
            wrong(f"{case}, not {got:g}: the longer each takes, the more are on their way")
        if got != needed:
            wrong(f"{case}, not {got:g}")
    return "Rate times latency, rounded up: that is Little's law."


@exercise("04.at_most")
def check_at_most(function: Any) -> str:
    """Check ``await function(fetch, addresses, n_at_once)``, by a pretended ``fetch``.

    It must return all answers in their order, with at most ``n_at_once`` requests on their way
    at once, but as many as that.
    """
    if not inspect.iscoroutinefunction(function):
        wrong("the function is an async one: keep the line that begins with async def")
    seen = {"now": 0, "most": 0}

    async def fetch(address):
        seen["now"] += 1
        seen["most"] = max(seen["most"], seen["now"])
        try:
            await asyncio.sleep(0.002 if int(address) % 2 else 0.004)
        finally:
            seen["now"] -= 1
        return f"answer {address}"

    addresses = [str(i) for i in range(_N_ADDRESSES)]
    answers = _result_of(lambda: function(fetch, addresses, _BOUND))
    if not seen["most"]:
        answered(answers, "your lines")
    if seen["most"] > _BOUND:
        wrong(
            f"with n_at_once={_BOUND} as many as {seen['most']} requests were on their way at "
            "once: let each wait for its place in the semaphore"
        )
    if 0 < seen["most"] < _BOUND:
        wrong(
            f"with n_at_once={_BOUND} never more than {seen['most']} request was on its way: "
            "start them all, then gather them, instead of awaiting one after the other"
        )
    if not isinstance(answers, list | tuple):
        wrong(f"a list of answers must come back, not {shown(answers)}: return what gather gives")
    if list(answers) != [f"answer {address}" for address in addresses]:
        wrong(f"all {_N_ADDRESSES} answers must come back, in the order of the addresses")
    return f"Never more than {_BOUND} at once, and every answer in its place."


def _result_of(start):
    """Return what a coroutine gives, run in a thread: a notebook's own has a loop already."""
    found = []

    async def limited():
        return await asyncio.wait_for(start(), _LIMIT_S)

    def work():
        try:
            found.append((asyncio.run(limited()), None))
        except Exception as error:
            found.append((None, error))

    thread = threading.Thread(target=work, name="check_at_most", daemon=True)
    thread.start()
    thread.join(2 * _LIMIT_S)
    answers, error = found[0] if found else (None, TimeoutError())
    if isinstance(error, TimeoutError):
        wrong(
            f"it was not over after {_LIMIT_S:g} s: somebody waits for a place that nobody gives "
            "back; async with gives it back by itself"
        )
    if error is not None:
        wrong(f"it raised {type(error).__name__}: {shown(error, 80)}")
    return answers
