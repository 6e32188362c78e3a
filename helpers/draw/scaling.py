"""Speed-up against the number of workers: the picture that most questions come down to."""

from matplotlib.ticker import MaxNLocator

from . import style


def plot_scaling(result, *, ax=None, worker_counts=(), recorded=None, models=()):
    """Draw how many times as fast as serially a job ran, for each kind and worker count.

    Raw rounds are faint points, the median is a line, the band is between the quartiles.
    The dashed line is the measured capacity of the machine, the best that could be seen.

    Args:
        result: a ``helpers.core.runs.Result``; one without runs gives the empty frame.
        ax: where to draw; a figure of its own when None.
        worker_counts: worker counts still to come, so that the axis has room for them.
        recorded: another Result, from another machine, drawn thin and named as recorded.
        models: curves from ``helpers.judge.theory``, drawn dotted and named as models.

    Returns:
        The matplotlib Axes; workers across, speed-up T_serial / T_n up.
    """
    ax = style.new_axes(ax)
    labels = []  # (y, text, colour) at the lines' right ends
    counts = {1, 2, *worker_counts} | {run.n_workers for run in result.runs}
    if result.prediction:
        counts.add(result.prediction_n_workers)
    if recorded is not None:
        labels += _draw_recorded(ax, recorded)
        counts |= {point.n_workers for point in recorded.points()}
    right = max(counts)
    for kind in result.kinds:
        if kind != "serial":
            labels += _draw_kind(ax, result.points(kind))
    for curve in models:
        labels += _draw_model(ax, curve)
        right = max(right, *curve.n_workers)
    _draw_prediction(ax, result)
    labels += _draw_capacity(ax, result.capacity, right)
    _frame(ax, result, sorted(counts), right)
    _write_labels(ax, labels)
    _write_prediction(ax, result, right)
    style.set_alt_text(ax, describe_scaling(result))
    return ax


def describe_scaling(result):
    """Return the chart in one or two sentences, for somebody who cannot see it."""
    points = [point for point in result.points() if point.kind != "serial"]
    if not points:
        return f"{result.title}: a chart of speed-up against workers, still empty."
    said = "; ".join(
        f"{kind} "
        + ", ".join(f"{p.speed_up:.2f} with {p.n_workers}" for p in points if p.kind == kind)
        for kind in dict.fromkeys(point.kind for point in points)
    )
    n = result.capacity.n_threads[-1]
    return (
        f"{result.title}: median speed-up by number of workers: {said}. "
        f"The machine's measured capacity is {result.capacity.at(n):.2f} cores with {n} threads."
    )


def _draw_kind(ax, points):
    if not points:
        return []
    colour, marker = style.colour(points[0].kind), style.marker(points[0].kind)
    x = [point.n_workers for point in points]
    y = [point.speed_up for point in points]
    low, high = zip(*(point.quartiles for point in points), strict=True)
    ax.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0, zorder=2)
    for point in points:
        spots = [point.n_workers] * len(point.speed_ups)
        ax.plot(spots, point.speed_ups, marker, color=colour, alpha=0.25, ms=4, mew=0, zorder=3)
    ax.plot(x, y, marker + "-", color=colour, lw=2, ms=7, mec="white", mew=0.8, zorder=5)
    return [(y[-1], x[-1], f"{points[0].kind} {y[-1]:.2f}×", style.ink(points[0].kind), "bold")]


def _draw_recorded(ax, recorded):
    labels = []
    for kind in recorded.kinds:
        points = recorded.points(kind)
        if kind == "serial" or not points:
            continue
        x, y = [p.n_workers for p in points], [p.speed_up for p in points]
        ax.plot(
            x, y, style.marker(kind) + "-", color=style.colour(kind),
            lw=1, ms=5, mfc="white", alpha=0.8, zorder=4,
        )  # fmt: skip
        labels.append((y[-1], x[-1], f"{kind}, recorded {y[-1]:.2f}×", style.ink(kind), None))
    ax.text(
        0.0, -0.165, f"recorded on {recorded.made[:10]}: {recorded.machine}",
        transform=ax.transAxes, fontsize=style.FONT - 2, color=style.QUIET, va="top",
        parse_math=False,
    )  # fmt: skip
    return labels


