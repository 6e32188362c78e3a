"""One call for each item: the shape that most people's own jobs have.

Workers import this module, so it imports nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any


def each(function: "Callable[[Any], Any]", items: "list[Any]") -> "list[Any]":
    """Return the list of what ``function`` gives for each of ``items``."""
    return [function(item) for item in items]


def again(function: "Callable[[], Any]", items: "list[Any]") -> "list[Any]":
    """Return the list of what ``function()`` gives, called once for each of ``items``."""
    return [function() for _ in items]


def awaited(coroutine: "Coroutine[Any, Any, Any]") -> "Any":
    """Return what a coroutine gives, which a loop of its own runs.

    Where a loop runs already in this thread, as in a notebook's cell, another thread runs it.
    """
    import asyncio

    if asyncio._get_running_loop() is None:
        return asyncio.run(coroutine)
    from ..core.executors import ThreadExecutor

    tasks = []

    async def main():
        tasks.append(asyncio.current_task())
        return await coroutine

    with ThreadExecutor(1) as pool:
        call = pool.submit(asyncio.run, main())
        try:
            return call.result()
        finally:
            if not call.done():  # an interrupt
                for task in tasks:
                    task.get_loop().call_soon_threadsafe(task.cancel)


def in_silence(
    call: "Callable[..., list[Any]]", function: "Callable[..., Any]", items: "list[Any]"
) -> "list[Any]":
    """Return ``call(function, items)``; what a worker apart shows meanwhile is lost.

    What a process writes as errors is kept: it may be what it says before it dies.
    A worker that shares the caller's process has its streams, which are left alone here.
    """
    from ..core.silence import silence_worker

    silence_worker()
    return call(function, items)


def at_once(function: "Callable[[list[Any]], list[Any]]", items: "list[Any]") -> "list[Any]":
    """Return ``function(items)``: the shape of a job that takes a part of a list at once."""
    return function(items)
