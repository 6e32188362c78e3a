"""The rules of pyproject.toml's [tool.ruff] and [tool.mypy] hold for every Python file."""

import subprocess
import sys
from pathlib import Path

import pytest
from ruff.__main__ import find_ruff_bin

CHECKOUT = Path(__file__).parents[1]


@pytest.mark.parametrize("command", [["check", "--quiet"], ["format", "--check", "--quiet"]])
def test_ruff_finds_nothing(command: list[str]) -> None:
    ruff = [find_ruff_bin(), *command, "--no-cache", "--output-format=concise", "."]
    done = subprocess.run(ruff, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_agree(tmp_path: Path) -> None:
    mypy = [sys.executable, "-m", "mypy", "--no-error-summary", f"--cache-dir={tmp_path}"]
    done = subprocess.run(mypy, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
