"""The floors of helpers: each imports only floors below it, and the lowest weigh nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

CHECKOUT = Path(__file__).parents[1]
HEAVY = {"IPython", "PIL", "concurrent", "ipywidgets", "matplotlib", "multiprocessing", "numpy"}
# What Python itself has always loaded by the time that a worker imports its job.
ALWAYS = {"os", "time", "_thread", "threading", "unicodedata"}


def brought_by(module: str) -> set[str]:
    """Return the names of the modules that importing this one loads in a fresh Python."""
    ask = (
        "import json, sys; before = set(sys.modules); "
        f"import {module}; print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    command = [sys.executable, "-c", ask]
    answer = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True, text=True)
    return set(json.loads(answer.stdout))


def test_each_floor_imports_only_floors_below(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(CHECKOUT / "pyproject.toml"), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_importing_helpers_brings_nothing_else() -> None:
    assert brought_by("helpers") == {"helpers", "helpers.lazy"}


@pytest.mark.parametrize(
    "module", ["helpers.core.worker", "helpers.errors", "helpers.jobs.strings"]
)
def test_what_a_worker_imports_is_light(module: str) -> None:
    own = {name for name in brought_by(module) if name.split(".")[0] == "helpers"}
    assert brought_by(module) - own <= ALWAYS


@pytest.mark.parametrize("module", ["helpers.jobs", "helpers.jobs.registry", "helpers.jobs.places"])
def test_tasks_bring_nothing_heavy(module: str) -> None:
    assert {name.split(".")[0] for name in brought_by(module)} & HEAVY == set()
