"""One job in one Python after another, each a program of its own, drawn as they come in."""

from ..cells.live import Picture, exclusive, paragraphs
from ..core.store import load_eras
from ..errors import Stopped
from ..jobs.registry import as_job
from .chart import plot_eras
from .elsewhere import measure_all


def eras_live(pythons, job, prediction=None, *, rounds=5):
    """Measure a job in each Python, its chart growing below, and return a list of ``Result``.

    Pythons that the authors had and that are not here are drawn as recorded.

    Args:
        pythons: a list of ``helpers.pythons.find.Python``.
        job: the job.
        prediction: a ``Prediction`` for "with the lock" and "without the lock".
        rounds: how often each is timed.

    Raises:
        Stopped: the kernel was interrupted. No program is left; the chart keeps the others.
    """
    picture, results, refused = Picture(), [], []
    job = as_job(job)
    recorded = load_eras(job.name)
    predicted = prediction.values if prediction else {}

    def draw(note=""):
        lines = [line for line in (note, *refused) if line]
        ax = plot_eras(results, recorded=recorded, prediction=predicted)
        picture.update(ax.figure, paragraphs(lines), "\n".join(lines))

    with exclusive():
        try:
            draw("begun")
            for python, outcome in measure_all(pythons, job, rounds=rounds):
                (refused if isinstance(outcome, str) else results).append(outcome)
                draw(f"{python.name} is done")
        except KeyboardInterrupt:
            raise Stopped(
                f"Stopped after {len(results)} of {len(pythons)} Pythons: the chart keeps them, "
                "and nothing is left running. Run this cell again before those below."
            ) from None
        finally:
            draw()
    return results
