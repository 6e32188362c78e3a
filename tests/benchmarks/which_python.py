"""Is the advice on which Python to run right? Against plain measurements in each.

First the truth, once: how fast each of some Pythons does each job, in each way. Then the advice,
by each of these Pythons that has what the lab needs; and the table::

    python -m tests.benchmarks.which_python --truth TRUTH --pythons 3.13,3.14,3.15,3.13t
    python3.13 -m tests.benchmarks.which_python --truth TRUTH --save ADVICE
    python3.14 -m tests.benchmarks.which_python --truth TRUTH --save ADVICE
    python -m tests.benchmarks.which_python --truth TRUTH --save ADVICE --report
    python -m tests.benchmarks.which_python --sending

The machine must be quiet. The truth takes a minute for each of 25 jobs (``--seconds``), and the
advice of each Python 20 s (``--budget``, by default what a reader has). What is in a file already
is not measured again: stop it when you like, and go on later. ``--only zlib,decimal`` takes some of
the jobs.

The functions are of all kinds, and none of the rules was made with a look at one of them; they need
the standard library only, as the other Pythons may be bare. The truth is measured without the lab:
each Python runs ``plain_jobs.py`` by itself, start-up included, in rounds in which each way has its
turn. A Python whose own compiler is off counts twice: as it is, and with the compiler. The advice
is what a reader gets by default, of these Pythons. It is right when the advised Python and way are
the fastest, or within 15 % of them. ``--sending`` times how long it takes until a function has
arrived elsewhere, and how long that Python takes to start.
"""

import argparse
import inspect
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from helpers.advice.verdict import verdict
from helpers.pythons import find
from helpers.pythons.send import Sent, folders_for
from helpers.pythons.stamp import said_by
from helpers.pythons.talk import Talk
from tests.benchmarks.plain_jobs import JOBS, RIGHT, counts_words

N_WORKERS = 2
MANY_THREADS = (8, 32)  # for what waits
DEFAULT_S = inspect.signature(verdict).parameters["budget_s"].default
MOST_ROUNDS = 40
WARM_UP_STEP = 8  # it does every eighth item
JIT = {"PYTHON_JIT": "1"}
HAS_IDLE_JIT = """
import sys
jit = getattr(sys, "_jit", None)
print(jit is not None and jit.is_available() and not jit.is_enabled())
"""


# --- The truth: each Python runs the plain jobs by itself -----------------------------------


