"""Pages show what a notebook shows, and are there without a network."""

import os
import re
from html import unescape
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.__main__ import main
from helpers.authoring import controls, page, pages
from helpers.errors import LabError

# What a browser would fetch from elsewhere: links to other pages are not among it.
FETCHED = re.compile(
    r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"'](?:\w+:)?//|@import|url\(http"
)

# What makes controls, which no page has.
CONTROLS = re.compile(r"\bpredict\w*\(|Parsons\(|\w+Lab\(")


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
    framed = (
        "from IPython.display import HTML\n"
        'HTML(\'<iframe title="a" srcdoc="&lt;p&gt;1 &amp;amp; 2&lt;/p&gt;"></iframe>\')'
    )
    shown = (
        "from pathlib import Path\n"
        "from helpers.answer.report import Shown\n"
        "Shown(Path('r.html'), '<i>all</i>')"
    )
    first = [
        new_markdown_cell("# Count to <two>\n\n> How far\n> is it?"),
        new_code_cell(chart),
        new_code_cell("lab.predict()"),
        new_code_cell(
            "ways = ['a loop', 'a <wait>']\n"
            "guess = lab.predict_which('Which overlap?', ways)\n"
            "guess"
        ),
        new_code_cell(
            "from helpers.judge.words import how_right\nlab.say(how_right(None, '', ''))"
        ),
        new_code_cell("lab.ScalingLab()", metadata={"tags": ["remove-cell"]}),
        new_markdown_cell("Press Run.", metadata={"tags": ["remove-cell"]}),
        new_code_cell("lab.Parsons(['begin', 'go on', 'end'])"),
        new_code_cell("lab.check('00.speed_up', lambda a, b: ...)"),
        new_code_cell("answer = ...\nlab.check('00.speed_up', lambda a, b: answer)"),
        new_code_cell(framed),
        new_code_cell(shown),
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
    assert [path.name for path in made] == [
        "00_a.html", "01_b.html", "simulator.html", "index.html"
    ]  # fmt: skip
    assert [path.read_bytes() for path in sorted(series.iterdir())] == before
    first, second, _, index = (path.read_text(encoding="utf-8") for path in made)
    for html in (first, second, index):
        assert FETCHED.findall(html) == []
        assert "widget-view" not in html
        assert str(os.cpu_count()) in html and "CPUs usable" in html
        assert 'name="viewport"' in html
    [picture] = re.findall(r'<img alt="Two lines cross\."[^>]*src="(pictures/\w+\.webp)"', first)
    assert first.count(picture) == 1
    for name in (picture, "pictures/threads-and-processes.svg", "site.css", "unit.js"):
        assert (tmp_path / "out" / name).stat().st_size > 100
    assert '<img src="pictures/threads-and-processes.svg" alt="Two locks"' in first
    text = unescape(re.sub("<[^>]+>", "", first))
    for dead in ("none committed", "You committed no", "ScalingLab", "Press Run", "Still open"):
        assert dead not in text
    assert CONTROLS.findall(text) == [] and "ways" not in text
    assert re.findall(r'<div class="asks"><p><strong>.+?</strong> (.+?) ', first) == [
        "With",
        "Which",
    ]
    assert " Which overlap?</p><ul><li>a loop</li><li>a &lt;wait&gt;</li></ul></div>" in first
    assert text.count("lab.check(") == 1 and "answer = ...\nlab.check(" in text
    assert re.search(r'<pre class="output">(begin|go on|end)\n', first)
    [inside] = re.findall(r'<iframe title="a" src="(pictures/\w+\.html)"', first)
    assert (tmp_path / "out" / inside).read_text(encoding="utf-8") == "<p>1 &amp; 2</p>"
    [report] = re.findall(r'<a href="(pictures/\w+\.html)"><b>Open the report here</b>', first)
    assert (tmp_path / "out" / report).read_text(encoding="utf-8") == "<i>all</i>"
    assert first.count("<iframe") == 1 and "ZeroDivisionError" in first
    assert '<a href="01_b.html">Next</a>' in first
    assert '<a href="01_b.html" rel="next">01 Stop →</a>' in first
    assert '<pre class="output">2</pre>' in second
    assert re.search(r'href="00_a.html"><span class="number">00</span> Count to &lt;two&gt;', index)
    assert '<p class="asked">How far is it?</p>' in index


@pytest.mark.parametrize("path", pages.chosen(), ids=lambda path: path.stem)
def test_no_page_shows_code_that_makes_controls(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    html = page.to_html(notebook, tmp_path, pages.chosen(), {"predict": "<b>the unit</b>"})
    code = "\n".join(re.findall(r'<pre class="highlight">(.*?)</pre>', html, re.DOTALL))
    assert CONTROLS.findall(re.sub("<[^>]+>", "", code)) == []
    assert html.count("<b>the unit</b>") == 1


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("guess = lab.predict(workers=2)\nguess", ""),
        ("question = 'Which?'\nguess = lab.predict_which(question, ['a'])\nguess", ""),
        ("ways = ['a']\nguess = lab.predict_which('Which?', ways)\nguess", "ways = ['a']"),
        ("calls = {f'{n}': f(n)}\nguess = lab.predict_which('?', calls)", "calls = {f'{n}': f(n)}"),
        ("ends = {}\nfor n in '12':\n    ends[n] = lab.predict_which(n, 'a')\n    show(n)", ""),
        ("# A puzzle\npuzzle = lab.Parsons(\n    lines,\n)\npuzzle", "# A puzzle"),
        ("%time\nturns.TimelineLab()\nother", "%time\nother"),
    ],
)
def test_what_later_cells_need_of_a_cell_with_controls_stays(source, left):
    assert controls.without_controls(source, {"ways", "calls", "ends"}) == left


