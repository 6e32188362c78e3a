"""One learner of a simulated class, in a process: join, vote, vote again, measure, leave.

    python -m tests.benchmarks.one_learner ADDRESS CODE NUMBER [--until first] [--teacher FOLDER]

It does what the cells of a notebook do, without their charts, so that forty of them fit on a small
machine. Each number below 64 has answers of its own. With a teacher, it votes once a file "vote" is
in that folder, and measures once "measure" is there; without, at once. On standard output it says,
a line each, what it did and when: "first", "second" and "measured" come once the class has kept it.
"""

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path

from helpers.cells.predict import Prediction, predict_which
from helpers.classroom.client import Session, Unreachable, join
from helpers.core import news
from helpers.core.scaling import Experiment
from helpers.jobs import normalise
from helpers.jobs.registry import job

QUESTION = "Which of these would you give to two threads?"
OPTIONS = ("a loop", "a download", "a blur", "a sort", "a search", "a pause")
STEPS = ("joined", "first", "second", "measured")
JOB = "normalise"
GUESS = 1.5  # of threads, before it is measured
_LIMIT_S = 240.0


def answers(number: int) -> tuple[list[str], list[str]]:
    """Return what a learner answers first, and after the talk: everything else."""
    first = [option for bit, option in enumerate(OPTIONS) if number >> bit & 1]
    return first, [option for option in OPTIONS if option not in first]


def say(step: str, at_s: float | None = None) -> None:
    """Tell what was done, and when."""
    print(f"{step} {time.time() if at_s is None else at_s:.3f}", flush=True)


def wait_for(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something comes about."""
    end_s = time.monotonic() + _LIMIT_S
    while not is_so():
        if time.monotonic() > end_s:
            raise TimeoutError(f"waited {_LIMIT_S:g} s for {what}")
        time.sleep(0.02)


def hear(teacher: Path | None, what: str) -> None:
    """Wait until the teacher says what to do, where there is one."""
    if teacher is not None:
        wait_for((teacher / what).exists, f"the teacher to say {what}")


def come_in(address: str, code: str) -> Session:
    """Join, and once more where the server is down just then, as a person would."""
    end_s = time.monotonic() + _LIMIT_S
    while True:
        try:
            return join(address, code)
        except Unreachable:
            if time.monotonic() > end_s:
                raise
            time.sleep(0.5)


def commit(prediction: Prediction, session: Session, answer: list[str], step: str) -> None:
    """Tick, press Commit, and tell when that was and that it has arrived."""
    for option in OPTIONS:
        prediction.controls[option].value = option in answer
    at_s = time.time()
    prediction.controls["commit"].click()
    say(f"committed-{step}", at_s)
    wait_for(lambda: not session.waiting, f"the {step} vote to arrive")
    say(step)


def main() -> int:
    """Take part until the end, or until what ``--until`` names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("address")
    parser.add_argument("code")
    parser.add_argument("number", type=int)
    parser.add_argument("--until", choices=STEPS, default="measured")
    parser.add_argument("--teacher", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    session = come_in(options.address, options.code)
    say("joined")
    hear(options.teacher, "vote")
    time.sleep(options.number / 8 if options.teacher else 0)  # people think, some longer
    prediction = predict_which(QUESTION, OPTIONS)
    first, second = answers(options.number)
    commit(prediction, session, first, "first")
    if options.until != "first":
        button = prediction.controls["commit"]
        wait_for(lambda: not button.disabled, "the second vote")
        commit(prediction, session, second, "second")
    if options.until == "measured":
        hear(options.teacher, "measure")
        texts = job(normalise, [f"São Paulo {n}" for n in range(2000)])
        *_, result = Experiment(texts, ("threads",), (2,), rounds=1).run()
        news.tell("measured", dataclasses.replace(result, prediction={"threads": GUESS}))
        wait_for(lambda: not session.waiting, "the result to arrive")
        say("measured")
    session.leave(wait_s=10)
    return int(bool(session.refused))


if __name__ == "__main__":
    sys.exit(main())
