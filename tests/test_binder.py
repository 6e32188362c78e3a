"""Binder builds from this checkout: repo2docker reads it, as far as it goes without containers."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_environment import CHECKOUT, CONDA, tracked

pytest.importorskip(
    "repo2docker", reason="there is no repo2docker, which make test installs except on Windows"
)


def dockerfile(folder: Path) -> subprocess.CompletedProcess:
    """Run repo2docker on a folder, without a build: it prints the Dockerfile."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.fixture
def clean_copy(tmp_path: Path) -> Path:
    """The files that git has, or will have, in a folder of their own."""
    for path in tracked():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / path, tmp_path / path)
    return tmp_path


def test_binder_would_build_the_conda_environment(clean_copy: Path) -> None:
    done = dockerfile(clean_copy)
    assert done.returncode == 0, done.stderr
    (python,) = (line for line in CONDA["dependencies"] if str(line).startswith("python="))
    assert f"Building conda environment for {python}\n" in done.stderr
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in done.stdout


def test_pip_finds_the_package_when_binder_installs_it(clean_copy: Path) -> None:
    # "-e ." works only where the whole checkout is copied before the environment is made.
    steps = dockerfile(clean_copy).stdout
    copied = re.search(r"^COPY \S+ src/ \$\{REPO_DIR\}/$", steps, re.MULTILINE)
    assert copied and copied.start() < steps.index("env update")


def test_a_broken_environment_is_refused(clean_copy: Path) -> None:
    (clean_copy / "environment.yml").write_text("dependencies: [python=3.14\n", encoding="utf-8")
    assert dockerfile(clean_copy).returncode != 0
