"""Code that stands in a cell or in a line of IPython, as a function in the reader's namespace."""

import ast
import contextlib
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from ..core.unfinished import Unfinished, loop_runs
from ..errors import LabError, shown, told
from ..pythons.send import keep_source

NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)  # what the parser raises
FILE = "<the cell>"  # where the code of a cell says that it is


def parsed(text: str, mode: str, what: str) -> Any:
    """Return a text as Python's parser reads it; raise a LabError for what is no Python."""
    try:
        return ast.parse(text, mode=mode)
    except NOT_PYTHON as error:
        raise _no_python(what, text, error) from error


def cell_function(
    cell: str, parameter: str | None, namespace: dict[str, Any], transform: Callable[[str], str]
) -> Callable[..., Any]:
    """Return a cell's code as a function whose last line is its answer.

    Args:
        cell: the code below the first line.
        parameter: what the function takes; None for nothing.
        namespace: the reader's names: the function's globals.
        transform: IPython's own translation of a cell into Python.

    Raises:
        LabError: it is no Python, or no code that can stand in a function.
    """
    statements = _parsed_cell(cell, transform).body
    if not statements:
        raise LabError("the cell is empty: write the code to be run below the first line")
    return function_of(statements, parameter, namespace, "the cell", cell)


def function_of(
    statements: list[Any],
    parameter: str | None,
    namespace: dict[str, Any],
    what: str,
    source: str,
) -> Callable[..., Any]:
    """Return statements as a function; where they await something, each call has its own loop."""
    try:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        # As a cell by itself: there is nothing to return from, no loop to break.
        alone = compile(ast.Module(statements, []), FILE, "exec", flags, dont_inherit=True)
    except NOT_PYTHON as error:
        raise _no_python(what, source, error) from error
    if isinstance(statements[-1], ast.Expr):
        returned = ast.copy_location(ast.Return(statements[-1].value), statements[-1])
        statements = [*statements[:-1], returned]
    try:
        made = _definition(statements, parameter or "", bool(alone.co_flags & inspect.CO_COROUTINE))
        code = compile(ast.fix_missing_locations(made), FILE, "exec", dont_inherit=True)
    except NOT_PYTHON as error:
        remedy = "put that into a cell above, or leave it out"
        raise _no_python(what, source, error, "that can be a function", remedy) from error
    here: dict[str, Any] = {}  # its globals are the reader's own names, and it is not one of them
    exec(code, namespace, here)
    function: Callable[..., Any] = here["cell"]
    keep_source(function, ast.unparse(made))
    return function


def _definition(statements, parameter, awaits):
    made: Any = ast.parse(f"def cell({parameter}): pass")
    if awaits:
        made = ast.parse(
            f"def cell({parameter}):\n"
            " from helpers.jobs.own import awaited as lab_awaited\n"
            f" async def lab_cell({parameter}): pass\n"
            f" return lab_awaited(lab_cell({parameter}))"
        )
    (made.body[0].body[1] if awaits else made.body[0]).body = statements
    return made


def _parsed_cell(cell, transform):
    try:
        return ast.parse(cell)
    except NOT_PYTHON as error:
        try:  # such as a cell that is indented as a whole
            code = transform(cell)
            tree = ast.parse(code)
        except Exception:
            raise _no_python("the cell", cell, error) from error
    for number, (line, own) in enumerate(zip(code.splitlines(), cell.splitlines()), 2):
        if line != own and "get_ipython()" in line:
            raise LabError(
                f"line {number} of the cell, {shown(own, 40)}, is IPython's own and no Python, so "
                "no worker can run it: leave it out, or call subprocess.run for a shell's command"
            )
    return tree


def _no_python(what, source, error, that="", remedy="mend it"):
    """Return a LabError: what the parser, or the compiler, finds wrong, and where."""
    where = ""
    if isinstance(error, SyntaxError):
        lines = source.splitlines()
        if error.lineno and error.lineno <= len(lines):
            # A cell's first line is that of the magic, as an editor counts.
            number = f"line {error.lineno + 1}: " if what == "the cell" else ""
            where = f"; {number}{shown(lines[error.lineno - 1].strip(), 40)}"
        said = shown(SyntaxError(error.msg), 120)
    else:
        said = told(error, 100)
    return LabError(f"{what} is not Python {that} ({said}{where}): {remedy}".replace("  ", " "))


@contextlib.contextmanager
def rules_of_cells() -> Iterator[None]:
    """Tell the rule that a cell, or a line, broke in place of the error that came of it."""
    try:
        yield
    except LabError as error:
        raise _rule_or(error) from error.__cause__


def _rule_or(error):
    if isinstance(error, Unfinished) and error.name == "cell":
        remedy = "write await before it" if "awaited" in error.what else "put list(...) around it"
        return LabError(f"the code's answer is {error.what}: {remedy}")
    cause = error.__cause__
    said = "" if cause is None else told(cause, 200)
    name = re.search(r"variable '(\w+)'", said)
    if isinstance(cause, NameError) and name and _innermost_file(cause) == FILE:
        return LabError(
            f"names that a cell assigns are its own, as in %%timeit, and {name[1]} has no value in "
            f"it yet: let the cell begin with {name[1]} = ..., or choose another name"
        )
    if isinstance(cause, RuntimeError) and "different" in said and "loop" in said:
        return LabError(
            f"each call of the cell has an event loop of its own, and it raised {said}: make in "
            "the cell what belongs to a loop"
        )
    if isinstance(cause, RuntimeError) and loop_runs() and "running" in said:
        return LabError(f"a notebook's own loop runs already ({said}): write await in the cell")
    return error


def _innermost_file(error):
    entry = error.__traceback__
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    return None if entry is None else entry.tb_frame.f_code.co_filename
