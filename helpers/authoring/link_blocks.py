"""Badges where they stand in this repository: README.md, each notebook, and their drawings."""

import html
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat

from . import blocks, page, pages
from .links import CHECKOUT, COLAB_TAG, HOSTS, PLACE, Place, notebooks

_FIRST = "notebooks/00_start_here.ipynb"
_PICTURES = "data/pictures"
_GIVES = {
    "binder": "Binder needs no account. It gives one CPU and 2 GB, and ends after ten minutes "
    "without use: download what you save. The first start takes a minute or more.",
    "codespaces": "Codespaces needs an account at GitHub, and gives four cores.",
    "colab": "Colab needs an account at Google, and gives two cores. Run its first cell: it "
    "fetches the lab.",
}
# Who comes by a badge may press Run All at once, and then sees nothing happen; 00 says so itself.
_AFTER_RUN_ALL = " After Run All, JupyterLab shows the last cell: scroll up to see the charts grow."
_NOWHERE = (
    "This copy is not on a public server, so there is no button to press: [two commands](#start) "
    "open it on your own computer."
)
# What Colab lacks is fetched; what it has stays as it is, for a kernel cannot change the packages
# that it runs on. It is known by its own package, which it loads before the first cell.
_ON_COLAB = """\
# For Colab alone: fetch the lab. Elsewhere this cell does nothing.
import sys

if "google.colab" in sys.modules:
    source = "git+{address}{at}#egg=gil-lab"
    !{{sys.executable}} -m pip install --quiet --no-deps --src /content --editable {{source}}
    sys.path.append("/content/gil-lab")"""


def wanted(place: Place | None, checkout: Path = CHECKOUT) -> Iterator[tuple[Path, str | None]]:
    """Yield each file that holds an address or a badge, and its text as it should be for a place.

    The text is None where there should be no such file. Without a place there is no badge at all.
    """
    yield checkout / PLACE, None if place is None else place.as_json()
    for host, name in HOSTS.items():
        shown = place is not None and host in place.hosts
        yield checkout / _PICTURES / f"open-in-{host}.svg", _drawing(name) if shown else None
    readme = checkout / "README.md"
    yield readme, blocks.replace(readme.read_text(encoding="utf-8"), "badges", _ways_in(place))
    for path in notebooks(checkout):
        text = (checkout / path).read_text(encoding="utf-8")
        yield checkout / path, _with_badges(nbformat.reads(text, as_version=4), path, place)


def write(place: Place | None, checkout: Path = CHECKOUT) -> list[str]:
    """Write a place and its badges into a checkout; return the files that are new, other or gone.

    They are given from the top of the checkout.
    """
    changed = []
    for path, text in [*wanted(place, checkout)]:
        old = path.read_text(encoding="utf-8") if path.exists() else None
        if text == old:
            continue
        changed.append(path.relative_to(checkout).as_posix())
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
    return changed


def printed(
    place: Place, paths: Sequence[Path], host: str | None = None, form: str = "markdown"
) -> list[str]:
    """Return lines for another page: the badges of notebooks, each behind its title.

    Raises:
        LabError: there is no such host or format, or the host does not open this repository.
    """
    lines = []
    for path in paths:
        hosts = place.hosts if host is None else [host]
        badges = [place.badge(one, f"notebooks/{path.name}", form) for one in hosts]
        name, line = pages.title(nbformat.read(path, as_version=4)), " ".join(badges)
        if form == "url":
            lines += badges
        elif len(paths) == 1:
            lines.append(line)
        else:
            is_html = form == "html"
            lines.append(f"<li>{html.escape(name)} {line}</li>" if is_html else f"- {name} {line}")
    return [*dict.fromkeys(lines)]


def _ways_in(place):
    if place is None:
        return _NOWHERE
    gives = [f"- {_GIVES[host]}" for host in place.hosts]
    every = "Each notebook has these badges of its own, below its title."
    return "\n".join([place.badges(_FIRST, _PICTURES), "", *gives, "", every])


def _with_badges(notebook, path, place):
    """Return the text of a notebook with a place's badges below its title, and Colab's cell."""
    page.without_colab(notebook)
    first = notebook.cells[0]
    parts = [part for part in first.source.split("\n\n") if not part.startswith("[![Open in ")]
    if place is not None:
        said = "" if path == _FIRST else _AFTER_RUN_ALL
        # Below the title and the way on, in one line: pages leave it out.
        parts.insert(2, place.badges(path, f"../{_PICTURES}") + said)
        if "colab" in place.hosts:
            notebook.cells.insert(1, _colab_cell(place))
    first.source = "\n\n".join(parts)
    return nbformat.writes(notebook) + "\n"


def _colab_cell(place):
    at = "" if place.ref == "HEAD" else f"@{place.ref}"  # pip warns of a HEAD that is spelt out
    source = _ON_COLAB.format(address=place.address, at=at)
    folded = {"source_hidden": True}  # in JupyterLab; Colab shows it
    metadata = {"tags": [COLAB_TAG], "jupyter": folded}
    return nbformat.v4.new_code_cell(source, id=COLAB_TAG, metadata=metadata)


def _drawing(name):
    """Return an SVG: a badge of this repository's own, readable in light and in dark."""
    text = f"Open in {name}"
    width = 24 + 7 * len(text)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="24" role="img">',
            f"  <title>{text}</title>",
            f'  <rect width="{width}" height="24" rx="5" fill="#0b5a8a"/>',
            f'  <text x="{width / 2:g}" y="16.5" text-anchor="middle" textLength="{width - 24}" '
            f'fill="#ffffff" font-family="sans-serif" font-size="13">{text}</text>',
            "</svg>",
            "",
        ]
    )
