"""What a command writes arrives: in other encodings, into full or closed files, beside a reader's
own output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.shell.command import CommandLine, option
from helpers.shell.loading import load_items

CHECKOUT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "helpers"]
SHELL = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell: not on Windows")
line = CommandLine("try", "Try a stream.")


@line.command("write", "a text", option("text"))
def _write(options):
    print(options.text)


def ran(code, folder=CHECKOUT, **environment):
    """Return what a shell does with a line, in which {lab} is the command line."""
    path = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return subprocess.run(
        code.format(lab=f"{sys.executable} -m helpers"),
        shell=True, cwd=folder, capture_output=True, timeout=120,
        env=os.environ | {"PYTHONPATH": path} | environment,
    )  # fmt: skip


# -- letters -----------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["cp932", "gbk", "cp949", "big5", "koi8-r", "ascii", "utf-8"])
@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_every_letter_arrives_in_some_way(tmp_path, monkeypatch, encoding, errors):
    with open(tmp_path / "out", "w", encoding=encoding, errors=errors, newline="") as file:
        monkeypatch.setattr(sys, "stdout", file)
        assert line.run(["write", "149 µs, 2.00×, zähle … 仕事 한글 🐍"]) == 0
        assert line.run(["write", "half a letter: \udcff"]) == 0
        assert file.errors == errors  # as it was
    said = (tmp_path / "out").read_bytes().decode(encoding)
    assert any(unit in said for unit in ("149 µs", "149 us")) and "2.00" in said
    assert "half a letter: \\udcff\n" in said
    if encoding == "ascii":
        assert said.startswith("149 us, 2.00x, z\\xe4hle ... \\u4ed5\\u4e8b")


@pytest.mark.parametrize("encoding", ["cp932", "ascii"])
def test_a_verdict_arrives_in_an_encoding_without_its_letters(tmp_path, encoding):
    (tmp_path / "some.py").write_text("items = list(range(100))")
    said = ran(
        "{lab} verdict operator:neg --items some.py:items --budget 0.5 --kinds threads",
        tmp_path, PYTHONIOENCODING=encoding,
    )  # fmt: skip
    assert (said.returncode, said.stderr) == (0, b"")
    assert b" us" in said.stdout or b" ns" in said.stdout


# -- streams that are closed or full -----------------------------------------------------


@SHELL
@pytest.mark.parametrize("closed", ["2>&-", "<&- 2>&-", "<&-"])
def test_a_stream_that_is_closed_loses_no_figure(tmp_path, closed):
    (tmp_path / "some.py").write_text("items = list(range(100))")
    asked = "verdict operator:neg --items some.py:items --budget 0.5 --kinds threads --json"
    done = ran(f"{{lab}} {asked} {closed}", tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["figures"]["n_items"] == 100


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full device: only Linux has one")
def test_a_full_disk_is_told_in_one_line_and_the_result_is_saved(tmp_path):
    quick = "measure strings --size 200 --kinds threads --workers 1,2 --rounds 1 --json"
    done = ran(f"{{lab}} {quick} --save {tmp_path}/kept.json > /dev/full")
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1
    assert done.stderr.startswith(b"helpers: standard output cannot be written to (")
    assert (tmp_path / "kept.json").exists()


@SHELL
def test_nobody_who_reads_the_error_is_no_error_of_its_own():
    assert ran("({lab} nonsense 2>&1; echo $? >&3) 3>&2 | true").stderr == b"2\n"


# -- a reader's own output ---------------------------------------------------------------

CHATTY = """
import os, subprocess, sys
def chatty():
    print("printed")
    os.write(1, b"written\\n")
    subprocess.run([sys.executable, "-c", "print('by a child')"])
"""


def test_the_meter_of_a_function_that_prints_gives_json_alone(tmp_path):
    (tmp_path / "chatty_jobs.py").write_text(CHATTY)
    done = ran("{lab} meter chatty_jobs:chatty --seconds 0.01 --json", tmp_path)
    assert json.loads(done.stdout)["name"] == "chatty"


# -- files with items --------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["my.jobs.py", "2024.jobs.v1.py", ".hidden.py", "some jobs.py", "仕事.py", "é.ü.py", "a-b.py",
     "data.json/jobs1.py", "json/jobs2.py", "a b/ć/jobs3.py"],
)  # fmt: skip
def test_items_in_a_file_of_any_name(tmp_path, monkeypatch, name):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Part:\n    n: 'int'\n"
        "items = [Part(1), Part(2)]",
        encoding="utf-8",
    )
    for way in (name, f"./{name}", str(path)):
        assert [part.n for part in load_items(f"{way}:items")] == [1, 2]


# -- scripts that are no files -------------------------------------------------------------

SCRIPT = """
import helpers as lab

def double(number):
    return 2 * number

for kind in ("processes", "processes-spawn"):
    with lab.pool(kind, 2) as pool:
        print(list(pool.map(double, range(3))))
print(__file__)
"""


def test_a_script_from_standard_input_starts_processes(tmp_path):
    done = subprocess.run(
        [sys.executable, "-"], input=SCRIPT, capture_output=True, text=True, timeout=120,
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[0, 2, 4]\n[0, 2, 4]\n<stdin>\n", "")
