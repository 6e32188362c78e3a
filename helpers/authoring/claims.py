"""The table of all claims of the notebooks, and what is wrong with them.

A claim is an *experiment*, where a code cell passes what it measured to ``lab.finding``, or it has
a *source*: a link whose title is ``claim 01.name``, right behind the sentence, whose text names the
version that it was read for.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from ..cells.finding import claims_of
from .claim_cells import digest_of, is_id, sources, used
from .claim_records import Recorded

_VERSION = re.compile(r"\d+")
_PYTHON = re.compile(r"\b3\.\d+t?")


@dataclass(frozen=True)
class Listed:
    """A line of the table.

    ``kind`` is "experiment" or "source". Of an experiment ``state`` says what was recorded:
    "contradicted" where it was anywhere, else "shown" where it was at least once, or "not shown";
    "stale" where its code or its rule has changed since, or "never run". A source is "sourced".
    ``pythons`` names those that it was run on, or that the source was read for.
    """

    id: str
    notebook: str
    sentence: str
    kind: str
    pythons: tuple[str, ...]
    state: str


def with_findings(notebooks: Iterable[Path]) -> list[Path]:
    """Return those of the notebooks whose code asks for a finding."""
    return [path for path in notebooks if used(nbformat.read(path, as_version=4).cells)]


def table(notebooks: Iterable[Path], recorded: Iterable[Recorded] = ()) -> list[Listed]:
    """Return all claims of the notebooks, in the order of their ids."""
    runs, listed = list(recorded), []
    for path in notebooks:
        cells = nbformat.read(path, as_version=4).cells
        asked = used(cells)
        for claim in claims_of(path.name[:2]):
            if claim.id not in asked:
                continue
            told = [(run.era, run.findings[claim.id]) for run in runs if claim.id in run.findings]
            digest = digest_of(claim, cells)
            states = {one.state for _, one in told if one.digest == digest}
            pythons = tuple(dict.fromkeys(era for era, one in told if one.digest == digest))
            state = _state(states, bool(told))
            listed.append(Listed(claim.id, path.stem, claim.sentence, "experiment", pythons, state))
        for id, sentence, text in sources(cells):
            pythons = tuple(_PYTHON.findall(text))
            listed.append(Listed(id, path.stem, sentence, "source", pythons, "sourced"))
    return sorted(listed, key=lambda one: one.id)


def _state(states, was_run):
    if not states:
        return "stale" if was_run else "never run"
    return next(one for one in ("contradicted", "shown", "not shown") if one in states)


def as_text(listed: list[Listed]) -> str:
    """Return the table for a terminal, with the number of claims below it."""
    rows = [
        (one.id, one.kind, one.state, " ".join(one.pythons) or "-", one.sentence) for one in listed
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [
        "  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows
    ]
    states = Counter(one.state for one in listed)
    counts = ", ".join(f"{n} {state}" for state, n in states.most_common())
    return "\n".join([*lines, f"{len(listed)} claims: {counts}" if listed else "no claims yet"])


def problems(notebooks: Iterable[Path]) -> list[str]:
    """Return what is wrong with the claims of the notebooks, a line for each."""
    wrong: list[str] = []
    ids: Counter[str] = Counter()
    for path in notebooks:
        cells = nbformat.read(path, as_version=4).cells
        asked, read = used(cells), list(sources(cells))
        listed = {claim.id for claim in claims_of(path.name[:2])}
        ids.update([*asked, *(id for id, *_ in read)])
        wrong += [
            f"{id} is used in {path.name}, and its room lists no such claim: write its rule"
            for id in sorted(asked - listed)
        ]
        wrong += [
            f"{id} is listed in a room, and {path.name} does not use it: pass its results to "
            "lab.finding there, or delete it"
            for id in sorted(listed - asked)
        ]
        for id in sorted(asked | {id for id, *_ in read}):
            if not (is_id(id) and id.startswith(path.name[:2])):
                good = f"{path.name[:2]}.loops-take-turns"
                wrong.append(f'{id} in {path.name} is no id: write it like "{good}"')
        for id, sentence, text in read:
            if not sentence:
                wrong.append(f"{id} in {path.name} stands behind no sentence: put it behind one")
            if not _VERSION.search(text):
                wrong.append(
                    f"{id} in {path.name} does not say for which version it was read: write it "
                    "into the link, such as [docs, 3.15]"
                )
    wrong += [f"{id} is the id of {n} claims: give each its own" for id, n in ids.items() if n > 1]
    return wrong
