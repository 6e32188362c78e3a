"""The real input of the jobs: places of 15,000 or more inhabitants and how they are spelled.

The data are GeoNames' (CC BY 4.0); ``data/README.md`` tells where they come from.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from sys import intern
from typing import NamedTuple

from ..errors import LabError, whole

PLACES_FILE = Path(__file__).resolve().parents[2] / "data" / "places.csv.gz"
N_BYTES = 2987232
SHA256 = "cc84231abea7e257d285c922d95bf0c54cbcd83178cfee2a755dd80fccd7c507"
_REMEDY = "get it back with 'git checkout -- data/places.csv.gz' or download the project again"


class Place(NamedTuple):
    """One place.

    ``country`` is the two-letter ISO 3166 code, latitude and longitude are degrees north and
    east, ``population`` counts people. How it is spelled takes far more memory than all of that
    together, so ``spellings_of_places`` says it.
    """

    name: str
    country: str
    latitude: float
    longitude: float
    population: int


def load_places(path: str | Path | None = None) -> list[Place]:
    """Return a list of every ``Place``, the most populous first: the caller's to change.

    ``path`` names another copy of the data file; the project's own is read once for each process.
    A LabError refuses a file that is not byte for byte the one that was shipped.
    """
    return list(_read(Path(path or PLACES_FILE)))


def load_spellings(n: int | None = None) -> list[str]:
    """Return a list of the first ``n`` spellings of all places, or of all 356,711.

    A place's name comes first, then its alternate names; places follow each other as in
    ``load_places``. The list is the caller's to change.
    """
    spellings = _spellings()
    if n is not None:
        n = whole("the number of spellings", n, 1, len(spellings), "leave it out for all of them")
    return list(spellings[:n])


def spellings_of_places() -> Iterator[list[str]]:
    """Yield a list for every place of ``load_places``: its name, then the others, each once."""
    for name, *_, others in _rows(PLACES_FILE):
        yield [name, *filter(None, others.split("|"))]


@lru_cache(maxsize=1)
def _spellings():
    return tuple(chain.from_iterable(spellings_of_places()))


@lru_cache(maxsize=1)
def _read(path):
    return tuple(
        [
            Place(name, intern(country), float(north), float(east), int(people))
            for name, country, north, east, people, _ in _rows(path)
        ]
    )


def _rows(path):
    """Return the rows of the data file at ``path``, once its bytes are checked."""
    import csv  # not at the top: most workers get their items sent and never read the file
    import gzip
    import hashlib
    import io

    try:
        packed = path.read_bytes()
    except OSError as error:
        why = f"{path} is not ({error.strerror})"
        raise LabError(f"the data file must be readable, but {why}: {_REMEDY}") from None
    if hashlib.sha256(packed).hexdigest() != SHA256:
        why = f"{path} is damaged or edited ({len(packed)} bytes of {N_BYTES})"
        raise LabError(f"the data file must be the one that was shipped, but {why}: {_REMEDY}")
    content = io.BytesIO(gzip.decompress(packed))
    rows = csv.reader(io.TextIOWrapper(content, encoding="utf-8", newline=""))
    next(rows)  # the names of the columns
    return rows
