"""All that notebook 09 shows of Pythons that a reader does not have, measured and saved."""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..core.store import save
from ..jobs.registry import strings
from .crossing import CROSSINGS, measure_crossing, measure_interpreters
from .find import Python, has_interpreters, price_pair
from .ladder import LADDERS, climb
from .price import PRICE, measure_price
from .refusal import REFUSAL, import_elsewhere
from .switch import SWITCH, try_switch

N_STRINGS = 200_000  # for interpreters: what crosses must be small beside what is done


def record(pythons: Iterable[Python]) -> Iterator[Path]:
    """Measure what each of these Pythons can, save it as recordings, and yield their Paths.

    Raises:
        LabError: one of them could not do it; those before it are saved.
    """
    pythons = list(pythons)
    for python in filter(has_interpreters, pythons):
        if not python.free_threaded:
            crossing = measure_crossing(python, strings(60_000))
            yield _save(crossing, CROSSINGS / f"crossing-{python.era}.json")
            split = measure_interpreters(python, strings(N_STRINGS))
            yield _save(split, CROSSINGS / f"interpreters-{python.era}.json")
    for python in pythons:
        if python.free_threaded:
            yield _save(climb(python, 15), LADDERS / f"{python.era}.json")
            yield _save(try_switch(python), SWITCH / f"{python.era}.json")
    if pair := price_pair(pythons):
        yield _save(measure_price(*pair, strings(60_000)), PRICE)
    if any(map(has_interpreters, pythons)):
        yield _save(import_elsewhere(pythons), REFUSAL)


def _save(found, path):
    return save(dataclasses.replace(found, recorded=True), path)
