"""Notebook 03: which calls hold the GIL, and for what share of their time."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .calls import common_calls
    from .listing import lines_of, meter_calls, meter_lines
else:
    __getattr__, __dir__ = lazily(__name__)
