"""The workflows of GitHub Actions keep their form, and their commands run.

They cannot be run as such here: their files are read, and what they call is called.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from helpers.core import machine
from helpers.core.runs import Result
from helpers.core.store import load_as
from tests.test_environment import PYTHONS, SYSTEMS

CHECKOUT = Path(__file__).parents[1]
FILES = sorted((CHECKOUT / ".github" / "workflows").glob("*.y*ml"))
RUNNERS = {"ubuntu-latest": "linux", "macos-latest": "macos", "windows-latest": "windows"}


WORKFLOWS = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}


@pytest.fixture
def workflow() -> dict:
    return WORKFLOWS["tests"]


@pytest.fixture
def recordings() -> dict:
    return WORKFLOWS["recordings"]["jobs"]["recordings"]


def steps(workflow: dict) -> list[dict]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def lab_commands(job: dict) -> list[str]:
    """Return what a job runs of this package, from the name of the command on."""
    said = [step.get("run", "") for step in job["steps"]]
    return [text.removeprefix("python -m helpers ") for text in said if "-m helpers" in text]


def test_it_runs_on_each_system_and_python_and_one_free_threaded_build(workflow: dict) -> None:
    matrix = workflow["jobs"]["tests"]["strategy"]["matrix"]
    assert {RUNNERS[system] for system in matrix["system"]} == SYSTEMS.keys()
    assert matrix["python"] == PYTHONS
    assert [re.fullmatch(r"3\.1\d+t", one["python"]) is not None for one in matrix["include"]] == [
        True
    ]


def test_it_runs_the_readmes_command_and_the_same_on_windows(workflow: dict) -> None:
    commands = [step["run"] for step in workflow["jobs"]["tests"]["steps"] if "run" in step]
    assert commands[0].split()[:2] == ["make", "test"]
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    for part in ("--constraint requirements.txt", "--compile-bytecode", "-m uv pip install"):
        assert part in makefile and part in commands[1]
    (pytest_command,) = re.findall(r"-m pytest.*?(?= \$)", makefile)
    assert commands[1].splitlines()[-1].endswith(pytest_command)


def test_pages_are_made_and_published_by_the_main_branch_alone(workflow: dict) -> None:
    pages = workflow["jobs"]["pages"]
    assert "refs/heads/main" in pages["if"] and "pull_request" in pages["if"]
    assert pages["needs"] == "tests"
    assert any(step.get("run", "").startswith("make pages") for step in pages["steps"])
    # The last Python runs the notebooks: with interpreters for 09. The other one has no GIL.
    (pythons,) = (step["with"]["python-version"].split() for step in pages["steps"][1:2])
    *others, last = pythons
    assert int(last.removeprefix("3.")) >= 14 and any(one.endswith("t") for one in others)
    assert re.search(r"^pages: ", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_recordings_are_made_by_hand_on_each_system_with_and_without_the_gil(
    recordings: dict,
) -> None:
    assert list(WORKFLOWS["recordings"][True]) == ["workflow_dispatch"]  # YAML reads "on" so
    matrix = recordings["strategy"]["matrix"]
    assert {RUNNERS[system] for system in matrix["system"]} == SYSTEMS.keys()
    assert matrix["python"] == ["3.13", "3.14", "3.14t", "3.15", "3.15t"]
    assert recordings["strategy"]["fail-fast"] is False


def test_what_was_recorded_is_offered_under_a_name_of_its_own(recordings: dict) -> None:
    *_, offered = recordings["steps"]
    assert offered["uses"].startswith("actions/upload-artifact@")
    assert all(f"matrix.{name}" in offered["with"]["name"] for name in ("system", "python"))
    folder = offered["with"]["path"]
    makers = [text for text in lab_commands(recordings) if text.startswith("author")]
    assert len(makers) == 3 and all(f"--folder {folder}" in text for text in makers)
    assert offered["with"]["if-no-files-found"] == "error"
    assert "cancelled" in offered["if"]  # what was made before an error is offered, too


def test_each_command_that_records_runs_here_and_saves_whole_files(
    recordings: dict, tmp_path: Path
) -> None:
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for text in lab_commands(recordings):
        command = text.replace("${{ matrix.python }}", here).replace("offered", str(tmp_path))
        small = {"author record": " --share 0.1", "author eras": " --size 0.1 --rounds 1"}
        command += next((more for start, more in small.items() if command.startswith(start)), "")
        if "eras" in command and "pictures" not in command:
            command = command.replace("--size 0.1", "--size 500")
        if "eras" in command and machine.free_threaded_build():
            command = command.replace(here, f"{here}t")
        done = subprocess.run(
            [sys.executable, "-m", "helpers", *shlex.split(command)],
            cwd=CHECKOUT,
            env={**os.environ, "GIL_LAB_QUICK": "1"},
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == 0, (command, done.stderr)
    n_cpus = machine.describe().n_usable_workers
    jobs = {path.name.split("-")[0] for path in tmp_path.glob(f"*-{n_cpus}cpu-*.json")}
    assert jobs == {"strings", "pictures", "finished"}
    assert [load_as(Result, path).job for path in sorted((tmp_path / "eras").glob("*.json"))] == [
        "pictures",
        "strings",
    ]


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_actions_are_pinned_by_major_version(workflow: dict) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert [name for name in used if not re.fullmatch(r"actions/[\w-]+@v\d+", name)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_no_job_may_do_more_than_it_needs_or_last_for_ever(workflow: dict) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    may_write = {
        name: {right for right, level in job["permissions"].items() if level == "write"}
        for name, job in workflow["jobs"].items()
        if "permissions" in job
    }
    assert may_write in ({}, {"pages": {"pages", "id-token"}})
    assert [job for job in workflow["jobs"].values() if not 0 < job["timeout-minutes"] <= 60] == []
    assert "secrets." not in str(workflow)
