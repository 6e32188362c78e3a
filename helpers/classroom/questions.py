"""What a class is asked: the question of a prediction, and what may be answered."""

import ast
import functools
import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LabError, shown

if TYPE_CHECKING:
    from ..cells.predict import Prediction

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
FORMS = ("predict", "predict_which", "predict_time")
_UNITS_S = {"milliseconds": 1e-3, "seconds": 1.0}
_MOST_TEXT, _MOST_OPTIONS, _MOST_OPTION, _MOST_WORKERS = 300, 40, 120, 1000
_MOST_S = 1000.0
# How a speed-up, and a time in milliseconds, is counted: up to each of these.
_SPEEDS = (0.9, 1.1, 1.5, 2.0, 3.0, math.inf)
_TIMES_MS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, math.inf)


@dataclass(frozen=True)
class Question:
    """One prediction, as a whole class may be asked for it.

    ``form`` is the verb of the front door that asks it; ``options`` are the kinds of worker, the
    answers that may be ticked, or the unit of the time. ``notebook`` is where it stands, such as
    "02", "" where nobody knows. An answer is a dict from kind to speed-up, a list of options, or
    a number of seconds.

    Raises:
        LabError: it is no such question; or it is too long.
    """

    form: str
    text: str
    options: tuple[str, ...]
    n_workers: int = 2
    notebook: str = ""

    def __post_init__(self) -> None:
        options = self.options
        fine = (
            self.form in FORMS
            and isinstance(self.text, str)
            and 0 < len(self.text) <= _MOST_TEXT
            and isinstance(options, tuple)
            and 0 < len(options) <= _MOST_OPTIONS
            and all(isinstance(one, str) and 0 < len(one) <= _MOST_OPTION for one in options)
            and len(set(options)) == len(options)
            and type(self.n_workers) is int
            and 1 <= self.n_workers <= _MOST_WORKERS
            and re.fullmatch(r"\d?\d?", self.notebook)
            and (self.form != "predict_time" or options in [(unit,) for unit in _UNITS_S])
        )
        if not fine:
            raise LabError(
                f"a question is one of the notebooks' predictions, not {shown(self.text, 80)}: "
                "let a notebook of this version ask it"
            )

    @property
    def id(self) -> str:
        """A short name, the same wherever the same is asked."""
        asked = json.dumps([self.form, self.text, self.options, self.n_workers])
        return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:8]

    def checked(self, answer: Any) -> Any:
        """Return an answer as it is kept.

        Raises:
            LabError: it does not answer this question.
        """
        read = {"predict": self._speed_ups, "predict_which": self._ticked}
        kept = read.get(self.form, self._seconds)(answer)
        if kept is None:
            what = {
                "predict": f"a number for each of {', '.join(self.options)}",
                "predict_which": f"some of {', '.join(self.options)}",
            }.get(self.form, "a number of seconds")
            said = shown(answer)
            raise LabError(
                f"an answer to this question is {shown(what, 120)}, not {said}: vote again"
            )
        return kept

    def _speed_ups(self, answer):
        if not isinstance(answer, dict) or set(answer) != set(self.options):
            return None
        values = {kind: _number(answer[kind], 2.0 * self.n_workers) for kind in self.options}
        return None if None in values.values() else values

    def _ticked(self, answer):
        if not isinstance(answer, list) or not all(isinstance(one, str) for one in answer):
            return None
        return [one for one in self.options if one in answer] if self._known(answer) else None

    def _known(self, answer):
        return set(answer) <= set(self.options)

    def _seconds(self, answer):
        return _number(answer, _MOST_S)

    def bars(self, answers: list[Any]) -> list[dict[str, Any]]:
        """Return how often each answer was given, as rows of a chart from top to bottom.

        Each is a dict: the ``group`` it belongs to (a kind of worker, or ""), its ``name``, the
        number ``n``.
        """
        if self.form == "predict_which":
            return [
                {"group": "", "name": one, "n": sum(one in answer for answer in answers)}
                for one in self.options
            ]
        if self.form == "predict":
            return [
                row
                for kind in self.options
                for row in _counted(kind, [answer[kind] for answer in answers], _SPEEDS, "×")
            ]
        return _counted("", [1000 * answer for answer in answers], _TIMES_MS, " ms")

    def as_dict(self) -> dict[str, Any]:
        """Return it as it travels."""
        return {
            "form": self.form,
            "text": self.text,
            "options": list(self.options),
            "n_workers": self.n_workers,
            "notebook": self.notebook,
        }


def from_dict(data: Any) -> Question:
    """Return the ``Question`` that ``as_dict`` gave; a LabError for anything else."""
    if not isinstance(data, dict) or not isinstance(data.get("options"), list):
        raise LabError(
            f"a question has a form, a text and options, not {shown(data, 80)}: vote again"
        )
    notebook = data.get("notebook", "")
    return Question(
        str(data.get("form")),
        data.get("text", ""),
        tuple(data["options"]),
        data.get("n_workers", 2),
        notebook if isinstance(notebook, str) else "",
    )


def question_of(prediction: "Prediction") -> Question:
    """Return the ``Question`` that a prediction of ``predict``, ``predict_which`` ... asks."""
    options = tuple(name for name in prediction.controls if name != "commit")
    return Question(prediction.verb, prediction.question, options, prediction.n_workers)


def _number(value, most):
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= most else None  # not NaN either


def _counted(group, values, edges, unit):
    rows, low = [], 0.0
    for edge in edges:
        name = f"up to {edge:g}{unit}" if math.isfinite(edge) else f"above {low:g}{unit}"
        n = sum((low < value <= edge) or (low == value == 0.0) for value in values)
        rows.append({"group": group, "name": name, "n": n})
        low = edge
    return rows


# --- What the notebooks ask ---------------------------------------------------------------


@functools.cache
def catalogue(folder: Path = NOTEBOOKS) -> tuple[Question, ...]:
    """Return the questions of all notebooks, as far as their cells spell them out, in order.

    One whose answers are computed is not among them: it is known once somebody commits an answer.
    """
    found: dict[str, Question] = {}
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        for question in _asked(code, path.name[:2]):
            found.setdefault(question.id, question)
    return tuple(found.values())


def _asked(cells: list[str], notebook: str) -> Iterator[Question]:
    known: dict[str, Any] = {}
    for source in cells:
        tree = _parsed(source)
        for node in tree.body:
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and _verb(call) in FORMS:
                    yield from _question(call, known, notebook)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                known[node.targets[0].id] = node.value


def _parsed(source):
    try:
        return ast.parse(source)
    except SyntaxError:  # a cell that begins with a magic
        return ast.Module([], [])


def _verb(call):
    function = call.func
    is_ours = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    return function.attr if is_ours and function.value.id == "lab" else ""


def _question(call: ast.Call, known: Mapping[str, Any], notebook: str) -> Iterator[Question]:
    values = [_value(one, known) for one in call.args]
    named = {one.arg: _value(one.value, known) for one in call.keywords if one.arg}
    if None in values or None in named.values():
        return
    from ..cells import predict

    try:
        made = question_of(getattr(predict, _verb(call))(*values, **named))
        yield Question(made.form, made.text, made.options, made.n_workers, notebook)
    except (LabError, TypeError):
        return


def _value(node, known):
    """Return what an expression of literals is, or a dict's keys; None where it is computed."""
    if isinstance(node, ast.Name):
        node = known.get(node.id)
    if isinstance(node, ast.Dict):
        node = ast.List([key for key in node.keys if key is not None], ast.Load())
    try:
        return ast.literal_eval(node) if isinstance(node, ast.expr) else None
    except ValueError:
        return None
