"""Notebook 08: libraries with threads of their own."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cell import crowds
    from .oversubscription import blas_threads, in_words
    from .whole_script import WholeScript
else:
    __getattr__, __dir__ = lazily(__name__)
