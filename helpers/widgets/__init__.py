"""What a reader clicks and watches: controls, a call of a tested function, a picture."""

from .break_even_lab import BreakEvenLab
from .choice import Choice
from .class_board import ClassBoard
from .live import run_live, say, show, show_image
from .parsons import Parsons
from .prediction import Prediction
from .scaling_lab import ScalingLab
from .simulator_lab import SimulatorLab
from .timeline_lab import (
    TimelineLab,
    record_live,
    run_side_by_side,
    show_overlaps,
    show_simulated,
)

__all__ = [
    "BreakEvenLab",
    "Choice",
    "ClassBoard",
    "Parsons",
    "Prediction",
    "ScalingLab",
    "SimulatorLab",
    "TimelineLab",
    "record_live",
    "run_live",
    "run_side_by_side",
    "say",
    "show",
    "show_image",
    "show_overlaps",
    "show_simulated",
]
