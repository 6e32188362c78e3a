"""Several verdicts in one chart: what each way of running reached, for job after job."""

from ..draw import style

_ROW_IN = 0.24  # inches for each bar
_NARROWEST = 0.01  # a bar that can still be seen


def plot_verdicts(verdicts, *, ax=None, kind="threads", said=None):
    """Draw the predicted speed-ups of several jobs, each way of running a bar.

    Args:
        verdicts: a dict from a job's name to its ``Verdict``.
        ax: where to draw; a figure of its own when None.
        kind: the kind of pool that the reader's prediction is about.
        said: the names of the jobs for which the reader predicted ``kind``; None for no prediction.

    Returns:
        The matplotlib Axes; speed-up over the plain loop across (log), jobs down.
    """
    rows = [[way for way in v.ways if way.speed_ups] for v in verdicts.values()]
    n_rows = sum(map(len, rows)) + len(rows)
    ax = style.new_axes(ax, height_in=1.3 + _ROW_IN * n_rows, label_in=0.4)
    ax.figure.subplots_adjust(left=0.24)
    places, y = [], 0.0
    for name, ways in zip(verdicts, rows, strict=True):
        top = y
        for way in ways:
            _draw(ax, way, y, verdicts[name])
            y += 1
        told = _told(name, verdicts[name], kind, said)
        places.append(((top + y - 1) / 2, told))
        y += 1
    _frame(ax, places, y)
    style.set_alt_text(ax, describe_verdicts(verdicts))
    return ax


def describe_verdicts(verdicts):
    """Return the chart in sentences, for somebody who cannot see it."""
    return "Predicted speed-up of each way of running. " + " ".join(
        f"{name}: {verdict.headline}" for name, verdict in verdicts.items()
    )


def _draw(ax, way, y, verdict):
    colour = style.colour(way.kind)
    chosen = (way.kind, way.n_workers) == (verdict.kind, verdict.n_workers)
    left, right = sorted((1.0, max(way.speed_up, _NARROWEST)))
    ax.barh(y, right - left, left=left, height=0.72, color=colour, zorder=3)
    ax.plot([way.speed_up], [y], style.marker(way.kind), color=colour, ms=7, mec="white", zorder=4)
    name = "plain loop" if way.kind == "serial" else f"{way.kind}, {way.n_workers}"
    ax.annotate(
        f"{name}  {way.speed_up:.2f}×", (max(1.0, way.speed_up), y), xytext=(8, 0), va="center",
        textcoords="offset points", fontsize=style.FONT - 1.5, color=style.INK, zorder=6,
        weight="bold" if chosen else "normal",
        bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.5},
    )  # fmt: skip


def _told(name, verdict, kind, said):
    if said is None:
        return name
    right = (name in said) == (verdict.kind == kind)
    return f"{name}\nyou said {kind if name in said else f'not {kind}'} {'✓' if right else '✗'}"


def _frame(ax, places, n_rows):
    style.title(ax, "What each way of running would make of these jobs")
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    low, high = min(0.4, 0.7 * low), max(2.0, high)
    ax.set_xlim(low, high * (high / low) ** 0.45)  # labels stand to the right of the bars
    ticks = [t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low <= t <= high]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.axvline(1, color=style.colour("serial"), lw=1.1, zorder=2)
    ax.set_ylim(n_rows - 1.2, -0.8)
    ax.set_yticks([y for y, _ in places], [text for _, text in places])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("times the speed of the plain loop, start-up included (×)", fontsize=style.FONT,
                  color=style.INK)  # fmt: skip
