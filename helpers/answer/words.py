"""The answer to the question of the series, in sentences computed from a reader's results."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..core.runs import Result
from ..judge.break_even import ASKED_S
from ..judge.choose import decide
from ..judge.curve import best_of, pays_from
from ..judge.facts import RIGHT, Facts
from ..judge.words import ENDS


@dataclass(frozen=True)
class Surprise:
    """A prediction beside what was measured, both as speed-ups with ``n_workers`` workers."""

    job: str
    kind: str
    n_workers: int
    predicted: float
    measured: float

    @property
    def factor(self) -> float:
        """How far apart the two are, as a factor from 1 on. A prediction of 0 counts as 0.1."""
        ratio = max(self.predicted, 0.1) / max(self.measured, 0.01)
        return max(ratio, 1 / ratio)

    @property
    def verdict(self) -> str:
        """Return "about right", "faster than you said" or "slower than you said"."""
        if self.factor <= RIGHT:
            return "about right"
        return f"{'faster' if self.measured > self.predicted else 'slower'} than you said"

    def __str__(self):
        return (
            f"{self.job}, {self.n_workers} {self.kind}: you said {self.predicted:.1f}, measured "
            f"{self.measured:.2f}, {self.verdict}"
        )


def surprises(results: Iterable[Result]) -> list[Surprise]:
    """Return a ``Surprise`` for each prediction that was measured, the farthest off first."""
    found: dict[Surprise, None] = {}
    for result in results:
        for kind, predicted in result.prediction.items():
            point = result.point(kind, result.prediction_n_workers)
            if point is not None and kind != "serial":
                one = Surprise(result.job, kind, point.n_workers, predicted, point.speed_up)
                found[one] = None  # the same result may be there twice
    return sorted(found, key=lambda one: -one.factor)


def headline(results: list[Result]) -> tuple[str, str]:
    """Return the short answer, from a ``Result`` of each job: a sentence, and its figures."""
    threads, helped = {}, []
    for result in results:
        if point := best_of(result, "threads", "free-threaded"):
            threads[result.job] = point
            helped.append(Facts.of(result).gain(point.speed_ups) == "faster")
    if not threads:
        return "It depends on the job, and none of yours is measured far enough to tell.", ""
    if all(helped):
        said = "Yes, and here threads make it faster."
    elif any(helped):
        said = "Yes. Whether threads make it faster depends on the job."
    else:
        said = "Yes, but here threads make nothing faster."
    figures = f"Threads: {_listed(threads)}."
    if beside := {r.job: point for r in results if (point := best_of(r, "processes"))}:
        figures += f" Processes: {_listed(beside)}."
    return said, figures


def _listed(points):
    told = [f"{job} {point.speed_up:.1f} times as fast" for job, point in points.items()]
    return ", ".join([told[0], *(text.removesuffix(" as fast") for text in told[1:])])


def answer(result: Result) -> list[str]:
    """Return what a ``Result`` answers, as a list of sentences."""
    said, facts = [], Facts.of(result)
    shared = [run for run in result.timed_runs if run.kind == "threads" and len(run.workers) > 1]
    if shared:
        items = f"{shared[-1].n_items:,} items of {result.job}"
        n = len(shared[-1].workers)
        said.append(f"Python supports threads: {n} of them, in one process, shared the {items}.")
    for families in (("threads", "free-threaded"), ("processes",), ("interpreters",)):
        if point := best_of(result, *families):
            end = ENDS[facts.gain(point.speed_ups)].format("the plain loop")
            said.append(
                f"{families[0].capitalize()}, {point.n_workers} of them, did {result.job} at "
                f"{point.speed_up:.2f} times the serial speed: {end}."
            )
    said += _start(result)
    decision = decide(result)
    if decision.branch is not None:
        leaf = decision.branch.leaf
        said.append(f"So for {result.job}: {leaf}. {decision.branch.advice}")
    else:
        said.append(f"Which kind to use stays open. {decision.reason}")
    return said


def _start(result):
    line = pays_from(result)
    if line is None:
        return []
    began = f"Starting {line.n_workers} processes took {line.start_s:.2g} s"
    low_s, high_s = ASKED_S
    if line.job_s is None:
        return [f"{began}, and for this job they never win it back."]
    share = line.start_s / line.wall_s(low_s)
    return [
        f"{began}: they pay from a job of about {line.job_s:.2g} s on, and in one of {low_s:g} to "
        f"{high_s:g} s the start is {100 * share:.1g} % of the time or less."
    ]