class Program:
    """A Python that runs the plain jobs: the ``seconds`` of a way there, or what went wrong."""

    def __init__(self, about):
        # By its module's name, so that interpreters and processes can import the functions.
        code = "from tests.benchmarks.plain_jobs import answer; answer()"
        checkout = str(Path(__file__).parents[2])
        environ = {**os.environ, "PYTHONPATH": checkout, **(JIT if about["jit"] else {})}
        self.process = subprocess.Popen(
            [about["path"], "-c", code], env=environ, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip

    def seconds(self, name, kind, n_workers, step=1):
        self.process.stdin.write(json.dumps([name, kind, n_workers, step]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)


def chosen_pythons(wanted):
    """Return what is known of each Python, by its name; None for all that are found."""
    found = find.one_of_each(find.find_pythons())
    about = {}
    for python in found if wanted is None else find.named(found, wanted.split(",")):
        if python.problem is not None:
            sys.exit(f"{python.problem}: choose one that is here")
        of_it = {"path": python.path, "said": python.said}
        about[python.era] = {**of_it, "jit": False}
        if said_by(python, ["-c", HAS_IDLE_JIT]).strip() == "True":
            about[f"{python.era} with its JIT"] = {**of_it, "jit": True}
    return about


def ways_of(about, name):
    """Return the ways that are tried in the truth, by name: those that the advice may name."""
    ways = [("serial", 1), ("threads", N_WORKERS), ("processes", N_WORKERS)]
    if find.has_interpreters(find.ask(about["path"])):
        ways.append(("interpreters", N_WORKERS))
    if name == "waiting":
        ways += [("threads", n) for n in MANY_THREADS]
    return ways


def truth(name, pythons, seconds, rounds):
    """Return the seconds of each "Python|kind|n", one for each round, or why there are none."""
    programs = {key: Program(about) for key, about in pythons.items()}
    ways = [(key, *way) for key, about in pythons.items() for way in ways_of(about, name)]
    found = {way: [] for way in ways}
    try:
        for way in ways:
            said = programs[way[0]].seconds(name, *way[1:], WARM_UP_STEP)
            if isinstance(said, str):
                found[way] = said
        ways = [way for way in ways if not isinstance(found[way], str)]
        began_s, n_rounds, round_s = time.perf_counter(), 0, 0.0
        while n_rounds < rounds or began_s + seconds > time.perf_counter() + round_s:
            round_began_s = time.perf_counter()
            for way in ways if n_rounds % 2 else reversed(ways):
                took_s = programs[way[0]].seconds(name, *way[1:])
                if isinstance(took_s, str):
                    sys.exit(f"{name} did not go a second time: {way}: {took_s}")
                found[way].append(took_s)
            n_rounds, round_s = n_rounds + 1, time.perf_counter() - round_began_s
            if n_rounds == MOST_ROUNDS:
                break
    finally:
        for program in programs.values():
            program.end()
    return {"|".join(map(str, way)): tries for way, tries in found.items()}


# --- The advice -----------------------------------------------------------------------------


def advised(name, this, pythons, budget_s):
    """Return one row: the advice of this Python on a job, where these Pythons are found."""
    function, make = JOBS[name]
    with mock.patch.object(find, "find_pythons", lambda: pythons):
        said = verdict(function, make(), budget_s=budget_s, pythons=True, n_workers=N_WORKERS)
    found = said.pythons
    told = found.as_dict()
    return {
        "name": name,
        "this": this,
        "advice": found.advice,
        "advised": f"{told['python']}|{told['kind']}|{told['n_workers']}",
        "predicted": found.choice.speed_up if found.choice else found.best_here,
        "told": dict(found.rows),
        "notes": list(found.notes),
        "budget_s": budget_s,
        "spent_s": said.evidence.spent_s,
        "core_share": said.figures["core_share"],
        "capacity": said.figures["capacity"],
    }


def checked(pythons):
    """Return the Pythons of the truth, or end in one line where they are others by now."""
    found, here = [], find.this_one()
    for about in pythons.values():
        python = find.ask(about["path"])
        if python.said != about["said"]:
            sys.exit(f"{python.path} says it is {python.said!r}, and was {about['said']!r}: "
                     "measure the truth anew")  # fmt: skip
        found.append(python)
    if here.said not in {python.said for python in found}:
        sys.exit(f"the truth was measured in {', '.join(pythons)}, and this is {here.said!r}: "
                 "start one of those")  # fmt: skip
    return found


def sending(wanted):
    """Print how long a function takes to arrive in each Python, and how long its start takes."""
    items = JOBS["words"][1]()[:40]
    for about in chosen_pythons(wanted).values():
        if about["jit"]:
            continue
        python = find.ask(about["path"])
        starts_s, arrivals_s = [], []
        for _ in range(7):
            began_s = time.perf_counter()
            subprocess.run([python.path, "-c", "pass"], check=True)
            starts_s.append(time.perf_counter() - began_s)
            began_s = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                sent = Sent(counts_words, items, len(items))
                sent.write(Path(folder))
                question = {"sent": folder, "path": folders_for(python), "n_sublists": 16}
                with Talk(python, question, len(items)):
                    arrivals_s.append(time.perf_counter() - began_s)
        start_s, arrived_s = map(statistics.median, (starts_s, arrivals_s))
        most_s = max(arrivals_s) - start_s
        print(
            f"{python.name:<34} starts in {start_s:.3f} s, has the function after {arrived_s:.3f} "
            f"s: {arrived_s - start_s:.3f} s more, at most {most_s:.3f}"
        )


# --- The table ------------------------------------------------------------------------------


def speed_ups(row, truths):
    """Return how many times as fast as the plain loop of the row's Python each way was."""
    tries_s = truths[row["name"]]
    loops_s = tries_s[f"{row['this']}|serial|1"]
    return {
        way: statistics.median(loop_s / took_s for loop_s, took_s in zip(loops_s, way_s))
        for way, way_s in tries_s.items()
        if not isinstance(way_s, str)
    }


def is_right(row, truths):
    """Return whether what is advised is the fastest or within 15 % of it."""
    found = speed_ups(row, truths)
    return found.get(row["advised"], 0) >= (1 - RIGHT) * max(found.values())


def line_of(row, truths):
    """Return the line of one row in the table."""
    found = speed_ups(row, truths)
    best = max(found, key=found.get)
    return (
        f"{row['name']:<20}{row['this']:<7}{row['advised']:<31}{row['predicted']:>9.2f}"
        f"{found.get(row['advised'], math.nan):>9.2f}  {best} {found[best]:.2f}"
        f"{'' if is_right(row, truths) else '   MISS'}"
    )


def report(rows, truths):
    """Return the table and the misses as text."""
    lines = [f"{'job':<20}{'on':<7}{'advised':<31}{'predicted':>9}{'measured':>9}  fastest"]
    lines += [line_of(row, truths) for row in rows]
    for this in dict.fromkeys(row["this"] for row in rows):
        ours = [is_right(row, truths) for row in rows if row["this"] == this]
        lines.append(f"\non {this}: {sum(ours)} of {len(ours)} right")
    for row in rows:
        if not is_right(row, truths):
            told = {name: _rounded(figures) for name, figures in row["told"].items()}
            lines.append(
                f"missed: {row['name']} on {row['this']}: {row['advice']} told {told}, "
                f"truth {_rounded(speed_ups(row, truths))}, notes {row['notes']}"
            )
    for name, tries_s in truths.items():
        failed = {way: said for way, said in tries_s.items() if isinstance(said, str)}
        lines += [f"{name}: {way} could not: {said}" for way, said in failed.items()]
    return "\n".join(lines)


def _rounded(figures):
    return {name: round(figure, 2) for name, figure in figures.items()}


def is_wanted(name, options):
    """Return whether a job is among those that are asked for."""
    return options.only is None or any(one.strip() in name for one in options.only.split(","))


def measure_truth(options, known):
    """Measure the jobs that are wanted and not in ``known`` yet, and save after each."""
    for name in JOBS:
        if name in known["jobs"] or not is_wanted(name, options):
            continue
        began_s = time.perf_counter()
        found = truth(name, known["pythons"], options.seconds, options.rounds)
        known["jobs"][name] = found
        options.truth.write_text(json.dumps(known, indent=1), encoding="utf-8")
        took_s, n_rounds = time.perf_counter() - began_s, max(map(len, found.values()))
        print(f"{name}: {len(found)} ways, {n_rounds} rounds, {took_s:.0f} s", flush=True)


def ask_this_one(options, known, rows):
    """Have the advice of this Python on each job whose truth is known, and save after each."""
    this, pythons = find.this_one().era, checked(known["pythons"])
    for name in known["jobs"]:
        is_known = any((row["name"], row["this"]) == (name, this) for row in rows)
        if is_known or not is_wanted(name, options):
            continue
        rows.append(advised(name, this, pythons, options.budget))
        options.save.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        print(line_of(rows[-1], known["jobs"]), flush=True)


def _read(path, otherwise):
    is_there = path is not None and path.exists()
    return json.loads(path.read_text(encoding="utf-8")) if is_there else otherwise()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--truth", type=Path, help="a JSON file that keeps the measured truth")
    parser.add_argument("--save", type=Path, help="a JSON file that keeps the advice")
    parser.add_argument("--only", help="names or parts of names, with commas")
    parser.add_argument("--pythons", help="names and paths with commas: all that are found if not")
    parser.add_argument("--budget", type=float, default=DEFAULT_S, help="seconds for each verdict")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each truth")
    parser.add_argument("--rounds", type=int, default=3, help="of each truth, at least")
    parser.add_argument("--report", action="store_true", help="print what is saved, measure none")
    parser.add_argument("--sending", action="store_true", help="time the sending of a function")
    options = parser.parse_args()
    if options.sending:
        sending(options.pythons)
        return
    if options.truth is None or (options.report and options.save is None):
        parser.error("name the file of --truth, and for a --report that of --save, too")
    known = _read(options.truth, lambda: {"pythons": chosen_pythons(options.pythons), "jobs": {}})
    if options.pythons is not None and chosen_pythons(options.pythons) != known["pythons"]:
        sys.exit(
            f"{options.truth} is of {', '.join(known['pythons'])}: name another file for others"
        )
    rows = _read(options.save, list)
    if options.save is None:
        measure_truth(options, known)
    elif not options.report:
        ask_this_one(options, known, rows)
    if options.save is not None:
        print(report(rows, known["jobs"]))


if __name__ == "__main__":
    main()
