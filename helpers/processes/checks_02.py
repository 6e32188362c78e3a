"""Self-checks of notebook 02."""

from typing import Any

from ..cells.check import answered, exercise, still_open, wrong
from ..core import executors, pools
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


@exercise("02.in_pool")
def check_in_pool(function: Any) -> str:
    """Check ``function(pool, sublists)``: how many strings of all sublists are changed."""
    sublists = [["Zürich", "bern"], ["Łódź", "lima", "São Paulo"], ["oslo"]]
    recorder = _Recorder()
    got = answered(function(recorder, sublists), "your lines")
    came = shown(got, 80)
    if isinstance(got, list):
        wrong(f"one number is wanted, and {came} is a list: add up what the sublists give")
    if got != 3:
        wrong(f"of {sublists} 3 strings are changed, and {came} came back")
    n_calls = len(recorder.functions)
    if n_calls < len(sublists):
        wrong(f"right, but the pool got {n_calls} calls for 3 sublists: who did the work?")
    if not all(map(_is_in_a_module, recorder.functions)):
        wrong(
            "right, but the pool got a function that is in no module, which Python's own pools "
            "cannot send: pass count_changed itself"
        )
    for kind in ("threads", "processes"):
        with pools.open_pool(kind, 2) as pool:
            got = function(pool, sublists)
        if got != 3:
            wrong(f"serially it gave 3, and {shown(got, 80)} in {kind}")
    return "The same lines gave the same number serially, in threads and in processes."


class _Recorder(executors.SerialExecutor):
    """A serial pool that remembers which functions it was handed."""

    def __init__(self):
        self.functions = []

    def submit(self, fn, /, *args, **kwargs):
        self.functions.append(fn)
        return super().submit(fn, *args, **kwargs)


def _is_in_a_module(function):
    name = f"{getattr(function, '__module__', None)}.{getattr(function, '__qualname__', '<>')}"
    return not name.startswith(("__main__", "None")) and "<" not in name
