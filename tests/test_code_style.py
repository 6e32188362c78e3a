"""The rules of pyproject.toml's [tool.ruff] and [tool.mypy] hold, and helpers can be read."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruff.__main__ import find_ruff_bin

CHECKOUT = Path(__file__).parents[1]


@pytest.mark.parametrize("command", [["check", "--quiet"], ["format", "--check", "--quiet"]])
def test_ruff_finds_nothing(command: list[str]) -> None:
    ruff = [find_ruff_bin(), *command, "--no-cache", "--output-format=concise", "."]
    done = subprocess.run(ruff, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_agree() -> None:
    mypy = [sys.executable, "-m", "mypy", "--no-error-summary", f"--cache-dir={os.devnull}"]
    done = subprocess.run(mypy, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# -- the code of helpers ---------------------------------------------------------------

OLD = CHECKOUT / "helpers" / "pythons" / "other_python.py"  # valid Python 2.7 as well
MODULES = sorted(set((CHECKOUT / "helpers").rglob("*.py")) - {OLD})
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> list[Function]:
    return [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, Function)]


def public(body: list[ast.stmt]) -> Iterator[Function]:
    """Yield the functions and methods that others may call, not those inside a function."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public(node.body)
        if isinstance(node, Function) and (node.name[0] != "_" or node.name == "__init__"):
            yield node


def is_typed(node: Function) -> bool:
    taken = node.args
    every = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg]
    return node.returns is not None and all(
        one.annotation for one in every if one is not None and one.arg not in ("self", "cls")
    )


def test_no_file_and_no_function_is_too_long_to_be_taken_in() -> None:
    long = [str(path) for path in MODULES if path.read_text("utf-8").count("\n") > 450]
    for path in MODULES:
        for node in functions(path):
            n_lines = (node.end_lineno or 0) - node.lineno + 1
            long += [f"{path.stem}.{node.name}: {n_lines} lines"] * (n_lines > 40)
    assert long == []


def test_public_names_have_their_types() -> None:
    bare = [
        f"{path.stem}.{node.name}"
        for path in MODULES
        for node in public(ast.parse(path.read_bytes()).body)
        if not is_typed(node)
    ]
    assert bare == []
