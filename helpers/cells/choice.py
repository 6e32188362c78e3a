"""Which of these? A prediction by ticking boxes, committed before anything is measured."""

import ipywidgets as widgets

from .commitment import Commitment


class Choice(Commitment):
    """A question with a box to tick for each answer that may be right, and Commit.

    Args:
        question: one sentence.
        options: the answers, a list of strings.

    ``chosen`` is the list of ticked answers, None until Commit was pressed.
    """

    def __init__(self, question, options):
        self.chosen = None
        self._boxes = {
            option: widgets.Checkbox(
                False, description=option, indent=False, layout={"width": "auto"}
            )
            for option in options
        }
        super().__init__(question, self._boxes.values())

    def _keep(self):
        self.chosen = [option for option, box in self._boxes.items() if box.value]

    def _words(self):
        if self.chosen is None:
            return None
        return f"Prediction: {', '.join(self.chosen) or 'none of them'}"
