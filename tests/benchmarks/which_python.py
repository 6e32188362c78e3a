"""Is the advice on which Python to run right? Against long, plain measurements in each.

    python -m tests.benchmarks.which_python --save FILE
    python -m tests.benchmarks.which_python --save FILE --only zlib,decimal --pythons 3.14,3.13t
    python -m tests.benchmarks.which_python --save FILE --report
    python -m tests.benchmarks.which_python --sending

The functions are of all kinds, and none of the rules was made with a look at one of them; they
need the standard library only, as the other Pythons may be bare. The truth is measured without the
lab: each Python runs this file by itself, with the executors of its own ``concurrent.futures``,
start-up included, round by round in turns with the plain loop of this Python. A row is right when
the advised Python and way are the fastest, or within 15 % of them. What is in FILE already is not
measured again. ``--sending`` times how long it takes until a function has arrived elsewhere,
and how long that Python takes to start.

This file runs in every Python from 3.11 on, and imports the lab only where the lab is asked.
"""

import argparse
import ast
import base64
import bz2
import collections
import concurrent.futures as futures
import csv
import datetime
import decimal
import difflib
import fractions
import functools
import hashlib
import heapq
import io
import json
import lzma
import math
import multiprocessing
import os
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
import zlib
from pathlib import Path

RIGHT = 0.15
N_WORKERS = 2
WORDS = "the global lock lets one thread run at a time and hands over every five ms".split()


# --- The jobs: functions of one item, at module level, and the making of their items --------


def counts_primes(n):
    return sum(1 for k in range(2, n) if all(k % d for d in range(2, math.isqrt(k) + 1)))


def mandelbrot(row):
    total = 0
    for column in range(60):
        z, c = 0j, complex(column / 20 - 2, row / 40 - 1)
        for _ in range(60):
            z = z * z + c
            if abs(z) > 2:
                break
            total += 1
    return total


def queens(first):
    def place(row, columns, falling, rising):
        if row == 7:
            return 1
        free = [c for c in range(7) if c not in columns and row - c not in falling
                and row + c not in rising]  # fmt: skip
        return sum(place(row + 1, columns | {c}, falling | {row - c}, rising | {row + c})
                   for c in free)  # fmt: skip

    first %= 7
    return place(1, {first}, {-first}, {first})


class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)


def adds_objects(n):
    total = Vector(0, 0)
    for k in range(n):
        total = total + Vector(k, 1)
    return total.x, total.y


def normalises(text):
    return " ".join(word.strip(".,").casefold() for word in text.split())


def counts_words(text):
    return collections.Counter(text.split()).most_common(3)


def reads_json(text):
    return len(json.loads(text))


def writes_json(n):
    return len(json.dumps([{"name": f"n{k}", "value": k * 0.5} for k in range(n)]))


def reads_csv(text):
    return sum(float(row["value"]) for row in csv.DictReader(io.StringIO(text)))


def finds(text):
    return len(re.findall(r"(\w+) (?:\w*t\w*) (\w+)", text))


def deflates(data):
    return len(zlib.compress(data))


def packs_bz2(data):
    return len(bz2.compress(data))


def packs_lzma(data):
    return len(lzma.compress(data, preset=1))


def hashes(data):
    return hashlib.sha256(data).hexdigest()


def derives(seed):
    return hashlib.pbkdf2_hmac("sha256", b"secret", str(seed).encode(), 20_000).hex()


def encodes(data):
    return len(base64.b64encode(data))


def sorts(seed):
    rng = random.Random(seed)
    return sorted(rng.random() for _ in range(20_000))[100]


def uses_a_heap(seed):
    rng, heap = random.Random(seed), []
    for _ in range(8_000):
        heapq.heappush(heap, rng.random())
    return sum(heapq.heappop(heap) for _ in range(4_000))


def decimals(n):
    with decimal.localcontext() as context:
        context.prec = 50
        return str(sum(decimal.Decimal(k).sqrt() for k in range(1, n)))


