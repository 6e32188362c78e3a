"""What there is to know about somebody's own function before it gets advice.

Everything is measured within a budget: calls one by one, what is sent and how long starting takes,
then short runs of every kind of pool in turns with the serial one, then the meter of the lock. It
is a generator of ``Evidence`` that grows, so that a bar, a Stop, an interrupt and a test are
all the same loop; what is known when it ends early is still worth something.
"""

import contextlib
import dataclasses
import inspect
import math
import pickle
import statistics
import time
from collections import Counter, OrderedDict, defaultdict, deque
from functools import partial
from types import MethodType

from ..core import machine, pace, pools, worker
from ..core.attempt import RunRefused, check_it_can_travel
from ..core.job import Job, check_items, name_of
from ..core.same_answers import difference
from ..core.scaling import Experiment
from ..core.turns import is_set
from ..errors import LabError, number, shown
from ..jobs.own import again, each, in_silence
from ..kind import kind as kind_of
from ..kind import usual
from ..lock.meter import gil_meter
from ..processes.copying import copying
from .evidence import Evidence

_PASS = 0.15  # share of the budget for calls that are made one by one
_RUNS_END = 0.8  # share of the budget after which no further round is begun
_WAITING_END = 0.45  # the same for calls that wait
_SLICE_S = 0.3  # a serial run that takes longer meets changes of the machine's speed
_ROUNDS = (12, 200)  # enough, and enough of very short ones
_FEW_ROUNDS = 3
_ENOUGH_S = 1.0
_MOST_CALLS = 20_000
_MOST_WORKERS = 16
_MANY_THREADS = (8, 32)  # for calls that wait; what answers them may not bear as many
_LIMITS_S = (0.5, 3600.0)
_PLAIN = (int, float, str, list, dict, set, bytearray, deque, defaultdict, Counter, OrderedDict)
_UNCHANGING = (int, float, complex, str, bytes, bool, type(None), range)
_MOST_BYTES = 1_000_000  # a larger object is not looked at for changes


def gather(func, items=None, *, budget_s=20.0, kinds=None, n_workers=None, same=None, stop=None):
    """Yield the ``Evidence`` about ``func`` as it grows; the last one has all there is.

    Args:
        func: what is called with each item, or without argument where there are no items.
        items: a list, or None.
        budget_s: seconds, from 0.5 to 3600. Nothing is begun that would probably end later; a call
            that is going on is not cut off.
        kinds: kinds of pool to try; all that are usable here when None, but one for each name.
        n_workers: how many workers; one for each usable CPU when None, from 2 to 16.
        same: a function of two answers that says whether they are the same; None compares values.
        stop: a ``threading.Event`` that ends it once it is set.

    Raises:
        LabError: a value is out of its range, or a call raises. The line names the item.
    """
    job = _Job(func, items, budget_s, kinds, n_workers, same, stop)
    yield job.evidence
    for step in (job.one_by_one, job.look_ahead, job.take_turns, job.wait_in_many, job.look_closer):
        for evidence in step():
            yield evidence
            if is_set(stop):
                return
    yield job.known(doing="done", share=1.0)


def default_kinds():
    """Return the kinds that are tried when nobody names any: a tuple without "serial".

    >>> "threads" in default_kinds()
    True
    """
    kinds = [kind for kind in usual() if kind != "serial"]
    return tuple(kind for kind in kinds if kind_of(kind).lacking is None)


