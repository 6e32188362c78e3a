"""Self-checks of the exercises: open until answered, one line when wrong, a tick when right."""

from dataclasses import dataclass
from html import escape

from . import pools
from .errors import LabError
from .model.sentences import judge, representative
from .tasks.strings import normalise_all


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


def check_order(lines, solution):
    """Check the order of the lines of a ``Parsons`` problem."""
    if lines.untouched:
        return Outcome(False, "Still open: move the lines, then run this cell again.")
    at = next((i for i, pair in enumerate(zip(lines.order, solution, strict=True))
               if pair[0] != pair[1]), None)  # fmt: skip
    if at is None:
        return solved("This order works.")
    return wrong(f"the first {at} lines are right, and {lines.order[at].strip()!r} comes too early")


def check_in_pool(function):
    """Check ``function(pool, sublists)``: the normalised strings of all sublists, one list."""
    sublists = [["Ångström", "São Paulo"], ["Łódź"], ["Zürich"]]
    expected = normalise_all([text for sublist in sublists for text in sublist])
    for kind in ("serial", "threads"):
        with pools.open_pool(kind, 1 if kind == "serial" else 2) as pool:
            got = function(pool, sublists)
        if is_stub(got):
            return still_open("your lines")
        if got != expected:
            hint = f"the sublists {sublists} gave {got!r:.120}"
            if isinstance(got, list) and got and isinstance(got[0], list):
                hint = "you return one list for each sublist: join them to a single list"
            wrong(hint)
    return solved("The same three lines run serially, in threads and in processes.")


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
