"""One job in one Python after another, each a program of its own, drawn as they come in."""

from collections.abc import Iterable

from ..cells.predict import Prediction, answer_of
from ..cells.watch import watch
from ..core.job import Job
from ..core.runs import Result
from ..jobs.registry import as_job
from .chart import plot_eras
from .elsewhere import Eras, load_eras, measure_all
from .find import Python


def eras(
    pythons: Iterable[Python],
    job: Job | str,
    guess: Prediction | None = None,
    *,
    rounds: int = 5,
) -> list[Result]:
    """Measure a job in each Python, its chart growing below, and return a list of ``Result``.

    Pythons that the authors had and that are not here are drawn as recorded.

    Args:
        pythons: a list of ``helpers.pythons.find.Python``.
        job: "strings", "pictures", or a ``Job``.
        guess: what ``predict`` made of "with the lock" and "without the lock".
        rounds: how often each is timed.

    Raises:
        Stopped: the kernel was interrupted. No program is left; the chart keeps the others.
    """
    job = as_job(job)
    recorded = load_eras(job.name)
    predicted = answer_of(guess, "predict") or {}
    pythons = list(pythons)
    found: Eras = watch(
        measure_all(pythons, job, rounds=rounds),
        lambda eras: plot_eras(eras.results, recorded=recorded, prediction=predicted),
        lambda eras: list(eras.refused),
        count=lambda eras: (len(eras.results) + len(eras.refused), len(pythons)),
        unit="Pythons",
    )
    return list(found.results)
