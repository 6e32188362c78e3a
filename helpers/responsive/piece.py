"""A piece of a long job that can be cancelled between two pieces.

A spawned worker imports this module, so it imports nothing.
"""


def piece(size: int = 120_000) -> int:
    """Return the sum of ``size`` squares: some hundredths of a second of Python code.

    >>> piece(4)
    14
    """
    return sum(number * number for number in range(size))
