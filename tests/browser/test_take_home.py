"""A visitor's session: results go home as one file and come back; a closed tab ends its kernel."""

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
from playwright.sync_api import Browser

from helpers.core import store
from tests.browser.lab import Lab, Server
from tests.unit.results import curves

CHECKOUT = Path(__file__).parents[2]
HERE = "import os, pathlib; from helpers.core import store; store.RESULTS = pathlib.Path({!r})"


def test_results_are_downloaded_as_one_file_and_come_back(
    lab: Lab, make_notebook: Callable[..., str], tmp_path: Path
) -> None:
    store.save(curves({"threads": {1: 1.0, 2: 1.5}}), tmp_path / "here" / "a.json")
    begin = HERE.format(str(tmp_path / "here"))
    lab.open(make_notebook("home.ipynb", begin, "import helpers as lab; lab.saved()"))
    lab.run_all()
    with lab.page.expect_download() as download:
        lab.notebook.get_by_role("link", name="Download all as one file").click()
    assert download.value.suggested_filename == "gil-lab-results.zip"
    file = tmp_path / "gil-lab-results.zip"
    download.value.save_as(file)

    begin = HERE.format(str(tmp_path / "there"))
    lab.open(make_notebook("back.ipynb", begin, "from helpers import answer; answer.BringBack()"))
    lab.run_all()
    with lab.page.expect_file_chooser() as chooser:
        lab.click("Bring back (0)")
    chooser.value.set_files(file)
    lab.wait_for(lambda: "1 result came back." in lab.text(), 60, "the result to come back")
    assert store.saved(tmp_path / "there").results.keys() != set()


def test_a_closed_tab_ends_its_kernel(chromium: Browser, tmp_path: Path) -> None:
    settings = json.loads((CHECKOUT / "helpers/jupyterlab_settings.json").read_text("utf-8"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    (tmp_path / "root").mkdir()
    nbformat.write(notebook, tmp_path / "root" / "one.ipynb")
    with Server(tmp_path / "root", tmp_path / "state", settings) as server:
        tab = Lab(chromium, server)
        try:
            tab.open("one.ipynb")
            assert len(server.ask("api/kernels")) == 1
            tab.menu("File", "Close Tab")
            tab.page.get_by_role("button", name="Discard").click()  # opening it has changed it
            tab.wait_for(lambda: not server.ask("api/kernels"), 60, "the kernel to end")
        finally:
            tab.close()
