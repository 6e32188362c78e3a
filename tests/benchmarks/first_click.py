"""What a first click costs: `python -m tests.benchmarks.first_click [ROUNDS]`.

In each round JupyterLab starts anew, until its page with notebook 00 has come; then the kernel,
until it answers; then the notebook's first two code cells, which import the package and show the
card. At the end stands what is installed, by package: the largest first, with compiled bytecode.

`python -m tests.benchmarks.first_click each [NAME ...]` does so once for each notebook, on one CPU,
and runs its cells until the first experiment has its finding, as for a visitor of Binder.
"""

import contextlib
import importlib.metadata
import importlib.util
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import psutil
from jupyter_client.blocking import BlockingKernelClient

from helpers.authoring.pages import chosen

CHECKOUT = Path(__file__).parents[2]
N_CELLS, LIMIT_S, N_LARGEST = 2, 120, 12


def click(
    folder: Path, notebook: Path, cells: list[str], n_cpus: int | None = None
) -> dict[str, float]:
    """Return the seconds of each step of one first click on a notebook, in a folder of its own.

    The server and all that it starts have ``n_cpus``, all CPUs when None.
    """
    port = _free_port()
    server = f"http://127.0.0.1:{port}/"
    began_s = time.perf_counter()
    lab = _started(folder, port)
    try:
        if n_cpus is not None:
            psutil.Process(lab.pid).cpu_affinity(psutil.Process().cpu_affinity()[-n_cpus:])
        _answered(f"{server}lab/tree/notebooks/{notebook.name}?token=t", folder, lab)
        page_s = time.perf_counter()
        kernel = json.loads(_ask(f"{server}api/kernels?token=t", b'{"path": "notebooks"}'))
        client = BlockingKernelClient(connection_file=str(folder / f"kernel-{kernel['id']}.json"))
        client.load_connection_file()
        client.start_channels()
        client.kernel_info(reply=True, timeout=LIMIT_S)
        kernel_s = time.perf_counter()
        for cell in cells:
            answer = client.execute(cell, reply=True, timeout=LIMIT_S)
            assert answer["content"]["status"] == "ok", answer["content"]
        client.stop_channels()
        cells_s = time.perf_counter()
        cpu_s = _cpu_s(lab.pid)
    finally:
        lab.terminate()
        lab.wait(LIMIT_S)
    return {
        "JupyterLab's page": page_s - began_s,
        "the kernel": kernel_s - page_s,
        "its cells": cells_s - kernel_s,
        "in all": cells_s - began_s,
        "CPU time of both": cpu_s,
    }


def _started(folder, port):
    """Return the process of a JupyterLab that keeps all of its own in a folder."""
    private = {f"JUPYTER_{name}_DIR": str(folder) for name in ("CONFIG", "DATA", "RUNTIME")}
    private["GIL_LAB_RESULTS"] = str(folder / "results")
    options = ["--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=t"]
    command = [sys.executable, "-m", "jupyterlab", *options]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=CHECKOUT, env=os.environ | private, stdout=log, stderr=log
        )


def _cpu_s(pid):
    """Return the CPU seconds that a server and its kernel have used: fit for a busy machine."""
    server, cpu_s = psutil.Process(pid), 0.0
    for process in (server, *server.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
            times = process.cpu_times()
            cpu_s += times.user + times.system
    return cpu_s


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _answered(address, folder, lab):
    """Ask for a page until it comes."""
    end_s = time.perf_counter() + LIMIT_S
    while True:
        with contextlib.suppress(urllib.error.URLError):
            return _ask(address)
        assert lab.poll() is None and time.perf_counter() < end_s, (folder / "log").read_text()
        time.sleep(0.02)


def _ask(address, data=None):
    with urllib.request.urlopen(address, data, timeout=LIMIT_S) as answer:
        return answer.read()


def _code(notebook):
    cells = nbformat.read(notebook, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def to_the_first_finding(notebook: Path) -> list[str]:
    """Return a notebook's code cells up to the first finding; on one CPU, 00 begins with some."""
    code, finds = _code(notebook), ("lab.finding(", "lab.five_minutes(")
    end = next(n for n, source in enumerate(code) if any(find in source for find in finds))
    return code[: end + 1]


def sizes() -> dict[str, float]:
    """Return the megabytes of each installed package, the largest first."""
    found = {}
    for package in importlib.metadata.distributions():
        paths = [Path(package.locate_file(file)) for file in package.files or ()]
        paths += [Path(importlib.util.cache_from_source(p)) for p in paths if p.suffix == ".py"]
        there = {path.resolve() for path in paths if path.is_file()}
        found[package.name] = sum(path.stat().st_size for path in there) / 1e6
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def main(n_rounds: int = 3) -> None:
    """Print the table of seconds, and the sizes."""
    [first], rounds = chosen(["00"]), []
    for _ in range(n_rounds):
        with tempfile.TemporaryDirectory(prefix="gil-lab-") as folder:
            rounds.append(click(Path(folder), first, _code(first)[:N_CELLS]))
    print(f"{'seconds, median of ' + str(n_rounds):<28}{'least':>8}{'median':>8}{'most':>8}")
    for step in rounds[0]:
        taken = [one[step] for one in rounds]
        print(f"{step:<28}{min(taken):>8.2f}{statistics.median(taken):>8.2f}{max(taken):>8.2f}")
    found = sizes()
    print(f"\n{len(found)} packages, {sum(found.values()):.0f} MB; the largest:")
    for name, size in [*found.items()][:N_LARGEST]:
        print(f"{name:<28}{size:>8.1f} MB")


def each(names: list[str]) -> None:
    """Print for each notebook how long it takes to the first finding on one CPU."""
    print(f"{'seconds, on one CPU':<34}{'page':>7}{'kernel':>8}{'cells':>8}{'in all':>8}{'CPU':>7}")
    for notebook in chosen(names):
        with tempfile.TemporaryDirectory(prefix="gil-lab-") as folder:
            steps = click(Path(folder), notebook, to_the_first_finding(notebook), n_cpus=1)
        page, kernel, cells, whole, cpu = steps.values()
        row = f"{page:>7.1f}{kernel:>8.1f}{cells:>8.1f}{whole:>8.1f}{cpu:>7.1f}"
        print(f"{notebook.stem:<34}{row}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["each"]:
        each(sys.argv[2:])
    else:
        main(*(int(word) for word in sys.argv[1:]))
