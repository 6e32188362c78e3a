"""Refusing numbers that a model has no answer for, in one line."""

from operator import index

from .errors import LabError, shown


def check_number(name, value, low, high, remedy):
    """Return ``value``; raise LabError when it is no number from ``low`` to ``high``.

    >>> check_number("held_share", 1.5, 0, 1, "0.5 is half of a call")
    Traceback (most recent call last):
    ...
    helpers.errors.LabError: held_share must be a number from 0 to 1: got 1.5; 0.5 is half of a call
    """
    try:
        fits = low <= value <= high
    except (TypeError, ValueError):  # no number, or an array of them
        fits = False
    if not fits:
        raise LabError(
            f"{name} must be a number from {low:g} to {high:,.0f}: got {shown(value)}; {remedy}"
        )
    return value


def check_count(name, value, high, remedy):
    """Return ``value`` as an int; raise LabError when it is no whole number from 1 to ``high``.

    >>> check_count("n_cores", 0, 1000, "try 2")
    Traceback (most recent call last):
    ...
    helpers.errors.LabError: n_cores must be a whole number from 1 to 1,000: got 0; try 2
    """
    try:
        count = index(value)
    except TypeError:
        count = 0
    if not 1 <= count <= high:
        raise LabError(
            f"{name} must be a whole number from 1 to {high:,}: got {shown(value)}; {remedy}"
        )
    return count
