"""The guard of a script: without it, each process that is started begins the script anew.

A process that is spawned imports the script to know its functions, and thereby runs all that stands
under no ``if __name__ == "__main__":``.
"""

import ast
import contextlib
import os
import sys
from collections.abc import Iterator
from multiprocessing import spawn
from types import FrameType

from ..errors import LabError

_ASKS = {"__name__", "parent_process", "current_process"}  # with these a script knows what it is
_LEAVES = {"exit", "_exit", "quit", "SystemExit"}


def check_guard() -> None:
    """Raise a LabError where a script starts processes without asking which process it is."""
    try:
        told = spawn.get_preparation_data("gil-lab")
    except RuntimeError as error:  # this is such a process, and the script gets this far in it
        raise LabError(_missing("the line that starts them")) from error
    module = told.get("init_main_from_name", "__main__")
    is_run_again = "init_main_from_path" in told or module.split(".")[-1] != "__main__"
    frame = _frame_of_the_script()
    if frame is None or not is_run_again:
        return
    if not _is_guarded(_script(), frame.f_lineno):
        name = os.path.basename(frame.f_globals["__file__"])
        raise LabError(_missing(f"line {frame.f_lineno} of {name}, which starts them,"))


def is_below_guard(function: object) -> bool:
    """Return whether a function of the script is made under its guard, so in no other process."""
    code = getattr(function, "__code__", None)
    return code is not None and _is_guarded(_script(), code.co_firstlineno)


@contextlib.contextmanager
def without_a_script() -> Iterator[None]:
    """Let new processes not look for a script that is no file, such as one from standard input.

    As with ``python -c``, its functions go to them by value.
    """
    names = vars(sys.modules["__main__"])
    file = names.get("__file__")
    if not isinstance(file, str) or (file[:1], file[-1:]) != ("<", ">"):
        yield
        return
    del names["__file__"]
    try:
        yield
    finally:
        names["__file__"] = file


def _script():
    """Return the statements of the script; none where they cannot be read."""
    try:
        with open(sys.modules["__main__"].__file__, "rb") as file:
            return ast.parse(file.read()).body
    except (AttributeError, OSError, SyntaxError, ValueError):  # it is no source, or is gone
        return None


def _missing(where):
    return (
        f"each process runs the script again, to know its functions, and {where} is under no if "
        '__name__ == "__main__": put it there, with all that is to run only once'
    )


def _frame_of_the_script() -> FrameType | None:
    """Return the frame of the script's own lines, if one of them led here."""
    frame: FrameType | None = sys._getframe()
    names = vars(sys.modules["__main__"])
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_globals is names:
            return frame if names.get("__file__") else None
        frame = frame.f_back
    return None


def _is_guarded(statements, line):
    """Return whether a line at a script's top is, or may be, reached only where the script asks."""
    if statements is None:
        return True
    for statement in statements:
        if statement.lineno > line:
            return False
        asks = not _names(statement).isdisjoint(_ASKS)
        is_there = line <= (statement.end_lineno or statement.lineno)
        if asks and (is_there or not _names(statement).isdisjoint(_LEAVES)):
            return True
    return False


def _names(statement):
    return {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(statement)}
