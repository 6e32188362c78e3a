"""Where the time of each kind of pool goes, as stacked bars."""

from ..draw import style
from ..units import counted
from .split import PARTS

_COLOURS = {  # one family for what processes cost, the work itself apart from it
    "starting": "#CA9161",
    "sending": "#56B4E9",
    "computing": "#029E73",
    "sending back": "#0173B2",
    "waiting for the slowest": "#D9D9D9",
}
_HATCHES = {"starting": "///", "sending back": "..."}  # for eyes that see no colours


def plot_splits(splits, *, ax=None):
    """Draw a bar for each ``helpers.processes.split.Split``: seconds across, cut into parts.

    Args:
        splits: a list of one or more.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes. The tick at a bar's end is its measured wall time.
    """
    if ax is None:
        height_in = 1.4 + 0.55 * len(splits)
        ax = style.new_axes(height_in=height_in, label_in=0.4)
        ax.figure.subplots_adjust(left=0.27, bottom=0.65 / height_in, top=1 - 0.5 / height_in)
    ax.grid(False)
    right = max(split.median_s for split in splits)
    for y, split in enumerate(splits):
        left = 0.0
        for part in PARTS:
            seconds = split.part_s(part)
            ax.barh(
                y, seconds, 0.6, left, color=_COLOURS[part], hatch=_HATCHES.get(part),
                ec="white", lw=0.6, label=part if y == 0 else None,
            )  # fmt: skip
            if seconds > 0.07 * right:
                ax.text(
                    left + seconds / 2, y, f"{seconds:.2f}", ha="center", va="center",
                    fontsize=style.FONT - 1.5, color=style.INK,
                    bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 1},
                )  # fmt: skip
            left += seconds
        ax.plot([split.median_s] * 2, [y - 0.38, y + 0.38], color=style.INK, lw=2)
    names = [
        f"{s.kind}\n{counted(s.n_workers, 'worker')}, {counted(s.n_sublists, 'sublist')}"
        for s in splits
    ]
    ax.set_yticks(range(len(splits)), names)
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.04 * right)
    ax.set_xlabel("seconds, average over the workers", fontsize=style.FONT, color=style.INK)
    ax.legend(
        loc="lower left", bbox_to_anchor=(-0.38, 1.0), ncols=5, frameon=False,
        fontsize=style.FONT - 1.5, handlelength=1.2, columnspacing=1.2,
    )  # fmt: skip
    style.set_alt_text(ax, " ".join(f"{split}." for split in splits))
    return ax
