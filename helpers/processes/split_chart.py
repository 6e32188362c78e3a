"""Where the time of each kind of pool goes, as stacked bars."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from ..draw import marks, style
from ..units import counted
from .split import PARTS, Split

# What processes cost, the work itself apart from it; no colour is that of a kind of worker.
_LOOKS: dict[str, style.Look] = {
    "starting": {"fc": "#CA9161", "hatch": "///"},  # hatches for eyes that see no colours
    "sending": {"fc": "#F0E442"},
    "computing": {"fc": "#45556B"},
    "waiting for the GIL or a core": {"fc": "#E8A58F", "hatch": "xxx"},
    "sending back": {"fc": "#D9C200", "hatch": "..."},
    "waiting for the slowest": {"fc": "#D9D9D9"},
}


def plot_splits(
    splits: Sequence[Split], *, names: Iterable[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a bar for each split: seconds across, cut into parts.

    Args:
        splits: one or more.
        names: of the rows; the kinds of pools with their workers when None.
        ax: where to draw; a figure of its own when None.

    Returns:
        The matplotlib Axes. The tick at a bar's end is its measured wall time.
    """
    ax = marks.rows(names or map(_name, splits), ax, row_in=0.55)
    right = max(split.median_s for split in splits)
    for y, split in enumerate(splits):
        parts = [(split.part_s(part), _LOOKS[part]) for part in PARTS]
        marks.stack(ax, y, parts, least=0.07 * right)
        ax.plot([split.median_s] * 2, [y - 0.38, y + 0.38], color=style.INK, lw=2)
    ax.set_xlim(0, 1.04 * right)
    marks.key(ax, [Patch(ec="white", label=part, **_LOOKS[part]) for part in PARTS])
    alt = " ".join(f"{split}." for split in splits)
    return style.label(ax, "Where the time goes", x="seconds, average over the workers", alt=alt)


def _name(split):
    workers, sublists = counted(split.n_workers, "worker"), counted(split.n_sublists, "sublist")
    return f"{split.kind}\n{workers}, {sublists}"
