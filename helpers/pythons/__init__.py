"""Notebook 09: other Pythons, with and without the GIL."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cell import climb, cost, eras, interpreters, there_and_back
    from .chart import FREE, LOCKED
    from .elsewhere import load_eras
    from .find import find_pythons, one_of_each
    from .refusal import import_elsewhere
    from .switch import switch_on
    from .wheels import load_wheels
else:
    __getattr__, __dir__ = lazily(__name__)
