"""What holds for every run of the tests, and what each ends with: which parts were left out."""

import gc
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import still

QUICK = "GIL_LAB_QUICK"
FINDINGS = "GIL_LAB_FINDINGS"
N_TESTS = pytest.StashKey[int]()
LONGEST_NAME = 300
ENDINGS = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--full``: notebooks measure as long as they do for a reader."""
    parser.addoption(
        "--full", action="store_true", help="run notebooks at full length, not with few rounds"
    )
    still.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Let everything that is run, kernels too, save its results in a folder that is removed."""
    folder = tempfile.TemporaryDirectory(prefix="gil-lab-tests-")
    os.environ["GIL_LAB_RESULTS"] = folder.name
    config.add_cleanup(folder.cleanup)
    # Hundreds of programs are started here, and each would compile what it imports anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    still.watch(config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Start the kernel of a notebook, and nothing else, with few rounds and short budgets.

    nbval asks only whether a cell raises, and one or two rounds show that. ``--full`` runs all.
    What the notebook finds is kept for tests/notebooks/test_findings.py.
    """
    is_cell = type(item).__name__ == "IPyNbCell"
    with pytest.MonkeyPatch.context() as patch:
        if is_cell:
            patch.setenv(FINDINGS, os.path.join(folder_of_run(item.config), "findings.jsonl"))
        if is_cell and not item.config.getoption("full"):
            patch.setenv(QUICK, "1")
        return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a worker of pytest-xdist where to write which tests are marked ``alone``."""
    folder = os.environ["GIL_LAB_RESULTS"]
    node.workerinput["folder"] = folder
    node.workerinput["alone"] = os.path.join(folder, "alone.txt")


def folder_of_run(config: pytest.Config) -> str:
    """Return the folder that all processes of one run of the tests share."""
    return getattr(config, "workerinput", {}).get("folder") or os.environ["GIL_LAB_RESULTS"]


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config) -> Path:
    """The folder that all processes of one run of the tests share, as a Path."""
    return Path(folder_of_run(pytestconfig))


@pytest.fixture
def quick_capacity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure the machine's capacity as always, but in a moment and not in 0.2 s."""
    from helpers.core import machine

    measure = machine.capacity
    monkeypatch.setattr(
        machine, "capacity", lambda n, **options: measure(n, slice_s=0.001, rounds=1)
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let those marked ``alone`` come last also in one process.

    A worker writes which they are: the scheduler that gives out the tests sees only their names.
    A name that holds a file's content differs from worker to worker where that has a time in it.
    """
    if long := [item.nodeid for item in items if len(item.nodeid) > LONGEST_NAME]:
        raise pytest.UsageError(
            f"a test's name has at most {LONGEST_NAME} letters, {long[0][:80]}... has "
            f"{len(long[0])}: give its parameters ids"
        )
    items.sort(key=lambda item: item.get_closest_marker("alone") is not None)
    if file := getattr(config, "workerinput", {}).get("alone"):
        alone = [item.nodeid for item in items if item.get_closest_marker("alone")]
        Path(file).write_text("\n".join(alone), encoding="utf-8")


def pytest_collection_finish() -> None:
    """Keep what is there by now out of later searches for garbage: it stays to the end.

    A test that counts what is left behind asks for a whole search, of everything imported here.
    """
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """With ``-n auto``: one worker for each CPU, and two to four in any case."""
    n_cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(2, min(4, n_cpus))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """With ``-n``: first most tests side by side, then those that need the machine alone."""
    from tests.passes import Passes

    return Passes(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep how many tests there were."""
    session.config.stash[N_TESTS] = session.testscollected


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say plainly which parts were not run; the reason of each says how to enable it."""
    stats = terminalreporter.stats
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ") for report in stats.get("skipped", [])
    )
    told = {report.nodeid for name in ENDINGS for report in stats.get(name, [])}
    if n_left := config.stash.get(N_TESTS, 0) - len(told):
        reasons["the run ended before them"] = max(0, n_left)
    terminalreporter.section("parts not run")
    if not +reasons:
        terminalreporter.line("none: every part was run")
    for reason, count in sorted((+reasons).items()):
        terminalreporter.line(f"{count} test{'s' if count > 1 else ''}: {reason}")
