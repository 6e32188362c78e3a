"""Threads that want a CPU against the CPUs there are, and what the job takes: two panels."""

from ..draw import style


def plot_crowds(crowds, *, ax=None):
    """Draw a row for each way: its seconds, and the threads that wanted a CPU meanwhile.

    Args:
        crowds: a list of ``helpers.libraries.oversubscription.Crowd``.
        ax: the axes of the seconds, of a figure with nothing else; a new one when None.

    Returns:
        The matplotlib Axes of the seconds; those of the threads stand at their right.
    """
    height_in = 1.3 + 0.55 * len(crowds)
    ax = style.new_axes(ax, height_in=height_in)
    ax.figure.subplots_adjust(
        left=0.27, right=0.6, bottom=0.65 / height_in, top=1 - 0.5 / height_in
    )
    beside = style.new_axes(ax.figure.add_subplot(position=[0.66, *_span(ax)]))
    known = [crowd for crowd in crowds if crowd.n_runnable is not None]
    _draw(ax, crowds, [crowd.seconds for crowd in crowds], crowds, "{:.2g}")
    _draw(beside, crowds, [crowd.n_runnable for crowd in known], known, "{:g}")
    ax.set_yticks(range(len(crowds)), [crowd.name for crowd in crowds])
    ax.set_xlabel("seconds", fontsize=style.FONT, color=style.INK, loc="left")
    beside.set_yticks([])
    beside.set_xlabel(
        "threads that want a CPU" if known else "(this system does not count threads)",
        fontsize=style.FONT, color=style.INK, loc="left",
    )  # fmt: skip
    beside.axvline(crowds[0].usable_cpus, ls="--", color=style.INK, lw=1.1)
    beside.text(
        crowds[0].usable_cpus, -0.62, " CPUs", color=style.INK, fontsize=style.FONT - 1,
        va="bottom",
    )  # fmt: skip
    style.title(ax, f"{crowds[0].n_workers} processes")
    style.set_alt_text(ax, " ".join(f"{crowd}." for crowd in crowds))
    return ax


def _span(ax):
    box = ax.get_position()
    return box.y0, 0.31, box.height


def _draw(ax, crowds, lengths, drawn, form):
    """Draw a bar with its number for each of the crowds that are ``drawn``."""
    right = max([*lengths, 0], default=0) or 1
    for crowd, length in zip(drawn, lengths, strict=True):
        y = crowds.index(crowd)
        ax.barh(y, length, 0.6, color=style.colour("processes"), lw=0)
        ax.annotate(
            form.format(length), (length, y), xytext=(5, 0), textcoords="offset points",
            va="center", color=style.INK, fontsize=style.FONT - 1,
        )  # fmt: skip
    ax.grid(False)
    ax.set_xlim(0, 1.25 * max(right, crowds[0].usable_cpus if drawn is not crowds else 0))
    ax.set_ylim(len(crowds) - 0.5, -0.6)
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
