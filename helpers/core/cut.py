"""Cutting a list into parts: workers import it, so it imports nothing heavy."""

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
