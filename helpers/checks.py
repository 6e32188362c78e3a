"""Self-checks of the exercises: open until answered, one line when wrong, a tick when right."""

import math
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from . import pools
from .errors import LabError, shown
from .measure.variants import Counter
from .model.sentences import representative
from .model.simulator import Hold, Release, Wait, simulate
from .tasks.rows import count_block, make_matrix


@dataclass(frozen=True)
class Outcome:
    """What a check found when nothing was wrong: the exercise is solved, or still open."""

    passed: bool
    message: str

    def __repr__(self):
        return f"{'✓' if self.passed else '○'} {self.message}"

    def _repr_html_(self):
        colour = "#007A53" if self.passed else "#767676"
        return f'<b style="color:{colour}">{escape(repr(self))}</b>'


def solved(message):
    """Return the ``Outcome`` of a right answer."""
    return Outcome(True, message)


def still_open(what="your answer"):
    """Return the ``Outcome`` of an exercise that nobody has touched."""
    return Outcome(False, f"Still open: put {what} in place of the dots, and run both cells.")


def wrong(hint):
    """Raise the one line that tells what is not right, and what to look at."""
    raise LabError(f"✗ Not yet: {hint}")


def is_stub(answer):
    """Return whether an answer is still the dots of the exercise.

    >>> is_stub(...), is_stub(0)
    (True, False)
    """
    return answer is ... or answer is None


def check_speed_up(function):
    """Check ``function(serial_s, parallel_s)``: how many times as fast the second is.

    >>> check_speed_up(lambda serial_s, parallel_s: serial_s / parallel_s).passed
    True
    """
    got = function(6.0, 4.0)
    if is_stub(got):
        return still_open("the formula")
    if got == 4.0 / 6.0:
        wrong("6 s serially and 4 s in parallel is faster, so the speed-up is above 1, not below")
    if got != 1.5 or function(3.0, 3.0) != 1.0 or function(2.0, 8.0) != 0.25:
        wrong(f"6 s serially and 4 s in parallel gave {got!r}: 4 s fits how often into 6 s?")
    return solved("Speed-up is serial time over parallel time: above 1 is faster.")


def check_fastest(result, answer):
    """Check which kind of worker was the fastest in a ``Result``; close calls count as right."""
    if is_stub(answer):
        return still_open("the kind's name in quotes")
    points = {kind: representative(result, kind) for kind in result.kinds}
    if None in points.values() or not points:  # the run was stopped before its first round ended
        wrong("the measurement above is not complete: run its cell again, then this one")
    if not isinstance(answer, str) or answer not in points:
        wrong(f"the chart has {', '.join(points)}, not {shown(answer, 40)}")
    best = max(points.values(), key=lambda point: point.speed_up)
    given = points[answer]
    if given.quartiles[1] >= best.quartiles[0]:
        near = "" if given is best else f", and {best.kind} is too close to tell apart"
        return solved(f"{answer}: {given.speed_up:.2f} times the serial speed{near}.")
    return wrong(
        f"{answer} reaches {given.speed_up:.2f} times the serial speed, and another kind is "
        "clearly higher: which line is at the top where there is a CPU for each worker?"
    )


# A thread of a pool, line by line: notebook 02's puzzle. No other order of the lines works.
WORKER_LOOP = """\
def work(jobs, results):
    while True:
        job = jobs.get()
        if job is None:
            break
        number, sublist = job
        keys = normalise_all(sublist)
        results.put((number, keys))
""".splitlines()


def check_order(puzzle):
    """Check the order of the lines of a ``Parsons`` problem."""
    if puzzle.untouched:
        return Outcome(False, "Still open: move the lines, then run this cell again.")
    pairs = zip(puzzle.order, puzzle.solution, strict=True)
    n_right = next((at for at, (line, right) in enumerate(pairs) if line != right), None)
    if n_right is None:
        return solved("This order works.")
    right = f"lines 1 to {n_right} are right" if n_right > 1 else "line 1 is right"
    before = f"{right}, but " if n_right else ""
    return wrong(f"{before}{puzzle.order[n_right].strip()!r} cannot be line {n_right + 1}")


def check_in_pool(function):
    """Check ``function(pool, sublists)``: how many strings of all sublists are changed."""
    sublists = [["Zürich", "bern"], ["Łódź", "lima", "São Paulo"], ["oslo"]]
    recorder = _Recorder()
    got = function(recorder, sublists)
    if is_stub(got):
        return still_open("your lines")
    if isinstance(got, list):
        wrong(f"one number is wanted, and {got!r:.80} is a list: add up what the sublists give")
    if got != 3:
        wrong(f"of {sublists} 3 strings are changed, and {got!r:.80} came back")
    if len(recorder.functions) < len(sublists):
        wrong(
            f"the number is right, but the pool got {len(recorder.functions)} calls for "
            f"{len(sublists)} sublists: who did the work?"
        )
    if any(_name_of(f).startswith("__main__") or "<" in _name_of(f) for f in recorder.functions):
        wrong(
            "the number is right, but the pool got a function that stands in no module, which "
            "Python's own pools cannot send: hand over count_changed itself"
        )
    for kind in ("threads", "processes"):
        with pools.open_pool(kind, 2) as pool:
            got = function(pool, sublists)
        if got != 3:
            wrong(f"serially it gave 3, and {got!r:.80} in {kind}")
    return solved("The same lines gave the same number serially, in threads and in processes.")


