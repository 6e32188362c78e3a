"""How well does each tool tell a speed-up, for the seconds that it takes?

    uv pip install pyperf perfplot ptime
    python -m tests.benchmarks.precision [--repeats 12] [--job hashes|strings] [--json]

The question to each: how many times as fast is a job in two threads as serially? The tools take
turns, each with settings that take it about two seconds, and each is asked many times. A tool that
answers the same again has a small spread. The table shows the median answer, the quartiles, the
seconds for one answer, and the spread that one second of measuring would have, since a spread
shrinks with the root of the time. What is not installed is left out by name.

- experiment: this project's, rounds of serial and threads in turns, medians of ratios
- %scaling: the same from its magic, with its chart's data but not its chart
- timeit: the standard library's, best of 5 for each of the two ways
- pyperf: `pyperf timeit` in three processes for each of the two ways, medians
- perfplot: `perfplot.bench` with both ways, minima
- %ptime: the magic of the package ptime, one serial and one parallel run
"""

import argparse
import contextlib
import functools
import hashlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import timeit
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helpers.core import machine
from helpers.core.job import Job
from helpers.core.runs import quartiles
from helpers.core.same_answers import difference
from helpers.core.scaling import Experiment
from helpers.core.worker import now
from helpers.jobs.registry import load_job

N_WORKERS = 2
N_SUBLISTS = 16


def hashed(blocks):
    """Return the SHA-256 of blocks: C code that releases the GIL."""
    return [hashlib.sha256(block).hexdigest() for block in blocks]


def load(name):
    """Return a ``Job`` of about 0.1 s."""
    if name == "strings":
        return load_job("strings", 20_000)
    return Job("hashes", "Hash 192 MB", hashed, [bytes(1 << 20)] * 192, difference)


class Ways:
    """The job in two ways, serially and in a pool of two threads that are there already."""

    def __init__(self, name):
        self.name, self.job = name, load(name)
        self.parts = self.job.split(N_SUBLISTS)
        self.pool = ThreadPoolExecutor(N_WORKERS)
        self.threads()

    def serial(self):
        """Do it in one thread."""
        return [self.job.function(part) for part in self.parts]

    def threads(self):
        """Do it in two."""
        return list(self.pool.map(self.job.function, self.parts))


# --- The tools: the Ways -> the speed-up it answers --------------------------------------------


def experiment(ways):
    plan = Experiment(ways.job, ("threads",), (N_WORKERS,), rounds=12, n_sublists=N_SUBLISTS)
    *_, result = plan.run()
    return result.point("threads", N_WORKERS).speed_up


@functools.cache
def shell():
    """Return an IPython shell with both magics."""
    from IPython.core.interactiveshell import InteractiveShell

    made = InteractiveShell.instance()
    for extension in ("helpers", "ptime"):
        if importlib.util.find_spec(extension):
            made.run_line_magic("load_ext", extension)
    return made


def magic(line, **names):
    """Return what an IPython magic gives for a line, in a shell that knows some names."""
    shell().user_ns.update(names)
    with contextlib.redirect_stdout(None):
        return shell().run_line_magic(*line.split(" ", 1))


def scaling(ways):
    line = f"scaling -k threads -w {N_WORKERS} -r 12 -n {N_SUBLISTS} -o work(items)"
    result = magic(line, work=ways.job.function, items=ways.job.items)
    return result.point("threads", N_WORKERS).speed_up


def ptime(ways):
    half = ways.job.items[: len(ways.job.items) // 2]
    line = f"ptime -o -q -n{N_WORKERS} work(half)"
    return magic(line, work=ways.job.function, half=half).speedup


def with_timeit(job):
    ways = (job.serial, job.threads)
    serial_s, threads_s = (min(timeit.repeat(way, number=2, repeat=5)) for way in ways)
    return serial_s / threads_s


def pyperf(job):
    import pyperf

    medians = []
    with tempfile.TemporaryDirectory(prefix="gil-lab-") as folder:
        for name in ("serial", "threads"):
            file = Path(folder, f"{name}.json")
            setup = f"from tests.benchmarks.precision import Ways; job = Ways({job.name!r})"
            # Three processes, a warm-up and three values of one call each.
            options = ["-p3", "-w1", "-n3", "-l1", "--quiet", f"-o{file}"]
            command = [sys.executable, "-m", "pyperf", "timeit", *options, "-s", setup]
            paths = {"PYTHONPATH": str(Path(__file__).parents[2])}
            subprocess.run(
                [*command, "--inherit-environ", "PYTHONPATH", f"job.{name}()"],
                env=os.environ | paths, check=True, capture_output=True,
            )  # fmt: skip
            medians.append(pyperf.Benchmark.load(str(file)).median())
    return medians[0] / medians[1]


def perfplot(job):
    import perfplot

    data = perfplot.bench(
        kernels=[lambda _: job.serial(), lambda _: job.threads()], labels=["serial", "threads"],
        n_range=[1], setup=lambda n: n, target_time_per_measurement=1.0, show_progress=False,
        equality_check=None,
    )  # fmt: skip
    serial_s, threads_s = data.timings_s[:, 0]
    return serial_s / threads_s


TOOLS = {
    "experiment": (experiment, "helpers"),
    "%scaling": (scaling, "IPython"),
    "timeit": (with_timeit, "timeit"),
    "pyperf": (pyperf, "pyperf"),
    "perfplot": (perfplot, "perfplot"),
    "%ptime": (ptime, "ptime"),
}


def measure(job, tools, repeats):
    """Return by tool (speed-ups, seconds), each of shape (repeats,), the tools in turns."""
    found = {name: ([], []) for name in tools}
    for _ in range(repeats):
        for name in tools:
            began_s = now()
            found[name][0].append(TOOLS[name][0](job))
            found[name][1].append(now() - began_s)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--job", choices=("hashes", "strings"), default="hashes")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    tools = [name for name, (_, package) in TOOLS.items() if importlib.util.find_spec(package)]
    found = measure(Ways(options.job), tools, options.repeats)
    if options.json:
        print(json.dumps(found))
        return
    print(f"{machine.describe()}; {options.job} in {N_WORKERS} threads")
    print(f"{'tool':<14}{'speed-up':>9}{'quartiles':>16}{'seconds':>9}{'spread of 1 s':>15}")
    for name, (answers, took_s) in found.items():
        low, high = quartiles(answers)
        middle, seconds = statistics.median(answers), statistics.median(took_s)
        spread = (high - low) / middle * seconds**0.5
        print(
            f"{name:<14}{middle:>9.3f}{f'{low:.3f}-{high:.3f}':>16}{seconds:>9.2f}{spread:>14.1%}"
        )
    for name in TOOLS.keys() - tools:
        print(f"{name} is left out: {TOOLS[name][1]} is not installed")


if __name__ == "__main__":
    main()
