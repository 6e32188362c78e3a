"""What notebook 03 teaches, and by which measurement each claim is judged."""

import statistics
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..judge import facts
from ..judge.claims import Outcome, claim, crowded, no_gil, one_cpu, preempted, slowed_loop
from ..judge.theory import lock_bound
from ..units import per_cent

if TYPE_CHECKING:
    from ..core.runs import Result
    from ..core.side_by_side import SideBySide
    from .listing import Line, Listing

# What the table of common calls teaches, by a piece of each call.
RELEASE = (
    "GaussianBlur", "BoxBlur", "UnsharpMask", "LANCZOS", "BICUBIC", "convert(", "quantize(",
    '"PNG"', '"WEBP"',
)  # fmt: skip
HOLD = (
    "MedianFilter",
    "blend(",
    "alpha_composite(",
    "ImageChops",
    "pen.circle",
    'BytesIO(), "JPEG"',
)
_GAINS, _DRAWS = 1.4, 1.55  # times as fast: at least where it overlaps, at most where it draws
_NO_FASTER = 1.2
_MOST = 0.8  # of the calls: a single one may be disturbed
_OFF = 0.25  # a prediction that is no farther off is a good one


@claim("03.finishing-gains", "Two threads finish the four maps much faster than one.")
def _finishing(finished: "Result") -> Outcome:
    two = _speed_up(finished, "threads", 2)
    figure = f"two threads were {two:.2f} times as fast"
    excuses = crowded(finished, gain=_GAINS), _nothing_gains(finished)
    return Outcome(two >= _GAINS, figure, excuses, lacks=one_cpu())


@claim("03.drawing-does-not", "Two threads draw the four maps nowhere near twice as fast as one.")
def _drawing(drawn: "Result") -> Outcome:
    two = _speed_up(drawn, "threads", 2)
    figure = f"two threads were {two:.2f} times as fast"
    return Outcome(two <= _DRAWS, figure, (no_gil(), crowded(drawn), slowed_loop(drawn)))


@claim("03.four-threads", "Four threads draw the maps no faster than two.")
def _four(drawn: "Result") -> Outcome:
    two, four = (_speed_up(drawn, "threads", n) for n in (2, 4))
    figure = f"two threads were {two:.2f} times as fast as one, and four {four:.2f} times"
    excuses = no_gil(), crowded(drawn), preempted(drawn), one_cpu()
    return Outcome(four <= _NO_FASTER * two, figure, excuses)


@claim("03.processes-gain", "Two processes do both jobs faster, because each has a GIL of its own.")
def _processes(drawn: "Result", finished: "Result") -> Outcome:
    rates = [_speed_up(result, "processes", 2) for result in (drawn, finished)]
    figure = f"they drew {rates[0]:.2f} times as fast, and finished {rates[1]:.2f} times as fast"
    busy = crowded(drawn, finished, gain=_GAINS), preempted(drawn, finished)
    excuses = *busy, _nothing_gains(finished)
    return Outcome(min(rates) >= _GAINS, figure, excuses, lacks=one_cpu())


@claim("03.loop-holds", "The loop that draws the dots holds the GIL.")
def _loop(listing: "Listing") -> Outcome:
    line = _with("for ", listing.lines)
    return _held([line], holds=True)


@claim("03.filters-release", "Blurring, resizing, sharpening and saving as PNG release the GIL.")
def _filters(listing: "Listing") -> Outcome:
    pieces = ("GaussianBlur", "resize", "UnsharpMask", '"PNG"')  # those that the reader has left
    there = [line for line in listing.lines if any(piece in line.source for piece in pieces)]
    return _held(there, holds=False)


@claim("03.calls-that-release", "Filters, resizing, converting and most encoders release the GIL.")
def _released(table: "Listing") -> Outcome:
    return _held([_with(piece, table.lines) for piece in RELEASE], holds=False)


@claim(
    "03.calls-that-hold",
    "Drawing shapes, blending, ImageChops, the median filter and JPEG to memory hold the GIL.",
)
def _holding(table: "Listing") -> Outcome:
    return _held([_with(piece, table.lines) for piece in HOLD], holds=True)


