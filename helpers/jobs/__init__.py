"""The jobs that are measured: strings, pictures in two forms, and any function with a list."""

from ..lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .maps import project
    from .pictures import PICTURES, Picture, draw, drawn_map, finish, render, render_all, steps
    from .places import load_places
    from .strings import count_changed, normalise, normalise_all
else:
    __getattr__, __dir__ = lazily(__name__)
