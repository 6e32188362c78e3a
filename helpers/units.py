"""Figures with their units, as text: the one place that formats times, sizes, shares and counts."""


def seconds(value: float) -> str:
    """Return a time in seconds with the unit that fits, from ns to minutes.

    >>> seconds(90), seconds(0.9999), seconds(0.0123), seconds(4e-6), seconds(1e-8), seconds(4000)
    ('90 s', '1 s', '12.3 ms', '4 µs', '10 ns', '67 min')
    """
    if value >= 600:
        return f"{value / 60:.0f} min"
    return _scaled(value, [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")])


def ms(seconds: float) -> str:
    """Return seconds as milliseconds with the digits that matter: 5.12 ms, 250 ms, 1,200 ms."""
    return f"{1e3 * seconds:.3g} ms" if seconds < 0.1 else f"{1e3 * seconds:,.0f} ms"


def bytes_(n: float) -> str:
    """Return a number of bytes with the unit that fits: a kB is 1000 of them.

    >>> bytes_(12), bytes_(20_500), bytes_(12_040_000)
    ('12 bytes', '20.5 kB', '12 MB')
    """
    return _scaled(n, [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "bytes")])


def memory(n_bytes: float | None) -> str:
    """Return a machine's memory, as makers count it, or that it is not known."""
    return f"{n_bytes / 2**30:.1f} GiB" if n_bytes else "unknown"


def per_cent(share: float) -> str:
    """Return a share in whole per cents."""
    return f"{100 * share:.0f} %"


def counted(n: int, noun: str) -> str:
    """Return a number of things, one of which is called ``noun``: 1 turn, 1,200 turns."""
    return f"{n:,} {noun}{'s' * (n != 1)}"


def cpus(n: float) -> str:
    """Return a number of CPUs, which may be a part of one.

    >>> cpus(1.0), cpus(1.5), cpus(2)
    ('1 CPU', '1.5 CPUs', '2 CPUs')
    """
    return f"{n:g} CPU{'s' * (n != 1)}"


def _scaled(value, units):
    size, unit = next((pair for pair in units if value >= 0.9995 * pair[0]), units[-1])
    return f"{value / size:.3g} {unit}"
