"""What a self-check says: open until answered, one line when wrong, a tick when right."""

from dataclasses import dataclass
from html import escape

from ..errors import LabError


@dataclass(frozen=True)
class Outcome:
    """What a check found when nothing was wrong: the exercise is solved, or still open."""

    passed: bool
    message: str

    def __repr__(self):
        return f"{'✓' if self.passed else '○'} {self.message}"

    def _repr_html_(self):
        # The words keep the theme's own colour: no green is readable on white and on black.
        colour = "#029E73" if self.passed else "#949494"
        look = f"border-left:4px solid {colour};padding-left:.6em"
        return f'<div style="{look}"><b>{escape(repr(self))}</b></div>'


def solved(message):
    """Return the ``Outcome`` of a right answer."""
    return Outcome(True, message)


def still_open(what="your answer"):
    """Return the ``Outcome`` of an exercise that nobody has touched."""
    return Outcome(False, f"Still open: put {what} in place of the dots, and run both cells.")


def wrong(hint):
    """Raise the one line that tells what is not right, and what to look at."""
    raise LabError(f"✗ Not yet: {hint}")


def is_stub(answer):
    """Return whether an answer is still the dots of the exercise.

    Raises LabError for None, which is what a function without ``return`` gives.

    >>> is_stub(...), is_stub(0)
    (True, False)
    """
    if answer is None:
        wrong("None is no answer: in a function, the answer stands after `return`")
    return answer is ...
