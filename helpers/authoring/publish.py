"""The site around the pages: index, navigation, units, previews. All links are relative."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from pygments.formatters import HtmlFormatter

from ..draw import templates
from . import documents, links, page, preview, units
from .simulator_page import write_simulator
from .units import Unit

if TYPE_CHECKING:
    from .pages import Chapter

_HERE = Path(__file__).resolve().parent / "site"
#: The groups of the index: what a reader comes for, and the numbers of their notebooks.
GROUPS = {
    "Start": ("00", "01", "02", "03"),
    "Understand": ("04", "05", "06", "07"),
    "Use": ("08", "09", "10", "11", "12"),
}
_SIMULATOR = (
    '<iframe src="units/simulator.html" title="A simulator of the GIL, and recorded races" '
    'loading="lazy"></iframe>'
)
_DARK = "@media (prefers-color-scheme: dark) {{\n{}\n}}"


def write_chapter(
    folder: Path, chapter: "Chapter", chapters: Sequence["Chapter"], made: str
) -> Iterator[Path]:
    """Yield the Paths of a notebook's page and of its unit as they are written.

    ``chapters`` are all of the site, in their order; ``made`` is a sentence on where and when the
    notebooks were run.
    """
    pictures = folder / page.PICTURES
    pictures.mkdir(exist_ok=True)
    instead = {"SimulatorLab": _SIMULATOR}
    if chapter.unit:
        instead["predict"] = unit_html(chapter.number, chapter.unit)
    body = page.to_html(chapter.notebook, folder, [one.path for one in chapters], instead)
    picture = f"{page.PICTURES}/{chapter.number}.png" if chapter.unit else ""
    if chapter.unit:
        what = units.QUESTIONS[chapter.number].what
        preview.draw(folder / picture, chapter.title, what, chapter.unit)
    n = chapters.index(chapter)
    yield _page(
        folder / chapter.page,
        "notebook.html",
        chapter=chapter,
        body=Markup(body),
        ways=ways_in(chapter.path),
        made=made,
        picture=_address(picture) if picture else "",
        before=chapters[n - 1] if n else None,
        after=chapters[n + 1] if n + 1 < len(chapters) else None,
    )
    if chapter.unit:
        yield write_unit(folder, chapter.number, chapter.unit, chapter.page, chapter.title)


def write_index(folder: Path, chapters: Sequence["Chapter"], made: str) -> Iterator[Path]:
    """Yield the Paths of the simulator and of the index, which come with style and script."""
    (folder / "site.css").write_text(_style(), encoding="utf-8")
    (folder / "unit.js").write_text(_text("unit.js"), encoding="utf-8")
    yield write_simulator(folder)
    yield _index(folder, chapters, made)


def write_unit(folder: Path, number: str, unit: Unit, page_name: str, title: str) -> Path:
    """Write a unit that stands alone, for an iframe, and return its Path."""
    (folder / "units").mkdir(exist_ok=True)
    return _page(
        folder / "units" / f"{number}.html",
        "unit-page.html",
        title=title,
        page=page_name,
        script=Markup(_text("unit.js")),
        **_filled(number, unit, level=1),
    )


def unit_html(number: str, unit: Unit) -> Markup:
    """Return a unit as the part of a page that has ``unit.js`` and ``site.css``."""
    return Markup(templates.render("authoring/site/unit.html", **_filled(number, unit, level=2)))


def _filled(number, unit, level):
    question = units.QUESTIONS[number]
    return {
        "number": number,
        "level": level,
        "unit": unit,
        "question": question,
        "slider": units.slider(question),
        "data": Markup(units.as_json(question, unit)),
    }


def _index(folder, chapters, made):
    by_number = {chapter.number: chapter for chapter in chapters}
    groups = {
        name: [by_number[number] for number in numbers if number in by_number]
        for name, numbers in GROUPS.items()
    }
    answer = documents.answer().replace("data/pictures/", f"{page.PICTURES}/")
    picture = folder / page.PICTURES / documents.FIGURE.name
    for drawn in (picture.name, "threads-and-processes.svg"):
        copied = documents.FIGURE.with_name(drawn).read_bytes()
        (folder / page.PICTURES / drawn).write_bytes(copied)
    return _page(
        folder / "index.html",
        "index.html",
        groups={name: there for name, there in groups.items() if there},
        answer=Markup(markdown2html_mistune(answer)),
        picture=_address(f"{page.PICTURES}/{picture.name}"),
        made=made,
    )


def _page(path, template, **values):
    html = templates.render(f"authoring/site/{template}", **values)
    path.write_text(html, encoding="utf-8", newline="\n")
    return path


def _style():
    light, dark = (
        HtmlFormatter(style=style).get_style_defs(".highlight")
        for style in ("default", "github-dark")
    )
    return "\n".join([_text("unit.css"), _text("page.css"), light, _DARK.format(dark)])


def _text(name):
    return (_HERE / name).read_text(encoding="utf-8")


# --- Where the project lives, if it lives anywhere ----------------------------------------


def ways_in(path: Path) -> list[tuple[str, str]]:
    """Return (name, address) of each host that opens a notebook; none where nothing is public."""
    place = links.public()
    if place is None:
        return []
    file = f"notebooks/{path.name}"
    return [(links.HOSTS[host], place.link(host, file)) for host in place.hosts]


def published_at() -> str:
    """Return the address at which GitHub Pages shows the pages of this repository, "" elsewhere."""
    place = links.public()
    server, _, path = place.address.removeprefix("https://").partition("/") if place else ("",) * 3
    owner, _, name = path.partition("/")
    if server != "github.com":
        return ""
    home = f"{owner.lower()}.github.io"
    return f"https://{home}" if name.lower() == home else f"https://{home}/{name}"


def _address(path):
    """Return where a file of the site will be, whole if it is known: previews ask for that."""
    home = published_at()
    return f"{home}/{path}" if home else path
