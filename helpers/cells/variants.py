"""A chart of several ways of doing one job, growing in its cell while they are timed."""

import contextlib

from ..core import worker
from ..draw.variants import plot_variants
from ..errors import Stopped
from .live import REDRAW_S, Picture, exclusive, paragraphs


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
    picture = Picture()
    chosen = (choice and choice.chosen) or ()
    table, drawn_s = None, 0.0
    with exclusive():
        try:
            with contextlib.closing(comparison.run()) as tables:
                for table in tables:
                    if worker.now() - drawn_s >= REDRAW_S:
                        _draw(picture, comparison, table, chosen, job)
                        drawn_s = worker.now()
        except KeyboardInterrupt:
            raise Stopped(
                "Stopped: the chart keeps what was timed, and nothing is left running. Run this "
                "cell again before those below."
            ) from None
        finally:
            if table is not None:
                _draw(picture, comparison, table, chosen, job)
    return table


def _draw(picture, comparison, table, chosen, job):
    said = str(table.capacity)
    ax = plot_variants(table, n_variants=len(comparison.variants), chosen=chosen, job=job)
    picture.update(ax.figure, paragraphs([said]), said)
