"""What notebook 02 measures, drawn: the seconds of several ways, and when results arrive."""

import statistics
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from ..cells.predict import Prediction, answer_of
from ..draw import marks, style
from ..units import seconds
from .in_turns import Times

Arrivals = Mapping[str, Sequence[tuple[int, float]]]  # (items, seconds) of each result, by name
_COLUMNS_IN = 0.75, 1.45  # where the seconds and the speed-ups end, beside the bars


def plot_times(times: Times, guess: Prediction | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the median seconds of several ways as bars on a log axis; the first is the plain loop.

    Args:
        times: what ``time_in_turns`` returned.
        guess: what ``predict_which`` made; what was ticked as faster is marked.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes. A dashed line stands at the loop's time; beside each bar are its
        seconds and how many times as fast as the loop it is.
    """
    chosen = answer_of(guess, "predict_which") or ()
    medians_s = {name: statistics.median(tries_s) for name, tries_s in times.took_s.items()}
    loop_s = next(iter(medians_s.values()))
    names = [f"☑ {name}" if name in chosen else name for name in medians_s]
    ax = marks.rows(names, ax, row_in=0.42, right_in=1.6, top_in=0.75)
    low_s, high_s = min(medians_s.values()) / 3, 1.5 * max(medians_s.values())
    marks.log_axis(ax, "x", low_s, high_s)
    for y, median_s in enumerate(medians_s.values()):
        colour = style.colour("processes" if y else "serial")
        ax.barh(y, median_s - low_s, marks.BAR, low_s, color=colour)
        marks.columns(ax, y, (seconds(median_s), f"{loop_s / median_s:.2g}×"), _COLUMNS_IN)
    marks.columns(ax, -0.8, ("time", "speed-up"), _COLUMNS_IN, color=style.QUIET)
    marks.rule(ax, x=loop_s, ls="--")
    key = [marks.entry("the loop's time", marker="", lw=1.1, ls="--", color=style.QUIET)]
    if chosen:
        key.append(marks.entry("you said faster", marker="$☑$", color=style.INK))
    marks.key(ax, key)
    slow, fast = (
        max(medians_s, key=medians_s.__getitem__),
        min(medians_s, key=medians_s.__getitem__),
    )
    title = f"{slow}: {medians_s[slow] / medians_s[fast]:.2g} times as long as {fast}"
    alt = " ".join(f"{name}: {seconds(median_s)}." for name, median_s in medians_s.items())
    return style.label(ax, title, x="seconds", alt=alt)


def plot_arrivals(arrivals: Arrivals, *, ax: Axes | None = None) -> Axes:
    """Draw when each result arrived, for several ways of asking for them.

    Args:
        arrivals: (items, seconds) of each result, in the order of arrival, by a name.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: seconds across, a row for each way, a larger dot for a result with
        more items than the others.
    """
    ax = marks.rows(arrivals, ax, row_in=0.6)
    ax.grid(True, axis="x")
    colour, most = style.colour("processes"), max(n for row in arrivals.values() for n, _ in row)
    for y, row in enumerate(arrivals.values()):
        for n, at_s in row:
            ax.plot(at_s, y, "o", color=colour, ms=15 if n == most else 7, mec="white", alpha=0.85)
    ax.set_xlim(0, 1.06 * max(at_s for row in arrivals.values() for _, at_s in row))
    look = {"marker": "o", "color": colour}
    key = [
        marks.entry(f"the result of {most:,} strings", **look, ms=13),
        marks.entry("of a short sublist", **look, ms=7),
    ]
    marks.key(ax, key)
    first_s = {name: seconds(row[0][1]) for name, row in arrivals.items()}
    title = "First result: " + ", ".join(f"{name} {after}" for name, after in first_s.items())
    alt = " ".join(f"{name}: first result after {after}." for name, after in first_s.items())
    return style.label(ax, title, x="seconds since the sublists were handed over", alt=alt)
