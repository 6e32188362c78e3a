"""Notebook 01: threads that take turns, recorded and simulated."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.spans import from_stamps
    from .chart import plot_timeline
    from .lab import TimelineLab, show_overlaps, show_simulated
    from .simulator import Hold, HoldC, Release, Wait, simulate
    from .simulator_lab import SimulatorLab
else:
    __getattr__, __dir__ = lazily(__name__)
