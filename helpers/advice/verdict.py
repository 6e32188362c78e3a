"""The verdict on your own function: what to use, how much faster it will be here, and why.

In a notebook::

    import helpers as lab
    lab.verdict(my_function, my_items)

and in a terminal ``python -m helpers verdict MODULE:FUNCTION --items FILE.py:NAME``.
"""

import time
from collections.abc import Callable, Sequence
from importlib import import_module
from threading import Event
from typing import Any

from .. import interrupts
from ..cells import progress
from ..cells.last import last
from ..errors import Stopped
from ..pythons.find import Python
from .advice import Verdict, advise
from .probe import gather


def verdict(
    func: Callable[..., Any],
    items: Sequence[Any] | None = None,
    *,
    budget_s: float = 20.0,
    kinds: Sequence[str] | None = None,
    n_workers: int | None = None,
    same: Callable[[Any, Any], bool] | None = None,
    pythons: Sequence[str | Python] | str | bool | None = None,
    stop: Event | None = None,
) -> Verdict:
    """Return the ``Verdict`` on a function: what to use for it on this machine, and why.

    It is called serially and in short runs of threads, processes and whatever else is there, which
    take turns; answers are compared with the serial ones. What it prints, logs, displays or draws
    is not shown, and it cannot ask for input.

    Args:
        func: the function; one of a notebook's cell or a lambda will do.
        items: a list, called item by item, or a sample from all over it where the budget is short;
            None calls ``func()`` again and again. An iterator is refused: it ends after one run.
        budget_s: how long it may take, 0.5 to 3600 seconds. A call that goes on is not cut off.
        kinds: kinds of pool to compare; what ``helpers.kinds()`` has here when None.
        n_workers: how many workers, 2 to 16; one for each usable CPU when None.
        same: a function of two answers that says whether they are the same; some, if it is slow.
        pythons: other Pythons to try it in, which share ``budget_s``: True for all that are found,
            and this one with its JIT where that is off; or a list of names ("3.14t") and paths.
        stop: a ``threading.Event`` that ends the measuring; the verdict is on what is known then.

    Raises:
        LabError: a value is out of its range, or a call raises. The line names the item.
        Stopped: it was interrupted. Nothing is left running.

    >>> said = verdict(abs, [-1, 2, 3], budget_s=1)
    >>> said.kind
    'serial'
    """
    options: dict[str, Any] = {"budget_s": budget_s, "kinds": kinds, "n_workers": n_workers}
    options |= {"same": same, "pythons": pythons}
    return advise(_last(gather(func, items, stop=stop, **options)))


def _load_what_is_needed():
    """Import now what measuring, drawing and showing a verdict would import later."""
    needed = ["cloudpickle"]
    if progress.in_notebook():
        needed += ["helpers.cells.watch", "helpers.advice.card", "jinja2"]
    for module in needed:
        import_module(module)


def _last(steps):
    """Return the last ``Evidence`` of a probe, with a bar while it goes on."""
    began_s = time.perf_counter()
    try:
        with interrupts.held():
            _load_what_is_needed()
        return last(steps, lambda evidence: (evidence.share, 1, evidence.doing))
    except KeyboardInterrupt:
        raise Stopped(
            f"Stopped after {time.perf_counter() - began_s:.1f} s: there is no verdict, and "
            "nothing is left running. Run it again when you like."
        ) from None
