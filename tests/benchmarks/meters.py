"""Is the GIL meter better than what there was? Against gil_load and gilknocker, on the same calls.

    uv pip install gil_load gilknocker
    python -m tests.benchmarks.meters [--rounds 5] [--seconds 1] [--only WORD] [--json]

gil_load samples whether the lock is held, gilknocker how long it waits for the lock; each while one
thread makes the call again and again. From the share of the time that they tell follows what two
threads can reach: 2, or 1 over the share where that is less. What they do reach is measured by
running two at once. In each round every meter has its turn on each call. The error is that of the
predicted speed-up. What is not installed is left out by name.
"""

import argparse
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from helpers.core import machine
from helpers.core.runs import quartiles
from helpers.core.side_by_side import side_by_side
from helpers.core.worker import now
from helpers.lock.meter import gil_meter
from tests.benchmarks.meter_table import numpy_calls, pillow_calls, standard_library

CALLS = (
    "Python loop",
    "re.findall",
    "json.dumps",
    "sha256 of 500 B",
    "sha256 of 4 kB",
    "sha256 of 4 MB",
    "zlib 1 MB",
    "sqlite3 all rows",
    "np.add, 20 numbers",
    "np.sort, 200 k",
    "GaussianBlur, large",
    "MedianFilter",
    "ImageDraw ellipses",
    "PNG to memory",
    "JPEG to memory",
)
SAMPLE_S = 0.0005  # as often as this project's own ticks


def again(call, seconds):
    """Make the call for so many seconds."""
    end_s = now() + seconds
    while now() < end_s:
        call()


def by_gilknocker(call, seconds):
    """Return the share by gilknocker, as its own documentation uses it."""
    from gilknocker import KnockKnock

    knocker = KnockKnock(round(1e6 * SAMPLE_S))
    knocker.start()
    again(call, seconds)
    share = knocker.contention_metric
    knocker.stop()
    return share


def by_gil_load(name, seconds):
    """Return the share by gil_load, which must be loaded before Python is."""
    import gil_load

    command = [sys.executable, "-m", "tests.benchmarks.meters", "--gil-load", name]
    done = subprocess.run(
        [*command, "--seconds", str(seconds)],
        env=os.environ | {"LD_PRELOAD": gil_load.preload_path},
        capture_output=True, text=True, timeout=8 + 2 * seconds, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def under_gil_load(call, seconds):
    """Print the share for ``by_gil_load``."""
    import gil_load

    gil_load.init()
    gil_load.start(av_sample_interval=SAMPLE_S)
    again(call, seconds)
    gil_load.stop()
    print(json.dumps(gil_load.get()[0]["held"]))


def from_share(share, cores):
    """Return what two threads reach at the most when one has the lock for this share."""
    return min(2, cores, 1 / share if share > 0 else 2)


def one_round(name, call, seconds, hopeless):
    """Return the predicted speed-up by meter, and what was measured, by name.

    ``hopeless`` is the set of calls on which gil_load gave no answer: it is not asked again.
    """
    reading = gil_meter(call, seconds=seconds)
    found = {"this project's": reading.predicted_speed_up(2)}
    cores = reading.capacity.at(2)
    if importlib.util.find_spec("gilknocker"):
        found["gilknocker"] = from_share(by_gilknocker(call, seconds), cores)
    if importlib.util.find_spec("gil_load") and name not in hopeless:
        try:
            found["gil_load"] = from_share(by_gil_load(name, seconds), cores)
        except subprocess.TimeoutExpired as error:
            hopeless.add(name)
            print(f"gil_load on {name}: no answer after {error.timeout:.0f} s", file=sys.stderr)
    found["measured"] = side_by_side(call, seconds=seconds).speed_up
    return found


def lines(table):
    """Yield the table and its summary: ``table`` maps a call to the rounds' dicts."""
    rounds = [row for rows in table.values() for row in rows]
    names = list(dict.fromkeys(name for row in rounds for name in row))
    errors = {name: [] for name in names if name != "measured"}
    yield f"{'call':<22}" + "".join(f"{name:>16}" for name in names)
    for call, rows in table.items():
        told = {}
        for name in names:
            values = [row[name] for row in rows if row.get(name) is not None]
            told[name] = statistics.median(values) if values else math.nan
        for name, found in errors.items():
            if not math.isnan(told[name]):
                found.append(abs(told[name] / told["measured"] - 1))
        shown = {name: "-" if math.isnan(value) else f"{value:.2f}" for name, value in told.items()}
        yield f"{call:<22}" + "".join(f"{shown[name]:>16}" for name in names)
    for name, found in errors.items():
        low, high = quartiles(found)
        yield (
            f"{name}: off by {statistics.median(found):.0%} in the median ({low:.0%} to "
            f"{high:.0%}), {max(found):.0%} at worst, {len(found)} calls told"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each meter on each call")
    parser.add_argument("--only", default="", help="calls that have this in their name")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--gil-load", help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gil-lab-") as name:
        folder = Path(name)
        calls = standard_library(folder) | numpy_calls() | pillow_calls(folder)
        if options.gil_load:
            under_gil_load(calls[options.gil_load], options.seconds)
            return
        table, hopeless = {name: [] for name in CALLS if options.only in name}, set()
        for _ in range(options.rounds):
            for name, rows in table.items():
                rows.append(one_round(name, calls[name], options.seconds, hopeless))
    if options.json:
        print(json.dumps(table))
        return
    print(machine.describe())
    print("\n".join(lines(table)))
    for package in ("gil_load", "gilknocker"):
        if not importlib.util.find_spec(package):
            print(f"{package} is left out: it is not installed")


if __name__ == "__main__":
    main()
