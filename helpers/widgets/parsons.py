"""A Parsons problem: the lines of a program are given, the reader puts them in order."""

from html import escape

import ipywidgets as widgets

from .live import display_widget


class Parsons:
    """Lines of code with buttons that move them, by mouse or keyboard.

    Args:
        lines: the lines in the order in which they are shown at first.

    ``order`` is the list of lines as they stand now; ``untouched`` whether none was moved.
    """

    def __init__(self, lines):
        self._first = list(lines)
        self.order = list(lines)
        self.box = widgets.VBox()
        self._draw()

    @property
    def untouched(self):
        """Whether the lines still stand as they were given."""
        return self.order == self._first

    def move(self, index, by):
        """Move line ``index`` down by one (``by`` = 1) or up by one (-1)."""
        to = index + by
        if 0 <= to < len(self.order):
            self.order[index], self.order[to] = self.order[to], self.order[index]
            self._draw()

    def _draw(self):
        self.box.children = [self._row(i, line) for i, line in enumerate(self.order)]

    def _row(self, index, line):
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
        code = widgets.HTML(f"<code style='white-space:pre'>{escape(line)}</code>")
        return widgets.HBox([*buttons, code])

    def __repr__(self):
        return "\n".join(self.order)

    def _ipython_display_(self):
        display_widget(self.box, repr(self))
