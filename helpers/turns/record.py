"""Who ran when: workers of any kind stamp small pieces of work on one common clock.

A worker notes its own times. Nobody looks at another thread's frames from outside, which takes
the lock, sees only where the lock is handed over, and is unsafe without one.

What is between two stamps is not known to have run. A piece of Python code that took much longer
than its usual time was sent off the lock, or off the core, somewhere in the middle: no span covers
it. A single call into C is shown from the stamp before to the stamp after, and waiting for the
lock at its end is in it.
"""

import math
import statistics
from concurrent.futures import BrokenExecutor, wait
from dataclasses import dataclass, field
from itertools import pairwise

from ..core import pools, worker
from ..core.spans import Span, TurnSummary, from_stamps, summarise
from ..core.switch_interval import switch_interval
from ..errors import LabError, Stopped, number, shown
from ..kind import kind as kind_of
from . import works as chunks

SECONDS = (0.01, 10.0)  # a recording's shortest and longest
SWITCH_INTERVAL_S = (0.0002, 1.0)  # shorter turns hold too few pieces of work to be seen
_PIECES = 3  # a piece that takes so many times the median was interrupted
_LEADS_S = (0.1, 0.4, 1.6)  # how far ahead the common start lies: further where it was missed
_LOOK_S = 0.1  # how often a recording looks whether it has been stopped
_OVERDUE_S = 60.0  # seconds past its end after which a recording is given up


@dataclass(frozen=True)
class Timeline:
    """Who ran when, in one recording.

    ``works`` names the work of each worker, shape (n_workers,). ``spans`` are in seconds from
    the common start, by worker, each worker's in order. ``chunk_s`` is the median time of a
    piece of work (NaN where none was done), ``n_chunks`` how many pieces were done, both of shape
    (n_workers,).
    ``switch_interval_s`` is the one that was in force, ``gil`` whether the workers had a lock,
    ``wall_s`` the seconds from the common start to the last stamp.
    """

    kind: str
    works: tuple[str, ...]
    switch_interval_s: float
    gil: bool
    wall_s: float
    chunk_s: tuple[float, ...]
    n_chunks: tuple[int, ...]
    spans: tuple[Span, ...] = field(repr=False)

    @property
    def n_workers(self):
        """How many workers were recorded."""
        return len(self.works)

    @property
    def workers(self):
        """The workers' names, shape (n_workers,): "thread 1", "thread 2", ..."""
        return tuple(f"{kind_of(self.kind).noun} {i}" for i in range(1, self.n_workers + 1))

    @property
    def titles(self):
        """What each worker did, in words: shape (n_workers,)."""
        return tuple(chunks.WORKS[work].title for work in self.works)

    @property
    def summary(self) -> TurnSummary:
        """The turns, and how many workers ran at once."""
        return summarise(self.spans)

    def __str__(self):
        return f"{self.kind}, {', '.join(dict.fromkeys(self.titles))}: {self.summary}"


