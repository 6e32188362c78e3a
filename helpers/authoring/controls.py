"""What a page shows of a cell that makes controls, such as a prediction: there, none can work."""

import ast
import re
from collections.abc import Iterable, Set
from html import escape

from nbformat import NotebookNode

from ..cells.controls import VIEW

_MAKER = re.compile(r"(predict)\w*|(Parsons|\w+Lab)")  # the calls whose results are controls
_MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


def made_by(source: str) -> set[str]:
    """Return the kinds of controls that code makes: "predict", or the name of their class.

    >>> made_by("guess = lab.predict_which(question, ways)"), made_by("lab.saved()")
    ({'predict'}, set())
    """
    return _made_by(_tree(source))


def names_read(cells: Iterable[NotebookNode]) -> set[str]:
    """Return the names that are read by the code cells that make no controls."""
    trees = [_tree(cell.source) for cell in cells if cell.cell_type == "code"]
    nodes = [node for tree in trees if not _made_by(tree) for node in ast.walk(tree)]
    return {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def without_controls(source: str, read: Set[str]) -> str:
    """Return code without what makes and shows controls, and without the words on them.

    A name for such words stays where it is one of those that later cells ``read``.

    >>> without_controls("ways = ['a']\\nguess = lab.predict_which('Which?', ways)\\nguess", set())
    ''
    """
    body = _tree(source).body
    makers = [one for one in body if _made_by(one)]
    filled = {name for one in makers for name in _filled(one)}
    lines: list[str | None] = [*source.splitlines()]
    for one in body:
        if one in makers or _shows(one, filled) or _words_only(one, filled, read):
            for number in range(one.lineno - 1, one.end_lineno or one.lineno):
                lines[number] = None
    return "\n".join(line for line in lines if line is not None).strip("\n")


def questions(outputs: Iterable[NotebookNode]) -> str:
    """Return as HTML what the predictions ask that outputs show, with the answers to choose from.

    It is in the words that a prediction has for where there are no controls.
    """
    shown = [output.get("data", {}) for output in outputs]
    return "\n".join(_question(data.get("text/plain", "")) for data in shown if VIEW in data)


def _question(text):
    asked, *answers = text.splitlines()
    listed = "".join(f"<li>{escape(answer.removeprefix('- '))}</li>" for answer in answers)
    return (
        f'<div class="asks"><p><strong>Before you read on:</strong> {escape(asked)}</p>'
        f"{listed and f'<ul>{listed}</ul>'}</div>"
    )


# --- Code, as Python reads it ------------------------------------------------------------


def _tree(source):
    return ast.parse(_MAGIC.sub("", source))


def _made_by(tree):
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [getattr(call, "attr", getattr(call, "id", "")) for call in calls]
    return {found[1] or found[2] for name in names if (found := _MAKER.fullmatch(name))}


def _filled(statement):
    """Yield the names that a statement gives a value, or an item of them."""
    for node in ast.walk(statement):
        stores = isinstance(getattr(node, "ctx", None), ast.Store)
        named = node.value if isinstance(node, ast.Subscript) else node
        if stores and isinstance(named, ast.Name):
            yield named.id


def _shows(statement, names):
    """Return whether a statement does nothing but show one of these names."""
    value = getattr(statement, "value", None)
    return isinstance(statement, ast.Expr) and isinstance(value, ast.Name) and value.id in names


def _words_only(statement, filled, read):
    """Return whether a statement only names words, or begins empty what controls are put into."""
    if not isinstance(statement, ast.Assign):
        return False
    try:
        ast.literal_eval(statement.value)
    except ValueError:
        return False
    names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return len(names) == len(statement.targets) and (names <= filled or not names & read)
