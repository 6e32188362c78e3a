"""Who ran when: workers of any kind stamp small pieces of work on one common clock.

A worker notes its own times. Nobody looks at another thread's frames from outside, which takes
the GIL, sees only where it is handed over, and is unsafe without one.

What is between two stamps is not known to have run. A piece of Python code that took much longer
than its usual time was sent off the GIL, or off the core, somewhere in the middle: no span covers
it. A single call into C is shown from the stamp before to the stamp after, and waiting for the
GIL at its end is in it.
"""

import math
import statistics
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import pairwise
from operator import itemgetter
from threading import Event
from typing import Any, TypeAlias

from ..core import allowed, pools, worker
from ..core.job import Job, name_of
from ..core.own_code import errors_of
from ..core.spans import Span
from ..core.switch_interval import switch_interval
from ..core.switches import Switches
from ..core.turns import check_stop
from ..core.unfinished import check_parts
from ..errors import LabError, number, shown
from ..jobs import works as chunks
from ..jobs.registry import as_job, job_names
from ..kind import kind as kind_of
from ..pythons.witness import Seen, Witness, Witnessed, witness_works
from .summary import (
    COMPUTING,
    STOPPED_S,
    WAITING,
    concurrency_shares,
    from_stamps,
    idle_spans,
    turns,
)

SECONDS = (0.01, 10.0)  # a recording's shortest and longest
SWITCH_INTERVAL_S = (0.0002, 1.0)  # shorter turns hold too few pieces of work to be seen
_PIECES = 3  # a piece that takes so many times the median was interrupted
_LEADS_S = (0.1, 0.4, 1.6)  # how far ahead the common start lies: further where it was missed
_LOOK_S = 0.25  # how often it is asked whether to stop; each time a third thread needs the GIL
_OVERDUE_S = 60.0  # seconds past its end after which a recording is given up
_ADVICE = "look at what else keeps the machine busy"
_SLICE_S = 0.05  # of a core: who shares one has shorter ones, of 3 to 10 ms under Linux
_SHUT_OUT = 3  # switch intervals: who wants the GIL and waits for longer is shut out
_LONG_S = 0.005  # a longer wait ends on time everywhere

#: What a worker can do: a key of ``WORKS``, a job, or a function without arguments.
Work: TypeAlias = str | Job | Callable[[], Any]


@dataclass(frozen=True)
class Timeline(Witnessed):
    """Who ran when, in one recording.

    ``works`` names the work of each worker, a job by its title, a function by its name, shape
    (n_workers,). ``spans`` are in seconds from the common start, by worker, each worker's in
    order. ``chunk_s`` is the median time of a piece of work (NaN where none was done),
    ``n_chunks`` how many pieces were done, both of shape (n_workers,). ``switch_interval_s`` is
    the one that was in force, ``gil`` whether the workers had a GIL, ``wall_s`` the seconds from
    the common start to the last stamp.
    ``stopped_share`` is in how many of its periods a quota of CPU time stopped all workers, 0 to 1,
    ``quota_cpus`` the CPUs that it allows; None without a quota, or where nothing tells of it.
    ``wait_s`` is how long a wait of one switch interval took at least, when nobody else ran.
    ``witness`` is what a profiler saw of the same threads, or why it saw nothing; None where it was
    not asked. ``lost`` says how each worker lost its core, shape (n_workers,), None where nobody
    counts that.
    """

    kind: str
    works: tuple[str, ...]
    switch_interval_s: float
    gil: bool
    wall_s: float
    chunk_s: tuple[float, ...]
    n_chunks: tuple[int, ...]
    spans: tuple[Span, ...] = field(repr=False)
    stopped_share: float | None = None
    quota_cpus: float | None = None
    wait_s: float | None = None
    witness: Seen = None
    lost: tuple[Switches | None, ...] = field(repr=False, default=())

    @property
    def labels(self) -> frozenset[str]:
        """The labels of the spans."""
        return frozenset(span.label for span in self.spans)

    @property
    def stops(self) -> list[Span]:
        """The times in which the quota had stopped all workers; none where one may have waited."""
        is_stopped = self.labels <= COMPUTING and self.stopped_share
        return idle_spans(self.turns, self.wall_s, STOPPED_S) if is_stopped else []

    @property
    def n_workers(self) -> int:
        """How many workers were recorded."""
        return len(self.works)

    @property
    def workers(self) -> tuple[str, ...]:
        """The workers' names, shape (n_workers,): "thread 1", "thread 2", ..."""
        return _names(self.kind, self.n_workers)

    @property
    def titles(self) -> tuple[str, ...]:
        """What each worker did, in words: shape (n_workers,)."""
        return tuple(chunks.WORKS[w].title if w in chunks.WORKS else w for w in self.works)

    @property
    def turns(self) -> list[Span]:
        """The turns that the workers took."""
        return turns(self.spans)

    @property
    def held(self) -> list[Span]:
        """The turns from one hand-over to the next: a thread off its core keeps the GIL."""
        return turns(self.spans, gap_s=math.inf)

    @property
    def overlap_share(self) -> float:
        """The share of the time in which two or more ran at once, or waited where all wait."""
        taken = self.spans if self.labels <= set(WAITING) else self.turns
        shares = concurrency_shares(taken, self.n_workers, 0.0, self.wall_s)
        return sum(share for n, share in shares.items() if n > 1)

    @property
    def n_taken(self) -> int:
        """How often workers were taken off their cores, if so often as where they share one."""
        forced = sum(one.forced for one in self.lost if one)
        return forced if forced * _SLICE_S > self.n_workers * self.wall_s else 0

    @property
    def shut_out(self) -> tuple[str, float]:
        """The worker whose Python code a call into C kept waiting, and the seconds; "" for none."""
        if not self.gil or self.labels <= {"python"}:
            return "", 0.0
        pauses = [("", 0.0)]
        for name in self.workers:
            mine = [span for span in self.spans if span.worker == name]
            if all(span.label == "python" for span in mine):  # as where it never had its turn
                idle = idle_spans(mine, self.wall_s, _SHUT_OUT * self.switch_interval_s)
                pauses += [(name, pause.duration_s) for pause in idle]
        return max(pauses, key=itemgetter(1))


