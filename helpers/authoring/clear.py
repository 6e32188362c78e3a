"""Notebooks are kept without what a run leaves in them: outputs, counts, the state of widgets."""

from pathlib import Path

import nbformat

from .links import COLAB_TAG

SPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def clear(path: Path) -> bool:
    """Take what a run has left out of a notebook's file; return whether the file differs.

    Of what is said about a cell its tags stay, and that the cell for Colab is folded away. The
    kernel is the one of this environment.
    """
    old = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(old, as_version=4)
    notebook.metadata = {"kernelspec": SPEC, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        kept = ["tags", "jupyter"] if COLAB_TAG in cell.metadata.get("tags", ()) else ["tags"]
        cell.metadata = {name: value for name, value in cell.metadata.items() if name in kept}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    new = nbformat.writes(notebook) + "\n"
    if new != old:
        path.write_text(new, encoding="utf-8", newline="\n")
    return new != old
