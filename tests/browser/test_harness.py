"""The harness itself, on tiny notebooks of its own."""

import time

import pytest

from tests.browser.lab import Lab

PICTURE = """
import io, threading
from IPython.display import Image as Shown, display
from PIL import Image
import ipywidgets as widgets

def picture(shade):
    file = io.BytesIO()
    Image.new("L", (40, 40), shade).save(file, "PNG")
    return Shown(file.getvalue())

handle = display(picture(0), display_id=True)
"""
LIVE = """
stop = threading.Event()

def work():
    shade = 0
    while not stop.wait(0.05):
        shade = (shade + 1) % 256
        handle.update(picture(shade))

thread = threading.Thread(target=work)
start_button, stop_button = widgets.Button(description="Start"), widgets.Button(description="Stop")
start_button.on_click(lambda _: thread.start())
stop_button.on_click(lambda _: stop.set())
widgets.HBox([start_button, stop_button])
"""
ORPHAN = """
import subprocess, sys
sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
child = subprocess.Popen(sleeper, start_new_session=True)
"""


def test_run_all_shows_what_the_cells_made_until_one_raises(lab: Lab, make_notebook) -> None:
    cells = ["print('one')", PICTURE, "6 * 7", "1 / 0", "print('never')"]
    lab.open(make_notebook("plain.ipynb", *cells)).run_all()
    assert [text.strip() for text in lab.output_texts()[:2]] == ["one", "42"]
    assert [cell["count"] for cell in lab.cells()] == [1, 2, 3, 4, None]
    assert len(lab.images()) == 1
    assert lab.errors() == ["ZeroDivisionError: division by zero"]


def test_run_all_waits_for_every_cell_each_time(lab: Lab, make_notebook) -> None:
    cells = ["import time; n = 1", "time.sleep(1); n += 1", "time.sleep(1); n += 1", "n"]
    lab.open(make_notebook("slow.ipynb", *cells)).run_all()
    assert [cell["count"] for cell in lab.cells()] == [1, 2, 3, 4]
    lab.run_all()
    assert [cell["count"] for cell in lab.cells()] == [5, 6, 7, 8]
    assert lab.output_texts() == ["3"]
    # JupyterLab would ask some seconds after the page, without a signal, and that long ran this.
    assert "Jupyter news" not in lab.page.locator("body").inner_text()


def test_a_picture_changes_after_a_click_while_the_kernel_is_idle(lab: Lab, make_notebook) -> None:
    lab.open(make_notebook("live.ipynb", PICTURE, LIVE)).run_all()
    first = lab.images()
    lab.click("Start")
    second = lab.wait_for(lambda: lab.images() != first and lab.images(), 60, "a new picture")
    lab.wait_for(lambda: lab.images() != second, 60, "another picture")
    assert not lab.busy()
    lab.click("Stop")

    def stays() -> bool:
        last = lab.images()
        time.sleep(0.5)
        return lab.images() == last

    lab.wait_for(stays, 60, "the picture to stay as it is")
    assert lab.errors() == []


def test_waiting_has_a_limit_and_an_interrupt_ends_the_cell(lab: Lab, make_notebook) -> None:
    lab.open(make_notebook("long.ipynb", "import time; time.sleep(600)")).start_all()
    with pytest.raises(TimeoutError, match="the kernel to become idle"):
        lab.wait_idle(1)
    lab.interrupt()
    lab.wait_idle()
    assert [error.partition(":")[0] for error in lab.errors()] == ["KeyboardInterrupt"]


def test_a_process_that_outlives_its_kernel_is_found(
    lab: Lab, make_notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.browser.lab.GONE_S", 1)
    lab.open(make_notebook("orphan.ipynb", ORPHAN)).run_all()
    lab.server.shut_kernels_down()
    with pytest.raises(RuntimeError, match=r"left running: .*python"):
        lab.server.check_nothing_runs()
    lab.server.check_nothing_runs()


def test_a_widget_reopened_without_its_kernel_shows_no_error(lab: Lab, make_notebook) -> None:
    cell = "import ipywidgets as widgets; widgets.IntSlider(7, description='workers')"
    lab.open(make_notebook("reopened.ipynb", cell)).run_all()
    lab.save()
    lab.server.shut_kernels_down()
    lab.reload()

    def drawn() -> bool:
        return lab.output_texts() != [] and "Loading" not in lab.text()

    lab.wait_for(drawn, 60, "the outputs of the saved notebook")
    assert [text.split() for text in lab.output_texts()] == [["workers", "7"]]
