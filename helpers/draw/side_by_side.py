"""How much more two threads get done than one, job by job, beside what was expected."""

from . import style

_ROW_IN = 0.62
_FARTHEST = 5  # what is beyond is counted and not drawn: one odd pair would squeeze the rest


def plot_overlaps(measured, *, jobs=None, models=None, chosen=None, recorded=None, ax=None):
    """Draw the speed-up of two threads for several jobs, a row for each.

    Raw pairs are faint, their median is a filled square with the quartiles as a bar. A hollow
    diamond is a model's. At the right stands what the reader expected.

    Args:
        measured: a dict from a job's name to its ``SideBySide``.
        jobs: the names of all rows, top to bottom, also of jobs still to come.
        models: a dict from a job's name to a simulated speed-up.
        chosen: the jobs that the reader expects to overlap; None when nothing was committed.
        recorded: a dict from a job's name to a ``SideBySide`` of another machine: small hollow
            squares below the row's own.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: speed-up across.
    """
    jobs, models, recorded = list(jobs or measured), models or {}, recorded or {}
    height_in = 1.6 + _ROW_IN * len(jobs)
    own = ax is None
    ax = style.new_axes(ax, height_in=height_in, label_in=1.6)
    if own:
        left_in = max(1.3, style.names_in(jobs))
        ax.figure.subplots_adjust(
            left=left_in / 7.6, bottom=0.9 / height_in, top=1 - 0.5 / height_in
        )
    ax.grid(False)
    rows = {job: len(jobs) - 1 - i for i, job in enumerate(jobs)}
    colour = style.colour("threads")
    for job, found in measured.items():
        y, (low, high) = rows[job], found.quartiles
        ax.plot(
            found.speed_ups, [y] * len(found.speed_ups), style.marker("threads"), color=colour,
            alpha=0.25, ms=4, mew=0, zorder=3,
        )  # fmt: skip
        ax.plot([low, high], [y, y], color=colour, alpha=0.35, lw=8, solid_capstyle="butt")
        ax.plot(
            [found.speed_up], [y], style.marker("threads"), color=colour,
            ms=9, mec="white", mew=0.8, zorder=5,
        )  # fmt: skip
        ax.annotate(
            f"{found.speed_up:.2f}×", (found.speed_up, y), xytext=(0, 9), ha="center",
            textcoords="offset points", color=style.ink("threads"), weight="bold",
            fontsize=style.FONT - 0.5,
            bbox={"facecolor": "white", "linewidth": 0, "pad": 1}, zorder=4,
        )  # fmt: skip
    for job, speed_up in models.items():
        ax.plot([speed_up], [rows[job]], "D", color=style.INK, ms=8, mfc="none", zorder=6)
    for job, found in recorded.items():
        y = rows[job] - 0.27
        ax.plot(found.quartiles, [y, y], color=colour, lw=1)
        ax.plot([found.speed_up], [y], style.marker("threads"), color=colour, ms=6, mfc="white")
        ax.annotate(
            f"recorded {found.speed_up:.2f}×", (max(found.quartiles), y), xytext=(8, 0),
            va="center", textcoords="offset points", color=style.ink("threads"),
            fontsize=style.FONT - 1.5,
            bbox={"facecolor": "white", "linewidth": 0, "pad": 1}, zorder=4,
        )  # fmt: skip
    _frame(ax, rows, measured | recorded, models)
    style.write_choices(ax, rows, chosen, yes="side by side", no="in turns")
    if models:
        ax.plot([], [], "D", color=style.INK, ms=7, mfc="none", label="simulated")
        ax.legend(
            loc="upper right", bbox_to_anchor=(1.0, -0.17), frameon=False,
            fontsize=style.FONT - 1, handletextpad=0.2, borderaxespad=0,
        )  # fmt: skip
    said = describe_overlaps(measured, models)
    if recorded:
        said += f" Recorded on another machine: {_by_job(recorded, {})}."
    style.set_alt_text(ax, said)
    return ax


def describe_overlaps(measured, models=None):
    """Return the chart in one sentence, for somebody who cannot see it."""
    if not measured:
        return "A chart of what two threads get done, still empty."
    said = _by_job(measured, models or {})
    return f"How many times the work of one thread two threads get done: {said}."


def _by_job(measured, models):
    return "; ".join(
        f"{job} {found.speed_up:.2f}" + (f", simulated {models[job]:.2f}" if job in models else "")
        for job, found in measured.items()
    )


def _frame(ax, rows, measured, models):
    ax.spines["left"].set_visible(False)
    ax.set_yticks(list(rows.values()), list(rows), fontsize=style.FONT)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.5, len(rows) - 0.25)
    drawn = [speed_up for found in measured.values() for speed_up in found.speed_ups]
    right = min(max([2.2, *drawn, *models.values()]), _FARTHEST)
    ax.set_xlim(0, 1.04 * right)
    for job, found in measured.items():
        n_beyond = sum(speed_up > 1.04 * right for speed_up in found.speed_ups)
        if n_beyond:
            ax.annotate(
                f"{n_beyond} beyond →", (1, rows[job]), xycoords=ax.get_yaxis_transform(),
                xytext=(0, 9), textcoords="offset points", ha="right", color=style.QUIET,
                fontsize=style.FONT - 1.5,
            )  # fmt: skip
    ax.set_xlabel("times one thread's work", fontsize=style.FONT, color=style.INK, loc="left")
    ax.axvline(1, color=style.colour("serial"), lw=1.1, zorder=1)
    ax.axvline(2, color=style.QUIET, lw=1.1, ls="--", zorder=1)
    words = {0: "0", 0.5: "0.5", 1: "1\nin turns", 1.5: "1.5", 2: "2\nside by side"}
    if right > 3.5:  # no room for the halves
        words = {x: text for x, text in words.items() if x == round(x)}
    words |= {n: f"{n}" for n in range(3, int(right) + 1)}
    ax.set_xticks(list(words), list(words.values()))
    style.title(ax, "What two threads get done in the time of one")
