"""Notebook 10: several servers, several machines."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cell import behind_network
    from .chart import plot_moves, plot_on_paper, plot_servers
    from .errand import Errand
    from .file_parts import count_parts, cut_file
    from .lab import ClusterLab, NetworkLab, PaperLab
    from .model import in_words, on_paper
    from .moves import (
        lacking,
        load_beyond,
        measure_moves,
        seconds_for_a_call,
    )
    from .servers import measure_servers
    from .trips import load_trips
    from .trips_chart import plot_trips
else:
    __getattr__, __dir__ = lazily(__name__)
