"""The words of the GIL meter: what it comes to, and the figures that a reader wants to know."""

from typing import TYPE_CHECKING

from ..units import ms, per_cent, seconds

if TYPE_CHECKING:
    from .reading import MeterReading

FORMULA = (
    "mean value analysis (Reiser and Lavenberg 1980) of min(n, cores / busy) calls of irregular "
    "length that queue for the GIL, each longer by what it computes longer beside another. "
    "Calls of equal length may reach the asymptotic bound min(n, cores / busy, 1 / held) / longer "
    "(Muntz and Wong 1974; Lazowska et al. 1984, chapter 5), and no call exceeds it"
)
_BUSY = "{cores:.2f} cores for 2 threads now, {own:per cent} of the ticks late beside hashing"

FINDINGS = {
    "no lock": "This Python runs without a GIL: there is none to hold.",
    "too busy": (
        f"The machine is too busy to tell ({_BUSY}), so the GIL is not blamed: measure again when "
        "it is quiet."
    ),
    "one alone, held": (
        "The call holds the GIL all the time, but what two at once would gain cannot be seen: the "
        f"machine is busy or limited ({_BUSY})."
    ),
    "one alone, in part": (
        "A part of the call holds the GIL, but what two at once would gain cannot be seen: the "
        f"machine is busy or limited ({_BUSY})."
    ),
    "one alone, released": (
        "The call releases the GIL, but what two at once would gain cannot be seen: the machine is "
        f"busy or limited ({_BUSY})."
    ),
    "instants": (
        "The call releases the GIL, but for instants: two at once spend the time on handing it "
        "over ({speed_up:.2f} times as fast), so threads do not pay."
    ),
    "held": "The call holds the GIL: threads take turns with it.",
    "held in part": "A part of the call holds the GIL: threads help up to a point.",
    "waits": "The call waits, and releases the GIL: many threads can wait at once.",
    "memory": (
        "The call releases the GIL, but two at once get in each other's way ({longer:.2f} times "
        "the CPU time each): memory and caches are shared."
    ),
    "released": "The call releases the GIL: threads help as far as there are cores.",
}


def in_a_line(reading: "MeterReading") -> str:
    """Return a reading in one line."""
    low, high = reading.quartiles
    held, predicted = reading.held_share, reading.predicted_speed_up(2)
    share = "cannot tell"
    if held is not None:
        verb = "acts as if it held" if reading.hands_over else "holds"
        share = f"{verb} the GIL {per_cent(held)} of the time"
    model = "" if predicted is None else f", predicted {predicted:.2f}x"
    return (
        f"{reading.name}: {share} (ticks {per_cent(low)} to {per_cent(high)}); two at once "
        f"{reading.two_at_once.speed_up:.2f}x{model}. {reading.finding}"
    )


def facts(reading: "MeterReading") -> list[tuple[str, str]]:
    """Return what a reader wants to know: a list of (name, value)."""
    (low, high), two = reading.quartiles, reading.two_at_once
    two_low, two_high = two.quartiles
    repeated = f", {reading.n_calls:,} in a row" if reading.n_calls > 1 else ""
    facts = [
        (
            "Late ticks",
            f"{per_cent(low)} to {per_cent(high)} (middle half of {reading.n_rounds} rounds), the "
            f"longest by {ms(reading.longest_s)}",
        ),
        (
            "Two at once",
            f"{two.speed_up:.2f} times as fast as one after the other ({two_low:.2f} to "
            f"{two_high:.2f})",
        ),
        ("Capacity now", f"{two.capacity:.2f} cores for 2 threads"),
        ("A call takes", f"{seconds(reading.call_s)}{repeated}"),
    ]
    if reading.held_share is None:
        return [("GIL held", "cannot be told"), *facts]
    as_if = "as if " if reading.hands_over else ""
    return [
        ("GIL held", f"{as_if}{per_cent(reading.held_share)} of the call"),
        ("Predicted speed-up", f"{_by_threads(reading, reading.predicted_speed_up)} (a model)"),
        ("At most", _by_threads(reading, reading.speed_up_at_most)),
        *facts,
        ("The model", FORMULA),
    ]


def _by_threads(reading, speed_up):
    counts = sorted({2, 4, *reading.capacity.n_threads} - {1})
    return ", ".join(f"{n} threads {speed_up(n):.2f}" for n in counts)
