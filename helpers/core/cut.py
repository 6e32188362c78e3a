"""Cutting a list into parts, or taking some of it: workers import it, so it stays light."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any


def cut(items: Sequence[Any], n_parts: int) -> list[Any]:
    """Return ``items`` in ``n_parts`` consecutive parts whose lengths differ by one at most.

    There is never an empty part: fewer items than ``n_parts`` give as many parts as items.

    >>> cut([1, 2, 3], 2)
    [[1], [2, 3]]
    """
    n_parts = max(1, min(n_parts, len(items)))
    ends = [len(items) * i // n_parts for i in range(n_parts + 1)]
    return [items[a:b] for a, b in pairwise(ends)]


def spread(n: int, most: int | None = None) -> list[int]:
    """Return numbers below ``n`` in an order whose beginnings are spread over all of them.

    All of them, or the first ``most``.

    >>> spread(8)
    [0, 5, 2, 7, 4, 1, 6, 3]
    """
    step = max(1, round(0.618 * n))  # the golden section leaves the gaps as even as can be
    while step > 1 and math.gcd(step, n) > 1:
        step -= 1
    return [i * step % n for i in range(n if most is None else min(n, most))]
