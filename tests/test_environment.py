"""One environment, told three times: pyproject.toml, requirements.txt and environment.yml agree."""

import importlib.metadata
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((CHECKOUT / "environment.yml").read_text(encoding="utf-8"))
# The same packages without a GUI toolkit, and without pandoc.
CONDA_NAMES = {"matplotlib-base": "matplotlib", "nbconvert-core": "nbconvert"}
COMMANDS = [
    "make lab",
    "make test",
    "conda env create --file environment.yml",
    "conda run --live-stream --name gil-lab jupyter lab notebooks/00_start_here.ipynb",
]
PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]
SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
LOCK_FILES = re.compile(
    r"(^|/)(uv\.lock|pylock.*\.toml|.*conda-lock.*|(poetry|pdm|Pipfile|pixi|yarn)\.lock"
    r"|package-lock\.json)$"
)
REGISTRIES = re.compile(r"(pypi|pythonhosted|anaconda|npmjs|yarnpkg)\.(org|com)", re.IGNORECASE)


def requirements(lines: list[str]) -> dict[str, Requirement]:
    found = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


DEFAULT = requirements(PROJECT["dependencies"])
EXTRAS = PROJECT["optional-dependencies"]
FOR_TESTS = requirements(EXTRAS["dashboard"] + EXTRAS["test"])
# The tests leave no extra out.
assert FOR_TESTS.pop(PROJECT["name"]).extras == set(EXTRAS) - {"test"}


def pins() -> list[Requirement]:
    lines = (CHECKOUT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


def tracked() -> list[str]:
    """Return the paths of the files that git has, or will have."""
    if not (CHECKOUT / ".git").exists() or not shutil.which("git"):
        pytest.skip("this is no git checkout, so no tracked file was looked at; use git clone")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True, text=True)
    return [path for path in listed.stdout.split("\0") if (CHECKOUT / path).is_file()]


# -- the three files -------------------------------------------------------------------------


@pytest.mark.parametrize(("python", "system"), [*itertools.product(PYTHONS, SYSTEMS)])
def test_each_dependency_has_one_pin_inside_its_range(python: str, system: str) -> None:
    place = {"python_version": python, "python_full_version": f"{python}.9", **SYSTEMS[system]}
    chosen: dict[str, list[str]] = {}
    for pin in pins():
        if pin.marker is None or pin.marker.evaluate(place):
            (version,) = pin.specifier
            chosen.setdefault(canonicalize_name(pin.name), []).append(version.version)
    assert {name: versions for name, versions in chosen.items() if len(versions) > 1} == {}
    for name, requirement in (DEFAULT | FOR_TESTS).items():
        if requirement.marker is not None and not requirement.marker.evaluate(place):
            continue
        assert name in chosen, f"{name} has no pin: run make pins"
        assert chosen[name][0] in requirement.specifier, f"{name}: run make pins"


def test_pins_are_exact_and_hold_no_address() -> None:
    for pin in pins():
        assert pin.url is None
        assert [version.operator for version in pin.specifier] == ["=="], str(pin)


def test_the_slow_parser_of_addresses_stays_out() -> None:
    assert "rfc3987-syntax" not in {canonicalize_name(pin.name) for pin in pins()}


def test_conda_gets_the_same_packages_in_the_same_ranges() -> None:
    lines = [line for line in CONDA["dependencies"] if isinstance(line, str)]
    packages = requirements([re.sub(r"^python=(?=\d)", "python==", line) for line in lines])
    python = packages.pop("python")
    packages.pop("pip")
    ranges = {CONDA_NAMES.get(name, name): entry.specifier for name, entry in packages.items()}
    assert ranges == {name: entry.specifier for name, entry in DEFAULT.items()}
    (version,) = python.specifier
    assert version.version in SpecifierSet(PROJECT["requires-python"])


def test_conda_installs_helpers_from_the_checkout() -> None:
    assert {"pip": ["-e ."]} in CONDA["dependencies"]
    assert CONDA["channels"] == ["conda-forge"]


def test_the_project_supports_the_pythons_that_are_pinned_for() -> None:
    supported = SpecifierSet(PROJECT["requires-python"])
    assert all(python in supported for python in PYTHONS)
    assert "3.10" not in supported


# -- what is tracked ---------------------------------------------------------------------------


def test_no_lock_file_is_tracked() -> None:
    assert [path for path in tracked() if LOCK_FILES.search(path)] == []


def test_no_address_of_a_registry_is_tracked() -> None:
    texts = {path: (CHECKOUT / path).read_bytes().decode(errors="replace") for path in tracked()}
    assert [path for path, text in texts.items() if REGISTRIES.search(text)] == []


# -- the README ------------------------------------------------------------------------------


def test_the_readme_gives_the_commands() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).splitlines()
    given = [line for line in lines if line in ("make lab", "make test") or line[:6] == "conda "]
    assert given == COMMANDS
    assert CONDA["name"] == "gil-lab"


def test_what_ci_calls_is_the_readmes_command() -> None:
    last = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]
    assert last == "make test"


