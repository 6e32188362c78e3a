"""Pages show what a notebook shows, and open without a network."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.__main__ import main
from helpers.authoring import pages
from helpers.errors import LabError

# What a browser would fetch: links to other pages are not among it.
FETCHED = re.compile(
    r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"'](?!data:)|@import|url\(http"
)


@pytest.fixture
def series(tmp_path):
    """A folder with two small notebooks."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    chart = (
        "import helpers as lab\n"
        "from helpers.draw import style\n"
        "ax = style.axes()\n"
        "style.label(ax, '', alt='Two lines cross.')\n"
        "lab.show(ax)"
    )
    first = [
        new_markdown_cell("# Count to <two>\n\n> How far\n> is it?"),
        new_code_cell(chart),
        new_code_cell("lab.predict()"),
        new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
        new_markdown_cell(
            "[Next](01_b.ipynb) ![Two locks](../data/pictures/threads-and-processes.svg)"
        ),
    ]
    write(folder / "00_a.ipynb", first)
    write(folder / "01_b.ipynb", [new_markdown_cell("# Stop"), new_code_cell("1 + 1")])
    return folder


def write(path, cells):
    nbformat.write(new_notebook(cells=cells), path)


def test_pages_show_what_was_run_and_fetch_nothing(series, tmp_path):
    before = [path.read_bytes() for path in sorted(series.iterdir())]
    made = list(pages.make_pages(tmp_path / "out", notebooks=series))
    assert [path.name for path in made] == ["00_a.html", "01_b.html", "index.html"]
    assert [path.read_bytes() for path in sorted(series.iterdir())] == before
    page, second, index = (path.read_text(encoding="utf-8") for path in made)
    for html in (page, second, index):
        assert FETCHED.findall(html) == []
        assert "widget-view" not in html
        assert str(os.cpu_count()) in html and "CPUs usable" in html
        assert 'name="viewport"' in html
    assert 'alt="Two lines cross."' in page
    assert re.search(r'<img alt="Two locks" src="data:image/svg\+xml;base64,\w{100}', page)
    assert "Prediction: none committed yet" in page
    assert "ZeroDivisionError" in page
    assert '<a href="01_b.html">Next</a>' in page
    assert re.search(r"<pre>2</pre>", second)
    assert '<a href="00_a.html">Count to &lt;two&gt;</a><br>How far is it?' in index


def test_one_notebook_alone_keeps_its_links_to_those_without_a_page(series):
    notebook = nbformat.read(series / "00_a.ipynb", as_version=4)
    html = pages.to_html(notebook, "Here.", [series / "00_a.ipynb"])
    assert 'href="01_b.ipynb"' in html


def test_a_notebook_that_fails_is_named_in_one_line(series, tmp_path):
    write(series / "01_b.ipynb", [new_markdown_cell("# Fail"), new_code_cell("[][1]")])
    with pytest.raises(LabError, match=r"01_b\.ipynb fails \(IndexError: 'list index") as error:
        list(pages.make_pages(tmp_path / "out", ["01"], series))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out" / "index.html").exists()


@pytest.mark.parametrize("arguments", [["99"], ["00", "--folder", __file__]])
def test_what_cannot_be_done_is_told_in_one_line(arguments, capsys):
    assert main(["author", "pages", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_no_notebook_needs_what_pages_do_without():
    # Formulas are drawn by a script that a page would have to fetch.
    for path in sorted(pages.NOTEBOOKS.glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert not re.search(r"\$[^$\n]+\$|\\\(|```mermaid", prose), path.name
    assert Path(pages.NOTEBOOKS, "00_start_here.ipynb").is_file()
