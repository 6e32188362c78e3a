"""What a network in between costs: a line for each way against the bandwidth, or a bar for each."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from ..draw import marks, style
from ..units import seconds
from .trips import Trip

_LOOKS = {  # of a line: its colour and dashes, for eyes without colours
    "sent from here": ("#0173B2", "-"),
    "read there": ("#007A58", (0, (6, 2))),
    "counted there": ("#B85C00", (0, (2, 2))),
}


def plot_trips(trips: Sequence[Trip], *, chosen: marks.Chosen = None) -> Axes:
    """Draw the seconds of each way, from 0: a line against the bandwidth, or one bar for each.

    Args:
        trips: of one network, which gives bars, or of several.
        chosen: the ways that the reader ticked.
    """
    networks = list(dict.fromkeys(trip.network for trip in trips))
    draw = _draw_lines if len(networks) > 1 else _draw_bars
    return draw(trips, networks, chosen or ())


def _draw_lines(trips, networks, chosen):
    ax = style.axes(right_in=2.4)
    ends = []
    for way in dict.fromkeys(trip.way for trip in trips):
        own = sorted((t for t in trips if t.way == way), key=lambda t: t.network.megabits_per_s)
        colour, dashes = _LOOKS[way]
        for trip in own:
            rounds = [trip.network.megabits_per_s] * len(trip.wall_s)
            ax.plot(rounds, trip.wall_s, "o", color=colour, alpha=0.3, ms=4, mew=0)
        megabits = [trip.network.megabits_per_s for trip in own]
        look = {"color": colour, "ls": dashes, "lw": 2, "marker": "o", "ms": 6, "zorder": 4}
        ax.plot(megabits, [trip.seconds for trip in own], **look)
        name = way + " (ticked)" * (way in chosen)
        ends.append(marks.End(own[-1].seconds, name, colour, dashes=dashes))
    speeds = [network.megabits_per_s for network in networks]
    marks.log_axis(ax, "x", 0.8 * min(speeds), 1.25 * max(speeds), sorted(speeds))
    ax.set_ylim(0, 1.08 * max(max(trip.wall_s) for trip in trips))
    marks.name_lines(ax, ends)
    slowest = min(networks, key=lambda network: network.megabits_per_s)
    names = {"x": f"megabits a second, with {slowest.delay_ms:g} ms of delay", "y": "seconds"}
    return style.label(ax, _title(trips, slowest), **names, alt=_told(trips))


def _draw_bars(trips, networks, chosen):
    ax = marks.rows([trip.way for trip in trips], row_in=0.45, bottom_in=0.65)
    for y, trip in enumerate(trips):
        ax.barh(y, trip.seconds, marks.BAR, color=_LOOKS[trip.way][0], lw=0)
        ax.plot(trip.wall_s, [y] * len(trip.wall_s), "o", color=style.INK, ms=3)
        said = seconds(trip.seconds) + "\nyou ticked this" * (trip.way in chosen)
        marks.write(ax, max(trip.wall_s), y, said, dx=9)
    ax.set_xlim(0, 1.4 * max(max(trip.wall_s) for trip in trips))
    title = f"{networks[0]}"
    return style.label(ax, title, x="seconds", alt=_told(trips))


def _title(trips, network):
    """Return what was found in the slowest network, once both ways were measured there."""
    here = {trip.way: trip.seconds for trip in trips if trip.network == network}
    if not {"sent from here", "counted there"} <= here.keys():
        return "What a network in between costs"
    times = here["sent from here"] / here["counted there"]
    speed = f"{network.megabits_per_s:g} megabits a second"
    return f"At {speed}, sending takes {times:.2g} times as long as counting there"


def _told(trips):
    return " ".join(f"{trip}." for trip in trips)
