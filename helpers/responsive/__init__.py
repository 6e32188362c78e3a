"""Notebook 07: staying responsive."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .beats import record_beats
    from .cell import CancelLab, convoy, lateness, show_beats
else:
    __getattr__, __dir__ = lazily(__name__)
