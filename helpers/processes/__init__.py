"""Notebooks 02 and 05: what a process costs, and what copying does."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.cut import cut
    from .break_even_chart import plot_break_even
    from .break_even_lab import BreakEvenLab
    from .checks_02 import WORKER_LOOP
    from .forked import count_in_forks, fresh_python, import_s, keep_rows
    from .in_turns import time_in_turns
    from .rows import count, count_block, count_rows, count_shared, make_matrix, shared
    from .split import measure_job, measure_split, measure_splits
    from .split_chart import plot_splits
    from .strings_chart import plot_arrivals, plot_times
    from .when_it_pays import break_even, crossing
else:
    __getattr__, __dir__ = lazily(__name__)
