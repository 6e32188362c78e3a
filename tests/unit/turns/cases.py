"""Runs that the simulator in Python and the one in a browser must agree on, in ``cases.json``.

python -m tests.unit.turns.cases    # writes the file again, after a change of the rules
"""

import json
import random
from pathlib import Path
from typing import Any

from helpers.turns.simulator import Hold, HoldC, Release, Simulation, Wait, simulate

FILE = Path(__file__).with_name("cases.json")
_KINDS = {kind.label: kind for kind in (Hold, HoldC, Release, Wait)}
_SEEDS = range(24)
Case = dict[str, Any]


def run(case: Case) -> Simulation:
    """Return what the simulator in Python makes of a case."""
    threads = [[_KINDS[label](seconds) for label, seconds in thread] for thread in case["threads"]]
    options = {name: case[name] for name in ("n_cores", "switch_interval_s", "gil")}
    return simulate(threads, **options)


def figures(model: Simulation) -> dict[str, Any]:
    """Return a run's figures, all times in nanoseconds: [thread, start, stop, label] a span."""
    return {
        "wall": _ns(model.wall_s),
        "serial": _ns(model.serial_s),
        "held": _ns(model.held_s),
        "handOvers": model.n_hand_overs,
        "spans": [
            [int(span.worker.split()[1]), _ns(span.start_s), _ns(span.stop_s), span.label]
            for span in model.spans
        ],
    }


def _ns(seconds):
    return round(seconds * 1e9)


def _case(rule, threads, n_cores=2, switch_interval_s=0.005, gil=True):
    """Return a case of threads such as "python 12, wait 3", in milliseconds."""
    lists = [
        [[label, float(ms) / 1000] for label, ms in (step.split() for step in thread.split(", "))]
        for thread in threads
    ]
    return {
        "rule": rule,
        "threads": lists,
        "n_cores": n_cores,
        "switch_interval_s": switch_interval_s,
        "gil": gil,
    }


def by_hand() -> list[Case]:
    """Return cases for each rule and for the edges, by hand."""
    many = ", ".join(["wait 1, python 0.1"] * 12)
    return [
        _case("1: it asks after the switch interval", ["python 12", "python 12"]),
        _case("1: the interval sets the turns", ["python 2"] * 2, switch_interval_s=0.0005),
        _case("1: a thread alone is never asked", ["python 100"], 4),
        _case("1: after a change of hands it sleeps once more",
              ["python 3", "python 20", "wait 1, python 1"], 3),
        _case("1: the earliest request counts", ["python 40", "python 40", "wait 3, python 40"], 3),
        _case("1: a later sleeper may ask first",
              ["c-hold 6", "python 40", "python 1", "wait 2, python 1"], 4),
        _case("1: a waiter beside a loop is late", ["python 100", many], 2),
        _case("1: beside two loops it is later", ["python 60", "python 60", many], 2),
        _case("2: a call into C is finished first", ["c-hold 20, c-hold 20", "python 10"]),
        _case("2: a call that nobody asked keeps the lock", ["c-hold 6, c-hold 6",
              "wait 3, python 1"]),
        _case("2: asked in C, Python code hands over", ["c-hold 7, python 9", "python 4"]),
        _case("2: a call that was put off begins as a whole",
              ["python 3, c-hold 9", "c-hold 4, c-hold 4", "python 9"], 1),
        _case("2: a call that lost its core goes on",
              ["c-hold 5", "python 7", "released 3, python 10"], 1, 0.002),
        _case("3: who hands over waits for a taker", ["c-hold 6, released 2", "python 2"], 1),
        _case("3: nobody is there to take it", ["c-hold 6, wait 2, python 1", "python 2"], 1),
        _case("4: a release frees the lock at once", ["python 2, released 4, python 2"] * 2),
        _case("4: a wait frees it at once", ["python 2, wait 4, python 2"] * 2),
        _case("4: an end frees it at once", ["python 4", "python 4", "python 4"], 3),
        _case("5: taking it annuls the requests", ["python 30"] * 4, 4),
        _case("5: who releases in time is not asked", ["python 4, wait 1"] * 3, 3),
        _case("cores: released work overlaps", ["released 10"] * 2),
        _case("cores: released work shares one core", ["released 10"] * 3, 1),
        _case("cores: waits overlap on one core", ["wait 50"] * 9, 1),
        _case("cores: Python code on one core", ["python 12", "python 12"], 1),
        _case("cores: the holder is sent off its core", ["python 30", "released 30"], 1),
        _case("cores: five threads on two of them", ["python 6, released 9"] * 5),
        _case("cores: a slice that nobody needs", ["released 20", "wait 9, released 20"], 1),
        _case("no GIL: nobody waits", ["python 12", "python 12"], gil=False),
        _case("no GIL: the cores are the limit", ["python 9, c-hold 9"] * 3, 2, gil=False),
        _case("edge: an interval of a microsecond", ["python 0.02"] * 2, switch_interval_s=1e-6),
        _case("edge: an interval of 1,000 s", ["python 3000000"] * 2, switch_interval_s=1000),
        _case("edge: all at the same moment", ["python 5, wait 5, python 5"] * 3, 2),
        _case("edge: steps of two nanoseconds", ["python 0.000002", "c-hold 0.000003"]),
        _case("edge: halves of a nanosecond", ["python 0.0000025", "python 0.0000035, wait 5"]),
        _case("edge: eleven days", ["python 1000000000", "released 1000000000"]),
        _case("edge: a request at the end of a step", ["python 5, python 5", "python 10"]),
        _case("edge: a request at the end of a slice",
              ["python 8, python 1, c-hold 4", "released 1", "c-hold 8"], 1, 0.004),
        _case("edge: who takes it back at once was asked before",
              ["c-hold 1, released 2, python 5, python 1", "c-hold 5", "c-hold 5, released 6"],
              1, 0.002),
        _case("edge: more cores than threads", ["python 7, released 7"] * 2, 300_000),
        _case("refused: no thread", []),
        _case("refused: no core", ["python 1"], 0),
        _case("refused: half a core", ["python 1"], 1.5),
        _case("refused: an interval that is too short", ["python 1"], switch_interval_s=1e-9),
        _case("refused: a step without length", ["python 0"]),
        _case("refused: a step that is too long", ["wait 2000000000"]),
        _case("refused: too many steps", ["python 80"] * 2, switch_interval_s=1e-6),
    ]  # fmt: skip


def by_seed(seed: int) -> Case:
    """Return a case drawn at random: up to five threads of up to six steps."""
    drawn = random.Random(seed)
    threads = [
        ", ".join(
            f"{drawn.choice([*_KINDS])} {drawn.choice((1, 5, 10, drawn.uniform(0.01, 25))):.6f}"
            for _ in range(drawn.randint(1, 6))
        )
        for _ in range(drawn.randint(1, 5))
    ]
    interval_s = drawn.choice((0.005, 0.005, 0.0007, 0.05))
    return _case(f"seed {seed}", threads, drawn.randint(1, 4), interval_s, drawn.random() < 0.8)


def write() -> None:
    """Write the cases, each with what the simulator in Python makes of it."""
    lines = []
    for case in [*by_hand(), *map(by_seed, _SEEDS)]:
        refused = case["rule"].startswith("refused")
        expected = None if refused else figures(run(case))
        lines.append(json.dumps({**case, "expected": expected}, separators=(",", ":")))
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    write()
