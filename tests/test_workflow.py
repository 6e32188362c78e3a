"""The workflow of GitHub Actions keeps its form. It cannot be run here: only its file is read."""

import re
from pathlib import Path

import pytest
import yaml

from tests.test_environment import PYTHONS, SYSTEMS

CHECKOUT = Path(__file__).parents[1]
FILES = sorted((CHECKOUT / ".github" / "workflows").glob("*.y*ml"))
RUNNERS = {"ubuntu-latest": "linux", "macos-latest": "macos", "windows-latest": "windows"}


@pytest.fixture
def workflow() -> dict:
    (file,) = FILES
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def steps(workflow: dict) -> list[dict]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


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
    assert re.search(r"^pages: ", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_actions_are_pinned_by_major_version(workflow: dict) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert [name for name in used if not re.fullmatch(r"actions/[\w-]+@v\d+", name)] == []


def test_no_job_may_do_more_than_it_needs_or_last_for_ever(workflow: dict) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    may_write = {
        name: {right for right, level in job["permissions"].items() if level == "write"}
        for name, job in workflow["jobs"].items()
        if "permissions" in job
    }
    assert may_write == {"pages": {"pages", "id-token"}}
    assert [job for job in workflow["jobs"].values() if not 0 < job["timeout-minutes"] <= 60] == []
    assert "secrets." not in FILES[0].read_text(encoding="utf-8")
