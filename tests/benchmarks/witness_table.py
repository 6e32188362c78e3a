"""Do the GIL meter and CPython's own profiler agree? The calls of ``meter_table``, one by one.

    python -m tests.benchmarks.witness_table [--seconds 1] [--only WORD] [--tries 3] [--json]

Of each call the table shows the share of its time that holds the GIL: as the meter says it, as its
ticks alone tell it, and as the profiler saw it from another process. Then it shows what each of two
threads did as the profiler saw it: it held the GIL, waited for it, was without it. Below it stand
the mean difference of meter and profiler, and for how many calls both are on the same side of one
half. A reading that the machine was too busy for is taken again, up to ``--tries`` times. The
profiler is that of a CPython of 3.15 or newer: run it with one that has this project's packages.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from helpers.core import machine
from helpers.core.worker import now
from helpers.lock.meter import gil_meter
from helpers.pythons.witness import Witness
from tests.benchmarks.meter_table import numpy_calls, pillow_calls, standard_library

SIDE = 0.5


def row(call, seconds, tries):
    """Return what both say of a call, or in one line why one of them says nothing."""
    for _ in range(tries):
        reading = gil_meter(call, seconds=seconds, witness=True)
        if reading.held_share is not None and isinstance(reading.witness, Witness):
            return {
                "held": reading.held_share,
                "ticked": statistics.median(reading.ticked_shares),
                "hands_over": reading.hands_over,
                "seen": reading.witness.alone.holds,
                "each_of_two": tuple(reading.witness.together),
            }
    return reading.finding if isinstance(reading.witness, Witness) else str(reading.witness)


def lines(table):
    """Yield the table and its summary."""
    head = f"{'call':22} {'meter':>6} {'ticks':>6} {'profiler':>8} {'apart':>6}"
    yield f"{head}   each of two: holds, waits, without"
    told = {name: one for name, one in table.items() if not isinstance(one, str)}
    for name, one in table.items():
        if isinstance(one, str):
            yield f"{name:22} {one}"
            continue
        shares = "  ".join(f"{share:4.0%}" for share in one["each_of_two"])
        side = "" if is_same_side(one) else "  OTHER SIDE"
        note = "  hands over" * one["hands_over"]
        apart = one["held"] - one["seen"]
        figures = f"{one['held']:6.2f} {one['ticked']:6.2f} {one['seen']:8.2f} {apart:+6.2f}"
        yield f"{name:22} {figures}   {shares}{note}{side}"
    if told:
        apart = statistics.fmean(abs(one["held"] - one["seen"]) for one in told.values())
        same = sum(map(is_same_side, told.values()))
        sides = f"{same} of {len(told)} calls on the same side of {SIDE}"
        yield f"\n{apart:.3f} apart in the mean; {sides}"


def is_same_side(one):
    """Return whether both say of a call that it holds the GIL for most of its time, or neither."""
    return (one["held"] > SIDE) == (one["seen"] > SIDE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="for one reading")
    parser.add_argument("--tries", type=int, default=3, help="readings of a call at most")
    parser.add_argument("--only", default="", help="calls that have this in their name")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began_s = now()
    table = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calls = standard_library(folder) | numpy_calls() | pillow_calls(folder)
        for name, call in calls.items():
            if options.only in name:
                table[name] = row(call, options.seconds, options.tries)
    if options.json:
        print(json.dumps({"machine": str(machine.describe()), "calls": table}, indent=2))
        return
    print(machine.describe())
    print("\n".join(lines(table)))
    print(f"{now() - began_s:.0f} s")


if __name__ == "__main__":
    main()
