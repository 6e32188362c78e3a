"""Code of the reader's own that may go on for ever: it runs in a thread, which can be given up.

Workers that import a job import this, so executors come with the first call.
"""

import contextvars
from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import TooLong
from . import worker
from .turns import Stop, check_stop, is_set

Answer = TypeVar("Answer")
_LOOK_S = 0.1  # how often a wait looks whether it has been stopped
_LATE_S = 0.25  # beyond a limit, for a call to find out by itself that its time is over
_END_S = 0.2  # for a thread to end that is given up: by itself, and when it is asked to
_STAYS = "a thread cannot be ended from outside: restart the kernel to be rid of it"


class NotOver(TooLong):
    """A call was given up; ``left`` says so where its thread goes on, else it is empty."""

    def __init__(self, limit_s: float, left: str) -> None:
        super().__init__(f"not over after {limit_s:.2g} s")
        self.left = left

    def told(self, what: str) -> str:
        """Return in one line that this was given up."""
        return f"{what} was {self}" + (f"; {self.left}" if self.left else "")


def apart(
    call: Callable[[], Answer],
    limit_s: float,
    n_done: Callable[[], int] = lambda: 0,
    stop: Stop | None = None,
) -> Answer:
    """Return what a call returns, made in a thread of its own that sees the context of this one.

    It may take ``limit_s`` seconds and a moment more, and as long again whenever ``n_done`` returns
    another number.

    Raises:
        NotOver: it did not come back in that time. Whatever else it raises is raised here.
        Stopped: ``stop`` was set before.

    >>> apart(lambda: 1 + 1, 60)
    2
    """
    from .executors import ThreadExecutor

    pool, is_over = ThreadExecutor(1), False
    try:
        future = pool.submit(contextvars.copy_context().run, call)
        is_over = _is_over(future, limit_s, n_done, stop)
    finally:
        is_left = _ended(pool, is_over)
    if is_over:
        return future.result()
    check_stop(stop)
    raise NotOver(limit_s, _STAYS if is_left else "")


def _is_over(future, limit_s, n_done, stop):
    """Wait for a call, unless it takes too long or ``stop`` is set."""
    from concurrent.futures import wait

    n, since_s = n_done(), worker.now()
    while wait([future], timeout=_LOOK_S).not_done:
        if n_done() != n:
            n, since_s = n_done(), worker.now()
        if is_set(stop) or worker.now() - since_s > limit_s + _LATE_S:
            return False
    return True


def _ended(pool: Any, is_over: bool) -> bool:
    """End a pool of one thread, and return whether that is still there."""
    from .executors import give_up

    pool.shutdown(wait=is_over, cancel_futures=True)
    return not (is_over or give_up(pool._threads, _END_S))