class _Recorder(pools.SerialExecutor):
    """A serial pool that remembers which functions it was handed."""

    def __init__(self):
        self.functions = []

    def submit(self, fn, /, *args, **kwargs):
        self.functions.append(fn)
        return super().submit(fn, *args, **kwargs)


def _name_of(function):
    """Return the full name by which another process would import a function."""
    module = getattr(function, "__module__", None) or "__main__"
    return f"{module}.{getattr(function, '__qualname__', '<unnamed>')}"


def check_overlapping(steps, answer):
    """Check which of some measured steps can overlap in threads; close calls count as right.

    ``steps`` maps a step's name to something with its ``held_share``, ``answer`` is a list of
    names.

    >>> from types import SimpleNamespace as Step
    >>> steps = {"loop": Step(held_share=0.97), "blur": Step(held_share=0.02)}
    >>> check_overlapping(steps, ["blur"]).passed
    True
    """
    if is_stub(answer) or answer == [...]:
        return still_open("the names of the steps")
    if isinstance(answer, str) or not isinstance(answer, list | tuple | set):
        wrong(f"the answer is a list of names, such as {list(steps)[:2]}, not {answer!r:.60}")
    for name in answer:
        if name not in steps:
            wrong(f"the steps are {', '.join(steps)}: there is no {name!r:.40}")
    told = {name: step.held_share for name, step in steps.items() if step.held_share is not None}
    for name, share in told.items():
        if share > 2 / 3 and name in answer:
            wrong(f"{name} held the lock for {100 * share:.0f} % of its time: it takes turns")
        if share < 1 / 3 and name not in answer:
            wrong(f"{name} held the lock for only {100 * share:.0f} % of its time: it overlaps")
    if not told:
        return solved("Kept. This machine is too busy, or too small, to check it now.")
    unclear = [name for name in steps if not _is_clear(told.get(name))]
    rest = f" Either answer counts for {', '.join(unclear)}: not clear here." * bool(unclear)
    return solved(f"That is what was measured here.{rest}")


def _is_clear(share):
    return share is not None and not 1 / 3 <= share <= 2 / 3


def check_limit(function):
    """Check ``function(held_share, n_workers)``: the largest speed-up under one lock.

    >>> from helpers.model.theory import lock_bound
    >>> check_limit(lock_bound).passed
    True
    """
    try:
        got = function(0.5, 4)
        if is_stub(got):
            return still_open("the formula")
        free, few, all_held = function(0.0, 4), function(0.25, 2), function(1.0, 8)
    except ZeroDivisionError:
        wrong("a job that never holds the lock has a share of 0: return the workers for it")
    if not all(isinstance(value, int | float) for value in (got, free, few, all_held)):
        wrong(f"the limit is a number, and half of the time held with 4 workers gave {got!r:.40}")
    if math.isclose(got, 1 / (0.5 + 0.5 / 4)):
        wrong(
            "this is Amdahl's law, in which nobody works while one holds the lock; but the other "
            "threads can be in their released parts meanwhile"
        )
    if not math.isclose(got, 2.0):
        wrong(f"half of the time held, 4 workers: got {got!r:.40}; how often can the lock be held?")
    if few > 2 or free > 4:
        wrong(f"2 workers are at most twice as fast, and a share of 0.25 gave {few!r:.40}")
    if not (math.isclose(few, 2) and math.isclose(free, 4) and math.isclose(all_held, 1)):
        wrong(
            f"shares of 0, 0.25 and 1 with 4, 2 and 8 workers gave {free!r:.40}, {few!r:.40} and "
            f"{all_held!r:.40}: the smaller of two limits counts"
        )
    return solved(
        "The smaller of two limits: so many workers, and one holder of the lock at a time."
    )


def check_segments(worker):
    """Check the segments of notebook 01's worker: it waits, runs Python code, lets the lock go.

    >>> check_segments([Wait(0.020), Hold(0.010), Release(0.030)]).passed
    True
    """
    if is_stub(worker):
        return still_open("a list of segments")
    if not isinstance(worker, list | tuple):
        wrong(f"worker is a list of segments, not {worker!r:.40}")
    if any(is_stub(segment) for segment in worker):
        return still_open("a segment")
    run = simulate([list(worker)] * 2, n_cores=2)
    expected = [Wait(0.020), Hold(0.010), Release(0.030)]
    hints = {
        Wait: "who waits for a download needs neither the lock nor a core",
        Hold: "Python code holds the lock, and hands it over when it is asked to",
        Release: "C code that lets the lock go needs a core and no lock",
    }
    if len(worker) != len(expected):
        wrong(f"the function has {len(expected)} steps, and the list has {len(worker)} segments")
    for number, (got, segment) in enumerate(zip(worker, expected, strict=True), 1):
        if type(got) is not type(segment):
            wrong(f"step {number} is not a {type(got).__name__}: {hints[type(segment)]}")
        if got != segment:
            wrong(f"step {number} lasts {segment.seconds:g} s, not {got.seconds:g} s")
    return solved(f"Two such threads, simulated on two cores: {run.speed_up:.2f} times as fast.")


