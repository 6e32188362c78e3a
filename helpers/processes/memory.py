"""How much memory two workers take for the same numbers: sent, inherited by fork, or shared."""

import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.shared_memory import SharedMemory

from matplotlib.axes import Axes

from ..cells.watch import once, watch
from ..draw import marks, style
from ..errors import told
from .forked import fresh_python
from .probes import N_BYTES, pss, read_in_two

#: A name for the reader -> (start method, what the workers read, how it gets there)
_WAYS = {
    "a list, sent to each": ("forkserver", list, "sent"),
    "a list, inherited by fork": ("fork", list, "inherited"),
    "bytes, inherited by fork": ("fork", bytes, "inherited"),
    "bytes, in shared memory": ("forkserver", bytes, "shared"),
}


@dataclass(frozen=True)
class Memory:
    """The megabytes that two workers added by reading, by way; ``lacking`` says why there are none.

    What several processes use together is counted once: it is the sum of their proportional set
    sizes (PSS), before and after. ``own_mb`` is what the numbers take in the program itself.
    """

    added_mb: dict[str, float] = field(default_factory=dict)
    own_mb: dict[str, float] = field(default_factory=dict)
    lacking: str | None = None

    def __str__(self) -> str:
        if self.lacking:
            return self.lacking
        return "\n".join(
            f"{way}: {added_mb:.0f} MB more for two workers, "
            f"{self.own_mb[way]:.0f} MB in the program"
            for way, added_mb in self.added_mb.items()
        )


def measure_memory() -> Memory:
    """Have two workers read the same million numbers in four ways, and draw what that takes.

    Raises:
        Stopped: the kernel was interrupted. Nothing is left running.
    """
    lacking = _lacking()
    if lacking is None:
        return watch(_memory(), plot_memory, lambda _: [])
    return watch(once(Memory, lacking=lacking), None, lambda found: [str(found)])


def _lacking():
    """Return None, or why memory that is shared cannot be told from a process's own here."""
    try:
        if {"fork", "forkserver"} <= {*multiprocessing.get_all_start_methods()}:
            pss([os.getpid()])
            return None
    except Exception as error:  # no such figure on this system, or not for us
        return f"Memory that processes share cannot be told apart here ({told(error, 80)})."
    return "This system has no fork, so that there is nothing to compare."


def _memory() -> Iterator[Memory]:
    added_mb: dict[str, float] = {}
    own_mb: dict[str, float] = {}
    block = SharedMemory(create=True, size=N_BYTES)
    try:
        for way, plan in _WAYS.items():
            with fresh_python() as call:
                own_mb[way], added_mb[way] = call(read_in_two, *plan, block.name)
            yield Memory(dict(added_mb), dict(own_mb))
    finally:
        block.close()
        block.unlink()


def plot_memory(memory: Memory, *, ax: Axes | None = None) -> Axes:
    """Draw a bar for each way: the megabytes that two workers added to those of the program."""
    ax = marks.rows(memory.added_mb, ax, row_in=0.42)
    for y, added_mb in enumerate(memory.added_mb.values()):
        ax.barh(y, max(0.0, added_mb), marks.BAR, color=style.colour("processes"), lw=0)
        marks.write(ax, max(0.0, added_mb), y, f"{max(0.0, added_mb):.0f} MB", dx=6)
    ax.set_xlim(0, 1.25 * max(1.0, *memory.added_mb.values()))
    title = "What two workers add to memory by reading 36 MB"
    return style.label(ax, title, x="MB, on top of the program's own", alt=f"{title}. {memory}")
