"""A whole class votes, measures and vanishes, and its server is killed: what is lost, how late.

    python -m tests.benchmarks.class_of_forty [--learners 40] [--kills 20]

Each learner is a process of its own (`one_learner`), with the client that a notebook has. First,
the server is killed (SIGKILL) and started again all the while, and some learners are killed, too.
What was kept must be in the class, to the letter. Then, in a quieter class, the time is taken from
each learner's Commit to the teacher's page in a real browser, with the server's CPU and memory.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil

from helpers.classroom.book import Book
from helpers.classroom.client import ask
from helpers.classroom.questions import Question
from helpers.errors import LabError
from tests.benchmarks.one_learner import OPTIONS, QUESTION, STEPS, answers

ROOT = Path(__file__).resolve().parents[2]
ADDRESSES = re.compile(r"(http://\S+/)teacher#(\S+)\n.*?#(\w+)\n", re.DOTALL)
ASKED = Question("predict_which", QUESTION, OPTIONS)
# What becomes of learners, by the last digit of their number; all others stay to the end.
_LEAVES, _IS_KILLED_EARLY, _IS_KILLED_LATE = 5, 3, 7
_SEEN = """
() => {
  window.seen = [];
  const votes = document.getElementById("votes");
  const look = () => {
    const counts = [...votes.textContent.matchAll(/vote (\\d+)/g)].map((found) => Number(found[1]));
    window.seen.push([Date.now() / 1000, ...counts]);
  };
  new MutationObserver(look).observe(votes, { childList: true, subtree: true });
}
"""


class Served:
    """``python -m helpers class`` on a file, for the length of a ``with``; may be killed."""

    def __init__(self, file: Path, *options: str) -> None:
        self.file = file
        self._options = options

    def __enter__(self) -> "Served":
        self.start()
        return self

    def __exit__(self, *what: object) -> None:
        self.end(signal.SIGKILL)

    def start(self) -> None:
        """Start it, and read its addresses."""
        command = [sys.executable, "-m", "helpers", "class", "--no-browser", "--file", self.file]
        self.process = subprocess.Popen(
            [*command, *self._options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
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

    def kill_and_start(self, n_times: int, pause_s: float = 0.7) -> None:
        """Kill it as the system would, and start it again, so many times."""
        for _ in range(n_times):
            time.sleep(pause_s)
            self.end(signal.SIGKILL)
            self.start()

    def told(self) -> dict[str, Any]:
        """Return what the teacher's page is told."""
        found: dict[str, Any] = ask(f"{self.address}api/teacher", None, self.key)
        return found

    def show(self, question: Question, stage: str) -> None:
        """Press one of the teacher's buttons."""
        content = json.dumps({"question": question.id, "stage": stage}).encode()
        ask(f"{self.address}api/stage", content, self.key)


class Learner:
    """A process of ``one_learner``, and what it has said so far."""

    def __init__(self, served: Served, folder: Path, number: int, *options: str) -> None:
        self.number, self.is_gone = number, False
        self._said = folder / f"{number}.txt"
        command = [sys.executable, "-m", "tests.benchmarks.one_learner", served.address]
        command += [served.code, str(number), *options]
        if number % 10 == _LEAVES:
            command += ["--until", "first"]
        with self._said.open("w") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=out)

    @property
    def said(self) -> dict[str, float]:
        """What was done, and when."""
        lines = [line.split() for line in self._said.read_text().splitlines()]
        return {words[0]: float(words[1]) for words in lines if words[0] in _WORDS}

    def vanish(self) -> None:
        """Be gone at once, as a laptop whose battery is empty."""
        if self.process.poll() is None:
            self.is_gone = True
            self.process.kill()
            self.process.wait()

    @property
    def failed(self) -> bool:
        """Whether it ended by itself, and not well."""
        return not self.is_gone and self.process.poll() not in (None, 0)

    def is_past(self, step: str) -> bool:
        """Whether it has done a step, or will never do it."""
        return step in self.said or self.process.poll() is not None


_WORDS = {*STEPS, "committed-first", "committed-second"}


@contextlib.contextmanager
def learners(
    served: Served, folder: Path, numbers: Iterable[int], *options: str
) -> Iterator[list[Learner]]:
    """Let learners come; whoever is still there at the end is sent away."""
    here: list[Learner] = []
    try:
        for number in numbers:
            here.append(Learner(served, folder, number, *options))
        yield here
    finally:
        for one in here:
            one.vanish()


def votes(served: Served) -> dict[str, list[int]]:
    """Return how many votes there are, first and second, by the question's text."""
    return {one["text"]: one["n"] for one in served.told()["questions"]}


def wait_for(is_so: Callable[[], Any], limit_s: float = 60.0) -> bool:
    """Return whether something comes about in time, though the server may be down meanwhile."""
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s:
        try:
            if is_so():
                return True
        except LabError:  # it is down at this moment
            pass
        time.sleep(0.05)
    return False


def all_past(here: list[Learner], step: str) -> None:
    """Wait until every learner has done a step or is gone."""
    assert wait_for(lambda: all(one.is_past(step) for one in here), 200), f"nobody waits for {step}"