class _Job:
    """A function on its way to its evidence: each step is a generator of ``Evidence``."""

    def __init__(self, func, items, budget_s, kinds, n_workers, same, stop):
        _check_function(func)
        self.func, self.same, self.stop = func, same, stop
        number("budget_s", budget_s, *_LIMITS_S, "try 20")
        if same is not None and not callable(same):
            raise LabError(f"same is a function of two answers, not {shown(same)}: leave it out")
        self.items = None if items is None else check_items(items)
        if n_workers is None:
            n_workers = min(_MOST_WORKERS, max(2, machine.n_usable_workers()))
        pools.check_n_workers(n_workers)
        if n_workers < 2:
            raise LabError(f"what one worker does is serial, not {n_workers} worker: try 2")
        self.began_s = worker.now()
        self.answers = {}  # of the sample, by the item's index
        self.said = None  # where the last answers that were compared differ
        self.evidence = Evidence(
            name=name_of(func),
            n_items=None if items is None else len(self.items),
            n_workers=n_workers,
            budget_s=pace.seconds(float(budget_s)),
            kinds=_check_kinds(kinds),
            machine=machine.describe(),
        )

    # --- what every step needs

    def known(self, **facts):
        """Return the evidence with more facts in it, and keep it."""
        spent_s = worker.now() - self.began_s
        share = min(0.99, spent_s / self.evidence.budget_s)
        facts = {"spent_s": spent_s, "share": share, **facts}
        self.evidence = dataclasses.replace(self.evidence, **facts)
        return self.evidence

    def refuse(self, kind, reason):
        """Keep why a kind is out of the question."""
        return self.known(refused={**self.evidence.refused, kind: str(reason)})

    @property
    def left_s(self):
        """Seconds until the budget is used up."""
        return self.evidence.budget_s - (worker.now() - self.began_s)

    @property
    def candidates(self):
        """The kinds that nothing speaks against so far."""
        return tuple(k for k in self.evidence.kinds if k not in self.evidence.refused)

    def call(self, index):
        """Return the answer for one item, and the wall and CPU seconds it took."""
        cpu_began_s, began_s = time.process_time(), worker.now()
        try:
            answer = self.func() if self.items is None else self.func(self.items[index])
        except (Exception, SystemExit) as error:
            raise LabError(self._told(index, error)) from error
        wall_s = worker.now() - began_s
        return answer, wall_s, time.process_time() - cpu_began_s

    def _told(self, index, error):
        what = f"{type(error).__name__}: {shown(error, 160)}"
        if self.items is None:
            return f"{self.evidence.name}() raised {what}; mend it, or pass items for it"
        item = shown(self.items[index], 40)
        remedy = "mend it or leave it out"
        # Where nothing is below this call, the function was not even begun.
        if error.__traceback__.tb_next is None and "positional argument" in str(error):
            remedy = "it is called with one item, so let it take one, and take that apart inside"
        return f"item {index} ({item}) made {self.evidence.name} raise {what}; {remedy}"

    def job(self, indices):
        """Return the job over some of the items as a ``Job``."""
        chosen = [0] * len(indices) if self.items is None else [self.items[i] for i in indices]
        function = partial(in_silence, again if self.items is None else each, self.func)
        reference = [self.answers[i] for i in indices] if self._kept(indices) else None
        return Job(
            self.evidence.name,
            f"{self.evidence.name} for {len(chosen)} items",
            function,
            chosen,
            partial(self._difference, reference),
            min(len(chosen), 8 * self.evidence.n_workers),
        )

    def _kept(self, indices):
        return all(i in self.answers for i in indices)

    def _difference(self, reference, expected, got):
        """Compare with the answers of the first pass, so that a serial run can differ, too."""
        self.said = difference(expected if reference is None else reference, got, self.same)
        return self.said

    # --- 1. one call after the other

    def one_by_one(self):
        """Call it serially, item by item from all over the list, and look what it changes."""
        n = self.evidence.n_workers
        order = range(_MOST_CALLS) if self.items is None else _spread(len(self.items))
        before, items_before = outer_state(self.func), {}
        wall_s, cpu_s, kept_s, told_s = [], [], 0.0, worker.now()
        slice_s = min(_SLICE_S, 0.02 * self.evidence.budget_s)
        switches = _switches()
        for index in order:
            if len(items_before) < 3 and self.items is not None:
                items_before[index] = _snapshot(self.items[index])
            answer, item_s, item_cpu_s = self.call(index)
            _check_answer(answer, self.evidence.name)
            wall_s.append(item_s)
            cpu_s.append(item_cpu_s)
            enough = 4 * n if item_s < slice_s else n
            if kept_s < slice_s or len(self.answers) < enough:
                self.answers[index] = answer
                kept_s += item_s
            if worker.now() - told_s > 0.2 or len(wall_s) == 1:
                told_s = worker.now()
                yield self.known(
                    doing=f"{len(wall_s):,} calls, one after the other",
                    first_s=wall_s[0],
                    item_s=tuple(wall_s[1:]),
                    item_cpu_s=tuple(cpu_s[1:]),
                )
            if self._has_passed_enough(wall_s, enough):
                break
        yield self.known(
            doing=f"{len(wall_s):,} calls, one after the other",
            first_s=wall_s[0],
            item_s=tuple(wall_s[1:]) or tuple(wall_s),
            item_cpu_s=tuple(cpu_s[1:]) or tuple(cpu_s),
            gave_way=_gave_way(switches, _switches()),
            answers=_kind_of_answers(list(self.answers.values())),
            numbers_in=self.items is not None and _are_numbers(self.items[:100]),
            changed=self._changed(before, items_before),
        )
        self.sample = sorted(self.answers)
        self.scale = 1.0
        if self.items is not None:
            self.scale = len(self.items) / len(self.sample)
            if len(wall_s) == len(self.items):
                in_sample = set(self.sample)
                sampled_s = sum(s for i, s in zip(order, wall_s) if i in in_sample)
                self.scale = max(1.0, sum(wall_s) / sampled_s) if sampled_s > 0 else self.scale

    def _has_passed_enough(self, wall_s, enough):
        passed_s = worker.now() - self.began_s
        budget_s = self.evidence.budget_s
        if len(wall_s) >= _MOST_CALLS:
            return True
        if self.items is None and len(self.answers) >= enough and len(wall_s) > len(self.answers):
            return passed_s > 0.02 * budget_s
        if passed_s <= _PASS * budget_s:
            return False
        # Two calls or more for each kind of run: where that does not fit, no run is made.
        missing = max(0, enough - len(wall_s))
        call_s = statistics.fmean(wall_s)
        return not missing or passed_s + call_s * (missing + 3 * enough) > budget_s

    def _changed(self, before, items_before):
        after = outer_state(self.func)
        for name, packed in before.items():
            if name in after and after[name] != packed:
                return f"`{name}`"
        for index, packed in items_before.items():
            now_packed = _snapshot(self.items[index])
            if packed is None or now_packed is None or packed == now_packed:
                continue
            said = difference([pickle.loads(packed)], [self.items[index]])
            if said is not None:
                return f"its items: item {index} is no longer what it was"
        return None

    # --- 2. what cannot be done at all

    def look_ahead(self):
        """Find out what cannot be shared or sent."""
        n_probed = max(2, min(self.evidence.n_workers, machine.n_usable_workers()))
        yield self.known(doing="what can be sent", capacity=machine.capacity(n_probed))
        if self.evidence.n_items == 1:
            for kind in self.candidates:
                self.refuse(kind, "one item cannot be shared among workers")
        job = self.job(self.sample)
        for kind in self.candidates:
            try:
                if not kind_of(kind).shares_memory:
                    if self.evidence.changed is not None:
                        raise LabError(
                            f"{self.evidence.name} changes {self.evidence.changed}, and what a "
                            f"worker of {kind} changes is lost: return it instead"
                        )
                    check_it_can_travel(job)
            except LabError as error:
                yield self.refuse(kind, error)

    # --- 3. short real runs, in turns

    def take_turns(self):
        """Run the sample in every kind of pool, in turns with the serial run."""
        self.known(n_sample=len(self.sample), scale=self.scale)
        # Calls that wait are tried in many threads afterwards, which takes its time.
        share = _WAITING_END if self.evidence.facts.waits_in_part else _RUNS_END
        until_s = self.began_s + share * self.evidence.budget_s
        while self.candidates and not is_set(self.stop):
            try:
                yield from self._rounds(self.job(self.sample), self.candidates, until_s)
                return
            except RunRefused as refused:
                if refused.kind == "serial":
                    yield self.known(unsteady=self.said or str(refused))
                    return
                yield self.refuse(refused.kind, self._why(refused))

    def _why(self, refused):
        if self.said is None:
            return refused
        return f"the answers differ there, {self.said}; look for something that calls share"

    def _rounds(self, job, kinds, until_s, worker_counts=None):
        """Yield evidence with one round after the other in it, until the time is up."""
        expected_s = len(job.items) * self.evidence.call_s
        # A round that takes what the serial runs of all its kinds would.
        if worker.now() + expected_s * (1 + len(kinds)) > self.began_s + self.evidence.budget_s:
            return
        experiment = Experiment(
            job,
            kinds=kinds,
            worker_counts=worker_counts or (self.evidence.n_workers,),
            rounds=_ROUNDS[1],
            run_limit_s=round(max(1 + 2 * expected_s, self.left_s), 1),
            start_limit_s=round(max(1.0, 0.4 * self.left_s), 1),
        )
        before, began_s = self.evidence.result, None
        per_round = len(experiment.combinations)
        with contextlib.closing(experiment.run(self.stop)) as results:
            for result in results:
                if not result.runs:
                    continue
                done, run = len(result.runs), result.runs[-1]
                began_s = began_s or worker.now() - run.wall_s
                if done % per_round:
                    yield self.known(doing=f"round {done // per_round + 1}: {run.kind}")
                    continue
                yield self._found(_joined(before, result), doing=f"round {done // per_round}")
                n_rounds = done // per_round - 1
                now_s = worker.now()
                round_s = (now_s - began_s) / (n_rounds + 1)
                enough = n_rounds >= _ROUNDS[0] and now_s - began_s > _ENOUGH_S
                late_s = (
                    until_s if n_rounds >= _FEW_ROUNDS else self.began_s + self.evidence.budget_s
                )
                if enough or now_s + round_s > late_s:
                    break
        if not result.timed_runs:  # long calls: the first round is all there is
            runs = tuple(dataclasses.replace(run, round=1) for run in result.runs)
            runs = runs if len(runs) == per_round else ()
            result = dataclasses.replace(result, runs=runs)
        yield self._found(_joined(before, result), starts_s=self._starts(result))

    def _found(self, result, **facts):
        return self.known(result=result, capacity=result.capacity, **facts)

    def _starts(self, result):
        """Return the starts of pools by kind; what a first run took longer is part of it."""
        starts_s = dict(self.evidence.starts_s)
        for kind in result.kinds:
            warm_up = [run for run in result.runs if run.kind == kind and run.is_warm_up]
            timed = [run.wall_s for run in result.timed_runs if run.kind == kind]
            if kind == "serial" or not (warm_up and timed):
                continue
            longer_s = max(0.0, warm_up[0].wall_s - max(timed))
            starts_s[kind] = (*starts_s.get(kind, ()), warm_up[0].startup_s + longer_s)
        return starts_s

    # --- 4. calls that wait need more threads than there are CPUs

    def wait_in_many(self):
        """Try many threads where the calls wait."""
        evidence = self.evidence
        if "threads" not in self.candidates or not evidence.serial_runs:
            return
        if not evidence.facts.waits_in_part:
            return
        # Half of what is left: a warm-up and a round, each serially and in threads.
        affordable = int(0.25 * self.left_s / max(evidence.call_s, 1e-6))
        most = 4 * max(_MANY_THREADS)
        n_items = min(evidence.n_items or most, affordable, most)
        # As many as the job has items, but not as few as there is time to try.
        wanted = {min(n, evidence.n_items or n) for n in _MANY_THREADS}
        counts = tuple(n for n in sorted(wanted) if evidence.n_workers < n <= n_items)
        if not counts:
            return
        indices = (
            range(n_items) if self.items is None else sorted(_spread(len(self.items))[:n_items])
        )
        until_s = self.began_s + 0.9 * evidence.budget_s
        job = dataclasses.replace(self.job(indices), n_sublists=n_items)
        try:
            yield from self._rounds(job, ("threads",), until_s, counts)
        except RunRefused as refused:
            if refused.kind == "serial":
                yield self.known(unsteady=self.said or str(refused))
            else:
                yield self.refuse("threads", self._why(refused))

    # --- 5. why

    def look_closer(self):
        """Measure what copying costs, and for what share of a call the lock is held."""
        evidence = self.evidence
        sample_s = len(self.sample) * evidence.call_s
        sends = not all(kind_of(kind).shares_memory for kind in evidence.kinds)
        if sends and evidence.changed is None and self.left_s > 2 * sample_s:
            yield self.known(doing="what copying costs")
            # What cannot be packed, whatever its own code raises, has been said for the kind.
            with contextlib.suppress(Exception):
                job = self.job(self.sample)
                yield self.known(copied=copying(job, min(4, len(self.sample)), rounds=1))
        batch, batch_s = [], 0.0
        for index in self.sample:
            if batch and batch_s + evidence.call_s > 0.05:
                break
            batch.append(index)
            batch_s += evidence.call_s
        fits = self.left_s > max(0.8, 9 * batch_s)
        if fits and "threads" not in evidence.refused and evidence.unsteady is None:
            yield self.known(doing="who holds the lock")
            job = self.job(batch)
            seconds = max(0.1, min(1.5, 0.1 * evidence.budget_s, self.left_s - 6 * batch_s))
            # A call that only fails beside another one has been refused in the runs.
            with contextlib.suppress(Exception):
                reading = gil_meter(
                    job.function, job.items, seconds=seconds, limit_s=max(1.0, self.left_s)
                )
                yield self.known(reading=reading)


