"""Notebooks -> pages: run here, with all that they show, in files that open without a network."""

import base64
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from ..core.machine import describe
from ..draw import templates
from ..errors import LabError, shown
from . import links

_HERE = Path(__file__).resolve().parent
NOTEBOOKS = _HERE.parents[1] / "notebooks"
_DRAWING = re.compile(r'src="\.\./(data/pictures/[\w-]+\.svg)"')  # as Markdown's ![](../data/...)
WIDGET = "application/vnd.jupyter.widget-view+json"


def make_pages(
    folder: str | Path, names: Iterable[str] = (), notebooks: Path = NOTEBOOKS
) -> Iterator[Path]:
    """Yield the Path of each page as it is written to ``folder``; at last that of index.html.

    Each notebook runs from its first cell to its last in a fresh kernel. What one of them saves
    is there for those after it, and nowhere else; no notebook's file is changed.

    Args:
        folder: where to write, made if it is missing.
        names: how the names of the wanted notebooks begin, such as "03"; all when empty.
        notebooks: the folder of the notebooks.

    Raises:
        LabError: there is no such notebook, one fails, or the folder cannot be written to.
    """
    paths = chosen(names, notebooks)
    folder, machine, made = Path(folder), describe(), date.today()
    run_on = f"Measured on {made} with {machine}."
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entries = []
        with tempfile.TemporaryDirectory(prefix="gil-lab-") as results:
            for path in paths:
                notebook = nbformat.read(path, as_version=4)
                run_notebook(notebook, path, {"GIL_LAB_RESULTS": results})
                page = folder / f"{path.stem}.html"
                page.write_text(to_html(notebook, run_on, paths), encoding="utf-8")
                entries.append((page.name, title(notebook), question(notebook)))
                yield page
        index = folder / "index.html"
        ways = ways_in(paths[0])
        html = templates.render("authoring/index.html", entries=entries, run_on=run_on, ways=ways)
        index.write_text(html, encoding="utf-8")
        yield index
    except OSError as error:
        raise LabError(
            f"pages are written to a folder, and {folder} cannot be written to "
            f"({error.strerror or error}): name another by --folder"
        ) from error


def ways_in(path: Path) -> list[tuple[str, str]]:
    """Return (name, address) of each host that opens a notebook; none where nothing is public."""
    place = links.public()
    if place is None:
        return []
    file = f"notebooks/{path.name}"
    return [(links.HOSTS[host], place.link(host, file)) for host in place.hosts]


def chosen(names: Iterable[str] = (), notebooks: Path = NOTEBOOKS) -> list[Path]:
    """Return the Paths of the notebooks whose names begin with one of ``names``, all when empty.

    Raises:
        LabError: there is none for one of the names.

    >>> [path.stem for path in chosen(["03"])]
    ['03_four_pictures']
    """
    paths = sorted(Path(notebooks).glob("*.ipynb"))
    for name in names:
        if not any(path.name.startswith(name) for path in paths):
            raise LabError(f"no notebook's name begins with {shown(name)}: try {paths[0].stem}")
    return [path for path in paths if path.name.startswith(tuple(names) or "")]


def run_notebook(notebook: NotebookNode, path: Path, env: Mapping[str, str]) -> None:
    """Run all cells of a notebook read from ``path``, keeping their outputs in it.

    Raises:
        LabError: a cell raises an exception that is not its purpose, or the kernel dies.
    """
    client = NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    try:
        # What a kernel's processes print past it is for a terminal, as is its advice at the start.
        client.execute(env={**os.environ, **env}, stderr=subprocess.DEVNULL)
    except CellExecutionError as error:
        raise LabError(
            f"{path.name} fails ({error.ename}: {shown(error.evalue, 200)}): run it in JupyterLab "
            "to see where"
        ) from error
    except AssertionError:
        if client.km is not None:
            raise
        raise KeyboardInterrupt from None  # at Ctrl+C and SIGTERM nbclient ends its kernel itself
    except DeadKernelError as error:
        raise LabError(
            f"the kernel of {path.name} died, often for want of memory: run it in JupyterLab"
        ) from error


def to_html(notebook: NotebookNode, run_on: str, paths: Iterable[Path] = ()) -> str:
    """Return a notebook that was run as one HTML page; links to ``paths`` lead to their pages.

    ``run_on`` says where and when it was run. The notebook is changed.
    """
    names = "|".join(re.escape(path.stem) for path in paths)
    without_colab(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and names:
            cell.source = re.sub(rf"\]\(({names})\.ipynb", r"](\1.html", cell.source)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)  # what stands beside it needs no kernel
    notebook.metadata.pop("widgets", None)
    notebook.metadata["title"] = title(notebook)
    template, style = (
        (_HERE / name).read_text(encoding="utf-8") for name in ("notebook.html", "page.css")
    )
    exporter = HTMLExporter(
        raw_template=template, exclude_input_prompt=True, exclude_output_prompt=True
    )
    resources = {"page_style": style, "run_on": run_on}
    html, _ = exporter.from_notebook_node(notebook, resources=resources)
    return _DRAWING.sub(_embedded, html)


def without_colab(notebook: NotebookNode) -> None:
    """Take the cell that is for Colab alone out of a notebook."""
    tagged = (cell.metadata.get("tags", ()) for cell in notebook.cells)
    notebook.cells = [
        cell for cell, tags in zip(notebook.cells, tagged) if links.COLAB_TAG not in tags
    ]


def _embedded(drawing):
    """Return the source of a project's drawing as data: it needs no file beside the page."""
    data = base64.b64encode((NOTEBOOKS.parent / drawing[1]).read_bytes()).decode("ascii")
    return f'src="data:image/svg+xml;base64,{data}"'


def title(notebook: NotebookNode) -> str:
    """Return the notebook's title, without marks."""
    return notebook.cells[0].source.splitlines()[0].lstrip("# ")


def question(notebook: NotebookNode) -> str:
    """Return the question in the notebook's first cell, "" where there is none."""
    lines = notebook.cells[0].source.splitlines()
    return " ".join(line[1:].strip() for line in lines if line.startswith(">"))