# -- what is installed -------------------------------------------------------------------------


def test_helpers_comes_from_this_checkout_in_any_folder(tmp_path: Path) -> None:
    ask = "import helpers; print(helpers.__path__[0])"
    command = [sys.executable, "-c", ask]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, text=True)
    assert Path(answer.stdout.strip()).resolve() == CHECKOUT / "helpers"


def need_own_environment() -> None:
    if Path(sys.prefix).resolve() != CHECKOUT / ".venv":
        pytest.skip("this Python is not the project's .venv, so that was not tried; use make test")


def test_the_installed_versions_are_the_pinned_ones() -> None:
    need_own_environment()
    differing = {}
    for pin in pins():
        if pin.marker is None or pin.marker.evaluate():
            installed = importlib.metadata.version(pin.name)
            if installed not in pin.specifier:
                differing[pin.name] = installed
    assert differing == {}


def test_jupyterlabs_settings_are_installed_and_known_to_it() -> None:
    source = CHECKOUT / "helpers" / "jupyterlab_settings.json"
    share = Path(sys.prefix, "share", "jupyter")
    installed = share / "lab" / "settings" / "overrides.d" / "gil-lab.json"
    settings = json.loads(source.read_text(encoding="utf-8"))
    assert json.loads(installed.read_text(encoding="utf-8")) == settings
    for plugin, values in settings.items():
        package, name = plugin.split(":")
        places = [share / "lab" / "schemas", share / "labextensions" / package / "schemas"]
        schemas = [place / package / f"{name}.json" for place in places]
        schema = next(json.loads(file.read_bytes()) for file in schemas if file.exists())
        assert values.keys() <= schema["properties"].keys()


# -- the Makefile ------------------------------------------------------------------------------


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run make in a folder that holds a copy of the Makefile."""
    if not shutil.which("make") or os.name == "nt":
        pytest.skip("there is no make of the usual kind, so the Makefile was not tried; install it")
    folder.mkdir(exist_ok=True)
    for name in ("Makefile", "pyproject.toml", "requirements.txt"):
        shutil.copy2(CHECKOUT / name, folder)
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=quiet, capture_output=True, text=True
    )


def python_that(folder: Path, body: str) -> Path:
    """Return an executable script that stands in for a Python."""
    script = folder / "python"
    script.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    script.chmod(0o755)
    return script


def test_an_old_python_is_refused_in_one_line(tmp_path: Path) -> None:
    old = python_that(tmp_path, "exit 1")
    done = make(tmp_path / "a folder", "lab", f"PYTHON={old}")
    assert done.returncode != 0
    assert done.stdout == (
        f'GIL Lab needs Python 3.11 or newer, and "{old}" is not: '
        "name one by PYTHON=/path/to/python3.13\n"
    )
    assert not (tmp_path / "a folder" / ".venv").exists()


def test_an_installation_that_was_cut_short_starts_afresh(tmp_path: Path) -> None:
    # This Python makes the folders of an environment, then fails as if it had been interrupted.
    cut = python_that(
        tmp_path,
        f'case "$1" in -m) mkdir -p .venv/bin; exit 1;; *) exec "{sys.executable}" "$@"; esac',
    )
    folder = tmp_path / "a folder"
    for _ in range(2):
        done = make(folder, "lab", f"PYTHON={cut}")
        assert done.returncode != 0
        assert "Making the environment" in done.stdout
    assert not (folder / ".venv" / "ready-for-lab").exists()


def test_an_environment_of_another_folder_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    ready = folder / ".venv" / "ready-for-lab"
    ready.write_text(f"{folder} {sys.version}\n", encoding="utf-8")
    assert "venv --clear" not in make(folder, "--dry-run", "lab").stdout
    ready.write_text(f"/elsewhere {sys.version}\n", encoding="utf-8")
    assert "venv --clear" in make(folder, "--dry-run", "lab").stdout


def test_make_lab_answers_with_the_first_notebook(tmp_path: Path) -> None:
    need_own_environment()
    log = tmp_path / "log"
    private = {f"JUPYTER_{name}_DIR": str(tmp_path) for name in ("CONFIG", "DATA", "RUNTIME")}
    with log.open("wb") as output:
        lab = subprocess.Popen(
            ["make", "lab", "ARGS=--no-browser --port 0"],
            cwd=CHECKOUT,
            env=os.environ | private | {"MAKEFLAGS": "", "JUPYTER_TOKEN": "secret"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        page = re.compile(r"http://127\.0\.0\.1:\d+/lab/tree/notebooks/00_start_here\.ipynb")
        end = time.monotonic() + 120
        while not (found := page.search(log.read_text(encoding="utf-8"))):
            assert lab.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < end, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        with urllib.request.urlopen(f"{found.group()}?token=secret", timeout=30) as answer:
            assert b"JupyterLab" in answer.read()
    finally:
        lab.terminate()
        lab.wait(60)
    assert list(tmp_path.glob("jpserver-*")) == []