def _draw_model(ax, curve):
    colour = style.colour(curve.kind)
    ax.plot(curve.n_workers, curve.speed_ups, ":", color=colour, lw=1.6, zorder=4)
    ink = style.ink(curve.kind)
    return [(curve.speed_ups[-1], curve.n_workers[-1], f"{curve.kind}, model", ink, None)]


def _draw_prediction(ax, result):
    n = result.prediction_n_workers
    for kind, value in result.prediction.items():
        ax.plot(
            [n], [value], style.marker(kind), color=style.colour(kind),
            ms=14, mfc="none", mew=2, zorder=6,
        )  # fmt: skip


def _write_prediction(ax, result, right):
    n = result.prediction_n_workers
    said = [(n, value, f"you said {value:.1f}", kind) for kind, value in result.prediction.items()]
    style.write_predictions(ax, said, at_left=n > 1 + 0.8 * (right - 1))


def _draw_capacity(ax, capacity, right):
    x, y = capacity.curve()
    if right > x[-1]:
        x, y = [*x, right], [*y, y[-1]]
    ax.plot(x, y, "--", color=style.QUIET, lw=1.1, zorder=1)
    shown = [(a, b) for a, b in zip(x, y, strict=True) if a <= right]
    return [(shown[-1][1], shown[-1][0], "what the cores can do", style.QUIET, None)]


def _frame(ax, result, counts, right):
    style.title(ax, result.title)
    ax.axhline(1, color=style.colour("serial"), lw=1.1, zorder=1)
    ax.set_xlabel("workers", fontsize=style.FONT, color=style.INK)
    ax.set_ylabel("speed-up over serial (×)", fontsize=style.FONT, color=style.INK)
    ax.set_xticks(_with_room(sorted({*counts, right})))
    ax.set_xlim(1 - max(0.15, 0.02 * right), right + 0.15 * max(1, right - 1))
    drawn = [y for line in ax.get_lines() for y in line.get_ydata()]
    ax.set_ylim(0, 1.12 * max([2.0, result.capacity.at(right), *drawn]))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=10, steps=[1, 2, 5, 10]))
    usable = result.machine.usable_cpus
    if usable <= right:
        across = ax.get_xaxis_transform()
        ax.axvline(usable, color=style.FAINT, lw=5, zorder=0)
        is_last = usable > 0.6 * right  # the lines' names begin there
        ax.text(
            usable, 0.02, f" {usable:g} usable CPU{'s' * (usable != 1)} ", transform=across,
            fontsize=style.FONT - 2, color=style.QUIET, ha="right" if is_last else "left",
        )  # fmt: skip


def _with_room(counts):
    """Return those of the ascending worker counts, which begin with 1, that can be told apart."""
    room = counts[-1] / 32
    kept = [counts[-1]]
    for n in counts[-2:0:-1]:
        if n - 1 >= room and kept[-1] - n >= room:
            kept.append(n)
    return [1, *reversed(kept)]


def _write_labels(ax, labels):
    """Write each line's name beside its right end, moved apart where they would touch."""
    labels = [*labels, (1.0, None, "serial 1×", style.QUIET, None)]
    top = ax.get_ylim()[1]
    height_in = ax.figure.get_size_inches()[1]
    places = style.spread_labels([label[0] for label in labels], 0.062 * top * 4.0 / height_in)
    across = ax.get_yaxis_transform()
    for (_, _, text, colour, weight), y in zip(labels, places, strict=True):
        ax.text(
            1.01, y, text, transform=across, color=colour, weight=weight or "normal",
            fontsize=style.FONT - 0.5, va="center", clip_on=False, parse_math=False,
        )  # fmt: skip
