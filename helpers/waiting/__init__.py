"""Notebook 04: waiting overlaps."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cell import load_test
    from .database import COUNT, FETCH, ask, places_database
    from .files import files_job, temporary_files, what_is_measured
    from .web import fetch_all, fetch_async, open_async_client
    from .web_server import WebServer
    from .words import enough
else:
    __getattr__, __dir__ = lazily(__name__)
