"""How far a measurement is: a bar in a notebook, or one in the last line of a terminal."""

import contextlib
import sys
from collections.abc import Iterator
from html import escape

_WIDTH = 24  # of the bar, in letters


def in_notebook() -> bool:
    """Return whether a notebook's kernel runs this: elsewhere words are printed, not displayed."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def bar(done: float, planned: float, text: str) -> str:
    """Return a bar as HTML, with a text beside it.

    >>> bar(1, 4, "1 of 4 runs")
    '<progress max="4" value="1"></progress> 1 of 4 runs'
    """
    return f'<progress max="{planned}" value="{done:.4g}"></progress> {escape(text)}'


@contextlib.contextmanager
def cleared() -> Iterator[None]:
    """Take the bar of a terminal away at the end of a ``with``."""
    try:
        yield
    finally:
        to_terminal()


def to_terminal(done: float = 0, planned: float = 1, text: str = "") -> None:
    """Draw the bar in a terminal, over the one before; no text takes it away."""
    if sys.stderr.isatty() and not in_notebook():
        bar = "#" * round(_WIDTH * done / planned)
        line = f"[{bar:<{_WIDTH}}] {text:<40.40}"
        print(f"\r{line if text else ' ' * len(line)}\r", end="", file=sys.stderr, flush=True)
