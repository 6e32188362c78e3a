"""Self-checks of notebook 05."""

import pickle
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ..cells.check import answered, exercise, wrong
from ..core import pools
from ..core.variants import Counter
from ..errors import is_number, shown
from ..units import bytes_
from .rows import count_block, make_matrix

_MOST = 300  # a row with more numbers than this from 4 to 8 is a full one
_A_NUMBER = 200  # bytes: a number in a list, pickled, has fewer, also one of NumPy's
_N_ROWS = 1_600


@exercise("05.three_plans")
def check_three_plans(function: Any) -> str:
    """Check ``function(n_jobs, job_s, start_s, rate)``: seconds of three plans for many jobs."""
    got = answered(function(50, 0.2, 0.3, 0.6), "the three sums")
    if not isinstance(got, tuple | list) or len(got) != 3 or not all(map(is_number, got)):
        wrong(f"three numbers are wanted, and {shown(got)} came back: return loop, new, kept")
    plans = "the plain loop", "a new pool for every job", "one pool that is kept open"
    for plan, seconds, right in zip(plans, got, (10.0, 21.0, 6.3), strict=True):
        if abs(seconds - right) > 1e-6:
            wrong(
                f"50 jobs of 0.2 s, with 0.3 s to start and a rate of 0.6, in {plan}: "
                f"{seconds:.4g} s cannot be; count how often the pool starts, then the work"
            )
    other = [float(seconds) for seconds in function(1, 10.0, 0.3, 0.5)]
    if any(abs(a - b) > 1e-6 for a, b in zip(other, (10.0, 5.3, 5.3), strict=True)):
        wrong(f"right for 50 jobs, but one job of 10 s gives {other}: use all four arguments")
    return "A pool for every short job loses to the loop. The same pool, kept open, wins."


@exercise("05.less_back")
def check_less_back(function: Any) -> str:
    """Check ``function(pool, matrix)``: how many rows are full, for few and short messages."""
    matrix = make_matrix(_N_ROWS)
    expected = sum(n > _MOST for n in count_block(matrix))
    counter = _Counter()
    got = answered(function(counter, matrix), "your lines")
    if not is_number(got) or int(got) != expected:
        wrong(
            f"of these {_N_ROWS:,} rows {expected} have more than {_MOST} numbers from 4 to 8, and "
            f"{shown(got)} came back: add up what the blocks return"
        )
    if counter.n_messages == 0:
        wrong("the number is right, but the pool got nothing to do: who counted?")
    if counter.n_messages > 16:
        wrong(
            f"the number is right, but {counter.n_messages} messages were sent for {_N_ROWS:,} "
            "rows: cut the matrix into 16 blocks at most"
        )
    if counter.longest > _A_NUMBER:
        wrong(
            f"the number is right, but a block sent {bytes_(counter.longest)} back: let the worker "
            "return one number, not the counts of all its rows"
        )
    for kind in ("threads", "processes"):
        with pools.open_pool(kind, 2) as pool:
            if int(function(pool, matrix)) != expected:
                wrong(f"the number in {kind} differs from the serial one")
    return (
        f"{counter.n_messages} messages out, and {bytes_(counter.longest)} at most for each back."
    )


class _Counter(Counter):
    """A pool that also notes how long the longest answer is, pickled."""

    longest = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = super().submit(fn, *args, **kwargs)
        if future.exception() is None:
            self.longest = max(self.longest, len(pickle.dumps(future.result())))
        return future
