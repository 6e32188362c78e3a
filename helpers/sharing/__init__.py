"""Notebook 06: sharing data between threads."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cell import audit, audit_elsewhere, price, show_locks
    from .locks import WatchedLock
else:
    __getattr__, __dir__ = lazily(__name__)
