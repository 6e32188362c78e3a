"""Codespaces opens this checkout by .devcontainer/: as far as that is seen without a container."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.test_environment import CHECKOUT, CONDA

FILE = CHECKOUT / ".devcontainer" / "devcontainer.json"
SETTINGS = json.loads(FILE.read_text(encoding="utf-8"))


def test_it_has_the_python_that_conda_and_binder_have() -> None:
    image, tag = SETTINGS["image"].split(":")
    assert image == "mcr.microsoft.com/devcontainers/python"
    assert f"python={tag}" in CONDA["dependencies"]


def test_it_makes_the_environment_of_the_makefile() -> None:
    make, target = SETTINGS["updateContentCommand"].split()
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    assert make == "make" and re.search(
        rf"^{target}: \.venv/ready-for-lab$", makefile, re.MULTILINE
    )
    python = SETTINGS["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert python == "${containerWorkspaceFolder}/.venv/bin/python"


def test_it_opens_a_notebook_that_there_is() -> None:
    (first,) = SETTINGS["customizations"]["codespaces"]["openFiles"]
    assert (CHECKOUT / first).is_file()


def test_every_key_is_one_of_the_specification() -> None:
    # Of the keys in devContainer.base.schema.json of containers.dev, those that are used here.
    assert SETTINGS.keys() <= {
        "name", "image", "hostRequirements", "updateContentCommand", "customizations"
    }  # fmt: skip
    assert SETTINGS["hostRequirements"].keys() <= {"cpus", "memory", "storage"}
    assert isinstance(SETTINGS["hostRequirements"]["cpus"], int)


def test_the_tool_of_containers_dev_reads_it(tmp_path: Path) -> None:
    tool = shutil.which("devcontainer")
    if tool is None:
        pytest.skip("there is no devcontainer, so it was not asked; npm has @devcontainers/cli")
    docker = tmp_path / "docker"  # only reading is asked for, and it needs no answer
    docker.write_text("#!/bin/sh\n", encoding="utf-8")
    docker.chmod(0o755)
    command = [tool, "read-configuration", "--workspace-folder", CHECKOUT, "--docker-path", docker]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["configuration"]["image"] == SETTINGS["image"]
