"""Notebook 08: libraries with threads of their own."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cell import crowds, script_curve
    from .compiled import compiled_ways
    from .curve import sampled_share, share_of
    from .oversubscription import blas_threads, in_words
    from .two_parts import make_lines, pack, read, script
    from .whole_script import WholeScript
else:
    __getattr__, __dir__ = lazily(__name__)
