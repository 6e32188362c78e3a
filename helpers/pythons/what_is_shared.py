"""What threads share that holds them up: asked of a Python without the GIL, if there is one."""

from collections.abc import Callable, Sequence
from typing import Any

from ..cells.watch import once, watch
from ..core.job import count_items, name_of, read_items
from ..core.turns import quick_seconds
from ..errors import LabError, number, shown
from .culprit import NONE_FOUND, Contention, measure, newest_free
from .find import choose, find_pythons
from .one_at_a_time import MOST_ITEMS

_BUDGET_S = (1.0, 600.0)


def what_is_shared(
    func: Callable[..., Any],
    items: Sequence[Any] | None = None,
    *,
    budget_s: float = 10.0,
    python: str | None = None,
) -> Contention:
    """Say which object holds up threads of a function where there is no GIL; show and return it.

    The function goes to the newest free-threaded Python of this computer, and each of two threads
    there gets copies of all that it reaches. Where they are faster then, objects are shared again,
    one at a time. Nothing of yours is changed.

    Args:
        func: a function of one item, or of none when ``items`` is None.
        items: a list; the first 2,000 are used.
        budget_s: about how many seconds it may take.
        python: which free-threaded Python, such as "3.14t"; the newest when None.

    Raises:
        LabError: the function or its items cannot be sent there, or it fails there.
        Stopped: the kernel was interrupted. No program is left.
    """
    if not callable(func):
        raise LabError(f"func is a function of one item, not {shown(func)}: pass its name alone")
    number("budget_s", budget_s, *_BUDGET_S, "try 10")
    given = None if items is None else _first(items)
    steps = once(_measured, func, given, float(budget_s), python)
    return watch(steps, None, lambda found: found.lines)


def _first(items):
    return [item for _, item in read_items(items, min(MOST_ITEMS, count_items(items)))]


def _measured(func, items, budget_s, wanted):
    found = find_pythons()
    chosen = newest_free(found if wanted is None else choose(found, [wanted]))
    if chosen is not None:
        return measure(chosen, func, items, quick_seconds(budget_s))
    if wanted is not None:
        raise LabError(f"{wanted} has a GIL, and this needs a Python without one: try 3.14t")
    return Contention(name_of(func), problem=NONE_FOUND)
