"""The words of the GIL meter: what it comes to, and the figures that a reader wants to know."""

from typing import TYPE_CHECKING

from ..judge.facts import OVERLAPS, TAKES_TURNS
from ..pythons.witness import Seen, Witness
from ..units import ms, per_cent, seconds

if TYPE_CHECKING:
    from .reading import MeterReading

FORMULA = (
    "Mean value analysis (Reiser and Lavenberg 1980) of min(n, cores / busy) calls of irregular "
    "length that queue for the GIL. No call exceeds the asymptotic bound min(n, cores / busy, "
    "1 / held) (Muntz and Wong 1974; Lazowska et al. 1984, chapter 5)"
)
_BUSY = (
    "two threads got {cores:.2f} cores, and {own:per cent} of the ticks came late beside hashing"
)
_UNSEEN = f"What two threads would gain cannot be seen here: {_BUSY}."

FINDINGS = {
    "no lock": "This Python runs without a GIL, so there is none to hold.",
    "too busy": (
        f"The machine is too busy to tell, so do not blame the GIL: {_BUSY}. Measure again when it "
        "is quiet."
    ),
    "one alone, held": f"This call holds the GIL all the time. {_UNSEEN}",
    "one alone, in part": f"This call holds the GIL for a part of its time. {_UNSEEN}",
    "one alone, released": f"This call releases the GIL. {_UNSEEN}",
    "instants": (
        "This call releases the GIL, but only for instants. Two threads spend their time passing "
        "it on: together they are {speed_up:.2f} times as fast as one, so threads do not pay."
    ),
    "held": "This call holds the GIL, so threads take turns with it.",
    "held in part": "This call holds the GIL for a part of its time, so threads help a little.",
    "waits": "This call waits, and it releases the GIL meanwhile. Many threads can wait at once.",
    "memory": (
        "This call releases the GIL, but two at once slow each other down: each needs {longer:.2f} "
        "times the CPU time, because they share memory and caches."
    ),
    "released": "This call releases the GIL, so threads speed it up as far as there are cores.",
}


def verb(held_share: float | None) -> str:
    """Return what a call does with the GIL, as one word for a narrow column.

    >>> verb(0.97), verb(0.5), verb(0.02), verb(None)
    ('holds', 'in part', 'releases', 'unclear')
    """
    if held_share is None:
        return "unclear"
    if held_share > TAKES_TURNS:
        return "holds"
    return "releases" if held_share < OVERLAPS else "in part"


def in_a_line(reading: "MeterReading") -> str:
    """Return a reading in one line."""
    low, high = reading.quartiles
    held, predicted = reading.held_share, reading.predicted_speed_up(2)
    share = "cannot tell"
    if held is not None:
        does = "acts as if it held" if reading.hands_over else "holds"
        share = f"{does} the GIL {per_cent(held)} of the time"
    model = "" if predicted is None else f", the ticks predict {predicted:.2f}x"
    return (
        f"{reading.name}: {share} (ticks {per_cent(low)} to {per_cent(high)}); two at once "
        f"{reading.two_at_once.speed_up:.2f}x{model}. {reading.finding}{_after(reading.witness)}"
    )


def _after(seen):
    return "" if seen is None else f" {witnessed(seen)}"


def witnessed(seen: Seen) -> str:
    """Return in a sentence what a second witness saw of a call, or why there is none."""
    if not isinstance(seen, Witness):
        return f"No second witness: {seen}."
    holds, waits, without = (per_cent(share) for share in seen.together)
    return (
        f"The profiler of {seen.python} saw it hold the GIL {per_cent(seen.alone.holds)} of the "
        f"time; each of two at once held it {holds}, waited for it {waits}, and was without it "
        f"{without}."
    )


def facts(reading: "MeterReading") -> list[tuple[str, str]]:
    """Return what a reader wants to know: a list of (name, value)."""
    if reading.held_share is None:
        return [("Holds the GIL", "cannot be told"), *_witness_facts(reading.witness)]
    as_if = "acts as if for " if reading.hands_over else ""
    return [
        ("Holds the GIL", f"{as_if}{per_cent(reading.held_share)} of the call"),
        ("Ticks predict", f"two threads {reading.predicted_speed_up(2):.2f} times as fast as one"),
        ("Two threads", f"were {reading.two_at_once.speed_up:.2f} times as fast as one"),
        *_witness_facts(reading.witness),
    ]


def _witness_facts(seen):
    if seen is None:
        return []
    if not isinstance(seen, Witness):
        return [("A profiler saw", f"nothing: {seen}")]
    holds, waits, without = (per_cent(share) for share in seen.together)
    return [
        ("A profiler saw", f"it hold the GIL for {per_cent(seen.alone.holds)} of the call"),
        ("Each of two", f"held it {holds}, waited for it {waits}, was without it {without}"),
    ]


def details(reading: "MeterReading") -> list[tuple[str, str]]:
    """Return the statistics behind it: a list of (name, value)."""
    (low, high), two = reading.quartiles, reading.two_at_once
    two_low, two_high = two.quartiles
    repeated = f", {reading.n_calls:,} in a row" if reading.n_calls > 1 else ""
    details = [
        (
            "Late ticks",
            f"{per_cent(low)} to {per_cent(high)} (middle half of {reading.n_rounds} rounds), the "
            f"longest by {ms(reading.longest_s)}",
        ),
        ("Two threads", f"middle half of the rounds {two_low:.2f} to {two_high:.2f}"),
        ("Capacity now", f"{two.capacity:.2f} cores for 2 threads"),
        ("A call takes", f"{seconds(reading.call_s)}{repeated}"),
    ]
    if isinstance(reading.witness, Witness):
        details.append(("The profiler", f"profiling.sampling of {reading.witness.python}"))
    if reading.held_share is None:
        return details
    return [
        *details,
        ("Predicted", _by_threads(reading, reading.predicted_speed_up)),
        ("At most", _by_threads(reading, reading.speed_up_at_most)),
        ("The model", FORMULA),
    ]


def _by_threads(reading, speed_up):
    counts = sorted({2, 4, *reading.capacity.n_threads} - {1})
    return ", ".join(f"{n} threads {speed_up(n):.2f}" for n in counts)
