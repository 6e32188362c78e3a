"""What two threads get done, recorded again by the notebooks that show it."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat

from .pages import chosen, run_notebook


def record_pairs(names: Iterable[str] = ()) -> Iterator[Path]:
    """Run each notebook that shows a recording of pairs, record them, and yield its Path.

    Raises:
        LabError: there is no notebook of one of the ``names``, or one fails.
    """
    for path in chosen(names):
        notebook = nbformat.read(path, as_version=4)
        if not any("recorded=" in cell.source for cell in notebook.cells):
            continue
        with tempfile.TemporaryDirectory(prefix="gil-lab-") as results:
            env = {"GIL_LAB_RESULTS": results, "GIL_LAB_RECORD_PAIRS": "1"}
            run_notebook(notebook, path, env)
        yield path
