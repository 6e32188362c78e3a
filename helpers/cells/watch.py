"""The one runner under everything that a cell measures: it draws what is known until now."""

import contextlib
import math
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ..core import worker
from ..draw.style import Chart
from ..errors import LabError, Stopped
from . import picture as pictures

REDRAW_S = 0.5  # a chart takes about 0.1 s to draw, between two runs and never during one

_LINE = 60  # letters of progress in a terminal

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
    picture: pictures.Picture | None = None,
    stop: threading.Event | None = None,
    tell: Callable[[str], None] | None = None,
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
        picture: the ``Picture`` to draw into; a new one when None.
        stop: the ``threading.Event`` that ends ``steps``, if there is one.
        tell: a function that shows a line of HTML on how far it is; below the picture when None.

    Raises:
        Stopped: the kernel was interrupted. Nothing is left running.
        LabError: another experiment is running, or what ``steps`` raises.
    """
    generator: Any = steps
    view = _View(draw, explain, count, unit, picture, tell)
    with exclusive():
        try:
            with view, contextlib.closing(generator):
                for found in generator:
                    view.take(found)
                if stop is not None and stop.is_set():
                    view.note = "Stopped."
        except KeyboardInterrupt:
            raise Stopped(
                f"Stopped{view.after()}: nothing is left running. Run this cell again before "
                "those below."
            ) from None
    return view.found


def once(measure: Callable[..., T], *args: Any, **options: Any) -> Iterator[T]:
    """Yield what one call returns: steps for ``watch`` of a measurement that cannot be divided."""
    yield measure(*args, **options)


class _View:
    """A result that grows, as it is drawn: often enough to see it grow, and once at its end."""

    def __init__(self, draw, explain, count, unit, picture, tell):
        self._draw, self._explain, self._count, self._unit = draw, explain, count, unit
        self._picture, self._tell = picture or pictures.Picture(), tell
        self._is_own = picture is None
        self._drawn_s = -math.inf
        self.found, self.note = None, ""

    def __enter__(self):
        self._began_s = worker.now()
        if self._is_own:
            self._picture.place("Measuring ...")
        return self

    def take(self, found):
        """Take in the result so far."""
        self.found = found
        if worker.now() - self._drawn_s < REDRAW_S:
            return
        if self._count:
            self._show_progress()
        elif pictures.in_notebook():
            self._show(self._explain(found))
        self._drawn_s = worker.now()

    def _show_progress(self):
        done, planned = self._count(self.found)
        text = f"{done} of {planned} {self._unit}"
        if done:
            left_s = (worker.now() - self._began_s) / done * (planned - done)
            text += f", about {left_s:.0f} s to go"
        html = f'<progress max="{planned}" value="{done}"></progress> {text}'
        if self._tell is not None:
            self._tell(html)
            html = ""
        if pictures.in_notebook():
            self._picture.update(self._draw(self.found), html)
        else:
            _to_terminal(text)

    def _show(self, lines):
        chart = self._draw(self.found) if self._draw else None
        self._picture.update(chart, *pictures.caption(lines))

    def after(self):
        """Return how far it came, as the end of a word: " after 5 of 6 runs"."""
        if self._count is None or self.found is None:
            return ""
        done, planned = self._count(self.found)
        return f" after {done} of {planned} {self._unit}"

    def __exit__(self, kind, error, traceback):
        """Draw for the last time."""
        _to_terminal("")
        if kind is not None and issubclass(kind, KeyboardInterrupt | Stopped):
            self.note = "Stopped."
        elif kind is not None and issubclass(kind, LabError):
            self.note = "Refused."
        if self.found is not None:
            self._show([self.note] * bool(self.note) + self._explain(self.found))
        elif self._is_own:
            self._picture.place(self.note)


def _to_terminal(text):
    """Show how far it is in the line of a terminal where nothing else stands."""
    if sys.stderr.isatty() and not pictures.in_notebook():
        print(f"\r{text:<{_LINE}}\r", end="", file=sys.stderr, flush=True)
