"""All that notebook 09 shows of Pythons that a reader does not have, measured and saved."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ..core.store import RECORDINGS, save
from ..errors import LabError
from ..jobs.registry import strings
from .crossing import CROSSINGS, measure_crossing, measure_interpreters
from .culprit import CULPRITS, Contention, measure
from .find import Python, has_interpreters, price_pair
from .ladder import LADDERS, climb
from .price import PRICE, measure_price
from .refusal import REFUSAL, import_elsewhere
from .send import keep_source
from .switch import SWITCH, try_switch

# The cell of notebook 09 whose threads share an object.
EXAMPLE = """def count_letters(name):
    for letter in name:
        letters[letter] += 1
"""
N_NAMES = 1000
_CROSSED = ("crossing", "interpreters")
N_STRINGS = 200_000  # for interpreters: what crosses must be small beside what is done


def record(
    pythons: Iterable[Python], folder: Path = RECORDINGS, machine: str = ""
) -> Iterator[Path | LabError]:
    """Measure what each of these Pythons can, save it, and yield the Path, or why there is none.

    Args:
        pythons: those to measure.
        folder: of all recordings.
        machine: what stands behind the name of a Python in that of a file; nothing when "".
    """
    for name, made in _measurements(list(pythons), f"-{machine}" if machine else ""):
        try:
            yield save(dataclasses.replace(made(), recorded=True), folder / name)
        except LabError as error:
            yield error


def _measurements(pythons, behind):
    """Yield the name of each file, and what measures its content."""
    for python in filter(has_interpreters, pythons):
        if not python.free_threaded:
            names = [f"{CROSSINGS.name}/{what}-{python.era}{behind}.json" for what in _CROSSED]
            yield names[0], partial(measure_crossing, python, strings(60_000))
            yield names[1], partial(measure_interpreters, python, strings(N_STRINGS))
    for python in pythons:
        if python.free_threaded:
            yield f"{LADDERS.name}/{python.era}{behind}.json", partial(climb, python, 15)
            yield f"{SWITCH.name}/{python.era}{behind}.json", partial(try_switch, python)
            yield f"{CULPRITS.name}/{python.era}{behind}.json", partial(_example, python)
    if pair := price_pair(pythons):
        yield f"{PRICE.parent.name}/{PRICE.name}", partial(measure_price, *pair, strings(60_000))
    if any(map(has_interpreters, pythons)):
        yield f"{REFUSAL.parent.name}/{REFUSAL.name}", partial(import_elsewhere, pythons)


def _example(python: Python) -> Contention:
    names = {"__name__": "example", "letters": Counter()}
    exec(compile(EXAMPLE, "<example>", "exec"), names)
    function: Any = names["count_letters"]
    keep_source(function, EXAMPLE)
    found = measure(python, function, strings(N_NAMES).items, 15.0)
    if found.problem:
        raise LabError(found.problem)
    return found
