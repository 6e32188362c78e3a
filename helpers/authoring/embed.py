"""Lines for somebody else's page: a unit in an iframe that is as high as it needs to be."""

from html import escape

import nbformat

from ..errors import LabError, shown
from . import publish, units
from .pages import chosen, title

_FIT = (
    'addEventListener("message", (event) => {\n'
    '  for (const frame of document.querySelectorAll("iframe")) {\n'
    "    const height = event.data?.gilLabHeight;\n"
    "    if (frame.contentWindow === event.source && height > 0 && height < 5000)\n"
    "      frame.style.height = `${height}px`;\n"
    "  }\n"
    "});"
)


def lines(number: str, address: str | None = None) -> str:
    """Return HTML that shows a notebook's unit: an iframe, its script, and a link for feeds.

    Args:
        number: of the notebook, two digits.
        address: where the pages are published, such as https://owner.github.io/name; where
            GitHub Pages has those of this repository when None.

    Raises:
        LabError: there is no such unit, or no address of the web is known.
    """
    if number not in units.QUESTIONS:
        known = ", ".join(units.QUESTIONS)
        raise LabError(f"the units are {known}, not {shown(number)}: choose one")
    address = publish.published_at() if address is None else address
    if not address.startswith(("https://", "http://")):
        raise LabError(
            "the pages' address is one such as https://owner.github.io/name, not "
            f"{shown(address) if address else 'known here'}: give it by --address"
        )
    [path] = chosen([number])
    name = escape(title(nbformat.read(path, as_version=4)).removeprefix(number).strip())
    base = escape(address.rstrip("/"), quote=True)
    return (
        f'<iframe src="{base}/units/{number}.html" title="{name}: predict, then see" '
        'style="width:100%;height:36em;border:0" loading="lazy"></iframe>\n'
        f"<script>\n{_FIT}\n</script>\n"
        f'<p><a href="{base}/{path.stem}.html">{name}: predict, then see what was measured</a></p>'
    )
