"""What a reader clicks and watches: controls, a call of a tested function, a picture."""

from .live import run_live, show
from .parsons import Parsons
from .prediction import Prediction
from .scaling_lab import ScalingLab

__all__ = ["Parsons", "Prediction", "ScalingLab", "run_live", "show"]
