"""Where the cores of a machine went while processes ran: to the job, to copying, elsewhere."""

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import style

_COPYING = style.COLOURS["distributed"]
_LABELLED = 0.12  # cores: a narrower part has no room for its figure


def plot_accounts(accounts, *, ax=None):
    """Draw a bar for each way of splitting a job: the cores that the machine gave, by use.

    Args:
        accounts: a dict from a name for the reader to a ``helpers.measure.copying.Account``.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes: cores across, the first account on top. A rest below 0 (measured
        apart, the copying took longer than the run had time for) is not drawn.
    """
    if ax is None:
        ax = style.new_axes(height_in=1.9 + 0.55 * len(accounts), label_in=0.3)
        ax.figure.subplots_adjust(left=0.21, bottom=1.15 / ax.figure.get_figheight())
    ax.grid(False)
    colours = _colours(accounts)
    for y, one in enumerate(accounts.values()):
        _draw_bar(ax, y, one, colours)
    ax.set_yticks(range(len(accounts)), list(accounts))
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.05 * max([1.0, *(max(a.capacity, a.speed_up) for a in accounts.values())]))
    ax.set_xlabel("cores, on average", fontsize=style.FONT, color=style.INK, loc="left")
    key = [Patch(color=colour, label=words) for words, colour in colours.items()]
    key.append(Line2D([], [], ls="--", color=style.INK, lw=1.1, label="what the cores can do"))
    ax.legend(
        handles=key, loc="upper left", bbox_to_anchor=(0, -0.62 / _axes_height_in(ax)),
        ncols=4, frameon=False, fontsize=style.FONT - 1, handlelength=1.2, columnspacing=1.4,
        borderaxespad=0, borderpad=0,
    )  # fmt: skip
    style.title(ax, "What the cores did")
    style.set_alt_text(ax, describe_accounts(accounts))
    return ax


def describe_accounts(accounts):
    """Return the chart in a sentence for each bar, for somebody who cannot see it.

    >>> describe_accounts({})
    ''
    """
    return " ".join(
        f"{name}: of {one.capacity:.2f} cores {one.speed_up:.2f} did the job and "
        f"{one.copying:.2f} copied."
        for name, one in accounts.items()
    )


def _colours(accounts):
    """Return the colour of each part, by the words of the key."""
    kind = next((one.kind for one in accounts.values()), "processes")
    return {"the job": style.colour(kind), "copying": _COPYING, "neither": style.FAINT}


def _draw_bar(ax, y, one, colours):
    left = 0.0
    parts = zip((one.speed_up, one.copying, one.rest), colours.values(), strict=True)
    for cores, colour in parts:
        cores = max(0.0, cores)
        ax.barh(y, cores, 0.55, left, color=colour, ec="white", lw=0.8)
        if cores > _LABELLED:
            ink = "white" if colour == style.COLOURS["processes"] else style.INK
            ax.text(
                left + cores / 2, y, f"{cores:.2f}", ha="center", va="center", color=ink,
                fontsize=style.FONT - 1,
            )  # fmt: skip
        left += cores
    ax.plot([one.capacity] * 2, [y - 0.4, y + 0.4], "--", color=style.INK, lw=1.1)


def _axes_height_in(ax):
    return ax.get_position().height * ax.figure.get_figheight()
