"""One call for each item: the shape that most people's own jobs have.

Workers import this module, so it imports nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def each(function: "Callable[[Any], Any]", items: "list[Any]") -> "list[Any]":
    """Return the list of what ``function`` gives for each of ``items``."""
    return [function(item) for item in items]


def again(function: "Callable[[], Any]", items: "list[Any]") -> "list[Any]":
    """Return the list of what ``function()`` gives, called once for each of ``items``."""
    return [function() for _ in items]


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
