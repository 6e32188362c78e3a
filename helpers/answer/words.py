"""The answer to the question of the series, in sentences computed from a reader's results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..cells.predict import Prediction, answer_of
from ..core.runs import Result
from ..judge.break_even import ASKED_S
from ..judge.choose import decide
from ..judge.curve import best_of, pays_from, representative
from ..judge.facts import RIGHT, SMALL, Facts
from ..judge.words import how_right
from ..units import per_cent


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
            gain = Facts.of(result).gain(point.speed_ups)
            helped.append(gain == "faster" and not _is_alone(result))
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
    facts, what = Facts.of(result), named_job(result.job)
    alone = _is_alone(result)
    said = [
        _compared(point, families[0], what, facts.gain(point.speed_ups), alone)
        for families in (("threads", "free-threaded"), ("processes",), ("interpreters",))
        if (point := best_of(result, *families))
    ]
    said += [] if alone else _start(result)
    decision = decide(result)
    if decision.branch is not None:
        said.append(f"So for the {what}: {decision.branch.leaf}. {decision.branch.advice}")
    else:
        said.append(f"Which kind to use stays open. {decision.reason}")
    return said


def _is_alone(result):
    """Return whether a job computes on one CPU, where nothing can be gained for long."""
    return result.machine.has_one_cpu and not Facts.of(result).waits


def named_job(job: str) -> str:
    """Return what a job of the series is called in a sentence, after "the"."""
    return {"pictures": "drawn pictures", "finished": "finished pictures"}.get(job, job)


def few_per_cent(share: float) -> str:
    """Return a share that may be small in per cents: 0.14 %, 30 %."""
    return f"{100 * share:.2g} %" if share < SMALL else per_cent(share)


def _number(n):
    return {2: "two", 3: "three", 4: "four"}.get(n, f"{n:,}")


def _compared(point, family, what, gain, alone):
    workers, speed_up = f"{_number(point.n_workers)} {family}", point.speed_up
    if gain == "unclear":
        rounds = f"{speed_up:.2f} times as fast, but the rounds differ too much, or are too few"
        return f"Whether {workers} are done with the {what} sooner cannot be told: {rounds}."
    begin = f"{workers[0].upper()}{workers[1:]}"
    if gain == "faster" and alone:
        return (
            f"{begin} were {speed_up:.2f} times as fast as the plain loop for the {what}. With one "
            "CPU that is chance, or a short burst."
        )
    if gain == "as fast":
        return (
            f"{begin} take about as long for the {what} as the plain loop "
            f"({speed_up:.2f} times as fast)."
        )
    when = "sooner" if gain == "faster" else "later"
    need = f"they need {per_cent(1 / speed_up)} of its time"
    return f"{begin} are done with the {what} {when} than the plain loop: {need}."


def _start(result):
    line = pays_from(result)
    if line is None:
        return []
    began = f"Starting {_number(line.n_workers)} processes takes {line.start_s:.2g} s"
    low_s, high_s = ASKED_S
    if line.job_s is None:
        return [f"{began}, and for this job they never win it back."]
    share = line.start_s / line.wall_s(low_s)
    end = "so you do not notice it" if share < SMALL else "so count it in"
    return [
        f"{began}, and they pay from a job of about {line.job_s:.2g} s on. In one of {low_s:g} to "
        f"{high_s:g} s the start is {few_per_cent(share)} of the time or less, {end}."
    ]


def long_jobs(result: Result) -> list[str]:
    """Return how long processes take for a job like this one that takes 10 or 30 seconds."""
    line = pays_from(result)
    what = named_job(result.job)
    if line is None:
        return [f"Processes were not measured for the {what}."]
    if _is_alone(result):
        return [
            f"With one CPU, processes make no long job like the {what} shorter, whatever a short "
            "run came to."
        ]
    if line.job_s is None:
        return [f"For the {what} processes need longer than the plain loop, however long it takes."]
    workers = f"{_number(line.n_workers)} processes"
    return [
        f"A job like the {what} that takes the plain loop {job_s:g} s takes {workers} about "
        f"{line.wall_s(job_s):.2g} s, with their start."
        for job_s in ASKED_S
    ]


def saved_lines(results: Iterable[Result]) -> list[str]:
    """Return a sentence for each saved result: when, what, how fast, and what was predicted."""
    return [_saved_line(result) for result in results]


def _saved_line(result):
    points = [representative(result, kind) for kind in result.kinds if kind != "serial"]
    reached = [f"{p.n_workers} {p.kind} {p.speed_up:.2f}×" for p in points if p]
    said = [f"{kind} {speed_up:.1f}×" for kind, speed_up in result.prediction.items()]
    begin = f"{result.made[:16].replace('T', ' ')}, {named_job(result.job)}"
    measured = ", ".join(reached) or "nothing beside the loop"
    return f"{begin}: {measured}; you had said {', '.join(said) or 'nothing'}."


def first_thoughts(guesses: Mapping[str, Prediction], measured: Mapping[str, Result]) -> list[str]:
    """Return how right the predictions from reading were: of each kind, which jobs it makes faster.

    Args:
        guesses: a dict from "threads" and "processes" to what ``predict_which`` made.
        measured: a dict from each job's name to its ``Result``; jobs without one do not count.
    """
    said = []
    for kind, guess in guesses.items():
        reached = {name: best_of(result, kind) for name, result in measured.items()}
        faster = [
            name
            for name, point in reached.items()
            if point and Facts.of(measured[name]).is_worth_it(point.speed_ups)
        ]
        there = f"{kind.capitalize()} made faster: {', '.join(faster) or 'none'}."
        said.append(f"{there} {how_right(answer_of(guess, 'predict_which'), faster, measured)}")
    return said if measured else ["Nothing is measured yet: choose above, then run on."]
