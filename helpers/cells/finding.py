"""Findings: under an experiment, whether it shows what the text above it says, in one line."""

import datetime
import inspect
import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from html import escape
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from ..core import machine
from ..errors import LabError, shown, told
from ..judge.claims import CLAIMS, Claim, Outcome
from .check import room_of

VARIABLE = "GIL_LAB_FINDINGS"  # names a file to which each finding is added, as a line of JSON
# Of each state: its sign, and a colour that can be told apart on white and on black.
_LOOKS = {
    "shown": ("✓", (2, 158, 115)),
    "not shown": ("○", (86, 180, 233)),
    "contradicted": ("✗", (213, 94, 0)),
}
_CODE, _MARKED = re.compile("`([^`]+)`"), r"<code>\1</code>"


@dataclass(frozen=True, repr=False)
class Finding:
    """Whether a claim was shown here: ``state`` is "shown", "not shown" or "contradicted".

    ``figure`` is what was measured, ``reason`` why this machine cannot show it, and ``recorded``
    what a recording from another machine shows; the last two may be "".
    """

    id: str
    sentence: str
    state: str
    figure: str
    reason: str = ""
    recorded: str = ""

    @property
    def words(self) -> tuple[str, str]:
        """The finding in words: what comes of the claim, and the claim with the figure."""
        if self.state == "shown":
            return "Shown here:", f"{self.sentence} {_sentence(self.figure)}"
        if self.state == "not shown":
            there = f" A recording shows: {_clause(self.recorded)}." if self.recorded else ""
            here = f"Here {_clause(self.figure)}, because {_clause(self.reason)}."
            return "Not shown on this machine:", f"{self.sentence} {here}{there}"
        here = f"Here {_clause(self.figure)}, and nothing that was measured explains it;"
        return "Contradicted here:", f"{self.sentence} {here} please report it ({self.id})."

    def __repr__(self) -> str:
        return " ".join([_LOOKS[self.state][0], *self.words])

    def _repr_html_(self):
        # The tint lets the theme through, and the words keep the theme's colour: they are readable
        # on white and on black.
        sign, rgb = _LOOKS[self.state]
        colour = ",".join(map(str, rgb))
        look = (
            f"border-left:4px solid rgb({colour});background:rgba({colour},.13);"
            "padding:.4em .8em;margin:.3em 0;max-width:56em;line-height:1.45"
        )
        begin, rest = self.words
        return f'<div style="{look}"><b>{sign} {begin}</b> {_CODE.sub(_MARKED, escape(rest))}</div>'


def finding(id: str, *results: Any) -> Finding:
    """Return the ``Finding`` of a claim: whether these results show what the text above says.

    Args:
        id: the number of the notebook and the claim's name, such as "01.loops-take-turns".
        results: what the experiment above returned, as the claim wants it.

    Raises:
        LabError: there is no such claim, or the results are not those that it is judged by.
    """
    claim = _claim(id)
    wanted = inspect.signature(claim.rule)
    try:
        wanted.bind(*results)
    except TypeError:
        names = ", ".join(wanted.parameters)
        raise LabError(
            f"{id} is found in {len(wanted.parameters)}, not {len(results)}: "
            f'try finding("{id}", {names})'
        ) from None
    try:
        outcome: Outcome = claim.rule(*results)
    except LabError:
        raise
    except Exception as error:  # something else than the experiment returns, or half of it
        raise LabError(
            f"{id} cannot be found in {', '.join(shown(one, 40) for one in results)} "
            f"({told(error, 80)}): run the experiment above to its end, and pass what it returned"
        ) from error
    reason = "" if outcome.state == "shown" else outcome.reason
    found = Finding(id, claim.sentence, outcome.state, outcome.figure, reason, outcome.recorded)
    if path := os.environ.get(VARIABLE):
        _keep(found, path)
    return found


def claims_of(notebook: str) -> list[Claim]:
    """Return the claims of a notebook, by its number such as "01": those that its room lists."""
    room = import_module(f"{__name__.partition('.')[0]}.{room_of(notebook)}")
    for module in iter_modules(room.__path__, f"{room.__name__}."):
        if module.name.rpartition(".")[2].startswith("findings"):
            import_module(module.name)
    return [claim for claim in CLAIMS.values() if claim.id.partition(".")[0] == notebook]


def _claim(id):
    notebook = id.partition(".")[0] if isinstance(id, str) else ""
    if not room_of(notebook):
        raise LabError(
            "a claim is named by its notebook, two digits, and a name, not "
            f'{shown(id)}: try finding("01.loops-take-turns", recording)'
        )
    there = {claim.id: claim for claim in claims_of(notebook)}
    if id not in there:
        names = _listed(there) or "none"
        raise LabError(f"the claims of notebook {notebook} are {names}, not {shown(id)}")
    return there[id]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _keep(found, path):
    """Add a finding to a file, in one write: several kernels may do so at once."""
    here = machine.describe()
    line = {
        **asdict(found),
        "python": here.python,
        "implementation": here.implementation,
        "gil": here.gil,
        "usable_cpus": here.usable_cpus,
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    text = json.dumps(line, ensure_ascii=False) + "\n"
    try:
        with open(path, "ab", buffering=0) as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:
        raise LabError(
            f"{VARIABLE} names a file that cannot be written, {shown(path)} ({shown(error)}): "
            "name another, or none"
        ) from error


def _clause(text: str) -> str:
    return text.strip().rstrip(".")


def _sentence(text: str) -> str:
    clause = _clause(text)
    return f"{clause[:1].upper()}{clause[1:]}."
