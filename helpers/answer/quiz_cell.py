"""The quiz in a cell: one card at a time, buttons for its answers, and a score."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets as widgets

from ..cells.controls import WRAP, display_widget
from ..core import store as records
from ..core.runs import Result
from ..errors import LabError
from .quiz import Card, cards
from .report import Report

_FILE = ".quiz.json"  # in the folder of the results; its dot says that it is no result
_LOOK = {"width": "auto", "max_width": "32em", "margin": "2px"}


@dataclass(frozen=True)
class Answers:
    """What a reader answered: a dict from a card's id to the option."""

    given: dict[str, str]


class Quiz:
    """Cards on what this reader measured; the first answer to each counts.

    Answers are kept in the folder of the results, so that none is lost when the cell runs again.

    Args:
        report: what ``helpers.report`` returned.
        measured: the results of exercise 1, by the job's name.

    Raises:
        LabError: these are no results.
    """

    def __init__(self, report: Report, measured: Mapping[str, Result] | None = None) -> None:
        self.cards = cards(report, measured)
        self._given = _kept()
        self._head, self._question = widgets.HTML(), widgets.HTML()
        self._said = widgets.Output()  # here a link opens its notebook beside this one
        n_most = max((len(card.drawn.options) for card in self.cards), default=0)
        self.options = [widgets.Button(layout=_LOOK) for _ in range(n_most)]
        for number, button in enumerate(self.options):
            button.on_click(lambda _, number=number: self._answer(number))
        self.back, self.next, self.again = (
            widgets.Button(description=text, tooltip=told)
            for text, told in (
                ("Back", "The card before this one"),
                ("Next card", "The card after this one"),
                ("Start again", "Forget all answers"),
            )
        )
        self.back.on_click(lambda _: self._turn(-1))
        self.next.on_click(lambda _: self._turn(1))
        self.again.on_click(lambda _: self._forget())
        steps = widgets.HBox([self.back, self.next, self.again], layout=WRAP)
        answers = widgets.VBox(self.options)
        self.box = widgets.VBox([self._head, self._question, answers, self._said, steps])
        self._place = next((i for i, c in enumerate(self.cards) if self.given(c) is None), 0)
        self._show()

    def given(self, card: Card) -> str | None:
        """Return what was answered to a card; None before that."""
        option = self._given.get(card.id)
        return option if option in card.drawn.options else None

    @property
    def score(self) -> tuple[int, int]:
        """How many answers are right, and how many were given."""
        answered = [(card, said) for card in self.cards if (said := self.given(card)) is not None]
        return sum(card.is_right(said) for card, said in answered), len(answered)

    def __repr__(self) -> str:
        right, answered = self.score
        return f"Quiz: {len(self.cards)} cards, {answered} answered, {right} right"

    def _ipython_display_(self):
        display_widget(self.box, f"{self!r}: open this notebook in JupyterLab to use it")

    # --- What the buttons do

    def _answer(self, number: int) -> None:
        card = self.cards[self._place]
        if self.given(card) is None:
            self._given[card.id] = card.drawn.options[number]
            with contextlib.suppress(LabError):  # a folder that cannot be written: kept here only
                records.save(Answers(self._given), records.RESULTS / _FILE)
            self._show()

    def _turn(self, step: int) -> None:
        self._place = (self._place + step) % len(self.cards)
        self._show()
        self.options[0].focus()  # so that nobody has to tab back to it

    def _forget(self) -> None:
        self._given, self._place = {}, 0
        with contextlib.suppress(LabError):
            records.save(Answers({}), records.RESULTS / _FILE)
        self._show()

    # --- What they show

    def _show(self) -> None:
        if not self.cards:
            self._head.value = "No result and no recording is there, so there is no card."
            return
        card, (right, answered) = self.cards[self._place], self.score
        score = f"{right} of {answered} right" if answered else "none answered yet"
        self._head.value = f"<b>Card {self._place + 1} of {len(self.cards)}</b> · {score}"
        whose = "Recorded on another computer, as yours is not measured." * card.recorded
        self._question.value = (
            f'<div style="font-size:1.15em;line-height:1.4">{escape(card.question)}</div>'
            f"<div>{whose or 'As you measured it.'}</div>"
        )
        given = self.given(card)
        for number, button in enumerate(self.options):
            there = number < len(card.drawn.options)
            button.layout.display = None if there else "none"
            if there:
                option = card.drawn.options[number]
                button.description = f"{_sign(card, option, given)}{option}"
        self._said.outputs = (_output(_told(card, given) + self._ending()),)

    def _ending(self) -> str:
        """Return what to read again, when the last card is answered."""
        right, answered = self.score
        if answered < len(self.cards):
            return ""
        said = {card: self.given(card) or "" for card in self.cards}
        wrong = dict.fromkeys(_place(card) for card in said if not card.is_right(said[card]))
        more = f" Read again: {', '.join(wrong)}." if wrong else ""
        return f"<p><b>All cards are answered: {right} of {answered} right.</b>{more}</p>"


def _sign(card: Card, option: str, given: str | None) -> str:
    if given is None:
        return ""
    if card.is_right(option):
        return "✓ "
    return "✗ " if option == given else ""


def _told(card: Card, given: str | None) -> str:
    if given is None:
        return ""
    figure = escape(card.drawn.figure[:1].upper() + card.drawn.figure[1:])
    if card.is_right(given):
        close = " It is too close to tell apart." if len(card.drawn.right) > 1 else ""
        return f"<p><b>✓ Right.</b> {figure}.{close}</p>"
    return f"<p><b>✗ Not so.</b> {figure}. It is shown in {_place(card)}.</p>"


def _place(card: Card) -> str:
    notebook, heading = card.where
    return f'<a href="{escape(card.link)}">{notebook[:2]}, “{escape(heading)}”</a>'


def _output(html: str) -> dict[str, Any]:
    data = {"text/html": f'<div role="status">{html}</div>', "text/plain": ""}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _kept() -> dict[str, str]:
    """Return the answers that were kept; none where there are none, or they are damaged."""
    with contextlib.suppress(LabError):
        return dict(records.load_as(Answers, records.RESULTS / _FILE).given)
    return {}
