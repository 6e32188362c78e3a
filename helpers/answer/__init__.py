"""Notebook 12: the report, the decision chart, the quiz, the class board."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..judge.choose import LEAVES
    from .bring_back import BringBack
    from .capstone import unknown_jobs
    from .decision_chart import plot_decision
    from .quiz_cell import Quiz
    from .words import first_thoughts, saved_lines
else:
    __getattr__, __dir__ = lazily(__name__)
