"""Notebook 04: waiting overlaps."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .bars import plot_requests
    from .cell import load_test
    from .database import places_database
    from .web_server import WebServer
else:
    __getattr__, __dir__ = lazily(__name__)
