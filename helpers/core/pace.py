"""How thoroughly this process measures: as it is asked to, or quickly.

The tests run every notebook with ``GIL_LAB_QUICK=1``, because they ask only whether a cell raises.
A reader never sets it.
"""

import math
import os

QUICK = os.environ.get("GIL_LAB_QUICK") == "1"


def rounds(asked: float) -> float:
    """Return how many rounds are made: in a quick run one, where a number was asked for."""
    return 1 if QUICK and asked < math.inf else asked


def seconds(asked: float | None) -> float | None:
    """Return how long a measurement may take, in seconds: in a quick run a quarter."""
    return asked / 4 if QUICK and asked is not None else asked
