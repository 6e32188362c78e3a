"""Self-checks of exercises: open until answered, one line when wrong, a tick when right."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from importlib import import_module
from typing import Any, NoReturn

from ..errors import LabError, shown

# Where each notebook's checks are, imported when the first of them is asked for.
_WHERE = {
    "00": "start.checks",
    "01": "turns.checks",
    "02": "processes.checks_02",
    "03": "lock.checks",
    "04": "waiting.checks",
    "05": "processes.checks_05",
    "06": "sharing.checks",
    "07": "responsive.checks",
    "08": "libraries.checks",
    "09": "pythons.checks",
    "10": "beyond.checks",
    "11": "advice.checks",
    "12": "answer.checks",
}
_CHECKS: dict[str, Callable[..., str]] = {}


@dataclass(frozen=True)
class Outcome:
    """What a check found when nothing was wrong: the exercise is solved, or still open."""

    passed: bool
    message: str

    def __repr__(self) -> str:
        return f"{'✓' if self.passed else '○'} {self.message}"

    def _repr_html_(self):
        # The words keep the theme's own colour: no green is readable on white and on black.
        colour = "#029E73" if self.passed else "#949494"
        look = f"border-left:4px solid {colour};padding-left:.6em"
        return f'<div style="{look}"><b>{escape(repr(self))}</b></div>'


def check(exercise: str, *answers: Any) -> Outcome:
    """Check an exercise and return its ``Outcome``: a tick, or a circle while it is still open.

    Args:
        exercise: its id, the number of its notebook and its name, such as "02.order".
        answers: what there is to check, as the exercise's cell has it.

    Raises:
        LabError: there is no such exercise, or the answer is not right: the line says what to
            look at.

    >>> check("00.speed_up", lambda serial_s, parallel_s: serial_s / parallel_s)
    ✓ Speed-up is serial time over parallel time: above 1 is faster.
    """
    notebook = exercise.partition(".")[0] if isinstance(exercise, str) else ""
    if notebook not in _WHERE:
        raise LabError(
            f"an exercise is named by its notebook, 00 to {max(_WHERE)}, and a word, not "
            f'{shown(exercise)}: try check("02.order", puzzle)'
        )
    import_module(f"{__name__.partition('.')[0]}.{_WHERE[notebook]}")
    if exercise not in _CHECKS:
        there = " and ".join(name for name in _CHECKS if name.startswith(notebook))
        raise LabError(f"the exercises of this notebook are {there}, not {shown(exercise)}")
    wanted = inspect.signature(_CHECKS[exercise]).parameters
    if len(answers) != len(wanted):
        raise LabError(
            f"{exercise} checks {len(wanted)}, not {len(answers)}: "
            f'try check("{exercise}", {", ".join(wanted)})'
        )
    try:
        return Outcome(True, _CHECKS[exercise](*answers))
    except _StillOpen as error:
        return Outcome(False, f"Still open: {error}.")


def room_of(notebook: str) -> str:
    """Return the name of a notebook's room, by its number such as "01"; "" for no number of one."""
    return _WHERE.get(notebook, "").partition(".")[0]


def exercise(name: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Return a decorator that makes a function the check of an exercise, by its id.

    The function takes what there is to check and returns what it says when that is right; else it
    ends by ``wrong``, or by ``still_open`` or ``answered``.
    """

    def made(function: Callable[..., str]) -> Callable[..., str]:
        _CHECKS[name] = function
        return function

    return made


class _StillOpen(Exception):
    """Ends a check of what nobody has touched."""


def still_open(remedy: str) -> NoReturn:
    """End the check of an exercise that nobody has touched, with what to do."""
    raise _StillOpen(remedy)


def wrong(hint: str) -> NoReturn:
    """End the check by the one line that says what is not right, and what to look at."""
    raise LabError(f"✗ Not yet: {hint}")


def answered(answer: Any, what: str) -> Any:
    """Return an answer; end the check where it is still the dots, or the None of no ``return``."""
    if answer is None:
        wrong("None is no answer: in a function, write the answer after `return`")
    if answer is ...:
        still_open(f"put {what} in place of the dots, and run both cells")
    return answer
