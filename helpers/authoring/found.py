"""Notebooks, run for their findings: with this Python or another, on all CPUs or on some."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from ..cells.finding import VARIABLE
from ..errors import LabError, shown
from ..pythons.find import Python

CHECKOUT = Path(__file__).resolve().parents[2]
LIMIT_S = 300  # for one cell
_EQUIP_S = 300
# What the notebooks import. With psutil, which ipykernel brings.
_PACKAGES = (
    "cloudpickle distributed httpx ipykernel ipywidgets jinja2 joblib matplotlib numpy pillow "
    "threadpoolctl uvicorn"
).split()
_OF_CLUSTER = ["cryptography"]  # notebook 10; it has no wheel for 3.13t
# The newest releases have no wheels for 3.13t any more.
_FOR_313T = ["--exclude-newer", "2025-12-31", "--only-binary", ":all:", "--no-binary", "tornado"]
# Started in the kernel's place: binds itself to its CPUs, then becomes the kernel.
_BOUND = """
import os, sys
os.sched_setaffinity(0, map(int, sys.argv[1].split(",")))
os.execv(sys.argv[2], sys.argv[2:])
"""
_WORST = ("shown", "not shown", "contradicted")


@dataclass(frozen=True)
class Ran:
    """A notebook that was run, and what it found.

    ``findings`` maps a claim's id to what ``lab.finding`` kept of it, the worst of several;
    ``problem`` says in one line why the notebook did not come to its end, "" where it did.
    """

    notebook: Path
    findings: dict[str, dict[str, Any]] = field(repr=False, default_factory=dict)
    problem: str = ""

    @property
    def contradicted(self) -> set[str]:
        """The ids of the claims that it contradicted."""
        return {id for id, one in self.findings.items() if one["state"] == "contradicted"}


def read_findings(file: Path) -> dict[str, dict[str, Any]]:
    """Return what was kept in a file, by the claim's id; of several the worst."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    found: dict[str, dict[str, Any]] = {}
    for line in sorted(map(json.loads, lines), key=lambda one: _WORST.index(one["state"])):
        found[line["id"]] = line
    return found


def run_for_findings(
    notebooks: Iterable[Path],
    python: str = sys.executable,
    cpus: Sequence[int] | None = None,
    *,
    quick: bool = False,
) -> list[Ran]:
    """Run notebooks in fresh kernels and return a ``Ran`` for each, in their order.

    Args:
        notebooks: the Paths of the files, which stay as they are.
        python: what starts the kernels; it has what the notebooks import (see ``equipped``).
        cpus: the numbers of CPUs: each notebook is bound to one of them, and so many run side by
            side. When None they run one after the other, on all CPUs.
        quick: measure with few rounds, as the tests do.
    """
    return asyncio.run(_run_all(list(notebooks), python, cpus, quick))


async def _run_all(notebooks, python, cpus, quick):
    free: asyncio.Queue[int | None] = asyncio.Queue()
    for cpu in [None] if cpus is None else cpus:
        free.put_nowait(cpu)

    async def run(notebook):
        cpu = await free.get()
        try:
            return await _run(notebook, python, cpu, quick)
        finally:
            free.put_nowait(cpu)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(notebook)) for notebook in notebooks]
    except* AssertionError:
        raise KeyboardInterrupt from None  # at Ctrl+C and SIGTERM nbclient ends its kernel itself
    return [task.result() for task in tasks]


async def _run(path, python, cpu, quick):
    manager = AsyncKernelManager(kernel_name="python3")
    kernel = [python, *manager.kernel_spec.argv[1:]]
    manager.kernel_spec.argv = kernel if cpu is None else [python, "-c", _BOUND, str(cpu), *kernel]
    client = NotebookClient(
        nbformat.read(path, as_version=4),
        km=manager,
        timeout=LIMIT_S,
        resources={"metadata": {"path": str(path.parent)}},
    )
    problem = ""
    with tempfile.TemporaryDirectory(prefix="gil-lab-") as folder:
        kept = Path(folder, "findings.jsonl")
        ours = {"GIL_LAB_RESULTS": folder, VARIABLE: str(kept), "PYTHONPATH": str(CHECKOUT)}
        env = {**os.environ, **ours, **({"GIL_LAB_QUICK": "1"} if quick else {})}
        try:
            await client.async_execute(env=env, stderr=subprocess.DEVNULL, cleanup_kc=True)
        except CellExecutionError as error:
            if error.ename == "KeyboardInterrupt":  # nbclient was told to end
                raise KeyboardInterrupt from None
            problem = f"{path.name} fails ({error.ename}: {shown(error.evalue, 200)})"
        except (DeadKernelError, TimeoutError) as error:
            problem = f"{path.name} did not come to its end ({shown(error, 200)})"
        return Ran(path, read_findings(kept), problem)


def equipped(python: Python, folder: Path) -> str:
    """Return the path of a Python in an environment that has what the notebooks import.

    The environment is made in ``folder`` if it is not there yet.

    Raises:
        LabError: uv is missing, or a package cannot be installed there.
    """
    made = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    ready = folder / "ready-for-notebooks"
    if ready.exists():
        return str(made)
    options = _FOR_313T if python.era == "3.13t" else _OF_CLUSTER
    for command in (
        ["venv", "--quiet", "--python", python.path, str(folder)],
        ["pip", "install", "--quiet", "--python", str(made), *options, *_PACKAGES],
    ):
        uv = [sys.executable, "-m", "uv", *command]
        done = subprocess.run(uv, capture_output=True, text=True, timeout=_EQUIP_S, check=False)
        if done.returncode:
            raise LabError(
                f"{python.name} cannot be equipped for the notebooks by uv "
                f"({shown(done.stderr, 200)}): leave it out, or install what is missing"
            )
    ready.touch()
    return str(made)
