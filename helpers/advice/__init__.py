"""Notebook 11: the verdict on a function of your own."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .chart import plot_verdicts
else:
    __getattr__, __dir__ = lazily(__name__)
