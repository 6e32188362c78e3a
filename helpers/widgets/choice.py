"""Which of these? A prediction by ticking boxes, committed before anything is measured."""

from html import escape

import ipywidgets as widgets

from .live import display_widget


class Choice:
    """A question with a box to tick for each answer that may be right, and Commit.

    Args:
        question: one sentence.
        options: the answers, a list of strings.

    ``chosen`` is the list of ticked answers, None until Commit was pressed: a prediction left
    open is fine.
    """

    def __init__(self, question, options):
        self.question = question
        self.chosen = None
        self._boxes = {
            option: widgets.Checkbox(
                False, description=option, indent=False, layout={"width": "auto"}
            )
            for option in options
        }
        self._button = widgets.Button(
            description="Commit",
            button_style="primary",
            tooltip="Keep this prediction and draw it on the result",
        )
        self._button.on_click(lambda _: self.commit())
        self._note = widgets.HTML()
        title = widgets.HTML(f"<b>Your prediction.</b> {escape(question)}")
        self.box = widgets.VBox(
            [title, *self._boxes.values(), widgets.HBox([self._button, self._note])]
        )

    def commit(self):
        """Keep what is ticked; from now on it cannot be changed."""
        self.chosen = [option for option, box in self._boxes.items() if box.value]
        for box in self._boxes.values():
            box.disabled = True
        self._button.disabled = True
        self._note.value = "Committed. It is drawn on the next measurement."

    def __repr__(self):
        if self.chosen is None:
            return "Prediction: none committed yet"
        return f"Prediction: {', '.join(self.chosen) or 'none of them'}"

    def _ipython_display_(self):
        display_widget(self.box, repr(self))
