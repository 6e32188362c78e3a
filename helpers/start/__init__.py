"""Notebook 00: three jobs, the same two workers, three answers."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .three_jobs import compare_jobs
else:
    __getattr__, __dir__ = lazily(__name__)
