"""Every notebook by itself on a small machine: `python -m tests.benchmarks.notebooks --help`.

Each is run from its first cell to its last in a fresh kernel that is bound to so many CPUs, as on
Binder. No process of it may have more address space than the limit and room for libraries and
stacks, and the memory of all its processes together is watched: where it passes the limit, all of
them are ended and the notebook counts as failed.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import nbformat
import psutil
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from helpers.authoring import blocks
from helpers.authoring.pages import chosen
from helpers.core.machine import describe
from helpers.core.worker import now
from helpers.errors import LabError
from tests.processes import has_ended

CHECKOUT = Path(__file__).parents[2]
GUIDE = CHECKOUT / "notebooks" / "INSTRUCTORS.md"
BLOCK = "seconds and memory"
MB = 1_000_000
LIBRARIES_BYTES = 1 << 30  # address space that NumPy's and matplotlib's threads take and never use
LOOK_S = 0.1  # a peak that is shorter may pass unseen
# Started in the kernel's place: takes the limits on, then becomes the kernel.
LIMITED = """
import os, resource, sys
cpus, n_bytes = sys.argv[1:3]
os.sched_setaffinity(0, map(int, cpus.split(",")))
resource.setrlimit(resource.RLIMIT_AS, (int(n_bytes), int(n_bytes)))
os.execv(sys.argv[3], sys.argv[3:])
"""


@dataclass(frozen=True)
class Finding:
    """How a notebook did: seconds, bytes of all processes at the peak, and what went wrong."""

    notebook: str
    n_cpus: int
    wall_s: float
    peak_bytes: int
    failure: str = ""

    def cell(self) -> str:
        """Return it for a table."""
        said = f"{self.wall_s:.0f} s, {self.peak_bytes / MB:.0f} MB"
        return f"{said}: **{self.failure}**" if self.failure else said


class Watcher:
    """Looks at a process and all that come from it; ends them past a limit, and at the end."""

    def __init__(self, pid: int, limit_bytes: int, limit_s: float) -> None:
        self.limit_bytes, self.limit_s = limit_bytes, limit_s
        self.peak_bytes, self.failure = 0, ""
        self.known = {psutil.Process(pid)}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *what: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        end_s = now() + self.limit_s
        while not self._over.wait(LOOK_S):
            n_bytes = sum(map(pss_bytes, self.alive()))
            self.peak_bytes = max(self.peak_bytes, n_bytes)
            if n_bytes > self.limit_bytes:
                self.failure = f"more than {self.limit_bytes / MB:.0f} MB"
            elif now() > end_s:
                self.failure = f"longer than {self.limit_s:g} s"
            if self.failure:
                self.end()
                return

    def alive(self) -> list[psutil.Process]:
        """Return the processes, also those whose parents have ended."""
        for process in list(self.known):
            with contextlib.suppress(psutil.NoSuchProcess):
                self.known.update(process.children(recursive=True))
        return [process for process in self.known if not has_ended(process)]

    def left(self) -> list[psutil.Process]:
        """Return those that have not ended within 10 s."""
        end_s = now() + 10
        while self.alive() and now() < end_s:
            time.sleep(LOOK_S)
        return self.alive()

    def end(self) -> None:
        """End them at once."""
        for process in self.alive():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def pss_bytes(process: psutil.Process) -> int:
    """Return the memory of a process; what it shares with others counts in part (PSS)."""
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


def run(notebook: Path, n_cpus: int, memory_bytes: int, limit_s: float = 300) -> Finding:
    """Run one notebook under these limits and return the ``Finding``. The file stays as it is."""
    cpus = sorted(os.sched_getaffinity(0))[-n_cpus:]
    limits = [",".join(map(str, cpus)), str(memory_bytes + LIBRARIES_BYTES)]
    manager = AsyncKernelManager(kernel_name="python3")
    argv = [sys.executable, *manager.kernel_spec.argv[1:]]
    manager.kernel_spec.argv = [sys.executable, "-c", LIMITED, *limits, *argv]
    client = NotebookClient(
        nbformat.read(notebook, as_version=4),
        km=manager,
        timeout=None,  # the watcher's limit is for the whole notebook
        resources={"metadata": {"path": str(notebook.parent)}},
    )
    failure = ""
    began_s = now()
    with tempfile.TemporaryDirectory(prefix="gil-lab-") as results:
        env = os.environ | {"GIL_LAB_RESULTS": results}
        kernel = client.setup_kernel(cleanup_kc=True, env=env, stderr=subprocess.DEVNULL)
        with kernel, Watcher(manager.provisioner.pid, memory_bytes, limit_s) as watcher:
            try:
                client.execute()
            except DeadKernelError:
                failure = "the kernel died"
            except CellExecutionError as error:
                failure = f"{error.ename}: {error.evalue}".splitlines()[0][:100]
            wall_s = now() - began_s
        left = watcher.left()
        watcher.end()
    if left:
        failure = failure or f"left running: {', '.join(process.name() for process in left)}"
    return Finding(notebook.stem, n_cpus, wall_s, watcher.peak_bytes, watcher.failure or failure)


def table(findings: list[Finding]) -> str:
    """Return the findings as a Markdown table: a row for a notebook, a column for its CPUs."""
    counts = sorted({finding.n_cpus for finding in findings}, reverse=True)
    names = list(dict.fromkeys(finding.notebook for finding in findings))
    cells = {(finding.notebook, finding.n_cpus): finding.cell() for finding in findings}
    lines = [
        ["notebook", *(f"{n} CPU{'s' * (n != 1)}" for n in counts)],
        ["---"] * (1 + len(counts)),
    ]
    lines += [[name, *(cells[name, n] for n in counts)] for name in names]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.notebooks",
        description="Run each notebook by itself with few CPUs and little memory.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 00 or 03_four_pictures")
    parser.add_argument("--cpus", default="2,1", help="CPU counts with commas (default 2,1)")
    parser.add_argument("--memory-mb", type=int, default=1024, help="of all processes together")
    parser.add_argument("--limit-s", type=float, default=300, help="seconds for a notebook")
    parser.add_argument("--write", action="store_true", help=f"put the table into {GUIDE.name}")
    return parser.parse_args(arguments)


def cpu_counts(text: str) -> list[int]:
    """Return the CPU counts that a text such as "2,1" names."""
    n_usable = len(os.sched_getaffinity(0))
    counts = [int(word) if word.isdecimal() else 0 for word in text.split(",")]
    if not all(1 <= n <= n_usable for n in counts):
        raise LabError(f"CPUs are counted from 1 to {n_usable} here, not {text!r}: try 1")
    return counts


def main(arguments: list[str] | None = None) -> int:
    """Print the table; return 1 where a notebook failed."""
    options = parse(arguments)
    if not hasattr(os, "sched_setaffinity"):
        raise LabError("CPUs and memory are limited by Linux's means: run it on Linux")
    if options.write and options.names:
        raise LabError("the guide has a table of all notebooks: leave out --write or the names")
    paths, counts = chosen(options.names), cpu_counts(options.cpus)
    findings = []
    for path in paths:
        for n_cpus in counts:
            findings.append(run(path, n_cpus, options.memory_mb * MB, options.limit_s))
            print(f"{path.stem}, CPUs {n_cpus}: {findings[-1].cell()}", file=sys.stderr, flush=True)
    said = (
        f"{table(findings)}\n\nEach in a fresh kernel, from the first cell to the last, by "
        f"`python -m tests.benchmarks.notebooks` on {describe()}, {date.today()}. The memory is "
        f"the highest of all its processes together, which may not pass {options.memory_mb} MB."
    )
    print(said)
    if options.write:
        blocks.write(GUIDE, BLOCK, said)
    return 1 if any(finding.failure for finding in findings) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit(str(error))