# --- Checks -----------------------------------------------------------------------------


def _check_function(func):
    if not callable(func):
        raise LabError(
            f"the verdict is on a function, not on {shown(func)}: pass the function itself, "
            "without brackets, and then the list of items"
        )
    if inspect.iscoroutinefunction(func) or inspect.isgeneratorfunction(func):
        kind = "coroutine" if inspect.iscoroutinefunction(func) else "generator"
        raise LabError(
            f"the verdict is on a function that does its work when it is called, not on a {kind} "
            f"function such as {name_of(func)}: pass one that runs it and returns the answer"
        )


def _check_answer(answer, name):
    if inspect.iscoroutine(answer):
        answer.close()
    elif not hasattr(answer, "__next__"):
        return
    raise LabError(
        f"the verdict is on a function that has done its work when it returns, and {name} returned "
        f"a {type(answer).__name__}: return a list, or what comes of it"
    )


def _check_kinds(kinds):
    if kinds is None:
        return default_kinds()
    if isinstance(kinds, str) or not hasattr(kinds, "__iter__"):
        raise LabError(
            f"kinds of pool come in a list, not {shown(kinds)}: try ['threads', 'processes']"
        )
    return tuple(dict.fromkeys(k for k in map(pools.check_kind, kinds) if k != "serial"))