def record(kind, work="loop", n_workers=2, seconds=0.2, *, switch_interval_s=None, stop=None):
    """Return the ``Timeline`` of some workers that work side by side.

    Args:
        kind: a kind of pool.
        work: what every worker does: "loop" (Python code), "wait" (sleep), "c-releases" (C code
            that lets the lock go) or "c-holds" (C code that does not). Or a list of these, one
            for each worker.
        n_workers: how many workers; that of the list, where ``work`` is one.
        seconds: how long, from 0.01 to 10. A piece of work that is under way is finished.
        switch_interval_s: after how many seconds a thread that waits for the lock asks for it,
            from 0.0002 to 1; as it is set when None. It is always set back.
        stop: a ``threading.Event``; once it is set, the recording ends.

    Raises:
        LabError: a value is out of its range, or the workers could not begin together.
        Stopped: ``stop`` was set. No worker is left.

    >>> record("threads", ["loop", "wait"], seconds=0.02).workers
    ('thread 1', 'thread 2')
    """
    works = _check_works(work, n_workers)
    pools.check_kind(kind)
    number("seconds", seconds, *SECONDS, "try 0.2")
    if switch_interval_s is not None:
        number("switch_interval_s", switch_interval_s, *SWITCH_INTERVAL_S, "try 0.004")
    sizes = {name: chunks.fitting_size(name) for name in dict.fromkeys(works)}
    pool = pools.open_pool(kind, len(works))
    ended = []
    finished = False
    try:
        pools.start(pool, len(works))
        with switch_interval(switch_interval_s) as interval_s:
            for lead_s in _LEADS_S:
                begin_s = worker.now() + lead_s
                # A list can be seen from outside by workers of this process only: others are
                # killed, or end by themselves.
                seen = ended if kind_of(kind).shares_memory else ()
                answers = _collect(
                    [
                        pool.submit(chunks.follow, name, sizes[name], begin_s, seconds, seen)
                        for name in works
                    ],
                    begin_s + seconds + _OVERDUE_S,
                    stop,
                )
                if all(ready_s < begin_s for _, _, ready_s, _ in answers):
                    finished = True
                    return _timeline(kind, works, interval_s, begin_s, answers)
        raise LabError(
            f"{len(works)} workers must begin together, and not all were ready within "
            f"{_LEADS_S[-1]:g} s: try fewer, or look at what else keeps the machine busy"
        )
    except BrokenExecutor as error:
        raise LabError(
            f"a worker of {kind} ended in the middle of the recording: it was killed or ran out "
            "of memory; record again with fewer workers"
        ) from error
    finally:
        ended.append("the recording is over")
        pools.end(pool, now=not finished)


def _collect(futures, overdue_s, stop):
    """Return the futures' results; raise ``Stopped`` when ``stop`` is set before all are in."""
    while True:
        # Short waits, because on Windows a long one cannot be interrupted.
        _, waiting = wait(futures, timeout=_LOOK_S)
        if stop is not None and stop.is_set():
            raise Stopped("Stopped: the recording is not kept, and no worker is left.")
        if not waiting:
            return [future.result() for future in futures]
        if worker.now() > overdue_s:
            raise LabError(
                f"a recording ends with its last piece of work, and {len(waiting)} workers are "
                f"not back {_OVERDUE_S:g} s later: look at what else keeps the machine busy"
            )


def _timeline(kind, works, interval_s, begin_s, answers):
    spans, chunk_s, n_chunks, last_s = [], [], [], 0.0
    names = Timeline(kind, works, interval_s, True, 0.0, (), (), ()).workers
    for name, work, (_, _, _, stamps) in zip(names, works, answers, strict=True):
        times_s = [stamp - begin_s for stamp in stamps]
        one_call = chunks.WORKS[work].one_call
        pieces = list(
            zip(times_s[::2], times_s[1::2], strict=True) if one_call else pairwise(times_s)
        )
        n_chunks.append(len(pieces))
        if not pieces:  # it never got the lock, or a core
            chunk_s.append(math.nan)
            continue
        usual_s = statistics.median(b - a for a, b in pieces)
        label = chunks.WORKS[work].label
        if one_call:
            spans += [Span(name, start_s, stop_s, label) for start_s, stop_s in pieces]
        else:
            spans += from_stamps(name, times_s, gap_s=_PIECES * usual_s, label=label)
        chunk_s.append(usual_s)
        last_s = max(last_s, times_s[-1])
    return Timeline(
        kind=kind,
        works=works,
        switch_interval_s=interval_s,
        gil=all(gil for _, gil, _, _ in answers),
        wall_s=last_s,
        chunk_s=tuple(chunk_s),
        n_chunks=tuple(n_chunks),
        spans=tuple(spans),
    )


def _check_works(work, n_workers):
    """Return the work of each worker, a tuple of names."""
    several = isinstance(work, list | tuple)
    names = tuple(work) if several else (work,)
    for name in names or (None,):
        if not isinstance(name, str) or name not in chunks.WORKS:
            raise LabError(
                f"the work is one of {', '.join(chunks.WORKS)}, not {shown(name)}: choose one"
            )
    pools.check_n_workers(n_workers)
    return names if several else names * n_workers
