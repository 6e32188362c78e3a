"""A notebook that was run and saved becomes what is kept of it."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.__main__ import main
from helpers.authoring import pages
from helpers.authoring.clear import clear


@pytest.mark.parametrize("path", pages.chosen(), ids=lambda path: path.stem)
def test_the_notebooks_of_the_series_are_clear(path, tmp_path):
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    assert not clear(copy)


def test_outputs_counts_and_the_state_of_widgets_go_and_tags_stay(tmp_path):
    path = tmp_path / "00_a.ipynb"
    cells = [
        new_markdown_cell("# Count"),
        new_code_cell("from ipywidgets import IntSlider\nIntSlider()"),
        new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    assert clear(path)
    bare = path.read_bytes()
    notebook = nbformat.read(path, as_version=4)
    pages.run_notebook(notebook, path, {})
    notebook.cells[1].metadata["collapsed"] = True
    assert notebook.cells[1].outputs and notebook.metadata["widgets"]
    nbformat.write(notebook, path)
    assert clear(path)
    assert path.read_bytes() == bare and b"raises-exception" in bare
    assert not clear(path)


def test_the_command_names_what_it_changed(capsys):
    assert main(["author", "clear", "00"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["author", "clear", "99"]) == 2
    assert capsys.readouterr().err.startswith("helpers: no notebook's name begins with '99': try")
