"""Claims as they are written into the cells of notebooks: by code, or with a source."""

import ast
import hashlib
import inspect
import re
from collections.abc import Iterable, Iterator

from nbformat import NotebookNode

from ..judge.claims import Claim

_ID = re.compile(r"\d\d\.[a-z0-9]+(-[a-z0-9]+)*")
_LINK = re.compile(r'\[([^\]]*)\]\((\S+)\s+"claim ([^"]*)"\)')
_BLOCKS = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*|]|\d+\.)\s)")  # paragraphs, and points of a list
_LEAD = re.compile(r"^\s*(?:#+ |>|[-*]\s|\d+\.\s)", re.MULTILINE)
_SENTENCES = re.compile(r"(?<=[.!?])\*{0,2}\s+")

Cells = Iterable[NotebookNode]


def is_id(text: str) -> bool:
    """Return whether a text has the form of a claim's id.

    >>> is_id("01.loops-take-turns"), is_id("loops"), is_id("01.Loops")
    (True, False, False)
    """
    return _ID.fullmatch(text) is not None


def used(cells: Cells) -> set[str]:
    """Return the ids that code cells pass to ``lab.finding``."""
    return {id for source in _code(cells) for id in _ids_in(source)}


def sources(cells: Cells) -> Iterator[tuple[str, str, str]]:
    """Yield the id, the sentence and the link's text of each claim that has a source.

    >>> text = 'One. A daemon ends *suddenly* ([docs, 3.15](https://a.org "claim 01.daemon")).'
    >>> [*sources([NotebookNode(cell_type="markdown", source=text)])]
    [('01.daemon', 'A daemon ends suddenly.', 'docs, 3.15')]
    """
    for cell in cells:
        if cell.cell_type != "markdown":
            continue
        for block in _BLOCKS.split(cell.source):
            for link in _LINK.finditer(block):
                yield link[3], _sentence_before(block[: link.start()]), link[1]


def digest_of(claim: Claim, cells: Cells) -> str:
    """Return what changes with a claim's sentence or rule, or with the code that it is found by.

    That is the cell which asks for it, and those above in which its results were made.
    """
    code = _code(cells)
    place = next(i for i, source in enumerate(code) if claim.id in _ids_in(source))
    names = next(names for ids, names in _calls(code[place]) if claim.id in ids)
    makers = {name: i for i, source in enumerate(code[:place]) for name in _made_in(source) & names}
    places = sorted({place, *makers.values()})
    parts = [claim.sentence, inspect.getsource(claim.rule), *(code[i] for i in places)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _code(cells):
    return [cell.source for cell in cells if cell.cell_type == "code"]


def _ids_in(source):
    return [id for ids, _ in _calls(source) for id in ids]


def _calls(source):
    """Yield each call of ``lab.finding`` as (ids, names in the call).

    One that takes its id from a variable is for all ids that the cell spells.
    """
    nodes = list(ast.walk(_parsed(source)))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
    spelt = [text for text in texts if isinstance(text, str) and _ID.fullmatch(text)]
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lab.finding" and node.args:
            is_spelt, id = isinstance(node.args[0], ast.Constant), node.args[0]
            names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            yield [str(id.value)] if is_spelt else spelt, names


def _made_in(source):
    """Return the names that a cell assigns or defines."""
    nodes = list(ast.walk(_parsed(source)))
    stored = [node for node in nodes if isinstance(node, ast.Name)]
    defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)} | {
        node.name for node in nodes if isinstance(node, defined)
    }


def _parsed(source):
    lines = ("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:  # an error may be the cell's purpose
        return ast.parse("")


def _sentence_before(text):
    """Return the last sentence of a text in Markdown, without marks and links."""
    text = re.sub(r"\(?\[[^\]]*\]\(\S+\s+\"claim [^\"]*\"\)[,;)\s]*", "", _LEAD.sub("", text))
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = " ".join(text.split()).rstrip("( ,;")
    last = _SENTENCES.split(text)[-1].replace("*", "").strip()
    return last if not last or last[-1] in ".!?" else f"{last}."
