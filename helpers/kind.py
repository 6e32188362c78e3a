"""The kinds of worker: what each is called, how it looks, how it opens. Only this file knows them.

A new kind is an entry of ``KINDS`` and an executor class. What opens a kind, and what says why it
cannot be used here, stand in the table as "module:name" and are imported when they are needed, so
that judges and charts may ask about kinds without starting anything.
"""

import sys
from dataclasses import dataclass, replace
from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor


@dataclass(frozen=True)
class Kind:
    """One kind of worker.

    ``family`` is what a kind is judged and drawn as: all start methods of processes are one.
    ``noun`` is what one worker is called, ``standard`` the executor of ``concurrent.futures`` that
    does the same. ``colour``, ``ink`` (for letters, of more contrast) and ``marker`` are those of
    every chart. Whoever ``shares_memory`` sees the caller's own objects and no copies; one with an
    ``own_lock`` waits for nobody else's GIL; one in its ``own_process`` can be killed. A kind
    ``on_request`` is tried only when it is named. One that nothing ``opens`` is only drawn.
    """

    name: str
    family: str
    noun: str
    colour: str
    ink: str
    marker: str
    opens: str = ""
    lacks: str = ""
    standard: str = "ProcessPoolExecutor"
    shares_memory: bool = False
    own_lock: bool = True
    own_process: bool = False
    start_method: str | None = None
    on_request: bool = False

    @property
    def simplicity(self) -> int:
        """Its place among all kinds, 0 for the simplest: the simpler of two equals is advised."""
        return [*KINDS].index(self.name) if self.name in KINDS else len(KINDS)

    @property
    def lacking(self) -> str | None:
        """Why this kind cannot be used here; None where it can."""
        if self.start_method is None:
            return resolve_name(self.lacks)() if self.lacks else None
        from multiprocessing import get_all_start_methods

        if self.start_method in get_all_start_methods():
            return None
        return f"{sys.platform} does not start processes in this way"

    def open(self, n_workers: int) -> "Executor":
        """Return an executor with ``n_workers`` workers of this kind, not yet started."""
        options = {} if self.start_method is None else {"start_method": self.start_method}
        return resolve_name(self.opens)(n_workers, **options)


# The colours are seaborn's "colorblind" palette: told apart with every common kind of colour
# vision. The inks are the same hues with a contrast of 4.5 to 1 on white.
_UNKNOWN = Kind("", "", "worker", "#262626", "#262626", "v")
_PROCESSES = Kind(
    "processes", "processes", "process", "#0173B2", "#0173B2", "o",
    opens="helpers.core.executors:ProcessExecutor", own_process=True,
)  # fmt: skip
_ALL = (
    Kind(
        "serial", "serial", "worker", "#949494", "#6E6E6E", "X", standard="",
        opens="helpers.core.executors:SerialExecutor", shares_memory=True, own_lock=False,
    ),
    Kind(
        "threads", "threads", "thread", "#DE8F05", "#A36600", "s", standard="ThreadPoolExecutor",
        opens="helpers.core.executors:ThreadExecutor", shares_memory=True, own_lock=False,
    ),
    # What threads are drawn as where there is no GIL.
    Kind("free-threaded", "free-threaded", "thread", "#CC78BC", "#A4509A", "^", shares_memory=True),
    Kind(
        "interpreters", "interpreters", "interpreter", "#029E73", "#007A58", "D",
        standard="InterpreterPoolExecutor", opens="helpers.core.interpreters:InterpreterExecutor",
        lacks="helpers.core.pools:lacks_interpreters",
    ),
    _PROCESSES,
    replace(_PROCESSES, name="processes-spawn", start_method="spawn"),
    replace(_PROCESSES, name="processes-forkserver", start_method="forkserver"),
    replace(_PROCESSES, name="processes-fork", start_method="fork"),
    Kind(
        "distributed", "distributed", "worker", "#56B4E9", "#0E7490", "P", own_process=True,
        opens="helpers.beyond.cluster:ClusterExecutor", lacks="helpers.beyond.cluster:lacking",
        on_request=True,
    ),
)  # fmt: skip

#: All kinds by name, the simplest first.
KINDS = {kind.name: kind for kind in _ALL}


def kind(name: str) -> Kind:
    """Return the ``Kind`` of a name; an unknown one, as of a newer file, looks like its family."""
    if name in KINDS:
        return KINDS[name]
    family = name.partition("-")[0]
    return replace(KINDS.get(family, _UNKNOWN), name=name, family=family)


def usual() -> tuple[str, ...]:
    """Return the kinds that are tried when nobody names any, wherever they can be used."""
    named = [one for one in KINDS.values() if one.opens and not one.on_request]
    return tuple(one.name for one in named if one.name == one.family)


def families() -> tuple[str, ...]:
    """Return what kinds are judged and drawn as: each family once, the simplest first.

    >>> families()[:2]
    ('serial', 'threads')
    """
    return tuple(dict.fromkeys(one.family for one in KINDS.values()))
