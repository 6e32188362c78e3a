"""Several ways of doing one job: their chart grows in its cell while they are timed."""

from ..draw.variants import plot_variants
from .watch import watch


def compare_live(comparison, choice=None, *, job="One count"):
    """Time a ``helpers.core.variants.Comparison`` in this cell, and return its ``Table``.

    Args:
        comparison: what is timed.
        choice: a ``Choice`` among the names; what was committed in it is marked on the chart.
        job: what is done in all these ways, for the chart's title.

    Raises:
        Stopped: the kernel was interrupted. No worker is left; the chart keeps the tries.
        LabError: as ``Comparison.run``.
    """
    n_ways = len(comparison.variants)
    chosen = (choice and choice.chosen) or ()
    return watch(
        comparison.run(),
        lambda table: plot_variants(table, n_variants=n_ways, chosen=chosen, job=job),
        lambda table: [table.capacity],
    )