def check_interval(function):
    """Check ``function(wanted_s, n_busy)``: the switch interval that keeps a thread's answer quick.

    A simulated thread wakes up again and again beside ``n_busy`` threads of Python code.

    >>> check_interval(lambda wanted_s, n_busy: wanted_s / n_busy).passed
    True
    """
    for wanted_s, n_busy in ((0.002, 1), (0.01, 2), (0.012, 4)):
        interval_s = function(wanted_s, n_busy)
        if is_stub(interval_s):
            return still_open("the formula")
        if not isinstance(interval_s, int | float) or not 1e-5 <= interval_s <= 10:
            wrong(f"the interval is a number of seconds from 0.00001 to 10, not {interval_s!r:.40}")
        late_s = _latest_s(interval_s, n_busy)
        case = f"beside {n_busy} busy threads, with an interval of {1000 * interval_s:g} ms,"
        if late_s > 1.001 * wanted_s:
            wrong(
                f"{case} the thread had to wait up to {1000 * late_s:.3g} ms for the lock, and "
                f"{1000 * wanted_s:g} ms are wanted: how many turns may come before its own?"
            )
        if interval_s < 0.9 * wanted_s / n_busy:
            wrong(
                f"{case} the answer is quick enough, but a longer interval would do too, and "
                "every hand-over costs time"
            )
    return solved("Each busy thread may have one turn first: the interval is the time over them.")


def _latest_s(switch_interval_s, n_busy):
    """Return the longest simulated wait for the lock, in seconds, of a thread that wakes up."""
    awake = (Wait(0.0213), Hold(0.0002)) * 20
    threads = [awake, *[(Hold(0.6),)] * n_busy]
    run = simulate(threads, n_cores=n_busy + 1, switch_interval_s=switch_interval_s)
    mine = [span for span in run.spans if span.worker == "thread 1"]
    return max(b.start_s - a.stop_s for a, b in pairwise(mine) if a.label == "wait")


def check_pays_from(function):
    """Check ``function(start_s, rate)``: the serial seconds from which new processes pay.

    >>> check_pays_from(lambda start_s, rate: start_s / (1 - rate)).passed
    True
    """
    got = function(0.3, 0.6)
    if is_stub(got):
        return still_open("the formula")
    if not isinstance(got, int | float) or isinstance(got, bool):
        wrong(f"a number of seconds is wanted, and {got!r:.60} came back")
    if abs(got - 0.3 / 0.6) < 1e-9:
        wrong(
            "0.3 s of start-up and 0.6 s for each serial second gave 0.5 s: but then the processes "
            "take 0.3 + 0.6 x 0.5 = 0.6 s, longer than the loop; each serial second saves 0.4 s"
        )
    if abs(got - 0.75) > 1e-9 or abs(function(1.0, 0.5) - 2.0) > 1e-9:
        wrong(
            f"0.3 s of start-up and 0.6 s for each serial second gave {got!r:.30}: with that many "
            "seconds for L, are L and 0.3 + 0.6 x L the same?"
        )
    return solved("Start-up over what each serial second saves: there both take as long.")


def check_few_messages(function):
    """Check ``function(pool, matrix)``: the counts of all rows, for 16 messages at most."""
    matrix = make_matrix(240)
    expected = count_block(matrix)
    counter = Counter()
    got = function(counter, matrix)
    if is_stub(got):
        return still_open("your lines")
    if not hasattr(got, "__len__"):
        wrong(f"a list is wanted, and a {type(got).__name__} came back: put list(...) around it")
    if len(got) != len(expected):
        wrong(
            f"{len(expected)} rows have {len(expected)} counts, and {len(got)} came back: every "
            "block gives a list of its own, so put the lists together"
        )
    if [int(count) for count in got] != expected:
        wrong("there are as many counts as rows, but others: are the blocks in order?")
    if counter.n_messages == 0:
        wrong("the counts are right, but the pool got nothing to do: who counted?")
    if counter.n_messages > 16:
        wrong(
            f"the counts are right, but {counter.n_messages} messages were sent for "
            f"{len(expected)} rows: cut the matrix into 16 blocks at most"
        )
    for kind in ("threads", "processes"):
        with pools.open_pool(kind, 2) as pool:
            if [int(count) for count in function(pool, matrix)] != expected:
                wrong(f"the counts in {kind} differ from the serial ones")
    return solved(
        f"{counter.n_messages} messages and {counter.n_bytes / 1e6:.2f} MB for "
        f"{len(expected)} rows, and the same counts in threads and in processes."
    )
