"""Nothing of what calls show, write or ask for comes through, and all is as before afterwards."""

import cmd
import contextlib
import getpass
import io
import json
import logging
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbclient import NotebookClient

from helpers.core.pools import kinds
from helpers.core.silence import InputRefused, silence, silent

CHECKOUT = Path(__file__).parents[3]
LOUD = """
import logging, os, subprocess, sys, warnings

logging.basicConfig()

def loud(item):
    print("LOUD"); print("LOUD", file=sys.stderr); print("LOUD", file=sys.__stdout__)
    sys.stdout.buffer.write(b"LOUD\\n"); os.write(1, b"LOUD\\n"); os.write(2, b"LOUD\\n")
    sys.stdout.write("LOUD\\n" * 20_000)
    logging.error("LOUD"); warnings.warn("LOUD")
    subprocess.run([sys.executable, "-S", "-c", "print('LOUD')"], check=True)
    return item
"""


def make_noise():
    """Write in every way there is."""
    print("LOUD")
    print("LOUD", file=sys.stderr)
    print("LOUD", file=sys.__stdout__)
    logging.getLogger("loud").error("LOUD")
    os.write(1, b"LOUD\n")
    os.write(2, b"LOUD\n")
    subprocess.run([sys.executable, "-S", "-c", "print('LOUD')"], check=True)
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.buffer.write(b"LOUD\n")


def streams(folder):
    """Return what a standard stream may be."""
    return {
        "as it is": sys.stdout,
        "text in memory": io.StringIO(),
        "bytes in memory": io.TextIOWrapper(io.BytesIO()),
        "a file": (folder / "file").open("w+"),
    }


@pytest.mark.parametrize("name", ["as it is", "text in memory", "bytes in memory", "a file"])
def test_nothing_comes_through_whatever_the_streams_are(tmp_path, capfd, name):
    stream = streams(tmp_path)[name]
    handler = logging.StreamHandler(stream)
    logging.getLogger("loud").addHandler(handler)
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            print("before")
            with silence():
                assert sys.stdout is stream
                make_noise()
            print("after")
            logging.getLogger("loud").error("logged")
    finally:
        logging.getLogger("loud").removeHandler(handler)
    captured = "".join(capfd.readouterr())
    if name != "as it is":
        stream.seek(0)
        captured += stream.read()
        stream.close()
    assert captured.split() == ["before", "after", "logged"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_all_is_as_before_after_an_error(error):
    files = len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0
    before = sys.stdin, sys.stdout, sys.displayhook, input, getpass.getpass, os.fstat(1)
    attributes = dict(vars(sys.stdout))
    with pytest.raises(error), silence(), silence():
        raise error
    assert (sys.stdin, sys.stdout, sys.displayhook, input, getpass.getpass, os.fstat(1)) == before
    assert vars(sys.stdout) == attributes
    assert files == (len(os.listdir("/dev/fd")) if files else 0)


@pytest.mark.parametrize(
    "ask",
    [lambda: input("LOUD"), lambda: sys.stdin.readline(), lambda: getpass.getpass("LOUD"),
     lambda: sys.stdin.buffer.read(), lambda: list(sys.stdin), lambda: cmd.Cmd().cmdloop(),
     lambda: sys.breakpointhook()],
)  # fmt: skip
def test_who_asks_for_input_is_refused(capfd, ask):
    with silence(), pytest.raises(InputRefused, match="give it what it asks for as an argument"):
        ask()
    with silence():
        assert os.read(0, 1) == b""  # in C the end of the file is all that can be said
    assert capfd.readouterr() == ("", "")


def test_new_figures_are_closed_and_others_stay():
    kept = plt.figure().number
    with silence():
        for _ in range(3):
            plt.figure()
    assert plt.get_fignums() == [kept]
    plt.close(kept)


def test_steps_are_made_in_silence_and_what_stands_between_is_not(capfd):
    ended = []

    def steps():
        try:
            for number in range(3):
                print("LOUD")
                yield number
        finally:
            print("LOUD")
            ended.append(True)

    for number in silent(steps()):
        print(number)
    quiet = silent(steps())
    print(next(quiet))
    quiet.close()
    assert capfd.readouterr().out.split() == ["0", "1", "2", "0"]
    assert ended == [True, True]


SCRIPT = """
import sys
import helpers as lab
from loud_jobs import loud

if __name__ == "__main__":
    kinds = [kind for kind, lacks in lab.kinds().items() if not lacks and kind not in SKIPPED]
    lab.verdict(loud, list(range(8)), budget_s=4, kinds=kinds)
    for kind in kinds:  # what others start afterwards has its output as ever
        if kind.startswith("processes"):
            with lab.pool(kind, 1) as pool:
                pool.submit(print, kind).result()
"""


def test_workers_of_every_kind_are_silent_and_those_of_others_are_not(tmp_path):
    (tmp_path / "loud_jobs.py").write_text(LOUD)
    script = SCRIPT.replace("SKIPPED", "('serial', 'distributed')")
    (tmp_path / "script.py").write_text(textwrap.dedent(script))
    path = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.count("LOUD") == 0
    expected = [name for name in kinds() if name.startswith("processes") and not kinds()[name]]
    assert done.stdout.split() == expected


CELLS = [
    """
import logging, os, sys
import matplotlib.pyplot as plt
from IPython.display import clear_output, display
import helpers as lab
logging.basicConfig()

class Odd:
    def _repr_html_(self):
        raise ValueError("LOUD")

def loud(item):
    print("LOUD"); print("LOUD", file=sys.stderr); display("LOUD", Odd()); logging.error("LOUD")
    sys.displayhook("LOUD"); os.write(1, b"LOUD"); os.system("echo LOUD"); clear_output()
    plt.figure().suptitle("LOUD"); plt.show(); plt.figure()
    return item
""",
    "_ = lab.verdict(loud, list(range(4)), budget_s=0.5, kinds=['threads'])",
    "_ = lab.verdict(lambda item: input('LOUD'), [1, 2], budget_s=0.5, kinds=['threads'])",
    "logging.error('logged'); print('printed', plt.get_fignums()); display('displayed')",
]


def test_a_cell_of_a_notebook_stays_empty():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in CELLS])
    NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    made, shown, asked, after = [cell.outputs for cell in notebook.cells]
    assert made == [] and len(shown) == 1  # the bar, which is empty at the end
    assert "nobody answers while a function is measured" in asked[-1]["evalue"]
    said = [output.get("text") or output["data"]["text/plain"] for output in after]
    assert sorted(said) == ["'displayed'", "ERROR:root:logged\n", "printed []\n"]
    assert "LOUD" not in json.dumps([shown, asked[:-1], after])
