"""The code that does a job in the way that a verdict advises: it runs where it is shown."""

import math

from ..kind import kind as kind_of
from .evidence import Evidence
from .spelling import Spelling

_SHORT_CALL_S = 1e-3  # shorter calls are made in parts by the code for threads


def code(e: Evidence, kind: str, n_workers: int) -> str:
    """Return the lines for the function and its list, called ``items``; none without a list.

    They need the standard library only, unless something has to be sent by value.
    """
    if e.n_items is None:
        return ""
    how = e.spelling or Spelling(e.name)
    before = list(how.before)
    if kind == "serial":
        return "\n".join([*before, f"results = [{how.called}(item) for item in items]"])
    first, opened = _pool(kind, n_workers, how)
    body = [f"with {opened} as pool:", *_map(e, kind, n_workers, how)]
    if how.script and not kind_of(kind).shares_memory:
        body = ['if __name__ == "__main__":', *(f"    {line}" for line in body)]
    imports = [line for line in before if not line.startswith("#")]
    said = [line for line in before if line.startswith("#")]
    return "\n".join([*sorted([*first, *imports]), "", *said, *body])


def _pool(kind, n_workers, how):
    """Return the imports for a pool, and the expression that opens it."""
    known = kind_of(kind)
    if not known.shares_memory and (how.goes_by_value or known.family == "distributed"):
        return ["import helpers as lab"], f'lab.pool("{kind}", {n_workers})'
    imports, options = [f"from concurrent.futures import {known.standard}"], ""
    if known.start_method is not None:
        imports.append("import multiprocessing")
        options = f', mp_context=multiprocessing.get_context("{known.start_method}")'
    return imports, f"{known.standard}({n_workers}{options})"


def _map(e, kind, n_workers, how):
    """Return the lines that give all items to the pool."""
    size = max(1, math.ceil((e.n_items or 1) / (8 * n_workers)))
    if kind != "threads":
        chunks = f", chunksize={size}" if size > 1 else ""
        return [f"    results = list(pool.map({how.text}, items{chunks}))"]
    if (e.call_s or 0.0) >= _SHORT_CALL_S:
        return [f"    results = list(pool.map({how.text}, items))"]
    return [  # threads ignore chunksize
        f"    parts = [items[i : i + {size}] for i in range(0, len(items), {size})]",
        f"    done = pool.map(lambda part: [{how.called}(item) for item in part], parts)",
        "    results = [result for part in done for result in part]",
    ]
