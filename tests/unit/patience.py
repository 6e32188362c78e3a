"""A measurement has more time where a machine is too slow for a short one.

So a test needs no more time than it must, and fails on no machine because that is busy.
"""

from helpers.advice.probe import gather


def given_time(measure, is_enough, budget_s):
    """Return what is found within a budget; where that is not enough, within a larger one."""
    for times in (1, 4, 16):
        found = measure(times * budget_s)
        if is_enough(found):
            break
    return found


def compared(func, items, *, budget_s, **options):
    """Return the last ``Evidence`` about a function, with each kind compared or refused."""

    def measure(budget_s):
        *_, evidence = gather(func, items, budget_s=budget_s, **options)
        return evidence

    def is_enough(evidence):
        points = evidence.result.points if evidence.result is not None else {}.get
        return all(kind in evidence.refused or points(kind) for kind in evidence.kinds)

    return given_time(measure, is_enough, budget_s)