def lost(file: Path, n_learners: int, n_kills: int) -> list[str]:
    """Return what is lost, or wrong, over so many kills of the server, spread over the class."""
    share = [n_kills // 4 + (part < n_kills % 4) for part in range(4)]
    with Served(file) as served, learners(served, file.parent, range(n_learners)) as here:
        served.kill_and_start(share[0])
        for one in here[_IS_KILLED_EARLY::10]:
            one.vanish()
        served.kill_and_start(share[1])
        all_past(here, "first")
        for one in here[_IS_KILLED_LATE::10]:
            one.vanish()
        served.show(ASKED, "talk")
        served.show(ASKED, "second")
        served.kill_and_start(share[2])
        all_past(here, "second")
        served.kill_and_start(share[3])
        for one in here:
            one.process.wait(200)  # those who vanished are gone already
        served.show(ASKED, "reveal")
        time.sleep(0.1)
        told = served.told()
    wrong = [f"learner {one.number} failed" for one in here if one.failed]
    return [*wrong, *_missing(file, here), *_wrong_on_the_board(told, file)]


def _missing(file, here):
    """Return what learners were told is kept, and is not there, and what nobody can have sent."""
    book = Book(file)  # as on a second day
    missing = []
    for vote, step in ((1, "first"), (2, "second")):
        kept = Counter(tuple(answer) for answer in book.votes(ASKED.id, vote))
        sent = {tuple(answers(one.number)[vote - 1]): one for one in here}
        for answer, one in sent.items():
            if step in one.said and kept[answer] != 1:
                missing.append(f"learner {one.number}'s {step} vote")
        missing += [f"{answer} by nobody" for answer in kept if answer not in sent]
    n_measured = sum("measured" in one.said for one in here)
    missing += ["results"] * max(0, n_measured - len(book.results()))
    book.close()
    return missing


def _wrong_on_the_board(told, file):
    """Return where the teacher's board does not show what the file holds."""
    book = Book(file)
    kept = [book.votes(ASKED.id, vote) for vote in (1, 2)]
    n_results = len(book.results())
    book.close()
    counted = [[sum(one in answer for answer in part) for one in OPTIONS] for part in kept]
    shown = [[row["n"] for row in bars] for bars in told["open"]["bars"]]
    curves = sum(job["n"] for job in told["jobs"])
    wrong = [] if shown == counted else [f"bars {shown} for {counted}"]
    return wrong if curves == n_results else [*wrong, f"{curves} curves of {n_results} results"]


def seen(file: Path, n_learners: int, chromium: Any, shots: Path | None = None) -> SimpleNamespace:
    """Return how late votes are on the teacher's screen, and what the server needs meanwhile."""
    with Served(file) as served:
        page = chromium.new_context(viewport={"width": 1280, "height": 720}).new_page()
        page.goto(f"{served.address}teacher#{served.key}")
        process = psutil.Process(served.process.pid)
        began_s, cpu_s = time.monotonic(), sum(process.cpu_times()[:2])
        folder, numbers = file.parent, range(n_learners)
        with learners(served, folder, numbers, "--teacher", str(folder)) as here:
            all_past(here, "joined")
            (folder / "vote").touch()
            all_past(here[:1], "first")  # with it the question is there
            served.show(ASKED, "first")
            page.evaluate(_SEEN)
            all_past(here, "first")
            served.show(ASKED, "talk")
            time.sleep(5)
            served.show(ASKED, "second")
            all_past(here, "second")
            (folder / "measure").touch()
            all_past(here, "measured")
            served.show(ASKED, "reveal")
            time.sleep(5)
            rows = page.evaluate("() => window.seen")
            took_s = time.monotonic() - began_s
            used_s = sum(process.cpu_times()[:2]) - cpu_s
            if shots:
                page.screenshot(path=shots, full_page=True)
            page.get_by_text("Without a network, and at the end").click()
            for what in ("page", "everything"):
                with page.expect_download():
                    page.get_by_role("button", name=what).click()
            memory = process.memory_info().rss
            late_s = [*_late(here, rows, "first", 1), *_late(here, rows, "second", 2)]
    return SimpleNamespace(
        late_s=late_s, core_share=used_s / took_s, memory=memory, took_s=took_s, n=len(here)
    )


def _late(here, rows, step, column):
    """Return the seconds from each Commit to the screen, in the order of the votes."""
    began_s = rows[0][0]
    committed_s = sorted(one.said[f"committed-{step}"] for one in here if step in one.said)
    late_s = []
    for n, at_s in enumerate(committed_s, start=1):
        shown_s = [row[0] for row in rows if len(row) > column and row[column] >= n]
        assert shown_s, f"{step} vote {n} never came to the screen"
        if at_s > began_s:  # those before were there when the question was opened
            late_s.append(shown_s[0] - at_s)
    return late_s


def main(arguments: list[str] | None = None) -> int:
    """Print the figures of one class."""
    from tests.browser.lab import browser, find_chromium

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--learners", type=int, default=40, help="at most 64 (default 40)")
    parser.add_argument("--kills", type=int, default=20, help="of the server (default 20)")
    parser.add_argument("--screenshot", type=Path, help="where to keep the teacher's page")
    options = parser.parse_args(arguments)
    n = options.learners
    with tempfile.TemporaryDirectory() as folder:
        wrong = lost(Path(folder, "killed.sqlite"), n, options.kills)
        print(f"{n} learners, {options.kills} kills of the server: {len(wrong)} lost or wrong")
        for line in wrong:
            print(line)
    if find_chromium() is None:
        print("no Chromium was found: how late votes are on the screen was not measured")
        return int(bool(wrong))
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        found = seen(Path(folder, "seen.sqlite"), n, chromium, options.screenshot)
    late = statistics.quantiles(found.late_s, n=20, method="inclusive")
    print(
        f"{len(found.late_s)} votes were on the teacher's screen after "
        f"{statistics.median(found.late_s):.2f} s, 95 % within {late[-1]:.2f} s, all within "
        f"{max(found.late_s):.2f} s; in {found.took_s:.0f} s the server took "
        f"{100 * found.core_share:.1f} % of a core, and {found.memory / 1e6:.0f} MB"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
