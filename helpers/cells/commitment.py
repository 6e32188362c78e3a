"""What every kind of prediction shares: a question, controls, and Commit, which locks them."""

from html import escape

import ipywidgets as widgets

from .controls import WRAP, display_widget


class Commitment:
    """A question above some controls, and Commit: it keeps the answer, which then stands.

    A subclass keeps what the controls say in ``_keep``, and returns what it kept in ``_words``,
    None while that is nothing: a prediction left open is fine.
    """

    def __init__(self, question, controls):
        self._controls = list(controls)
        self._button = widgets.Button(
            description="Commit",
            button_style="primary",
            tooltip="Keep this prediction, to set it beside the result",
        )
        self._button.on_click(lambda _: self.commit())
        self._note = widgets.HTML()
        title = widgets.HTML(f"<b>Your prediction.</b> {escape(question)}")
        commit = widgets.HBox([self._button, self._note], layout=WRAP)
        self.box = widgets.VBox([title, *self._controls, commit])

    def commit(self):
        """Keep what the controls say; from now on they cannot be moved."""
        self._keep()
        self._lock(True)
        self._note.value = "Committed. You meet it again beside the result."

    def _lock(self, locked):
        for control in (*self._controls, self._button):
            control.disabled = locked

    def _keep(self):
        raise NotImplementedError

    def _words(self):
        raise NotImplementedError

    def __repr__(self):
        return self._words() or "Prediction: none committed yet"

    def _ipython_display_(self):
        display_widget(self.box, repr(self))
