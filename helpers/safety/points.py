"""Where a switch of threads can matter: before each bytecode step that touches what is shared.

A step on a thread's own variables cannot be told from the same step a little later, so no switch is
tried before it. Nor before one that reads a name that none of the code ever writes.
"""

import dis
import functools
import types
from dataclasses import dataclass

from ..core.inside import names_in

_READS = {
    **dict.fromkeys(("LOAD_GLOBAL", "LOAD_NAME"), "global"),
    **dict.fromkeys(("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"), "outer"),
    **dict.fromkeys(("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"), "attribute"),
    **dict.fromkeys(("BINARY_SUBSCR", "BINARY_SLICE", "CONTAINS_OP"), "data"),
}
_WRITES = {
    **dict.fromkeys(("STORE_GLOBAL", "DELETE_GLOBAL"), "global"),
    **dict.fromkeys(("STORE_DEREF", "DELETE_DEREF"), "outer"),
    **dict.fromkeys(("STORE_ATTR", "DELETE_ATTR"), "attribute"),
    **dict.fromkeys(("STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE", "FOR_ITER"), "data"),
    **dict.fromkeys(("CALL", "CALL_KW", "CALL_FUNCTION_EX", "BEFORE_WITH"), "data"),
}
_IN_GENERAL = {"setattr", "delattr", "vars", "globals", "exec", "eval", "__dict__"}


@dataclass(frozen=True)
class Touch:
    """One step that touches what may be shared: what ``kind`` of thing, by which ``name``."""

    kind: str
    name: str
    writes: bool
    opname: str

    @property
    def key(self) -> tuple[str, str]:
        """What it touches: two steps with different keys never meet."""
        return (self.kind, "" if self.kind == "data" else self.name)

    @property
    def words(self) -> str:
        """What the step does, behind "before it"."""
        if self.opname.startswith("CALL"):
            return "makes a call"
        if self.opname == "BINARY_OP" and self.writes:
            return "computes"
        if self.opname == "BEFORE_WITH":
            return "enters the with"
        if self.opname == "FOR_ITER":
            return "takes the next item"
        if self.kind == "data":
            return "writes an item" if self.writes else "reads an item"
        return f"{'writes' if self.writes else 'reads'} {self.name}"


@functools.lru_cache(maxsize=512)
def touches(code: types.CodeType) -> dict[int, Touch]:
    """Return each step of a piece of code that touches what may be shared, by its offset.

    >>> steps = touches((lambda account: account.balance).__code__)
    >>> [step.words for step in steps.values()]
    ['reads balance']
    """
    found = {}
    for step in dis.get_instructions(code):
        name = step.argval if isinstance(step.argval, str) else ""
        if step.opname in _READS:
            found[step.offset] = Touch(_READS[step.opname], name, False, step.opname)
        elif step.opname in _WRITES:
            found[step.offset] = Touch(_WRITES[step.opname], name, True, step.opname)
        elif step.opname == "BINARY_OP" and step.argrepr == "[]":  # since 3.14
            found[step.offset] = Touch("data", "", False, step.opname)
        elif step.opname == "BINARY_OP" and step.argrepr.endswith("="):
            found[step.offset] = Touch("data", "", True, step.opname)
    return found


@functools.lru_cache(maxsize=512)
def begins(code: types.CodeType) -> int:
    """Return the offset of the step at which a call begins; what is before it is no line."""
    steps = dis.get_instructions(code)
    return next((step.offset for step in steps if step.opname == "RESUME"), -1)


class Touched:
    """What all code that has run writes, so that reads of anything else are no place to switch."""

    def __init__(self) -> None:
        self._codes: set[types.CodeType] = set()
        self._written: set[tuple[str, str]] = set()
        self._all_attributes = False

    def add(self, code: types.CodeType) -> dict[int, Touch]:
        """Take in a piece of code that runs, and return its touches."""
        found = touches(code)
        if code not in self._codes:
            self._codes.add(code)
            self._written |= {touch.key for touch in found.values() if touch.writes}
            self._all_attributes |= not _IN_GENERAL.isdisjoint(names_in(code))
        return found

    def matters(self, touch: Touch) -> bool:
        """Return whether a switch before this step can matter."""
        if self._all_attributes and touch.kind in ("attribute", "global"):
            return True
        return touch.writes or touch.key in self._written
