"""A function read line by line: which of its lines hold the GIL?

Each statement of its body is made a function of its own, and called again and again beside a
thread that ticks. What it assigns is there for the next statement, as if the function ran.
"""

import ast
import inspect
import statistics
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..cells.predict import Prediction, answer_of
from ..core import allowed
from ..core.job import name_of
from ..core.own_code import errors_of
from ..core.side_by_side import SideBySide, held_share, side_by_side
from ..draw.templates import render
from ..errors import LabError, check_functions, shown
from ..judge.theory import Curve, model_threads
from ..judge.words import how_right
from ..units import ms, per_cent
from . import words
from .meter import ticks_beside
from .reading import TickReading

_PAIR_S = 0.1  # three pairs are made in any case
_BRIEF_S = 2e-4  # a shorter line decides nothing, and its ticks say little


@dataclass(frozen=True)
class Line:
    """One statement of a function, as it is written.

    ``ticks`` is what the ticks beside it tell; ``pair`` what two threads made of it, measured
    apart, or None; ``n_cores`` how many cores they had.
    """

    source: str
    ticks: TickReading
    pair: SideBySide | None = None
    n_cores: float = 2.0

    @property
    def title(self) -> str:
        """Its first line."""
        return self.source.splitlines()[0]

    @property
    def call_s(self) -> float:
        """The median seconds that it takes alone."""
        return self.ticks.call_s

    @property
    def held_share(self) -> float | None:
        """The share of its time in which it holds the GIL, 0 to 1, as the ticks tell it."""
        return self.ticks.held_share

    @property
    def verb(self) -> str:
        """One word for that: "holds", "in part", "releases" or "unclear"; "brief" if very short."""
        return "brief" if self.call_s < _BRIEF_S else words.verb(self.held_share)

    @property
    def predicted(self) -> float | None:
        """The speed-up of two threads that the ticks predict on these cores; None if unclear."""
        if self.held_share is None:
            return None
        return model_threads(self.held_share, [2], n_cores=self.n_cores).speed_up(2)


@dataclass(frozen=True, repr=False)
class Listing:
    """The lines of a function, each with what was measured of it.

    ``chosen`` are the titles of those that the reader expected to release the GIL, or None.
    """

    name: str
    lines: tuple[Line, ...]
    chosen: tuple[str, ...] | None = None

    @property
    def call_s(self) -> float:
        """The seconds of all lines together."""
        return sum(line.call_s for line in self.lines)

    @property
    def held_share(self) -> float | None:
        """The share of that time in which the GIL is held, 0 to 1; None where it is unclear."""
        return held_share({str(n): line for n, line in enumerate(self.lines)})

    @property
    def released_first(self) -> "Listing":
        """The same lines, sorted: those that hold the GIL for the smallest share come first."""
        known = sorted(self.lines, key=lambda line: (line.held_share is None, line.held_share or 0))
        return replace(self, lines=tuple(known))

    @property
    def by_source(self) -> dict[str, Line]:
        """The lines by what is written in them."""
        return {line.source: line for line in self.lines}

    @property
    def sentence(self) -> str:
        """What the lines come to together."""
        share = self.held_share
        held = "the machine is too busy to tell for how long it holds the GIL"
        if share is not None:
            held = f"{per_cent(share)} of that holds the GIL"
        return f"All of it takes {ms(self.call_s)}, and {held}.{self._right}"

    @property
    def _right(self):
        if self.chosen is None:
            return ""
        asked = [line for line in self.lines if line.verb not in ("brief", "unclear")]
        released = [line.title for line in asked if line.verb == "releases"]
        return " " + how_right(self.chosen, released, [line.title for line in asked])

    def models(self, n_workers: Sequence[int]) -> list[Curve]:
        """Return what a queue for the GIL would give so many threads: a list with one ``Curve``.

        It is empty where it could not be told for how long the GIL is held.
        """
        if self.held_share is None:
            return []
        return [model_threads(self.held_share, n_workers, n_cores=allowed.usable_cpus())]

    def __repr__(self) -> str:
        rows = [*map(_columns, self.lines)]
        text = [
            f"{line.verb:8} {held:>5} {time:>8}{two}  {line.source}".replace("\n", f"\n{'':24}")
            for line, (held, time, two) in zip(self.lines, rows, strict=True)
        ]
        return "\n".join([*text, self.sentence])

    def _repr_html_(self):
        return render("lock/listing.html", listing=self, ms=ms, per_cent=per_cent)


