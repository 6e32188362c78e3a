"""Notebooks -> a small site: run here, with all that they show, in files that need no network."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from ..cells.finding import VARIABLE
from ..core.host import UNASKED
from ..core.machine import describe
from ..core.store import load_as, save
from ..errors import LabError, shown
from . import publish, units
from .found import read_findings
from .units import Unit

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
_MINUTES = re.compile(r"(\d+) minutes")
_N_RUNS = 2  # of a notebook that contradicts a claim: a machine may have been busy for a moment


@dataclass
class Chapter:
    """A notebook of the site: its file, its cells, and the ``Unit`` that belongs to it, if any.

    The last two change when the notebook is run.
    """

    path: Path
    notebook: NotebookNode
    unit: Unit | None

    @property
    def number(self) -> str:
        """The two digits that its name begins with."""
        return self.path.name[:2]

    @property
    def page(self) -> str:
        """The name of its page."""
        return f"{self.path.stem}.html"

    @property
    def title(self) -> str:
        """The title without the number."""
        return title(self.notebook).removeprefix(self.number).strip()

    @property
    def question(self) -> str:
        """The question it begins with, "" where there is none."""
        return question(self.notebook)

    @property
    def minutes(self) -> str:
        """How many minutes it takes, "" where it does not say."""
        found = _MINUTES.search(self.notebook.cells[0].source)
        return found[1] if found else ""


def make_pages(
    folder: str | Path,
    names: Iterable[str] = (),
    notebooks: Path = NOTEBOOKS,
    *,
    run: bool = True,
    record: bool = False,
) -> Iterator[Path]:
    """Yield the Path of each page as it is written to ``folder``; at last that of index.html.

    Each notebook runs from its first cell to its last in a fresh kernel. What one of them saves
    is there for those after it, and nowhere else; no notebook's file is changed. A unit shows what
    this run has measured, or the recording where it could not show all of it.

    Args:
        folder: where to write, made if it is missing.
        names: how the names of the wanted notebooks begin, such as "03"; all when empty.
        notebooks: the folder of the notebooks.
        run: when False, the pages have no outputs, and the units show recordings.
        record: keep what the units show as the project's recordings.

    Raises:
        LabError: there is no such notebook, one fails, one contradicts a claim in each of two runs,
            a unit has no recording, or the folder cannot be written to.
    """
    paths = chosen(names, notebooks)
    known = {} if record else {path: _recorded(path, notebooks) for path in paths}
    try:
        chapters = [Chapter(path, nbformat.read(path, 4), known.get(path)) for path in paths]
        yield from _made(Path(folder), chapters, run, record)
    except OSError as error:
        raise LabError(
            f"pages are written to a folder, and {folder} cannot be written to "
            f"({error.strerror or error}): name another by --folder"
        ) from error


def _made(folder, chapters, run, record):
    folder.mkdir(parents=True, exist_ok=True)
    made = f"Run on {date.today()} with {describe()}." if run else "Not run."
    with tempfile.TemporaryDirectory(prefix="gil-lab-") as results:
        for chapter in chapters:
            found = _run(chapter, Path(results)) if run else None
            if record:
                _record(chapter.path, found)
            if found and found.shown:
                chapter.unit = found
            yield from publish.write_chapter(folder, chapter, chapters, made)
    yield from publish.write_index(folder, chapters, made)


def _recorded(path, notebooks):
    """Return the recorded ``Unit`` of a notebook of the series; None for any other notebook."""
    number = path.name[:2]
    return units.recorded(number) if notebooks == NOTEBOOKS and number in units.QUESTIONS else None


def _record(path, found):
    if not found or not found.shown:
        said = f": {' '.join(found.said)}" if found else ""
        raise LabError(
            f"{path.name} did not show what its unit says, so it is not recorded{said} Run it "
            "again on a quiet machine"
        )
    save(found, units.FOLDER / f"{path.name[:2]}.json")


def _run(chapter: Chapter, folder: Path) -> Unit | None:
    """Run a notebook and return the ``Unit`` that it leaves, None where it leaves none.

    A page must not deny what its text says: a claim that is contradicted twice ends it all.
    """
    for n_run in range(_N_RUNS):
        unit, contradicted = _run_once(chapter, folder)
        if not contradicted:
            return unit
        if n_run == 0:
            said = f"{chapter.path.name} contradicted {' and '.join(contradicted)}: it runs again"
            print(said, file=sys.stderr, flush=True)
    raise LabError(
        f"{chapter.path.name} contradicts {' and '.join(contradicted)}, and did so when it was run "
        "again, so there is no page of it: make the pages on a quiet machine, or mend the claim"
    )


def _run_once(chapter, folder):
    """Return the ``Unit`` of one run, and which claims it contradicted."""
    kept, results = folder / "unit" / chapter.path.stem, folder / "results"
    findings = folder / "findings.jsonl"
    for old in (kept, findings):
        old.unlink(missing_ok=True)
    notebook = nbformat.read(chapter.path, as_version=4)
    is_known = chapter.number in units.QUESTIONS
    if is_known:
        notebook.cells.append(nbformat.v4.new_code_cell(units.cell(chapter.number, kept)))
    ours = {"GIL_LAB_RESULTS": str(results), VARIABLE: str(findings), UNASKED: "1"}
    run_notebook(notebook, chapter.path, ours)
    if is_known:
        notebook.cells.pop()
    here = json.dumps(str(results))[1:-1]  # a reader has them in this folder
    text = nbformat.writes(notebook).replace(here, "data/results")
    chapter.notebook = nbformat.reads(text, as_version=4)
    found = read_findings(findings).items()
    contradicted = [id for id, one in found if one["state"] == "contradicted"]
    return load_as(Unit, kept) if kept.exists() else None, contradicted


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


def title(notebook: NotebookNode) -> str:
    """Return the notebook's title, without marks."""
    return notebook.cells[0].source.splitlines()[0].lstrip("# ")


def question(notebook: NotebookNode) -> str:
    """Return the question in the notebook's first cell, without marks; "" where there is none."""
    lines = notebook.cells[0].source.splitlines()
    said = " ".join(line[1:].strip() for line in lines if line.startswith(">"))
    return said.replace("*", "")
