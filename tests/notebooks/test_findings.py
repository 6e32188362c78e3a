"""No notebook denies what it teaches: no claim is contradicted by what was measured.

nbval has run every notebook by the time that these tests come, on all CPUs, and what was found then
is read here. A notebook that it has not run, as where this file is tested by itself, is run.

On one CPU, without the GIL and on the newest Python, a few notebooks are run quickly: there most of
their claims must be excused, or say something else. ``--full`` runs all of them, on one CPU and on
each CPython there is, at full length.

What is contradicted is run again, twice at most: only what stays so fails.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from helpers.authoring.claim_cells import used
from helpers.authoring.claims import with_findings
from helpers.authoring.found import Ran, equipped, read_findings, run_for_findings
from helpers.authoring.pages import chosen
from helpers.pythons.find import Python, ask

MOST_RUNS = 3
ALL = with_findings(chosen())
# All but 03, which takes as long as all of these together, two of them side by side; the longest
# first, so that both CPUs are done at about the same time.
ON_ONE_CPU = ["00", "02", "04", "05", "01", "06"]
# The notebooks that are tried, quickly, where there is no GIL, and on the newest Python.
ON_OTHERS = {"free-threaded": ["01", "06"], "newest": ["02"]}
NAMES = {
    "free-threaded": ("python3.15t", "python3.14t", "python3.13t"),
    "newest": ("python3.15", "python3.14"),
}
ERAS = ("3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t", "3.15", "3.15t")

pytestmark = pytest.mark.timeout(3600)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask for each Python there may be where all is wanted, and for two of them elsewhere."""
    if "which" in metafunc.fixturenames:
        is_full = metafunc.config.getoption("full")
        metafunc.parametrize("which", ERAS if is_full else list(NAMES), scope="module")


@pytest.fixture(scope="module")
def is_full(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("full"))


def check(ran: list[Ran], again: Callable[[list[Path]], list[Ran]]) -> None:
    """Assert that the notebooks came to their ends, and that no claim stays contradicted."""
    assert [one.problem for one in ran if one.problem] == []
    denied = {one.notebook: one.contradicted for one in ran if one.contradicted}
    figures = [str(one.findings[id]) for one in ran for id in sorted(one.contradicted)]
    for _ in range(MOST_RUNS - 1):
        if not denied:
            return
        ran = again(list(denied))
        denied = {
            one.notebook: still for one in ran if (still := denied[one.notebook] & one.contradicted)
        }
    assert denied == {}, "\n".join(figures)


@pytest.mark.alone
@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_no_claim_is_contradicted_here(path: Path, run_folder: Path, is_full: bool) -> None:
    def run(paths: list[Path]) -> list[Ran]:
        return run_for_findings(paths, quick=not is_full)

    kept = read_findings(run_folder / "findings.jsonl")
    asked = used(nbformat.read(path, as_version=4).cells)
    found = {id: one for id, one in kept.items() if id in asked}
    ran = [Ran(path, found)] if found.keys() == asked else run([path])
    check(ran, run)
    assert sorted(ran[0].findings) == sorted(asked)


def made_up(state: str) -> list[Ran]:
    return [Ran(Path("01_a.ipynb"), {"01.a": {"state": state}, "01.b": {"state": "shown"}})]


def test_what_is_not_denied_again_and_again_passes() -> None:
    answers = [made_up("contradicted"), made_up("not shown")]
    check(made_up("contradicted"), lambda paths: answers.pop(0))
    assert answers == []
    check(made_up("shown"), lambda paths: pytest.fail("it was shown"))


def test_what_stays_contradicted_fails_and_so_does_what_never_ends() -> None:
    with pytest.raises(AssertionError, match=r"01\.a"):
        check(made_up("contradicted"), lambda paths: made_up("contradicted"))
    with pytest.raises(AssertionError, match="died"):
        check([Ran(Path("01_a.ipynb"), problem="the kernel died")], lambda paths: [])


@pytest.mark.alone
def test_no_claim_is_contradicted_on_one_cpu(is_full: bool) -> None:
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("one CPU: this system binds no process to a CPU")
    cpus = sorted(os.sched_getaffinity(0))
    paths = [path for number in ON_ONE_CPU for path in ALL if path.name[:2] == number]
    if is_full:
        paths = ALL

    def run(paths: list[Path]) -> list[Ran]:
        return run_for_findings(paths, cpus=cpus, quick=not is_full)

    check(run(paths), run)


def python_of(which: str) -> Python:
    """Return the Python of that name, or the first of those it stands for; else leave the test."""
    names = NAMES.get(which, (f"python{which}",))
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip(
            f"no {' and no '.join(names)}: claims were not tried on one; put it on the PATH"
        )
    return ask(path)


def test_the_newest_python_takes_what_the_notebooks_import(run_folder: Path) -> None:
    """It is installed here, beside other tests, and not when they wait for the machine.

    The one without the GIL is installed in tests/faults/test_free_threaded.py.
    """
    python = python_of("newest")
    path = equipped(python, run_folder / f"python-{python.era}")
    modules = "ipykernel, ipywidgets, matplotlib.pyplot, numpy, PIL.Image"
    subprocess.run([path, "-c", f"import {modules}"], check=True)


@pytest.mark.alone
def test_no_claim_is_contradicted_on_another_python(
    which: str, run_folder: Path, is_full: bool
) -> None:
    """And the notebooks come to their ends there."""
    python = python_of(which)
    path = equipped(python, run_folder / f"python-{python.era}")
    paths = [one for one in chosen() if one.name[:2] in ON_OTHERS.get(which, ())] or ALL
    if python.era == "3.13t":  # a package of notebook 10 has no wheel for it
        paths = [one for one in paths if one.name[:2] != "10"]

    one_each = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    for cpus in [None, one_each] if is_full and one_each else [None]:

        def run(paths: list[Path], cpus: list[int] | None = cpus) -> list[Ran]:
            return run_for_findings(paths, path, cpus, quick=not is_full)

        check(run(paths), run)
