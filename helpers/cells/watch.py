"""The one runner under everything that a cell measures: it draws what is known until now."""

import contextlib
import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from ..core import worker
from ..core.turns import is_set
from ..draw.style import Chart
from ..errors import LabError, Stopped
from ..interrupts import noted
from . import picture as pictures
from . import progress

REDRAW_S = 0.5  # a chart takes about 0.1 s to draw, between two runs and never during one

_one_at_a_time = threading.Lock()
T = TypeVar("T")


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """Hold the machine for one experiment: two at once would only measure each other.

    Raises:
        LabError: another experiment is running in this kernel.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise LabError(
            "one experiment runs at a time, and another is running in this notebook: "
            "press its Stop, or wait for its end"
        )
    try:
        yield
    finally:
        _one_at_a_time.release()


def watch(
    steps: Iterator[T],
    draw: Callable[[T], Chart] | None,
    explain: Callable[[T], list[str]],
    *,
    count: Callable[[T], tuple[int, int]] | None = None,
    unit: str = "runs",
) -> T:
    """Draw what a generator has found while it goes on, and return what it found in the end.

    A notebook shows a picture that grows; a plain script prints the alternative text and the
    sentences of the end, and a terminal shows how far it is. The generator is closed, and the
    last picture drawn, however this ends.

    Args:
        steps: a generator that yields the result so far, each time the whole of it.
        draw: a function of a result that returns its chart; None for words alone.
        explain: a function of a result that returns what to say below the picture: a list.
        count: a function of a result that returns (how many ``unit`` are done, how many there
            will be). It stands below the picture until the end; None where nothing is counted.
        unit: what is counted, in the plural.

    Raises:
        Stopped: the kernel was interrupted. Nothing is left running.
        LabError: another experiment is running, or what ``steps`` raises.
    """
    return View(draw, explain, count, unit).follow(steps)


def once(measure: Callable[..., T], *args: Any, **options: Any) -> Iterator[T]:
    """Yield what one call returns: steps for ``watch`` of a measurement that cannot be divided."""
    yield measure(*args, **options)


@dataclass
class View:
    """A result that grows, as it is drawn: often enough to see it grow, and once at its end.

    The arguments are those of ``watch``, and two more: ``picture`` to draw into, a new one when
    None, and ``tell``, a function that shows a line of HTML on how far it is in place of it.
    """

    draw: Callable[[Any], Chart] | None
    explain: Callable[[Any], list[str]]
    count: Callable[[Any], tuple[int, int]] | None = None
    unit: str = "runs"
    picture: pictures.Picture | None = None
    tell: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        self._picture = self.picture or pictures.Picture()
        self._began_s, self._drawn_s = worker.now(), -math.inf
        self._found: Any = None

    def follow(self, steps: Any, stop: threading.Event | None = None) -> Any:
        """Return what the generator finds in the end, which ``stop`` may bring about."""
        note = ""
        with exclusive():
            if self.picture is None:
                self._picture.place("Measuring ...")
            try:
                try:
                    with contextlib.closing(steps), noted() as interrupted:
                        for found in steps:
                            self._take(found)
                            if interrupted:
                                raise KeyboardInterrupt
                    note = "Stopped." if is_set(stop) else ""
                except (KeyboardInterrupt, LabError) as error:
                    stopped = isinstance(error, KeyboardInterrupt | Stopped)
                    note = "Stopped." if stopped else "Refused."
                    raise
                finally:
                    self._end(note)
            except KeyboardInterrupt:
                raise Stopped(
                    f"Stopped{self._after()}: nothing is left running. Run this cell again before "
                    "those below."
                ) from None
        return self._found

    def _take(self, found):
        self._found = found
        if worker.now() - self._drawn_s < REDRAW_S:
            return
        if self.count:
            self._show_progress()
        elif progress.in_notebook():
            self._show(self.explain(found))
        self._drawn_s = worker.now()

    def _show_progress(self):
        done, planned = self.count(self._found)
        text = f"{done} of {planned} {self.unit}"
        if done:
            left_s = (worker.now() - self._began_s) / done * (planned - done)
            text += f", about {left_s:.0f} s to go"
        html = progress.bar(done, planned, text)
        if self.tell is not None:
            self.tell(html)
            html = ""
        if progress.in_notebook():
            self._picture.update(self.draw(self._found), html)
        else:
            progress.to_terminal(done, planned, text)

    def _show(self, lines):
        chart = self.draw(self._found) if self.draw else None
        self._picture.update(chart, *pictures.caption(lines))

    def _after(self):
        """Return how far it came, as the end of a word: " after 5 of 6 runs"."""
        if self.count is None or self._found is None:
            return ""
        done, planned = self.count(self._found)
        return f" after {done} of {planned} {self.unit}"

    def _end(self, note):
        """Draw for the last time."""
        progress.to_terminal()
        if self._found is not None:
            self._show([note] * bool(note) + self.explain(self._found))
        elif self.picture is None:
            self._picture.place(note)
