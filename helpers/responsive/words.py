"""What freezes an interface, in sentences: every figure in them comes out of what was measured."""

from collections.abc import Collection

from ..judge.words import how_right
from ..units import ms
from .beats import Beats, Lateness


def explain_beats(beats: dict[str, Beats], chosen: Collection[str] | None = None) -> list[str]:
    """Return who froze the interface, and how right it was to expect it of those ``chosen``."""
    frozen = [where for where, one in beats.items() if one.freezes]
    deaf = [f"{where} ({ms(beats[where].freeze_s)})" for where in frozen]
    alive = [
        f"{where} (at worst {ms(one.freeze_s)})" for where, one in beats.items() if not one.freezes
    ]
    said = [f"Deaf for longer than 0.1 s: {', '.join(deaf)}."] * bool(deaf)
    said += [f"Always answered within 0.1 s: {', '.join(alive)}."] * bool(alive)
    return [*said, how_right(chosen, frozen, beats)]


def explain_lateness(rows: dict[str, Lateness], guess_s: float | None = None) -> list[str]:
    """Return how late the waking thread was, and how near ``guess_s`` came, the reader's seconds.

    It is for a Python loop beside, at the usual interval; None when nothing was committed.
    """
    loops = {name: row for name, row in rows.items() if row.beside == "loop" and row.gil}
    said = []
    if loops:
        each = ", ".join(
            f"{ms(row.median_s)} at an interval of {ms(row.switch_interval_s)}"
            for row in loops.values()
        )
        said.append(f"Beside a Python loop, half of the wakes are late by more than {each}.")
    elif not all(row.gil for row in rows.values()):
        said.append("This Python has no GIL, so there is no turn to wait for.")
    free = [name for name, row in loops.items() if row.median_s < row.switch_interval_s / 2]
    if free:
        said.append(
            f"For {', '.join(free)} the GIL was free at most wakes: other programs kept the busy "
            "thread off its core. Look at the worst, or measure again on a quieter machine."
        )
    return said + _about_the_guess(usual_row(rows), guess_s)


def _about_the_guess(usual, guess_s):
    if guess_s is None:
        return [how_right(None, [], [])]
    if usual is None:
        return []
    ratio = max(guess_s, usual.median_s) / max(1e-6, min(guess_s, usual.median_s))
    how_near = "right to a factor of two" if ratio <= 2 else f"off by a factor of {ratio:.0f}"
    return [f"You said {ms(guess_s)}, and the median was {ms(usual.median_s)}: {how_near}."]


def usual_row(rows: dict[str, Lateness]) -> Lateness | None:
    """Return the ``Lateness`` beside a Python loop nearest to an interval of 5 ms, or None."""
    loops = [row for row in rows.values() if row.beside == "loop"]
    return min(loops, key=lambda row: abs(row.switch_interval_s - 0.005), default=None)
