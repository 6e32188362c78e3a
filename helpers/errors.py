"""Errors that a reader is meant to see, and how a value is judged and shown in them."""

_INFINITY = float("inf")  # every worker imports this module, so it does without math


class LabError(Exception):
    """A wrong input or a failed run, told in one line: the rule, the value, the remedy.

    In a notebook it shows as that one line, without a traceback.

    >>> raise LabError("workers must be 1 or more, not 0: try 2")
    Traceback (most recent call last):
    ...
    helpers.errors.LabError: workers must be 1 or more, not 0: try 2
    """

    def _render_traceback_(self):
        """Return the lines that IPython prints for this error."""
        return [str(self)]


class Stopped(LabError):
    """The reader interrupted a run. What was measured until then is kept."""


def shown(value, n_letters=60):
    """Return a value, or an error, as a piece of one line: without line ends, and not too long.

    >>> shown("a list"), shown(ValueError("first\\nsecond")), shown([1] * 100, 9)
    ("'a list'", 'first second', '[1, 1, 1…')
    """
    try:
        text = str(value) if isinstance(value, BaseException) else repr(value)
    except ValueError:  # Python spells no whole number of more than 4300 digits
        return "a number of thousands of digits"
    except RecursionError:
        return "something with too many levels"
    text = " ".join(text.split())
    return text if len(text) <= n_letters else text[: n_letters - 1] + "…"


def is_whole(value, low=1, high=_INFINITY):
    """Return whether a value is a whole number from ``low`` to ``high``: True and False are none.

    >>> is_whole(2), is_whole(0), is_whole(2.0), is_whole(True)
    (True, False, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_number(value, low=-_INFINITY, high=_INFINITY):
    """Return whether a value is a number from ``low`` to ``high``: NaN, True and False are none.

    >>> is_number(0.5, 0, 1), is_number(2, 0, 1), is_number(float("nan")), is_number(True)
    (True, False, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
