"""An order that breaks, step by step: a slider in a notebook, or all steps as text."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..cells import progress
from ..errors import LabError

if TYPE_CHECKING:
    from .answer import Safety

_STEP_MS = 1500


class Steps(tuple[str, ...]):
    """The steps of an order, as text."""

    def __repr__(self) -> str:
        return "\n".join(self)


def play(safety: "Safety") -> Any:
    """Return the steps of an order that breaks: a widget in a notebook, else ``Steps``.

    Raises:
        LabError: no order is known that breaks it.
    """
    if not safety.turns:
        raise LabError(
            f"an order that breaks can be played, and none is known for {safety.name}: look at "
            "its answer"
        )
    if not progress.in_notebook():
        return steps(safety)
    import ipywidgets as widgets

    n = len(_places(safety))
    text = widgets.HTML(up_to(safety, 1))
    slider = widgets.IntSlider(1, 1, n, description="step")
    button = widgets.Play(value=1, min=1, max=n, interval=_STEP_MS)
    widgets.jslink((button, "value"), (slider, "value"))
    slider.observe(lambda change: setattr(text, "value", up_to(safety, change["new"])), "value")
    return widgets.VBox([widgets.HBox([button, slider]), text])


def up_to(safety: "Safety", n: int) -> str:
    """Return the HTML of an order after its first ``n`` steps."""
    return safety.html(_turns(safety, n))


def steps(safety: "Safety") -> Steps:
    """Return each step of an order as a line of text: the call, its line, and what is shared."""
    found = []
    for number, (turn, line) in enumerate(_places(safety), 1):
        shared = ", ".join(f"{name} = {value}" for name, value in turn.states[line])
        note = f"  ({turn.note})" if turn.note and line == len(turn.lines) - 1 else ""
        found.append(f"{number:>3}  {turn.call}  {turn.lines[line]:<44}{note}  {shared}".rstrip())
    return Steps(found)


def _places(safety):
    return [(turn, line) for turn in safety.turns for line in range(len(turn.lines))]


def _turns(safety, n):
    """Return the turns as they are after so many steps."""
    found = []
    for turn in safety.turns:
        if n <= 0:
            break
        if n < len(turn.lines):
            turn = replace(turn, lines=turn.lines[:n], note="", after=turn.states[n - 1])
        found.append(turn)
        n -= len(turn.lines)
    return found
