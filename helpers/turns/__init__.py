"""Notebook 01: threads that take turns, recorded and simulated."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .chart import plot_timeline
    from .simulator_lab import SimulatorLab
    from .summary import from_stamps
    from .timeline_lab import TimelineLab
else:
    __getattr__, __dir__ = lazily(__name__)
