"""How long a thread keeps the GIL from others that wait for it: set for a while, then set back."""

import contextlib
import sys
from collections.abc import Iterator

# CPython cuts an interval down to whole microseconds: one that is read and set again would shrink.
_CUT_S = 1e-7


@contextlib.contextmanager
def switch_interval(seconds: float | None) -> Iterator[float]:
    """Set the switch interval for a ``with``; yield the one in force, and set back the old one.

    ``seconds`` of None leaves it as it is.
    """
    before_s = sys.getswitchinterval()
    try:
        if seconds is not None:
            sys.setswitchinterval(seconds + _CUT_S)
        yield sys.getswitchinterval()
    finally:
        sys.setswitchinterval(before_s + _CUT_S)
