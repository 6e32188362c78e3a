"""Notebook 09: other Pythons, with and without the GIL."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cell import eras
    from .chart import FREE, LOCKED
    from .elsewhere import load_eras, look_up_jobs, measure_elsewhere
    from .find import find_pythons, has_interpreters, one_of_each, price_pair
    from .price import load_price, measure_price
else:
    __getattr__, __dir__ = lazily(__name__)