@claim("03.ticks-predict", "The ticks alone predict what two threads gain.")
def _predict(table: "Listing") -> Outcome:
    pairs = [(line.predicted, line.pair.speed_up) for line in table.lines if line.pair]
    off = [abs(foreseen / measured - 1) for foreseen, measured in pairs if foreseen is not None]
    if not off:
        return Outcome(False, "the ticks told nothing", _unclear(table.lines))
    good = sum(one <= _OFF for one in off)
    figure = (
        f"for {good} of {len(off)} calls the prediction was within {per_cent(_OFF)} of what two "
        f"threads gained, and half of them were within {per_cent(statistics.median(off))}"
    )
    measured = [line.pair for line in table.lines if line.pair]
    # Where all predictions are 1, there is nothing to be right about.
    is_asked = max(line.predicted or 1.0 for line in table.lines) >= _GAINS
    holds = is_asked and statistics.median(off) <= _OFF
    excuses = no_gil(), crowded(*measured, gain=_GAINS)
    return Outcome(holds, figure, excuses, lacks=one_cpu())


@claim("03.jpeg-in-memory", "Threads save JPEG faster to a file than to memory.")
def _jpeg(saved: Mapping[str, "SideBySide"]) -> Outcome:
    path, memory = saved["JPEG to a path"].speed_up, saved["JPEG to memory"].speed_up
    figure = (
        f"two threads were {path:.2f} times as fast as one with a file, and {memory:.2f} times "
        "with memory"
    )
    excuses = no_gil(), crowded(saved)
    return Outcome(path >= _NO_FASTER * memory, figure, excuses, lacks=one_cpu())


@claim("03.held-share-limits", "No number of threads gets past the share that holds the GIL.")
def _limit(drawn: "Result", held_share: float | None) -> Outcome:
    busy = "the ticks came late beside work without the GIL as well"
    if held_share is None:
        return Outcome(False, "it could not be told what share holds the GIL", (busy,))
    best = max(drawn.points("threads"), key=lambda point: point.speed_up)
    bound = lock_bound(held_share, best.n_workers)
    figure = (
        f"{best.n_workers} threads were {best.speed_up:.2f} times as fast, and {bound:.2f} times "
        f"is the limit where {per_cent(held_share)} of the time holds the GIL"
    )
    excuses = no_gil(), crowded(drawn), slowed_loop(drawn)
    return Outcome(best.speed_up <= _NO_FASTER * bound, figure, excuses)


@claim("03.small-calls", "Threads gain from long calls that release the GIL, not from tiny ones.")
def _small(sized: Mapping[str, "SideBySide"]) -> Outcome:
    figures, holds = [], True
    for _, same in groupby(sized.items(), key=lambda named: named[0].split()[0]):
        (small, tiny), *_, (large, huge) = same
        figures.append(f"{tiny.speed_up:.2f} times for {small}, {huge.speed_up:.2f} for {large}")
        holds &= tiny.speed_up <= _NO_FASTER and huge.speed_up >= _GAINS
    figure = f"two threads against one: {'; '.join(figures)}"
    excuses = no_gil(), crowded(sized, gain=_GAINS)
    return Outcome(holds, figure, excuses, lacks=one_cpu())


# --- What several have in common --------------------------------------------------------


def _speed_up(result: "Result", kind: str, n_workers: int) -> float:
    point: Any = result.point(kind, n_workers)
    return point.speed_up


def _nothing_gains(finished: "Result") -> str | None:
    """Return that neither kind gained in the same rounds: so it was the cores that were short."""
    best = max(point.speed_up for point in finished.points() if point.kind != "serial")
    if best >= _GAINS:
        return None
    return f"neither threads nor processes finished more than {best:.2f} times as fast just then"


def _with(code: str, lines: Iterable["Line"]) -> "Line":
    """Return the first of the lines that has a piece of code in it."""
    return next(line for line in lines if code in line.source)


def _held(lines: list["Line"], *, holds: bool) -> Outcome:
    """Return whether all lines hold the GIL, or all release it, as far as the ticks could tell."""
    shares = [line.held_share for line in lines if line.held_share is not None]
    pairs = [line.pair for line in lines if line.pair]
    excuses = (no_gil() if holds else None, *_unclear(lines), crowded(*pairs))
    if not shares:
        return Outcome(False, "the ticks told nothing", excuses)
    right = sum(share > facts.TAKES_TURNS if holds else share < facts.OVERLAPS for share in shares)
    held = per_cent(statistics.median(shares))
    figure = f"it held the GIL for {held} of its time"
    if len(shares) > 1:
        figure = f"{right} of {len(shares)} calls did, and half of them held it for "
        figure += f"{held} of their time or {'more' if holds else 'less'}"
    return Outcome(right >= _MOST * len(lines), figure, excuses)


def _unclear(lines: Iterable["Line"]) -> tuple[str | None, ...]:
    """Return that the machine was busy while the ticks were counted, where it was."""
    late = [share for line in lines for share in line.ticks.control_shares]
    share = max(late)
    if share <= facts.RELEASED:
        return (None,)
    return (f"up to {per_cent(share)} of the ticks came late beside work without the GIL as well",)
