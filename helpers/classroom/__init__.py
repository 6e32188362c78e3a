"""A class: votes before and after the talk, and everybody's results, on one board."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .book import Book
    from .client import Session, join
    from .questions import Question, catalogue, question_of
    from .short_code import answer_code, read_code
else:
    __getattr__, __dir__ = lazily(__name__)
