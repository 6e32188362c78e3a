"""Notebook 03: for what share of a call the GIL is held."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.side_by_side import held_share
    from .chart import plot_steps
else:
    __getattr__, __dir__ = lazily(__name__)
