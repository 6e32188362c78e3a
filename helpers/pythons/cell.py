"""Other Pythons in cells: each is a program of its own, drawn as it comes in."""

from collections.abc import Iterable

from ..cells.predict import Prediction, answer_of
from ..cells.watch import once, watch
from ..core.job import Job
from ..core.runs import Result
from ..jobs.registry import as_job
from . import crossing as crossings
from . import ladder
from .chart import plot_crossing, plot_eras, plot_interpreters, plot_ladders, plot_price
from .crossing import Crossing, Interpreters
from .elsewhere import Eras, load_eras, measure_all
from .find import Python
from .ladder import Ladder
from .price import Price, price_of

_PRICE_S = 4.0  # for the rounds in two Pythons


def eras(
    pythons: Iterable[Python],
    job: Job | str,
    guess: Prediction | None = None,
    *,
    rounds: int = 5,
    budget_s: float = 15.0,
) -> list[Result]:
    """Measure a job in each Python, its chart growing below, and return a list of ``Result``.

    This one comes first, then those without a GIL. Pythons that the authors had and that are not
    here, or had no turn, are drawn as recorded.

    Args:
        pythons: a list of ``helpers.pythons.find.Python``.
        job: "strings", "pictures", or a ``Job``.
        guess: what ``predict`` made of "with a GIL" and "without a GIL".
        rounds: how often each is timed, if ``budget_s`` seconds for all of them suffice.
        budget_s: see above; two rounds are made of each that is begun, and none is begun later.

    Raises:
        Stopped: the kernel was interrupted. No program is left; the chart keeps the others.
    """
    job = as_job(job)
    recorded = load_eras(job.name)
    predicted = answer_of(guess, "predict") or {}
    pythons = sorted(pythons, key=_first)
    found: Eras = watch(
        measure_all(pythons, job, rounds=rounds, budget_s=budget_s),
        lambda eras: plot_eras(eras.results, recorded=recorded, prediction=predicted),
        lambda eras: [*eras.refused, *_without_a_turn(eras.left, budget_s)],
        count=lambda eras: (len(pythons) if eras.left else _n_done(eras), len(pythons)),
        unit="Pythons",
    )
    return list(found.results)


def _first(python):
    """Order this Python first, then those without a GIL, then the others, the newest first."""
    is_other = python.implementation != "CPython"
    kind = python.source != "this one", is_other, not python.free_threaded
    return *kind, [-n for n in python.numbers]


def _n_done(eras):
    return len(eras.results) + len(eras.refused)


def _without_a_turn(left, budget_s):
    if not left:
        return []
    others = " and ".join(filter(None, [", ".join(left[:-1]), left[-1]]))
    return [f"{budget_s:g} s were too short for {others}: pass fewer, or a longer budget_s."]


def there_and_back(pythons: Iterable[Python], strings: Job) -> Crossing:
    """Send the strings to an interpreter and back, as a list and as one text; show and return it.

    It is done in the newest Python that has a pool of interpreters; without one, the authors'
    recording is shown.

    Raises:
        Stopped: the kernel was interrupted. No program is left.
    """
    return watch(crossings.crossings(pythons, strings), plot_crossing, lambda found: [_from(found)])


def interpreters(pythons: Iterable[Python], strings: Job) -> Interpreters:
    """Run the strings in two threads and in two interpreters; show and return it.

    Where it is done, and the errors, are those of ``there_and_back``.
    """
    return watch(
        crossings.interpreters(pythons, strings), plot_interpreters, lambda found: [_from(found)]
    )


def _from(found):
    return f"On {found.source}."


def cost(pythons: Iterable[Python], strings: Job) -> Price:
    """Time the strings in one thread with the GIL and without, in turns; show and return it.

    It needs a free-threaded Python and its like with the GIL; without them, the authors'
    recording is shown. The documentation's figures are drawn beside it.

    Raises:
        Stopped: the kernel was interrupted. No program is left.
        LabError: the job cannot be done in one of them.
    """
    steps = once(price_of, pythons, strings, _PRICE_S)
    return watch(steps, plot_price, lambda found: str(found).splitlines())


def climb(pythons: Iterable[Python]) -> list[Ladder]:
    """Let two threads share less and more, in this Python and in each without a GIL; show it.

    Returns a list of ``Ladder``, this Python's first. Without a free-threaded Python, the authors'
    recordings are shown.

    Raises:
        Stopped: the kernel was interrupted. No program is left.
    """
    return watch(ladder.climb_all(pythons), plot_ladders, _explain)


def _explain(ladders):
    return [
        f"{one.name}: recorded on {one.made[:10]} on another computer, {one.usable_cpus:g} CPUs "
        f"({one.cpu}), CPython {one.python}."
        for one in ladders
        if one.recorded
    ]
