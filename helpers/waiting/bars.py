"""Who waited when: a bar for each request, from the moment it was sent to its answer."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from ..cells.predict import Prediction, answer_of
from ..draw import marks, style
from ..errors import LabError, shown

Spans = Sequence[tuple[float, float]]  # of each request: when it was sent, when it was answered
_GAP = 1.2  # rows between two ways of sending


def plot_requests(ways: Mapping[str, Spans], guess: Prediction | None = None) -> Axes:
    """Draw a bar for each request, one way of sending them below the other.

    Args:
        ways: a dict from "serial", "threads" or "asyncio" to its requests: seconds on one clock,
            shape (requests, 2), when each was sent and when it was answered.
        guess: what ``predict_time`` made of how long threads take; it is drawn beside their bars.

    Returns:
        The matplotlib Axes. Each way has its own zero, when its first request was sent.

    Raises:
        LabError: ``ways`` is something else, or empty.
    """
    if not isinstance(ways, Mapping) or not ways or not all(map(len, ways.values())):
        raise LabError(
            f"ways are a dict from a kind to its requests, not {shown(ways)}: "
            'try {"threads": [(0.0, 0.05), (0.0, 0.06)]}'
        )
    said_s = answer_of(guess, "predict_time")
    n_rows = sum(len(spans) + _GAP for spans in ways.values())
    ax = style.axes(height_in=1.1 + 0.135 * n_rows, left_in=0.95, right_in=1.3)
    ax.grid(False)
    ax.grid(True, axis="x")
    middles, top = [], 0.0
    for kind, spans in ways.items():
        middles.append(top + (len(spans) - 1) / 2)
        _draw(ax, kind, spans, top)
        if kind == "threads" and said_s is not None:
            ends = [top - 0.6, top + len(spans) - 0.4]
            ax.plot([1e3 * said_s] * 2, ends, "--", color=style.INK, lw=1.2, zorder=6)
            marks.write(ax, 1e3 * said_s, ends[1], "you said", dx=4, bbox=marks.PLATE)
        top += len(spans) + _GAP
    ax.set_yticks(middles, list(ways), fontsize=style.FONT)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(top - _GAP, -0.9)
    ax.set_xlim(0, 1.02e3 * max([said_s or 0, *map(lasted_s, ways.values())]))
    x = "milliseconds since the first request was sent"
    return style.label(ax, _title(ways), x=x, alt=_alt(ways))


def lasted_s(spans: Spans) -> float:
    """Return the seconds from the first request that was sent to the last answer."""
    return max(end_s for _, end_s in spans) - min(begin_s for begin_s, _ in spans)


def _draw(ax, kind, spans, top):
    zero_s = min(begin_s for begin_s, _ in spans)
    for row, (begin_s, end_s) in enumerate(spans):
        at = {"left": 1e3 * (begin_s - zero_s), "color": style.colour(kind), "lw": 0}
        ax.barh(top + row, 1e3 * (end_s - begin_s), 0.72, **at)
    total = f"{1e3 * lasted_s(spans):.0f} ms in all"
    marks.beside(ax, top + (len(spans) - 1) / 2, total, color=style.ink(kind), weight="bold")


def _title(ways):
    if not {"serial", "threads"} <= ways.keys():
        return "A bar for each request, from sending it to its answer"
    times = lasted_s(ways["serial"]) / lasted_s(ways["threads"])
    n = len(ways["threads"])
    return f"{n} requests that wait together are done {times:.1f} times as fast"


def _alt(ways):
    said = "; ".join(
        f"{kind}: {len(spans)} bars, {1e3 * lasted_s(spans):.0f} ms in all"
        for kind, spans in ways.items()
    )
    return f"A bar for each request, from sending it to its answer. {said}."