def test_one_notebook_alone_keeps_its_links_to_those_without_a_page(series):
    notebook = nbformat.read(series / "00_a.ipynb", as_version=4)
    html = page.to_html(notebook, series, [series / "00_a.ipynb"])
    assert 'href="01_b.ipynb"' in html


def test_a_notebook_that_fails_is_named_in_one_line(series, tmp_path):
    write(series / "01_b.ipynb", [new_markdown_cell("# Fail"), new_code_cell("[][1]")])
    with pytest.raises(LabError, match=r"01_b\.ipynb fails \(IndexError: 'list index") as error:
        list(pages.make_pages(tmp_path / "out", ["01"], series))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out" / "index.html").exists()


CLAIM = """
import os
from pathlib import Path
import helpers as lab
from helpers.judge.claims import Outcome, claim

@claim("01.never", "It never holds.")
def never(holds):
    return Outcome(holds, "it is not so")

before = Path(os.environ["GIL_LAB_RESULTS"]).with_name("ran-before")
is_second = before.exists()
before.touch()
lab.finding("01.never", {holds})
"""


@pytest.mark.parametrize("holds", ["False", "is_second"])
def test_a_claim_that_is_contradicted_twice_has_no_page(series, tmp_path, holds, capsys):
    cells = [new_markdown_cell("# Fail"), new_code_cell(CLAIM.replace("{holds}", holds))]
    write(series / "01_b.ipynb", cells)
    made = pages.make_pages(tmp_path / "out", ["01"], series)
    if holds != "False":
        assert "Shown here" in next(made).read_text(encoding="utf-8")
        assert capsys.readouterr().err == "01_b.ipynb contradicted 01.never: it runs again\n"
        return
    with pytest.raises(LabError, match=r"^01_b\.ipynb contradicts 01\.never, .* again") as error:
        next(made)
    assert "\n" not in str(error.value) and len(str(error.value)) < 400
    assert list(tmp_path.glob("out/*.html")) == []


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
