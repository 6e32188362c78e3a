"""What a search finds in the end: a bar shows how far it is, and nothing of what it prints."""

import contextlib
import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from .. import interrupts
from ..core.silence import silent
from . import progress

_REDRAW_S = 0.25
Found = TypeVar("Found")
Far = tuple[float, float, str]  # how much is done, of how much, and what is at hand


def last(
    steps: Generator[Found, None, None], far: Callable[[Found], Far], *, bar_after_s: float = 0.0
) -> Found:
    """Return the last of the steps, which are made in silence while no other experiment runs.

    ``far`` says of each how far it is; the bar is gone afterwards. An interrupt that Python drops
    in a step is raised after it.
    """
    quiet: Any = contextlib.closing(silent(steps))
    with _alone(), _bar(bar_after_s) as show, quiet as steps, interrupts.noted() as noted:
        for found in steps:
            show(far(found))
            if noted:
                raise KeyboardInterrupt
    return found


def _alone():
    """Return a context in which no other experiment of this kernel runs."""
    if not progress.in_notebook():
        return contextlib.nullcontext()
    from .watch import exclusive

    return exclusive()


@contextlib.contextmanager
def _bar(after_s):
    """Yield a function that shows how far it is, now and then, from so many seconds on."""
    next_s, picture = time.perf_counter() + after_s, None

    def draw(*far):
        nonlocal picture
        if picture is None and far:
            from .picture import Picture

            picture = Picture()
        if picture is not None:
            picture.update(None, progress.bar(*far) if far else "")

    def show(far):
        nonlocal next_s
        if time.perf_counter() >= next_s:
            write(*far)
            next_s = time.perf_counter() + _REDRAW_S

    write = draw if progress.in_notebook() else progress.to_terminal
    try:
        yield show
    finally:
        write()
