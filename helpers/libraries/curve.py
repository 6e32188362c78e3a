"""A script with more and more threads: its curve, the serial share in it, and a profiler's word."""

import contextlib
import importlib.util
import pstats
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ..core import allowed, machine, worker
from ..core.turns import Stop, take_turns
from ..errors import LabError, shown
from ..units import per_cent
from .two_parts import make_lines, script

_ROUNDS, _BUDGET_S = 7, 6.0
_MOST_THREADS = 8
_LIMIT_S = 60.0  # for the profiler of another Python
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class ScriptCurve:
    """What a script takes with 1 thread, 2, ...: ``wall_s`` has shape (len(n_threads), rounds)."""

    n_threads: tuple[int, ...]
    wall_s: tuple[tuple[float, ...], ...] = field(repr=False)
    usable_cpus: float
    capacity: machine.Capacity = field(repr=False)

    @property
    def speed_ups(self) -> tuple[float, ...]:
        """How many times as fast as one thread each number of them is: medians over the rounds."""
        first = self.wall_s[0]
        pairs = [zip(first, own) for own in self.wall_s]
        return tuple(statistics.median(a / b for a, b in pair) for pair in pairs)

    @property
    def serial_share(self) -> float:
        """The share of Amdahl's law that comes nearest to the curve.

        The law is 1 / S = s + (1 - s) / n, and that is a straight line in s. So the least squares
        of 1 / S are a quotient. Only threads that have a CPU are looked at, or the first two.
        """
        most = max(2, self.usable_cpus)
        points = [(n, s) for n, s in zip(self.n_threads, self.speed_ups) if 1 < n <= most]
        steep = [1 - 1 / n for n, _ in points]
        above = [1 / s - 1 / n for n, s in points]
        share = sum(a * b for a, b in zip(above, steep)) / sum(a * a for a in steep)
        return min(1.0, max(0.0, share))

    def __str__(self) -> str:
        said = ", ".join(f"{s:.2f} with {n}" for n, s in zip(self.n_threads, self.speed_ups))
        return f"times as fast as one thread: {said}; serial share {per_cent(self.serial_share)}"


def measure_script(stop: Stop | None = None) -> Iterator[ScriptCurve]:
    """Yield the curve of ``helpers.libraries.two_parts`` so far, after each round.

    It has as many threads as there are CPUs, and at least two. The numbers of threads take turns.
    """
    usable = allowed.usable_cpus()
    most = min(_MOST_THREADS, max(2, allowed.n_usable_workers()))
    counts = [n for n in (1, 2, 3, 4, 6, 8) if n <= most]
    lines, expected = make_lines(), None
    capacity = machine.capacity(2)
    wall_s: dict[int, list[float]] = {n: [] for n in counts}
    for turn in take_turns(counts, _ROUNDS, budget_s=_BUDGET_S, stop=stop):
        with ThreadPoolExecutor(turn.way, thread_name_prefix="gil-lab script") as pool:
            began_s = worker.now()
            answer = script(lines, pool.map)
            wall_s[turn.way].append(worker.now() - began_s)
        expected = answer if expected is None else expected
        if answer != expected:
            raise LabError("threads gave another answer than one thread: run this cell again")
        if turn.ends_round:
            capacity = capacity.joined(machine.capacity(2, rounds=1))
            yield ScriptCurve(tuple(counts), tuple(map(tuple, wall_s.values())), usable, capacity)


def share_of(stats: pstats.Stats, part: str, whole: str) -> float:
    """Return the share of the time of a function, ``whole``, that one it calls takes.

    A sampling profiler has an entry for each line of a function, and cProfile has one. Both are of
    one file: from Python 3.12 on, cProfile also sees what other threads call meanwhile, as those
    of a kernel do, and one of their functions may have the same name. It raises a LabError where
    one of the two was not seen.
    """
    entries = vars(stats)["stats"].items()  # it has no other name for them
    files = {file for (file, _, function), _ in entries if function == whole}

    def seconds(name):
        # Of a line's entry and of a whole function's, the own time adds up without what it calls.
        seen = (entry for (file, _, called), entry in entries if called == name and file in files)
        return sum(entry[3] for entry in seen)

    for name in (part, whole):
        if not seconds(name):
            raise LabError(f"the profile has no function {shown(name)}: name one that was called")
    return seconds(part) / seconds(whole)


def sampled_share(part: str = "read") -> float | None:
    """Return a part's share of the script by Python's sampling profiler; None where there is none.

    ``python -m profiling.sampling``, of Python 3.15 and newer, runs the script in a process of
    its own and looks at it a thousand times a second. Not every system lets it.
    """
    if importlib.util.find_spec("profiling") is None:
        return None
    with tempfile.TemporaryDirectory(prefix="gil-lab-") as folder:
        path = Path(folder) / "script.pstats"
        command = [sys.executable, "-m", "profiling.sampling", "run", "--pstats", "-o", str(path)]
        with contextlib.suppress(subprocess.SubprocessError, OSError, LabError):
            subprocess.run(
                [*command, "-m", "helpers.libraries.two_parts"],
                cwd=_ROOT,
                capture_output=True,
                timeout=_LIMIT_S,
                check=True,
            )
            return share_of(pstats.Stats(str(path)), part, "script")
    return None
