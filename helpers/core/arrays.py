"""Are two arrays the same? Those of NumPy, and tensors that can be seen as one."""

import sys
from typing import Any

from .parts import FAILED, asked, attributes, side_by_side

CLOSE = 1e-9  # relative: sums that are made in another order differ in the last digits
_CHUNK = 1 << 16  # numbers that are looked at at once


def compared_arrays(one: Any, other: Any) -> Any:
    """Return whether two arrays are the same, or an iterator of triples (way, part, part).

    NotImplemented where they are no arrays, or NumPy is not there. NaN, NaT and what is masked are
    each the same as themselves.
    """
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not hasattr(type(one), "__array__"):
        return NotImplemented
    a, b = (asked(_as_array, numpy, value) for value in (one, other))
    if a is FAILED or b is FAILED:
        return NotImplemented
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.names:
        return ((name, a[name], b[name]) for name in a.dtype.names)
    is_masked = isinstance(a, numpy.ma.MaskedArray)
    if is_masked:
        is_seen = ~numpy.ma.getmaskarray(a)
        if (is_seen == numpy.ma.getmaskarray(b)).any():
            return False
        a, b = a.data[is_seen], b.data[is_seen]
    if a.dtype.hasobject:
        return ((i, x, y) for i, (x, y) in enumerate(zip(a.flat, b.flat)))
    if is_masked or not hasattr(a, "__dict__") or not _same_numbers(numpy, a, b):
        return _same_numbers(numpy, a, b)
    return side_by_side(attributes(one), attributes(other))  # such as a unit


def _as_array(numpy, value):
    for step in ("detach", "cpu"):  # a tensor with gradients, or on another device
        if callable(getattr(type(value), step, None)):
            value = getattr(value, step)()
    return numpy.asanyarray(value)


def _same_numbers(numpy, one, other):
    if (one == other).all():
        return True
    if one.dtype.kind in "mM":
        return bool(((one == other) | (numpy.isnat(one) & numpy.isnat(other))).all())
    if one.dtype.kind not in "fc":
        return False
    # In pieces: what isclose needs meanwhile is several times as large as the arrays.
    flags = ["external_loop", "buffered", "zerosize_ok"]
    with numpy.errstate(all="ignore"):
        return all(
            numpy.isclose(a, b, rtol=CLOSE, atol=0, equal_nan=True).all()
            for a, b in numpy.nditer([one, other], flags, buffersize=_CHUNK)
        )
