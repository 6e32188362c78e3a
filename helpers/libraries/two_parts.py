"""A script of two parts: reading is Python code, packing is a call into C that releases the GIL."""

import zlib
from collections.abc import Callable, Iterable
from random import Random
from typing import Any


def read(lines: Iterable[str]) -> list[bytes]:
    """Return the digits of each line as numbers, a byte each."""
    return [bytes(map(int, line)) for line in lines]


def pack(rows: list[bytes]) -> bytes:
    """Return the rows in one piece, as small as zlib makes them."""
    return zlib.compress(b"".join(rows), 9)


def script(lines: list[str], each: Callable[..., Iterable[Any]] = map) -> list[bytes]:
    """Return the packed blocks of all lines; ``each`` is ``map``, or that of a pool."""
    rows = read(lines)
    blocks = [rows[at : at + 200] for at in range(0, len(rows), 200)]
    return list(each(pack, blocks))


def make_lines(n: int = 4_000) -> list[str]:
    """Return n lines of 600 random digits, always the same."""
    random = Random(8)
    return [str(random.getrandbits(2_000)).zfill(600)[-600:] for _ in range(n)]


if __name__ == "__main__":  # for a profiler that looks at it a thousand times a second
    some = make_lines()
    for _ in range(5):
        script(some)
