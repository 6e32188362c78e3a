"""The record of where each claim of the notebooks was shown: a file for a Python and its CPUs."""

import datetime
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from ..cells.finding import claims_of
from ..core.allowed import in_whole, usable_cpus
from ..core.machine import describe
from ..core.store import RECORDINGS, load_as, save
from ..errors import LabError
from ..pythons.find import Python, choose, find_pythons, one_of_each
from .claim_cells import digest_of
from .found import Ran, equipped, run_for_findings

FOLDER = RECORDINGS / "findings"


@dataclass(frozen=True)
class Told:
    """What was found of one claim; ``digest`` tells of which code and which rule."""

    state: str
    figure: str
    reason: str
    digest: str


@dataclass(frozen=True)
class Recorded:
    """What notebooks found with one Python on so many CPUs.

    ``made`` is an ISO 8601 date and time, ``machine`` says on which one. ``era`` is the Python's
    name without the last number, such as "3.13t".
    """

    made: str
    machine: str
    python: str
    era: str
    n_cpus: int
    findings: dict[str, Told] = field(repr=False)


def load_recorded(folder: Path = FOLDER) -> list[Recorded]:
    """Return what was recorded, the oldest Python first."""
    found = [load_as(Recorded, path) for path in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda one: [int(n) for n in re.findall(r"\d+", one.era)])


def keep(new: Recorded, notebooks: Iterable[str], folder: Path = FOLDER) -> Path:
    """Save what ``notebooks``, by their numbers, found; what is known of others stays."""
    path = folder / f"cpython{new.era}-{new.n_cpus}cpu.json"
    known = load_as(Recorded, path).findings if path.exists() else {}
    again = set(notebooks)
    found = {id: told for id, told in known.items() if id[:2] not in again} | new.findings
    ordered = {id: found[id] for id in sorted(found)}
    return save(Recorded(new.made, new.machine, new.python, new.era, new.n_cpus, ordered), path)


def record(
    notebooks: list[Path], wanted: Iterable[str] = (), folder: Path = FOLDER
) -> Iterator[str]:
    """Run the notebooks on each CPython that is found, on all CPUs and on one; keep what they find.

    Yields a line on each that is done. Only the ``wanted`` Pythons are run where some are named,
    such as "3.13t". Where processes cannot be bound to a CPU, all CPUs are all.
    """
    found = find_pythons()
    pythons = choose(found, wanted) if wanted else one_of_each(found)
    for python in pythons:
        if python.implementation != "CPython":
            continue
        with tempfile.TemporaryDirectory(prefix="gil-lab-") as environment:
            try:
                is_this = os.path.realpath(python.path) == os.path.realpath(sys.executable)
                path = sys.executable if is_this else equipped(python, Path(environment))
            except LabError as error:
                yield str(error)
                continue
            for cpus in _cpus():
                ran = run_for_findings(notebooks, path, cpus)
                n_cpus = in_whole(usable_cpus()) if cpus is None else 1
                yield _kept(python, n_cpus, ran, folder)


def _cpus():
    """Return which CPUs notebooks are bound to: None for all of them, and then one each."""
    if in_whole(usable_cpus()) == 1 or not hasattr(os, "sched_getaffinity"):
        return [None]
    return [None, sorted(os.sched_getaffinity(0))]


def _kept(python: Python, n_cpus: int, ran: list[Ran], folder: Path) -> str:
    findings = {}
    for one in ran:
        cells = nbformat.read(one.notebook, as_version=4).cells
        for claim in claims_of(one.notebook.name[:2]):
            if told := one.findings.get(claim.id):
                said = told["state"], told["figure"], told["reason"]
                findings[claim.id] = Told(*said, digest_of(claim, cells))
    here, now = describe(), datetime.datetime.now(datetime.UTC)
    machine = f"{here.cpus}, {here.cpu}, {here.system}"
    made = now.isoformat(timespec="seconds")
    new = Recorded(made, machine, python.version, python.era, n_cpus, findings)
    path = keep(new, [one.notebook.name[:2] for one in ran if one.findings], folder)
    bad = [f"contradicted: {id}" for one in ran for id in sorted(one.contradicted)]
    bad += [one.problem for one in ran if one.problem]
    return "; ".join([f"{path}: {len(findings)} claims", *bad])
