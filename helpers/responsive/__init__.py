"""Notebook 07: staying responsive."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.worker import core_share
    from .beats import busy_thread, record_beats
    from .cell import CancelLab, lateness, show_beats
    from .chart import plot_rates
else:
    __getattr__, __dir__ = lazily(__name__)
