"""Fixtures for tests that look at notebooks as a reader does.

def test_it(lab):
    lab.open("notebooks/00_start_here.ipynb").run_all()
    assert lab.errors() == []
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import QUICK
from tests.browser.lab import Lab, Server, browser, find_chromium

expect.set_options(timeout=60_000)  # a busy machine may be slow

CHECKOUT = Path(__file__).parents[2]
SCREENSHOTS = Path(__file__).parent / "screenshots"
NO_CHROMIUM = (
    "no Chromium was found, so nothing was tried in a real browser; install it "
    "(apt install chromium; brew install --cask chromium) or name one by GIL_LAB_CHROMIUM=/path"
)


# Its scope is this package, because playwright leaves no room for asyncio.run in other tests.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Headless Chromium; the test is skipped where there is none."""
    if find_chromium() is None:
        pytest.skip(NO_CHROMIUM)
    with browser() as running:
        yield running


@pytest.fixture(scope="package")
def lab_server(
    chromium: Browser, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A JupyterLab server on a copy of notebooks/, with a reader's default settings."""
    root = tmp_path_factory.mktemp("lab")
    if (CHECKOUT / "notebooks").is_dir():
        hidden = shutil.ignore_patterns(".*")
        shutil.copytree(CHECKOUT / "notebooks", root / "notebooks", ignore=hidden)
        shutil.copytree(CHECKOUT / "data" / "pictures", root / "data" / "pictures")
    with pytest.MonkeyPatch.context() as patch:
        if not pytestconfig.getoption("full"):
            patch.setenv(QUICK, "1")  # as for the notebooks that nbval runs
        with Server(root, tmp_path_factory.mktemp("state")) as server:
            yield server


@pytest.fixture
def lab(chromium: Browser, lab_server: Server) -> Iterator[Lab]:
    """A fresh browser tab; afterwards its kernel and all it started must be gone."""
    tab = Lab(chromium, lab_server)
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def ran(chromium: Browser, lab_server: Server, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The tab of a module's NOTEBOOK after Run All, which its tests share and leave without error.

    A test that takes ``lab`` ends all kernels, so it comes after those that take this.
    """
    tab = Lab(chromium, lab_server)
    tab.open(request.module.NOTEBOOK).run_all()
    yield tab
    tab.close()


@pytest.fixture(scope="package")
def site(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages, made from the notebooks and from recordings: only ``--full`` runs notebooks."""
    folder = tmp_path_factory.mktemp("pages")
    command = [sys.executable, "-m", "helpers", "author", "pages", "--folder", str(folder)]
    command += [] if pytestconfig.getoption("full") else ["--no-run"]
    subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab without a network, and without an error at the end."""
    context = chromium.new_context(offline=True, viewport={"width": 360, "height": 780})
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    tab.on("requestfailed", lambda request: errors.append(request.url))
    yield tab
    context.close()
    assert errors == []


@pytest.fixture
def make_notebook(lab_server: Server) -> Callable[..., str]:
    """Return a function that writes code cells as a notebook and returns its name for open()."""

    def make(name: str, *cells: str) -> str:
        notebook = nbformat.v4.new_notebook()
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        nbformat.write(notebook, lab_server.root / name)
        return name

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep a screenshot of what the browser showed when a test failed."""
    report = yield
    tab = item.funcargs.get("lab", item.funcargs.get("ran"))
    if report.when == "call" and report.failed and isinstance(tab, Lab):
        file = SCREENSHOTS / (re.sub(r"\W+", "-", item.name).strip("-") + ".png")
        seen = [f"screenshot: {tab.screenshot(file)}", *tab.page_errors]
        report.sections.append(("what the browser showed", "\n".join(seen)))
    return report
