"""Self-checks of notebook 02."""

from typing import Any

from ..cells.check import answered, exercise, still_open, wrong
from ..errors import shown

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


@exercise("02.order")
def check_order(puzzle: Any) -> str:
    """Check the order of the lines of a ``Parsons`` problem."""
    if puzzle.untouched:
        still_open("move the lines, then run this cell again")
    pairs = zip(puzzle.order, puzzle.solution, strict=True)
    n_right = next((at for at, (line, right) in enumerate(pairs) if line != right), None)
    if n_right is not None:
        right = f"lines 1 to {n_right} are right" if n_right > 1 else "line 1 is right"
        before = f"{right}, but " if n_right else ""
        wrong(f"{before}{puzzle.order[n_right].strip()!r} cannot be line {n_right + 1}")
    return "This order works."


@exercise("02.long_enough")
def check_long_enough(function: Any) -> str:
    """Check ``function(task_s, string_s)``: how many strings make a sublist long enough."""
    for task_s, string_s, right in ((1e-4, 4e-6, 250), (3e-3, 7e-6, 4286), (2e-6, 1e-3, 1)):
        got = answered(function(task_s, string_s), "your formula")
        case = f"with {task_s:g} s for a task and {string_s:g} s for a string"
        if isinstance(got, bool) or not isinstance(got, int):
            wrong(f"a number of strings is a whole number, not {shown(got, 40)}: round it up")
        if abs(got - right) <= 1:  # the last digit of a float may tip it over
            continue
        if abs(got - right / 10) <= 1 and right > 1:
            wrong(f"{case} the task would cost as much as the work on {got} strings: a tenth of it")
        wrong(f"{case} {right} strings are enough, and you said {got}")
    return "A sublist of that many strings is worth a task of its own."
