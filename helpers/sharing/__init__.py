"""Notebook 06: sharing data between threads."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cell import audit, everywhere, four_tellers, gap, price, show_locks, steps
    from .locks import WatchedLock
else:
    __getattr__, __dir__ = lazily(__name__)
