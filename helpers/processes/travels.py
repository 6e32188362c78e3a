"""What can be sent to a process? Every thing is tried with every start method."""

import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes

from ..cells.watch import watch
from ..draw import marks, style
from .forked import fresh_python
from .probes import ARRIVES, BREAKS, REFUSED, adopt, send

_COLOURS = {ARRIVES: "#0173B2", REFUSED: "#D55E00", BREAKS: "#D55E00"}
_MARKS = {ARRIVES: "o", REFUSED: "X", BREAKS: "X"}


@dataclass(frozen=True)
class Travels:
    """What became of each thing, ``(name, start method)`` -> (what happened, the error in a line).

    ``names`` and ``methods`` are all that are tried; those not tried yet are missing in ``found``.
    """

    names: tuple[str, ...]
    methods: tuple[str, ...]
    found: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def ends(self, name: str) -> set[str]:
        """Return what happened to a thing, under all start methods that were tried."""
        return {what for (one, _), (what, _) in self.found.items() if one == name}

    def __str__(self) -> str:
        return "\n".join(
            f"{name}, {method}: {what}{f' ({said})' if said else ''}"
            for (name, method), (what, said) in self.found.items()
        )


def try_to_send(things: Callable[[], dict[str, Any]]) -> Travels:
    """Send every thing to a worker with every start method; a table fills in meanwhile.

    The pools are the standard library's, opened by a fresh Python with one thread, in which it is
    safe to fork. What stands in a cell here stands in its main program.

    Args:
        things: a function that returns a dict from a name to a function, a class or an object.

    Raises:
        Stopped: the kernel was interrupted. Nothing is left running.
    """
    return watch(_travels(things), plot_travels, lambda _: [])


def _travels(things) -> Iterator[Travels]:
    offered = multiprocessing.get_all_start_methods()
    methods = tuple(one for one in ("spawn", "forkserver", "fork") if one in offered)
    found: dict[tuple[str, str], tuple[str, str]] = {}
    with fresh_python() as call:
        names = call(adopt, things)
        yield Travels(names, methods)
        for name in names:
            for method in methods:
                found[name, method] = call(send, name, method)
                yield Travels(names, methods, dict(found))


def plot_travels(travels: Travels, *, ax: Axes | None = None) -> Axes:
    """Draw a row for each thing and a column for each start method; a mark says what happened."""
    ax = marks.rows(travels.names, ax, row_in=0.36, bottom_in=0.35, top_in=0.85, right_in=0.6)
    for (name, method), (what, _) in travels.found.items():
        x, y = travels.methods.index(method), travels.names.index(name)
        ax.plot(x - 0.36, y, _MARKS[what], color=_COLOURS[what], ms=9, mew=0, clip_on=False)
        marks.write(ax, x - 0.36, y, what, dx=9)
    ax.set_xlim(-0.5, len(travels.methods) - 0.5)
    ax.set_xticks(range(len(travels.methods)), travels.methods, fontsize=style.FONT)
    ax.tick_params(axis="x", length=0, labeltop=True, labelbottom=False, pad=1)
    ax.spines[["bottom", "left"]].set_visible(False)
    title = "What a pool can send to its workers, by start method"
    return style.label(ax, title, alt=f"{title}. {travels}")
