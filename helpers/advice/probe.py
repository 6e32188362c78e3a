"""What there is to know about somebody's own function before it gets a verdict.

Everything is measured within a budget: calls one by one, what is sent and how long starting takes,
then short runs of every kind of pool in turns with the serial one, then the meter of the lock. Each
step is a generator of ``Evidence`` that grows, so that a bar, a Stop, an interrupt and a test are
all the same loop; what is known when it ends early is still worth something.
"""

import contextlib
import dataclasses
import math
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cache, partial
from typing import Any

from ..core import allowed, machine, worker
from ..core.attempt import RunRefused, check_it_can_travel, send_items
from ..core.by_value import heaviest
from ..core.cut import spread
from ..core.job import Job
from ..core.own_code import errors_ignored
from ..core.scaling import Experiment
from ..errors import LabError, Stopped, TooLong
from ..judge.facts import FEW_ROUNDS
from ..kind import kind as kind_of
from ..lock.meter import gil_meter
from ..processes.copying import HEAVY_BYTES, copying
from .chance import chance_in
from .evidence import Evidence, starts, whole
from .one_by_one import MOST_BYTES, one_by_one, size_bytes
from .subject import Sample, Subject
from .there import ask_others
from .why_there import why_there

_RUNS_END = 0.8  # share of the budget after which no further round is begun
_WAITING_END = 0.45  # the same for calls that wait, as many threads come afterwards
_MANY_END = 0.9  # and the same for these
_ROUNDS = (12, 200)  # enough, and enough of very short ones
_ENOUGH_S = 1.0
_MANY_THREADS = (8, 32)  # for calls that wait; what answers them may not bear as many
_COMPARE_S = 0.25  # for the answers of a run, or a tenth of the time that is left
_AGAIN_SHARE = 0.1  # of the time that is left, for one call more
_BATCH_S = 0.05  # of calls for the meter
_METER_S = (0.1, 1.5)
_PACK_SHARE = 0.05  # of what is left, for packing the items once
_FUNCTION_SHARE, _FUNCTION_S = 0.2, 0.25  # and for all that a process is sent, or seconds
_COPY_SHARE = 0.2  # and for what copying costs
_HEAVIEST_SHARE = 0.1  # and for finding out what is the largest of it
_HOPELESS = 1 / 3  # of the plain loop's speed: further rounds are for the others
_SLOW = 3  # times the serial seconds are not waited for
_STUCK = (
    "what takes {expected_s:.2g} s serially was not over after {late_s:.2g} s, and a thread cannot "
    "be ended from outside: look for a call that waits for another, and restart the kernel"
)


def gather(
    func: Callable[..., Any], items: Sequence[Any] | None = None, **options: Any
) -> Generator[Evidence, None, None]:
    """Yield the ``Evidence`` about ``func`` as it grows; the last one has all there is.

    The arguments and errors are those of ``helpers.advice.verdict.verdict``. Nothing is begun that
    would probably end after the budget; a call that is going on is not cut off.
    """
    subject, sample = Subject(func, items, **options), None
    yield subject.evidence
    with contextlib.suppress(Stopped):
        sample = yield from one_by_one(subject)
        yield from call_again(subject, sample)
        sample = yield from look_ahead(subject, sample)
        yield from take_turns(subject, sample)
        yield from wait_in_many(subject, sample)
        yield from look_closer(subject, sample)
        yield subject.known(doing="done", share=1.0)
    if subject.pythons is not None:
        with contextlib.suppress(Stopped):
            yield from ask_others(subject, sample)


def call_again(subject: Subject, sample: Sample) -> Iterator[Evidence]:
    """Make one call again: where its answer is another one, nothing else need be tried."""
    e, index = subject.evidence, sample.indices[0]
    if not subject.candidates or (e.call_s or 0.0) > _AGAIN_SHARE * subject.left_s:
        return
    try:
        answer, *_ = subject.call(index)
    except LabError as error:
        if isinstance(error.__cause__, MemoryError):
            raise
        yield subject.known(unsteady=str(error))
        return
    found = subject.job([index], sample.answers).compare(
        [sample.answers[index]], [answer], max(_COMPARE_S, 0.1 * subject.left_s), subject
    )
    if found.differs is not None:
        yield subject.known(unsteady=found.differs, chance=chance_in(subject.func))
    elif found.unknown is not None:
        yield subject.known(incomparable=found.unknown)


