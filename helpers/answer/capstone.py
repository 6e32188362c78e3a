"""Three jobs of other people, for which notebook 12 lets the reader choose the kind of worker.

What a worker imports stands on top; the items are made where they are needed, always the same.
"""

import hashlib
import random
import re
from datetime import datetime

from ..core.job import Job
from ..core.same_answers import difference

_LINE = re.compile(
    r'(?P<host>\S+) \S+ \S+ \[(?P<time>[^]]+)\] "(?P<method>[A-Z]+) (?P<path>\S+) [^"]*" '
    r"(?P<status>\d{3}) (?P<size>\d+|-)"
)


def summarise_access_log(lines: list[str]) -> list[dict[str, list[int]]]:
    """Return a list with one dict: how many requests, errors and bytes each hour and section had.

    The dicts of several sublists add up to that of the whole log.

    >>> line = '10.0.0.1 - - [01/Mar/2026:10:02:03 +0000] "GET /shop/1 HTTP/1.1" 200 512'
    >>> summarise_access_log([line, "not a line of a log"])
    [{'10:00 /shop': [1, 0, 512], 'unreadable': [1, 0, 0]}]
    """
    table: dict[str, list[int]] = {}
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            row = table.setdefault("unreadable", [0, 0, 0])
            row[0] += 1
            continue
        hour = datetime.strptime(match["time"], "%d/%b/%Y:%H:%M:%S %z").hour
        section = "/" + match["path"].lstrip("/").partition("/")[0].lower()
        row = table.setdefault(f"{hour:02}:00 {section}", [0, 0, 0])
        row[0] += 1
        row[1] += match["status"] >= "400"
        row[2] += 0 if match["size"] == "-" else int(match["size"])
    return [table]


def fingerprint_backup(blocks: list[bytes]) -> list[str]:
    """Return a list with the SHA-512 of every block of a backup, to find the ones that changed.

    >>> fingerprint_backup([b"block"])[0][:8]
    '290939de'
    """
    return [hashlib.sha512(block).hexdigest() for block in blocks]


def read_readings(lines: list[str]) -> list[tuple[str, str, str, float]]:
    """Return a list with a reading for every line of a sensor's file: (name, day, time, degrees).

    >>> read_readings(["roof-2;2026-03-01;10:02;21.5"])
    [('roof-2', '2026-03-01', '10:02', 21.5)]
    """
    readings = []
    for line in lines:
        name, day, time, degrees = line.split(";")
        readings.append((name, day, time, float(degrees)))
    return readings


def unknown_jobs() -> dict[str, Job]:
    """Return the three jobs: a dict from name to ``Job``."""
    log, blocks, readings = _access_log(20_000), _blocks(96, 1 << 19), _sensor_lines(200_000)
    a_log = "Summarise an access log of 20,000 lines"
    a_backup = "Fingerprint the 96 blocks of a backup"
    return {
        "access log": Job("access-log", a_log, summarise_access_log, log, _log_difference),
        "backup": Job("backup", a_backup, fingerprint_backup, blocks),
        "sensors": Job("sensors", "Read 200,000 lines of sensors", read_readings, readings),
    }


def _log_difference(expected, got):
    """Return one line on where two summaries differ, or None when they add up to the same."""
    return difference([_added_up(expected)], [_added_up(got)])


def _added_up(tables):
    total = {}
    for table in tables:
        for name, row in table.items():
            total[name] = [a + b for a, b in zip(total.get(name, (0, 0, 0)), row)]
    return total


def _access_log(n):
    chance = random.Random(12)
    sections = ["shop", "Shop", "api/v2", "static", "account"]
    lines = []
    for i in range(n):
        host = ".".join(str(chance.randrange(256)) for _ in range(4))
        when = f"{1 + i % 28:02}/Mar/2026:{i * 24 // n:02}:{i % 60:02}:{i % 59:02} +0000"
        path = f"/{chance.choice(sections)}/{chance.randrange(10**6)}"
        status = chance.choice([200, 200, 200, 200, 304, 404, 500])
        size = "-" if status == 304 else chance.randrange(200, 90_000)
        asked = f'"GET {path} HTTP/1.1" {status} {size} "-" "Mozilla/5.0 (X11)"'
        lines.append(f"{host} - - [{when}] {asked}")
    return lines


def _blocks(n, n_bytes):
    some = random.Random(12).randbytes(n_bytes)
    return [i.to_bytes(8, "big") + some[8:] for i in range(n)]


def _sensor_lines(n):
    chance = random.Random(12)
    return [
        f"roof-{i % 40};2026-03-{1 + i // 60 % 28:02};{i // 60 % 24:02}:{i % 60:02};"
        f"{chance.uniform(-10, 30):.2f}"
        for i in range(n)
    ]
