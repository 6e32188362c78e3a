"""What freezes an interface, in sentences: every figure in them comes out of what was measured."""

from collections.abc import Collection

from ..judge.words import how_right
from ..units import ms
from .beats import Beats, Lateness


def explain_beats(beats: dict[str, Beats], chosen: Collection[str] | None = None) -> list[str]:
    """Return who froze the interface, as a list of texts.

    Args:
        beats: a dict from where the job ran to its ``Beats``.
        chosen: those of which the reader expects a freeze; None when nothing was committed.
    """
    frozen = [where for where, one in beats.items() if one.freezes]
    alive = [where for where in beats if where not in frozen]
    said = []
    if frozen:
        said.append(
            "Deaf for longer than 0.1 s: "
            + ", ".join(f"{where} ({ms(beats[where].freeze_s)})" for where in frozen)
            + "."
        )
    if alive:
        said.append(
            "Always answered within 0.1 s: "
            + ", ".join(f"{where} (at worst {ms(beats[where].freeze_s)})" for where in alive)
            + "."
        )
    return [*said, how_right(chosen, frozen, beats)]


def explain_lateness(rows: dict[str, Lateness], guess_s: float | None = None) -> list[str]:
    """Return how late the waking thread was, as a list of texts.

    Args:
        rows: a dict from a row's name to its ``Lateness``.
        guess_s: what the reader expects beside a Python loop at the usual interval, in seconds;
            None when nothing was committed.
    """
    said = []
    for name, row in rows.items():
        text = f"{name}: late by {ms(row.median_s)} in the median, {ms(row.worst_s)} at worst"
        if row.beside == "loop" and row.gil:
            text += f"; the median is {row.median_s / row.switch_interval_s:.1f} switch intervals"
        said.append(text + ".")
    if not all(row.gil for row in rows.values()):
        said.insert(0, "This Python has no lock, so there is no turn to wait for.")
    free = [
        name
        for name, row in rows.items()
        if row.beside == "loop" and row.gil and row.median_s < row.switch_interval_s / 2
    ]
    if free:
        said.append(
            f"For {', '.join(free)} the lock was free at most wakes: other programs kept the busy "
            "thread off its core. Look at the worst, or measure again on a quieter machine."
        )
    usual = usual_row(rows)
    if guess_s is None:
        said.append("You committed no prediction.")
    elif usual is not None:
        ratio = max(guess_s, usual.median_s) / max(1e-6, min(guess_s, usual.median_s))
        said.append(
            f"You said {ms(guess_s)}, and the median was {ms(usual.median_s)}: "
            + ("right to a factor of two." if ratio <= 2 else f"off by a factor of {ratio:.0f}.")
        )
    return said


def usual_row(rows: dict[str, Lateness]) -> Lateness | None:
    """Return the ``Lateness`` beside a Python loop nearest to an interval of 5 ms, or None."""
    loops = [row for row in rows.values() if row.beside == "loop"]
    return min(loops, key=lambda row: abs(row.switch_interval_s - 0.005), default=None)


def explain_convoy(rates: dict[str, float]) -> list[str]:
    """Return what a busy thread does to short calls, as a list of texts.

    Args:
        rates: a dict from what is beside to round trips a second; the first is "alone".
    """
    (alone, most), *others = rates.items()
    said = [f"{alone}: {most:,.0f} round trips a second."]
    for name, rate in others:
        said.append(
            f"{name}: {rate:,.0f} a second, {most / rate:.0f} times fewer."
            if rate < most / 2
            else f"{name}: {rate:,.0f} a second, {rate / most:.1f} times as many."
        )
    return said
