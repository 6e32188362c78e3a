"""Each package's names are loaded when they are first used, and every one of them is there."""

import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import helpers
from helpers.lazy import UnknownName

ROOMS = [
    module.name for module in pkgutil.iter_modules(helpers.__path__, "helpers.") if module.ispkg
]
LAZY = [name for name in ["helpers", *ROOMS] if "__dir__" in vars(importlib.import_module(name))]


@pytest.mark.parametrize("package", LAZY)
def test_every_name_is_there_and_hides_no_module(package: str) -> None:
    found = importlib.import_module(package)
    modules = {module.name for module in pkgutil.iter_modules(found.__path__)}
    assert dir(found)
    for name in dir(found):
        assert name not in modules, "importing the module would replace the name"
        assert getattr(found, name) is found.__dict__[name]


@pytest.mark.parametrize("name", dir(helpers))
def test_what_is_at_the_door_says_what_it_takes_and_returns(name: str) -> None:
    """It is what Shift+Tab shows in JupyterLab."""
    found = getattr(helpers, name)
    assert found.__doc__ and name in (helpers.__doc__ or "")
    if not (isinstance(found, type) and issubclass(found, Exception)):
        taken = inspect.signature(found).parameters.values()
        assert [one.name for one in taken if one.annotation is inspect.Parameter.empty] == []


def test_a_star_brings_every_name() -> None:
    names: dict[str, object] = {}
    exec("from helpers.jobs import *", names)
    assert {"normalise", "Picture"} <= names.keys()


def test_a_name_is_loaded_when_it_is_first_used() -> None:
    ask = (
        "import sys, helpers as lab; before = set(sys.modules); lab.LabError; "
        "print(*sorted(name for name in set(sys.modules) - before if name.startswith('helpers')))"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, check=True, text=True)
    assert done.stdout.split() == ["helpers.errors", "helpers.interrupts"]


@pytest.mark.parametrize(
    ("unknown", "remedy"),
    [("labError", "did you mean LabError?"), ("xyzzy", "dir(helpers) lists what it has")],
)
def test_an_unknown_name_is_refused_with_a_remedy(unknown: str, remedy: str) -> None:
    with pytest.raises(AttributeError) as refused:
        getattr(helpers, unknown)
    assert str(refused.value) == f"helpers has no {unknown}: {remedy}"
    assert refused.value._render_traceback_() == [str(refused.value)]


def test_the_import_system_takes_an_unknown_name_for_no_module() -> None:
    with pytest.raises(ImportError):
        exec("from helpers import no_such_room")
    assert issubclass(UnknownName, AttributeError)
