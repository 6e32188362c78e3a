"""Colab opens a notebook alone, on its own packages: the first cell fetches the lab, then all runs.

The Python is made of the versions that Colab said it had on 2026-08-19, with a part of its list
(pip-freeze.txt in github.com/googlecolab/backend-info): what the lab uses, and what shows widgets.
IPython and ipywidgets are years old there, NumPy and psutil older than pyproject.toml asks for, and
there are no Dask workers. Of Colab's own package there is the name.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from uv import find_uv_bin

from conftest import QUICK
from helpers.authoring import link_blocks
from helpers.authoring.links import COLAB_TAG, Place
from helpers.cells.controls import VIEW
from helpers.pythons.find import find_pythons
from tests.test_environment import CHECKOUT, DEFAULT, tracked

PYTHONS = ("3.13", "3.12")  # the one it has, and the one before
VERSIONS = """
    cloudpickle==3.1.2 cryptography==50.0.0 dask==2026.7.1 httpx==0.28.1 ipykernel==6.17.1
    ipython==7.34.0 ipywidgets==7.7.1 Jinja2==3.1.6 joblib==1.5.3 jupyter_client==7.4.9
    jupyter_core==5.9.1 jupyterlab_widgets==3.0.16 matplotlib==3.10.0 matplotlib-inline==0.2.2
    nbconvert==7.17.1 nbformat==5.11.1 numpy==2.1.3 pillow==11.3.0 psutil==5.9.5 pyzmq==26.2.1
    threadpoolctl==3.6.0 tornado==6.5.7 traitlets==5.7.1 uvicorn==0.52.3 widgetsnbextension==3.6.10
""".split()
LACKING = {"distributed", "jupyterlab"}
ADDRESS = "https://github.com/owner/name"
LAST = "import helpers; print('from', helpers.__path__[0])"
LIMIT_S = 240

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Colab's packages: only on Linux")


def test_the_list_has_all_that_the_lab_asks_for_but_what_colab_lacks() -> None:
    names = {line.split("==")[0].lower() for line in VERSIONS}
    assert DEFAULT.keys() - names == LACKING


@pytest.fixture(scope="module")
def colab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Python as Colab has it."""
    folder = tmp_path_factory.mktemp("colab")
    usable = {one.era: one.path for one in find_pythons() if one.problem is None}
    python = next((usable[era] for era in PYTHONS if era in usable), None)
    if python is None:
        pytest.skip("Colab's packages need CPython 3.13 or 3.12: put python3.13 on the PATH")
    for command in (
        ["venv", "--quiet", "--seed", "--allow-existing", "--python", python, str(folder)],
        ["pip", "install", "--quiet", "--only-binary", ":all:", "--python", str(folder), *VERSIONS],
    ):
        done = subprocess.run([find_uv_bin(), *command], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"Colab's packages cannot be installed: {done.stderr.strip()[-200:]}")
    [site] = folder.glob("lib/python*/site-packages")
    (site / "google" / "colab").mkdir(parents=True)
    (site / "google" / "colab" / "__init__.py").touch()
    # Colab's kernel has loaded its own package before the first cell runs.
    (site / "colab.pth").write_text("import google.colab\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout in a repository of its own, with a tag."""
    folder = tmp_path_factory.mktemp("repository")
    for path in tracked():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / path, folder / path)
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in ("init --quiet", "add .", "commit --quiet --message one", "tag v1.0"):
        subprocess.run([*git, *command.split()], check=True, capture_output=True)
    return folder


def opened(
    number: str, ref: str, last: str, repository: Path, folder: Path
) -> nbformat.NotebookNode:
    """Return a notebook as Colab opens it, cut behind the cell with ``last`` in it.

    A cell is added that says where the lab is from.
    """
    wanted = dict(link_blocks.wanted(Place(ADDRESS, ref), repository))
    [text] = [text for path, text in wanted.items() if path.match(f"notebooks/{number}_*.ipynb")]
    notebook = nbformat.reads(text, as_version=4)
    cell = notebook.cells[1]
    assert cell.id == COLAB_TAG and ADDRESS in cell.source
    # What is other here: where the repository is, and the name of Colab's folder.
    source = cell.source.replace(ADDRESS, repository.as_uri())
    cell.source = source.replace("/content", str(folder))
    end = next(n for n, cell in enumerate(notebook.cells) if last in cell.source)
    notebook.cells[end + 1 :] = [nbformat.v4.new_code_cell(LAST)]
    return notebook


@pytest.mark.parametrize(
    ("number", "ref", "last"),
    [("00", "v1.0", "lab.predict("), ("12", "HEAD", "## Where to go next")],
    ids=["00", "12"],
)
def test_a_notebook_runs_and_shows_its_widgets(
    number: str, ref: str, last: str, colab: Path, repository: Path, tmp_path: Path
) -> None:
    content = colab / "content"  # it holds no copy of the repository before the first cell
    content.mkdir(exist_ok=True)
    nbformat.write(opened(number, ref, last, repository, content), content / "opened.ipynb")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {f"JUPYTER_{name}_DIR": str(tmp_path) for name in ("CONFIG", "RUNTIME")}
    environment |= {"IPYTHONDIR": str(tmp_path / "ipython"), "COLAB_RELEASE_TAG": "x"}
    environment |= {QUICK: "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [colab / "bin" / "python", "-m", "nbconvert", "--execute", "--to", "notebook"]
    done = subprocess.run(
        [*command, "--output", "ran", "opened.ipynb"],
        cwd=content, env=environment, capture_output=True, text=True, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]

    cells = nbformat.read(content / "ran.ipynb", as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert f"from {content}/gil-lab/helpers" in outputs[-1].text
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    widgets = [output.data for output in outputs if VIEW in output.get("data", {})]
    assert widgets and all(one["text/plain"] for one in widgets)
    shown = [output.get("data", {}).get("text/html", "") for output in outputs]
    assert any("Colab: a session ends" in html for html in shown) == (number == "00")
