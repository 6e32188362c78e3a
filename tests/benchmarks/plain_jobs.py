"""Jobs of all kinds that need the standard library only, and a plain measurement of them.

This file runs in every Python from 3.11 on, with nothing installed and without the lab: its
executors are those of ``concurrent.futures``. ``which_python`` has it run by each Python.
"""

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
import random
import re
import sqlite3
import sys
import textwrap
import time
import zlib

RIGHT = 0.15  # advice is right where what it names is the fastest, or so near to it
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


def some_texts(n, length):
    rng = random.Random(1)
    return [" ".join(rng.choices(WORDS, k=length)) for _ in range(n)]


def some_data(n, size):
    rng = random.Random(2)
    return [rng.randbytes(size // 2) + bytes(size // 2) for _ in range(n)]


def _csv(n):
    return ["name,value\n" + "\n".join(f"{k},{k * 0.3:.3f}" for k in range(3000))] * n


def _json(n):
    return [json.dumps([{"a": k, "b": "text", "c": [k] * 3} for k in range(3000)])] * n


def _pairs(n):
    texts = some_texts(2 * n, 60)
    return list(zip(texts[:n], texts[n:]))


_CODE = textwrap.dedent(
    """
    def work(a, b):
        total = [a + b for a in range(10) if a % 2]
        return {name: total[0] for name in (a, b)}
    """
)

#: A function of one item, and what makes the list: about 1 to 2 s of a plain loop on one core of
#: 2026, long enough for starting workers to count as in real use.
JOBS = {
    "primes": (counts_primes, lambda: [6_000] * 105),
    "Mandelbrot": (mandelbrot, lambda: list(range(80)) * 25),
    "queens": (queens, lambda: list(range(7)) * 360),
    "objects": (adds_objects, lambda: [8_000] * 135),
    "strings": (normalises, lambda: some_texts(270_000, 12)),
    "words": (counts_words, lambda: some_texts(800, 6000)),
    "json, read": (reads_json, lambda: _json(210)),
    "json, written": (writes_json, lambda: [3_000] * 215),
    "csv": (reads_csv, lambda: _csv(210)),
    "regular expression": (finds, lambda: some_texts(900, 4000)),
    "zlib": (deflates, lambda: some_data(100, 500_000)),
    "bz2": (packs_bz2, lambda: some_data(64, 200_000)),
    "lzma": (packs_lzma, lambda: some_data(36, 300_000)),
    "sha256": (hashes, lambda: some_data(16, 4_000_000) * 30),
    "key derivation": (derives, lambda: list(range(180))),
    "sorting": (sorts, lambda: list(range(190))),
    "heap": (uses_a_heap, lambda: list(range(360))),
    "decimal": (decimals, lambda: [1200] * 225),
    "fractions": (adds_fractions, lambda: [350] * 2300),
    "big numbers": (big_numbers, lambda: [30_000] * 580),
    "difflib": (compares_texts, lambda: _pairs(5000)),
    "SQLite": (asks_sqlite, lambda: list(range(1, 145))),
    "dates": (parses_dates, lambda: [2_000] * 265),
    "waiting": (waits, lambda: list(range(80))),
    "parsing Python": (parses_python, lambda: [_CODE * 60] * 96),
}


# --- How long they take, in the plainest way -------------------------------------------------


def do_part(function, part):
    return [function(item) for item in part]


def timed(function, items, kind, n_workers, opened):
    """Return the seconds of a plain loop, or from asking for a pool to the last of its results.

    ``opened`` makes a pool of a kind.
    """
    began_s = time.perf_counter()
    if kind == "serial":
        for item in items:
            function(item)
        return time.perf_counter() - began_s
    size = max(1, math.ceil(len(items) / (8 * n_workers)))
    if kind == "threads" and n_workers > 2:
        size = 1  # waiting
    parts = [items[i : i + size] for i in range(0, len(items), size)]
    with opened(kind, n_workers) as pool:
        for _ in pool.map(functools.partial(do_part, function), parts):
            pass
    return time.perf_counter() - began_s


def opened(kind, n_workers):
    """Return an executor of this Python's own."""
    if kind == "threads":
        return futures.ThreadPoolExecutor(n_workers)
    if kind == "interpreters":
        return futures.InterpreterPoolExecutor(n_workers)
    method = multiprocessing.get_all_start_methods()[0]  # the lab's rule: the system's, not fork
    method = "forkserver" if method == "fork" else method
    return futures.ProcessPoolExecutor(n_workers, mp_context=multiprocessing.get_context(method))


def answer():
    """Make one run for each line [job, kind, n, step] of the input; print its seconds, or an error.

    A run does every ``step``th item of the job.
    """
    made = {}
    for line in sys.stdin:
        name, kind, n_workers, step = json.loads(line)
        if name not in made:
            made = {name: JOBS[name][1]()}
        try:
            said = timed(JOBS[name][0], made[name][::step], kind, n_workers, opened)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        print(json.dumps(said), flush=True)
