"""The program with a window in notebook 07 runs: its bar fills while its thread computes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "07_staying_responsive.ipynb"
LOOP = "window.mainloop()"
# Shows which values of the bar the window was served with, and closes it when the bar is full.
SERVED = """
def serve():
    served.append(bar["value"])
    if {is_over}:
        window.destroy()
    else:
        window.after(20, serve)
window.after(20, serve)
window.mainloop()
"""
# Each of the job's first ten steps computes on until the window was served with the step before: no
# speed of a machine decides. A frozen window is served with none of them, and the limit ends that.
PATIENT = """
import builtins, itertools, time
steps, end_s = itertools.count(1), time.monotonic() + {limit_s}
def sum(numbers):
    step = next(steps)
    builtins.sum(numbers)
    while step <= 10 and len(set(served)) < step and time.monotonic() < end_s:
        builtins.sum(n * n for n in range(60_000))
"""
START = "Thread(target=job, daemon=True).start()"


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


def run(display, folder, source, is_over="served[-1] == 100", says="len(set(served)) > 9"):
    """Return what a program says whose window is served till it is over, and its errors."""
    assert source.endswith(LOOP)
    source = source.removesuffix(LOOP) + SERVED.format(is_over=is_over)
    file = folder / "window.py"
    file.write_text(f"served = []\n{source}print({says})\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(file)],
        env=os.environ | {"DISPLAY": display},
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def test_the_window_lives_while_its_thread_computes(display, tmp_path):
    source = PATIENT.format(limit_s=120) + program()
    assert run(display, tmp_path, source) == ("True", "")


def test_without_the_thread_it_freezes(display, tmp_path):
    source = PATIENT.format(limit_s=1) + program()
    assert source.count(START) == 1
    assert run(display, tmp_path, source.replace(START, "job()")) == ("False", "")


def test_news_without_an_end_freeze_it_neither(display, tmp_path):
    source, steps = program(), "range(1, 101)"
    assert source.count(steps) == 1
    endless = "sum = lambda numbers: 0\n" + source.replace(steps, "iter(int, 1)")
    said = run(display, tmp_path, endless, is_over="len(served) == 3", says="len(served)")
    assert said == ("3", "")
