"""Notebooks 02 and 05: what a process costs, and what copying does."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.cut import cut
    from .break_even_lab import BreakEvenLab
    from .checks_02 import WORKER_LOOP
    from .in_turns import time_in_turns
    from .lengths import measure_lengths
    from .memory import measure_memory
    from .probes import fill
    from .rows import count, count_block, count_rows, count_shared, make_matrix
    from .split import measure_splits
    from .split_chart import plot_splits
    from .starts import measure_starts
    from .strings_chart import plot_arrivals, plot_times
    from .travels import try_to_send
else:
    __getattr__, __dir__ = lazily(__name__)
