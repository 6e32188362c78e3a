"""Every notebook keeps the form of the series.

That every notebook runs is not tested here: pytest collects notebooks/ itself, and nbval
(--nbval-lax in pyproject.toml) makes each code cell a test, in a fresh kernel, without exception.
"""

import ast
import re
import statistics
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from helpers.authoring.links import COLAB_TAG
from helpers.authoring.page import LEFT_OUT

NOTEBOOKS = sorted(Path(__file__).parents[2].glob("notebooks/*.ipynb"))
SPEC = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
MAGIC = re.compile(r"^\s*[%!]")
# No installs, no downloads, no changes to where Python looks, and no cell that nbval leaves out.
# What nbval and the pages heed, what benchmarks/rows_table.py runs by itself (way), and what
# test_take_home.py runs as a file.
TAGS = {
    COLAB_TAG,
    LEFT_OUT,
    "raises-exception",
    "nbval-check-output",
    "nbval-ignore-output",
    "way",
    "take-home",
    "window",
}
BADGES = re.compile(r"^\[!\[Open in .*$", re.MULTILINE)  # written by python -m helpers links
NAMED = re.compile(r"\[([^\]]+)\]\((\d\d_\w+\.ipynb)\)")  # a link to a notebook
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
FORBIDDEN = re.compile(r"%run|%pip|!pip|sys\.path|urlretrieve|nbval-skip", re.IGNORECASE)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def code(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the code of a notebook without the cell for Colab alone, which test_links.py tests."""
    cells = [cell for cell in notebook.cells if COLAB_TAG not in cell.metadata.get("tags", ())]
    return [cell.source for cell in cells if cell.cell_type == "code"]


def prose(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def n_lines(source: str) -> int:
    return len([line for line in source.splitlines() if line.strip()])


def test_there_are_notebooks() -> None:
    assert "00_start_here" in [path.stem for path in NOTEBOOKS]


def test_it_is_a_notebook_of_the_default_kernel(notebook: nbformat.NotebookNode) -> None:
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec == SPEC
    assert notebook.metadata.keys() <= {"kernelspec", "language_info"}


def test_nothing_of_a_run_is_stored(notebook: nbformat.NotebookNode) -> None:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells if cell.outputs or cell.execution_count] == []


def test_it_starts_with_a_title(notebook: nbformat.NotebookNode) -> None:
    titles = [cell for cell in prose(notebook) if cell.startswith("# ")]
    assert notebook.cells[0].source.startswith("# ")
    assert len(titles) == 1


def test_all_imports_stand_in_the_first_code_cell(notebook: nbformat.NotebookNode) -> None:
    imports = []
    for source in code(notebook)[1:]:
        tree = ast.parse("\n".join(line for line in source.splitlines() if not MAGIC.match(line)))
        imports += [
            node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)
        ]
    assert [ast.unparse(node) for node in imports] == []


def test_it_needs_three_lines_of_the_package_at_most(notebook: nbformat.NotebookNode) -> None:
    """And it names rooms, not the files in them."""
    lines = [line for line in code(notebook)[0].splitlines() if "helpers" in line]
    assert lines[0] == "import helpers as lab"
    assert len(lines) <= 3
    rooms = {line.split()[1] for line in lines[1:]}
    assert [room for room in rooms if not re.fullmatch(r"helpers(\.[a-z]+)?", room)] == []


def test_nothing_is_installed_downloaded_or_left_out(notebook: nbformat.NotebookNode) -> None:
    tags = [tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])]
    assert [text for text in code(notebook) + tags if FORBIDDEN.search(text)] == []


def test_code_cells_are_short(notebook: nbformat.NotebookNode) -> None:
    lengths = sorted(n_lines(source) for source in code(notebook))
    assert statistics.median(lengths) <= 3
    assert lengths[int(0.9 * (len(lengths) - 1))] <= 10
    assert lengths[-1] <= 18
    lines = [line for source in code(notebook) for line in source.splitlines()]
    assert [line for line in lines if len(line) > 88] == []


def test_prose_cells_are_short(notebook: nbformat.NotebookNode) -> None:
    texts = [BADGES.sub("", text) for text in prose(notebook)]
    assert [text for text in texts if len(text.split()) > 150] == []


def test_links_to_notebooks_lead_to_one(notebook: nbformat.NotebookNode) -> None:
    links = [
        link for text in prose(notebook) for link in re.findall(r"\]\((?!https:)([^)#:]+)", text)
    ]
    assert [link for link in links if not (NOTEBOOKS[0].parent / link).is_file()] == []


def test_links_call_a_notebook_by_its_title_or_its_number(notebook: nbformat.NotebookNode) -> None:
    wrong = []
    for name, file in NAMED.findall("\n\n".join(prose(notebook))):
        there = nbformat.read(NOTEBOOKS[0].parent / file, as_version=4).cells[0].source
        title, number = there.partition("\n")[0].removeprefix("# "), file[:2]
        known = {title, number, f"notebook {number}", f"Notebook {number}"}
        wrong += [name] if name.strip("← →") not in known else []
    assert wrong == []


def test_tags_are_known(notebook: nbformat.NotebookNode) -> None:
    tags = {tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])}
    assert tags <= TAGS


def test_the_table_of_contents_has_one_root_and_skips_no_level(
    notebook: nbformat.NotebookNode,
) -> None:
    text = FENCED.sub("", "\n\n".join(prose(notebook)))
    levels = [len(marks) for marks in re.findall(r"^(#+) \S", text, re.MULTILINE)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []
    named = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    assert len(named) == len(set(named)), "two headings of one name cannot be told apart"


def test_solutions_are_collapsed_and_in_no_code_cell(notebook: nbformat.NotebookNode) -> None:
    solutions = [text for text in prose(notebook) if "<summary>Solution</summary>" in text]
    assert len(solutions) >= 2
    for text in solutions:
        assert text.startswith("<details><summary>Solution</summary>\n\n")
        assert text.endswith("\n\n</details>")
        assert "```python" in text
    others = [text for text in prose(notebook) if text not in solutions]
    assert [text for text in others if re.search(r"<details open|^#+ Solution", text)] == []


def test_pictures_in_prose_have_an_alternative_text(notebook: nbformat.NotebookNode) -> None:
    text = FENCED.sub("", "\n\n".join(prose(notebook)))
    assert "![](" not in text
    assert [tag for tag in re.findall(r"<img[^>]*>", text) if not re.search(r'alt="\S', tag)] == []
