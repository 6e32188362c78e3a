"""The scripts that readers take home run outside the lab, as files, wherever they may land.

A notebook's last words are a script in a cell tagged ``take-home``. It is run as a reader runs it,
in a folder with nothing else, with each way of starting processes, on every Python found here.
"""

import ast
import functools
import multiprocessing
import os
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from uv import find_uv_bin

from helpers.core.family import descendants
from helpers.pythons.find import (
    Python,
    ask,
    end_program,
    find_pythons,
    one_of_each,
    start_program,
)

NOTEBOOKS = sorted(Path(__file__).parents[2].glob("notebooks/*.ipynb"))
FENCED = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
Equip = Callable[..., str | None]
LIMIT_S = 120  # they take a second or two; a busy machine takes long
GONE_S = 60  # what multiprocessing itself started may end a little after the script
PACKAGES = {"PIL": "pillow"}  # where the name of the package is not that of the module
# Every Python imports this before the script, and so do the processes that the script starts.
CUSTOM = "import multiprocessing; multiprocessing.set_start_method({!r})\n"


class Script(NamedTuple):
    """A script, and the notebook that it ends."""

    notebook: str
    lines: str

    @property
    def modules(self) -> set[str]:
        """The modules it imports, by their first names."""
        nodes = list(ast.walk(ast.parse(self.lines)))
        names = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
        names += [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]
        return {name.partition(".")[0] for name in names}

    @property
    def packages(self) -> list[str]:
        """The packages that it needs beside Python."""
        foreign = self.modules - sys.stdlib_module_names
        return sorted(PACKAGES.get(module, module) for module in foreign)


def scripts() -> list[Script]:
    found = []
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            if "take-home" in cell.metadata.get("tags", []):
                assert cell.cell_type == "markdown", "a cell of code would run with Run All"
                [lines] = FENCED.findall(cell.source)
                found.append(Script(path.stem, lines))
    return found


@pytest.fixture(params=scripts(), ids=lambda script: script.notebook)
def script(request: pytest.FixtureRequest) -> Script:
    return request.param


@pytest.fixture(scope="module")
def pythons() -> list[Python]:
    """This Python, and one of each other CPython of this computer."""
    this = ask(sys.executable)
    usable = [one for one in one_of_each(find_pythons()) if one.implementation == "CPython"]
    return [this, *(one for one in usable if one.era != this.era)]


@pytest.fixture(scope="module")
def equipped(tmp_path_factory: pytest.TempPathFactory) -> Equip:
    """A function that returns the path of a Python that has some packages, or None."""

    @functools.cache
    def equip(python: Python, *packages: str) -> str | None:
        if not packages or python.path == sys.executable:
            return python.path
        folder = tmp_path_factory.mktemp("python")
        made = str(folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))
        for command in (
            ["venv", "--quiet", "--allow-existing", "--python", python.path, str(folder)],
            ["pip", "install", "--quiet", "--only-binary", ":all:", "--python", made, *packages],
        ):
            done = subprocess.run([find_uv_bin(), *command], capture_output=True, text=True)
            if done.returncode:
                warnings.warn(f"{python} got no {packages}: {done.stderr[-300:]}", stacklevel=1)
                return None
        return made

    return equip


def fault(python: str, script: Script, method: str, folder: Path) -> str:
    """Return what is wrong with a run of a script as a file, or nothing."""
    (folder / "custom").mkdir(parents=True)
    (folder / "custom" / "sitecustomize.py").write_text(CUSTOM.format(method), encoding="utf-8")
    (folder / "script.py").write_text(script.lines, encoding="utf-8")
    process = start_program(
        [python, "script.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "custom")},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        said, complaint = process.communicate(timeout=LIMIT_S)
        until_s = time.monotonic() + GONE_S
        while (left := descendants(process.mark)) and time.monotonic() < until_s:
            time.sleep(0.05)
    except subprocess.TimeoutExpired:
        return f"it did not end within {LIMIT_S} s"
    finally:
        end_program(process)
    if process.returncode or complaint:
        return f"it ended with {process.returncode} and said {complaint.decode()[-1000:]}"
    if left:
        return f"it left {left}"
    return "" if said else "it said nothing"


def test_the_notebooks_whose_code_people_take_home_end_with_a_script() -> None:
    assert [one.notebook.partition("_")[0] for one in scripts()] == ["02", "03", "04", "05"]


def test_it_is_short_and_needs_nothing_of_the_lab(script: Script) -> None:
    assert len([line for line in script.lines.splitlines() if line.strip()]) <= 15
    assert "helpers" not in script.modules
    assert [line for line in script.lines.splitlines() if len(line) > 88] == []


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_it_runs_as_a_file_on_every_python(
    script: Script, method: str, pythons: list[Python], equipped: Equip, tmp_path: Path
) -> None:
    if not script.modules & {"concurrent", "multiprocessing"}:
        pythons = pythons if method == multiprocessing.get_start_method() else []
    places = {python.era: equipped(python, *script.packages) for python in pythons}
    with ThreadPoolExecutor(2) as pool:
        faults = {
            era: pool.submit(fault, path, script, method, tmp_path / era)
            for era, path in places.items()
            if path is not None
        }
    assert {era: one.result() for era, one in faults.items() if one.result()} == {}


GUARDED = "if __name__ == '__main__':\n"
POOL = "from concurrent.futures import ProcessPoolExecutor\n"


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("print(1)\n", ""),
        (
            f"{POOL}{GUARDED}    with ProcessPoolExecutor(1) as pool: print(*pool.map(abs, [-1]))",
            "",
        ),
        (f"{POOL}with ProcessPoolExecutor(1) as pool: print(*pool.map(abs, [-1]))", "ended with 1"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("pass\n", "it said nothing"),
        (
            "import subprocess, sys\n"
            "quiet = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}\n"
            "sleep = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
            "print(subprocess.Popen(sleep, **quiet).pid)\n",
            "it left",
        ),
    ],
)
def test_what_is_wrong_with_a_script_is_found(
    lines: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.GONE_S", 0.5)
    found = fault(sys.executable, Script("00", lines), "spawn", tmp_path)
    assert complaint in found if complaint else not found
