"""Results and evidence of one and the same measurement, over a grid: one judge reads all of them.

``python -m tests.unit.judge.grid FILE`` writes what each reader of a measurement says today, so
that a change of the judge can be told case by case.
"""

import dataclasses
import json
import sys

from helpers.advice.advice import advise
from helpers.advice.evidence import Evidence
from helpers.answer import board, words
from helpers.core.machine import Capacity
from helpers.judge.choose import decide
from helpers.judge.curve import sentences
from tests.unit.results import MACHINE, result, run, serial

SPEED_UPS = tuple(round(0.95 + 0.03 * i, 2) for i in range(35))  # 0.95 to 1.97
SCATTER = (0.99, 0.995, 1.0, 1.005, 1.01)
TWO_CPUS = dataclasses.replace(MACHINE, usable_cpus=2.0)
TWO = Capacity((1, 2), ((1.0,) * 5, (1.9,) * 5), (1.0,) * 5)
SITUATIONS = {
    "computes": {},
    "waits": {"cpu_s": 0.05},
    "waits in part": {"cpu_s": 0.5},
    "one CPU": {
        "machine": dataclasses.replace(MACHINE, usable_cpus=1.0),
        "capacity": Capacity((1, 2), ((1.0,), (1.0,))),
    },
    "one CPU, waits": {
        "machine": dataclasses.replace(MACHINE, usable_cpus=1.0),
        "capacity": Capacity((1, 2), ((1.0,), (1.0,))),
        "cpu_s": 0.05,
    },
    "few cores": {"capacity": Capacity((1, 2), ((1.0,), (1.3,)))},
    "busy": {"capacity": dataclasses.replace(TWO, core_shares=(0.6,)), "cpu_s": 0.6},
    "busy, waits": {"capacity": dataclasses.replace(TWO, core_shares=(0.6,)), "cpu_s": 0.03},
    "free-threaded": {"machine": dataclasses.replace(TWO_CPUS, free_threaded=True, gil=False)},
    "processes refused": {"refused": {"processes": "it refers to `log`, an open file"}},
    "threads refused": {"refused": {"threads": "the answers differ there"}},
}


def measured(threads, processes, *, machine=TWO_CPUS, capacity=TWO, cpu_s=1.0, refused=()):
    """Return the ``Result`` and the ``Evidence`` of a job that reaches these speed-ups.

    Two workers of each kind, in as many rounds as ``SCATTER`` has factors; the serial run takes a
    second, in which it computes for ``cpu_s`` seconds.
    """
    reached = {"threads": threads, "processes": processes}
    kinds = [kind for kind in reached if kind not in refused]
    runs = []
    for number, factor in enumerate(SCATTER, 1):
        runs.append(serial(number, 1.0, cpu_s=cpu_s))
        runs += [
            run(kind, 2, number, 1 / (factor * reached[kind]), cpu_s=cpu_s, startup_s=0.1)
            for kind in kinds
        ]
    found = result(*runs, machine=machine, capacity=capacity)
    evidence = Evidence(
        name="work", n_items=None, n_workers=2, budget_s=20.0, kinds=tuple(reached),
        machine=machine, first_s=0.01, item_s=(0.01,) * 99, item_cpu_s=(0.01 * cpu_s,) * 99,
        n_sample=100, capacity=capacity, result=found, refused=dict(refused),
        starts_s={"processes": (0.1,)},
    )  # fmt: skip
    return found, evidence


def grid(situation, speed_ups=SPEED_UPS):
    """Yield (threads, processes, ``Result``, ``Evidence``) over all pairs of speed-ups."""
    given = SITUATIONS[situation]
    for threads in speed_ups:
        for processes in speed_ups:
            yield threads, processes, *measured(threads, processes, **given)


def answers(found, evidence):
    """Return what each reader says of a measurement: a dict of plain values."""
    decision, advice = decide(found), advise(evidence)
    (entry,) = board.entries({"one": found})
    return {
        "chart": decision.branch and [decision.branch.key, decision.branch.kind],
        "verdict": [advice.kind, advice.close],
        "sentence": sentences(found)[0],
        "headline": words.headline([found])[0],
        "report": words.answer(found)[-1],
        "board": [entry.reached, entry.busy],
    }


if __name__ == "__main__":
    said = {
        f"{situation}: {threads} {processes}": answers(found, evidence)
        for situation in SITUATIONS
        for threads, processes, found, evidence in grid(situation)
    }
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(said, file, indent=1)
    print(f"{len(said):,} answers in {sys.argv[1]}")
