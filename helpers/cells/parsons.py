"""A Parsons problem: the lines of a program are given, the reader puts them in order."""

import random
from collections.abc import Iterable
from html import escape

import ipywidgets as widgets

from ..errors import LabError, shown
from .controls import display_widget


class Parsons:
    """Lines of code, mixed, with buttons that move them by mouse or keyboard.

    Args:
        solution: the lines in the right order. They are always mixed in the same way.

    ``order`` is the list of lines as they stand now; ``controls`` maps "up 1", "down 1", "up 2"
    and so on to the buttons of a line.
    """

    def __init__(self, solution: Iterable[str]) -> None:
        if not isinstance(solution, list | tuple) or not all(isinstance(n, str) for n in solution):
            raise LabError(
                f"a program's lines are a list of texts, not {shown(solution)}: pass one"
            )
        self.solution = list(solution)
        self._first = _mixed(self.solution)
        self.order = list(self._first)
        self.controls = {
            f"{word} {index + 1}": self._button(index, by, word)
            for index in range(len(self.order))
            for word, by in (("up", -1), ("down", 1))
        }
        self._code = [widgets.HTML(layout={"margin": "0 0 0 1em"}) for _ in self.order]
        self.box = widgets.VBox([
            widgets.HBox([*self._buttons(index), code], layout={"align_items": "center"})
            for index, code in enumerate(self._code)
        ])  # fmt: skip
        self._draw()

    @property
    def untouched(self) -> bool:
        """Whether the lines still stand as they were given."""
        return self.order == self._first

    def move(self, index: int, by: int) -> None:
        """Move line ``index`` down by one (``by`` = 1) or up by one (-1), unless it is an end."""
        to = index + by
        if 0 <= to < len(self.order):
            self.order[index], self.order[to] = self.order[to], self.order[index]
            self._draw()
            self._focus(to, by)

    def _button(self, index, by, word):
        button = widgets.Button(
            icon=f"arrow-{word}",
            tooltip=f"Move line {index + 1} {word}",
            layout={"width": "2.5em"},
            disabled=not 0 <= index + by < len(self.order),
        )
        button.on_click(lambda _: self.move(index, by))
        return button

    def _buttons(self, index):
        return [self.controls[f"{word} {index + 1}"] for word in ("up", "down")]

    def _draw(self):
        for code, line in zip(self._code, self.order, strict=True):
            code.value = f"<code style='white-space:pre'>{escape(line)}</code>"

    def _focus(self, index, by):
        """Let the keyboard follow the line: the next press moves it on."""
        wanted, other = self._buttons(index)[:: -1 if by > 0 else 1]
        (other if wanted.disabled else wanted).focus()

    def __repr__(self) -> str:
        return "\n".join(self.order)

    def _ipython_display_(self):
        display_widget(self.box, repr(self))


def _mixed(lines):
    """Return the lines in another order, always the same one for the same lines."""
    mixed = list(lines)
    chance = random.Random(len(lines))
    while mixed == list(lines) and len(set(lines)) > 1:
        chance.shuffle(mixed)
    return mixed
