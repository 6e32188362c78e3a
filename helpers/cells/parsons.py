"""A Parsons problem: the lines of a program are given, the reader puts them in order."""

import random
from html import escape

import ipywidgets as widgets

from .controls import display_widget


class Parsons:
    """Lines of code, mixed, with buttons that move them by mouse or keyboard.

    Args:
        solution: the lines in the right order. They are always mixed in the same way.

    ``order`` is the list of lines as they stand now, ``untouched`` whether none was moved.
    """

    def __init__(self, solution):
        self.solution = list(solution)
        self._first = _mixed(self.solution)
        self.order = list(self._first)
        self._code = [widgets.HTML(layout={"margin": "0 0 0 1em"}) for _ in self.order]
        self._buttons = [self._row_buttons(index) for index in range(len(self.order))]
        rows = [
            widgets.HBox([*buttons, code], layout={"align_items": "center"})
            for buttons, code in zip(self._buttons, self._code, strict=True)
        ]
        self.box = widgets.VBox(rows)
        self._draw()

    @property
    def untouched(self):
        """Whether the lines still stand as they were given."""
        return self.order == self._first

    def move(self, index, by):
        """Move line ``index`` down by one (``by`` = 1) or up by one (-1), unless it is an end."""
        to = index + by
        if 0 <= to < len(self.order):
            self.order[index], self.order[to] = self.order[to], self.order[index]
            self._draw()
            self._focus(to, by)

    def _row_buttons(self, index):
        buttons = []
        for by, icon, word in ((-1, "arrow-up", "up"), (1, "arrow-down", "down")):
            button = widgets.Button(
                icon=icon,
                tooltip=f"Move line {index + 1} {word}",
                layout={"width": "2.5em"},
                disabled=not 0 <= index + by < len(self.order),
            )
            button.on_click(lambda _, by=by: self.move(index, by))
            buttons.append(button)
        return buttons

    def _draw(self):
        for code, line in zip(self._code, self.order, strict=True):
            code.value = f"<code style='white-space:pre'>{escape(line)}</code>"

    def _focus(self, index, by):
        """Let the keyboard follow the line: the next press moves it on."""
        up, down = self._buttons[index]
        wanted, other = (up, down) if by < 0 else (down, up)
        (other if wanted.disabled else wanted).focus()

    def __repr__(self):
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
