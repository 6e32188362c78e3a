"""What cells show: pictures with words below them, and what of it stays in the saved notebook."""

import base64
from collections.abc import Iterable
from html import escape
from typing import Any

from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from ..draw import style
from ..errors import LabError, shown
from ..jobs.pictures import encode
from . import progress


class Picture:
    """A place in a notebook that shows one chart with words below it, and can be updated.

    It may be updated from any thread, one at a time. The last picture stays in the saved
    notebook as an ordinary image.
    """

    def __init__(self) -> None:
        self._handle = None

    def place(self, text: str) -> None:
        """Make room for the picture in the cell that runs now, with a line of text in it."""
        if progress.in_notebook():
            self._display({"text/html": f"<em>{escape(text)}</em>", "text/plain": text})

    def update(self, chart: style.Chart | None, html: str = "", text: str = "") -> None:
        """Show ``chart``, with ``html`` below it; ``text`` is the same words without tags.

        ``chart`` is None where the words are all.
        """
        if not progress.in_notebook():  # display() would print the image's bytes
            words = [style.alt_text(chart), text] if chart is not None else [text]
            print(*filter(None, words), sep="\n")
        elif chart is None:
            self._display({"text/html": html, "text/plain": text})
        else:
            self._display(*bundle(chart, html, text))

    def _display(self, data, metadata=None):
        if self._handle is None:
            self._handle = display(data, metadata=metadata, raw=True, display_id=True)
        else:
            self._handle.update(data, metadata=metadata, raw=True)


def bundle(
    chart: style.Chart, html: str = "", text: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a chart as (data, metadata) for Jupyter: an image with alternative text."""
    parts, alt = style.parts(chart), style.alt_text(chart)
    width = round(100 * sum(part.width_in for part in parts))
    image = parts[0].image if len(parts) == 1 else style.png(chart)
    images = _images(parts)
    data = {
        "image/png": _base64(image),
        "text/html": (f'<figure style="margin:0">{images}<figcaption>{html}</figcaption></figure>'),
        "text/plain": "\n".join(part for part in (alt, text) if part),
    }
    return data, {"image/png": {"width": width, "alt": alt}}


def _images(parts):
    """Return the HTML of one image, or of two side by side.

    Two shrink together down to seven tenths; in a narrower window the second comes below.
    """
    images, widest_in = [], max(width_in for _, width_in, _ in parts)
    for image, width_in, words in parts:
        width, most = 100 * width_in, 100 * width_in / widest_in  # letters are as large in both
        look = (
            f"flex:{width:.1f} 1 {0.7 * width:.1f}px;max-width:min({width:.1f}px,{most:.1f}%);"
            "align-self:flex-start;min-width:0;height:auto"
        )
        images.append(
            f'<img alt="{escape(words)}" width="{round(width)}" style="{look}" '
            f'src="data:image/png;base64,{_base64(image)}">'
        )
    width = round(100 * sum(width_in for _, width_in, _ in parts))
    look = f"display:flex;flex-wrap:wrap;background:white;max-width:{width}px;margin-bottom:5px"
    return f'<div style="{look}">{"".join(images)}</div>'


def _base64(image):
    return base64.b64encode(image).decode()


def show(chart: Any, *lines: object, alt: str = "") -> None:
    """Show a chart, or an image, in a notebook; a script prints what it says.

    Args:
        chart: a matplotlib Axes or figure, a list of some to stand side by side, or a Pillow
            image.
        lines: sentences for below it, or any objects that ``str`` makes one of.
        alt: what is to be seen on an image, for somebody who cannot see it. A chart of this
            package says it by itself.

    Raises:
        LabError: ``chart`` is none of these, or an image comes without ``alt``.
    """
    charts = chart if isinstance(chart, list) else [chart]
    if charts and all(isinstance(one, Axes | Figure) for one in charts):
        Picture().update(chart, *caption(lines))
        return
    if not isinstance(chart, Image.Image) or not alt:
        raise LabError(
            "show takes an Axes, a figure, or a Pillow image with alt=, what is to be seen on it, "
            f"not {shown(chart)}: try show(image, alt='a map')"
        )
    html = _images([(encode(chart, "PNG"), chart.width / 100, alt)])
    _words(html + paragraphs(lines), "\n".join([alt, *map(str, lines)]))


def say(*lines: object) -> None:
    """Show sentences as paragraphs: what ``print`` writes is broken in the middle of words.

    Each may be any object that ``str`` makes a sentence of.
    """
    _words(paragraphs(lines), "\n".join(map(str, lines)))


def _words(html, text):
    if progress.in_notebook():
        display({"text/html": html, "text/plain": text}, raw=True)
    else:
        print(text)


def paragraphs(lines: Iterable[object]) -> str:
    """Return lines as HTML, a paragraph for each; they may be anything that has a ``str``.

    An empty one is left out.

    >>> paragraphs(["1 < 2", "", 3])
    '<p>1 &lt; 2</p><p>3</p>'
    """
    return "".join(f"<p>{escape(line)}</p>" for line in map(str, lines) if line)


def caption(lines: Iterable[object]) -> tuple[str, str]:
    """Return lines as (html, text) for below a picture; the first is in bold type."""
    html = paragraphs(lines).replace("<p>", '<p style="font-weight:bold">', 1)
    return html, "\n".join(map(str, lines))
