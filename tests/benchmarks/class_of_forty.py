"""A whole class votes while its server is killed again and again: what is lost, and how late.

    python -m tests.benchmarks.class_of_forty [--learners 40] [--kills 20]

Each learner is a thread with its own connection, as a notebook has. All vote twice on every
question, hand in a result, and some vanish. Meanwhile the server is killed (SIGKILL) and started
again. Then every vote must be in the class. The time from a vote to the teacher's screen is taken
while nothing is killed, with the server's CPU time and memory.
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil

from helpers.cells.predict import predict_which
from helpers.classroom import client
from helpers.classroom.client import Session, ask
from helpers.core.store import recorded

ROOT = Path(__file__).resolve().parents[2]
ADDRESSES = re.compile(r"(http://\S+/)teacher#(\S+)\n.*?#(\w+)\n", re.DOTALL)


class Served:
    """``python -m helpers class`` on a file, for the length of a ``with``; may be killed."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __enter__(self) -> "Served":
        self.start()
        return self

    def __exit__(self, *what: object) -> None:
        self.end(signal.SIGKILL)

    def start(self) -> None:
        """Start it, and read its addresses."""
        command = [sys.executable, "-m", "helpers", "class", "--no-browser", "--file", self.file]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        said = ""
        while not (found := ADDRESSES.search(said)):
            line = self.process.stdout.readline()
            assert line, f"the class did not open: {said}"
            said += line
        self.address, self.key, self.code = found.groups()

    def end(self, with_signal: int) -> None:
        """End it by a signal."""
        self.process.send_signal(with_signal)
        self.process.wait(30)
        self.process.stdout.close()

    def told(self) -> dict[str, Any]:
        """Return what the teacher's page is told."""
        found: dict[str, Any] = ask(f"{self.address}api/teacher", None, self.key)
        return found


@contextmanager
def learners(served: Served, n: int) -> Iterator[list[Session]]:
    """Let so many learners join, each a session of its own; they leave at the end."""
    joined = []
    for _ in range(n):
        told = client.ask(f"{served.address}api/join", b'{"code": "%s"}' % served.code.encode())
        joined.append(Session(served.address, told["secret"]))
    try:
        yield joined
    finally:
        for session in joined:
            session.leave()


def question(number: int) -> Any:
    """Return a prediction that everybody commits."""
    made = predict_which(f"Question {number}: which of these?", ["one", "two", "three"])
    made.controls["two"].value = True
    return made


def commit(prediction: Any) -> Any:
    """Return the prediction with an answer, which goes to no session by itself."""
    prediction.answer = ["two"]
    return prediction


def votes(served: Served) -> dict[str, list[int]]:
    """Return how many votes there are, first and second, by the question's text."""
    return {one["text"]: one["n"] for one in served.told()["questions"]}


def wait_for(is_so: Any, limit_s: float = 60.0) -> bool:
    """Return whether something comes about in time, whatever fails meanwhile."""
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s:
        try:
            if is_so():
                return True
        except Exception:  # the server is down at this moment
            pass
        time.sleep(0.05)
    return False


def lost(file: Path, n_learners: int, n_kills: int, n_questions: int) -> int:
    """Return how many votes and results are lost over so many kills of the server."""
    result = recorded("strings")
    with Served(file) as served, learners(served, n_learners) as joined:
        asked = [commit(question(number)) for number in range(n_questions)]
        for number, prediction in enumerate(asked):
            for session in joined:
                session.committed(prediction)
                if number == 0 and result is not None:
                    session.measured(result)
            for _ in range(n_kills // n_questions + (number < n_kills % n_questions)):
                time.sleep(0.2)
                served.end(signal.SIGKILL)
                served.start()
        wait_for(lambda: not any(session.waiting for session in joined))
        assert not any(session.refused for session in joined), joined
        arrived = sum(n[0] for text, n in votes(served).items() if text.startswith("Question "))
        jobs = served.told()["jobs"]
    n_results = sum(job["n"] for job in jobs) if result is not None else 1
    return n_learners * n_questions - arrived + (n_results < 1)


def seen(file: Path, n_learners: int) -> SimpleNamespace:
    """Return how late votes are on the teacher's screen, and what the server needs meanwhile."""
    with Served(file) as served, learners(served, n_learners) as joined:
        process = psutil.Process(served.process.pid)
        time.sleep(1)
        began_s, cpu_s = time.monotonic(), sum(process.cpu_times()[:2])
        late_s = []
        prediction = commit(question(1000))
        for n_before, session in enumerate(joined):
            voted_s = time.monotonic()
            session.committed(prediction)
            assert wait_for(lambda n=n_before: votes(served)[prediction.question][0] > n, 20)
            late_s.append(time.monotonic() - voted_s)
            time.sleep(0.5)
        took_s = time.monotonic() - began_s
        used_s = sum(process.cpu_times()[:2]) - cpu_s
        memory = process.memory_info().rss
    return SimpleNamespace(late_s=late_s, core_share=used_s / took_s, memory=memory)


def main(arguments: list[str] | None = None) -> int:
    """Print the figures of one class."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--learners", type=int, default=40)
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        gone = lost(Path(folder, "killed.sqlite"), options.learners, options.kills, 5)
        print(f"{options.learners} learners, {options.kills} kills: {gone} votes or results lost")
        found = seen(Path(folder, "seen.sqlite"), options.learners)
    late = statistics.quantiles(found.late_s, n=20)
    print(
        f"a vote was with the teacher after {statistics.median(found.late_s):.2f} s (95 % within "
        f"{late[-1]:.2f} s), beside a page that looks every half second; the server took "
        f"{100 * found.core_share:.1f} % of a core and {found.memory / 1e6:.0f} MB"
    )
    return int(gone > 0)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