def _columns(line):
    held = "" if line.held_share is None else per_cent(line.held_share)
    if line.pair is None:
        return held, ms(line.call_s), ""
    predicted = "?" if line.predicted is None else f"{line.predicted:.2f}"
    return held, ms(line.call_s), f"  {predicted:>5} {line.pair.speed_up:5.2f}"


def meter_lines(
    func: Callable[..., Any],
    *args: Any,
    seconds: float = 0.3,
    pairs: bool = False,
    guess: Prediction | None = None,
) -> Listing:
    """Return a ``Listing``: for what share of its time each line of ``func(*args)`` holds the GIL.

    Each line is run several times, so it must bear that; a loop counts as one line.

    Args:
        func: a function that is written in Python, of statements one below the other.
        args: with what it is called.
        seconds: for how long the ticks go on beside each line, from 0.01 to 3600.
        pairs: whether each line is made in two threads at once as well, apart from the ticks.
        guess: what ``predict_which`` made of ``lines_of(func)``.

    Raises:
        LabError: it is no such function, or a line raises.
    """
    chosen = answer_of(guess, "predict_which")
    statements, names = _statements(func), _names(func, args)
    lines = []
    for source in statements:
        line = _line(source, names, func)
        with errors_of(f"the line {source.strip()!r} of {name_of(func)}"):
            names = line()
        ticks = ticks_beside(_run, line, seconds=seconds)
        pair = side_by_side(partial(_run, line), seconds=_PAIR_S) if pairs else None
        lines.append(Line(textwrap.dedent(source), ticks, pair))
    if pairs:  # one look at the machine is uncertain, all of them are not
        n_cores = max(1.0, statistics.median(line.pair.capacity for line in lines if line.pair))
        lines = [replace(line, n_cores=n_cores) for line in lines]
    return Listing(name_of(func), tuple(lines), None if chosen is None else tuple(chosen))


def lines_of(func: Callable[..., Any]) -> list[str]:
    """Return the first line of each statement in a function's body, as ``meter_lines`` reads it."""
    return [textwrap.dedent(source).splitlines()[0] for source in _statements(func)]


def meter_calls(calls: dict[str, Callable[[], Any]], *, seconds: float = 0.1) -> Listing:
    """Return a ``Listing`` of calls by their names: for what share of its time each holds the GIL.

    Args:
        calls: a dict from a name to a function without arguments.
        seconds: for how long the ticks go on beside each call, from 0.01 to 3600.

    Raises:
        LabError: there is no call, or one raises.
    """
    check_functions("calls", calls, 'try {"sort": lambda: sorted(numbers)}')
    lines = [Line(name, ticks_beside(call, seconds=seconds)) for name, call in calls.items()]
    return Listing("calls", tuple(lines))


def _statements(func):
    """Return the source of each statement of a function's body, its first text left out."""
    try:
        source = textwrap.dedent(inspect.getsource(func))
        [tree] = ast.parse(source).body
    except (TypeError, OSError, SyntaxError, ValueError):
        tree = None
    if not isinstance(tree, ast.FunctionDef) or not inspect.isfunction(func):
        raise LabError(
            f"meter_lines reads a function that is written in Python with def, not {shown(func)}: "
            "write the calls into one"
        )
    body = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    written = source.splitlines()
    return [*_measured(body, written, tree.name)]


def _measured(body, written, name) -> Iterator[str]:
    for statement in body:
        if any(isinstance(node, ast.Return | ast.Yield) for node in ast.walk(statement)):
            if statement is body[-1] and isinstance(statement, ast.Return):
                return  # it hands out what was made
            raise LabError(f"{name} returns or yields in the middle: let it return at its end only")
        yield "\n".join(written[statement.lineno - 1 : statement.end_lineno])


def _names(func, args):
    """Return the names that a function's first line finds, beside its globals."""
    try:
        given = inspect.signature(func).bind(*args)
    except TypeError as error:
        raise LabError(f"{name_of(func)} cannot be called with these arguments: {error}") from None
    given.apply_defaults()
    return {**inspect.getclosurevars(func).nonlocals, **given.arguments}


def _line(source, names, func):
    """Return a function without arguments that runs one line and returns all names after it."""
    code = f"def line({', '.join(names)}):\n{source}\n    return locals()"
    made: dict[str, Any] = {}
    exec(compile(code, f"<a line of {name_of(func)}>", "exec"), func.__globals__, made)
    return partial(made["line"], **names)


def _run(line):
    line()  # what it returns is for the next line