def adds_fractions(n):
    return str(sum(fractions.Fraction(1, k) for k in range(1, n)))


def big_numbers(n):
    return len(hex(pow(3, n) * pow(7, n)))


def compares_texts(pair):
    return round(difflib.SequenceMatcher(None, *pair).ratio(), 6)


def asks_sqlite(n):
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (a integer, b real)")
    connection.executemany("insert into t values (?, ?)", ((k, k * n % 11) for k in range(8_000)))
    found = connection.execute("select sum(a * b), avg(b) from t where a % 3 > 1").fetchone()
    connection.close()
    return found


def parses_dates(n):
    start = datetime.datetime(2026, 1, 1)
    days = [(start + datetime.timedelta(hours=k)).isoformat() for k in range(n)]
    return sum(datetime.datetime.fromisoformat(day).hour for day in days)


def waits(n):
    time.sleep(0.02)
    return n


def parses_python(text):
    return sum(isinstance(node, ast.Name) for node in ast.walk(ast.parse(text)))


def _texts(n, length):
    rng = random.Random(1)
    return [" ".join(rng.choices(WORDS, k=length)) for _ in range(n)]


def _data(n, size):
    rng = random.Random(2)
    return [rng.randbytes(size // 2) + bytes(size // 2) for _ in range(n)]


def _csv(n):
    return ["name,value\n" + "\n".join(f"{k},{k * 0.3:.3f}" for k in range(3000))] * n


def _json(n):
    return [json.dumps([{"a": k, "b": "text", "c": [k] * 3} for k in range(3000)])] * n


def _pairs(n):
    texts = _texts(2 * n, 60)
    return list(zip(texts[:n], texts[n:]))


_CODE = textwrap.dedent(
    """
    def work(a, b):
        total = [a + b for a in range(10) if a % 2]
        return {name: total[0] for name in (a, b)}
    """
)

JOBS = {
    "primes": (counts_primes, lambda: [6_000] * 120),
    "Mandelbrot": (mandelbrot, lambda: list(range(80)) * 8),
    "queens": (queens, lambda: list(range(7)) * 60),
    "objects": (adds_objects, lambda: [8_000] * 500),
    "strings": (normalises, lambda: _texts(150_000, 12)),
    "words": (counts_words, lambda: _texts(800, 6000)),
    "json, read": (reads_json, lambda: _json(300)),
    "json, written": (writes_json, lambda: [3_000] * 300),
    "csv": (reads_csv, lambda: _csv(250)),
    "regular expression": (finds, lambda: _texts(200, 4000)),
    "zlib": (deflates, lambda: _data(60, 500_000)),
    "bz2": (packs_bz2, lambda: _data(40, 200_000)),
    "lzma": (packs_lzma, lambda: _data(30, 300_000)),
    "sha256": (hashes, lambda: _data(60, 4_000_000)),
    "key derivation": (derives, lambda: list(range(150))),
    "sorting": (sorts, lambda: list(range(200))),
    "heap": (uses_a_heap, lambda: list(range(300))),
    "decimal": (decimals, lambda: [1200] * 600),
    "fractions": (adds_fractions, lambda: [350] * 400),
    "big numbers": (big_numbers, lambda: [30_000] * 400),
    "difflib": (compares_texts, lambda: _pairs(300)),
    "SQLite": (asks_sqlite, lambda: list(range(1, 250))),
    "dates": (parses_dates, lambda: [2_000] * 400),
    "waiting": (waits, lambda: list(range(100))),
    "parsing Python": (parses_python, lambda: [_CODE * 60] * 120),
}


# --- The truth: each Python runs this file by itself ----------------------------------------


def do_part(function, part):
    return [function(item) for item in part]


def timed(function, items, kind, n_workers):
    """Return the seconds from asking for a pool to the last result, in the plainest way."""
    began_s = time.perf_counter()
    if kind == "serial":
        for item in items:
            function(item)
        return time.perf_counter() - began_s
    size = 1 if n_workers > 2 else max(1, math.ceil(len(items) / (8 * n_workers)))
    parts = [items[i : i + size] for i in range(0, len(items), size)]
    with opened(kind, n_workers) as pool:
        for _ in pool.map(functools.partial(do_part, function), parts):
            pass
    return time.perf_counter() - began_s


def opened(kind, n_workers):
    if kind == "threads":
        return futures.ThreadPoolExecutor(n_workers)
    if kind == "interpreters":
        return futures.InterpreterPoolExecutor(n_workers)
    method = multiprocessing.get_all_start_methods()[0]  # the lab's rule: the system's, not fork
    method = "forkserver" if method == "fork" else method
    return futures.ProcessPoolExecutor(n_workers, mp_context=multiprocessing.get_context(method))


def answer():
    """Make one run for each line "JOB, kind, n" of the input; print its seconds, or an error."""
    made = {}
    for line in sys.stdin:
        name, kind, n_workers = json.loads(line)
        if name not in made:
            made = {name: JOBS[name][1]()}
        try:
            print(json.dumps(timed(JOBS[name][0], made[name], kind, n_workers)), flush=True)
        except Exception as error:
            print(json.dumps(f"{type(error).__name__}: {error}"), flush=True)


class Program:
    """A Python that runs this file; ``seconds`` of a way there, or None where it has none."""

    def __init__(self, path, environ=None):
        # By its module's name, so that interpreters and processes can import the functions.
        code = "from tests.benchmarks.which_python import answer; answer()"
        checkout = str(Path(__file__).parents[2])
        environ = {**os.environ, "PYTHONPATH": checkout, **(environ or {})}
        self.process = subprocess.Popen(
            [path, "-c", code], env=environ, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        self.lacks = set()

    def seconds(self, name, kind, n_workers):
        if kind in self.lacks:
            return None
        self.process.stdin.write(json.dumps([name, kind, n_workers]) + "\n")
        self.process.stdin.flush()
        said = json.loads(self.process.stdout.readline())
        if isinstance(said, str):
            self.lacks.add(kind)
            return None
        return said

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)


def ways_of(python, name):
    """Return the ways that are tried in the truth: those that the advice may name."""
    ways = [("serial", 1), ("threads", N_WORKERS), ("processes", N_WORKERS)]
    if python.implementation == "CPython" and python.numbers >= (3, 14):
        ways.append(("interpreters", N_WORKERS))
    if name == "waiting":
        ways += [("threads", 8), ("threads", 32)]
    return ways


def truth(name, pythons, seconds):
    """Return the speed-ups over the plain loop here of each (Python, kind, n): medians, by text.

    ``pythons`` goes from a name to (Python, environ), this one first.
    """
    programs = {key: Program(python.path, environ) for key, (python, environ) in pythons.items()}
    here, found = next(iter(programs)), {}
    began_s, n_rounds = time.perf_counter(), 0
    try:
        while n_rounds < 4 or (time.perf_counter() - began_s < seconds and n_rounds < 40):
            for key, (python, _) in pythons.items():
                loop_s = programs[here].seconds(name, "serial", 1)
                for kind, n in ways_of(python, name):
                    took_s = programs[key].seconds(name, kind, n)
                    if took_s is not None and n_rounds:  # the first round warms up
                        found.setdefault(f"{key}|{kind}|{n}", []).append(loop_s / took_s)
            n_rounds += 1
    finally:
        for program in programs.values():
            program.end()
    return {key: statistics.median(speed_ups) for key, speed_ups in found.items()}


# --- The advice ---------------------------------------------------------------------------


def examined(name, wanted, budget_s, seconds):
    """Return one row: the advice, and what a long measurement says."""
    from helpers.advice.verdict import verdict
    from helpers.pythons.find import this_one

    function, make = JOBS[name]
    said = verdict(function, make(), budget_s=budget_s, pythons=wanted, n_workers=N_WORKERS)
    found, here = said.pythons, this_one()
    pythons = {found.this: (here, None)}
    for there in found.others:
        if there.refused is None:
            pythons[there.name] = (there.python, {"PYTHON_JIT": "1"} if there.jit else None)
    measured = truth(name, pythons, seconds)
    told = found.as_dict()
    return {
        "name": name,
        "this": found.this,
        "advice": found.advice,
        "advised": f"{told['python']}|{told['kind']}|{told['n_workers']}",
        "predicted": found.choice.speed_up if found.choice else found.best_here,
        "truth": measured,
        "told": dict(found.rows),
        "notes": found.notes,
        "spent_s": said.evidence.spent_s,
        "core_share": said.figures["core_share"],
        "capacity": said.figures["capacity"],
    }


def sending(wanted):
    """Print how long a function takes to arrive in each Python, and how long its start takes."""
    from helpers.pythons.find import find_pythons, named, one_of_each
    from helpers.pythons.send import Sent, folders_for
    from helpers.pythons.talk import Talk

    found = one_of_each(find_pythons())
    chosen = found if wanted == "all" else named(found, wanted)
    items = JOBS["words"][1]()[:40]
    for python in (python for python in chosen if python.numbers >= (3, 8)):
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


# --- The table ----------------------------------------------------------------------------


def best_of(row):
    return max(row["truth"], key=row["truth"].get)


def is_right(row):
    """Return whether what is advised is the fastest or within 15 % of it."""
    return row["truth"].get(row["advised"], 0) >= (1 - RIGHT) * row["truth"][best_of(row)]


def report(rows):
    """Return the table and the misses as text."""
    lines = [f"{'job':<20}{'on':<7}{'advised':<28}{'measured':>9}  fastest"]
    for row in rows:
        best = best_of(row)
        lines.append(
            f"{row['name']:<20}{row['this']:<7}{row['advised']:<28}"
            f"{row['truth'].get(row['advised'], math.nan):>9.2f}  {best} {row['truth'][best]:.2f}"
            f"{'' if is_right(row) else '   MISS'}"
        )
    for this in dict.fromkeys(row["this"] for row in rows):
        ours = [row for row in rows if row["this"] == this]
        lines.append(f"\non {this}: {sum(map(is_right, ours))} of {len(ours)} right")
    for row in rows:
        if not is_right(row):
            lines.append(
                f"missed: {row['name']}: {row['advice']} told {row['told']}, truth {row['truth']}"
            )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="names or parts of names, with commas")
    parser.add_argument("--pythons", default="all", help="all, or names and paths with commas")
    parser.add_argument("--save", help="a JSON file that keeps every row, and is read again")
    parser.add_argument("--budget", type=float, default=40.0, help="seconds for each verdict")
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds for each truth")
    parser.add_argument("--report", action="store_true", help="print what is saved, measure none")
    parser.add_argument("--sending", action="store_true", help="time the sending of a function")
    options = parser.parse_args()
    wanted = options.pythons if options.pythons == "all" else options.pythons.split(",")
    path = Path(options.save) if options.save else None
    rows = json.loads(path.read_text()) if path and path.exists() else []
    if options.sending:
        sending(wanted)
        return
    if not options.report:
        _measure_all(options, wanted, rows, path)
    print(report(rows))


def _measure_all(options, wanted, rows, path):
    """Measure what is wanted and not in ``rows`` yet, add it, and save after each."""
    from helpers.pythons.find import this_one

    here = this_one().era
    chosen = [w.strip() for w in options.only.split(",")] if options.only else [""]
    for name in JOBS:
        is_known = any((row["name"], row["this"]) == (name, here) for row in rows)
        if is_known or not any(one in name for one in chosen):
            continue
        rows.append(examined(name, wanted, options.budget, options.seconds))
        print(report(rows[-1:]).splitlines()[1], flush=True)
        if path:
            path.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
