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
    from ..core.pools import ThreadExecutor

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
    """Return ``call(function, items)``; what a process of a pool prints meanwhile is lost.

    What it writes as errors is kept: it may be what a process says before it dies.
    Where workers share the caller's process its own ``sys.stdout`` is theirs, and left alone.
    """
    from contextlib import redirect_stdout
    from io import StringIO
    from multiprocessing import parent_process

    if parent_process() is None:
        return call(function, items)
    from ..core.last_words import to_last_words

    to_last_words()
    with redirect_stdout(StringIO()):
        return call(function, items)
