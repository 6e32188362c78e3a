"""Interrupts (Ctrl+C, a kernel's stop button) at moments where they would do harm, or be lost.

The names of packages are loaded with it, also in workers of other Pythons: it runs on Python 3.9.
"""

import contextlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


_noting: "list[list[int]]" = []  # what notes interrupts now, each with those that have come


class GivenUp(SystemExit):
    """Ends a thread that is not waited for any longer: no ``except Exception`` in it stops it."""


class Interrupted(KeyboardInterrupt):
    """An interrupt that is told in one line."""

    def _render_traceback_(self):
        """Return the lines that IPython prints for this error."""
        return [str(self)]


@contextlib.contextmanager
def held() -> "Iterator[None]":
    """Hold back an interrupt until the ``with`` ends.

    What it leaves half imported stays broken until Python ends: a package that is imported again
    finds its modules, but they are no attributes of it.
    """
    seen: list[Any] = []
    try:
        with _handled_by(lambda usual: lambda *what: seen.append((usual, what))):
            yield
    finally:
        for usual, what in seen[:1]:
            usual(*what)


@contextlib.contextmanager
def noted() -> "Iterator[list[int]]":
    """Yield a list to which every interrupt is added.

    Python drops a KeyboardInterrupt that comes in a callback of a weak reference, as matplotlib has
    many: on a busy machine one of a hundred was lost.
    """
    seen: list[int] = []

    def noting(usual: "Callable[..., Any]") -> "Callable[..., Any]":
        def note(number, frame):
            seen.append(number)
            usual(number, frame)

        return note

    with _handled_by(noting) as is_handled:
        if not is_handled:
            yield seen
            return
        _noting.append(seen)
        try:
            yield seen
        finally:
            _noting.pop()


def is_interrupt(error: BaseException) -> bool:
    """Return whether an error is the reader's interrupt: a function may raise one by itself.

    Where interrupts are not ``noted``, every KeyboardInterrupt counts as the reader's. What ends a
    thread that is given up interrupts it, too.
    """
    if isinstance(error, GivenUp):
        return True
    return isinstance(error, KeyboardInterrupt) and (not _noting or any(_noting))


@contextlib.contextmanager
def _handled_by(make):
    """Let ``make(usual)`` handle interrupts in place of the usual handler; in the main thread."""
    import signal
    import threading

    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield False
        return
    signal.signal(signal.SIGINT, make(usual))
    try:
        yield True
    finally:
        signal.signal(signal.SIGINT, usual)
