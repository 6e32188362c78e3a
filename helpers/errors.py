"""Errors that a reader is meant to see, and how a value is judged and shown in them."""

_INFINITY = float("inf")  # every worker imports this module, so it does without math


class LabError(Exception):
    """A wrong input or a failed run, told in one line: the rule, the value, the remedy.

    In a notebook it shows as that one line, without a traceback.
    """

    def _render_traceback_(self):
        """Return the lines that IPython prints for this error."""
        return [str(self)]


class Stopped(LabError):
    """The reader interrupted a run. What was measured until then is kept."""


class GivenUp(SystemExit):
    """Ends a thread that is not waited for any longer: no ``except Exception`` in it stops it."""


def shown(value: object, n_letters: int = 60) -> str:
    """Return a value, or an error, as a piece of one line: without line ends, and not too long.

    >>> shown("a list"), shown(ValueError("first\\nsecond")), shown([1] * 100, 9)
    ("'a list'", 'first second', '[1, 1, 1…')
    """
    try:
        text = str(value) if isinstance(value, BaseException) else repr(value)
    except Exception:  # whatever an object's own code raises
        # Python spells no whole number of more than 4300 digits.
        thousands = type(value) is int
        text = "a number of thousands of digits" if thousands else f"<{type(value).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= n_letters else text[: n_letters - 1] + "…"


def told(error: BaseException, n_letters: int) -> str:
    """Return an error with the name of its class, as a piece of one line."""
    return f"{type(error).__name__}: {shown(error, n_letters)}"


def whole(
    name: str, value: object, low: int = 1, high: float = _INFINITY, remedy: str | None = None
) -> int:
    """Return ``value`` as an int; raise LabError when it is no whole number in that range.

    Integers of NumPy are whole numbers; True, False and 2.0 are none.
    """
    try:
        count = value.__index__()  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        count = None
    if count is None or isinstance(value, bool) or not low <= count <= high:
        raise _out_of_range(f"{name} must be a whole number", value, low, high, remedy)
    return int(count)


def number(
    name: str,
    value: object,
    low: float = -_INFINITY,
    high: float = _INFINITY,
    remedy: str | None = None,
) -> float:
    """Return ``value``; raise LabError when it is no number in that range: NaN never is."""
    if is_number(value, low, high):
        return value if isinstance(value, int | float) else float(value)  # type: ignore[arg-type]
    raise _out_of_range(f"{name} must be a number", value, low, high, remedy)


def is_number(value: object, low: float = -_INFINITY, high: float = _INFINITY) -> bool:
    """Return whether a value is a number from ``low`` to ``high``: NaN, True and False are none.

    >>> is_number(0.5, 0, 1), is_number(2, 0, 1), is_number(float("nan")), is_number(True)
    (True, False, False, False)
    """
    if isinstance(value, bool):
        return False
    if not isinstance(value, int | float):  # NumPy's scalars and fractions count as numbers too
        from numbers import Real

        if not isinstance(value, Real):
            return False
    return bool(low <= value <= high)  # type: ignore[operator]


def _out_of_range(rule, value, low, high, remedy):
    if high < _INFINITY:
        rule += f" from {_bound(low)} to {_bound(high)}"
    elif low > -_INFINITY:
        rule += f" of {_bound(low)} or more"
    return LabError(f"{rule}: got {shown(value)}; {remedy or f'try {_bound(low)}'}")


def _bound(limit):
    return f"{limit:,.0f}" if abs(limit) >= 1000 else f"{limit:g}"
