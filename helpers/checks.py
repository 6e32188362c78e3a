"""Self-checks of the exercises: open until answered, one line when wrong, a tick when right."""

from dataclasses import dataclass
from html import escape

from . import pools
from .errors import LabError
from .model.sentences import judge, representative


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
    if answer not in points:
        wrong(f"the chart has {', '.join(points)}, not {answer!r:.40}")
    best = max(points.values(), key=lambda point: point.speed_up)
    given = points[answer]
    if given.quartiles[1] >= best.quartiles[0]:
        near = "" if given is best else f", and {best.kind} is too close to tell apart"
        return solved(f"{answer}: {given.speed_up:.2f} times the serial speed{near}.")
    return wrong(
        f"{answer} reaches {given.speed_up:.2f} times the serial speed, and another kind is "
        f"clearly higher with {best.n_workers} workers: which line ends at the top?"
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
            "the number is right, but the pool got a function that stands in no module, and a "
            "process cannot import it: hand over count_changed itself"
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


def check_judgement(result, kind, answer):
    """Check a True or False to "is it faster than serially?" against the measured rounds."""
    if is_stub(answer):
        return still_open("True or False")
    if answer not in (True, False):
        wrong(f"the answer is True or False, not {answer!r:.40}")
    point = representative(result, kind)
    truth = judge(point) == "faster"
    low, high = point.quartiles
    if answer is truth:
        return solved(f"{kind}: the middle half of the rounds is {low:.2f} to {high:.2f}.")
    return wrong(
        f"look at the middle half of the rounds for {kind}, {low:.2f} to {high:.2f}: "
        "does all of it lie above 1.05?"
    )
