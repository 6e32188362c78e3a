"""Notebooks -> pages: run here, with all that they show, in files that open without a network."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from html import escape
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from ..core.machine import describe
from ..errors import LabError, shown

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"
# Without nbconvert's addresses of scripts: nothing here has formulas, diagrams or live widgets.
TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}<style>{{ resources.page_style }}</style>{%- endblock -%}
{%- block body_header -%}{{ super() }}{{ resources.page_top }}{%- endblock -%}
"""
STYLE = """
body { margin: 0; padding: 1rem; background: white; color: #262626;
  font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 56rem; margin: 0 auto; }
body.jp-Notebook { height: auto; overflow: visible; }
.jp-RenderedHTMLCommon, .jp-RenderedHTMLCommon p { font-size: 16px; line-height: 1.55; }
.jp-Cell, .jp-Cell-outputWrapper { padding: 0.2rem 0; }
.jp-OutputArea-output, .jp-InputArea-editor pre { overflow-x: auto; }
.jp-RenderedText pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.jp-MarkdownOutput, .jp-RenderedText { padding-left: 0; }
.jp-OutputArea-output img { max-width: 100%; height: auto; }
@media (max-width: 40rem) { /* a chart keeps letters that can be read, and is moved sideways */
  .jp-OutputArea-output figure img:first-of-type { max-width: none !important; width: 34rem;
    min-width: 34rem !important; }
  .jp-OutputArea-output figure img + img { max-width: 16rem !important; }
}
.page-top { padding-bottom: 0.5rem; border-bottom: 1px solid #E3E3E3; font-size: 14px;
  color: #595959; }
.page-top a, .page-list a { color: #0062A3; }
.page-list li { margin: 0.8rem 0; }
"""


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
    run_on = f"Measured on {made} with {escape(str(machine))}."
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
        index.write_text(_index(entries, run_on), encoding="utf-8")
        yield index
    except OSError as error:
        raise LabError(
            f"pages are written to a folder, and {folder} cannot be written to "
            f"({error.strerror or error}): name another by --folder"
        ) from error


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

    ``run_on`` is HTML: where and when it was run. The notebook is changed.
    """
    names = "|".join(re.escape(path.stem) for path in paths)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and names:
            cell.source = re.sub(rf"\]\(({names})\.ipynb", r"](\1.html", cell.source)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)  # what stands beside it needs no kernel
    notebook.metadata.pop("widgets", None)
    notebook.metadata["title"] = title(notebook)
    exporter = HTMLExporter(
        raw_template=TEMPLATE, exclude_input_prompt=True, exclude_output_prompt=True
    )
    top = f'<p class="page-top"><a href="index.html">GIL Lab</a>. {run_on}</p>'
    resources = {"page_style": STYLE, "page_top": top}
    html, _ = exporter.from_notebook_node(notebook, resources=resources)
    return html


def title(notebook: NotebookNode) -> str:
    """Return the notebook's title, without marks."""
    return notebook.cells[0].source.splitlines()[0].lstrip("# ")


def question(notebook: NotebookNode) -> str:
    """Return the question in the notebook's first cell, "" where there is none."""
    lines = notebook.cells[0].source.splitlines()
    return " ".join(line[1:].strip() for line in lines if line.startswith(">"))


def _index(entries, run_on):
    items = "".join(
        f'<li><a href="{name}">{escape(heading)}</a><br>{escape(asked)}</li>'
        for name, heading, asked in entries
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>GIL Lab</title><style>{STYLE}</style></head><body><main><h1>GIL Lab</h1>"
        "<p>Does Python support multithreading, and does it make programs faster? Each page is a "
        f"notebook that was run. {run_on} Run it yourself: your machine has figures of its own."
        f'</p><ul class="page-list">{items}</ul></main></body></html>\n'
    )
