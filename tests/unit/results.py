"""Results made of runs whose times are given, for what is derived from them."""

from helpers.core.machine import Capacity, Machine
from helpers.core.runs import Result, Run
from helpers.core.spans import Span

MACHINE = Machine(
    system="Linux 6",
    cpu="A processor",
    n_cpus=4,
    usable_cpus=4.0,
    memory_bytes=2**33,
    implementation="CPython",
    python="3.13.0",
    free_threaded=False,
    gil=True,
    start_methods=("forkserver", "spawn"),
    default_start_method="forkserver",
)
CAPACITY = Capacity((1, 2, 4), ((1.0,), (1.9,), (3.8,)))


def run(kind="threads", n_workers=2, round=1, wall_s=1.0, cpu_s=1.0, other_cpu_s=0.0, **others):
    """Return a ``Run``; unless told otherwise one core is busy for one second."""
    given = {"n_items": 8, "n_sublists": 4, "startup_s": 0.25, **others}
    return Run(
        kind=kind,
        n_workers=n_workers,
        round=round,
        wall_s=wall_s,
        cpu_s=cpu_s,
        other_cpu_s=other_cpu_s,
        **given,
    )


def serial(round=1, wall_s=1.0, **others):
    return run("serial", 1, round, wall_s, **others)


def result(*runs, machine=MACHINE, capacity=CAPACITY, **others):
    given = {"job": "numbers", "title": "Numbers", "made": "2026-11-22T10:20:30+00:00", **others}
    return Result(machine=machine, capacity=capacity, runs=tuple(runs), **given)


def curves(curve_of_kind, n_rounds=3, machine=MACHINE, capacity=CAPACITY, **others):
    """Return a result with these speed-ups in every round: a dict from kind to {workers: speed-up}.

    All workers are busy all the time.
    """
    runs = []
    for number in range(n_rounds + 1):
        runs.append(serial(number))
        for kind, curve in curve_of_kind.items():
            for n_workers, speed_up in curve.items():
                runs.append(run(kind, n_workers, number, 1 / speed_up))
    return result(*runs, machine=machine, capacity=capacity, **others)


def whole():
    """Return a result in which every field has something that differs from its default."""
    span = Span("17.4", 0.125, 0.5, "wait")
    runs = [
        serial(0, 1.25),
        run("processes-spawn", 2, 0, 0.75, cpu_s=1.5, other_cpu_s=0.25, spans=(span, span)),
        serial(1, 1.5),
        run("processes-spawn", 2, 1, 0.875, n_items=9),
    ]
    return result(*runs, prediction={"processes": 1.5}, prediction_n_workers=3)
