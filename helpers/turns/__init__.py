"""Notebook 01: threads that take turns, recorded and simulated."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .agreement import show_overlaps, show_simulated
    from .chart import plot_timeline
    from .simulator import Hold, HoldC, Release, Wait, simulate
    from .simulator_lab import SimulatorLab
    from .summary import from_stamps
    from .timeline_lab import TimelineLab
else:
    __getattr__, __dir__ = lazily(__name__)
