"""Does the simulator foretell what two threads gain, for the two jobs and the cases of notebook 01?

    python -m tests.benchmarks.simulator_agreement [--rounds 12] [--json]

What a case consists of is asked first: the four jobs of notebook 01 are one segment each, and the
steps of the real jobs hold the lock for the share that the GIL meter finds. Then all cases take
turns, round by round, each serially and in two threads, with the machine's capacity beside it. The
table shows the median speed-up over the rounds, its quartiles, and the simulated one: for two whole
cores, and for cores that together give the capacity measured, where work that releases the GIL
takes longer by what is missing. Waiting is no slower for that, and neither is work that holds
the lock, since only one thread at a time is at it.
"""

import argparse
import json
import re
import statistics
import time
import zlib
from dataclasses import dataclass, field

from helpers.core import allowed, machine
from helpers.core.runs import quartiles
from helpers.core.scaling import Experiment
from helpers.core.side_by_side import side_by_side
from helpers.jobs.pictures import PICTURES, steps
from helpers.jobs.registry import load_job
from helpers.lock.meter import gil_meter
from helpers.turns.simulator import Hold, HoldC, Release, Wait, simulate
from tests.unit.sample_jobs import runs_of

N_WORKERS = 2
SCALE = 0.35
TEXT = "nothing in here ends in an exclamation mark " * 50_000
NOTEBOOK = {
    "loop": (lambda: sum(number for number in range(500_000)), Hold),
    "wait": (lambda: time.sleep(0.03), Wait),
    "compress": (lambda: zlib.compress(TEXT.encode()), Release),
    "search": (lambda: re.findall("[a-z]+!", TEXT), HoldC),
}


@dataclass
class Case:
    """What is measured and simulated: ``threads`` has the segments of each of the two threads."""

    name: str
    threads: list
    measure: object  # a function that returns one more (speed-ups, capacity)
    speed_ups: list = field(default_factory=list)
    capacities: list = field(default_factory=list)

    def simulated(self, n_cores, capacity=None):
        """Return the speed-up that the simulator gives, with released work slowed down or not."""
        longer = 1.0 if capacity is None else max(1.0, n_cores / capacity)
        slowed = [
            [Release(longer * s.seconds) if isinstance(s, Release) else s for s in segments]
            for segments in self.threads
        ]
        serial_s = sum(segment.seconds for segments in self.threads for segment in segments)
        return serial_s / simulate(slowed, n_cores=n_cores, gil=machine.gil_enabled()).wall_s


def notebook_case(name):
    """Return a job of notebook 01, which is one segment."""
    function, kind = NOTEBOOK[name]

    def measure():
        found = side_by_side(function, seconds=0.01)
        return found.speed_ups, found.capacity

    return Case(name, [[kind(0.03)]] * N_WORKERS, measure)


def metered(function, seconds):
    """Return a call as segments, by the share that it holds the lock; None when it is not told."""
    reading = gil_meter(function, seconds=seconds)
    if reading.held_share is None:
        return None
    held_s = reading.held_share * reading.call_s
    parts = ((Hold, held_s), (Release, reading.call_s - held_s))
    return [kind(part_s) for kind, part_s in parts if part_s > 1e-9]


def strings_case(rounds):
    """Return the strings in sublists, each of them metered as one call."""
    job = load_job("strings", 60_000)
    sublist = job.split(job.n_sublists)[0]
    segments = metered(lambda: job.function(sublist), 1.0)
    threads = segments and [segments * (job.n_sublists // N_WORKERS)] * N_WORKERS
    return Case("strings", threads, job_measure(job, rounds))


def pictures_case(rounds):
    """Return the four pictures; who is free takes the next one, as the pool's threads do."""
    job = load_job("pictures", SCALE)
    threads = [[] for _ in range(N_WORKERS)]
    for name in PICTURES:
        found = [metered(step, 0.3) for _, step in steps(name, SCALE)]
        if None in found:
            return Case("pictures", None, job_measure(job, rounds))
        free = min(threads, key=lambda segments: sum(segment.seconds for segment in segments))
        free += [segment for step in found for segment in step]
    return Case("pictures", threads, job_measure(job, rounds))


def job_measure(job, rounds):
    """Return a function that takes one more round of a scaling experiment."""
    runs = runs_of(Experiment(job, ("threads",), (N_WORKERS,), rounds=rounds))
    next(runs), next(runs)  # the warm-up

    def measure():
        by_kind = {run.kind: run.wall_s for run in (next(runs), next(runs))}
        probe = machine.capacity(N_WORKERS, rounds=1)
        return [by_kind["serial"] / by_kind["threads"]], probe.at(N_WORKERS)

    return measure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cases = [*map(notebook_case, NOTEBOOK), strings_case(options.rounds)]
    cases.append(pictures_case(options.rounds))
    for _ in range(options.rounds):
        for case in cases:
            speed_ups, capacity = case.measure()
            case.speed_ups += speed_ups
            case.capacities.append(capacity)
    n_cores = allowed.n_usable_workers()
    rows = {case.name: row(case, n_cores) for case in cases if case.threads}
    left_out = [case.name for case in cases if not case.threads]
    report = {"machine": str(machine.describe()), "rows": rows, "left out": left_out}
    print(json.dumps(report, indent=2) if options.json else table(report, options.rounds))


def row(case, n_cores):
    """Return the figures of one case."""
    measured, capacity = statistics.median(case.speed_ups), statistics.median(case.capacities)
    models = {"whole cores": case.simulated(n_cores)}
    models["measured capacity"] = case.simulated(n_cores, capacity)
    return {
        "measured": measured,
        "quartiles": quartiles(case.speed_ups),
        "capacity": capacity,
        "simulated": models,
        "errors": {name: model / measured - 1 for name, model in models.items()},
    }


def table(report, rounds):
    """Return the report as lines of text."""
    lines = [report["machine"], f"{N_WORKERS} threads, {rounds} rounds, speed-up over serial", ""]
    lines.append(
        f"{'':<10}{'measured':>9}{'quartiles':>13}{'capacity':>10}"
        f"{'whole cores':>21}{'measured capacity':>22}"
    )
    for name, found in report["rows"].items():
        low, high = found["quartiles"]
        models = "".join(
            f"{found['simulated'][model]:>13.2f} ({found['errors'][model]:+4.0%})"
            for model in found["simulated"]
        )
        lines.append(
            f"{name:<10}{found['measured']:>9.2f}{f'{low:.2f}-{high:.2f}':>13}"
            f"{found['capacity']:>10.2f}{models}"
        )
    for model in ("whole cores", "measured capacity"):
        errors = [abs(found["errors"][model]) for found in report["rows"].values()]
        lines.append(f"error with {model}: {statistics.median(errors):.1%} in the median")
    if report["left out"]:
        lines.append(f"too busy to meter: {', '.join(report['left out'])}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
