"""The program with a window in notebook 07 runs: its bar fills while its thread computes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "07_staying_responsive.ipynb"
# Tells how often the window was served while the job ran, and closes it when the bar is full.
WATCHED = """
served = []
def serve():
    served.append(bar["value"])
    if bar["value"] == 100:
        window.destroy()
    else:
        window.after(20, serve)
window.after(20, serve)
window.mainloop()
print(len(set(served)) > 3, served[-1])
"""


def program():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    [cell] = [cell for cell in cells if "window" in cell.metadata.get("tags", [])]
    return cell.source.removeprefix("```python\n").removesuffix("\n```")


@pytest.fixture
def display(tmp_path):
    """The name of a display that nobody sees."""
    pytest.importorskip("tkinter", reason="this Python has no tkinter: no window was opened")
    if shutil.which("Xvfb") is None:
        pytest.skip("no virtual display: install Xvfb (apt install xvfb) to have a window opened")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "400x300x24", "-nolisten", "tcp"]
    with subprocess.Popen(
        command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        os.close(write)
        try:
            with os.fdopen(read) as said:
                yield f":{int(said.readline())}"
        finally:
            server.terminate()


@pytest.mark.alone
def test_the_window_lives_while_its_thread_computes(display, tmp_path):
    source = program()
    assert source.endswith("window.mainloop()")
    file = tmp_path / "window.py"
    file.write_text(source.removesuffix("window.mainloop()") + WATCHED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(file)],
        env=os.environ | {"DISPLAY": display},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("True 100\n", "", 0)
