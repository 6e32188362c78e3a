"""The check before a class: is this computer ready for the notebooks? It takes a few seconds."""

import importlib.metadata
import os
import re
import socket
import sys
import tempfile

from ..core import allowed, machine, pools
from ..core import store as records
from ..core.worker import worker_id
from ..errors import LabError, shown

PYTHON = (3, 11)
LIMIT_S = 30  # for two workers to start and answer; it takes about one second
_NAME = re.compile(r"[\w.-]+")


def problems() -> list[str]:
    """Return what keeps this computer from running the notebooks: a list of lines, empty if none.

    Each line says what is wrong and what to do about it.
    """
    return [line for check in (_python, _packages, _folder, _workers, _port) for line in check()]


def verdict() -> str:
    """Return the last line of the check: "ready" with what the machine can show, or what to do.

    Raises:
        LabError: the computer is not ready; the line says why, and what to do about it.
    """
    found = problems()
    if found:
        raise LabError("not ready: " + "; ".join(found))
    cpus = allowed.usable_cpus()
    if cpus < machine.ONE_CPU:
        return "ready (one usable CPU: your charts will show recorded curves beside your own)"
    return f"ready ({cpus:g} usable CPUs)"


def _python():
    if sys.version_info < PYTHON:
        return [f"Python is {sys.version.split()[0]}: install 3.11 or newer"]
    return []


def _packages():
    try:
        wanted = importlib.metadata.requires("gil-lab") or []
    except importlib.metadata.PackageNotFoundError:
        return ["GIL Lab is not installed in this Python: run make lab, or the conda command"]
    missing = []
    for requirement in wanted:
        if "extra ==" in requirement:  # not needed for the notebooks
            continue
        name = _NAME.match(requirement)[0]
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return [f"{', '.join(missing)} not installed: run make lab, or the conda command, again"]
    return []


def _folder():
    try:
        records.RESULTS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=records.RESULTS):
            return []
    except OSError as error:
        return [
            f"results cannot be saved in {records.RESULTS} ({error.strerror}): name another "
            "folder in the environment variable GIL_LAB_RESULTS"
        ]


def _workers():
    try:
        with pools.open_pool("processes-spawn", 1) as pool:
            if pool.submit(worker_id).result(LIMIT_S).split(".")[0] != str(os.getpid()):
                return []
        return ["a worker process is none: report it to the project"]
    except (Exception, LabError) as error:  # whatever a guard or a lack of memory makes of it
        return [
            f"no worker process could be started ({type(error).__name__}: {shown(error, 100)}): "
            "close other programs, and allow Python in your virus scanner"
        ]


def _port():
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return []
    except OSError as error:
        return [
            f"no port of this computer is free ({error.strerror}): allow Python in the firewall"
        ]