# --- Small things -------------------------------------------------------------------------


def _spread(n):
    """Return the numbers below ``n`` in an order whose beginnings are spread over all of them.

    >>> _spread(8)
    [0, 5, 2, 7, 4, 1, 6, 3]
    """
    step = max(1, round(0.618 * n))  # the golden section leaves the gaps as even as can be
    while step > 1 and math.gcd(step, n) > 1:
        step -= 1
    return [i * step % n for i in range(n)]


def _switches():
    """Return how often this thread gave its core away, and how often it was taken; or None."""
    try:
        from resource import RUSAGE_THREAD, getrusage
    except ImportError:  # not Linux
        return None
    used = getrusage(RUSAGE_THREAD)
    return used.ru_nvcsw, used.ru_nivcsw


def _gave_way(before, after):
    """Return the share of the switches between two counts that were the thread's own, or None.

    >>> _gave_way((10, 5), (13, 6))
    0.75
    """
    if before is None:
        return None
    own, forced = after[0] - before[0], after[1] - before[1]
    return own / (own + forced) if own + forced else 0.0


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
        before, runs=(*before.runs, *shifted), capacity=before.capacity.joined(result.capacity)
    )


def _snapshot(value):
    """Return a mutable object as bytes, None for what does not change or is too large."""
    if isinstance(value, _UNCHANGING):
        return None
    try:
        packed = pickle.dumps(value)
    except Exception:  # whatever an object's own code raises
        return None
    return packed if len(packed) <= _MOST_BYTES else None


