"""Self-checks of notebook 08."""

from typing import Any

from ..cells.check import answered, exercise, wrong
from ..errors import is_number, shown


@exercise("08.whole")
def check_whole(function: Any) -> str:
    """Check ``function(share, times)``: how many times as fast the whole script becomes."""
    got = answered(function(0.5, 4), "the formula")
    if not is_number(got):
        wrong(f"a number is wanted, and {shown(got)} came back")
    if abs(got - 2.5) < 1e-9:
        wrong(
            "half of the time 4 times as fast gave 2.5: but of 10 s, 5 s stay and 5 s become "
            "1.25 s; add up seconds, not speeds"
        )
    if abs(got - 1.6) > 1e-9 or abs(function(0.9, 100) - 1 / 0.109) > 1e-6:
        wrong(
            f"half of the time 4 times as fast gave {shown(got)}: of 10 s, 5 s stay and 5 s become "
            "1.25 s; how many times as fast is that?"
        )
    return "The rest takes its time, however fast the part becomes: Amdahl's law."


@exercise("08.enough_cores")
def check_enough_cores(function: Any) -> str:
    """Check ``function(share)``: the fewest cores for 90 % of a script's ceiling."""
    for share, cores in ((0.6, 14), (0.3, 4), (0.87, 61)):  # none of them is a close call
        got = answered(function(share), "the function")
        if not is_number(got) or got != int(got):
            wrong(f"a whole number of cores is wanted, and {shown(got)} came back")
        if got != cores:
            wrong(
                f"for a share of {share} it needs {cores} of them, and {shown(got)} came back: a "
                f"script can be {1 / (1 - share):.2f} times as fast, and {cores} cores give "
                f"{1 / (1 - share + share / cores):.2f}"
            )
    return "The larger the share, the more cores are worth having."