def record(
    kind: str,
    works: Work | Sequence[Work] = "loop",
    *,
    seconds: float = 0.2,
    switch_interval_s: float | None = None,
    stop: Event | None = None,
) -> Timeline:
    """Return the ``Timeline`` of workers that work side by side, as ``helpers.timeline`` shows it.

    Raises:
        LabError: a value is out of its range, or the workers could not begin together.
        Stopped: ``stop`` was set. No worker is left.
    """
    each = _each(works)
    pools.check_kind(kind)
    _check_times(seconds, switch_interval_s)
    names = ", ".join(dict.fromkeys(w if isinstance(w, str) else w.name for w in each))
    with errors_of(names):
        calls = [(work, chunks.fitting_size(work)) for work in each]
    ended: list[str] = []
    # Workers of this process see what is put into the list: others are killed at an error.
    seen = ended if kind_of(kind).shares_memory else ()
    with (
        pools.started(kind, len(each), stop=stop) as pool,
        switch_interval(switch_interval_s) as interval_s,
        errors_of(names),
    ):
        wait_s = _wait_s(min(interval_s, _LONG_S))
        try:
            begin_s, answers, stopped_share = _together(pool, calls, seconds, seen, stop)
        except BrokenExecutor as error:
            raise LabError(
                f"a worker of {kind} ended in the middle of the recording: it was killed or ran "
                "out of memory; record again with fewer workers"
            ) from error
        finally:
            ended.append("the recording is over")
    found = _timeline(kind, each, interval_s, begin_s, answers)
    return replace(found, stopped_share=stopped_share, quota_cpus=_quota_cpus(), wait_s=wait_s)


def record_witnessed(
    works: Work | Sequence[Work], *, seconds: float = 0.2, switch_interval_s: float | None = None
) -> Timeline | str:
    """Return the ``Timeline`` of threads that a profiler sees as well, or why none sees them.

    They work in the Python that the profiler belongs to, and stamp their pieces as in ``record``.

    Raises:
        LabError: a value is out of its range.
    """
    each = _each(works)
    _check_times(seconds, switch_interval_s)
    interval_s = sys.getswitchinterval() if switch_interval_s is None else switch_interval_s
    times = {"seconds": seconds, "switch_interval_s": interval_s}
    seen = witness_works(each, _names("threads", len(each)), **times)
    if not isinstance(seen, Witness):
        return seen or ""
    return replace(_timeline("threads", each, interval_s, 0.0, seen.answers[0]), witness=seen)


def _quota_cpus():
    quota = allowed.quota()
    return None if quota is None else quota.cpus


def _wait_s(seconds):
    """Return how many seconds a wait takes at least: a thread waits for the GIL in this way."""
    waits_s = []
    for _ in range(3):
        began_s = worker.now()
        Event().wait(seconds)
        waits_s.append(worker.now() - began_s)
    return min(waits_s)