def outer_state(func):
    """Return the plain objects that a function refers to: a dict from their names to bytes.

    It is compared before and after a call, to see what the call has changed.

    >>> seen = []
    >>> before = outer_state(lambda item: seen.append(item))
    >>> seen.append(1)
    >>> before == outer_state(lambda item: seen.append(item))
    False
    """
    while isinstance(func, partial):
        func = func.func
    found = {}
    if isinstance(func, MethodType):
        owner = func.__self__
        found = {f"self.{name}": v for name, v in getattr(owner, "__dict__", {}).items()}
        func = func.__func__
    if inspect.isfunction(func):
        refers = inspect.getclosurevars(func)
        found |= {**refers.globals, **refers.nonlocals}
    packed = {}
    for name, value in found.items():
        if type(value) not in _PLAIN:
            continue
        with contextlib.suppress(Exception):  # whatever an object's own code raises
            data = pickle.dumps(value)
            if len(data) <= _MOST_BYTES:
                packed[name] = data
    return packed


def _kind_of_answers(answers):
    if all(answer is None for answer in answers):
        return "none"
    return "numbers" if _are_numbers(answers) else "other"


def _are_numbers(values):
    """Return whether these are numbers, NaN included, or flat lists of numbers."""

    def counts(value):
        return isinstance(value, int | float) and not isinstance(value, bool)

    return all(
        counts(value)
        or (isinstance(value, list | tuple) and value and all(map(counts, value[:100])))
        for value in values
    )