# --- What cannot be done at all -------------------------------------------------------------


def look_ahead(subject: Subject, sample: Sample) -> Generator[Evidence, None, Sample]:
    """Find out what cannot be shared or sent; return the sample, or what can be sent in time."""
    n_probed = max(2, min(subject.evidence.n_workers, allowed.n_usable_workers()))
    yield subject.known(doing="what can be sent", capacity=machine.capacity(n_probed, rounds=2))
    too_long = None
    if not all(kind_of(kind).shares_memory for kind in subject.candidates):
        sample, too_long = _packed_in_time(subject, sample)
    travels = cache(partial(_packing, subject, sample, too_long))  # it is packed once
    for kind in subject.candidates:
        try:
            _check_it_can_be_shared(subject.evidence, kind, travels)
        except TooLong as error:
            yield subject.leave_out(kind, error)
        except LabError as error:
            yield subject.refuse(kind, error)
    return sample


def _packing(subject, sample, too_long):
    """Return the error that keeps the job from being sent to a process in time, or None.

    ``too_long`` is that of its first items.
    """
    began_s = worker.now()
    try:
        if too_long is not None:
            raise too_long
        check_it_can_travel(subject.job(sample.indices, sample.answers), _pack_s(subject))
    except LabError as error:
        subject.pack_s = math.inf
        return error
    subject.pack_s = worker.now() - began_s
    return None


def _pack_s(subject):
    return max(_FUNCTION_S, _FUNCTION_SHARE * subject.left_s)