def _together(pool, calls, seconds, seen, stop):
    """Return when all workers began together, what they answer, how often a quota stopped them."""
    allowed.rest(stop)
    before = allowed.stops()
    for lead_s in _LEADS_S:
        begin_s = worker.now() + lead_s
        futures = [pool.submit(chunks.follow, *call, begin_s, seconds, seen) for call in calls]
        answers = _collect(futures, begin_s + seconds + _OVERDUE_S, stop)
        if all(one.ready_s < begin_s for one in answers):
            return begin_s, answers, allowed.stopped_share(before)
    raise LabError(
        f"{len(calls)} workers must begin together, and not all were ready within "
        f"{_LEADS_S[-1]:g} s: try fewer, or {_ADVICE}"
    )


def _check_times(seconds, switch_interval_s):
    number("seconds", seconds, *SECONDS, "try 0.2")
    if switch_interval_s is not None:
        number("switch_interval_s", switch_interval_s, *SWITCH_INTERVAL_S, "try 0.004")


def _each(works):
    """Return the work of each worker, a list of keys of ``WORKS`` and of jobs."""
    asked = works if isinstance(works, list | tuple) else (works, works)
    if not asked:
        raise LabError(f"works come in a list of one or more, not {shown(works)}: try 'loop'")
    return [_checked(work) for work in asked]


def _checked(work):
    """Return a key of ``WORKS`` as it is, a function as a ``Call``, and what else as a job."""
    if isinstance(work, Job):
        with errors_of(work.name):
            check_parts([work.function(work.items[:1])], work.name)
        return work
    if isinstance(work, str) and work in job_names():
        return as_job(work)
    if callable(work):
        with errors_of(name_of(work)):
            return chunks.call_of(work)
    if not isinstance(work, str) or work not in chunks.WORKS:
        known = ", ".join(chunks.WORKS)
        raise LabError(
            f"the work is one of {known}, a job or a function, not {shown(work)}: choose one"
        )
    return work


def _collect(futures, overdue_s, stop):
    """Return the results of the futures; raise Stopped when ``stop`` is set before all are in."""
    # Short waits, because on Windows a long one cannot be interrupted.
    while waiting := wait(futures, timeout=_LOOK_S).not_done:
        check_stop(stop)
        if worker.now() > overdue_s:
            raise LabError(
                f"a recording ends with its last piece of work, and {len(waiting)} workers are "
                f"not back {_OVERDUE_S:g} s later: {_ADVICE}"
            )
    check_stop(stop)
    return [chunks.Stamps(*future.result()) for future in futures]


def _names(kind, n_workers):
    return tuple(f"{kind_of(kind).noun} {i}" for i in range(1, n_workers + 1))


def _timeline(kind, works, interval_s, begin_s, answers):
    spans, chunk_s, n_chunks, last_s = [], [], [], 0.0
    noted = [chunks.Stamps(*answer) for answer in answers]
    for name, one, stamps in zip(_names(kind, len(works)), works, noted, strict=True):
        pieces, found = _lane(name, one, [at_s - begin_s for at_s in stamps.times_s], interval_s)
        n_chunks.append(len(pieces))
        chunk_s.append(_usual_s(pieces))
        spans += found
        last_s = max([last_s, *[stop_s for _, stop_s in pieces[-1:]]])
    gil, lost = all(one.gil for one in noted), tuple(one.lost for one in noted)
    figures = last_s, tuple(chunk_s), tuple(n_chunks), tuple(spans)
    named = tuple(one if isinstance(one, str) else chunks.work_of(one).title for one in works)
    return Timeline(kind, named, interval_s, gil, *figures, lost=lost)


def _lane(name, work, times_s, interval_s):
    """Return one worker's pieces of work, (start, stop) each, and the spans they make."""
    _, label, _, one_call, _ = chunks.work_of(work)
    if one_call:
        pieces = [*zip(times_s[::2], times_s[1::2])]
        return pieces, [Span(name, start_s, stop_s, label) for start_s, stop_s in pieces]
    pieces = [*pairwise(times_s)]
    if not pieces:
        return pieces, []
    # Pieces of a job differ; only one that had to wait takes half an interval longer.
    usual_s = _usual_s(pieces)
    gap_s = usual_s + interval_s / 2 if isinstance(work, Job) else _PIECES * usual_s
    return pieces, from_stamps(name, times_s, gap_s=gap_s, label=label)


def _usual_s(pieces):
    # Without a piece it never got the GIL, or a core.
    return statistics.median(b - a for a, b in pieces) if pieces else math.nan
