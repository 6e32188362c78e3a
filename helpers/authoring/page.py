"""A notebook that was run -> the inside of an HTML page that needs neither kernel nor network."""

import base64
import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from io import BytesIO
from pathlib import Path

from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode
from PIL import Image
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from ..cells.controls import VIEW
from .controls import made_by, names_read, questions, without_controls
from .links import CHECKOUT, COLAB_TAG

PICTURES = "pictures"  # the folder of a site's pictures, beside its pages
_DRAWING = re.compile(r'src="\.\./(data/pictures/([\w-]+\.svg))"')  # as Markdown's ![](../data/...)
_INLINE = re.compile(r'<img ([^>]*?)src="data:image/png;base64,([^"]+)"')
_FRAMED = re.compile(r'srcdoc="([^"]*)"')
# An iframe that a click unfolds: a browser would read it at once, a link waits for the click.
_FOLDED = re.compile(
    r'<details><summary>(.*?)</summary><iframe [^>]*srcdoc="([^"]*)"[^>]*></iframe></details>'
)
_ANCHOR = re.compile(r'<a class="anchor-link".*?</a>')
_SOURCE = re.compile(r' title="claim [^"]*"')  # the id of what a link is the source of
_HEADING = re.compile(r"<h([1-6]) id=\"([^\"]+)\">")
_BADGES = re.compile(r"^\[!\[Open in .*\n?", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
#: The tag of a cell for whoever runs the notebook, such as a lab: pages are made without it.
LEFT_OUT = "remove-cell"
_CHECK, _OPEN = "lab.check(", "○ Still open:"  # an exercise's check, and what it says of the dots
_WIDE = '<div class="wide">'


def to_html(
    notebook: NotebookNode,
    folder: Path,
    paths: Iterable[Path] = (),
    instead: Mapping[str, str] | None = None,
) -> str:
    """Return the cells of a notebook that was run as HTML; their pictures go to a folder.

    Args:
        notebook: loses the cells that are for Colab, or for whoever runs it.
        folder: where the page will stand, and its ``pictures`` beside it.
        paths: notebooks that have pages: links lead there.
        instead: HTML that stands, once, in place of controls: by their kind (see ``made_by``).
    """
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    names = "|".join(re.escape(path.stem) for path in paths)
    without_colab(notebook)
    _without_what_needs_a_kernel(notebook)
    parts: list[str] = []
    ids: set[str] = set()
    left = dict(instead or {})
    for n, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(_prose(cell.source, names, folder, ids))
        elif cell.cell_type == "code" and (kinds := made_by(cell.source)):
            read = names_read(notebook.cells[n + 1 :])
            parts.append(_code(without_controls(cell.source, read)))
            parts.append(_in_place(kinds, left, cell.get("outputs", []), folder))
        elif cell.cell_type == "code":
            parts.append(_code(cell.source))
            parts.append(_outputs(cell.get("outputs", []), folder))
    return "\n".join(part for part in parts if part)


def _in_place(kinds, left, outputs, folder):
    """Return what a page has in place of controls, and take it from what is ``left``."""
    here = next((kind for kind in kinds if kind in left), None)
    if here is not None:
        return left.pop(here)
    return questions(outputs) if "predict" in kinds else _outputs(outputs, folder)


def without_colab(notebook: NotebookNode) -> None:
    """Take the cell that is for Colab alone out of a notebook."""
    notebook.cells = [cell for cell in notebook.cells if COLAB_TAG not in _tags(cell)]


def _tags(cell):
    return cell.metadata.get("tags", ())


def _without_what_needs_a_kernel(notebook):
    notebook.cells = [
        cell
        for cell in notebook.cells
        if LEFT_OUT not in _tags(cell) and not cell.source.startswith(_CHECK)
    ]


# --- Prose and code ----------------------------------------------------------------------


def _prose(source, names, folder, ids):
    source = _BADGES.sub("", source)  # the page has a button of its own
    if names:
        source = re.sub(rf"\]\(({names})\.ipynb", r"](\1.html", source)
    html = _SOURCE.sub("", _ANCHOR.sub("", markdown2html_mistune(source)))
    html = _HEADING.sub(lambda found: f'<h{found[1]} id="{_unique(found[2], ids)}">', html)
    html = html.replace("<table>", f"{_WIDE}<table>")
    html = html.replace("</table>", "</table></div>")
    return _DRAWING.sub(lambda drawing: _drawing(drawing, folder), html)


def _unique(id, ids):
    n, given = 1, id
    while given in ids:
        n += 1
        given = f"{id}-{n}"
    ids.add(given)
    return given


def _drawing(drawing, folder):
    """Return the source of a project's drawing, which is copied beside the page."""
    (folder / PICTURES / drawing[2]).write_bytes((CHECKOUT / drawing[1]).read_bytes())
    return f'src="{PICTURES}/{drawing[2]}"'


@functools.cache
def _lexer():
    return get_lexer_by_name("ipython3")


def _code(source):
    if not source.strip():
        return ""
    html = highlight(source, _lexer(), HtmlFormatter(nowrap=True))
    return f'<pre class="highlight"><code>{html.rstrip()}</code></pre>'


# --- What a cell has shown ---------------------------------------------------------------


def _outputs(outputs, folder):
    return "\n".join(filter(None, (_output(output, folder) for output in outputs)))


def _output(output, folder):
    if output.output_type == "stream":
        return _plain(output.text)
    if output.output_type == "error":
        return _plain(f"{output.ename}: {output.evalue}", "error")
    data = output.get("data", {})
    text = data.get("text/plain", "")
    if text.startswith(_OPEN):
        return ""
    if VIEW in data:  # without its controls; the lines of a puzzle can be read all the same
        return _plain(text) if "\n" in text else ""
    if "text/html" in data:
        html = _FOLDED.sub(lambda found: _linked(found, folder), data["text/html"])
        html = _FRAMED.sub(lambda found: f'src="{_page(found[1], folder)}" loading="lazy"', html)
        html = _INLINE.sub(lambda found: _picture(found[1], found[2], folder), html)
        return f'<div class="output">{html}</div>'
    if "image/png" in data:
        alt = output.metadata.get("image/png", {}).get("alt", "")
        html = _picture(f'alt="{escape(alt)}" ', data["image/png"], folder)
        return f'<div class="output">{html}></div>'
    return _plain(text)


def _plain(text, kind="output"):
    text = _COLOUR.sub("", text).rstrip()
    return f'<pre class="{kind}">{escape(text)}</pre>' if text else ""


def _page(document, folder):
    """Return the address of an iframe's document, which goes to a file."""
    content = unescape(document)
    name = f"{hashlib.sha256(content.encode()).hexdigest()[:12]}.html"
    (folder / PICTURES / name).write_text(content, encoding="utf-8")
    return f"{PICTURES}/{name}"


def _linked(found, folder):
    return f'<p><a href="{_page(found[2], folder)}">{found[1]}</a></p>'


def _picture(attributes, data, folder):
    """Return the begin of an image's tag; the image goes to a file, the same one only once."""
    content = base64.b64decode(data)
    name = f"{hashlib.sha256(content).hexdigest()[:12]}.webp"
    with Image.open(BytesIO(content)) as image:
        width, height = image.size
        image.save(folder / PICTURES / name, lossless=True, method=4)
    said = re.search(r'width="(\d+)"', attributes)
    if said:
        height = round(height * int(said[1]) / width)
    else:
        attributes += f'width="{width}" '
    return (
        f'<img {attributes}height="{height}" loading="lazy" decoding="async" '
        f'src="{PICTURES}/{name}"'
    )
