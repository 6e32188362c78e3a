"""Binder builds from .binder/: repo2docker reads it, as far as it goes without containers."""

import importlib.resources
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.test_environment import CHECKOUT, CONDA, CONDA_NAMES, DEFAULT, requirements, tracked

BINDER = yaml.safe_load((CHECKOUT / ".binder" / "environment.yml").read_text(encoding="utf-8"))
WHOLE = re.compile(r"^COPY \S+ src/ \$\{REPO_DIR\}/$", re.MULTILINE)

pytest.importorskip(
    "repo2docker", reason="there is no repo2docker, which make test installs except on Windows"
)


def dockerfile(folder: Path) -> subprocess.CompletedProcess:
    """Run repo2docker on a folder, without a build: it prints the Dockerfile."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def base() -> dict[str, str]:
    """Return the versions of the packages that repo2docker's own environment has."""
    (python,) = (line for line in BINDER["dependencies"] if line.startswith("python="))
    name = f"environment.py-{python.removeprefix('python=')}-linux-64.lock"
    lock = importlib.resources.files("repo2docker") / "buildpacks" / "conda" / name
    found = re.findall(r"/([^/]+)-([^-/]+)-[^-/]+\.(?:conda|tar\.bz2)", lock.read_text())
    return {CONDA_NAMES.get(package, package): version for package, version in found}


@pytest.fixture
def clean_copy(tmp_path: Path) -> Path:
    """The files that git has, or will have, in a folder of their own."""
    for path in tracked():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / path, tmp_path / path)
    return tmp_path


# -- the packages ----------------------------------------------------------------------------


def test_binder_adds_what_its_own_environment_lacks_and_nothing_else() -> None:
    lines = [line for line in BINDER["dependencies"] if not line.startswith("python=")]
    added = {
        CONDA_NAMES.get(name, name): entry.specifier for name, entry in requirements(lines).items()
    }
    there = base()
    lacking = {
        name: entry.specifier
        for name, entry in DEFAULT.items()
        if name not in there or there[name] not in entry.specifier
    }
    assert added == lacking


def test_the_series_runs_on_binders_jupyterlab() -> None:
    for name in ("jupyterlab", "ipywidgets", "nbconvert"):
        assert base()[name] in DEFAULT[name].specifier


def test_binder_and_conda_have_the_same_python_and_channels() -> None:
    # repo2docker takes python=3.14 literally; "python>=3.12" or "python 3.13" silently give 3.10.
    (line,) = (line for line in BINDER["dependencies"] if line.startswith("python"))
    assert re.fullmatch(r"python=3\.1[1-4]", line) and line in CONDA["dependencies"]
    assert (BINDER["name"], BINDER["channels"]) == (CONDA["name"], CONDA["channels"])


# -- the build -------------------------------------------------------------------------------


def test_a_push_keeps_the_environment(clean_copy: Path) -> None:
    done = dockerfile(clean_copy)
    assert done.returncode == 0, done.stderr
    assert "Building conda environment for python=3.14\n" in done.stderr
    steps, whole = done.stdout, WHOLE.search(done.stdout)
    assert whole and ".binder/environment.yml" in steps
    # All that is copied before the packages are installed is the list of them.
    copied = re.findall(r"^COPY \S+ src/(\S*)", steps[: whole.start()], re.MULTILINE)
    assert copied == [".binder/environment.yml"]
    install = 'env update -p ${NB_PYTHON_PREFIX} --file ".binder/environment.yml"'
    assert install in steps[: whole.start()]
    assert "RUN ./.binder/postBuild" in steps[whole.end() :]
    # So each step up to there is the same, whatever else was changed.
    (clean_copy / "README.md").write_text("new", encoding="utf-8")
    (clean_copy / "notebooks" / "00_start_here.ipynb").unlink()
    assert dockerfile(clean_copy).stdout == steps


def test_a_broken_environment_is_refused(clean_copy: Path) -> None:
    broken = clean_copy / ".binder" / "environment.yml"
    broken.write_text("dependencies: [python=3.14\n", encoding="utf-8")
    assert dockerfile(clean_copy).returncode != 0


@pytest.mark.skipif(os.name == "nt", reason="Binder's postBuild is a script for bash")
def test_what_runs_after_each_push_is_this_package_alone(tmp_path: Path) -> None:
    # A Python that notes what it is asked for.
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$*" >>"$ASKED"\n', encoding="utf-8")
    python.chmod(0o755)
    asked = tmp_path / "asked"
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [CHECKOUT / ".binder" / "postBuild"],
        cwd=CHECKOUT,
        env=os.environ | {"PATH": path, "ASKED": str(asked)},
        check=True,
    )
    install, uninstall, *_ = asked.read_text(encoding="utf-8").splitlines()
    assert install.split()[:3] == ["-m", "pip", "install"]
    assert "--no-deps" in install and install.endswith("--editable .")
    gone = uninstall.split("--yes")[1].split()
    assert gone == ["rfc3987-syntax", "lark"] and {*gone} <= base().keys()
    assert not {*gone} & DEFAULT.keys()
