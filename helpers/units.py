"""What the sentences about measurements share: figures in words, and who foresaw what was found."""


def in_ms(seconds):
    """Return seconds as milliseconds with the digits that matter.

    >>> in_ms(0.00512), in_ms(0.25)
    ('5.12 ms', '250 ms')
    """
    return f"{1e3 * seconds:.3g} ms" if seconds < 0.1 else f"{1e3 * seconds:.0f} ms"


def per_cent(share):
    """Return a share in whole per cents.

    >>> per_cent(0.287)
    '29 %'
    """
    return f"{100 * share:.0f} %"


def counted(n, noun):
    """Return a number of things, one of which is called ``noun``.

    >>> counted(1, "turn"), counted(1200, "turn")
    ('1 turn', '1,200 turns')
    """
    return f"{n:,} {noun}{'s' * (n != 1)}"


def named(point):
    """Return what a ``Point`` was measured with: "threads with 2 workers", for one."""
    return f"{point.kind} with {counted(point.n_workers, 'worker')}"


def how_right(chosen, found, asked):
    """Return for how many of those ``asked`` about a prediction was right, as a sentence.

    Args:
        chosen: what the reader expected to be so; None when nothing was committed.
        found: what turned out to be so.
        asked: everything that was to be chosen from, or left out.

    >>> how_right(["sleep"], ["sleep", "read"], ["sleep", "read", "sort"])
    'Your prediction was right for 2 of 3.'
    """
    if chosen is None:
        return "You committed no prediction."
    right = sum((name in chosen) == (name in found) for name in asked)
    return f"Your prediction was right for {right} of {len(asked)}."
