"""Notebook 10: several servers, several machines."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .chart import plot_moves, plot_on_paper, plot_servers
    from .file_parts import count_parts, cut_file
    from .lab import ClusterLab
    from .model import cluster_model, in_words, lasting
    from .moves import (
        lacking,
        load_beyond,
        measure_moves,
        seconds_for_a_call,
    )
    from .servers import measure_servers
else:
    __getattr__, __dir__ = lazily(__name__)