def _packed_in_time(subject, sample):
    """Return a sample, or the part whose items are packed and unpacked in a share of the time.

    Also None, or where that holds for none of them the error.
    """
    most_s, n_all, n, took_s = _PACK_SHARE * subject.left_s, len(sample.indices), 1, 0.0
    with errors_ignored():  # what cannot be packed, or unpacked, is told for each kind
        while n < n_all and 2 * took_s < most_s:
            n = min(2 * n, n_all)
            began_s, job = worker.now(), subject.job(sample.part(n).indices, {})
            try:
                send_items(job, _pack_s(subject))
            except TooLong as error:
                return (sample, error) if n == 2 else (sample.part(n // 2), None)
            took_s = worker.now() - began_s
        return sample.part(n), None
    return sample, None


def _check_it_can_be_shared(e, kind, travels):
    if e.n_items == 1:
        raise LabError("one item cannot be shared among workers")
    if kind_of(kind).shares_memory:
        return
    if e.changed is not None:
        raise LabError(
            f"{e.name} changes {e.changed}, and what a worker of {kind} changes is lost: return "
            "it instead"
        )
    if (error := travels()) is not None:
        raise error


# --- Short real runs, in turns --------------------------------------------------------------


def take_turns(subject: Subject, sample: Sample) -> Iterator[Evidence]:
    """Run the sample in every kind of pool, in turns with the serial run."""
    subject.known(n_sample=len(sample.indices), scale=sample.scale)
    share = _WAITING_END if subject.evidence.facts.waits_in_part else _RUNS_END
    is_over = False
    while not is_over and not subject.is_stuck and (kinds := _worth_a_round(subject)):
        job = subject.job(sample.indices, sample.answers)
        yield from _rounds_or_refusal(subject, job, kinds, share)
        is_over = _worth_a_round(subject) == kinds


def _worth_a_round(subject):
    """Return the candidates that were not much slower than the plain loop in every round so far."""
    tried = [way for way in subject.evidence.ways if way.rates]
    hopeful = {way.kind for way in tried if max(way.rates) >= _HOPELESS}
    hopeless = {way.kind for way in tried} - hopeful
    return tuple(kind for kind in subject.candidates if kind not in hopeless)


def wait_in_many(subject: Subject, sample: Sample) -> Iterator[Evidence]:
    """Try many threads where the calls wait: they need more of them than there are CPUs."""
    e = subject.evidence
    if "threads" not in subject.candidates or not e.serial_runs or not e.facts.waits_in_part:
        return
    # Half of what is left: a warm-up and a round, each serially and in threads.
    affordable = int(0.25 * subject.left_s / max(e.call_s or 0.0, 1e-6))
    most = 4 * max(_MANY_THREADS)
    fitting = max(len(sample.indices), _n_fitting(sample))
    n_items = min(most if subject.items is None else len(subject.items), affordable, fitting, most)
    # As many as the job has items, but not as few as there is time to try.
    wanted = {min(n, e.n_items or n) for n in _MANY_THREADS}
    counts = tuple(n for n in sorted(wanted) if e.n_workers < n <= n_items)
    if counts:
        order = range(n_items) if subject.items is None else spread(len(subject.items))
        job = subject.job(sorted(order[:n_items]), sample.answers)
        job = dataclasses.replace(job, n_sublists=n_items)
        yield from _rounds_or_refusal(subject, job, ("threads",), _MANY_END, counts)


def _n_fitting(sample):
    """Return how many answers such as these can be kept at once."""
    return max(1, MOST_BYTES // max(1, *map(size_bytes, sample.answers.values())))


def _rounds_or_refusal(subject, job, kinds, share, worker_counts=None):
    """Yield rounds until ``share`` of the budget is spent, or why a kind cannot do the job."""
    try:
        yield from _rounds(subject, job, kinds, share, worker_counts)
    except RunRefused as refused:
        is_memory = isinstance(refused.__cause__, MemoryError)  # says nothing of the answers
        if refused.too_long:
            yield from _too_long(subject, refused, len(job.items))
        elif is_memory and subject.evidence.serial_runs:
            yield subject.known(too_large=str(refused))
        elif is_memory and refused.kind == "serial":
            raise LabError(str(refused)) from refused
        elif refused.kind == "serial":
            chance = chance_in(subject.func) if refused.differs else None
            yield subject.known(unsteady=refused.differs or str(refused), chance=chance)
        else:
            yield subject.refuse(refused.kind, why_there(subject, job, refused))


def _too_long(subject, refused, n_items):
    """Yield what it means that a run, or the start of a pool, was not over in time."""
    started = isinstance(refused.__cause__, TooLong)
    if started:
        yield subject.leave_out(refused.kind, refused)
    elif refused.kind != "serial":  # a serial run was longer than the calls before it
        yield subject.refuse(refused.kind, refused)


def _rounds(subject, job, kinds, share, worker_counts):
    expected_s = len(job.items) * subject.evidence.call_s
    is_one_of_many = len(job.items) == 1 != subject.evidence.n_items
    # As long as serial runs of all its kinds.
    if is_one_of_many or expected_s * (1 + len(kinds)) > subject.left_s:
        return
    experiment = _experiment(subject, job, kinds, worker_counts, expected_s)
    before, began_s, result, last_s = subject.evidence.result, None, None, worker.now()
    try:
        with contextlib.closing(experiment.run(subject)) as results:
            for result in results:
                last_s = worker.now()
                if not result.runs:
                    continue
                began_s = began_s or worker.now() - result.runs[-1].wall_s
                n_rounds, rest = divmod(len(result.runs), len(experiment.combinations))
                if rest:
                    yield subject.known(doing=f"round {n_rounds + 1}: {result.runs[-1].kind}")
                    continue
                yield _found(subject, before, result, doing=f"round {n_rounds}")
                is_enough = _is_enough(subject, n_rounds, worker.now() - began_s, share)
                if is_enough or not set(kinds) <= {*_worth_a_round(subject)}:
                    break
    finally:
        if result is not None:
            n_runs, result = len(result.runs), whole(result)
            starts_s = starts(subject.evidence.starts_s, result)
            found = _found(subject, before, result, starts_s=starts_s)
    yield found
    late_s, begun = worker.now() - last_s, experiment.combinations[n_runs:]
    if n_runs and begun and subject.leaves_threads and late_s > _SLOW * expected_s:
        yield subject.refuse(begun[0][0], _STUCK.format(late_s=late_s, expected_s=expected_s))


def _experiment(subject, job, kinds, worker_counts, expected_s):
    return Experiment(
        job,
        # A thread that hangs cannot be ended, and holds up the serial runs as well: it comes last.
        sorted(kinds, key=lambda k: (kind_of(k).shares_memory, not kind_of(k).own_process)),
        worker_counts or (subject.evidence.n_workers,),
        rounds=_ROUNDS[1],
        # What hangs leaves half of the time to the others.
        run_limit_s=round(max(_SLOW * expected_s, 0.5 * subject.left_s, 0.01), 2),
        start_limit_s=round(max(0.5 * subject.left_s, 0.01), 2),
        compare_limit_s=max(_COMPARE_S, 0.1 * subject.left_s),
    )


def _is_enough(subject, n_rounds, passed_s, share):
    """Return whether no further round is to be made after these, of which one is a warm-up."""
    if n_rounds > _ROUNDS[0] and passed_s > _ENOUGH_S:
        return True
    late_s = subject.evidence.budget_s * (1 - share) if n_rounds > FEW_ROUNDS else 0.0
    return subject.left_s - passed_s / n_rounds < late_s


def _found(subject, before, result, **facts):
    joined = _joined(before, result)
    facts["incomparable"] = joined.incomparable
    return subject.known(result=joined, capacity=joined.capacity, **facts)


def _joined(before, result):
    """Return the runs of two results in one, with rounds counted on."""
    if before is None or not before.runs:
        return result
    last = max(run.round for run in before.runs)
    shifted = [
        run if run.is_warm_up else dataclasses.replace(run, round=run.round + last)
        for run in result.runs
    ]
    return dataclasses.replace(
        before,
        runs=(*before.runs, *shifted),
        capacity=before.capacity.joined(result.capacity),
        incomparable=before.incomparable or result.incomparable,
    )


# --- Why ------------------------------------------------------------------------------------


def look_closer(subject: Subject, sample: Sample) -> Iterator[Evidence]:
    """Measure what copying costs, and for what share of a call the lock is held."""
    e, call_s = subject.evidence, subject.evidence.call_s or 0.0
    if subject.is_stuck:
        return
    sends = not all(kind_of(kind).shares_memory for kind in e.kinds if kind not in e.refused)
    copying_s = 2 * len(sample.indices) * call_s + 4 * subject.pack_s
    if sends and e.changed is None and e.unsteady is None and subject.left_s > copying_s:
        yield subject.known(doing="what copying costs")
        # What cannot be packed, whatever its own code raises, has been said for the kind.
        with errors_ignored():
            copied = _copied_in_time(subject, sample)
            limit_s, carried = _HEAVIEST_SHARE * subject.left_s, ""
            if copied.function_bytes > HEAVY_BYTES:
                carried = heaviest(subject.func, limit_s)
            yield subject.known(copied=copied, carried=carried)
    n_fitting = math.ceil(_n_fitting(sample) / 10)  # the meter makes several such batches at once
    n_calls = min(len(sample.indices), max(1, int(_BATCH_S / max(call_s, 1e-9))), n_fitting)
    batch_s = n_calls * call_s
    fits = subject.left_s > max(1.2, 9 * batch_s)
    if fits and "threads" not in e.refused and e.unsteady is None:
        yield subject.known(doing="who holds the lock")
        yield from _metered(subject, subject.job(sample.indices[:n_calls], {}), batch_s)


def _copied_in_time(subject, sample):
    """Return the ``Copying`` of a sample, or of as much as can be copied in time."""
    began_s = worker.now()
    copied = copying(subject.job(sample.part(1).indices, sample.answers), 1, rounds=1)
    each_s = max(worker.now() - began_s, 1e-9)
    n = min(len(sample.indices), int(_COPY_SHARE * subject.left_s / each_s))
    if n < 2:
        return copied
    return copying(subject.job(sample.part(n).indices, sample.answers), min(4, n), rounds=1)


def _metered(subject: Subject, job: Job, batch_s: float) -> Iterator[Evidence]:
    least_s, most_s = _METER_S
    seconds = min(most_s, 0.1 * subject.evidence.budget_s, subject.left_s - 6 * batch_s)
    # A call that only fails beside another one has been refused in the runs.
    with errors_ignored():
        limit_s = max(least_s, subject.left_s / 3)  # the others of its calls take time, too
        reading = gil_meter(job.function, job.items, seconds=max(least_s, seconds), limit_s=limit_s)
        yield subject.known(reading=reading)
