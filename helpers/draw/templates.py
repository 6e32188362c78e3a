"""HTML by templates, which lie beside the code that fills them, such as ``answer/page.html``."""

import functools
import re
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parents[1]
# Control characters, and those that change the direction of the text behind them.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MOST_LETTERS = 2000


def render(name: str, **values: Any) -> str:
    """Return a template of the package, filled: the text of a page or of a part of one.

    Whatever a value holds is shown as text: it is escaped, control characters become spaces, and
    what is longer than 2,000 letters is cut.

    >>> render("draw/facts.html", facts=[("CPU", "<fast>")]).count("&lt;fast&gt;")
    1
    """
    return _environment().get_template(name).render(values)


@functools.cache
def _environment():
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # only where HTML is made

    environment = Environment(
        loader=FileSystemLoader(_PACKAGE),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cut"] = _cut
    return environment


def _visible(value):
    if hasattr(value, "__html__"):  # it is escaped already
        return value
    return _cut(_UNSEEN.sub(" ", str(value)), _MOST_LETTERS)


def _cut(text, n_letters):
    return text if len(text) <= n_letters else f"{text[: n_letters - 1]}…"
