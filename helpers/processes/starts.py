"""What a pool costs to start: the first one of a program, and the later ones."""

import multiprocessing
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from matplotlib.axes import Axes

from ..cells.watch import watch
from ..core import machine
from ..core.turns import take_turns
from ..draw import marks, style
from ..units import seconds
from .forked import fresh_python

Open = Callable[[str], float]  # a start method -> the seconds that it took to open a pool
_MARGIN = 1.3  # a chart is so many times as wide as its longest bar: there is a figure beside it


@dataclass(frozen=True)
class Starts:
    """The seconds of the first pool of a fresh Python and of its second, by start method.

    ``capacity`` is that of the machine during the measurement.
    """

    capacity: machine.Capacity
    first_s: dict[str, tuple[float, ...]] = field(default_factory=dict)
    later_s: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def first(self, method: str) -> float:
        """Return the median seconds of a first pool."""
        return statistics.median(self.first_s[method])

    def later(self, method: str) -> float:
        """Return the median seconds of a second pool."""
        return statistics.median(self.later_s[method])

    def __str__(self) -> str:
        return "\n".join(
            f"{method}: the first pool {seconds(self.first(method))}, "
            f"the second {seconds(self.later(method))}"
            for method in self.first_s
        )


def measure_starts(opened_s: Open, *, rounds: int = 3) -> Starts:
    """Time a first and a second pool in fresh Pythons, draw them, and return the ``Starts``.

    Args:
        opened_s: a function of a start method that opens a pool, uses it, ends it, and returns
            the seconds that this took.
        rounds: how many fresh Pythons there are for each of the system's start methods.

    Raises:
        Stopped: the kernel was interrupted. Nothing is left running.
    """
    return watch(_starts(opened_s, rounds), plot_starts, lambda _: [])


def _starts(opened_s: Open, rounds: int) -> Iterator[Starts]:
    first_s: dict[str, tuple[float, ...]] = {}
    later_s: dict[str, tuple[float, ...]] = {}
    methods = sorted(multiprocessing.get_all_start_methods())
    capacity = machine.capacity(2, rounds=1)
    for _, method, ends_round in take_turns(methods, rounds):
        with fresh_python() as call:
            first_s[method] = (*first_s.get(method, ()), call(opened_s, method))
            later_s[method] = (*later_s.get(method, ()), call(opened_s, method))
        if ends_round:
            capacity = capacity.joined(machine.capacity(2, rounds=1))
        yield Starts(capacity, dict(first_s), dict(later_s))


def plot_starts(starts: Starts, *, ax: Axes | None = None) -> Axes:
    """Draw two bars for each start method: the first pool of a program, and the second."""
    usual = multiprocessing.get_all_start_methods()[0]
    bars = [
        (f"{method}{' (default)' * (method == usual)}, {name} pool", all_s[method])
        for method in starts.first_s
        for name, all_s in (("first", starts.first_s), ("second", starts.later_s))
    ]
    ax = marks.rows([name for name, _ in bars], ax, row_in=0.34)
    for y, (name, all_s) in enumerate(bars):
        middle_s = statistics.median(all_s)
        alpha = 1.0 if "first" in name else 0.55
        ax.barh(y, middle_s, marks.BAR, color=style.colour("processes"), alpha=alpha, lw=0)
        marks.dots(ax, "processes", all_s, y, alpha=0.6, mec=style.INK, mew=0.6)
        marks.write(ax, max(all_s), y, seconds(middle_s), dx=6)
    ax.set_xlim(0, _MARGIN * max(max(all_s) for _, all_s in bars))
    title = "Two new workers"
    if usual in starts.first_s:
        first_s, later_s = seconds(starts.first(usual)), seconds(starts.later(usual))
        title = f"A first pool of two takes {first_s}, a second {later_s}"
    alt = f"{title}, with Python's own start method, {usual}. {starts}"
    return style.label(ax, title, x="seconds to start, answer and end", alt=alt)
