"""How fast are four pictures in two threads, and how fast could they be?

    python -m tests.benchmarks.pictures_threads [--rounds 12] [--scale 1.0] [--json]

First the GIL meter is held to every step of every picture, which also makes it twice at once:
which share of it holds the lock? Then the four pictures are rendered serially and in two threads,
in turns. From the shares follows what is possible on as many cores as the machine gave:

- not less than Amdahl's law says, in which everybody waits while one thread holds the lock;
- not more than the lock's bound, in which the others are in their released parts meanwhile;
- what a simulator of the lock gets for these very steps, shared out as the pool does it. This is
  what the steps allow, and what the measured speed-up is held against.
"""

import argparse
import json

from helpers.core import machine
from helpers.core.runs import quartiles
from helpers.core.scaling import Experiment
from helpers.core.side_by_side import held_share
from helpers.jobs.pictures import PICTURES, steps
from helpers.jobs.registry import load_job
from helpers.judge.theory import model_threads
from helpers.lock.meter import gil_meter
from helpers.turns.simulator import calls, simulate

N_WORKERS = 2
POSSIBLE = {
    "Amdahl's law, at least": "at_least",
    "a queue, in the mean": "in_the_mean",
    "these steps, simulated": "simulated",
    "the lock, at most": "at_most",
}
PIECES = 20  # a step that holds the lock for a part of its time does so again and again


def measured_steps(scale, seconds):
    """Return a ``MeterReading`` of each step: a dict from (picture, label)."""
    return {
        (name, label): gil_meter(step, seconds=seconds)
        for name in PICTURES
        for label, step in steps(name, scale)
    }


def simulated(measured, cores):
    """Return the simulated speed-up of these steps with as many workers, on so many cores."""
    slower = max(1.0, N_WORKERS / cores)  # than alone: what the cores lack when all are busy
    workers = [[] for _ in range(N_WORKERS)]
    busy_s = [0.0] * N_WORKERS
    for name in PICTURES:
        first_free = busy_s.index(min(busy_s))
        for (picture, _), step in measured.items():
            if picture == name:
                held_s = step.call_s * step.held_share
                released_s = (step.call_s - held_s) * slower
                whole_s = held_s + released_s
                workers[first_free] += calls(PIECES, whole_s / PIECES, held_s / whole_s)
                busy_s[first_free] += step.call_s
    serial_s = sum(step.call_s for step in measured.values())
    return serial_s / simulate(workers, n_cores=N_WORKERS).wall_s


def measured_speed_up(scale, rounds):
    """Return the ``Result`` of the scaling experiment."""
    experiment = Experiment(load_job("pictures", scale), ("threads",), (N_WORKERS,), rounds=rounds)
    *_, result = experiment.run()
    return result


def report(scale, rounds, seconds):
    """Return everything measured, a dict that JSON can hold."""
    measured = measured_steps(scale, seconds)
    result = measured_speed_up(scale, rounds)
    share = held_share(measured)
    told = all(step.held_share is not None for step in measured.values())
    cores = min(N_WORKERS, result.capacity.at(N_WORKERS))
    point = result.point("threads", N_WORKERS)
    found = {
        "machine": str(machine.describe()),
        "scale": scale,
        "steps": [
            {
                "picture": name,
                "step": label,
                "call_s": step.call_s,
                "held_share": step.held_share,
                "held_share_quartiles": step.quartiles,
                "predicted": step.predicted_speed_up(N_WORKERS),
                "speed_up": step.two_at_once.speed_up,
                "speed_up_quartiles": step.two_at_once.quartiles,
                "capacity": step.two_at_once.capacity,
            }
            for (name, label), step in measured.items()
        ],
        "serial_s": result.serial_s,
        "held_share": share,
        "capacity": cores,
        "capacity_quartiles": quartiles(result.capacity.ratios[-1]),
        "core_share": result.capacity.core_share,
        "speed_up": point.speed_up,
        "speed_up_quartiles": point.quartiles,
        "rounds": len(point.speed_ups),
    }
    if share is not None and cores >= 1:
        model = model_threads(share, [N_WORKERS], efficiency=cores / N_WORKERS)
        found["at_least"], found["at_most"] = model.lows[0], model.highs[0]
        found["in_the_mean"] = model.speed_ups[0]
        if told:
            found["simulated"] = simulated(measured, cores)
    return found


def show(found):
    """Print the table."""
    print(f"{found['machine']}\n")
    print(f"{'picture':9} {'step':17} {'ms':>6} {'held':>5} {'quartiles':>10} "
          f"{'predicted':>9} {'2 at once':>9} {'quartiles':>10} {'cores':>6}")  # fmt: skip
    for step in found["steps"]:
        print(f"{step['picture']:9} {step['step']:17} {1000 * step['call_s']:6.1f} "
              f"{_number(step['held_share']):>5} {_span(step['held_share_quartiles']):>10} "
              f"{_number(step['predicted']):>9} {step['speed_up']:9.2f} "
              f"{_span(step['speed_up_quartiles']):>10} {step['capacity']:6.2f}")  # fmt: skip
    print(f"\nfour pictures at scale {found['scale']:g}, serially {found['serial_s']:.2f} s")
    for words, key in [("with two threads", "speed_up"), ("cores for two threads", "capacity")]:
        print(f"{words:24}{found[key]:.2f} ({_span(found[f'{key}_quartiles'])})")
    print(f"{'a core for one thread':24}{found['core_share']:.2f}")
    print(f"{'held share of the steps':24}{_number(found['held_share'])}")
    for words, key in POSSIBLE.items():
        if key in found:
            part = 100 * found["speed_up"] / found[key]
            print(f"{words:24}{found[key]:.2f}, of which {part:.0f} % was measured")


def _number(value):
    return "?" if value is None else f"{value:.2f}"


def _span(quartiles):
    return "{:.2f}-{:.2f}".format(*quartiles)


def main():
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=0.8, help="for each step")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = report(options.scale, options.rounds, options.seconds)
    print(json.dumps(found, indent=2)) if options.json else show(found)


if __name__ == "__main__":
    main()
