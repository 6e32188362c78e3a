"""Who wants to hear what a reader committed or measured: a class, where one was joined.

Cells tell it here, and know nothing of who listens. Whatever a listener does, no cell fails of it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
#: Functions of ("committed" or "measured", what it was).
LISTENERS: set[Callable[[str, Any], None]] = set()


def tell(what: str, found: T) -> T:
    """Tell all listeners what was "committed" (a prediction) or "measured" (a ``Result``).

    Returns what was found.
    """
    for listener in list(LISTENERS):
        listener(what, found)
    return found
